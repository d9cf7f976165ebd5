//! Registering people for a webinar: in batches where Zoom takes them, singly and some side by side where it does not, and
//! approving again who was cancelled. An answer that was lost is looked for in the list of registrants.

use super::super::settle::{Results, unchanged};
use super::super::{Courier, Round, Visit};
use super::{Aim, Turn, deadline_of};
use crate::app::StepError;
use crate::store::delivery::{DeliveryRow, Settled};
use connector_core::addition::{Approval, Company};
use connector_core::delivery::limiter::next_day_ms;
use connector_core::ids::Email;
use connector_core::translate::addition::OwnRegistration;
use connector_core::translate::{self, OwnOutcome};
use connector_core::zoom::command::{Command, Deed, NewRegistrant};
use connector_core::zoom::event::RegistrationStatus;
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::ZoomFault;
use connector_core::zoom::reply::registrants::{self as reply, AddFault, Added, Approved, Registered};
use connector_core::zoom::request::registrants::{self as request, BATCH_MAX};
use futures_util::future::join_all;

/// Single registrations under way at once.
const SINGLES_AT_ONCE: usize = 10;
/// After so many approvals that did not hold a person has to look.
pub(super) const APPROVALS_MAX: i64 = 3;

/// A registrant that is due, with its row.
pub(super) struct Due {
    pub row: DeliveryRow,
    pub who: NewRegistrant,
}

/// Zoom's lists show an approval after a moment; the first look waits so long, in milliseconds, each further one twice as long.
const APPROVED_WAIT_MS: i64 = 2_000;

