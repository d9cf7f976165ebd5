//! How many registered, came, did not come, and how far LeadSquared has them: sums over facts, taken piece by piece.

use super::Entry;
use crate::delivery::State as Delivery;
use crate::fact::{AttendanceState, RegistrationState};
use crate::zoom::event::RegistrationStatus;

/// The numbers of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Who may join: approved until the end.
    pub registered: i64,
    /// Who waits for the host's approval.
    pub pending: i64,
    /// Who came, the webinar's own people aside.
    pub came: i64,
    /// Who registered, and as Zoom says did not come.
    pub no_show: i64,
    /// People who came and whom Zoom does not name.
    pub unnamed: i64,
    /// Of those who came, whom Zoom's report names; it is there some time after the end.
    pub reported: i64,
    /// Whether everything was read that Zoom knows after the end.
    pub closed: bool,
    /// Of those who came, who stands in LeadSquared with all that is to be written.
    pub written: i64,
    /// Of those who came, about whom something still waits.
    pub waiting: i64,
    /// Of those who came, about whom something waits for a person.
    pub failed: i64,
    /// Everybody who is listed: who registered, who came, the webinar's own people, each once.
    pub people: i64,
}

/// How far LeadSquared has somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// There is nothing to write.
    Nothing,
    /// All that is to be written stands there.
    Written,
    /// Something still waits.
    Waiting,
    /// Something waits for a person.
    Failed,
}

impl Arrival {
    /// Of somebody about whom there are deliveries in these states.
    #[must_use]
    pub fn of(states: &[Delivery]) -> Self {
        let any = |wanted: &[Delivery]| states.iter().any(|state| wanted.contains(state));
        if any(&[Delivery::Parked]) {
            Self::Failed
        } else if any(&[Delivery::Waiting, Delivery::Ready, Delivery::Sending, Delivery::Unknown]) {
            Self::Waiting
        } else if any(&[Delivery::Delivered]) {
            Self::Written
        } else {
            Self::Nothing
        }
    }
}

/// Whether somebody came to a run, as far as was told: no panelist, no host, no rehearsal.
#[must_use]
pub fn came(attendance: &AttendanceState) -> bool {
    !attendance.about.staff && !attendance.run.practice && (attendance.attended_ms() > 0 || attendance.is_open())
}

/// Whether somebody registered, and as Zoom says did not come.
#[must_use]
pub fn stayed_away(attendance: &AttendanceState) -> bool {
    let about = &attendance.about;
    !about.staff && attendance.run.closed && about.absent && attendance.attended_ms() == 0
}

/// Whether a registration counts for an entry: for its date or for all of them, and made before its end.
#[must_use]
pub fn is_for(entry: &Entry, registration: &RegistrationState) -> bool {
    let date =
        registration.occurrence.as_ref().is_none_or(|date| entry.occurrence.as_ref().is_none_or(|of| of == date));
    date && entry.ended_ms.is_none_or(|ended_ms| registration.registered_ms <= ended_ms)
}

impl Numbers {
    /// Counts a registration of the series.
    pub fn registration(&mut self, entry: &Entry, registration: &RegistrationState) {
        if !is_for(entry, registration) {
            return;
        }
        match registration.status {
            RegistrationStatus::Approved => self.registered += 1,
            RegistrationStatus::Pending => self.pending += 1,
            RegistrationStatus::Denied | RegistrationStatus::Cancelled => {}
        }
    }

    /// Counts somebody in the run, and how far LeadSquared has what follows.
    pub fn attendance(&mut self, attendance: &AttendanceState, arrival: Arrival) {
        self.no_show += i64::from(stayed_away(attendance));
        if !came(attendance) {
            return;
        }
        self.came += 1;
        self.reported += i64::from(attendance.about.reported);
        match arrival {
            Arrival::Nothing => {}
            Arrival::Written => self.written += 1,
            Arrival::Waiting => self.waiting += 1,
            Arrival::Failed => self.failed += 1,
        }
    }

    /// How many came as Zoom says, where Zoom's report was read; people whom it does not name are not among them.
    #[must_use]
    pub fn zoom(&self) -> Option<i64> {
        (self.closed && (self.reported > 0 || self.came == 0)).then_some(self.reported)
    }

    /// The three sides compared, as a sentence: only what is known.
    #[must_use]
    pub fn truth(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.zoom().map(|zoom| format!("Zoom {zoom}")));
        parts.push(format!("ours {}", self.came));
        let said = self.written + self.waiting + self.failed;
        if said > 0 {
            parts.push(format!("LeadSquared {}", self.written));
        }
        if self.waiting > 0 {
            parts.push(format!("{} waiting", self.waiting));
        }
        if self.failed > 0 {
            parts.push(format!("{} to be looked at", self.failed));
        }
        let mut line = parts.join(", ");
        line.push('.');
        if said > 0 && said < self.came {
            let left_out = self.came - said;
            line.push_str(&format!(" Of {left_out} nothing is to be written."));
        }
        line
    }

    /// Whether the sides that are known say the same, and nothing waits.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.waiting == 0 && self.failed == 0 && self.zoom().is_none_or(|zoom| zoom == self.came)
    }
}
