//! What is asked for when somebody signs in again after a gap: wishes like a person's, once for a connection.

use crate::store::connection::ConnectionRow;
use crate::store::journal::NewNotification;
use crate::store::{StoreError, Unit};
use connector_core::ids::ZoomApp;
use connector_core::translate::{Source, Wish};
use connector_core::zoom::listed::{FetchRegistrants, Wanted};

/// Connected again: what was registered while nobody listened is fetched for the webinars to come: a wish like a person's, once for a connection.
pub(super) async fn fetch(unit: &mut Unit, new: &ConnectionRow, now_ms: i64) -> Result<(), StoreError> {
    match new.app {
        ZoomApp::Meetings => return Ok(()),
        ZoomApp::Webinars => {}
    }
    let operation = format!("connected-{}", new.id);
    let wish = Wish::FetchRegistrants(FetchRegistrants { operation: operation.clone(), wanted: Wanted::Coming });
    let body =
        serde_json::to_vec(&wish).map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    let wish = NewNotification {
        tenant: new.tenant.clone(),
        key: format!("wish-{operation}"),
        id: crate::dice::id(now_ms),
        source: Source::Wish.as_str(),
        event: "wish.fetch_registrants".to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    };
    crate::store::journal::append(unit, &[wish]).await
}