impl Courier {
    /// Registers, approves or looks for those that are due and go together with the first.
    pub(super) async fn registrants_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        first: &NewRegistrant,
    ) -> Result<Round, StepError> {
        let same = |due: &Due| due.who.webinar == first.webinar && due.who.occurrence == first.occurrence;
        let due = turn.rows.iter().filter_map(readable).filter(same);
        if turn.aim == Aim::Look {
            let sought: Vec<Due> = due.filter(|due| due.row.reads > 0 || turn.row.reads == 0).collect();
            return self.look_for_registrants(visit, results, turn, sought).await;
        }
        let due = due.filter(|due| due.row.reads == 0);
        let alone = |due: &Due| due.who.company == Company::Single || due.row.opaque > 0;
        let first_alone = first.company == Company::Single || turn.row.opaque > 0;
        match &first.deed {
            Deed::Approve { .. } => {
                let due = due.filter(|due| matches!(due.who.deed, Deed::Approve { .. })).take(BATCH_MAX).collect();
                self.approve(visit, results, turn, due).await
            }
            Deed::Register if first_alone => {
                let due = due.filter(|due| due.who.deed == Deed::Register && alone(due)).take(SINGLES_AT_ONCE);
                let due = due.collect();
                self.register_singly(visit, results, turn, due).await
            }
            Deed::Register => {
                let due = due.filter(|due| due.who.deed == Deed::Register && !alone(due)).take(BATCH_MAX).collect();
                self.register_batch(visit, results, turn, due).await
            }
        }
    }

    async fn register_singly(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        mut due: Vec<Due>,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let free = visit.state.zoom_pace.free(Class::Light, now_ms);
        due.truncate(usize::try_from(free).unwrap_or(usize::MAX));
        if due.is_empty() {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Light, u32::try_from(due.len()).unwrap_or(u32::MAX), now_ms);
        let requests: Vec<_> = due.iter().map(|due| request::add(&due.who)).collect();
        let calls = due.iter().zip(&requests).map(|(due, request)| (request.operation, vec![due.row.key.clone()]));
        let attempts = self.intend_zoom(visit, calls.collect()).await?;
        let replies = join_all(requests.iter().map(|request| self.write_zoom(turn, request))).await;
        let deadline_ms = deadline_of(&attempts);
        let mut came = Vec::with_capacity(due.len());
        for ((due, reply), attempt) in due.into_iter().zip(&replies).zip(attempts) {
            let added = reply::read_added(reply);
            let (word, detail) = words(&added);
            results.attempts.push((attempt.id, word, detail));
            came.push((Due { row: DeliveryRow { deadline_ms, ..due.row }, ..due }, added));
        }
        self.take_in_added(visit, results, turn, came).await;
        Ok(Round::Again)
    }

    async fn register_batch(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        due: Vec<Due>,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let Some(webinar) = due.first().map(|due| due.who.webinar) else { return Ok(Round::Again) };
        if visit.state.zoom_pace.free(Class::Heavy, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Heavy, 1, now_ms);
        let who: Vec<&NewRegistrant> = due.iter().map(|due| &due.who).collect();
        let emails: Vec<&Email> = who.iter().map(|who| &who.email).collect();
        let request = request::add_batch(webinar, &who);
        let keys = due.iter().map(|due| due.row.key.clone()).collect();
        let attempts = self.intend_zoom(visit, vec![(request.operation, keys)]).await?;
        let added = reply::read_batch(&self.write_zoom(turn, &request).await, &emails);
        let worst = added.iter().find(|added| !matches!(added, Added::Registered(_))).or(added.first());
        let (word, detail) = worst.map_or(("unknown", None), words);
        let deadline_ms = deadline_of(&attempts);
        results.attempts.extend(attempts.into_iter().map(|attempt| (attempt.id, word, detail.clone())));
        let mut came = Vec::with_capacity(due.len());
        for (due, added) in due.into_iter().zip(added) {
            let row = DeliveryRow { deadline_ms, ..due.row };
            match added {
                // Said of the whole batch: one of them may be at fault, and some may be registered. Each goes alone next, which
                // Zoom answers with the same registrant where it has one.
                Added::NotApplied(fault) if is_of_one(&fault) => {
                    let (code, detail) = (Some(fault.code().to_owned()), Some(fault.to_string()));
                    let next_at_ms = self.shared.clock.now_ms();
                    let again = unchanged(&row, "ready");
                    results.settled.push(Settled { code, detail, next_at_ms, opaque: row.opaque + 1, ..again });
                }
                added @ (Added::Registered(_) | Added::NotApplied(_) | Added::Unknown { .. }) => {
                    came.push((Due { row, ..due }, added));
                }
            }
        }
        self.take_in_added(visit, results, turn, came).await;
        Ok(Round::Again)
    }

    async fn take_in_added(&self, visit: &mut Visit, results: &mut Results, turn: &Turn<'_>, came: Vec<(Due, Added)>) {
        for (due, added) in came {
            match added {
                Added::Registered(one) => match (one.join_url.is_some(), due.who.approval) {
                    (true, _) => self.delivered(visit, results, (turn, &due), (&one, RegistrationStatus::Approved)),
                    (false, Approval::Manual) => {
                        self.delivered(visit, results, (turn, &due), (&one, RegistrationStatus::Pending));
                    }
                    // Zoom approves at once, and yet there is no link: it was cancelled or denied before.
                    (false, Approval::Automatic) => results.settled.push(self.to_be_looked_for(&due.row)),
                },
                Added::NotApplied(AddFault::DeniedBefore { .. }) => {
                    results.settled.push(self.to_be_looked_for(&due.row));
                }
                Added::NotApplied(fault) => {
                    if let AddFault::Call(fault) = &fault {
                        self.heed(visit, turn, fault).await;
                    }
                    results.settled.push(self.not_added(visit, &due.row, &fault));
                }
                Added::Unknown { why } => results.settled.push(self.lost(&due.row, why)),
            }
        }
    }

    async fn approve(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        due: Vec<Due>,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let Some(first) = due.first() else { return Ok(Round::Again) };
        if visit.state.zoom_pace.free(Class::Medium, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Medium, 1, now_ms);
        let named = due.iter().filter_map(|due| match &due.who.deed {
            Deed::Approve { registrant } => Some((registrant.as_str(), &due.who.email)),
            Deed::Register => None,
        });
        let named: Vec<(&str, &Email)> = named.collect();
        let request = request::approve(first.who.webinar, first.who.occurrence.as_deref(), &named);
        let keys = due.iter().map(|due| due.row.key.clone()).collect();
        let attempts = self.intend_zoom(visit, vec![(request.operation, keys)]).await?;
        let approved = reply::read_approved(&self.write_zoom(turn, &request).await);
        let (word, detail) = match &approved {
            Approved::Done => ("applied", None),
            Approved::NotApplied(fault) => ("not applied", Some(fault.to_string())),
            Approved::Unknown { why } => ("unknown", Some(why.clone())),
        };
        let deadline_ms = deadline_of(&attempts);
        results.attempts.extend(attempts.into_iter().map(|attempt| (attempt.id, word, detail.clone())));
        for due in due {
            let row = DeliveryRow { deadline_ms, ..due.row };
            results.settled.push(match &approved {
                // The link stands in the list, in a moment.
                Approved::Done => {
                    let wait_ms = APPROVED_WAIT_MS << row.tries.clamp(0, 3);
                    let at = self.to_be_looked_for(&row);
                    Settled { next_at_ms: at.next_at_ms + wait_ms, ..at }
                }
                Approved::NotApplied(fault) => self.not_added(visit, &row, fault),
                Approved::Unknown { why } => self.lost(&row, why.clone()),
            });
        }
        Ok(Round::Again)
    }

    /// Known to stand in one of Zoom's lists: looked for at once.
    fn to_be_looked_for(&self, row: &DeliveryRow) -> Settled {
        let next_at_ms = self.shared.clock.now_ms();
        let code = Some("zoom.approving".to_owned());
        Settled { code, next_at_ms, reads: 0, ..unchanged(row, "unknown") }
    }

    /// Registered: what follows is told to the translator. The detail keeps the link for whoever asked.
    pub(super) fn delivered(
        &self,
        visit: &Visit,
        results: &mut Results,
        (turn, due): (&Turn<'_>, &Due),
        (one, status): (&Registered, RegistrationStatus),
    ) {
        let who = &due.who;
        let mut answers = who.answers.clone();
        answers.insert("first_name".to_owned(), who.first_name.clone());
        let outcome = OwnOutcome::Registered(OwnRegistration {
            account: turn.access.account.clone(),
            webinar: who.webinar,
            topic: who.topic.clone(),
            start_ms: who.start_ms,
            occurrence: who.occurrence.clone(),
            email: who.email.clone(),
            registrant: one.id.clone(),
            join_url: one.join_url.clone(),
            status,
            answers,
            custom: who.custom.clone(),
            at_ms: self.shared.clock.now_ms(),
        });
        results.journal.push(self.outcome(&visit.claimed.tenant, &due.row, "registered", &outcome));
        let code = (status == RegistrationStatus::Pending).then(|| "zoom.pending".to_owned());
        let proof = Some(if turn.aim == Aim::Look { "marker" } else { "answer" });
        let (result, detail) = (Some(one.id.clone()), one.join_url.clone());
        results.settled.push(Settled { code, detail, result, proof, ..unchanged(&due.row, "delivered") });
    }

    /// What follows for a registration that Zoom certainly did not carry out.
    pub(super) fn not_added(&self, visit: &mut Visit, row: &DeliveryRow, fault: &AddFault) -> Settled {
        let (code, detail) = (Some(fault.code().to_owned()), Some(fault.to_string()));
        match fault {
            AddFault::Call(fault) => self.not_applied(visit, row, fault),
            AddFault::TooOftenToday { .. } => {
                let next_at_ms = next_day_ms(self.shared.clock.now_ms());
                Settled { code, detail, next_at_ms, ..unchanged(row, "ready") }
            }
            AddFault::RegistrationOff { .. }
            | AddFault::Full { .. }
            | AddFault::Closed { .. }
            | AddFault::Host { .. }
            | AddFault::DeniedBefore { .. }
            | AddFault::Answers { .. } => Settled { code, detail, ..unchanged(row, "parked") },
        }
    }
}

