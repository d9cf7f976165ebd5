//! Setting a tenant up: its LeadSquared keys are tried, host and time zone discovered, activity types found by name or
//! created. Keys that do not work are refused with the sentence to act on; nothing is stored then.

pub mod learn;
pub mod versions;

use crate::app::Shared;
use crate::connections::keyring::NoKey;
use crate::connections::seal::{Key, Place};
use crate::failpoint::{self, Point};
use crate::leadsquared::{CrmKeys, LeadSquared};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, audit, settings, tenant};
use connector_core::ids::{Email, TenantId};
use connector_core::leadsquared::reply::{Outcome, Refusal, read_write};
use connector_core::leadsquared::request;
use connector_core::leadsquared::setup::{Who, read_activity_types, read_lead_fields, read_task_types, read_who};
use connector_core::rules::refusal::{self, WrongRule};
use connector_core::settings::mapping::LeadField;
use connector_core::settings::{ActivityKind, JOIN_LINK_FIELD, Versioned};
use std::collections::BTreeMap;

/// Where the account is looked for when no host is named: it answers for every region (leadsquared.md § 3.1).
pub const DISCOVERY_HOST: &str = "https://api.leadsquared.com";

/// What an operator gives to set a tenant up.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its id.
    pub tenant: TenantId,
    /// Shown to people; the account's own name when empty.
    pub name: String,
    /// The pair of keys.
    pub keys: CrmKeys,
    /// Base address of the API, if it is known.
    pub host: Option<String>,
}

/// Why a tenant was not set up, as a sentence to act on.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The id is taken or reserved.
    #[error("There is a tenant {0} already.")]
    Taken(TenantId),
    /// The address cannot be used.
    #[error("{0}")]
    Host(#[from] crate::outside::Forbidden),
    /// LeadSquared refuses the keys.
    #[error(
        "LeadSquared refuses the access key and secret key ({0}). Copy both anew from My Account > Settings > API and Webhooks of an active administrator."
    )]
    Keys(String),
    /// LeadSquared does not answer as it should.
    #[error(
        "LeadSquared could not be asked ({0}). Check the API host under My Account > Settings > API and Webhooks, then try again."
    )]
    NotAnswered(String),
    /// The settings are at another version than the one they were read at.
    #[error("Somebody else changed the settings meanwhile. Read them again, and change those.")]
    ChangedMeanwhile,
    /// A rule of the settings cannot be.
    #[error("A rule is not right: {0}.")]
    Rule(#[from] Box<WrongRule>),
    /// An answer is to go to a lead field that the account does not have.
    #[error("LeadSquared has no lead field {0}. Create it there, or choose another one.")]
    NoField(String),
    /// A lead is to belong to somebody who is no active user.
    #[error("LeadSquared has no active user {0}. Choose another owner.")]
    NoUser(String),
    /// Settings name a secret that nobody made.
    #[error(
        "`actions_version` is not raised with the settings. `POST /api/v1/tenants/{{tenant}}/leadsquared/secret` or `zoom-connector connector renew-secret` makes a new secret."
    )]
    SecretNotMade,
    /// There is no such version of the settings.
    #[error("There is no version {0} of the settings.")]
    NoVersion(i64),
    /// There is no such tenant.
    #[error("There is no such tenant.")]
    NoTenant,
    /// The store failed.
    #[error("The database does not answer: {0}")]
    Store(#[from] StoreError),
    /// The tenant's key cannot be opened.
    #[error("{0}")]
    Key(#[from] NoKey),
}

impl From<Refusal> for SetupError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthorized { detail } => Self::Keys(detail),
            other @ (Refusal::NotSent { .. }
            | Refusal::RateLimited { .. }
            | Refusal::DuplicateLead { .. }
            | Refusal::LeadMissing { .. }
            | Refusal::Rejected { .. }
            | Refusal::Malformed { .. }) => Self::NotAnswered(other.to_string()),
        }
    }
}

/// Where a tenant's sealed keys stand.
#[must_use]
pub fn keys_place(tenant: &TenantId) -> Place<'_> {
    Place { tenant: tenant.as_str(), table: "tenant", row: tenant.as_str(), column: "crm_keys" }
}

fn sealed_keys(key: &Key, tenant: &TenantId, keys: &CrmKeys) -> Vec<u8> {
    key.seal(&serde_json::to_vec(keys).unwrap_or_default(), keys_place(tenant))
}

