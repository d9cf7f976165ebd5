//! What is asked for after a gap, when somebody signs in again or the database forgot what it was told: wishes like a person's, once
//! for a connection and a gap.

use crate::store::connection::{self, ConnectionRow};
use crate::store::journal::NewNotification;
use crate::store::{StoreError, Unit};
use crate::store::{delivery_list, tenant};
use connector_core::ids::{Kind, MeetingNumber, ZoomApp};
use connector_core::rewind::TOLD_LATE_MS;
use connector_core::translate::{Source, Wish};
use connector_core::zoom::history::{Gap, MEETINGS_MAX};
use connector_core::zoom::listed::{FetchRegistrants, Wanted};

/// The time in which nobody listened to the account that a new connection is for; to be asked before the earlier connection
/// ends with it. None where it was never listened to, or always.
pub(super) async fn gap(unit: &mut Unit, new: &ConnectionRow, now_ms: i64) -> Result<Option<Gap>, StoreError> {
    let since = connection::silent_since(unit, &new.tenant, (new.app, &new.account)).await?;
    let Some(from_ms) = since.filter(|from_ms| *from_ms < now_ms) else { return Ok(None) };
    Ok(Some(of(unit, new, (from_ms, now_ms)).await?))
}

/// The database went back in time: what was told since `from_ms` may be forgotten, and is read again for every sign-in there is. Answers
/// for how many. Crosses tenants: the whole database went back.
pub async fn read_again(unit: &mut Unit, from_ms: i64, now_ms: i64) -> Result<u64, StoreError> {
    let mut asked = 0;
    for row in tenant::all(unit).await? {
        for app in ZoomApp::ALL {
            let open = connection::open(unit, &row.tenant, app).await?;
            let Some(open) = open.filter(|open| open.state == "active") else { continue };
            let gap = of(unit, &open, (from_ms - TOLD_LATE_MS, now_ms)).await?;
            fetch(unit, &open, (&format!("{}-{now_ms}", open.id), Some(gap)), now_ms).await?;
            asked += 1;
        }
    }
    Ok(asked)
}

/// A gap in what was told of a connection's account.
async fn of(unit: &mut Unit, new: &ConnectionRow, (from_ms, to_ms): (i64, i64)) -> Result<Gap, StoreError> {
    let kind = new.app.kind();
    let meetings = match kind {
        Kind::Meeting => delivery_list::made_meetings(unit, &new.tenant, MEETINGS_MAX).await?,
        Kind::Webinar => Vec::new(),
    };
    let meetings = meetings.iter().filter_map(|number| number.parse().ok().map(MeetingNumber)).collect();
    Ok(Gap { kind, account: new.account.clone(), from_ms, to_ms, meetings })
}

/// What was registered while nobody listened is fetched for the webinars to come, and what happened in the gap is read. Wishes like a
/// person's, once for each `occasion`.
pub(super) async fn fetch(
    unit: &mut Unit,
    new: &ConnectionRow,
    (occasion, gap): (&str, Option<Gap>),
    now_ms: i64,
) -> Result<(), StoreError> {
    let coming = match new.app {
        ZoomApp::Meetings => None,
        ZoomApp::Webinars => Some((format!("connected-{occasion}"), Wanted::Coming, "wish.fetch_registrants")),
    };
    let missed = gap.map(|gap| (format!("missed-{occasion}"), Wanted::Missed(gap), "wish.fetch_missed"));
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
