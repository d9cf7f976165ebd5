//! Registrations as Zoom lists them: which webinars are asked about, how far a reading is, what a page says. One delivery reads
//! list after list, page after page; each page comes back as a notification, so that a process that dies goes on where it was.

use super::event::{Registration, RegistrationStatus, Run};
use super::request::registrants::Listed;
use crate::ids::{Email, Kind, MeetingNumber, ZoomUserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pages of one list of registrants: of 300 rows each, more than the largest webinar has.
pub const PAGES_MAX: u32 = 100;
/// Coming webinars whose registrants are read after one wish.
pub const COMING_MAX: usize = 100;
/// How often a list is begun anew because Zoom no longer knows the token of its next page.
pub const RESTARTS_MAX: u32 = 3;
/// Occurrences of one series whose lists are read.
pub const OCCURRENCES_MAX: usize = 60;

/// What is to be fetched from Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Wanted {
    /// One webinar's.
    Webinar {
        /// Its number.
        webinar: MeetingNumber,
    },
    /// Those of all webinars that are planned by who signed in, up to [`COMING_MAX`].
    Coming,
    /// What happened while nobody listened: runs that ended, with all that is known of them, and changes of meetings.
    Missed(super::history::Gap),
}

/// A wish to fetch something from Zoom that no webhook told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchRegistrants {
    /// Names the wish: the same name twice fetches once.
    pub operation: String,
    /// Whose.
    pub wanted: Wanted,
}

/// What is known of such a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchingState {
    /// Whose.
    pub wanted: Wanted,
    /// When it was asked for, epoch milliseconds.
    pub asked_ms: i64,
}

/// What Zoom says of a webinar before its registrants are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Its title.
    pub topic: Option<String>,
    /// Start, epoch milliseconds.
    pub start_ms: Option<i64>,
    /// Planned length, minutes.
    pub duration_min: Option<i64>,
    /// Its host.
    pub host: Option<String>,
    /// Occurrences with a list of their own; none where one registration is for all of them.
    pub occurrences: Vec<String>,
}

/// A webinar whose registrants are read, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRegistrants {
    /// Its number.
    pub webinar: MeetingNumber,
    /// Whether it was only held while nobody listened: nobody named it, and if it is gone by now, nobody has to know.
    #[serde(default)]
    pub past: bool,
    /// What it is; none until Zoom was asked.
    #[serde(default)]
    pub planned: Option<Planned>,
    /// The occurrence whose lists are read, by its place.
    #[serde(default)]
    pub occurrence: usize,
    /// The list under way, by its place among [`Listed::ALL`].
    #[serde(default)]
    pub list: usize,
    /// Pages of that list that were read.
    #[serde(default)]
    pub pages: u32,
    /// The token of its next page.
    #[serde(default)]
    pub token: Option<String>,
    /// How often a list was begun anew.
    #[serde(default)]
    pub restarts: u32,
    /// Registrations read so far.
    #[serde(default)]
    pub read: u64,
}

impl ReadRegistrants {
    /// A reading that has not begun.
    #[must_use]
    pub fn of(webinar: MeetingNumber) -> Self {
        Self {
            webinar,
            past: false,
            planned: None,
            occurrence: 0,
            list: 0,
            pages: 0,
            token: None,
            restarts: 0,
            read: 0,
        }
    }

    /// The list under way; none when everything was read.
    #[must_use]
    pub fn listed(&self) -> Option<Listed> {
        Listed::ALL.get(self.list).copied()
    }

    /// The occurrence under way, where occurrences have lists of their own.
    #[must_use]
    pub fn occurrence_id(&self) -> Option<&str> {
        self.planned.as_ref()?.occurrences.get(self.occurrence).map(String::as_str)
    }

    /// After a page of `rows` registrations was read, with the token of the next.
    #[must_use]
    pub fn turned(&self, rows: usize, next: Option<String>) -> Self {
        let pages = self.pages + 1;
        let read = self.read + u64::try_from(rows).unwrap_or(0);
        match next {
            Some(token) if pages < PAGES_MAX => Self { token: Some(token), pages, read, ..self.clone() },
            Some(_) | None => self.beyond(read),
        }
    }

    fn beyond(&self, read: u64) -> Self {
        let occurrences = self.planned.as_ref().map_or(0, |planned| planned.occurrences.len().min(OCCURRENCES_MAX));
        let last = self.list + 1 >= Listed::ALL.len();
        let (list, occurrence) = if last && self.occurrence + 1 < occurrences {
            (0, self.occurrence + 1)
        } else {
            (self.list + 1, self.occurrence)
        };
        Self { list, occurrence, pages: 0, token: None, read, ..self.clone() }
    }

