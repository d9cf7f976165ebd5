//! Everything that stands in the tables of tenants, by tenant, past the store.

use super::databases::raw;
use sqlx::any::AnyRow;
use sqlx::{Column as _, Row as _};
use std::collections::BTreeMap;

/// The tables whose rows belong to a tenant.
pub const TABLES: [&str; 35] = [
    "tenant",
    "tenant_admin",
    "settings",
    "connection",
    "zoom_grant",
    "sign_in",
    "old_app",
    "own_app",
    "migration",
    "host_day",
    "zoom_share",
    "removal",
    "removal_choice",
    "stand_by",
    "alert",
    "alert_address",
    "mail",
    "alert_post",
    "journal",
    "calendar_entry",
    "ledger",
    "written_hour",
    "fact",
    "alias",
    "lead",
    "delivery",
    "muted",
    "handle",
    "attempt",
    "attempt_row",
    "lane",
    "link",
    "api_key",
    "idempotency",
    "audit",
];

/// The rows of one tenant by table, each as text.
pub async fn dump(url: &str, tenant: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut raw = raw(url).await;
    let mut tables = BTreeMap::new();
    for table in TABLES {
        let text = format!("select * from {table} where tenant = $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant).fetch_all(&mut raw).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(shown).collect();
        rows.sort_unstable();
        tables.insert(table, rows);
    }
    tables
}

fn shown(row: &AnyRow) -> String {
    let cells = row.columns().iter().map(|column| format!("{}={}", column.name(), cell(row, column.ordinal())));
    cells.collect::<Vec<_>>().join(" ")
}

fn cell(row: &AnyRow, place: usize) -> String {
    if let Ok(number) = row.try_get::<Option<i64>, _>(place) {
        return format!("{number:?}");
    }
    if let Ok(text) = row.try_get::<Option<String>, _>(place) {
        return format!("{text:?}");
    }
    format!("{:?}", row.try_get::<Option<Vec<u8>>, _>(place).unwrap())
}
