//! Who was in a run, as people look at it: everybody once, with the stays within the run; and how many were there at one time.

use super::Entry;
use super::numbers::{came, is_for, stayed_away};
use crate::fact::stranger::StrangerState;
use crate::fact::{Alias, AttendanceState, PresenceState, RegistrationState};
use crate::settings::Threshold;
use crate::translate::attendance::{Standing, standing};
use crate::zoom::event::RegistrationStatus;
use std::collections::BTreeMap;

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Is there now, as far as was told.
    There,
    /// Was there long enough.
    Attended,
    /// Was there, but not for long, or nobody knows yet for how long.
    Came,
    /// Was there, and Zoom does not say who it is.
    Unnamed,
    /// One of the webinar's own people.
    Staff,
    /// Registered; whether somebody came is not known.
    Registered,
    /// Registered, and waits for the host.
    Pending,
    /// Registered, and did not come.
    NoShow,
}

impl Role {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::There => "Is there",
            Self::Attended => "Attended",
            Self::Came => "Came",
            Self::Unnamed => "Not named by Zoom",
            Self::Staff => "Host or panelist",
            Self::Registered => "Registered",
            Self::Pending => "Waits for approval",
            Self::NoShow => "Did not come",
        }
    }
}

/// Somebody in a run, or registered for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The address; empty where Zoom does not tell it.
    pub email: String,
    /// The name, as typed or registered; may be empty.
    pub name: String,
    /// How somebody stands.
    pub role: Role,
    /// Stays within the run, from and to in epoch milliseconds, by their beginning; without an end while it lasts.
    pub stays: Vec<(i64, Option<i64>)>,
    /// The union of the stays that ended, in milliseconds.
    pub stayed_ms: i64,
    /// How much of the run that was, in per cent, once its length is known.
    pub percent: Option<i64>,
    /// The facts that deliveries about it follow from.
    pub facts: Vec<Alias>,
}

impl Guest {
    /// Whether name or address hold the text, in any case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        text.is_empty() || self.email.to_lowercase().contains(&text) || self.name.to_lowercase().contains(&text)
    }
}

/// What is known of an entry's people.
#[derive(Debug, Default)]
pub struct Known {
    /// Who is known by address in the run, with the fact.
    pub attendances: Vec<(Alias, AttendanceState)>,
    /// Registrations of the series, with the fact.
    pub registrations: Vec<(Alias, RegistrationState)>,
    /// People whom Zoom does not name, with their stays.
    pub strangers: Vec<(Alias, StrangerState, Vec<PresenceState>)>,
}

/// Everybody, who is or was there first, by when they came; each address once.
#[must_use]
pub fn people(entry: &Entry, known: &Known, threshold: Threshold) -> Vec<Guest> {
    let mut registered: BTreeMap<&str, &(Alias, RegistrationState)> = BTreeMap::new();
    for one in known.registrations.iter().filter(|(_, registration)| is_for(entry, registration)) {
        registered.insert(one.1.email.as_str(), one);
    }
    let mut guests = Vec::new();
    for (id, attendance) in &known.attendances {
        let registration = registered.remove(attendance.email.as_str());
        guests.extend(of_attendance(id, attendance, registration, threshold));
    }
    guests.extend(known.strangers.iter().filter(|(_, stranger, _)| stranger.waits()).map(of_stranger));
    guests.extend(registered.into_values().filter_map(of_registration));
    guests.sort_by(|one, other| order(one).cmp(&order(other)));
    guests
}

fn order(guest: &Guest) -> (Option<Role>, Option<i64>, &str, &str) {
    let first = guest.stays.first().map(|(from, _)| *from);
    // Whoever was there stands by when they came; the others by how they stand.
    let role = if first.is_some() { None } else { Some(guest.role) };
    (role, first, &guest.email, &guest.name)
}

