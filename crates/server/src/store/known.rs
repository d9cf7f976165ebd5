//! What Zoom said of hosts and meetings of an account, for rules that look at more than an event tells.

use super::{StoreError, Unit, from_json, pieces, rows};
use connector_core::ids::ZoomApp;
use connector_core::route::About;
use serde::de::DeserializeOwned;
use sqlx::Row;
use std::collections::{BTreeSet, HashMap};

/// So long Zoom is not asked again, in milliseconds: whoever changes groups is routed by the new one after an hour at the latest.
pub const FRESH_MS: i64 = 60 * 60 * 1000;

/// What was read is forgotten after so long, in milliseconds. Until then it counts for who or what Zoom does not know any more.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What something says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Names and ids of the groups of a host: a JSON list of texts; the name is the host's user id or address.
    GroupsOf,
    /// The account's groups: a JSON list of pairs of id and name; the name is empty.
    GroupNames,
    /// The tracking fields of a meeting or webinar: a JSON list of pairs of field and value; the name is its number.
    TrackingOf,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::GroupsOf => "groups_of",
            Self::GroupNames => "group_names",
            Self::TrackingOf => "tracking_of",
        }
    }
}

/// What is known by each of the names, and not older than `since_ms`.
pub async fn of<T: DeserializeOwned>(
    unit: &mut Unit,
    (app, account): (ZoomApp, &str),
    (kind, names): (Kind, &[&str]),
    since_ms: i64,
) -> Result<HashMap<String, T>, StoreError> {
    const KNOWN: &str = "select name, value from zoom_known where app = $ and account = $ and kind = $ and read_ms > $ \
         and name in ({$})";
    let mut known = HashMap::new();
    for piece in pieces(names) {
        let mut query = sqlx::query(rows::text(unit.dialect, KNOWN, piece.len()))
            .bind(app.as_str())
            .bind(account)
            .bind(kind.as_str())
            .bind(since_ms);
        for name in piece {
            query = query.bind(*name);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let value: String = row.try_get("value")?;
            known.insert(row.try_get("name")?, from_json(&value, "zoom_known")?);
        }
    }
    Ok(known)
}

/// Fills in what is known of the hosts and meetings of one account, and not too old.
pub async fn fill(
    unit: &mut Unit,
    of_account: (ZoomApp, &str),
    abouts: &mut [&mut About],
    now_ms: i64,
) -> Result<(), StoreError> {
    let hosts: BTreeSet<String> =
        abouts.iter().filter(|about| about.groups.is_none()).filter_map(|about| host_of(about)).collect();
    let meetings: BTreeSet<String> =
        abouts.iter().filter(|about| about.tracking.is_none()).filter_map(|about| meeting_of(about)).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let meetings: Vec<&str> = meetings.iter().map(String::as_str).collect();
    let since_ms = now_ms - FRESH_MS;
    let groups: HashMap<String, Vec<String>> = of(unit, of_account, (Kind::GroupsOf, &hosts), since_ms).await?;
    let tracking: HashMap<String, Vec<(String, String)>> =
        of(unit, of_account, (Kind::TrackingOf, &meetings), since_ms).await?;
    for about in abouts {
        about.groups = about.groups.take().or_else(|| host_of(about).and_then(|host| groups.get(&host).cloned()));
        about.tracking =
            about.tracking.take().or_else(|| meeting_of(about).and_then(|meeting| tracking.get(&meeting).cloned()));
    }
    Ok(())
}

fn host_of(about: &About) -> Option<String> {
    about.host_asked_for().map(str::to_owned)
}

fn meeting_of(about: &About) -> Option<String> {
    about.meeting.map(|meeting| meeting.to_string())
}

/// Keeps what Zoom said just now.
pub async fn keep(
    unit: &mut Unit,
    (app, account): (ZoomApp, &str),
    (kind, name): (Kind, &str),
    value: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into zoom_known (app, account, kind, name, value, read_ms) values ($1, $2, $3, $4, $5, $6) \
         on conflict (app, account, kind, name) do update set value = excluded.value, read_ms = excluded.read_ms",
    )
    .bind(app.as_str())
    .bind(account)
    .bind(kind.as_str())
    .bind(name)
    .bind(value)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Forgets what Zoom said of an account.
pub async fn forget(unit: &mut Unit, (app, account): (ZoomApp, &str)) -> Result<(), StoreError> {
    sqlx::query("delete from zoom_known where app = $1 and account = $2")
        .bind(app.as_str())
        .bind(account)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Forgets what was read before `before_ms`, `limit` rows at the most.
pub async fn prune(unit: &mut Unit, before_ms: i64, limit: i64) -> Result<(), StoreError> {
    sqlx::query(
        "delete from zoom_known where (app, account, kind, name) in \
         (select app, account, kind, name from zoom_known where read_ms < $1 limit $2)",
    )
    .bind(before_ms)
    .bind(limit)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}
