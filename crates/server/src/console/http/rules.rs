//! A tenant's rules: the lists, moving and switching one, the form of one, days and zone. What is wrong with a rule is the core's
//! decision; `rule_form` turns rules into forms and forms into rules.

use super::super::frame::Place;
use super::super::rules::{DayChoice, EditRule, Group, Part, Rules};
use super::super::schedule::Field;
use super::rule_form::{self, RuleForm, Typed};
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, address, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::problem::Problem;
use crate::setup::{self, SetupError};
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::rules::due::Weekday;
use connector_core::rules::refusal::WrongRule;
use connector_core::settings::{Settings, Versioned};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A place of this list, as an address says it.
fn parse_place(part: &str, place: &str, settings: &Settings) -> Result<(Part, Option<usize>), Failure> {
    let part = Part::ALL.into_iter().find(|known| known.path() == part).ok_or_else(|| Problem::not_found("page"))?;
    if place == "new" {
        return Ok((part, None));
    }
    let length = match part {
        Part::Tasks => settings.rules.len(),
        Part::Filters => settings.filters.len(),
        Part::Fields => settings.computed_fields.len(),
    };
    let place: Option<usize> = place.parse().ok().filter(|place| *place < length);
    Ok((part, Some(place.ok_or_else(|| Problem::not_found("rule"))?)))
}

async fn current(shared: &Shared, tenant: &TenantRow) -> Result<Versioned, Failure> {
    let id = tenant.tenant.clone();
    Ok(shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?)
}

fn list_address(tenant: &TenantRow) -> String {
    format!("/t/{}/rules", tenant.tenant)
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow, shown: &Versioned) -> Result<Rules, Failure> {
    let settings = &shown.settings;
    let group = |part: Part| Group { part, lines: rule_form::lines(part, settings) };
    let days = Weekday::ALL.map(|day| DayChoice {
        name: day.as_str(),
        title: day.title(),
        on: settings.working_days.contains(&day),
    });
    Ok(Rules {
        frame: frame(shared, who, ("Rules", Place::Rules), Some(tenant)).await?,
        version: shown.version,
        groups: Part::ALL.map(group).to_vec(),
        zone: Field { value: settings.time_zone.clone().unwrap_or_default(), refusal: String::new() },
        days: days.to_vec(),
        refusal: None,
    })
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant, &current(&shared, &tenant).await?).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// Saves, and goes back to the lists; what keeps it from being saved is the other answer.
async fn save(
    shared: &Shared,
    (tenant, actor): (&TenantRow, &str),
    next: Versioned,
    done: &str,
) -> Result<Response, SetupError> {
    setup::save_settings_after(shared, &tenant.tenant, next.version, next.settings, actor).await?;
    shared.wakes.courier.wake();
    Ok(see(&address(&list_address(tenant), &[("done", done)])))
}

/// The form that changes one rule of a list without opening it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeForm {
    #[serde(default)]
    form_token: String,
    version: i64,
    part: String,
    place: String,
    change: String,
}

pub(super) async fn change(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<ChangeForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut next = current(&shared, &tenant).await?;
    if next.version != form.version {
        return lists_refused(&shared, (&who, &tenant), &next, SetupError::ChangedMeanwhile.to_string()).await;
    }
    let (part, place) = parse_place(&form.part, &form.place, &next.settings)?;
    let place = place.ok_or_else(|| Problem::not_found("rule"))?;
    let done = rule_form::changed(part, place, &form.change, &mut next.settings)
        .ok_or_else(|| Problem::bad_request("This form could not be read. Load the page again."))?;
    let shown = next.clone();
    match save(&shared, (&tenant, who.actor()), next, done).await {
        Ok(response) => Ok(response),
        Err(error) => lists_refused(&shared, (&who, &tenant), &shown, error.to_string()).await,
    }
}

