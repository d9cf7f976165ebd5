//! How far the database is: its name, its beat, and until when everything is verified first. No tenant's.

use super::{StoreError, Unit, from_json, json};
use connector_core::rewind::Beat;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row};

const BEAT: &str = "last";
const VERIFY_FIRST: &str = "verify_first_until_ms";
const COPIED: &str = "copied";

/// Says of a database that it is a copy of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// When it was copied, epoch milliseconds.
    pub made_ms: i64,
}

async fn get(connection: &mut AnyConnection, name: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("select value from beat where name = $1").bind(name).fetch_optional(connection).await?;
    row.map(|row| Ok(row.try_get("value")?)).transpose()
}

async fn set(connection: &mut AnyConnection, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query(
        "insert into beat (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

/// The beat as the database has it; a database that never beat gets its name.
pub async fn last_beat(unit: &mut Unit, now_ms: i64) -> Result<Beat, StoreError> {
    if let Some(text) = get(&mut unit.tx, BEAT).await? {
        return from_json(&text, "beat");
    }
    let beat = Beat { database: crate::dice::id(now_ms), count: 0, at_ms: now_ms };
    set(&mut unit.tx, BEAT, &json(&beat, "beat")?).await?;
    Ok(beat)
}

/// Counts the beat up. The row is locked before it is read, so that no replica takes the count back.
pub async fn count_up(unit: &mut Unit, now_ms: i64) -> Result<Beat, StoreError> {
    sqlx::query("update beat set value = value where name = $1").bind(BEAT).execute(&mut *unit.tx).await?;
    let last = last_beat(unit, now_ms).await?;
    let next = Beat { count: last.count + 1, at_ms: now_ms, ..last };
    set(&mut unit.tx, BEAT, &json(&next, "beat")?).await?;
    Ok(next)
}

/// Until when everything is looked for before it is sent, epoch milliseconds; 0 when it need not be.
pub async fn verify_first_until_ms(unit: &mut Unit) -> Result<i64, StoreError> {
    let value = get(&mut unit.tx, VERIFY_FIRST).await?;
    Ok(value.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Sets until when everything is looked for before it is sent.
pub async fn verify_first(unit: &mut Unit, until_ms: i64) -> Result<(), StoreError> {
    set(&mut unit.tx, VERIFY_FIRST, &until_ms.to_string()).await
}

/// Marks a copy as one, so that whoever serves it first looks before it sends. A copy of a copy that nobody has served is as old as that.
pub(super) async fn mark_copied(copy: &mut AnyConnection, mark: Copied) -> Result<(), StoreError> {
    let older = copied(copy).await?.map_or(mark.made_ms, |older| older.made_ms.min(mark.made_ms));
    let mark = Copied { made_ms: older };
    set(copy, COPIED, &json(&mark, "mark of a copy")?).await
}

/// Whether a database is a copy that nobody has served yet.
pub(super) async fn copied(database: &mut AnyConnection) -> Result<Option<Copied>, StoreError> {
    get(database, COPIED).await?.map(|text| from_json(&text, "mark of a copy")).transpose()
}

/// When this database was copied from another one, if nobody has served it since; epoch milliseconds.
pub async fn copied_ms(unit: &mut Unit) -> Result<Option<i64>, StoreError> {
    Ok(copied(&mut unit.tx).await?.map(|mark| mark.made_ms))
}

/// It is served from now on.
pub async fn forget_copied(unit: &mut Unit) -> Result<(), StoreError> {
    sqlx::query("delete from beat where name = $1").bind(COPIED).execute(&mut *unit.tx).await?;
    Ok(())
}

const CALENDAR: &str = "calendar_filled_to";

/// Up to which fact, by tenant and id, the calendar was filled in with what was there before it; none once it is whole.
pub async fn calendar_filled_to(unit: &mut Unit) -> Result<Option<(String, String)>, StoreError> {
    match get(&mut unit.tx, CALENDAR).await? {
        None => Ok(Some((String::new(), String::new()))),
        Some(text) => from_json(&text, "calendar"),
    }
}

/// Notes up to which fact it was filled in; none: it is whole.
pub async fn fill_calendar_to(unit: &mut Unit, to: Option<(String, String)>) -> Result<(), StoreError> {
    set(&mut unit.tx, CALENDAR, &json(&to, "calendar")?).await
}
