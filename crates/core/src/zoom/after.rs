//! What Zoom knows of a run once it is over: who was there; of a webinar also panelists, who was not, questions, polls. One delivery reads
//! list after list, page after page; each page comes back as a notification. How far it is stands in the delivery itself, so
//! that a process that dies goes on where it was.

use super::event::{Run, Stay};
use super::reply::ZoomFault;
use crate::ids::{Email, Kind, MeetingNumber, ZoomUserId};
use serde::{Deserialize, Serialize};

/// One list that Zoom keeps of a webinar's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Who was invited as a panelist.
    Panelists,
    /// The report of who was there.
    Participants,
    /// Who registered and did not come.
    Absentees,
    /// Questions and answers.
    Questions,
    /// Poll answers.
    Polls,
}

impl List {
    /// What is read after the end, in this order: who is staff first, who was there before who was not.
    pub const AFTER_END: [Self; 5] =
        [Self::Panelists, Self::Participants, Self::Absentees, Self::Questions, Self::Polls];

    /// The same for a meeting: nobody but its participants is listed.
    pub const AFTER_MEETING: [Self; 1] = [Self::Participants];

    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Panelists => "panelists",
            Self::Participants => "attendance report",
            Self::Absentees => "who did not come",
            Self::Questions => "questions",
            Self::Polls => "poll answers",
        }
    }
}

/// A list that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The list.
    pub list: List,
    /// The code of the cause (`zoom.scope`).
    pub code: String,
}

/// Which run is read, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRun {
    /// Meeting or webinar.
    #[serde(default = "webinar")]
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// The meeting's or webinar's number.
    pub number: MeetingNumber,
    /// The run.
    pub uuid: String,
    /// The occurrence of the series, where the run is one.
    #[serde(default)]
    pub occurrence: Option<String>,
    /// Lists that are still to be read; the first is under way.
    pub lists: Vec<List>,
    /// Whether the run is closed when all of them were read.
    pub closes: bool,
    /// The token of the next page of the first list.
    #[serde(default)]
    pub page: Option<String>,
    /// Pages of the first list that were read.
    #[serde(default)]
    pub pages: u32,
    /// How often the first list was not there yet, or had to be begun anew.
    #[serde(default)]
    pub waits: u32,
    /// Lists that could not be read.
    #[serde(default)]
    pub missing: Vec<Missing>,
}

/// What was read before meetings were.
fn webinar() -> Kind {
    Kind::Webinar
}

/// Waits until a list that is not there yet is asked for again, in minutes (zoom.md § 5.3: reports come up to half an hour late).
pub const NOT_YET_WAITS_MIN: [i64; 4] = [5, 15, 30, 60];
/// Pages of one list: of 300 rows each, three times the largest webinar.
pub const PAGES_MAX: u32 = 500;
const MINUTE_MS: i64 = 60_000;

/// What follows from a refusal of the list under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// This list is left out; the next one is read.
    LeftOut(ReadRun),
    /// The list is asked for again at that time, epoch milliseconds.
    Again(ReadRun, i64),
    /// It is the same as with every other call to Zoom.
    AsEver,
}

impl ReadRun {
    /// The list under way.
    #[must_use]
    pub fn list(&self) -> Option<List> {
        self.lists.first().copied()
    }

    /// After a page was read, with the token of the next.
    #[must_use]
    pub fn turned(&self, next: Option<String>) -> Self {
        let pages = self.pages + 1;
        match next {
            Some(token) if pages < PAGES_MAX => Self { page: Some(token), pages, ..self.clone() },
            Some(_) | None => self.beyond(),
        }
    }

    fn beyond(&self) -> Self {
        Self { lists: self.lists.iter().skip(1).copied().collect(), page: None, pages: 0, waits: 0, ..self.clone() }
    }

    /// What follows when Zoom refuses the list under way.
    #[must_use]
    pub fn refused(&self, fault: &ZoomFault, now_ms: i64) -> Refused {
        let Some(list) = self.list() else { return Refused::AsEver };
        let left_out = || {
            let mut next = self.beyond();
            next.missing.push(Missing { list, code: fault.code().to_owned() });
            Refused::LeftOut(next)
        };
        let wait = usize::try_from(self.waits).ok().and_then(|waits| NOT_YET_WAITS_MIN.get(waits));
        match (fault, wait) {
            (ZoomFault::NotSent { .. } | ZoomFault::TokenUnusable | ZoomFault::RateLimited { .. }, _)
            | (ZoomFault::Later { .. }, _) => Refused::AsEver,
            (ZoomFault::ScopeMissing { .. } | ZoomFault::PlanMissing { .. }, _) => left_out(),
            // Not there yet; Zoom makes its lists some time after the end.
            (ZoomFault::NotFound { .. }, Some(minutes)) => {
                let again = Self { page: None, pages: 0, waits: self.waits + 1, ..self.clone() };
                Refused::Again(again, now_ms + minutes * MINUTE_MS)
            }
            // A token lives for a quarter of an hour: the list is read from its beginning, and what is known merges.
            (ZoomFault::Refused { .. }, Some(_)) if self.page.is_some() => {
                Refused::Again(Self { page: None, pages: 0, waits: self.waits + 1, ..self.clone() }, now_ms)
            }
            (ZoomFault::NotFound { .. } | ZoomFault::Refused { .. }, _) => left_out(),
        }
    }
}

/// A panelist as Zoom lists one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panelist {
    /// Address.
    pub email: Email,
}