/// Asks LeadSquared whose keys these are; answers that and the base address to use from now on.
async fn discover(shared: &Shared, keys: &CrmKeys, host: Option<&str>) -> Result<(Who, String), SetupError> {
    let named = host.filter(|host| !host.trim().is_empty());
    let base = shared.outside.base_address(&with_scheme(named.unwrap_or(DISCOVERY_HOST)))?;
    let crm = LeadSquared::new(&shared.outside, &base, keys.clone());
    let who = read_who(&crm.call(&request::who_am_i()).await)?;
    // A host that was named stays; a discovered one is used when it is acceptable.
    let discovered = who.api_host.as_deref().filter(|_| named.is_none()).map(with_scheme);
    let base = match discovered {
        Some(text) => shared.outside.base_address(&text)?,
        None => base,
    };
    Ok((who, base))
}

fn with_scheme(host: &str) -> String {
    let host = host.trim().trim_end_matches('/');
    let host = host.strip_suffix("/v2").unwrap_or(host);
    if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
}

/// Sets a tenant up.
///
/// # Errors
/// [`SetupError`]; nothing is stored then.
pub async fn create_tenant(shared: &Shared, new: NewTenant, actor: &str) -> Result<TenantRow, SetupError> {
    if new.tenant == shared.nobody {
        return Err(SetupError::Taken(new.tenant));
    }
    let (who, base) = discover(shared, &new.keys, new.host.as_deref()).await?;
    failpoint::reached(Point::SetupTried);
    let (key, data_key) = shared.keys.make(&new.tenant);
    let now_ms = shared.clock.now_ms();
    let org_name = who.org_name.clone();
    let row = TenantRow {
        name: if new.name.trim().is_empty() {
            org_name.clone().unwrap_or_else(|| new.tenant.to_string())
        } else {
            new.name
        },
        paused: None,
        created_ms: now_ms,
        data_key,
        crm_api: base,
        crm_app: who.app_host,
        crm_keys: sealed_keys(&key, &new.tenant, &new.keys),
        crm_user: who.user_email,
        org_name,
        time_zone: who.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        tenant: new.tenant,
    };
    let crm = LeadSquared::new(&shared.outside, &row.crm_api, new.keys);
    let defaults = Versioned { version: 0, settings: connector_core::settings::Settings::default() };
    let of_account = (row.crm_user.as_deref(), Some(row.time_zone.as_str()));
    let versioned = with_types(&crm, defaults, of_account).await?;
    failpoint::reached(Point::SetupTyped);
    let (stored, actor) = (row.clone(), actor.to_owned());
    let result = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                tenant::insert(unit, &stored).await?;
                failpoint::reached(Point::SetupInserted);
                settings::save(unit, &stored.tenant, &versioned, &actor, now_ms).await?;
                let detail = format!("{} set up", stored.name);
                audit::write(unit, &actor, Some(&stored.tenant), ("tenant.created", &detail), now_ms).await
            })
        })
        .await;
    match result {
        Ok(()) => Ok(row),
        Err(error) if error.is_duplicate() => Err(SetupError::Taken(row.tenant)),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a tenant's keys, after trying them, and lets it go on if it was paused.
///
/// # Errors
/// [`SetupError`]; the old keys stay then.
pub async fn replace_keys(shared: &Shared, tenant: &TenantId, keys: CrmKeys, actor: &str) -> Result<(), SetupError> {
    let wanted = tenant.clone();
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
    let row = row.ok_or(SetupError::NoTenant)?;
    let (who, base) = discover(shared, &keys, Some(&row.crm_api)).await?;
    let key = shared.keys.of(&shared.store, tenant).await?;
    let old_user = row.crm_user.clone();
    let row = TenantRow { crm_api: base, crm_keys: sealed_keys(&key, tenant, &keys), crm_user: who.user_email, ..row };
    let (actor, now_ms) = (actor.to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                tenant::update_crm(unit, &row).await?;
                tenant::resume(unit, &row.tenant).await?;
                let mut current = settings::current(unit, &row.tenant).await?;
                // Tasks went to the user of the old keys, who may be gone.
                if current.version > 0 && current.settings.task_owner == old_user.as_deref().and_then(Email::parse) {
                    current.settings.task_owner = row.crm_user.as_deref().and_then(Email::parse);
                    current.version += 1;
                    settings::save(unit, &row.tenant, &current, &actor, now_ms).await?;
                }
                crate::store::lane::wake(unit, &row.tenant, "leadsquared", now_ms).await?;
                audit::write(
                    unit,
                    &actor,
                    Some(&row.tenant),
                    ("tenant.keys_replaced", "LeadSquared keys replaced"),
                    now_ms,
                )
                .await
            })
        })
        .await?;
    Ok(())
}

