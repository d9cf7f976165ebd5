//! Looking for people among a webinar's registrants: in Zoom's three lists, page by page. One look serves everybody who is
//! sought in the same webinar. Only a look to the end of all lists may say that somebody is not there.
//!
//! A long list takes more calls than a second has: a look is laid aside then, and taken up where it stopped.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, VISIT_MS_MAX, Visit};
use super::Turn;
use super::registrants::{APPROVALS_MAX, Due};
use crate::app::StepError;
use crate::store::delivery::{DeliveryRow, Settled};
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::ids::{Email, MeetingNumber, TenantId, ZoomApp};
use connector_core::translate;
use connector_core::zoom::command::{Before, Command, Deed, NewRegistrant};
use connector_core::zoom::event::RegistrationStatus;
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::registrants::{Registered, read_registrants};
use connector_core::zoom::reply::{Wait, ZoomFault};
use connector_core::zoom::request::registrants::{self as request, Listed};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

/// Pages of one list that are looked through: more than the largest webinar has.
const PAGES_MAX: usize = 100;
/// A look that was laid aside is begun anew after so long, in milliseconds: the token of Zoom's next page lives a quarter of an
/// hour.
const LAID_ASIDE_MS: i64 = 10 * 60_000;
/// Looks that are laid aside at once.
const LOOKS_MAX: usize = 200;

/// Looks that are laid aside, by tenant.
#[derive(Debug, Default)]
pub struct Looks(Mutex<HashMap<TenantId, Looking>>);

/// A look that is under way.
#[derive(Debug)]
struct Looking {
    webinar: MeetingNumber,
    occurrence: Option<String>,
    /// Who was sought when it began. Nobody else may be said to be absent by it.
    sought: BTreeSet<Email>,
    began_ms: i64,
    found: BTreeMap<Email, (Listed, Registered)>,
    /// The list that is being read, by its place among [`Listed::ALL`].
    list: usize,
    page: usize,
    token: Option<String>,
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// Everybody who is there was found.
    Complete,
    /// It could not be read to the end, with why where Zoom said it.
    Unclear(Option<ZoomFault>),
    /// The second has no more calls; it goes on in the next.
    LaidAside,
}

impl Looks {
    /// The look of a tenant that was laid aside, if it seeks all of these.
    fn take(&self, tenant: &TenantId, of: &NewRegistrant, sought: &BTreeSet<Email>, now_ms: i64) -> Option<Looking> {
        let laid = self.0.lock().ok()?.remove(tenant)?;
        let same = laid.webinar == of.webinar && laid.occurrence == of.occurrence && sought.is_subset(&laid.sought);
        (same && now_ms - laid.began_ms < LAID_ASIDE_MS).then_some(laid)
    }

    fn lay_aside(&self, tenant: &TenantId, looking: Looking) {
        if let Ok(mut looks) = self.0.lock() {
            if looks.len() >= LOOKS_MAX {
                looks.clear();
            }
            looks.insert(tenant.clone(), looking);
        }
    }
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
        let now_ms = self.shared.clock.now_ms();
        let Some(first) = sought.first() else { return Ok(Round::Again) };
        let emails: BTreeSet<Email> = sought.iter().map(|due| due.who.email.clone()).collect();
        let tenant = visit.claimed.tenant.clone();
        let laid = self.looks.take(&tenant, &first.who, &emails, now_ms);
        let mut looking = laid.unwrap_or_else(|| Looking {
            webinar: first.who.webinar,
            occurrence: first.who.occurrence.clone(),
            sought: emails,
            began_ms: now_ms,
            found: BTreeMap::new(),
            list: 0,
            page: 0,
            token: None,
        });
        let look = self.look_on(visit, turn, &mut looking).await;
        if look == Look::Unclear(Some(ZoomFault::TokenUnusable)) {
            self.shared.tokens().refused(&tenant, ZoomApp::Webinars, &turn.access.token).await;
        }
        if look == Look::LaidAside {
            self.looks.lay_aside(&tenant, looking);
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        for due in sought {
            if let Look::Unclear(fault) = &look {
                results.settled.push(self.unclear(&due.row, fault.as_ref()));
                continue;
            }
            match looking.found.get(&due.who.email) {
                Some((Listed::Approved, one)) => {
                    self.delivered(visit, results, (turn, &due), (one, RegistrationStatus::Approved));
                }
                Some((Listed::Pending, one)) => {
                    self.delivered(visit, results, (turn, &due), (one, RegistrationStatus::Pending));
                }
                Some((Listed::Denied, one)) => results.settled.push(self.denied(&due, one)),
                None => {
                    let settled = self.after_read(&due.row, &Seen::Absent, Neighbours::Fail, ZOOM);
                    let command = with_deed(&due.who, Deed::Register);
                    // Alone the next time, where Zoom names a reason.
                    let opaque = if settled.state == "ready" { settled.opaque.max(1) } else { settled.opaque };
                    results.settled.push(Settled { command, opaque, ..settled });
                }
            }
        }
        Ok(Round::Again)
    }

