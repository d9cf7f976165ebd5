//! What became of the meeting and the webinar that were made for the test of a migration, read in one go from facts and deliveries.

use super::{StoreError, Unit, delivery_list, fact};
use connector_core::fact::{Book, State, TenantKeys};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::migration::{Test, Trial, Uses};
use connector_core::translate::meeting;
use serde::Serialize;
use sqlx::Row;

/// The lead that carries the records of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestLead {
    /// Its address.
    pub email: String,
    /// Its id in LeadSquared, once that is known.
    pub lead: Option<String>,
}

/// What became of what was made for a test, for each app in use.
pub async fn became(
    unit: &mut Unit,
    (tenant, keys): (&TenantId, &TenantKeys),
    test: &Test,
    uses: Uses,
) -> Result<Vec<(ZoomApp, Trial)>, StoreError> {
    let mut trials = Vec::new();
    for app in uses.apps() {
        trials.push((*app, one(unit, (tenant, keys), (test, *app)).await?));
    }
    Ok(trials)
}

async fn one(
    unit: &mut Unit,
    (tenant, keys): (&TenantId, &TenantKeys),
    (test, app): (&Test, ZoomApp),
) -> Result<Trial, StoreError> {
    let (wish, create) = test.made_by(keys, app);
    let created = match fact::get(unit, tenant, &wish.0).await? {
        Some(State::Scheduling(state)) => state.created,
        Some(State::Trial(state)) => state.created,
        _ => None,
    };
    let Some(created) = created else {
        let delivery = delivery_list::by_key(unit, tenant, &create).await?;
        return Ok(match delivery.map(|delivery| (delivery.state, delivery.code.unwrap_or_default())) {
            Some((state, code)) if state == "suppressed" && code == "suppressed.no_licence" => Trial::LeftOut,
            Some((state, code)) if state == "parked" || state == "suppressed" => Trial::Stuck { code },
            Some(_) | None => Trial::Coming,
        });
    };
    let definition = meeting::definition(keys, &created.account, created.number.0);
    let mut book = Book::default();
    fact::load(unit, tenant, std::slice::from_ref(&definition), &mut book).await?;
    let found = book.find(std::slice::from_ref(&definition));
    let told = matches!(found.map(|fact| &fact.state), Some(State::Definition(known)) if known.deleted);
    let of = found.map_or(&definition.0, |fact| &fact.id.0);
    if told || was_deleted(unit, tenant, (&wish.0, of)).await? {
        return Ok(Trial::Gone);
    }
    Ok(Trial::Stands { number: created.number })
}

/// Whether a delivery of ours deleted it: the only change of a test meeting is that it is cancelled.
async fn was_deleted(unit: &mut Unit, tenant: &TenantId, (wish, definition): (&str, &str)) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select count(*) as n from delivery where tenant = $1 and fact in ($2, $3) and state = 'delivered' \
         and kind in ('change_meeting', 'delete_webinar')",
    )
    .bind(tenant.as_str())
    .bind(wish)
    .bind(definition)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}

/// The lead that carries the records of a test.
pub async fn lead(
    unit: &mut Unit,
    (tenant, keys): (&TenantId, &TenantKeys),
    test: &Test,
) -> Result<Option<TestLead>, StoreError> {
    let (Some(guest), Some(person)) = (test.guest(), test.person(keys)) else { return Ok(None) };
    let row = sqlx::query("select lead from lead where tenant = $1 and person = $2")
        .bind(tenant.as_str())
        .bind(&person.0)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let lead = row.map(|row| row.try_get("lead")).transpose()?.flatten();
    Ok(Some(TestLead { email: guest.as_str().to_owned(), lead }))
}
