//! The door of sales users' requests: checks a request, appends the wish to the journal, answers. What follows travels
//! the same way as everything else; there is no second path to Zoom. Console and JSON API both come through here.

use super::writer::{Append, Belongs, Refused};
use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::store::connection::ConnectionRow;
use crate::store::{StoreError, Unit, audit, connection, old_app};
use connector_core::addition::request::{self as addition, AddRequest};
use connector_core::fact::agreed::Part;
use connector_core::fact::stranger::Is;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::schedule_request::{self, ScheduleRequest, WishId, Wrong};
use connector_core::translate::meeting::agree::{ChangePlan, Heard, TaskTold};
use connector_core::translate::{Source, Wish, stranger};
use connector_core::zoom::listed::{FetchRegistrants, Wanted};

/// The event's name of a wish for a meeting, in the journal.
pub const SCHEDULE_MEETING: &str = "wish.schedule_meeting";

/// The event's name of a wish to add leads, in the journal.
pub const ADD_TO_WEBINAR: &str = "wish.add_to_webinar";

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
    let (open, old) = shared.store.read(move |unit| Box::pin(signed_in(unit, tenant, ZoomApp::Meetings))).await?;
    Ok(match open {
        None if old => None,
        None => Some("Meetings are not connected: sign in with Zoom first."),
        Some(open) if open.state == "broken" => Some("Zoom refuses the sign-in for meetings: sign in with Zoom again."),
        Some(_) => None,
    })
}

/// The open sign-in of an app, and whether the old app's credentials stand in where there is none.
async fn signed_in(
    unit: &mut Unit,
    tenant: TenantId,
    app: ZoomApp,
) -> Result<(Option<ConnectionRow>, bool), StoreError> {
    let open = connection::open(unit, &tenant, app).await?;
    Ok((open, old_app::can_call(unit, &tenant).await?))
}

/// Why leads were not asked to be added; nothing is in the journal then, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// Fields to mend, in their order.
    #[error("the request has to be mended")]
    Wrong(Vec<addition::Wrong>),
    /// Nobody has signed in with Zoom for webinars, or has to sign in again.
    #[error("{0}")]
    NotConnected(&'static str),
    /// The journal did not take it in time. It may be in it all the same: the same wish sent again is harmless.
    #[error("The request could not be kept just now. Send it again in a moment; nobody is added twice.")]
    NotKept(#[from] Refused),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

/// Why nobody can be added to a webinar at the moment, as a sentence; none when one can.
///
/// # Errors
/// [`StoreError`].
pub async fn adding_blocked(shared: &Shared, tenant: &TenantId) -> Result<Option<&'static str>, StoreError> {
    let tenant = tenant.clone();
    let (open, old) = shared.store.read(move |unit| Box::pin(signed_in(unit, tenant, ZoomApp::Webinars))).await?;
    Ok(match open {
        None if old => None,
        None => Some("Webinars are not connected: sign in with Zoom first."),
        Some(open) if open.state == "broken" => Some("Zoom refuses the sign-in for webinars: sign in with Zoom again."),
        Some(_) => None,
    })
}

/// Takes a wish to add leads to a webinar in. When it answers, the wish is in the journal; the same `wish` again changes
/// nothing.
///
/// # Errors
/// [`NotAdded`].
pub async fn add_to_webinar(
    shared: &Shared,
    tenant: &TenantId,
    request: &AddRequest,
    wish: &WishId,
    actor: &str,
) -> Result<(), NotAdded> {
    let wanted = addition::check(request, wish).map_err(NotAdded::Wrong)?;
    if let Some(why) = adding_blocked(shared, tenant).await? {
        return Err(NotAdded::NotConnected(why));
    }
    let detail = format!("leads asked into webinar {}, wish {}", wanted.webinar, wish.as_str());
    let body = serde_json::to_vec(&Wish::AddToWebinar(wanted))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    keep(shared, tenant, (wish, ADD_TO_WEBINAR, body)).await?;
    note(shared, tenant, (actor, "webinar.leads_asked", detail)).await?;
    Ok(())
}

/// The event's name of a wish to fetch registrations, in the journal.
pub const FETCH_REGISTRANTS: &str = "wish.fetch_registrants";

/// Takes a wish to fetch registrations from Zoom in. When it answers, the wish is in the journal; the same `wish` again changes
/// nothing.
///
/// # Errors
/// [`NotAdded`]; nothing of the request can be [`NotAdded::Wrong`].
pub async fn fetch_registrants(
    shared: &Shared,
    tenant: &TenantId,
    wanted: Wanted,
    wish: &WishId,
    actor: &str,
) -> Result<(), NotAdded> {
    if let Some(why) = adding_blocked(shared, tenant).await? {
        return Err(NotAdded::NotConnected(why));
    }
    let detail = match &wanted {
        Wanted::Webinar { webinar } => format!("registrations of webinar {webinar} asked for, wish {}", wish.as_str()),
        Wanted::Coming => format!("registrations of all planned webinars asked for, wish {}", wish.as_str()),
        Wanted::Missed(gap) => format!("what was missed of {}s asked for, wish {}", gap.kind.as_str(), wish.as_str()),
    };
    let operation = wish.as_str().to_owned();
    let body = serde_json::to_vec(&Wish::FetchRegistrants(FetchRegistrants { operation, wanted }))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    keep(shared, tenant, (wish, FETCH_REGISTRANTS, body)).await?;
    note(shared, tenant, (actor, "registrations.asked", detail)).await?;
    Ok(())
}

/// Appends a wish to the journal.
async fn keep(
    shared: &Shared,
    tenant: &TenantId,
    (wish, event, body): (&WishId, &str, Vec<u8>),
) -> Result<(), Refused> {
    let now_ms = shared.clock.now_ms();
    let append = Append {
        belongs: Belongs::To(tenant.clone()),
        key: wish.journal_key(),
        source: Source::Wish.as_str(),
        event: event.to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    };
    failpoint::reached(Point::WishBeforeAppend);
    shared.journal.append(append).await?;
    failpoint::reached(Point::WishAppended);
    Ok(())
}

/// Notes in the audit log who asked.
async fn note(
    shared: &Shared,
    tenant: &TenantId,
    (actor, action, detail): (&str, &'static str, String),
) -> Result<(), StoreError> {
    let (tenant, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move { audit::write(unit, &actor, Some(&tenant), (action, &detail), now_ms).await })
        })
        .await
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
    let body = serde_json::to_vec(&Wish::ScheduleMeeting(Box::new(wanted)))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    keep(shared, tenant, (wish, SCHEDULE_MEETING, body)).await?;
    note(shared, tenant, (actor, "meeting.asked", detail)).await?;
    Ok(())
}

