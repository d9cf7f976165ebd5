//! What set-up learns of a tenant's LeadSquared for its settings: which lead fields answers may go to and what they hold,
//! which users may own leads, which fields the activity types have. Only what the settings name is kept with them.

use super::{SetupError, create_type};
use crate::app::{Shared, StepError};
use crate::leadsquared::LeadSquared;
use crate::store::connection;
use connector_core::ids::{Email, TenantId, ZoomApp};
use connector_core::leadsquared::reply::{Outcome, read_write};
use connector_core::leadsquared::request;
use connector_core::leadsquared::setup::{read_activity_type, read_activity_types, read_lead_fields, read_users};
use connector_core::rules::task::Owner;
use connector_core::settings::mapping::{LeadField, title};
use connector_core::settings::registration::OwnerRule;
use connector_core::settings::{ACTIVITY_FIELDS, ActivityKind, Settings};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// How long the fields of an account are shown without being read again, in milliseconds.
pub const FRESH_MS: i64 = 10 * 60_000;
/// Accounts whose fields are kept in memory; with one more, all are forgotten.
const ACCOUNTS_MAX: usize = 128;
/// Users that are kept for the host rule.
const USERS_MAX: usize = 500;

/// Fields of accounts as they were read last. Only pages look here; what rules need is kept with the settings.
#[derive(Debug, Default)]
pub struct FieldCache(Mutex<HashMap<TenantId, Read>>);

/// The fields of one account, and when they were read, epoch milliseconds.
type Read = (i64, Arc<Vec<LeadField>>);

impl FieldCache {
    fn get(&self, tenant: &TenantId, now_ms: i64) -> Option<Arc<Vec<LeadField>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_ms, fields) = known.get(tenant)?;
        (now_ms - read_ms < FRESH_MS).then(|| Arc::clone(fields))
    }

    fn put(&self, tenant: &TenantId, now_ms: i64, fields: &Arc<Vec<LeadField>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ACCOUNTS_MAX {
            known.clear();
        }
        known.insert(tenant.clone(), (now_ms, Arc::clone(fields)));
    }
}

/// Whether fields that were read a little while ago will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// They will.
    Cached,
    /// They are read now.
    Anew,
}

/// The account's lead fields, as people choose among them.
///
/// # Errors
/// [`SetupError`].
pub async fn lead_fields(
    shared: &Shared,
    tenant: &TenantId,
    reading: Reading,
) -> Result<Arc<Vec<LeadField>>, SetupError> {
    let now_ms = shared.clock.now_ms();
    let known = match reading {
        Reading::Cached => shared.lead_fields.get(tenant, now_ms),
        Reading::Anew => None,
    };
    if let Some(known) = known {
        return Ok(known);
    }
    let crm = client(shared, tenant).await?;
    let fields = Arc::new(read_lead_fields(&crm.call(&request::lead_fields()).await)?);
    shared.lead_fields.put(tenant, now_ms, &fields);
    Ok(fields)
}

async fn client(shared: &Shared, tenant: &TenantId) -> Result<LeadSquared, SetupError> {
    shared.crm(tenant).await.map_err(|error| match error {
        StepError::Store(error) => error.into(),
        StepError::Key(error) => error.into(),
    })
}

/// Keeps of `fields` what the settings name, and forgets what they name no more. Answers the names that are not there.
pub(super) fn keep_fields(settings: &mut Settings, fields: &[LeadField]) -> Vec<String> {
    let wanted: BTreeSet<String> = settings.targets().filter_map(|target| target.lead.clone()).collect();
    let mut kept = BTreeMap::new();
    let mut missing = Vec::new();
    for schema in wanted {
        match fields.iter().find(|field| field.schema == schema) {
            Some(field) => {
                kept.insert(schema, field.clone());
            }
            None => missing.push(schema),
        }
    }
    settings.learned.lead_fields = kept;
    missing
}