/// A stay as the report tells it; times in epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedStay {
    /// The handle of the stay.
    pub user_id: Option<String>,
    /// The Zoom user.
    pub zoom_user: Option<String>,
    /// Link to the registration.
    pub registrant_id: Option<String>,
    /// As typed.
    pub name: Option<String>,
    /// Address, where Zoom shows one.
    pub email: Option<Email>,
    /// Joined.
    pub join_ms: i64,
    /// Left.
    pub leave_ms: Option<i64>,
}

impl ReportedStay {
    /// The same in the words of a webhook.
    #[must_use]
    pub fn as_stay(&self) -> Stay {
        Stay {
            user_id: self.user_id.clone(),
            participant_uuid: None,
            zoom_user: self.zoom_user.clone().map(ZoomUserId),
            registrant_id: self.registrant_id.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            customer_key: None,
            join_ms: Some(self.join_ms),
            leave_ms: self.leave_ms,
            leave_reason: None,
        }
    }
}

/// Somebody who registered and did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absentee {
    /// Address.
    pub email: Email,
    /// Registrant id.
    pub registrant_id: Option<String>,
    /// First and last name.
    pub name: Option<String>,
}

/// Something that somebody said: a question, or the answer to a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Whose it is; who is not named stays unknown.
    pub email: Email,
    /// As shown.
    pub name: Option<String>,
    /// The question.
    pub question: String,
    /// The answer: the person's own to a poll, the host's to a question.
    pub answer: Option<String>,
}

/// What was read of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// A page of panelists.
    Panelists {
        /// They.
        people: Vec<Panelist>,
    },
    /// A page of the report.
    Participants {
        /// Their stays.
        stays: Vec<ReportedStay>,
    },
    /// A page of those who did not come.
    Absentees {
        /// They.
        people: Vec<Absentee>,
    },
    /// Questions.
    Questions {
        /// What was asked.
        said: Vec<Said>,
    },
    /// Poll answers.
    Polls {
        /// What was answered.
        said: Vec<Said>,
    },
    /// Everything was read, or cannot be.
    Over {
        /// What cannot be.
        missing: Vec<Missing>,
    },
}

/// What was read of a run, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRead {
    /// Meeting or webinar.
    #[serde(default = "webinar")]
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// The meeting's or webinar's number.
    pub number: MeetingNumber,
    /// The run.
    pub uuid: String,
    /// What was read.
    pub what: Told,
}

impl RunRead {
    /// The run in the words of a webhook; what it does not tell is unknown.
    #[must_use]
    pub fn as_run(&self) -> Run {
        Run {
            kind: self.kind,
            number: self.number,
            uuid: self.uuid.clone(),
            host_id: None,
            host_email: None,
            topic: None,
            start_ms: None,
            end_ms: None,
            duration_min: None,
            timezone: None,
        }
    }

    /// The stays it tells of.
    #[must_use]
    pub fn stays(&self) -> Vec<Stay> {
        match &self.what {
            Told::Participants { stays } => stays.iter().map(ReportedStay::as_stay).collect(),
            Told::Panelists { .. }
            | Told::Absentees { .. }
            | Told::Questions { .. }
            | Told::Polls { .. }
            | Told::Over { .. } => Vec::new(),
        }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it tells.
    pub told: Told,
    /// The token of the next page.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> ReadRun {
        ReadRun {
            kind: Kind::Webinar,
            account: "A".to_owned(),
            number: MeetingNumber(1),
            uuid: "u".to_owned(),
            occurrence: None,
            lists: List::AFTER_END.to_vec(),
            closes: true,
            page: None,
            pages: 0,
            waits: 0,
            missing: Vec::new(),
        }
    }

    fn not_found() -> ZoomFault {
        ZoomFault::NotFound { detail: "not ended".to_owned() }
    }

    #[test]
    fn list_follows_list_and_page_follows_page() {
        let paged = reading().turned(Some("t".to_owned()));
        assert_eq!((paged.list(), paged.page.as_deref(), paged.pages), (Some(List::Panelists), Some("t"), 1));
        let next = paged.turned(None);
        assert_eq!((next.list(), next.page.as_deref(), next.pages), (Some(List::Participants), None, 0));
        let over = List::AFTER_END.iter().fold(reading(), |read, _| read.turned(None));
        assert_eq!(over.list(), None);
    }

    #[test]
    fn a_list_without_permission_is_left_out_and_named() {
        let fault = ZoomFault::ScopeMissing { scopes: vec!["webinar:read:list_panelists".to_owned()] };
        let Refused::LeftOut(next) = reading().refused(&fault, 0) else { panic!() };
        assert_eq!(next.list(), Some(List::Participants));
        assert_eq!(next.missing, [Missing { list: List::Panelists, code: "zoom.scope".to_owned() }]);
    }

    #[test]
    fn a_list_that_is_not_there_yet_is_waited_for_and_then_left_out() {
        let mut read = reading();
        for minutes in NOT_YET_WAITS_MIN {
            let Refused::Again(next, at_ms) = read.refused(&not_found(), 7) else { panic!() };
            assert_eq!(at_ms, 7 + minutes * 60_000);
            read = next;
        }
        assert!(matches!(read.refused(&not_found(), 7), Refused::LeftOut(_)));
    }

    #[test]
    fn a_page_token_that_is_over_begins_the_list_anew() {
        let refused = ZoomFault::Refused { code: 300, detail: "token".to_owned() };
        let Refused::Again(again, at_ms) = reading().turned(Some("t".to_owned())).refused(&refused, 7) else {
            panic!()
        };
        assert_eq!((again.page, again.pages, at_ms), (None, 0, 7));
        assert!(matches!(reading().refused(&refused, 7), Refused::LeftOut(_)));
        assert_eq!(reading().refused(&ZoomFault::TokenUnusable, 7), Refused::AsEver);
    }
}
