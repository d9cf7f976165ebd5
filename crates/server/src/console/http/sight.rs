//! How much of people the console's pages show: rows and values pass here between the store and a page, and whoever looks decides. What
//! is masked and how is decided in `connector_core::redact::mask`.

use super::super::notification::Pair;
use super::session::Admin;
use super::{Fields, Page, address, see, tenant_of};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::NotificationRow;
use crate::store::{audit, person};
use axum::extract::{Path, State};
use connector_core::redact::clip;
use connector_core::redact::mask::Sight;
use serde::Deserialize;

/// How long people are shown, in milliseconds.
const SHOWN_MS: i64 = 30 * 60_000;
/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 200;

/// Names of values that are about no person.
const PLAIN: &[&str] = &[
    "Activity type",
    "After the end",
    "Asked for",
    "Asks the lead first",
    "Attended",
    "Cancelled",
    "Could not be read",
    "Delete the webinar",
    "Due",
    "End",
    "Ended",
    "If it exists",
    "Joined",
    "Left",
    "Length",
    "Meeting",
    "Nothing answers",
    "Of the webinar",
    "Only its date",
    "Page",
    "People with an address",
    "Planned start",
    "Read from Zoom",
    "Read so far",
    "Read the list",
    "Read the registrants of webinar",
    "Read the webinar",
    "Registered",
    "Start",
    "Started",
    "Status",
    "Stays",
    "Stays that wait",
    "Still to be read",
    "Task type",
    "Time zone",
    "Until",
    "Webinar",
    "When",
    "Zoom's list",
];
/// Names of values that are texts in which people may be named among other things.
const TEXTS: &[&str] = &["Topic", "Create a meeting", "Create the webinar", "For the webinar", "Create a task"];

/// Deliveries as they are shown.
pub(super) fn deliveries(sight: Sight, rows: Vec<ListedDelivery>) -> Vec<ListedDelivery> {
    rows.into_iter().map(|row| delivery(sight, row)).collect()
}

/// A delivery as it is shown; its command is shown by [`pairs`].
pub(super) fn delivery(sight: Sight, row: ListedDelivery) -> ListedDelivery {
    ListedDelivery {
        who: sight.person(&row.who),
        what: sight.parts(&row.what),
        detail: row.detail.as_deref().map(|detail| sight.text(detail)),
        ..row
    }
}

/// Notifications as they are shown.
pub(super) fn notifications(sight: Sight, rows: Vec<NotificationRow>) -> Vec<NotificationRow> {
    let shown = |row: NotificationRow| NotificationRow {
        detail: row.detail.as_deref().map(|detail| sight.text(detail)),
        ..row
    };
    rows.into_iter().map(shown).collect()
}

/// Values as they are shown.
pub(super) fn pairs(sight: Sight, pairs: Vec<Pair>) -> Vec<Pair> {
    let shown = |pair: Pair| {
        let name = pair.name.as_str();
        let value = if PLAIN.contains(&name) {
            pair.value
        } else if TEXTS.contains(&name) {
            sight.text(&pair.value)
        } else {
            sight.value(&pair.value)
        };
        Pair { name: pair.name, value }
    };
    pairs.into_iter().map(shown).collect()
}

/// The form that asks to see people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowForm {
    #[serde(default)]
    form_token: String,
    reason: String,
}

/// Shows the people of a tenant for a while to an operator who says why. The reason stands in the tenant's audit log.
pub(super) async fn show_people(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<ShowForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?.tenant;
    let reason = clip(form.reason.trim(), REASON_CHARS_MAX);
    if reason.is_empty() {
        return Err(Problem::bad_request("Say why you need to see the people of this tenant.").into());
    }
    let (id, session, actor) = (tenant.clone(), who.session_hash().to_owned(), who.actor().to_owned());
    let now_ms = shared.clock.now_ms();
    let home = address(&format!("/t/{tenant}"), &[("done", "people-shown")]);
    if !who.sight(&tenant).is_masked() {
        return Ok(see(&home));
    }
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                person::show_people(unit, &session, (&id, now_ms + SHOWN_MS)).await?;
                let detail = format!("people shown for 30 minutes: {reason}");
                audit::write(unit, &actor, Some(&id), ("access.people_shown", &detail), now_ms).await
            })
        })
        .await?;
    Ok(see(&home))
}
