//! Bringing the schema up to date: numbered texts, only ever added, each in one transaction, none twice.

use super::{Store, StoreError, audit};
use crate::failpoint::{self, Point};
use sqlx::Row;

/// Every schema text in order; its number is its place, counted from 1.
const SCHEMAS: [&str; 25] = [
    include_str!("schema/0001_first.sql"),
    include_str!("schema/0002_beat.sql"),
    include_str!("schema/0003_ledger.sql"),
    include_str!("schema/0004_opaque.sql"),
    include_str!("schema/0005_part_of.sql"),
    include_str!("schema/0006_host_day.sql"),
    include_str!("schema/0007_old_app.sql"),
    include_str!("schema/0008_connections.sql"),
    include_str!("schema/0009_mail.sql"),
    include_str!("schema/0010_sales.sql"),
    include_str!("schema/0011_reviewer.sql"),
    include_str!("schema/0012_links.sql"),
    include_str!("schema/0013_guests_removal.sql"),
    include_str!("schema/0014_hours.sql"),
    include_str!("schema/0015_roles.sql"),
    include_str!("schema/0016_issues.sql"),
    include_str!("schema/0017_follow.sql"),
    include_str!("schema/0018_made_meetings.sql"),
    include_str!("schema/0019_own_app.sql"),
    include_str!("schema/0020_calendar.sql"),
    include_str!("schema/0021_access.sql"),
    include_str!("schema/0022_api_keys.sql"),
    include_str!("schema/0023_alert_secrets.sql"),
    include_str!("schema/0024_routing.sql"),
    include_str!("schema/0025_listed.sql"),
];

/// The text that made the audit log chains: the lines that were there before are chained with it.
const CHAINS: &str = include_str!("schema/0021_access.sql");

/// The version of the schema that this program knows.
pub(super) fn known() -> i64 {
    i64::try_from(SCHEMAS.len()).unwrap_or(i64::MAX)
}

impl Store {
    /// Applies the schema texts that are missing.
    ///
    /// # Errors
    /// When the schema is of a later version than this program, or a statement fails; nothing of it is applied then.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let dialect = self.dialect;
        self.write(move |unit| {
            Box::pin(async move {
                dialect.alone(&mut unit.tx).await?;
                failpoint::reached(Point::MigrationLocked);
                sqlx::query("create table if not exists schema_version (version bigint primary key)")
                    .execute(&mut *unit.tx)
                    .await?;
                let row = sqlx::query("select coalesce(max(version), 0) as version from schema_version")
                    .fetch_one(&mut *unit.tx)
                    .await?;
                let applied: i64 = row.try_get("version")?;
                let known = known();
                if applied > known {
                    let why = format!("the database has schema {applied}, this program knows {known}: use a later one");
                    return Err(StoreError::Unfit(why));
                }
                for (number, text) in (1_i64..).zip(SCHEMAS).filter(|(number, _)| *number > applied) {
                    for statement in statements(&dialect.schema(text)) {
                        failpoint::reached(Point::MigrationStatement);
                        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *unit.tx).await?;
                    }
                    if text == CHAINS {
                        audit::chain_all(unit).await?;
                    }
                    failpoint::reached(Point::MigrationApplied);
                    sqlx::query("insert into schema_version (version) values ($1)")
                        .bind(number)
                        .execute(&mut *unit.tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// The statements of a schema text, its comment lines left out. No statement of ours holds a semicolon inside.
fn statements(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n").split(';').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}
