//! Attempts: one remote call that changes something, committed before it is made, and which deliveries it carried.

use super::{StoreError, Unit, list, pieces};
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

/// Commits the intent: the attempt, its rows, and its deliveries as `sending`.
pub async fn begin(unit: &mut Unit, tenant: &TenantId, attempt: &NewAttempt) -> Result<(), StoreError> {
    let rows = i64::try_from(attempt.deliveries.len()).unwrap_or(i64::MAX);
    sqlx::query(
        "insert into attempt (tenant, id, operation, rows, fence, started_ms, deadline_ms) values ($1,$2,$3,$4,$5,$6,$7)",
    )
    .bind(tenant.as_str())
    .bind(&attempt.id)
    .bind(attempt.operation)
    .bind(rows)
    .bind(attempt.fence)
    .bind(attempt.started_ms)
    .bind(attempt.deadline_ms)
    .execute(&mut *unit.tx)
    .await?;
    failpoint::reached(Point::AttemptWritten);
    for piece in pieces(&attempt.deliveries) {
        let values: Vec<String> = (0..piece.len()).map(|row| format!("({})", list(3, 1 + row * 3))).collect();
        let text = format!(
            "insert into attempt_row (tenant, delivery, attempt) values {} on conflict (tenant, delivery, attempt) do nothing",
            values.join(",")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for key in piece {
            query = query.bind(tenant.as_str()).bind(key).bind(&attempt.id);
        }
        query.execute(&mut *unit.tx).await?;
        let text = format!(
            "update delivery set state = '{}', attempt = $2, deadline_ms = $3, updated_ms = $4 \
             where tenant = $1 and key in ({})",
            if planted::awake(Bug::SettleBeforeCall) { "delivered" } else { "sending" },
            list(piece.len(), 5)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(tenant.as_str())
            .bind(&attempt.id)
            .bind(attempt.deadline_ms)
            .bind(attempt.started_ms);
        for key in piece {
            query = query.bind(key);
        }
        query.execute(&mut *unit.tx).await?;
        failpoint::reached(Point::AttemptBegun);
    }
    Ok(())
}

/// Records how an attempt ended.
pub async fn end(
    unit: &mut Unit,
    tenant: &TenantId,
    id: &str,
    (outcome, detail): (&str, Option<&str>),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update attempt set ended_ms = $3, outcome = $4, detail = $5 where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .bind(now_ms)
        .bind(outcome)
        .bind(detail)
        .execute(&mut *unit.tx)
        .await?;
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
         join attempt a on a.tenant = r.tenant and a.id = r.attempt where r.tenant = $1 and r.delivery = $2 order by a.id limit 100",
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
