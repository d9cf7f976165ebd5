//! What is asked for when somebody signs in again after a gap: wishes like a person's, once for a connection.

use crate::store::connection::{self, ConnectionRow};
use crate::store::delivery_list;
use crate::store::journal::NewNotification;
use crate::store::{StoreError, Unit};
use connector_core::ids::{Kind, MeetingNumber, ZoomApp};
use connector_core::translate::{Source, Wish};
use connector_core::zoom::history::{Gap, MEETINGS_MAX};
use connector_core::zoom::listed::{FetchRegistrants, Wanted};

/// The time in which nobody listened to the account that a new connection is for; to be asked before the earlier connection
/// ends with it. None where it was never listened to, or always.
pub(super) async fn gap(unit: &mut Unit, new: &ConnectionRow, now_ms: i64) -> Result<Option<Gap>, StoreError> {
    let since = connection::silent_since(unit, &new.tenant, (new.app, &new.account)).await?;
    let Some(from_ms) = since.filter(|from_ms| *from_ms < now_ms) else { return Ok(None) };
    let kind = new.app.kind();
    let meetings = match kind {
        Kind::Meeting => delivery_list::made_meetings(unit, &new.tenant, MEETINGS_MAX).await?,
        Kind::Webinar => Vec::new(),
    };
    let meetings = meetings.iter().filter_map(|number| number.parse().ok().map(MeetingNumber)).collect();
    Ok(Some(Gap { kind, account: new.account.clone(), from_ms, to_ms: now_ms, meetings }))
}

/// Connected again: what was registered while nobody listened is fetched for the webinars to come, and what happened in the gap is
/// read. Wishes like a person's, once for a connection.
pub(super) async fn fetch(
    unit: &mut Unit,
    new: &ConnectionRow,
    gap: Option<Gap>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let coming = match new.app {
        ZoomApp::Meetings => None,
        ZoomApp::Webinars => Some((format!("connected-{}", new.id), Wanted::Coming, "wish.fetch_registrants")),
    };
    let missed = gap.map(|gap| (format!("missed-{}", new.id), Wanted::Missed(gap), "wish.fetch_missed"));
    let mut wishes = Vec::new();
    for (operation, wanted, event) in coming.into_iter().chain(missed) {
        let key = format!("wish-{operation}");
        let wish = Wish::FetchRegistrants(FetchRegistrants { operation, wanted });
        let body = serde_json::to_vec(&wish)
            .map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
        wishes.push(NewNotification {
            tenant: new.tenant.clone(),
            key,
            id: crate::dice::id(now_ms),
            source: Source::Wish.as_str(),
            event: event.to_owned(),
            event_ts_ms: now_ms,
            received_ms: now_ms,
            late: false,
            body,
        });
    }
    crate::store::journal::append(unit, &wishes).await
}
