//! The page on which a host starts a meeting or webinar and ends it for all, as `zoom.us/s/…` does. Whoever is registered comes
//! when it starts; the others are not pretended.

use super::super::Zoom;
use super::super::state::State;
use super::super::words::{Kind, Status, Who};
use super::reply::Reply;
use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;

/// People who come by themselves at most.
const GUESTS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "zoom/host.html")]
struct HostPage {
    number: u64,
    kind: &'static str,
    topic: String,
    stands: Stands,
}

/// How a meeting or webinar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Planned,
    Runs,
    Held,
    Deleted,
}

impl HostPage {
    fn is_at(&self, stands: &str) -> bool {
        let name = match self.stands {
            Stands::Planned => "planned",
            Stands::Runs => "runs",
            Stands::Held => "held",
            Stands::Deleted => "deleted",
        };
        name == stands
    }
}

fn shown(state: &State, number: u64) -> Option<HostPage> {
    let event = state.events.get(&number)?;
    let stands = if event.deleted {
        Stands::Deleted
    } else if state.open_run(event).is_some() {
        Stands::Runs
    } else if event.runs.is_empty() {
        Stands::Planned
    } else {
        Stands::Held
    };
    let kind = match event.kind {
        Kind::Meeting => "Meeting",
        Kind::Webinar => "Webinar",
    };
    Some(HostPage { number, kind, topic: event.plan.topic.clone(), stands })
}

fn page(zoom: &Zoom, number: u64) -> Response {
    match shown(&zoom.state(), number) {
        Some(page) => Reply::html(200, page.render().unwrap_or_default()).into_response(),
        None => Reply::html(404, "<p>There is no such meeting in the pretend Zoom.</p>".to_owned()).into_response(),
    }
}

/// `GET /s/{number}`
pub(super) async fn show(Shared(zoom): Shared<Zoom>, Path(number): Path<u64>) -> Response {
    page(&zoom, number)
}

/// `POST /s/{number}`: starts it, or ends it when it runs.
pub(super) async fn press(Shared(zoom): Shared<Zoom>, Path(number): Path<u64>) -> Response {
    let now_ms = zoom.clock.now_ms();
    let (run, guests) = {
        let state = zoom.state();
        let Some(event) = state.events.get(&number).filter(|event| !event.deleted) else { return page(&zoom, number) };
        let approved = event.registrants.iter().filter(|registrant| registrant.status == Status::Approved);
        let guests: Vec<String> = approved.take(GUESTS_MAX).map(|registrant| registrant.id.clone()).collect();
        (state.open_run(event).map(|run| run.uuid.clone()), guests)
    };
    match run {
        Some(uuid) => zoom.end(&uuid, now_ms),
        None => {
            if let Some(uuid) = zoom.start(number, now_ms) {
                for id in guests {
                    // Who may not come stays away, as in life.
                    let _ = zoom.join(&uuid, Who::Registrant(id), now_ms);
                }
            }
        }
    }
    page(&zoom, number)
}
