//! The door of sales users' requests: checks a request, appends the wish to the journal, answers. What follows travels
//! the same way as everything else; there is no second path to Zoom. Console and JSON API both come through here.

use super::writer::{Append, Belongs, Refused};
use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::store::{StoreError, audit, connection};
use connector_core::fact::stranger::Is;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::schedule_request::{self, ScheduleRequest, WishId, Wrong};
use connector_core::translate::{Source, Wish, stranger};

/// The event's name of a wish for a meeting, in the journal.
pub const SCHEDULE_MEETING: &str = "wish.schedule_meeting";

/// Why a meeting was not asked for; nothing is in the journal then, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum NotScheduled {
    /// Fields to mend, in their order.
    #[error("the request has to be mended")]
    Wrong(Vec<Wrong>),
    /// Nobody has signed in with Zoom for meetings, or has to sign in again.
    #[error("{0}")]
    NotConnected(&'static str),
    /// The journal did not take it in time. It may be in it all the same: the same wish sent again is harmless.
    #[error("The request could not be kept just now. Send it again in a moment; it makes one meeting.")]
    NotKept(#[from] Refused),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

/// Why no meeting can be scheduled at the moment, as a sentence; none when one can.
///
/// # Errors
/// [`StoreError`].
pub async fn blocked(shared: &Shared, tenant: &TenantId) -> Result<Option<&'static str>, StoreError> {
    let tenant = tenant.clone();
    let open = shared
        .store
        .read(move |unit| Box::pin(async move { connection::open(unit, &tenant, ZoomApp::Meetings).await }))
        .await?;
    Ok(match open {
        None => Some("Meetings are not connected: sign in with Zoom first."),
        Some(open) if open.state == "broken" => Some("Zoom refuses the sign-in for meetings: sign in with Zoom again."),
        Some(_) => None,
    })
}

/// Takes a wish for a meeting in. When it answers, the wish is in the journal; the same `wish` again changes nothing.
///
/// # Errors
/// [`NotScheduled`].
pub async fn schedule_meeting(
    shared: &Shared,
    tenant: &TenantId,
    request: &ScheduleRequest,
    wish: &WishId,
    actor: &str,
) -> Result<(), NotScheduled> {
    let now_ms = shared.clock.now_ms();
    let wanted = schedule_request::check(request, wish, now_ms).map_err(NotScheduled::Wrong)?;
    if let Some(why) = blocked(shared, tenant).await? {
        return Err(NotScheduled::NotConnected(why));
    }
    let detail = format!("meeting asked for, wish {}", wish.as_str());
    let body = serde_json::to_vec(&Wish::ScheduleMeeting(wanted))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    let append = Append {
        belongs: Belongs::To(tenant.clone()),
        key: wish.journal_key(),
        source: Source::Wish.as_str(),
        event: SCHEDULE_MEETING.to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    };
    failpoint::reached(Point::WishBeforeAppend);
    shared.journal.append(append).await?;
    failpoint::reached(Point::WishAppended);
    let (tenant, actor) = (tenant.clone(), actor.to_owned());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move { audit::write(unit, &actor, Some(&tenant), ("meeting.asked", &detail), now_ms).await })
        })
        .await?;
    Ok(())
}

/// The event's name of a decision about somebody whom Zoom does not name, in the journal.
pub const DECIDE: &str = "wish.decide";

/// Takes a decision in about somebody whom Zoom does not name. When it answers, the decision is in the journal; decisions about
/// the same stranger hold in the order in which they came in.
///
/// # Errors
/// [`NotScheduled::NotKept`] or [`NotScheduled::Store`].
pub async fn decide(
    shared: &Shared,
    tenant: &TenantId,
    decide: stranger::Decide,
    actor: &str,
) -> Result<(), NotScheduled> {
    let now_ms = shared.clock.now_ms();
    let detail = match &decide.is {
        Some(Is::Person(_)) => "said who somebody is",
        Some(Is::Nobody) => "set somebody aside",
        None => "took a decision back",
    };
    let body = serde_json::to_vec(&Wish::Decide(decide))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    let append = Append {
        belongs: Belongs::To(tenant.clone()),
        key: format!("wish-{}", crate::dice::id(now_ms)),
        source: Source::Wish.as_str(),
        event: DECIDE.to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    };
    shared.journal.append(append).await?;
    let (tenant, actor) = (tenant.clone(), actor.to_owned());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move { audit::write(unit, &actor, Some(&tenant), ("person.decided", detail), now_ms).await })
        })
        .await?;
    Ok(())
}
