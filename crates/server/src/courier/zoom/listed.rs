//! Reading who is registered, where a person asked for it or the connector was not connected for a while: which webinars are
//! planned, then list after list, one page in a round. Each page is a notification of its own, recorded together with how far the
//! reading is; a read changes nothing in Zoom, so that it may be made again.

use super::super::settle::{Results, unchanged};
use super::super::{Courier, Round, Visit};
use super::Turn;
use crate::store::delivery::{DeliveryRow, Settled};
use connector_core::fact::Alias;
use connector_core::ids::MeetingNumber;
use connector_core::translate::{self, OwnOutcome};
use connector_core::zoom::command::Command;
use connector_core::zoom::listed::{COMING_MAX, ReadRegistrants, RegistrantsRead, status_of};
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::ZoomFault;
use connector_core::zoom::reply::listed::{read_listed, read_planned};
use connector_core::zoom::reply::registrants::read_webinars;
use connector_core::zoom::request::registrants as request;
use std::collections::BTreeSet;

/// Pages of planned webinars that are read: of 300 rows each, of which a series takes one for each occurrence.
const WEBINAR_PAGES_MAX: u32 = 5;

impl Courier {
    /// Reads which webinars are planned.
    pub(super) async fn webinars_turn(&self, visit: &mut Visit, results: &mut Results, turn: &Turn<'_>) -> Round {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_pace.free(Class::Medium, now_ms) < WEBINAR_PAGES_MAX {
            return Round::NotBefore(Pace::next_ms(now_ms));
        }
        let mut numbers: BTreeSet<MeetingNumber> = BTreeSet::new();
        let mut token: Option<String> = None;
        for page in 1..=WEBINAR_PAGES_MAX {
            visit.state.zoom_pace.note(Class::Medium, 1, now_ms);
            let reply = self.ask_zoom(turn, &request::list_webinars((page, token.as_deref()))).await;
            match read_webinars(&reply) {
                Ok((rows, next)) => {
                    numbers.extend(rows.iter().map(|row| row.number));
                    token = next;
                }
                Err(fault) => return self.read_refused(visit, results, turn, &fault).await,
            }
            if token.is_none() || numbers.len() >= COMING_MAX {
                break;
            }
        }
        let webinars: Vec<MeetingNumber> = numbers.into_iter().take(COMING_MAX).collect();
        let proof = format!("{} planned", webinars.len());
        let outcome = OwnOutcome::WebinarsListed { fact: Alias(turn.row.fact.clone()), webinars };
        results.journal.push(self.outcome(&visit.claimed.tenant, turn.row, "planned webinars", &outcome));
        results.settled.push(read_whole(turn.row, proof));
        Round::Again
    }

    /// Reads what a webinar is, or the next page of its registrants.
    pub(super) async fn listed_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        at: &ReadRegistrants,
    ) -> Round {
        let now_ms = self.shared.clock.now_ms();
        let class = if at.planned.is_none() { Class::Light } else { Class::Medium };
        if visit.state.zoom_pace.free(class, now_ms) == 0 {
            return Round::NotBefore(Pace::next_ms(now_ms));
        }
        let Some(planned) = &at.planned else {
            visit.state.zoom_pace.note(class, 1, now_ms);
            match read_planned(&self.ask_zoom(turn, &request::get_webinar(at.webinar)).await) {
                Ok(planned) => {
                    let next = ReadRegistrants { planned: Some(planned), ..at.clone() };
                    results.settled.push(going_on(turn.row, &next, now_ms));
                    return Round::Again;
                }
                Err(ZoomFault::NotFound { .. }) if at.past => {
                    results.settled.push(gone(turn.row));
                    return Round::Again;
                }
                Err(fault) => return self.read_refused(visit, results, turn, &fault).await,
            }
        };
        let Some(listed) = at.listed() else {
            results.settled.push(read_whole(turn.row, format!("{} registrations", at.read)));
            return Round::Again;
        };
        visit.state.zoom_pace.note(class, 1, now_ms);
        let request = request::list(at.webinar, listed, at.occurrence_id(), at.token.as_deref());
        match (read_listed(&self.ask_zoom(turn, &request).await), at.anew()) {
            (Ok((registrants, next)), _) => {
                let next = at.turned(registrants.len(), next);
                if !registrants.is_empty() {
                    let read = RegistrantsRead {
                        fact: Alias(turn.row.fact.clone()),
                        account: turn.access.account.clone(),
                        webinar: at.webinar,
                        planned: planned.clone(),
                        occurrence: at.occurrence_id().map(str::to_owned),
                        status: status_of(listed),
                        read_ms: now_ms,
                        registrants,
                    };
                    let outcome = OwnOutcome::RegistrantsRead(read);
                    let tenant = &visit.claimed.tenant;
                    results.journal.push(super::page_of(self.outcome(tenant, turn.row, "registrants", &outcome)));
                }
                results.settled.push(match next.listed() {
                    Some(_) => going_on(turn.row, &next, now_ms),
                    None => read_whole(turn.row, format!("{} registrations", next.read)),
                });
                Round::Again
            }
            (Err(ZoomFault::NotFound { .. }), _) if at.past => {
                results.settled.push(gone(turn.row));
                Round::Again
            }
            (Err(ZoomFault::Refused { .. }), Some(anew)) => {
                results.settled.push(going_on(turn.row, &anew, now_ms));
                Round::Again
            }
            (Err(fault), _) => self.read_refused(visit, results, turn, &fault).await,
        }
    }

    async fn read_refused(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        fault: &ZoomFault,
    ) -> Round {
        self.heed(visit, turn, fault).await;
        results.settled.push(self.not_applied(visit, turn.row, fault));
        Round::Again
    }
}

/// The delivery while there is more to read.
fn going_on(row: &DeliveryRow, next: &ReadRegistrants, next_at_ms: i64) -> Settled {
    let command = translate::Command::Zoom { command: Command::ReadRegistrants(next.clone()) };
    Settled { command: serde_json::to_string(&command).ok(), next_at_ms, tries: 0, ..unchanged(row, "ready") }
}

/// A webinar that was held while nobody listened and is gone by now: its registrations are gone with it.
fn gone(row: &DeliveryRow) -> Settled {
    let detail = Some("Zoom does not know the webinar any more.".to_owned());
    Settled { detail, proof: Some("answer"), tries: 0, ..unchanged(row, "delivered") }
}

/// The delivery when everything was read.
fn read_whole(row: &DeliveryRow, result: String) -> Settled {
    Settled { result: Some(result), proof: Some("answer"), tries: 0, ..unchanged(row, "delivered") }
}
