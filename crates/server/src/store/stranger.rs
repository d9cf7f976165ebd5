//! People whom Zoom does not name: facts that wait for somebody's decision, and what helps to decide.

use super::guests::{self, At, Part};
use super::{StoreError, Unit, fact, from_json};
use connector_core::fact::stranger::StrangerState;
use connector_core::fact::suggestion::Registered;
use connector_core::fact::{Alias, PresenceState, State};
use connector_core::ids::TenantId;
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// Registrations that are looked through for one page, of all its webinars together.
const REGISTRATIONS_MAX: usize = 10_000;
/// Registrations that are read at a time.
const PIECE: usize = 1_000;

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
         order by updated_ms desc, id desc limit $3",
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
    pub registered: BTreeMap<Alias, Registered>,
}

/// Strangers with their stays, and who registered for their webinars.
pub async fn listed(unit: &mut Unit, tenant: &TenantId, which: Which, limit: i64) -> Result<Listed, StoreError> {
    let (mut listed, mut left) = (Listed::default(), REGISTRATIONS_MAX);
    let strangers = list(unit, tenant, which, limit).await?;
    let states: Vec<&StrangerState> = strangers.iter().map(|(_, state)| state).collect();
    let stays = stays(unit, tenant, &states).await?;
    for ((id, state), stays) in strangers.into_iter().zip(stays) {
        // Of whom somebody decided nobody asks who it may be.
        if which == Which::Waiting && !listed.registered.contains_key(&state.series) {
            let (of_webinar, read) = registered(unit, tenant, &state.series, left).await?;
            left = left.saturating_sub(read);
            listed.registered.insert(state.series.clone(), of_webinar);
        }
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

/// The stays of strangers, of each in the order in which they began.
pub async fn stays(
    unit: &mut Unit,
    tenant: &TenantId,
    strangers: &[&StrangerState],
) -> Result<Vec<Vec<PresenceState>>, StoreError> {
    let ids: Vec<&Alias> = strangers.iter().flat_map(|stranger| &stranger.stays).collect();
    let found: HashMap<Alias, State> = fact::states(unit, tenant, &ids).await?;
    let of = |stranger: &&StrangerState| {
        let mut stays: Vec<PresenceState> = Vec::new();
        for id in &stranger.stays {
            if let Some(State::Presence(stay)) = found.get(id) {
                stays.push(stay.clone());
            }
        }
        stays.sort_by_key(|stay| stay.join_ms);
        stays
    };
    Ok(strangers.iter().map(of).collect())
}

/// Who registered for a webinar, the first ones, at most about `most`; and how many were read.
async fn registered(
    unit: &mut Unit,
    tenant: &TenantId,
    series: &Alias,
    most: usize,
) -> Result<(Registered, usize), StoreError> {
    let (mut registered, mut read, mut after) = (Registered::default(), 0, At::first());
    while read < most {
        let parts = guests::parts(unit, tenant, (&series.0, &after), PIECE).await?;
        read += parts.len();
        let is_end = parts.len() < PIECE;
        for (at, part) in parts {
            if let Part::Registration(registration) = part {
                registered.add(&registration);
            }
            after = at;
        }
        if is_end {
            break;
        }
    }
    Ok((registered, read))
}
