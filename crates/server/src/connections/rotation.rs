//! A new master key: everything that is sealed under the one before is sealed anew, a page at a time, while the service runs. Which values
//! those are is said by [`COLUMNS`]; a test holds it against the schema, so that no sealed column is forgotten.

use super::keyring::Purpose;
use super::master::MasterKeys;
use super::seal::{Key, Place};
use crate::failpoint::{self, Point};
use crate::store::sealed::{self, SealedRow, Values};
use crate::store::{Store, StoreError};

/// What the values of a column are sealed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// The master key: the accounts' own keys.
    Master(Values),
    /// A key made from the master key, for what belongs to the service.
    Service(Purpose, Values),
    /// The account's own key, which stays. Who has the old master key and an old copy of the database has it; sealing under another one
    /// would not take it away.
    Account,
    /// Nothing: no secret.
    Nothing,
}

/// Every column of the database that holds bytes: table, column, what its values are sealed under.
pub const COLUMNS: [(&str, &str, Under); 13] = [
    ("tenant", "data_key", Under::Master(Values::AccountKeys)),
    ("tenant", "crm_keys", Under::Account),
    ("zoom_grant", "access", Under::Account),
    ("zoom_grant", "refresh", Under::Account),
    ("sign_in", "verifier", Under::Account),
    ("sign_in", "offer", Under::Account),
    ("old_app", "sealed", Under::Account),
    ("own_app", "sealed", Under::Account),
    ("alert_address", "secret", Under::Account),
    ("alert_address", "old_secret", Under::Account),
    ("mail", "link", Under::Service(Purpose::Mail, Values::Links)),
    // Answers to requests about an account are sealed under its key, and are left as they are.
    ("idempotency", "body", Under::Service(Purpose::Idempotency, Values::Answers)),
    ("journal", "body", Under::Nothing),
];

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Values that were sealed anew.
    pub sealed: u64,
    /// Values that were sealed under the new key already.
    pub current: u64,
    /// Accounts' keys that neither of the keys opens.
    pub shut: u64,
}

/// Seals everything under the current key. It may be broken off anywhere and begun again: what is sealed anew is found so.
///
/// # Errors
/// When the store fails.
pub async fn seal_anew(store: &Store, masters: &MasterKeys) -> Result<Rotated, StoreError> {
    let mut rotated = Rotated::default();
    for (_, _, under) in COLUMNS {
        match under {
            Under::Master(values) => one(store, masters, (None, values), &mut rotated).await?,
            Under::Service(purpose, values) => one(store, masters, (Some(purpose), values), &mut rotated).await?,
            Under::Account | Under::Nothing => {}
        }
    }
    Ok(rotated)
}

async fn one(
    store: &Store,
    masters: &MasterKeys,
    (purpose, values): (Option<Purpose>, Values),
    rotated: &mut Rotated,
) -> Result<(), StoreError> {
    let mut after = (String::new(), String::new());
    loop {
        let from = after.clone();
        let page = store.read(move |unit| Box::pin(async move { sealed::page(unit, values, &from).await })).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.at.clone();
        let mut anew = Vec::new();
        for row in page {
            match judge(masters, purpose, &row) {
                Judged::Current => rotated.current += 1,
                Judged::Anew(fresh) => anew.push((row, fresh)),
                Judged::Shut if purpose.is_none() => rotated.shut += 1,
                Judged::Shut => {}
            }
        }
        let replaced = store.write(move |unit| {
            Box::pin(async move {
                let mut replaced = 0;
                for (row, fresh) in anew {
                    replaced += u64::from(sealed::replace(unit, values, &row, fresh).await?);
                }
                Ok(replaced)
            })
        });
        rotated.sealed += replaced.await?;
        failpoint::reached(Point::RotationPage);
    }
}

enum Judged {
    Current,
    Anew(Vec<u8>),
    Shut,
}

fn judge(masters: &MasterKeys, purpose: Option<Purpose>, row: &SealedRow) -> Judged {
    let place = Place { tenant: &row.tenant, table: row.table, row: &row.row, column: row.column };
    let of = |key: &Key| purpose.map_or_else(|| key.clone(), |purpose| key.derive(purpose.as_str()));
    let current = of(&masters.current);
    if current.open(&row.value, place).is_ok() {
        return Judged::Current;
    }
    let opened = masters.previous.as_ref().and_then(|previous| of(previous).open(&row.value, place).ok());
    opened.map_or(Judged::Shut, |plain| Judged::Anew(current.seal(&plain, place)))
}
