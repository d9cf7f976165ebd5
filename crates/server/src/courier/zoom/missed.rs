//! Reading what happened while nobody listened: the history of an account, page after page, and meetings that were made from
//! LeadSquared. Each page is a notification of its own, recorded together with how far the reading is; a read changes nothing in Zoom, so
//! that it may be made again. Of an account that is shared each run goes to whom it belongs.

use super::super::settle::{Results, unchanged};
use super::super::{Courier, Round, Visit};
use super::Turn;
use crate::app::StepError;
use crate::connections::whose::{self, NotAsked};
use crate::store::connection;
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use connector_core::fact::Alias;
use connector_core::ids::TenantId;
use connector_core::route::{About, Whose, missed_by, valid_at};
use connector_core::translate::{self, OwnOutcome};
use connector_core::zoom::command::Command;
use connector_core::zoom::history::{HeldRun, HistoryRead, MeetingFound, ReadHistory, ReadMeeting};
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::ZoomFault;
use connector_core::zoom::reply::history::{read_history, read_meeting};
use connector_core::zoom::request;
use std::collections::BTreeMap;

/// Where Zoom did not say whose the runs of a page are, the page is read again after this, in milliseconds.
const ASKED_AGAIN_MS: i64 = 60_000;

impl Courier {
    /// Reads the next page of the history.
    pub(super) async fn history_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        at: &ReadHistory,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let Some(request) = request::history(at) else {
            results.settled.push(read_whole(turn.row, format!("{} held", at.found)));
            return Ok(Round::Again);
        };
        if at.account != turn.access.account {
            results.settled.push(of_another_account(turn.row));
            return Ok(Round::Again);
        }
        if visit.state.zoom_pace.free(Class::Heavy, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Heavy, 1, now_ms);
        match (read_history(&self.ask_zoom(turn, &request).await), at.anew()) {
            (Ok((mut runs, next)), _) => {
                runs.retain(|run| at.asks_for(run));
                let next = at.turned(runs.len(), next);
                let pages = match self.pages_of(visit, turn, (at, runs)).await {
                    Ok(pages) => pages,
                    Err(NotAsked::Store(error)) => return Err(error.into()),
                    Err(NotAsked::Fault(fault)) => {
                        self.heed(visit, turn, &fault).await;
                        results.settled.push(self.not_applied(visit, turn.row, &fault));
                        return Ok(Round::Again);
                    }
                    // The same page is read again when Zoom can be asked whose its runs are; others go first meanwhile.
                    Err(NotAsked::NoAccess(_)) => {
                        results.settled.push(going_on(turn.row, at, now_ms + ASKED_AGAIN_MS));
                        return Ok(Round::Again);
                    }
                };
                results.journal.extend(pages);
                results.settled.push(match next.window() {
                    Some(_) => going_on(turn.row, &next, now_ms),
                    None => read_whole(turn.row, format!("{} held", next.found)),
                });
            }
            (Err(ZoomFault::Refused { .. }), Some(anew)) => results.settled.push(going_on(turn.row, &anew, now_ms)),
            (Err(fault), _) => {
                self.heed(visit, turn, &fault).await;
                results.settled.push(self.not_applied(visit, turn.row, &fault));
            }
        }
        Ok(Round::Again)
    }

    /// A page of runs as notifications, one for each tenant that some of them belong to.
    async fn pages_of(
        &self,
        visit: &Visit,
        turn: &Turn<'_>,
        (at, runs): (&ReadHistory, Vec<HeldRun>),
    ) -> Result<Vec<NewNotification>, NotAsked> {
        let (tenant, account, app) = (visit.claimed.tenant.clone(), at.account.clone(), turn.app);
        let (routes, own) = self
            .shared
            .store
            .read(move |unit| {
                Box::pin(async move {
                    let own = connection::open(unit, &tenant, app).await?;
                    let door = own.as_ref().and_then(connection::ConnectionRow::door);
                    Ok((connection::routes_by(unit, door, (app, &account)).await?, own))
                })
            })
            .await?;
        let now_ms = self.shared.clock.now_ms();
        let mut of: BTreeMap<TenantId, Vec<HeldRun>> = BTreeMap::new();
        for run in runs {
            // The history names hosts by address alone; whoever signed in is known by both.
            let signed_in = own.as_ref().filter(|own| {
                let same =
                    |email: &String| run.host_email.as_ref().is_some_and(|host| host.as_str() == email.to_lowercase());
                own.email.as_ref().is_some_and(same)
            });
            let mut about = About {
                host: signed_in.map(|own| own.zoom_user.clone()),
                host_email: run.host_email.as_ref().map(|email| email.as_str().to_owned()),
                topic: run.topic.clone(),
                meeting: Some(run.number),
                ..About::default()
            };
            let whose = |about: &About| missed_by(&routes, (app, &at.account), (run.end_ms, now_ms), || about.clone());
            let mut found = whose(&about);
            if found == Whose::NotKnownYet {
                let valid = [valid_at(&routes, run.end_ms), valid_at(&routes, now_ms)].concat();
                whose::look_up(&self.shared, (&valid, app, &at.account), &mut about).await?;
                found = whose(&about);
            }
            match found {
                Whose::Of(tenant) => of.entry(tenant.clone()).or_default().push(run),
                // Whoever else it may be, nothing says that it is ours.
                Whose::Nobody | Whose::Undecided | Whose::NotKnownYet => {}
            }
        }
        let page = |(tenant, runs): (TenantId, Vec<HeldRun>)| {
            let fact = Alias(turn.row.fact.clone());
            let read = HistoryRead { fact, kind: at.kind, account: at.account.clone(), runs };
            super::page_of(self.outcome(&tenant, turn.row, "held meanwhile", &OwnOutcome::HistoryRead(read)))
        };
        Ok(of.into_iter().map(page).collect())
    }

    /// Reads a meeting once more.
    pub(super) async fn meeting_again_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ReadMeeting,
    ) -> Round {
        let now_ms = self.shared.clock.now_ms();
        if wanted.account != turn.access.account {
            results.settled.push(of_another_account(turn.row));
            return Round::Again;
        }
        if visit.state.zoom_pace.free(Class::Light, now_ms) == 0 {
            return Round::NotBefore(Pace::next_ms(now_ms));
        }
        visit.state.zoom_pace.note(Class::Light, 1, now_ms);
        match read_meeting(&self.ask_zoom(turn, &request::get_meeting(wanted.meeting)).await) {
            Ok(found) => {
                let (account, meeting) = (wanted.account.clone(), wanted.meeting);
                let outcome = OwnOutcome::MeetingFound(MeetingFound { account, meeting, found, read_ms: now_ms });
                results.journal.push(self.outcome(&visit.claimed.tenant, turn.row, "meeting read again", &outcome));
                results.settled.push(read_whole(turn.row, wanted.meeting.to_string()));
            }
            Err(fault) => {
                self.heed(visit, turn, &fault).await;
                results.settled.push(self.not_applied(visit, turn.row, &fault));
            }
        }
        Round::Again
    }
}

fn going_on(row: &DeliveryRow, next: &ReadHistory, next_at_ms: i64) -> Settled {
    let command = translate::Command::Zoom { command: Command::ReadHistory(next.clone()) };
    Settled { command: serde_json::to_string(&command).ok(), next_at_ms, tries: 0, ..unchanged(row, "ready") }
}

fn read_whole(row: &DeliveryRow, result: String) -> Settled {
    Settled { result: Some(result), proof: Some("answer"), tries: 0, ..unchanged(row, "delivered") }
}

/// Somebody signed in to another Zoom account since: what was missed in the first is no business of the second.
fn of_another_account(row: &DeliveryRow) -> Settled {
    let detail =
        Some("Another Zoom account is connected by now; what was missed in the one before was not read.".to_owned());
    Settled { detail, tries: 0, ..unchanged(row, "delivered") }
}
