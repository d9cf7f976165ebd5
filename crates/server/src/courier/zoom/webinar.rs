//! Reading what a webinar is and asks, before leads are added to it. A read: nothing to settle when its answer is lost.

use super::super::settle::{Results, unchanged};
use super::super::{Courier, Round, Visit};
use super::Turn;
use crate::app::StepError;
use crate::store::delivery::Settled;
use connector_core::fact::Alias;
use connector_core::translate::OwnOutcome;
use connector_core::zoom::command::ReadWebinar;
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::registrants::{AddFault, read_webinar};
use connector_core::zoom::request::registrants as request;

/// The webinar, and its form.
const CALLS: u32 = 2;

impl Courier {
    /// Reads a webinar and its registration form.
    pub(super) async fn webinar_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ReadWebinar,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_pace.free(Class::Light, now_ms) < CALLS {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Light, CALLS, now_ms);
        let webinar = self.ask_zoom(turn, &request::get_webinar(wanted.webinar)).await;
        let form = self.ask_zoom(turn, &request::questions(wanted.webinar)).await;
        match read_webinar(&webinar, &form, &turn.access.account) {
            Ok(webinar) => {
                let fact = Alias(turn.row.fact.clone());
                let outcome = OwnOutcome::WebinarSeen { fact, webinar };
                results.journal.push(self.outcome(&visit.claimed.tenant, turn.row, "webinar seen", &outcome));
                let result = Some(wanted.webinar.to_string());
                results.settled.push(Settled { result, proof: Some("answer"), ..unchanged(turn.row, "delivered") });
            }
            Err(fault) => {
                if let AddFault::Call(fault) = &fault {
                    self.heed(visit, turn, fault).await;
                }
                results.settled.push(self.not_added(visit, turn.row, &fault));
            }
        }
        Ok(Round::Again)
    }
}