    /// The list begun anew, if it was not too often: the token of a next page lives a quarter of an hour.
    #[must_use]
    pub fn anew(&self) -> Option<Self> {
        let may = self.token.is_some() && self.restarts < RESTARTS_MAX;
        may.then(|| Self { token: None, pages: 0, restarts: self.restarts + 1, ..self.clone() })
    }
}

/// A registrant as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRegistrant {
    /// Zoom's id.
    pub id: Option<String>,
    /// Address.
    pub email: Email,
    /// When it was made, epoch milliseconds.
    pub created_ms: Option<i64>,
    /// Standard answers by Zoom's field name, none empty.
    pub answers: BTreeMap<String, String>,
    /// Custom questions, title and value.
    pub custom: Vec<(String, String)>,
    /// The registrant's own link.
    pub join_url: Option<String>,
}

/// A page of a list of a webinar's registrants, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrantsRead {
    /// The fact of the wish.
    pub fact: crate::fact::Alias,
    /// Zoom account id.
    pub account: String,
    /// The webinar.
    pub webinar: MeetingNumber,
    /// What it is.
    pub planned: Planned,
    /// The occurrence, where it has a list of its own.
    pub occurrence: Option<String>,
    /// Where the registrations of this page stand. Zoom lists who cancelled among the denied.
    pub status: RegistrationStatus,
    /// When the page was asked for, epoch milliseconds.
    pub read_ms: i64,
    /// The registrations.
    pub registrants: Vec<ListedRegistrant>,
}

impl RegistrantsRead {
    /// One of them, the same as if a webhook had told of it. A list names the source by its id alone, which says nothing.
    #[must_use]
    pub fn as_told(&self, one: &ListedRegistrant) -> Registration {
        Registration {
            run: Run {
                kind: Kind::Webinar,
                number: self.webinar,
                uuid: String::new(),
                host_id: self.planned.host.clone().map(ZoomUserId),
                host_email: None,
                topic: self.planned.topic.clone(),
                start_ms: self.planned.start_ms,
                end_ms: None,
                duration_min: self.planned.duration_min,
                timezone: None,
            },
            occurrence: self.occurrence.clone(),
            registrant_id: one.id.clone(),
            email: one.email.clone(),
            status: self.status,
            answers: one.answers.clone(),
            custom_questions: one.custom.clone(),
            join_url: one.join_url.clone(),
            tracking_source: None,
        }
    }
}

/// Where the registrations of a list stand.
#[must_use]
pub fn status_of(listed: Listed) -> RegistrationStatus {
    match listed {
        Listed::Approved => RegistrationStatus::Approved,
        Listed::Pending => RegistrationStatus::Pending,
        Listed::Denied => RegistrationStatus::Denied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(occurrences: &[&str]) -> ReadRegistrants {
        let occurrences = occurrences.iter().map(|id| (*id).to_owned()).collect();
        let planned = Planned { topic: None, start_ms: None, duration_min: None, host: None, occurrences };
        ReadRegistrants { planned: Some(planned), ..ReadRegistrants::of(MeetingNumber(1)) }
    }

    #[track_caller]
    fn check(occurrences: &[&str], expected: &[(Option<&str>, Listed)]) {
        let mut at = reading(occurrences);
        for (occurrence, listed) in expected {
            assert_eq!((at.occurrence_id(), at.listed()), (*occurrence, Some(*listed)));
            at = at.turned(2, Some("more".to_owned()));
            assert_eq!((at.occurrence_id(), at.listed()), (*occurrence, Some(*listed)), "its second page");
            at = at.turned(1, None);
        }
        assert_eq!(at.listed(), None);
        assert_eq!(at.read, 3 * u64::try_from(expected.len()).unwrap());
    }

    #[test]
    fn all_three_lists_are_read_to_their_end_of_each_occurrence_that_has_its_own() {
        let all = |occurrence| Listed::ALL.map(|listed| (occurrence, listed));
        check(&[], &all(None));
        check(&["1", "2"], &[all(Some("1")), all(Some("2"))].concat());
    }

    #[test]
    fn a_list_whose_token_ran_out_is_begun_anew_but_not_for_ever() {
        let mut at = reading(&[]);
        assert_eq!(at.anew(), None, "a first page has no token that could have run out");
        for _ in 0..RESTARTS_MAX {
            at = at.turned(1, Some("token".to_owned())).anew().unwrap();
            assert_eq!((at.pages, &at.token), (0, &None));
        }
        assert_eq!(at.turned(1, Some("token".to_owned())).anew(), None);
    }
}