    /// A list that could not be read: later again, or never where Zoom will go on refusing it.
    fn unclear(&self, row: &DeliveryRow, fault: Option<&ZoomFault>) -> Settled {
        let read = self.after_read(row, &Seen::Unclear, Neighbours::Fail, ZOOM);
        match fault {
            Some(
                fault @ (ZoomFault::NotFound { .. } | ZoomFault::ScopeMissing { .. } | ZoomFault::PlanMissing { .. }),
            ) => Settled {
                code: Some(fault.code().to_owned()),
                detail: Some(fault.to_string()),
                ..unchanged(row, "parked")
            },
            Some(fault) => Settled { detail: Some(fault.to_string()), ..read },
            None => read,
        }
    }

    /// Zoom lists who cancelled among those whom the host refused. Where nothing proves that the person cancelled, the host's
    /// word stands: it waits for a person, who approves it by replaying it.
    fn denied(&self, due: &Due, one: &Registered) -> Settled {
        match (due.who.before, &due.who.deed) {
            (Before::Unknown, Deed::Register) => {
                let command = with_deed(&due.who, Deed::Approve { registrant: one.id.clone() });
                let code = Some("zoom.denied_before".to_owned());
                Settled { command, code, reads: 0, ..unchanged(&due.row, "parked") }
            }
            (Before::Unknown, Deed::Approve { .. }) | (Before::Cancelled | Before::Denied, _) => {
                self.approve_next(due, one)
            }
        }
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

    /// Reads on where the look stands.
    async fn look_on(&self, visit: &mut Visit, turn: &Turn<'_>, looking: &mut Looking) -> Look {
        let began_ms = self.shared.clock.now_ms();
        while let Some(listed) = Listed::ALL.get(looking.list).copied() {
            let now_ms = self.shared.clock.now_ms();
            // The one courier of all tenants does not stay for a long list.
            if now_ms - began_ms >= VISIT_MS_MAX {
                return Look::LaidAside;
            }
            if visit.state.zoom_pace.free(Class::Medium, now_ms) == 0 {
                return Look::LaidAside;
            }
            visit.state.zoom_pace.note(Class::Medium, 1, now_ms);
            let occurrence = looking.occurrence.as_deref();
            let request = request::list(looking.webinar, listed, occurrence, looking.token.as_deref());
            let read = match read_registrants(&self.ask_zoom(turn, &request).await) {
                Ok(read) => read,
                Err(ZoomFault::RateLimited { wait: Wait::Moment, .. }) => return Look::LaidAside,
                Err(fault) => return Look::Unclear(Some(fault)),
            };
            for (email, one) in read.registrants {
                if looking.sought.contains(&email) {
                    looking.found.entry(email).or_insert((listed, one));
                }
            }
            if looking.found.len() == looking.sought.len() {
                return Look::Complete;
            }
            looking.page += 1;
            match read.next {
                Some(_) if looking.page >= PAGES_MAX => return Look::Unclear(None),
                Some(token) => looking.token = Some(token),
                None => (looking.list, looking.page, looking.token) = (looking.list + 1, 0, None),
            }
        }
        Look::Complete
    }
}

/// The command with another deed, as it is stored.
fn with_deed(who: &NewRegistrant, deed: Deed) -> Option<String> {
    let command = Command::AddRegistrant(NewRegistrant { deed, ..who.clone() });
    serde_json::to_string(&translate::Command::Zoom { command }).ok()
}