/// The event's name of a wish to change a meeting, in the journal.
pub const CHANGE_MEETING: &str = "wish.change_meeting";

/// The event's name of a notice about a task, in the journal.
pub const TASK_TOLD: &str = "leadsquared.task";

/// Takes a wish in to change the meeting that was scheduled by `of`. When it answers, the wish is in the journal; the same
/// `wish` again changes nothing.
///
/// # Errors
/// [`NotScheduled::NotConnected`], [`NotScheduled::NotKept`] or [`NotScheduled::Store`].
pub async fn change_meeting(
    shared: &Shared,
    tenant: &TenantId,
    (of, part, occurrence): (&WishId, Part, Option<String>),
    wish: &WishId,
    actor: &str,
) -> Result<(), NotScheduled> {
    if let Some(why) = blocked(shared, tenant).await? {
        return Err(NotScheduled::NotConnected(why));
    }
    let detail = format!("meeting of wish {} to be changed, wish {}", of.as_str(), wish.as_str());
    let wanted = ChangePlan { operation: wish.as_str().to_owned(), of: of.as_str().to_owned(), part, occurrence };
    let body = serde_json::to_vec(&Wish::ChangeMeeting(wanted))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    keep(shared, tenant, (wish, CHANGE_MEETING, body)).await?;
    note(shared, tenant, (actor, "meeting.change_asked", detail)).await?;
    Ok(())
}

/// Takes a notice of LeadSquared in that a task changed. Told twice, the task is read twice, which changes nothing.
///
/// # Errors
/// [`NotScheduled::NotKept`] or [`NotScheduled::Store`].
pub async fn task_told(shared: &Shared, tenant: &TenantId, task: String) -> Result<(), NotScheduled> {
    let now_ms = shared.clock.now_ms();
    let notice = crate::dice::id(now_ms);
    let body = serde_json::to_vec(&Wish::TaskTold(TaskTold { task, notice: notice.clone(), heard: Heard::Notice }))
        .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    let append = Append {
        belongs: Belongs::To(tenant.clone()),
        key: format!("task-{notice}"),
        source: Source::Wish.as_str(),
        event: TASK_TOLD.to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    };
    shared.journal.append(append).await?;
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
