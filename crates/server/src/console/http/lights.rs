//! Whether an event that is to come is ready: what is known is read here, the core says what it means, and each light leads to where it is
//! mended.

use super::super::events::{ComingEvent, LightLine};
use super::super::part::{Pill, Tone};
use super::events::{Seen, line, to_come};
use super::health::SignedIn;
use crate::store::calendar_list::{self, CalendarRow, Filter};
use crate::store::connection::ConnectionRow;
use crate::store::guests::{self, At, Part};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, connection, settings};
use connector_core::calendar::lights::{About, Glow, Known, Licence, Light, SignIn, lights};
use connector_core::delivery::limiter::DAY_RESERVE_PERCENT;
use connector_core::fact::RegistrationState;
use connector_core::ids::{Kind, ZoomApp};
use connector_core::settings::Settings;
use connector_core::zoom::reply::Licences;
use std::collections::BTreeSet;

/// Events that are shown at home.
const COMING_ROWS: usize = 5;
/// Entries that are looked through for them.
const LOOKED_AT: i64 = 20;
/// Registrations whose answers are looked at.
const ANSWERS_FROM: usize = 50;

/// The next events with their lights.
pub(super) async fn coming(unit: &mut Unit, seen: Seen<'_>) -> Result<Vec<ComingEvent>, StoreError> {
    let filter = Filter { from_ms: seen.now_ms, limit: LOOKED_AT, ..Filter::default() };
    let mut rows = calendar_list::page(unit, &seen.tenant.tenant, &filter).await?;
    rows.retain(|row| to_come(row, seen.now_ms));
    let mut coming = Vec::new();
    for row in rows.iter().take(COMING_ROWS) {
        let lights = of(unit, seen.tenant, row).await?;
        let wanting = lights.iter().filter(|light| matches!(light.pill.tone, Tone::Bad | Tone::Wait)).cloned();
        coming.push(ComingEvent { line: line(row, seen), wanting: wanting.collect(), lights });
    }
    Ok(coming)
}

/// The lights of an event that is to come.
pub(super) async fn of(unit: &mut Unit, tenant: &TenantRow, row: &CalendarRow) -> Result<Vec<LightLine>, StoreError> {
    let app = match row.entry.kind {
        Kind::Meeting => ZoomApp::Meetings,
        Kind::Webinar => ZoomApp::Webinars,
    };
    let latest = connection::latest(unit, &tenant.tenant, app).await?;
    let settings = settings::current(unit, &tenant.tenant).await?.settings;
    let parts = guests::parts(unit, &tenant.tenant, (&row.entry.series.0, &At::first()), ANSWERS_FROM).await?;
    let registrations: Vec<RegistrationState> = parts
        .into_iter()
        .filter_map(|(_, part)| match part {
            Part::Registration(registration) => Some(*registration),
            Part::Attendance(_) => None,
        })
        .collect();
    let (answered, unmapped) = questions(&settings, &registrations);
    let sampled = i64::try_from(registrations.len()).unwrap_or(0);
    let known = Known {
        kind: row.entry.kind,
        sign_in: sign_in(tenant, latest.as_ref()),
        registered: (row.numbers.registered + row.numbers.pending).max(if row.counted_ms.is_none() {
            sampled
        } else {
            0
        }),
        unmapped,
        answered,
        licence: licence(row, latest.as_ref()),
        calls_per_day: settings
            .plan
            .calls_per_day
            .map(|calls| i64::from(calls) * (100 - i64::from(DAY_RESERVE_PERCENT)) / 100),
        rows_per_call: i64::try_from(settings.plan.activities_per_call).unwrap_or(1),
    };
    Ok(lights(&known).into_iter().map(|light| shown(light, tenant, app)).collect())
}

fn sign_in(tenant: &TenantRow, latest: Option<&ConnectionRow>) -> SignIn {
    match (SignedIn::of(latest), &tenant.paused) {
        (SignedIn::No, _) => SignIn::Missing,
        (SignedIn::Broken | SignedIn::OwnAppBroken | SignedIn::TakenOver | SignedIn::Removed, _) => SignIn::Broken,
        (SignedIn::Yes, Some(_)) => SignIn::Paused,
        (SignedIn::Yes, None) => SignIn::Works,
    }
}

/// Zoom was asked about whoever signed in: of other hosts nothing is known.
fn licence(row: &CalendarRow, latest: Option<&ConnectionRow>) -> Licence {
    let Some(latest) = latest.filter(|latest| latest.ended_ms.is_none()) else { return Licence::NotAsked };
    let email = latest.email.as_deref().unwrap_or_default();
    if row.entry.host.is_empty() || !email.eq_ignore_ascii_case(&row.entry.host) {
        return Licence::NotAsked;
    }
    let found: Option<Licences> = serde_json::from_str(&latest.licences).unwrap_or(None);
    match (found, row.entry.kind) {
        (None, _) => Licence::NotAsked,
        (Some(found), Kind::Meeting) => Licence::There(found.meeting_capacity),
        (Some(found), Kind::Webinar) if found.webinar => Licence::There(found.webinar_capacity),
        (Some(_), Kind::Webinar) => Licence::Missing,
    }
}

/// How many questions were answered, and which of them go nowhere.
fn questions(settings: &Settings, registrations: &[RegistrationState]) -> (usize, Vec<String>) {
    let mut answered: BTreeSet<(bool, &str)> = BTreeSet::new();
    for registration in registrations {
        let given = |answer: &str| !answer.trim().is_empty();
        answered.extend(registration.answers.iter().filter(|(_, a)| given(a)).map(|(name, _)| (false, name.as_str())));
        let custom = registration.custom_questions.iter().filter(|(_, answer)| given(answer));
        answered.extend(custom.map(|(title, _)| (true, title.as_str())));
    }
    let goes = |(custom, name): &&(bool, &str)| {
        let targets = if *custom { &settings.custom_questions } else { &settings.registration_fields };
        !targets.contains_key(*name)
    };
    let unmapped = answered.iter().filter(goes).map(|(_, name)| (*name).to_owned()).collect();
    (answered.len(), unmapped)
}

fn shown(light: Light, tenant: &TenantRow, app: ZoomApp) -> LightLine {
    let tab = match app {
        ZoomApp::Meetings => "authentication",
        ZoomApp::Webinars => "webinar-settings",
    };
    let (word, place) = match light.about {
        About::Connection if tenant.paused.is_some() => ("Connection", Some("leadsquared".to_owned())),
        About::Connection | About::Host => {
            (if light.about == About::Host { "Host" } else { "Connection" }, Some(format!("configure/{tab}")))
        }
        About::Registration => ("Registration", None),
        About::Questions => ("Questions", Some("registrations".to_owned())),
        About::Quota => ("Daily limit", Some("leadsquared".to_owned())),
    };
    let (tone, stands) = match light.glow {
        Glow::Good => (Tone::Good, "well"),
        Glow::Attention => (Tone::Wait, "wants attention"),
        Glow::Bad => (Tone::Bad, "in the way"),
        Glow::Unknown => (Tone::Quiet, "not known"),
        Glow::NotNeeded => (Tone::Quiet, "not needed"),
    };
    let mends = matches!(light.glow, Glow::Attention | Glow::Bad);
    LightLine {
        pill: Pill::new(tone, word),
        stands: stands.to_owned(),
        sentence: light.sentence,
        repair: place.filter(|_| mends).map(|place| format!("/t/{}/{place}", tenant.tenant)),
    }
}
