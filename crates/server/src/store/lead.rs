//! The lead of a person, as LeadSquared answered.

use super::{StoreError, Unit, list, pieces};
use connector_core::ids::TenantId;

/// What is known of a person's lead: `None` means LeadSquared knows no such lead.
pub type Known = (String, Option<String>);

/// Remembers leads. Persons of one call must differ. What was written to a lead is forgotten when it is another one now.
pub async fn remember(unit: &mut Unit, tenant: &TenantId, known: &[Known], now_ms: i64) -> Result<(), StoreError> {
    for piece in pieces(known) {
        let values: Vec<String> = (0..piece.len()).map(|row| format!("({})", list(4, 1 + row * 4))).collect();
        let text = format!(
            "insert into lead (tenant, person, lead, updated_ms) values {} \
             on conflict (tenant, person) do update set lead = excluded.lead, updated_ms = excluded.updated_ms, \
             written = case when lead.lead = excluded.lead then lead.written else null end",
            values.join(",")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for (person, lead) in piece {
            query = query.bind(tenant.as_str()).bind(person).bind(lead.clone()).bind(now_ms);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// Notes what was last written to the leads of persons, as a hash of the content.
pub async fn wrote(unit: &mut Unit, tenant: &TenantId, written: &[(String, String)]) -> Result<(), StoreError> {
    for (person, content) in written {
        sqlx::query("update lead set written = $3 where tenant = $1 and person = $2")
            .bind(tenant.as_str())
            .bind(person)
            .bind(content)
            .execute(&mut *unit.tx)
            .await?;
    }
    Ok(())
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