/// Finds or creates the activity types once more and saves the settings if that changed them.
///
/// # Errors
/// [`SetupError`].
pub async fn renew_types(shared: &Shared, tenant: &TenantId, actor: &str) -> Result<Versioned, SetupError> {
    let wanted = tenant.clone();
    let current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?;
    let wanted = tenant.clone();
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
    let crm = shared.crm(tenant).await.map_err(|_| SetupError::NoTenant)?;
    let of_account = row.as_ref().map_or((None, None), |row| (row.crm_user.as_deref(), Some(row.time_zone.as_str())));
    let next = with_types(&crm, current.clone(), of_account).await?;
    if next.settings != current.settings {
        save_settings(shared, tenant, next.clone(), actor).await?;
    }
    Ok(next)
}

/// Reads the lead fields anew, and saves what they hold with the settings if that changed.
///
/// # Errors
/// [`SetupError`].
pub async fn renew_fields(shared: &Shared, tenant: &TenantId, actor: &str) -> Result<(), SetupError> {
    let fields = learn::lead_fields(shared, tenant, learn::Reading::Anew).await?;
    let wanted = tenant.clone();
    let current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?;
    let mut next = current.settings.clone();
    learn::keep_fields(&mut next, &fields);
    if next != current.settings {
        save_settings(shared, tenant, Versioned { version: current.version + 1, settings: next }, actor).await?;
    }
    Ok(())
}

/// Saves settings as the version after `read_at`, the one they were read at. Codes of activity types are LeadSquared's
/// and stay as set-up found them.
///
/// # Errors
/// [`SetupError::ChangedMeanwhile`] when another version is in force, [`SetupError::Rule`] when a rule cannot be,
/// [`SetupError::SecretNotMade`] when they would make the addresses that LeadSquared calls worthless.
pub async fn save_settings_after(
    shared: &Shared,
    tenant: &TenantId,
    read_at: i64,
    mut settings: connector_core::settings::Settings,
    actor: &str,
) -> Result<Versioned, SetupError> {
    let wanted = tenant.clone();
    let current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?;
    if current.version != read_at {
        return Err(SetupError::ChangedMeanwhile);
    }
    settings.activity_codes.clone_from(&current.settings.activity_codes);
    settings.learned.clone_from(&current.settings.learned);
    settings.task_types.clone_from(&current.settings.task_types);
    if settings.actions_version > current.settings.actions_version {
        return Err(SetupError::SecretNotMade);
    }
    // What was made worthless stays so, and what set-up found is not forgotten, whatever version somebody goes back to.
    settings.actions_version = current.settings.actions_version;
    settings.join_link_field = settings.join_link_field.or_else(|| current.settings.join_link_field.clone());
    refusal::check(&settings).map_err(Box::new)?;
    learn::for_settings(shared, tenant, &current.settings, &mut settings).await?;
    let next = Versioned { version: current.version + 1, settings };
    save_settings(shared, tenant, next.clone(), actor).await?;
    Ok(next)
}

