//! Settings that are not in force yet, tried on what was recorded: the last webinar's notifications are read from the
//! journal and run through the core's rules once more. Nothing is written, nothing is sent.

use crate::app::Shared;
use crate::setup::{SetupError, learn};
use crate::store::journal::{self, Filter};
use crate::store::settings;
use connector_core::fact::TenantKeys;
use connector_core::ids::{MeetingNumber, TenantId, ZoomApp};
use connector_core::redact::mask::Sight;
use connector_core::rehearsal::{self, Comparison, Picture, registrant_of, webinar_of};
use connector_core::settings::{Settings, Versioned};
use connector_core::translate::{self, Notification, Source};
use std::collections::BTreeSet;

/// Notifications that are looked through for the last webinar's, newest first.
pub const LOOKED_MAX: i64 = 5_000;
/// Notifications of the webinar that are run at most, its newest.
pub const RECORDED_MAX: usize = 2_000;
/// Notifications read at once.
const PAGE_ROWS: i64 = 500;
/// Registrants that are offered for a preview at most, the latest.
pub const REGISTRANTS_MAX: usize = 100;

/// What was recorded of a webinar.
#[derive(Debug)]
pub struct Recorded {
    /// Its number.
    pub number: MeetingNumber,
    /// Its title, if told.
    pub topic: Option<String>,
    /// The notifications, in the order in which they came.
    pub notifications: Vec<Notification>,
    /// Whether there were more than are looked at or run.
    pub cut: bool,
}

impl Recorded {
    /// Addresses of who registered, the latest first.
    #[must_use]
    pub fn registrants(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let latest = self.notifications.iter().rev().filter_map(registrant_of);
        latest.filter(|email| seen.insert(*email)).take(REGISTRANTS_MAX).map(str::to_owned).collect()
    }
}

/// A comparison of edited settings with those in force.
#[derive(Debug)]
pub struct Rehearsed {
    /// What it was run on.
    pub recorded: Recorded,
    /// What would change.
    pub comparison: Comparison,
}

/// What one registrant would become under edited settings.
#[derive(Debug)]
pub struct Preview {
    /// Whose registration it is.
    pub registrant: String,
    /// Everything that would stand in LeadSquared about them.
    pub pictures: Vec<Picture>,
    /// Who else registered, the latest first.
    pub registrants: Vec<String>,
    /// The webinar's title, if told.
    pub topic: Option<String>,
}

/// The registrants that somebody of that sight chooses from. Masked they could not be told apart: there is only the latest then.
#[must_use]
pub fn offered(mut registrants: Vec<String>, sight: Sight) -> Vec<String> {
    if sight.is_masked() {
        registrants.truncate(1);
    }
    registrants
}

/// The last webinar that the journal knows of; `None` before the first.
///
/// # Errors
/// [`SetupError`] when the store fails.
pub async fn last_webinar(shared: &Shared, tenant: &TenantId) -> Result<Option<Recorded>, SetupError> {
    let mut found: Option<Recorded> = None;
    let mut before: Option<String> = None;
    let (mut looked, mut all_seen) = (0, false);
    while looked < LOOKED_MAX && !all_seen && found.as_ref().is_none_or(|recorded| !recorded.cut) {
        let filter = Filter { before: before.clone(), limit: PAGE_ROWS, ..Filter::default() };
        let owned = tenant.clone();
        let read = shared.store.read(move |unit| Box::pin(async move { journal::page(unit, &owned, &filter).await }));
        let rows = read.await?;
        let rows_read = i64::try_from(rows.len()).unwrap_or(PAGE_ROWS);
        looked += rows_read;
        all_seen = rows_read < PAGE_ROWS;
        before = rows.last().map(|row| row.id.clone());
        let told = [Source::Zoom(ZoomApp::Webinars), Source::Legacy];
        for (source, row) in
            rows.into_iter().filter_map(|row| Some((*told.iter().find(|one| one.as_str() == row.source)?, row)))
        {
            let read = translate::read(source, &row.body, row.received_ms);
            if let Ok(notification) = read {
                take(&mut found, notification);
            }
        }
    }
    if let Some(recorded) = &mut found {
        recorded.cut |= !all_seen;
        recorded.notifications.reverse();
    }
    Ok(found)
}

/// Takes a notification in that is older than those before it, if it is about the same webinar.
fn take(found: &mut Option<Recorded>, notification: Notification) {
    let Some((number, topic)) = webinar_of(&notification) else { return };
    let topic = topic.map(str::to_owned);
    let recorded = found.get_or_insert_with(|| Recorded { number, topic: None, notifications: Vec::new(), cut: false });
    if recorded.number != number {
        return;
    }
    if recorded.notifications.len() >= RECORDED_MAX {
        recorded.cut = true;
        return;
    }
    recorded.topic = recorded.topic.take().or(topic);
    recorded.notifications.push(notification);
}

async fn present(shared: &Shared, tenant: &TenantId) -> Result<(TenantKeys, Versioned), SetupError> {
    let keys = shared.keys.of(&shared.store, tenant).await?.tenant_keys();
    let owned = tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &owned).await }));
    Ok((keys, read.await?))
}

async fn tried(shared: &Shared, tenant: &TenantId, present: &Versioned, mut edited: Settings) -> Versioned {
    learn::prepare(shared, tenant, &present.settings, &mut edited).await;
    Versioned { version: present.version + 1, settings: edited }
}

/// Runs the last webinar under the edited settings, and compares; `None` where no webinar was recorded yet.
///
/// # Errors
/// [`SetupError`] when the store fails.
pub async fn rehearse(shared: &Shared, tenant: &TenantId, edited: Settings) -> Result<Option<Rehearsed>, SetupError> {
    let Some(recorded) = last_webinar(shared, tenant).await? else { return Ok(None) };
    let (keys, present) = present(shared, tenant).await?;
    let edited = tried(shared, tenant, &present, edited).await;
    let comparison = rehearsal::compare(&keys, &present, &edited, &recorded.notifications);
    Ok(Some(Rehearsed { recorded, comparison }))
}

/// What a registrant of the last webinar would become under the edited settings: the one chosen, or the latest.
///
/// # Errors
/// [`SetupError`] when the store fails.
pub async fn preview(
    shared: &Shared,
    tenant: &TenantId,
    edited: Settings,
    chosen: Option<&str>,
) -> Result<Option<Preview>, SetupError> {
    let Some(recorded) = last_webinar(shared, tenant).await? else { return Ok(None) };
    let registrants = recorded.registrants();
    let chosen = chosen.filter(|chosen| registrants.iter().any(|one| one == chosen));
    let Some(registrant) = chosen.map(str::to_owned).or_else(|| registrants.first().cloned()) else { return Ok(None) };
    let (keys, present) = present(shared, tenant).await?;
    let edited = tried(shared, tenant, &present, edited).await;
    let pictures = rehearsal::run(&keys, &edited, &recorded.notifications);
    let pictures = pictures.into_iter().filter(|picture| picture.who == registrant).collect();
    Ok(Some(Preview { registrant, pictures, registrants, topic: recorded.topic }))
}
