//! The audit log of a tenant and of the installation: a list with filters, and the same as a table.

use super::super::audit::{Audit, AuditLine};
use super::super::frame::Place;
use super::super::part::Moment;
use super::session::{Admin, Operator};
use super::{Failure, PAGE_ROWS, Page, address, frame, show, tenant_of};
use crate::app::Shared;
use crate::store::audit::{self, AuditRow, Filter};
use crate::store::audit_head;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use connector_core::addition::csv;
use connector_core::ids::TenantId;
use serde::Deserialize;

/// Lines of a table at most.
const TABLE_ROWS_MAX: i64 = 10_000;
/// The longest filter, in characters.
const FILTER_CHARS_MAX: usize = 100;

/// Which lines are wanted.
#[derive(Deserialize)]
pub(super) struct AuditQuery {
    #[serde(default)]
    who: String,
    #[serde(default)]
    what: String,
    before: Option<i64>,
}

impl AuditQuery {
    fn filter(&self, limit: i64) -> Filter {
        let clipped = |text: &str| text.trim().chars().take(FILTER_CHARS_MAX).collect();
        Filter { who: clipped(&self.who), what: clipped(&self.what), before: self.before, limit }
    }
}

async fn lines(shared: &Shared, tenant: Option<TenantId>, filter: Filter) -> Result<Vec<AuditRow>, Failure> {
    let read =
        shared.store.read(move |unit| Box::pin(async move { audit::page(unit, tenant.as_ref(), &filter).await }));
    Ok(read.await?)
}

async fn list(shared: &Shared, who: &Admin, tenant: Option<&TenantRow>, query: &AuditQuery) -> Page {
    let id = tenant.map(|row| row.tenant.clone());
    let path = id.as_ref().map_or_else(|| "/audit".to_owned(), |id| format!("/t/{id}/audit"));
    let filter = query.filter(PAGE_ROWS + 1);
    let (wanted_who, wanted_what) = (filter.who.clone(), filter.what.clone());
    let mut rows = lines(shared, id.clone(), filter).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|count| count > PAGE_ROWS);
    rows.truncate(usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX));
    let chain = id.as_ref().map(TenantId::to_string).unwrap_or_default();
    let head = shared.store.read(move |unit| Box::pin(async move { audit_head::get(unit, &chain).await })).await?;
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.map_or("UTC", |row| row.time_zone.as_str()));
    let filters = [("who", wanted_who.as_str()), ("what", wanted_what.as_str())];
    let last = rows.last().map(|row| row.number.to_string()).unwrap_or_default();
    let [of_whom, of_what] = filters;
    let older = more.then(|| address(&path, &[of_whom, of_what, ("before", &last)]));
    Ok(show(&Audit {
        frame: frame(shared, who, ("Audit log", Place::Access), tenant).await?,
        lines: rows.iter().map(|row| line(row, now_ms, zone)).collect(),
        table: address(&format!("{path}.csv"), &filters),
        newest: query.before.is_some().then(|| address(&path, &filters)),
        older,
        head: (head.number > 0)
            .then(|| format!("{}:{}:{}", id.as_ref().map_or("installation", TenantId::as_str), head.number, head.hash)),
        path,
        who: wanted_who,
        what: wanted_what,
    }))
}

fn line(row: &AuditRow, now_ms: i64, zone: &str) -> AuditLine {
    AuditLine {
        number: row.number,
        at: Moment::new(row.at_ms, now_ms, zone),
        actor: row.actor.clone(),
        action: row.action.clone(),
        detail: row.detail.clone(),
    }
}

fn table(rows: &[AuditRow]) -> Response {
    let mut table = csv::line(&["number", "at", "who", "what", "detail"]);
    for row in rows {
        let (number, at) = (row.number.to_string(), Moment::new(row.at_ms, row.at_ms, "UTC").iso);
        table.push_str(&csv::line(&[&number, &at, &row.actor, &row.action, &row.detail]));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    (headers, table).into_response()
}

pub(super) async fn of_tenant(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<AuditQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    list(&shared, &who, Some(&tenant), &query).await
}

pub(super) async fn table_of_tenant(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<AuditQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    Ok(table(&lines(&shared, Some(tenant.tenant), query.filter(TABLE_ROWS_MAX)).await?))
}

pub(super) async fn of_installation(
    State(shared): State<Shared>,
    who: Operator,
    Query(query): Query<AuditQuery>,
) -> Page {
    list(&shared, &who, None, &query).await
}

pub(super) async fn table_of_installation(
    State(shared): State<Shared>,
    _who: Operator,
    Query(query): Query<AuditQuery>,
) -> Page {
    Ok(table(&lines(&shared, None, query.filter(TABLE_ROWS_MAX)).await?))
}
