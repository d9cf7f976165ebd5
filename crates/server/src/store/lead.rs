//! The lead of a person, as LeadSquared answered.

use super::{StoreError, Unit, pieces, rows};
use connector_core::ids::TenantId;
use sqlx::Row;

/// What is known of a person's lead: `None` means LeadSquared knows no such lead.
pub type Known = (String, Option<String>);

const REMEMBER: &str = "insert into lead (tenant, person, lead, updated_ms) values {($,$,$,$)} \
     on conflict (tenant, person) do update set lead = excluded.lead, updated_ms = excluded.updated_ms, \
     written = case when lead.lead = excluded.lead then lead.written else null end";
const WROTE: &str = "update lead set written = wrote.column2 from (values {($,$)}) as wrote \
     where tenant = $ and person = wrote.column1";

/// Remembers leads. Persons of one call must differ. What was written to a lead is forgotten when it is another one now.
pub async fn remember(unit: &mut Unit, tenant: &TenantId, known: &[Known], now_ms: i64) -> Result<(), StoreError> {
    for piece in pieces(known) {
        let mut query = sqlx::query(rows::text(unit.dialect, REMEMBER, piece.len()));
        for (person, lead) in piece {
            query = query.bind(tenant.as_str()).bind(person).bind(lead.clone()).bind(now_ms);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// Notes what was last written to the leads of persons, as a hash of the content. Persons of one call must differ.
pub async fn wrote(unit: &mut Unit, tenant: &TenantId, written: &[(String, String)]) -> Result<(), StoreError> {
    for piece in pieces(written) {
        let mut query = sqlx::query(rows::text(unit.dialect, WROTE, piece.len()));
        for (person, content) in piece {
            query = query.bind(person).bind(content);
        }
        query.bind(tenant.as_str()).execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// A person's lead, as far as LeadSquared named it.
pub async fn of(unit: &mut Unit, tenant: &TenantId, person: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("select lead from lead where tenant = $1 and person = $2 and lead is not null")
        .bind(tenant.as_str())
        .bind(person)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.map(|row| Ok(row.try_get("lead")?)).transpose()
}

/// Forgets a person's lead, because LeadSquared does not know it any more.
pub async fn forget(unit: &mut Unit, tenant: &TenantId, person: &str) -> Result<(), StoreError> {
    sqlx::query("delete from lead where tenant = $1 and person = $2")
        .bind(tenant.as_str())
        .bind(person)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