/// Learns what `next` needs and `before` did not: asks LeadSquared only then.
///
/// # Errors
/// [`SetupError`]: LeadSquared does not answer, or has no such field.
pub(super) async fn for_settings(
    shared: &Shared,
    tenant: &TenantId,
    before: &Settings,
    next: &mut Settings,
) -> Result<(), SetupError> {
    learn_fields(shared, tenant, before, next).await?;
    learn_users(shared, tenant, next).await?;
    learn_activities(shared, tenant, before, next).await
}

/// Completes settings that are only tried: from what is known, and from the account's fields if they can be had. Nothing
/// is made in LeadSquared for it.
pub async fn prepare(shared: &Shared, tenant: &TenantId, before: &Settings, tried: &mut Settings) {
    tried.activity_codes.clone_from(&before.activity_codes);
    tried.learned.clone_from(&before.learned);
    if !tried.activity_codes.is_empty() {
        for kind in tried.activity_kinds().collect::<Vec<_>>() {
            // A type that saving would make has no code yet.
            tried.activity_codes.entry(kind).or_insert(0);
        }
    }
    match lead_fields(shared, tenant, Reading::Cached).await {
        Ok(fields) => {
            keep_fields(tried, &fields);
        }
        Err(error) => tracing::warn!(tenant = %tenant, %error, "settings are tried without the account's lead fields"),
    }
    if let Err(error) = learn_users(shared, tenant, tried).await {
        tracing::warn!(tenant = %tenant, %error, "settings are tried without the account's users");
    }
}

async fn learn_fields(
    shared: &Shared,
    tenant: &TenantId,
    before: &Settings,
    next: &mut Settings,
) -> Result<(), SetupError> {
    let named = |settings: &Settings| -> BTreeSet<String> {
        settings.targets().filter_map(|target| target.lead.clone()).collect()
    };
    let (old, new) = (named(before), named(next));
    let known: BTreeSet<String> = next.learned.lead_fields.keys().cloned().collect();
    let unknown: Vec<&String> = new.difference(&known).collect();
    if unknown.is_empty() {
        next.learned.lead_fields.retain(|schema, _| new.contains(schema));
        return Ok(());
    }
    let asked_for_anew = unknown.iter().any(|schema| !old.contains(*schema));
    match lead_fields(shared, tenant, Reading::Cached).await {
        Ok(fields) => {
            let missing = keep_fields(next, &fields);
            // What was mapped before stays, so that other settings can be changed: only what is new is refused.
            match missing.into_iter().find(|schema| !old.contains(schema)) {
                Some(schema) => Err(SetupError::NoField(schema)),
                None => Ok(()),
            }
        }
        Err(error) if asked_for_anew => Err(error),
        Err(error) => {
            tracing::warn!(tenant = %tenant, %error, "the lead fields could not be read; texts are cut at 200 characters");
            Ok(())
        }
    }
}

async fn learn_users(shared: &Shared, tenant: &TenantId, next: &mut Settings) -> Result<(), SetupError> {
    let rules = &next.registration.owner;
    let named: BTreeSet<_> = match &rules.rule {
        OwnerRule::Nobody => BTreeSet::new(),
        OwnerRule::User(email) => BTreeSet::from([email.clone()]),
        OwnerRule::Host => rules.hosts.values().cloned().collect(),
    };
    let tasks_to_hosts = next.rules.iter().any(|rule| rule.on && rule.owner == Owner::Host);
    let hosts_are_users = rules.rule == OwnerRule::Host || tasks_to_hosts;
    let hosts_known = !next.learned.zoom_users.is_empty();
    if hosts_are_users {
        next.learned.zoom_users = signed_in(shared, tenant).await?;
    }
    if named.iter().all(|email| next.learned.users.contains_key(email))
        && (!hosts_are_users || (hosts_known && !next.learned.users.is_empty()))
    {
        return Ok(());
    }
    let crm = client(shared, tenant).await?;
    let users: BTreeMap<_, _> = read_users(&crm.call(&request::users()).await)?.into_iter().collect();
    if let Some(missing) = named.iter().find(|email| !users.contains_key(*email)) {
        return Err(SetupError::NoUser(missing.as_str().to_owned()));
    }
    let wanted = users.into_iter().filter(|(email, _)| hosts_are_users || named.contains(email));
    next.learned.users = wanted.take(USERS_MAX).collect();
    Ok(())
}