fn of_attendance(
    id: &Alias,
    attendance: &AttendanceState,
    registration: Option<&(Alias, RegistrationState)>,
    threshold: Threshold,
) -> Option<Guest> {
    let role = if attendance.about.staff {
        Role::Staff
    } else if attendance.is_open() {
        Role::There
    } else if came(attendance) {
        match standing(threshold, attendance) {
            Standing::Attended => Role::Attended,
            Standing::LeftEarly | Standing::Open | Standing::NoShow | Standing::Nothing => Role::Came,
        }
    } else if stayed_away(attendance) {
        Role::NoShow
    } else {
        return registration.and_then(of_registration);
    };
    let mut stays: Vec<(i64, Option<i64>)> =
        attendance.within_run().into_iter().map(|(from, to)| (from, Some(to))).collect();
    if attendance.is_open() {
        let open = attendance.stays.values().filter_map(|(from, to)| to.is_none().then_some((*from)?));
        stays.extend(open.map(|from| (from, None)));
    }
    stays.sort_unstable();
    let facts = std::iter::once(id).chain(attendance.stays.keys()).chain(registration.map(|(id, _)| id));
    Some(Guest {
        email: attendance.email.as_str().to_owned(),
        name: attendance.about.name.clone().or_else(|| name_of(registration)).unwrap_or_default(),
        role,
        stays,
        stayed_ms: attendance.attended_ms(),
        percent: attendance.percent(),
        facts: facts.cloned().collect(),
    })
}

fn of_stranger((id, stranger, stays): &(Alias, StrangerState, Vec<PresenceState>)) -> Guest {
    let mut within: Vec<(i64, Option<i64>)> =
        stays.iter().filter_map(|stay| Some((stay.join_ms?, stay.leave_ms))).collect();
    within.sort_unstable();
    let stayed_ms = within.iter().filter_map(|(from, to)| Some((*to)? - from)).filter(|ms| *ms > 0).sum();
    Guest {
        email: String::new(),
        name: stranger.name.clone().unwrap_or_default(),
        role: Role::Unnamed,
        stays: within,
        stayed_ms,
        percent: None,
        facts: std::iter::once(id).chain(&stranger.stays).cloned().collect(),
    }
}

fn of_registration(one: &(Alias, RegistrationState)) -> Option<Guest> {
    let (id, registration) = one;
    let role = match registration.status {
        RegistrationStatus::Approved => Role::Registered,
        RegistrationStatus::Pending => Role::Pending,
        RegistrationStatus::Denied | RegistrationStatus::Cancelled => return None,
    };
    Some(Guest {
        email: registration.email.as_str().to_owned(),
        name: name_of(Some(one)).unwrap_or_default(),
        role,
        stays: Vec::new(),
        stayed_ms: 0,
        percent: None,
        facts: vec![id.clone()],
    })
}

fn name_of(registration: Option<&(Alias, RegistrationState)>) -> Option<String> {
    let answers = &registration?.1.answers;
    let parts = ["first_name", "last_name"].iter().filter_map(|field| answers.get(*field));
    let name = parts.map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// How many people were there at one time, in steps of equal length from the beginning to the end: of each step the most.
#[must_use]
pub fn presence(guests: &[Guest], (from_ms, to_ms): (i64, i64), steps: usize) -> Vec<i64> {
    let steps = steps.max(1);
    let length = (to_ms - from_ms).max(1);
    let whole = i64::try_from(steps).unwrap_or(1);
    let mut changes: Vec<(i64, i64)> = Vec::new();
    for guest in guests.iter().filter(|guest| guest.role != Role::Staff) {
        for (from, to) in union(&guest.stays, to_ms) {
            changes.push((from.max(from_ms), 1));
            changes.push((to.min(to_ms), -1));
        }
    }
    // Who leaves and who comes in the same moment were not there together.
    changes.sort_unstable();
    let mut most = vec![0; steps];
    let (mut there, mut next) = (0, changes.iter().peekable());
    for (place, slot) in (0_i64..).zip(most.iter_mut()) {
        let (begin, end) = (from_ms + length * place / whole, from_ms + length * (place + 1) / whole);
        while let Some((_, change)) = next.next_if(|(at, _)| *at <= begin) {
            there += change;
        }
        *slot = there;
        while let Some((_, change)) = next.next_if(|(at, _)| *at < end) {
            there += change;
            *slot = (*slot).max(there);
        }
    }
    most
}

/// The stays of one person as stretches that do not overlap; one that lasts goes on until `now_ms`.
#[must_use]
pub fn union(stays: &[(i64, Option<i64>)], now_ms: i64) -> Vec<(i64, i64)> {
    let mut sorted: Vec<(i64, i64)> = stays.iter().map(|(from, to)| (*from, to.unwrap_or(now_ms))).collect();
    sorted.retain(|(from, to)| from < to);
    sorted.sort_unstable();
    let mut union: Vec<(i64, i64)> = Vec::new();
    for (from, to) in sorted {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            Some(_) | None => union.push((from, to)),
        }
    }
    union
}
