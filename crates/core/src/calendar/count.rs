//! Counting an entry: its facts one by one, whoever was in the run first, then whoever registered.

use super::Entry;
use super::numbers::{Arrival, Numbers, is_for};
use super::people::{Guest, standing_as};
use super::presence::{Presence, Stays};
use crate::fact::stranger::StrangerState;
use crate::fact::{Alias, AttendanceState, PresenceState, RegistrationState};
use crate::ids::Email;
use crate::settings::Threshold;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// What was counted so far.
#[derive(Debug, Default)]
pub struct Count {
    numbers: Numbers,
    stays: Stays,
    /// Hashes of the addresses of those who were counted: there may be a million.
    told: HashSet<u64>,
    hasher: RandomState,
}

impl Count {
    /// Counts somebody in the run, and how far LeadSquared has what follows.
    pub fn attendance(&mut self, id: &Alias, attendance: &AttendanceState, arrival: Arrival) {
        self.numbers.attendance(attendance, arrival);
        // Neither where somebody stayed nor whether counts the threshold.
        if let Some(guest) = Guest::of_attendance(id, attendance, None, Threshold::Minutes(0)) {
            self.numbers.people += 1;
            self.stays.add(&guest);
            let hash = self.hash(&attendance.email);
            self.told.insert(hash);
        }
    }

    /// Counts somebody whom Zoom does not name, with the stays as far as they were read.
    pub fn stranger(&mut self, stranger: &(Alias, StrangerState, Vec<PresenceState>)) {
        self.numbers.unnamed += 1;
        self.numbers.people += 1;
        self.stays.add(&Guest::of_stranger(stranger));
    }

    /// Counts a registration of the series, after everybody in the run.
    pub fn registration(&mut self, entry: &Entry, registration: &RegistrationState) {
        self.numbers.registration(entry, registration);
        if is_for(entry, registration) && standing_as(registration).is_some() {
            // Somebody may have registered for several dates of the series.
            let hash = self.hash(&registration.email);
            self.numbers.people += i64::from(self.told.insert(hash));
        }
    }

    /// What that comes to at `now_ms`; `closed` when everything was read that Zoom knows after the end.
    #[must_use]
    pub fn sum(self, entry: &Entry, closed: bool, now_ms: i64) -> (Numbers, Option<Presence>) {
        (Numbers { closed, ..self.numbers }, self.stays.presence(entry, now_ms))
    }

    fn hash(&self, email: &Email) -> u64 {
        self.hasher.hash_one(email.as_str())
    }
}
