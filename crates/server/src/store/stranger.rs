//! People whom Zoom does not name: facts that wait for somebody's decision, and what helps to decide.

use super::{StoreError, Unit, from_json};
use connector_core::fact::stranger::StrangerState;
use connector_core::fact::{Alias, PresenceState, RegistrationState, State};
use connector_core::ids::TenantId;
use sqlx::Row;
use std::collections::BTreeMap;

/// Registrations that are looked through for one webinar.
const REGISTRATIONS_MAX: i64 = 5_000;

/// Which strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Nobody decided yet.
    Waiting,
    /// Decided by a person, or named by Zoom after all.
    Known,
}

impl Which {
    fn kind(self) -> &'static str {
        match self {
            Self::Waiting => "stranger",
            Self::Known => "stranger_known",
        }
    }
}

/// Strangers with their facts' ids, the latest first.
pub async fn list(
    unit: &mut Unit,
    tenant: &TenantId,
    which: Which,
    limit: i64,
) -> Result<Vec<(Alias, StrangerState)>, StoreError> {
    let rows = sqlx::query(
        "select id, state from fact where tenant = $1 and kind = $2 and kind in ('stranger', 'stranger_known') \
         order by updated_ms desc, id limit $3",
    )
    .bind(tenant.as_str())
    .bind(which.kind())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut strangers = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
        if let State::Stranger(stranger) = from_json(&state, "fact")? {
            strangers.push((Alias(id), stranger));
        }
    }
    Ok(strangers)
}

/// Strangers with everything that helps to decide.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The strangers with their facts' ids and their stays, the latest first.
    pub rows: Vec<(Alias, StrangerState, Vec<PresenceState>)>,
    /// Who registered, by the webinar's definition.
    pub registered: BTreeMap<Alias, Vec<RegistrationState>>,
}

/// Strangers with their stays, and who registered for their webinars.
pub async fn listed(unit: &mut Unit, tenant: &TenantId, which: Which, limit: i64) -> Result<Listed, StoreError> {
    let mut listed = Listed::default();
    for (id, state) in list(unit, tenant, which, limit).await? {
        if !listed.registered.contains_key(&state.series) {
            let of_webinar = registered(unit, tenant, &state.series).await?;
            listed.registered.insert(state.series.clone(), of_webinar);
        }
        let stays = stays(unit, tenant, &state).await?;
        listed.rows.push((id, state, stays));
    }
    Ok(listed)
}

/// Strangers looked through for one run.
const OF_RUN_MAX: i64 = 5_000;

/// People of a run whom Zoom does not name and nobody has decided about, told of since `since_ms` (epoch milliseconds).
pub async fn of_run(
    unit: &mut Unit,
    tenant: &TenantId,
    (account, uuid): (&str, &str),
    since_ms: i64,
) -> Result<Vec<(Alias, StrangerState)>, StoreError> {
    let rows = sqlx::query(
        "select id, state from fact where tenant = $1 and kind = 'stranger' and kind in ('stranger', 'stranger_known') \
         and updated_ms >= $2 order by updated_ms limit $3",
    )
    .bind(tenant.as_str())
    .bind(since_ms)
    .bind(OF_RUN_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut strangers = Vec::new();
    for row in rows {
        let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
        if let State::Stranger(stranger) = from_json(&state, "fact")?
            && stranger.uuid == uuid
            && stranger.gathering.account == account
        {
            strangers.push((Alias(id), stranger));
        }
    }
    Ok(strangers)
}

/// Counted up to this many of those who wait; more are not told apart.
pub const COUNTED_MAX: i64 = 10_000;

/// How many wait for a decision, up to [`COUNTED_MAX`].
pub async fn waiting(unit: &mut Unit, tenant: &TenantId) -> Result<i64, StoreError> {
    // The words of the index over strangers, or the database goes through all facts.
    let row = sqlx::query(
        "select count(*) as n from (select id from fact where tenant = $1 and kind = 'stranger' \
         and kind in ('stranger', 'stranger_known') limit $2) as strangers",
    )
    .bind(tenant.as_str())
    .bind(COUNTED_MAX)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(row.try_get("n")?)
}

/// A stranger's stays, in the order in which they began.
pub async fn stays(
    unit: &mut Unit,
    tenant: &TenantId,
    stranger: &StrangerState,
) -> Result<Vec<PresenceState>, StoreError> {
    let mut stays = Vec::new();
    for id in &stranger.stays {
        if let Some(State::Presence(stay)) = super::fact::get(unit, tenant, &id.0).await? {
            stays.push(stay);
        }
    }
    stays.sort_by_key(|stay| stay.join_ms);
    Ok(stays)
}

/// Who registered for a webinar.
pub async fn registered(
    unit: &mut Unit,
    tenant: &TenantId,
    series: &Alias,
) -> Result<Vec<RegistrationState>, StoreError> {
    let rows = sqlx::query("select state from fact where tenant = $1 and part_of = $2 order by id limit $3")
        .bind(tenant.as_str())
        .bind(&series.0)
        .bind(REGISTRATIONS_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    let mut registrations = Vec::with_capacity(rows.len());
    for row in rows {
        let state: String = row.try_get("state")?;
        if let State::Registration(registration) = from_json(&state, "fact")? {
            registrations.push(registration);
        }
    }
    Ok(registrations)
}