/// Zoom users who signed in here, with their address: the only hosts of whom Zoom tells one without being asked.
async fn signed_in(shared: &Shared, tenant: &TenantId) -> Result<BTreeMap<String, Email>, SetupError> {
    let owned = tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let webinars = connection::latest(unit, &owned, ZoomApp::Webinars).await?;
            Ok([connection::latest(unit, &owned, ZoomApp::Meetings).await?, webinars])
        })
    });
    let rows = read.await?.into_iter().flatten();
    Ok(rows.filter_map(|row| Some((row.zoom_user, Email::parse(&row.email?)?))).collect())
}

/// Fields of the registration activity that answers go to, with the words they get there.
fn activity_targets(settings: &Settings) -> BTreeMap<String, String> {
    let standard = settings.registration_fields.iter().map(|(zoom, target)| (title(zoom), target));
    let questions = settings.custom_questions.iter().map(|(title, target)| (title.as_str(), target));
    let source = std::iter::once(("Tracking source", &settings.registration.source.field));
    let all = standard.chain(questions).chain(source);
    all.filter_map(|(title, target)| Some((target.activity.clone()?, title.to_owned())))
        .filter(|(schema, _)| !ACTIVITY_FIELDS.iter().any(|(own, _)| own == schema))
        .collect()
}

async fn learn_activities(
    shared: &Shared,
    tenant: &TenantId,
    before: &Settings,
    next: &mut Settings,
) -> Result<(), SetupError> {
    let missing: Vec<ActivityKind> =
        next.activity_kinds().filter(|kind| !next.activity_codes.contains_key(kind)).collect();
    let (old, new) = (activity_targets(before), activity_targets(next));
    let is_set_up = !next.activity_codes.is_empty();
    if !is_set_up || (missing.is_empty() && new.keys().all(|schema| old.contains_key(schema))) {
        return Ok(());
    }
    let crm = client(shared, tenant).await?;
    if !missing.is_empty() {
        let existing = read_activity_types(&crm.call(&request::activity_types()).await)?;
        for kind in missing {
            let found = existing.iter().find(|(name, _)| name == kind.type_name()).map(|(_, code)| *code);
            let code = match found {
                Some(code) => code,
                None => create_type(&crm, kind).await?,
            };
            next.activity_codes.insert(kind, code);
        }
    }
    match next.activity_codes.get(&ActivityKind::WebinarRegistered) {
        Some(code) => complete_type(&crm, *code, &new).await,
        None => Ok(()),
    }
}

/// Makes sure that an activity type has our own fields, and those of `more` (schema name → name for people).
pub(super) async fn complete_type(
    crm: &LeadSquared,
    code: i64,
    more: &BTreeMap<String, String>,
) -> Result<(), SetupError> {
    let kind = read_activity_type(&crm.call(&request::activity_type(code)).await)?;
    let own = ACTIVITY_FIELDS.iter().map(|(schema, name)| ((*schema).to_owned(), (*name).to_owned()));
    let more = more.iter().map(|(schema, name)| (schema.clone(), name.clone()));
    let is_missing = |schema: &String| !kind.fields.iter().any(|(known, _)| known == schema);
    let added: Vec<(String, String)> = own.chain(more).filter(|(schema, _)| is_missing(schema)).collect();
    if added.is_empty() {
        return Ok(());
    }
    match read_write(&crm.call(&request::update_activity_type(&kind, &added)).await) {
        Outcome::Applied { .. } => Ok(()),
        Outcome::NotApplied(refusal) => Err(refusal.into()),
        // Some accounts answer without an id, and an answer may be lost: what the type has now decides.
        Outcome::Unknown { why } => {
            let now = read_activity_type(&crm.call(&request::activity_type(code)).await)?;
            let has = |schema: &String| now.fields.iter().any(|(known, _)| known == schema);
            if added.iter().all(|(schema, _)| has(schema)) { Ok(()) } else { Err(SetupError::NotAnswered(why)) }
        }
    }
}