async fn lists_refused(
    shared: &Shared,
    (who, tenant): (&Admin, &TenantRow),
    shown: &Versioned,
    sentence: String,
) -> Page {
    let page = Rules { refusal: Some(sentence), ..view(shared, who, tenant, shown).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// The form of days and zone: a field for each day that is chosen.
pub(super) async fn days(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<BTreeMap<String, String>>,
) -> Page {
    let field = |name: &str| form.get(name).map(|value| value.trim()).unwrap_or_default();
    who.check(field("form_token"))?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut next = current(&shared, &tenant).await?;
    next.version = field("version").parse().unwrap_or(-1);
    next.settings.time_zone = Some(field("zone").to_owned()).filter(|zone| !zone.is_empty());
    next.settings.working_days = Weekday::ALL.into_iter().filter(|day| !field(day.as_str()).is_empty()).collect();
    let shown = next.clone();
    match save(&shared, (&tenant, who.actor()), next, "rule-saved").await {
        Ok(response) => Ok(response),
        Err(SetupError::Rule(wrong)) if wrong.path == "time_zone" => {
            let mut page = view(&shared, &who, &tenant, &shown).await?;
            page.zone.refusal = wrong.sentence.clone();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
        Err(error) => lists_refused(&shared, (&who, &tenant), &shown, error.to_string()).await,
    }
}

/// One rule in its form.
async fn form_of(
    shared: &Shared,
    (who, tenant): (&Admin, &TenantRow),
    (part, place): (Part, Option<usize>),
    (version, typed): (i64, &Typed),
    settings: &Settings,
) -> Result<EditRule, Failure> {
    Ok(EditRule {
        frame: frame(shared, who, ("Rules", Place::Rules), Some(tenant)).await?,
        part,
        place: place.map_or_else(|| "new".to_owned(), |place| place.to_string()),
        version,
        inputs: rule_form::inputs(part, typed, settings),
        refusal: None,
    })
}

pub(super) async fn edit(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, part, place)): Path<(String, String, String)>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let shown = current(&shared, &tenant).await?;
    let (part, place) = parse_place(&part, &place, &shown.settings)?;
    let form = rule_form::form(part, place, &shown.settings);
    let typed = Typed { form, wrong: Vec::new() };
    Ok(show(&form_of(&shared, (&who, &tenant), (part, place), (shown.version, &typed), &shown.settings).await?))
}

pub(super) async fn edited(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, part, place)): Path<(String, String, String)>,
    Fields(form): Fields<RuleForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let known = current(&shared, &tenant).await?;
    let (part, place) = parse_place(&part, &place, &known.settings)?;
    let version = form.version;
    let mut typed = Typed { form, wrong: Vec::new() };
    let mut refusal = None;
    match rule_form::applied((part, place), &typed.form, &known.settings, crate::dice::id(shared.clock.now_ms())) {
        Err(wrong) => typed.wrong = wrong,
        Ok((settings, at)) => {
            let next = Versioned { version, settings };
            match save(&shared, (&tenant, who.actor()), next, "rule-saved").await {
                Ok(response) => return Ok(response),
                Err(SetupError::Rule(wrong)) => refusal = note(&mut typed, *wrong, &at),
                Err(error) => refusal = Some(error.to_string()),
            }
        }
    }
    let page = form_of(&shared, (&who, &tenant), (part, place), (version, &typed), &known.settings).await?;
    let general = || "Please correct what is marked below; nothing was saved.".to_owned();
    let page = EditRule { refusal: refusal.or_else(|| Some(general())), ..page };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// Puts what is wrong where it was typed; answers the sentence where it is wrong elsewhere.
fn note(typed: &mut Typed, wrong: WrongRule, at: &str) -> Option<String> {
    match wrong.path.strip_prefix(at).map(|field| field.trim_start_matches('.').to_owned()) {
        Some(field) if !field.is_empty() => {
            typed.wrong.push((field, wrong.sentence, wrong.place));
            None
        }
        Some(_) | None => Some(wrong.to_string()),
    }
}
