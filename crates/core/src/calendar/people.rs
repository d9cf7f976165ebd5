//! Who was in a run, as people look at it: somebody with the stays within the run.

use super::numbers::{came, stayed_away};
use crate::fact::stranger::StrangerState;
use crate::fact::{Alias, AttendanceState, PresenceState, RegistrationState};
use crate::settings::Threshold;
use crate::translate::attendance::{Standing, standing};
use crate::zoom::event::RegistrationStatus;

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
    /// Somebody who is known by address in the run, with the registration where there is one; none of whom nothing is to be said.
    #[must_use]
    pub fn of_attendance(
        id: &Alias,
        attendance: &AttendanceState,
        registration: Option<&(Alias, RegistrationState)>,
        threshold: Threshold,
    ) -> Option<Self> {
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
            return registration.and_then(Self::of_registration);
        };
        let mut stays: Vec<(i64, Option<i64>)> =
            attendance.within_run().into_iter().map(|(from, to)| (from, Some(to))).collect();
        if attendance.is_open() {
            let open = attendance.stays.values().filter_map(|(from, to)| to.is_none().then_some((*from)?));
            stays.extend(open.map(|from| (from, None)));
        }
        stays.sort_unstable();
        let facts = std::iter::once(id).chain(attendance.stays.keys()).chain(registration.map(|(id, _)| id));
        Some(Self {
            email: attendance.email.as_str().to_owned(),
            name: attendance.about.name.clone().or_else(|| name_of(registration)).unwrap_or_default(),
            role,
            stays,
            stayed_ms: attendance.attended_ms(),
            percent: attendance.percent(),
            facts: facts.cloned().collect(),
        })
    }

    /// Somebody whom Zoom does not name, with the stays.
    #[must_use]
    pub fn of_stranger((id, stranger, stays): &(Alias, StrangerState, Vec<PresenceState>)) -> Self {
        let mut within: Vec<(i64, Option<i64>)> =
            stays.iter().filter_map(|stay| Some((stay.join_ms?, stay.leave_ms))).collect();
        within.sort_unstable();
        let stayed_ms = within.iter().filter_map(|(from, to)| Some((*to)? - from)).filter(|ms| *ms > 0).sum();
        Self {
            email: String::new(),
            name: stranger.name.clone().unwrap_or_default(),
            role: Role::Unnamed,
            stays: within,
            stayed_ms,
            percent: None,
            facts: std::iter::once(id).chain(&stranger.stays).cloned().collect(),
        }
    }

    /// Somebody who registered and of whom the run does not tell; none who was refused or stepped back.
    #[must_use]
    pub fn of_registration(one: &(Alias, RegistrationState)) -> Option<Self> {
        let (id, registration) = one;
        let role = standing_as(registration)?;
        Some(Self {
            email: registration.email.as_str().to_owned(),
            name: name_of(Some(one)).unwrap_or_default(),
            role,
            stays: Vec::new(),
            stayed_ms: 0,
            percent: None,
            facts: vec![id.clone()],
        })
    }

    /// Whether name or address hold the text, in any case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        text.is_empty() || self.email.to_lowercase().contains(&text) || self.name.to_lowercase().contains(&text)
    }
}

/// How somebody stands of whom only the registration tells; none who was refused or stepped back.
#[must_use]
pub fn standing_as(registration: &RegistrationState) -> Option<Role> {
    match registration.status {
        RegistrationStatus::Approved => Some(Role::Registered),
        RegistrationStatus::Pending => Some(Role::Pending),
        RegistrationStatus::Denied | RegistrationStatus::Cancelled => None,
    }
}

fn name_of(registration: Option<&(Alias, RegistrationState)>) -> Option<String> {
    let answers = &registration?.1.answers;
    let parts = ["first_name", "last_name"].iter().filter_map(|field| answers.get(*field));
    let name = parts.map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
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