/// A row that is a registrant.
fn readable(row: &DeliveryRow) -> Option<Due> {
    match serde_json::from_str(&row.command).ok()? {
        translate::Command::Zoom { command: Command::AddRegistrant(who) } => Some(Due { row: row.clone(), who }),
        translate::Command::Zoom {
            command:
                Command::CreateMeeting(_)
                | Command::ChangeMeeting(_)
                | Command::LookAtMeeting(_)
                | Command::ReadWebinar(_)
                | Command::CreateWebinar(_)
                | Command::DeleteWebinar(_)
                | Command::ReadRun(_)
                | Command::ListWebinars
                | Command::ReadHistory(_)
                | Command::ReadMeeting(_)
                | Command::ReadRegistrants(_),
        }
        | translate::Command::LeadSquared { .. } => None,
    }
}

/// Whether what Zoom says of a batch may be about one of its registrants, or about batches.
fn is_of_one(fault: &AddFault) -> bool {
    match fault {
        AddFault::Full { .. }
        | AddFault::Host { .. }
        | AddFault::DeniedBefore { .. }
        | AddFault::TooOftenToday { .. }
        | AddFault::Answers { .. }
        | AddFault::Call(ZoomFault::Refused { .. } | ZoomFault::ScopeMissing { .. }) => true,
        AddFault::RegistrationOff { .. }
        | AddFault::Closed { .. }
        | AddFault::Call(
            ZoomFault::NotSent { .. }
            | ZoomFault::TokenUnusable
            | ZoomFault::RateLimited { .. }
            | ZoomFault::PlanMissing { .. }
            | ZoomFault::NotFound { .. }
            | ZoomFault::Later { .. },
        ) => false,
    }
}

fn words(added: &Added) -> (&'static str, Option<String>) {
    match added {
        Added::Registered(_) => ("applied", None),
        Added::NotApplied(fault) => ("not applied", Some(fault.to_string())),
        Added::Unknown { why } => ("unknown", Some(why.clone())),
    }
}
