//! Looking for people among a webinar's registrants: in Zoom's three lists, page by page. One look serves everybody who is
//! sought in the same webinar. Only a look to the end of all lists may say that somebody is not there.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, Visit};
use super::Turn;
use super::registrants::{APPROVALS_MAX, Due};
use crate::app::StepError;
use crate::store::delivery::Settled;
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::ids::Email;
use connector_core::translate;
use connector_core::zoom::command::{Command, Deed, NewRegistrant};
use connector_core::zoom::event::RegistrationStatus;
use connector_core::zoom::reply::registrants::{Registered, read_registrants};
use connector_core::zoom::request::registrants::{self as request, Listed};
use std::collections::{BTreeMap, BTreeSet};

/// Pages of one list that are looked through: more than the largest webinar has.
const PAGES_MAX: usize = 100;

/// What a look came to.
enum Look {
    /// Everybody stands here who is there.
    Complete(BTreeMap<Email, (Listed, Registered)>),
    /// It could not be read to the end.
    Unclear,
}

impl Courier {
    /// Looks for those whose answer was lost, or who have to stand in one of the lists.
    pub(super) async fn look_for_registrants(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        sought: Vec<Due>,
    ) -> Result<Round, StepError> {
        let Some(first) = sought.first() else { return Ok(Round::Again) };
        let emails: BTreeSet<Email> = sought.iter().map(|due| due.who.email.clone()).collect();
        let look = self.registrants_of(turn, &first.who, &emails).await;
        for due in sought {
            let found = match &look {
                Look::Complete(found) => found.get(&due.who.email),
                Look::Unclear => {
                    results.settled.push(self.after_read(&due.row, &Seen::Unclear, Neighbours::Fail, ZOOM));
                    continue;
                }
            };
            match found {
                Some((Listed::Approved, one)) => {
                    self.delivered(visit, results, (turn, &due), (one, RegistrationStatus::Approved));
                }
                Some((Listed::Pending, one)) => {
                    self.delivered(visit, results, (turn, &due), (one, RegistrationStatus::Pending));
                }
                Some((Listed::Denied, one)) => results.settled.push(self.approve_next(&due, one)),
                None => {
                    let settled = self.after_read(&due.row, &Seen::Absent, Neighbours::Fail, ZOOM);
                    let command = with_deed(&due.who, Deed::Register);
                    results.settled.push(Settled { command, ..settled });
                }
            }
        }
        Ok(Round::Again)
    }

    fn approve_next(&self, due: &Due, one: &Registered) -> Settled {
        if due.row.tries >= APPROVALS_MAX {
            let code = Some("zoom.denied_before".to_owned());
            return Settled { code, ..unchanged(&due.row, "parked") };
        }
        let command = with_deed(&due.who, Deed::Approve { registrant: one.id.clone() });
        let (code, next_at_ms) = (Some("zoom.approving".to_owned()), self.shared.clock.now_ms());
        let tries = due.row.tries + 1;
        Settled { command, code, next_at_ms, tries, reads: 0, ..unchanged(&due.row, "ready") }
    }

    async fn registrants_of(&self, turn: &Turn<'_>, of: &NewRegistrant, sought: &BTreeSet<Email>) -> Look {
        let mut found = BTreeMap::new();
        for listed in Listed::ALL {
            let mut token: Option<String> = None;
            for page in 1..=PAGES_MAX {
                let request = request::list(of.webinar, listed, of.occurrence.as_deref(), token.as_deref());
                let Ok(read) = read_registrants(&self.ask_zoom(turn, &request).await) else { return Look::Unclear };
                for (email, one) in read.registrants.into_iter().filter(|(email, _)| sought.contains(email)) {
                    found.entry(email).or_insert((listed, one));
                }
                if found.len() == sought.len() {
                    return Look::Complete(found);
                }
                token = match read.next {
                    None => break,
                    Some(_) if page == PAGES_MAX => return Look::Unclear,
                    next => next,
                };
            }
        }
        Look::Complete(found)
    }
}

/// The command with another deed, as it is stored.
fn with_deed(who: &NewRegistrant, deed: Deed) -> Option<String> {
    let command = Command::AddRegistrant(NewRegistrant { deed, ..who.clone() });
    serde_json::to_string(&translate::Command::Zoom { command }).ok()
}
