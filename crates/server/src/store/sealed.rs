//! Values that are sealed under the master key or a key made from it, page by page, to be sealed anew (`connections::rotation`). They are of all
//! tenants, and of none.

use super::{StoreError, Unit};
use sqlx::Row;

/// Which values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// The accounts' own keys.
    AccountKeys,
    /// Links in mails that were not sent yet.
    Links,
    /// Answers to requests with keys of their own.
    Answers,
}

/// A sealed value, and where it stands.
#[derive(Debug, Clone)]
pub struct SealedRow {
    /// Whose; empty for what is nobody's.
    pub tenant: String,
    /// The table it was sealed for.
    pub table: &'static str,
    /// The row it was sealed for.
    pub row: String,
    /// The column it was sealed for.
    pub column: &'static str,
    /// Where the row stands among the others.
    pub at: (String, String),
    /// The value.
    pub value: Vec<u8>,
}

/// Values read at once.
const PAGE_MAX: i64 = 200;

/// The values behind that row.
pub async fn page(unit: &mut Unit, values: Values, after: &(String, String)) -> Result<Vec<SealedRow>, StoreError> {
    let text = match values {
        Values::AccountKeys => {
            "select tenant as one, '' as two, tenant, data_key as value from tenant where tenant > $1 and $2 = '' order by tenant limit $3"
        }
        Values::Links => {
            "select tenant as one, id as two, tenant, link as value from mail \
             where link is not null and (tenant, id) > ($1, $2) order by tenant, id limit $3"
        }
        Values::Answers => {
            "select api_key as one, name as two, coalesce(tenant, '') as tenant, body as value from idempotency \
             where body is not null and (api_key, name) > ($1, $2) order by api_key, name limit $3"
        }
    };
    let rows = sqlx::query(text).bind(&after.0).bind(&after.1).bind(PAGE_MAX).fetch_all(&mut *unit.tx).await?;
    rows.iter()
        .map(|row| {
            let (one, two): (String, String) = (row.try_get("one")?, row.try_get("two")?);
            let (table, column, name) = match values {
                Values::AccountKeys => ("tenant", "data_key", one.clone()),
                Values::Links => ("mail", "link", two.clone()),
                Values::Answers => ("idempotency", "body", format!("{one}:{two}")),
            };
            let (tenant, value) = (row.try_get("tenant")?, row.try_get("value")?);
            Ok(SealedRow { tenant, table, row: name, column, at: (one, two), value })
        })
        .collect()
}

/// Replaces a value, unless it is another one by now. Answers whether it did.
pub async fn replace(unit: &mut Unit, values: Values, row: &SealedRow, fresh: Vec<u8>) -> Result<bool, StoreError> {
    let text = match values {
        Values::AccountKeys => "update tenant set data_key = $4 where tenant = $1 and $2 = '' and data_key = $3",
        Values::Links => "update mail set link = $4 where tenant = $1 and id = $2 and link = $3",
        Values::Answers => "update idempotency set body = $4 where api_key = $1 and name = $2 and body = $3",
    };
    let done = sqlx::query(text)
        .bind(&row.at.0)
        .bind(&row.at.1)
        .bind(row.value.clone())
        .bind(fresh)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}