/// Saves settings as a new version.
///
/// # Errors
/// [`SetupError::ChangedMeanwhile`] when that version is there already, [`SetupError::Store`].
pub async fn save_settings(shared: &Shared, tenant: &TenantId, next: Versioned, actor: &str) -> Result<(), SetupError> {
    let (owned, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let saved = shared.store.write(move |unit| {
        Box::pin(async move {
            settings::save(unit, &owned, &next, &actor, now_ms).await?;
            failpoint::reached(Point::SettingsSaved);
            // Appointments may have to be looked for from now on.
            crate::store::lane::wake(unit, &owned, "leadsquared", now_ms).await?;
            let detail = format!("settings version {}", next.version);
            audit::write(unit, &actor, Some(&owned), ("settings.saved", &detail), now_ms).await
        })
    });
    match saved.await {
        Err(error) if error.is_duplicate() => Err(SetupError::ChangedMeanwhile),
        other => Ok(other?),
    }
}

/// The next version of the settings, with the codes of all activity types, a task type that exists where the wanted one does
/// not, the user of the keys as owner of tasks where nobody else is named, and the account's
/// time zone where none is chosen. LeadSquared offers no way to create task types
/// (leadsquared.md § 3.14), and takes no task without an owner (§ 3.15).
async fn with_types(
    crm: &LeadSquared,
    current: Versioned,
    (user_of_keys, time_zone): (Option<&str>, Option<&str>),
) -> Result<Versioned, SetupError> {
    let mut next = Versioned { version: current.version + 1, settings: current.settings };
    if next.settings.task_owner.is_none() {
        next.settings.task_owner = user_of_keys.and_then(Email::parse);
    }
    if next.settings.time_zone.is_none() {
        let known = time_zone.filter(|name| jiff::tz::TimeZone::get(name).is_ok());
        next.settings.time_zone = known.map(str::to_owned);
    }
    let existing = read_activity_types(&crm.call(&request::activity_types()).await)?;
    let kinds: Vec<ActivityKind> = next.settings.activity_kinds().collect();
    for kind in kinds {
        let found = existing.iter().find(|(name, _)| name == kind.type_name()).map(|(_, code)| *code);
        let code = match found {
            Some(code) => {
                learn::complete_type(crm, code, &BTreeMap::new()).await?;
                code
            }
            None => create_type(crm, kind).await?,
        };
        next.settings.activity_codes.insert(kind, code);
    }
    if next.settings.join_link_field.is_none() {
        next.settings.join_link_field = link_field(crm).await;
    }
    // What is mapped by default and not there is cut at a careful length, and refused by LeadSquared where somebody sees it.
    if let Ok(fields) = read_lead_fields(&crm.call(&request::lead_fields()).await) {
        learn::keep_fields(&mut next.settings, &fields);
    }
    if let Ok(types) = read_task_types(&crm.call(&request::task_types()).await) {
        next.settings.task_types = types.iter().filter(|(_, is)| !is).map(|(name, _)| name.clone()).collect();
        let first = |appointment: bool| types.iter().find(|(_, is)| *is == appointment).map(|(name, _)| name.clone());
        let known = |name: &str, appointment: bool| types.iter().any(|(known, is)| known == name && *is == appointment);
        if !known(&next.settings.appointment_type, true) {
            next.settings.appointment_type = first(true).unwrap_or(next.settings.appointment_type);
        }
        for rule in &mut next.settings.rules {
            if let (false, Some(first)) = (known(&rule.task_type, false), first(false)) {
                rule.task_type = first;
            }
        }
    }
    Ok(next)
}

async fn create_type(crm: &LeadSquared, kind: ActivityKind) -> Result<i64, SetupError> {
    match read_write(&crm.call(&request::create_activity_type(kind)).await) {
        Outcome::Applied { id } => {
            let code = id.and_then(|id| id.parse().ok());
            code.ok_or_else(|| SetupError::NotAnswered(format!("no code for the activity type {}", kind.type_name())))
        }
        Outcome::NotApplied(refusal) => Err(refusal.into()),
        // The type may be there now: it is found by its name the next time.
        Outcome::Unknown { why } => Err(SetupError::NotAnswered(why)),
    }
}

/// The lead field for join links, found by its name or made; none where keys may not make fields: links then stand in the
/// activities alone.
async fn link_field(crm: &LeadSquared) -> Option<String> {
    let wanted = |fields: &[LeadField]| {
        let found = fields.iter().find(|field| field.schema.eq_ignore_ascii_case(JOIN_LINK_FIELD));
        found.map(|field| field.schema.clone())
    };
    let fields = read_lead_fields(&crm.call(&request::lead_fields()).await).ok()?;
    if let Some(name) = wanted(&fields) {
        return Some(name);
    }
    let made = read_write(&crm.call(&request::create_link_field()).await);
    if !matches!(made, Outcome::Applied { .. }) {
        tracing::warn!("LeadSquared makes no lead field for join links; they stand in the activities alone");
    }
    // Its name is LeadSquared's to give: it is read, not assumed.
    wanted(&read_lead_fields(&crm.call(&request::lead_fields()).await).ok()?)
}
