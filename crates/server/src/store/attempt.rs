//! Attempts: one remote call that changes something, committed before it is made, and which deliveries it carried.

use super::{StoreError, Unit, alike, pieces, rows};
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use connector_core::ids::TenantId;
use sqlx::Row;

/// An attempt that is about to be made.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    /// Its id.
    pub id: String,
    /// The remote system's name of the call.
    pub operation: &'static str,
    /// The lane's fence under which it is made.
    pub fence: i64,
    /// Epoch milliseconds.
    pub started_ms: i64,
    /// No answer is waited for after this, epoch milliseconds.
    pub deadline_ms: i64,
    /// The keys of the deliveries in it.
    pub deliveries: Vec<String>,
}

const BEGIN: &str =
    "insert into attempt (tenant, id, operation, rows, fence, started_ms, deadline_ms) values {($,$,$,$,$,$,$)}";
const CARRY: &str = "insert into attempt_row (tenant, delivery, attempt) values {($,$,$)} on conflict (tenant, delivery, attempt) do nothing";
const SEND: &str = "update delivery set attempt = sent.column2, state = $, deadline_ms = $, updated_ms = $ \
     from (values {($,$)}) as sent where tenant = $ and key = sent.column1";

/// Commits the intent of calls that are made side by side: the attempts, their rows, and their deliveries as `sending`.
pub async fn begin(unit: &mut Unit, tenant: &TenantId, attempts: &[NewAttempt]) -> Result<(), StoreError> {
    for piece in pieces(attempts) {
        let mut query = sqlx::query(rows::text(unit.dialect, BEGIN, piece.len()));
        for one in piece {
            let rows = i64::try_from(one.deliveries.len()).unwrap_or(i64::MAX);
            query = query.bind(tenant.as_str()).bind(&one.id).bind(one.operation).bind(rows);
            query = query.bind(one.fence).bind(one.started_ms).bind(one.deadline_ms);
        }
        query.execute(&mut *unit.tx).await?;
    }
    failpoint::reached(Point::AttemptWritten);
    let sending = if planted::awake(Bug::SettleBeforeCall) { "delivered" } else { "sending" };
    for alike in alike(attempts, |one| (one.started_ms, one.deadline_ms)) {
        let Some(first) = alike.first() else { continue };
        let all = alike.iter().flat_map(|one| one.deliveries.iter().map(|key| (key, &one.id)));
        for piece in pieces(&all.collect::<Vec<_>>()) {
            let mut query = sqlx::query(rows::text(unit.dialect, CARRY, piece.len()));
            for (key, attempt) in piece {
                query = query.bind(tenant.as_str()).bind(*key).bind(*attempt);
            }
            query.execute(&mut *unit.tx).await?;
            let mut query = sqlx::query(rows::text(unit.dialect, SEND, piece.len()));
            query = query.bind(sending).bind(first.deadline_ms).bind(first.started_ms);
            for (key, attempt) in piece {
                query = query.bind(*key).bind(*attempt);
            }
            query.bind(tenant.as_str()).execute(&mut *unit.tx).await?;
            failpoint::reached(Point::AttemptBegun);
        }
    }
    Ok(())
}

/// How an attempt ended: its id, the outcome for the call as a whole, in words.
pub type Ended = (String, &'static str, Option<String>);

/// Records how attempts ended.
pub async fn end(unit: &mut Unit, tenant: &TenantId, ended: &[Ended], now_ms: i64) -> Result<(), StoreError> {
    const END: &str = "update attempt set ended_ms = $, outcome = $, detail = $ where tenant = $ and id in ({$})";
    for alike in alike(ended, |(_, outcome, detail)| (*outcome, detail.as_deref())) {
        for piece in pieces(&alike) {
            let Some((_, outcome, detail)) = piece.first() else { continue };
            let query = sqlx::query(rows::text(unit.dialect, END, piece.len())).bind(now_ms).bind(*outcome);
            let mut query = query.bind(detail.as_deref()).bind(tenant.as_str());
            for (id, _, _) in piece {
                query = query.bind(id);
            }
            query.execute(&mut *unit.tx).await?;
        }
    }
    Ok(())
}

/// An attempt as people see it.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// Its id.
    pub id: String,
    /// The remote system's name of the call.
    pub operation: String,
    /// Deliveries in it.
    pub rows: i64,
    /// Epoch milliseconds.
    pub started_ms: i64,
    /// Epoch milliseconds; none while the answer is not in, or was lost with the process.
    pub ended_ms: Option<i64>,
    /// How it ended for the call as a whole.
    pub outcome: Option<String>,
    /// In words.
    pub detail: Option<String>,
}

/// The attempts that carried a delivery, oldest first, at most 100.
pub async fn of_delivery(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<Vec<AttemptRow>, StoreError> {
    let rows = sqlx::query(
        "select a.id, a.operation, a.rows, a.started_ms, a.ended_ms, a.outcome, a.detail from attempt_row r \
         join attempt a on a.tenant = r.tenant and a.id = r.attempt where r.tenant = $1 and r.delivery = $2 order by r.attempt limit 100",
    )
    .bind(tenant.as_str())
    .bind(key)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AttemptRow {
                id: row.try_get("id")?,
                operation: row.try_get("operation")?,
                rows: row.try_get("rows")?,
                started_ms: row.try_get("started_ms")?,
                ended_ms: row.try_get("ended_ms")?,
                outcome: row.try_get("outcome")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect()
}
