//! Tenants as people look through them, operators through all and tenant admins through their own: some by name, searched, page by page. Everything here only reads.

use super::tenant::{COLUMNS, TenantRow, read};
use super::{StoreError, Unit, like};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Whose list it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// An operator's: all tenants.
    Operators,
    /// A tenant admin's, by the person's id: the tenants that the person administers.
    Admins(String),
}

impl Whose {
    /// The person as the statements want it: empty for all tenants.
    fn person(&self) -> &str {
        match self {
            Self::Operators => "",
            Self::Admins(person) => person,
        }
    }
}

/// Tenants by name whose name holds `search` (any case; empty means all), those after the tenant `after`, at most `limit`.
pub async fn page(
    unit: &mut Unit,
    whose: &Whose,
    search: &str,
    after: Option<&TenantId>,
    limit: i64,
) -> Result<Vec<TenantRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from tenant where lower(name) like lower($1) escape '!' and ($2 = '' or (name, tenant) > \
         (select name, tenant from tenant where tenant = $2)) and ($4 = '' or tenant in \
         (select tenant from tenant_admin where person = $4)) order by name, tenant limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(like(search))
        .bind(after.map(TenantId::as_str).unwrap_or_default().to_owned())
        .bind(limit)
        .bind(whose.person().to_owned())
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Whether somebody has to do something for a tenant: nothing is written, a sign-in does not work or is missing, something waits for a
/// person, or could not be read since the id `$5`. Each part is one look into an index.
const WANTS_ATTENTION: &str = "(tenant.paused_code is not null \
     or exists (select 1 from delivery d where d.tenant = tenant.tenant and d.state = 'parked') \
     or exists (select 1 from journal j where j.tenant = tenant.tenant and j.state = 'quarantined' and j.id >= $5) \
     or exists (select 1 from connection c where c.tenant = tenant.tenant and c.ended_ms is null and c.state = 'broken') \
     or exists (select 1 from connection c where c.tenant = tenant.tenant and c.ended_code in ('taken_over', 'deauthorized') \
     and not exists (select 1 from connection later where later.tenant = c.tenant and later.app = c.app \
     and (later.ended_ms is null or later.began_ms > c.began_ms))) \
     or not exists (select 1 from connection c where c.tenant = tenant.tenant and c.ended_ms is null))";

/// The same page of those for whom somebody has to do something; what could not be read counts since the id `since`.
pub async fn wanting(
    unit: &mut Unit,
    whose: &Whose,
    search: &str,
    (after, since): (Option<&TenantId>, &str),
    limit: i64,
) -> Result<Vec<TenantRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from tenant where lower(name) like lower($1) escape '!' and ($2 = '' or (name, tenant) > \
         (select name, tenant from tenant where tenant = $2)) and ($4 = '' or tenant in \
         (select tenant from tenant_admin where person = $4)) and {WANTS_ATTENTION} order by name, tenant limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(like(search))
        .bind(after.map(TenantId::as_str).unwrap_or_default().to_owned())
        .bind(limit)
        .bind(whose.person().to_owned())
        .bind(since.to_owned())
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many tenants have `search` in their name.
pub async fn count(unit: &mut Unit, whose: &Whose, search: &str) -> Result<i64, StoreError> {
    let text = "select count(*) as n from tenant where lower(name) like lower($1) escape '!' and ($2 = '' or tenant in \
                (select tenant from tenant_admin where person = $2))";
    let row = sqlx::query(text).bind(like(search)).bind(whose.person()).fetch_one(&mut *unit.tx).await?;
    Ok(row.try_get("n")?)
}
