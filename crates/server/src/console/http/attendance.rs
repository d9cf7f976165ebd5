//! What is made of attendance, on the tab of webinars: shown, and saved as a new version of the settings.

use super::super::configure::{AttendanceFields, Tab};
use super::super::schedule::Field;
use super::configure::{tab_address, view};
use super::mapping::{Form, choices, chosen};
use super::session::Admin;
use super::{Failure, Fields, Page, address, see, show, tenant_of};
use crate::app::Shared;
use crate::problem::Problem;
use crate::setup::{self, SetupError};
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::ids::TenantId;
use connector_core::settings::attendance::{Filled, Unit, Wrong, take};
use connector_core::settings::{AttendanceTold, Settings, Versioned};

/// How attendance is told.
const TOLD: &[(&str, &str, AttendanceTold)] = &[
    ("as_it_happens", "Joined and left, as it happens", AttendanceTold::AsItHappens),
    ("one_activity", "One activity for each person and webinar", AttendanceTold::OneActivity),
    ("both", "Both", AttendanceTold::Both),
];
/// What the threshold counts.
const UNIT: &[(&str, &str, Unit)] =
    &[("minutes", "minutes", Unit::Minutes), ("percent", "per cent of the webinar", Unit::Percent)];
/// What is switched on or off.
const SWITCH: &[(&str, &str, bool)] = &[("yes", "Yes", true), ("no", "No", false)];

/// The settings in force.
pub(super) async fn in_force(shared: &Shared, tenant: &TenantId) -> Result<Versioned, Failure> {
    let owned = tenant.clone();
    Ok(shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &owned).await })).await?)
}

/// The fields of settings that were read at `version`.
pub(super) fn shown(version: i64, settings: &Settings) -> AttendanceFields {
    let rule = &settings.attendance;
    let (threshold, unit) = rule.threshold.parts();
    let plain = |number: i64| Field { value: number.to_string(), refusal: String::new() };
    AttendanceFields {
        version,
        refusal: None,
        told: choices(TOLD, rule.told),
        threshold: plain(threshold),
        unit: choices(UNIT, unit),
        read_after_end: choices(SWITCH, rule.read_after_end),
        grace_min: plain(rule.grace_min),
        no_shows: choices(SWITCH, rule.no_shows),
        recording_links: choices(SWITCH, rule.recording_links),
        guests: choices(SWITCH, settings.attendees_become_leads),
    }
}

/// The settings as the form changes them, with what was typed and what has to be mended.
fn edited(settings: &Settings, form: &Form) -> Result<(Settings, Filled, Wrong), String> {
    let typed = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let filled = Filled {
        told: chosen(TOLD, form, "told")?,
        threshold: typed("threshold"),
        unit: chosen(UNIT, form, "unit")?,
        grace_min: typed("grace_min"),
    };
    let mut edited = settings.clone();
    edited.attendance.read_after_end = chosen(SWITCH, form, "read_after_end")?;
    edited.attendance.no_shows = chosen(SWITCH, form, "no_shows")?;
    edited.attendance.recording_links = chosen(SWITCH, form, "recording_links")?;
    edited.attendees_become_leads = chosen(SWITCH, form, "guests")?;
    let wrong = match take(&filled, &edited.attendance) {
        Ok(rule) => {
            edited.attendance = rule;
            Wrong::default()
        }
        Err(wrong) => wrong,
    };
    Ok((edited, filled, wrong))
}

/// What a form of settings is about: the tenant, the settings in force, and the version that the form was read at.
pub(super) async fn opened(
    shared: &Shared,
    who: &Admin,
    tenant: &str,
    form: &Form,
) -> Result<(TenantRow, Versioned, i64), Failure> {
    who.check(form.get("form_token").map_or("", String::as_str))?;
    let tenant = tenant_of(shared, who, tenant).await?;
    let current = in_force(shared, &tenant.tenant).await?;
    let read_at = form.get("version").and_then(|version| version.parse().ok());
    let read_at = read_at.ok_or_else(|| Problem::bad_request("This form could not be read. Load the page again."))?;
    Ok((tenant, current, read_at))
}

pub(super) async fn save(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<Form>,
) -> Page {
    let (tenant, current, read_at) = opened(&shared, &who, &tenant, &form).await?;
    let unreadable = |sentence: String| Failure::from(Problem::bad_request(sentence));
    let (settings, filled, wrong) = edited(&current.settings, &form).map_err(unreadable)?;
    let refusal = if wrong == Wrong::default() {
        match setup::save_settings_after(&shared, &tenant.tenant, read_at, settings.clone(), who.actor()).await {
            Ok(_) => {
                let to = tab_address(&tenant.tenant, Tab::WebinarSettings);
                return Ok(see(&address(&to, &[("done", "settings")])));
            }
            Err(error @ SetupError::Store(_)) => return Err(error.into()),
            Err(error) => error.to_string(),
        }
    } else {
        "Please correct what is marked below.".to_owned()
    };
    let mut page = view(&shared, &who, &tenant, Tab::WebinarSettings).await?;
    page.attendance = Some(AttendanceFields {
        refusal: Some(refusal),
        told: choices(TOLD, filled.told),
        threshold: Field { value: filled.threshold, refusal: wrong.threshold },
        unit: choices(UNIT, filled.unit),
        grace_min: Field { value: filled.grace_min, refusal: wrong.grace_min },
        ..shown(read_at, &settings)
    });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}
