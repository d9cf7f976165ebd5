//! The page of registrations: shown, saved, looked at on a registrant, and tried on the last webinar.

use super::super::frame::Place;
use super::super::registrations::{
    AnswerRow, DifferenceShown, OriginFields, PictureShown, PreviewShown, Registrations, StatusChoices, TallyShown,
    TrialShown,
};
use super::attendance::{in_force, opened};
use super::mapping::{self, CAPTURE, Form, MATCHING, OWNER, OwnerIs, PENDING, POLICY, TOLD, UNLISTED, choices};
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::rehearsal::{self, Preview, RECORDED_MAX, Recorded, Rehearsed};
use crate::setup::learn::{self, Reading};
use crate::setup::{self, SetupError};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::code::sentence;
use connector_core::redact::cover_links;
use connector_core::redact::mask::Sight;
use connector_core::rehearsal::{Difference, Made, NOTE, Picture, questions_of};
use connector_core::settings::mapping::{LeadField, REGISTRATION_FIELDS, Target};
use connector_core::settings::registration::OwnerRule;
use connector_core::settings::{ACTIVITY_FIELDS, Settings, Versioned};
use std::collections::BTreeSet;

/// Empty rows for new questions.
const NEW_ROWS: usize = 2;
/// Custom fields that an activity type may have (leadsquared.md § 2.5).
const ACTIVITY_FIELDS_MAX: usize = 50;
/// Differences that the page shows.
const DIFFERENCES_SHOWN: usize = 20;

/// What is shown beside the form.
#[derive(Default)]
struct Beside {
    refusal: Option<String>,
    preview: Option<PreviewShown>,
    trial: Option<TrialShown>,
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let current = in_force(&shared, &tenant.tenant).await?;
    let mut page = view(&shared, &who, &tenant, &current, Beside::default()).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// What a form sent: for whom, the settings as edited and the version they were read at, and who is to be shown.
struct Sent {
    tenant: TenantRow,
    read_at: i64,
    edited: Settings,
    registrant: Option<String>,
}

/// Reads a form; answers the page that says what to mend where it holds no settings.
async fn sent(shared: &Shared, who: &Admin, tenant: &str, form: &Form) -> Result<Sent, Response> {
    let (tenant, current, read_at) = opened(shared, who, tenant, form).await.map_err(IntoResponse::into_response)?;
    let registrant = form.get("registrant").cloned();
    match mapping::edited(&current.settings, form) {
        Ok(edited) => Ok(Sent { tenant, read_at, edited, registrant }),
        Err(sentence) => {
            let sent = Sent { tenant, read_at, edited: current.settings, registrant };
            Err(refused(shared, who, sent, sentence).await.unwrap_or_else(IntoResponse::into_response))
        }
    }
}

/// The page once more, with the form as it was filled.
async fn again(shared: &Shared, who: &Admin, sent: Sent, beside: Beside) -> Page {
    let status = if beside.refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = Versioned { version: sent.read_at, settings: sent.edited };
    Ok((status, show(&view(shared, who, &sent.tenant, &shown, beside).await?)).into_response())
}

async fn refused(shared: &Shared, who: &Admin, sent: Sent, sentence: String) -> Page {
    again(shared, who, sent, Beside { refusal: Some(sentence), ..Beside::default() }).await
}

pub(super) async fn save(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<Form>,
) -> Page {
    let sent = match sent(&shared, &who, &tenant, &form).await {
        Ok(sent) => sent,
        Err(response) => return Ok(response),
    };
    let id = sent.tenant.tenant.clone();
    match setup::save_settings_after(&shared, &id, sent.read_at, sent.edited.clone(), who.actor()).await {
        Ok(_) => {
            shared.wakes.courier.wake();
            Ok(see(&address(&format!("/t/{id}/registrations"), &[("done", "settings")])))
        }
        Err(error @ SetupError::Store(_)) => Err(error.into()),
        Err(error) => refused(&shared, &who, sent, error.to_string()).await,
    }
}

pub(super) async fn preview(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<Form>,
) -> Page {
    let sent = match sent(&shared, &who, &tenant, &form).await {
        Ok(sent) => sent,
        Err(response) => return Ok(response),
    };
    let sight = who.sight(&sent.tenant.tenant);
    // That somebody registered is told by nothing that a masked viewer may ask.
    let chosen = sent.registrant.as_deref().filter(|_| !sight.is_masked());
    let previewed = rehearsal::preview(&shared, &sent.tenant.tenant, sent.edited.clone(), chosen).await?;
    let fields = learn::lead_fields(&shared, &sent.tenant.tenant, Reading::Cached).await.unwrap_or_default();
    let preview = previewed.map(|preview| previewed_shown(preview, &fields, sight));
    again(&shared, &who, sent, Beside { preview, ..Beside::default() }).await
}

pub(super) async fn rehearse(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<Form>,
) -> Page {
    let sent = match sent(&shared, &who, &tenant, &form).await {
        Ok(sent) => sent,
        Err(response) => return Ok(response),
    };
    let sight = who.sight(&sent.tenant.tenant);
    let rehearsed = rehearsal::rehearse(&shared, &sent.tenant.tenant, sent.edited.clone()).await?;
    let trial = rehearsed.map(|rehearsed| rehearsed_shown(&rehearsed, sight));
    again(&shared, &who, sent, Beside { trial, ..Beside::default() }).await
}

/// Reads the lead fields again, for whoever changed them in LeadSquared.
pub(super) async fn read_fields(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let done = match setup::renew_fields(&shared, &tenant.tenant, who.actor()).await {
        Ok(()) => "fields",
        Err(error) => {
            tracing::warn!(tenant = %tenant.tenant, %error, "the lead fields could not be read");
            ""
        }
    };
    Ok(see(&address(&format!("/t/{}/registrations", tenant.tenant), &[("done", done)])))
}

async fn view(
    shared: &Shared,
    who: &Admin,
    tenant: &TenantRow,
    shown: &Versioned,
    beside: Beside,
) -> Result<Registrations, Failure> {
    let recorded = rehearsal::last_webinar(shared, &tenant.tenant).await?;
    let (fields, unread) = match learn::lead_fields(shared, &tenant.tenant, Reading::Cached).await {
        Ok(fields) => (fields.as_ref().clone(), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let settings = &shown.settings;
    let rules = &settings.registration;
    let mut lead_fields: Vec<(String, String)> = fields
        .iter()
        .filter(|field| field.schema != "EmailAddress")
        .map(|one| (one.schema.clone(), words(one)))
        .collect();
    lead_fields.sort_by_key(|one| one.1.to_lowercase());
    let told = |told| choices(TOLD, told);
    Ok(Registrations {
        frame: frame(shared, who, ("Registrations", Place::Configure), Some(tenant)).await?,
        version: shown.version,
        wish: crate::dice::token(),
        refusal: beside.refusal,
        unread,
        standard: standard_rows(settings, &fields),
        questions: question_rows(settings, &fields, recorded.as_ref()),
        lead_fields,
        activity_fields: (ACTIVITY_FIELDS.len() + 1..=ACTIVITY_FIELDS_MAX)
            .map(|place| format!("mx_Custom_{place}"))
            .collect(),
        capture: choices(CAPTURE, settings.capture),
        matching: choices(MATCHING, rules.matching),
        origin: origin(settings),
        status: StatusChoices {
            pending: choices(PENDING, rules.pending),
            approved: told(rules.changes.approved),
            denied: told(rules.changes.denied),
            cancelled: told(rules.changes.cancelled),
        },
        excluded: settings.excluded_domains.clone(),
        staff: settings.staff.clone(),
        registrants: recorded
            .as_ref()
            .map(|recorded| offered(recorded.registrants(), who.sight(&tenant.tenant)))
            .unwrap_or_default(),
        preview: beside.preview,
        trial: beside.trial,
    })
}

/// The registrants to choose from.
fn offered(registrants: Vec<String>, sight: Sight) -> Vec<String> {
    rehearsal::offered(registrants, sight).iter().map(|one| sight.person(one)).collect()
}

fn origin(settings: &Settings) -> OriginFields {
    let rules = &settings.registration;
    let pair = |left: &str, right: &str| format!("{left} = {right}");
    OriginFields {
        lead_source: settings.lead_source.clone(),
        unlisted: choices(UNLISTED, rules.source.unlisted),
        policy: choices(POLICY, rules.source.policy),
        by_tracking: rules.source.by_tracking.iter().map(|(told, source)| pair(told, source)).collect(),
        field: rules.source.field.lead.clone().unwrap_or_default(),
        owner: choices(OWNER, OwnerIs::of(&rules.owner.rule)),
        owner_user: match &rules.owner.rule {
            OwnerRule::User(email) => email.as_str().to_owned(),
            OwnerRule::Nobody | OwnerRule::Host => String::new(),
        },
        hosts: rules.owner.hosts.iter().map(|(host, user)| pair(host, user.as_str())).collect(),
    }
}

/// What a field holds, in words.
fn holds(field: &LeadField) -> String {
    let mut holds = format!("{}: {}", field.name, field.kind.words());
    if let Some(chars_max) = field.chars_max {
        holds.push_str(&format!(", {chars_max} characters"));
    }
    if !field.options.is_empty() {
        holds.push_str(&format!(", {} options", field.options.len()));
    }
    if field.unique {
        holds.push_str(", unique");
    }
    holds
}

fn words(field: &LeadField) -> String {
    let needed = if field.mandatory { ", mandatory" } else { "" };
    format!("{}{needed}", holds(field))
}

fn row(title: &str, target: &Target, fields: &[LeadField]) -> AnswerRow {
    let known = target.lead.as_ref().and_then(|lead| fields.iter().find(|field| field.schema == *lead));
    AnswerRow {
        title: title.to_owned(),
        lead: target.lead.clone().unwrap_or_default(),
        holds: known.map(holds).unwrap_or_default(),
        policy: choices(POLICY, target.policy),
        activity: target.activity.clone().unwrap_or_default(),
    }
}

fn standard_rows(settings: &Settings, fields: &[LeadField]) -> Vec<AnswerRow> {
    let none = Target::default();
    let target = |zoom: &str| settings.registration_fields.get(zoom).unwrap_or(&none);
    REGISTRATION_FIELDS.iter().map(|(zoom, title)| row(title, target(zoom), fields)).collect()
}

/// Mapped questions, then those of the last webinar that are not, then empty rows.
fn question_rows(settings: &Settings, fields: &[LeadField], recorded: Option<&Recorded>) -> Vec<AnswerRow> {
    let none = Target::default();
    let mapped = settings.custom_questions.keys().map(String::as_str);
    let asked: BTreeSet<&str> =
        recorded.into_iter().flat_map(|recorded| &recorded.notifications).flat_map(questions_of).collect();
    let new = asked.into_iter().filter(|title| !settings.custom_questions.contains_key(*title));
    let titles: Vec<&str> = mapped.chain(new).filter(|title| mapping::is_shown(title)).collect();
    let shown = titles.into_iter().take(mapping::QUESTIONS_MAX - NEW_ROWS);
    let rows = shown.map(|title| row(title, settings.custom_questions.get(title).unwrap_or(&none), fields));
    rows.chain((0..NEW_ROWS).map(|_| row("", &none, fields))).collect()
}

fn topic(topic: Option<String>) -> String {
    topic.unwrap_or_else(|| "(no topic)".to_owned())
}

/// A field by the name that people know it by.
fn named(schema: &str, fields: &[LeadField]) -> String {
    let own = ACTIVITY_FIELDS.iter().find(|(known, _)| *known == schema).map(|(_, name)| (*name).to_owned());
    let of_lead = || fields.iter().find(|field| field.schema == schema).map(|field| field.name.clone());
    own.or_else(of_lead).unwrap_or_else(|| schema.to_owned())
}

fn previewed_shown(preview: Preview, fields: &[LeadField], sight: Sight) -> PreviewShown {
    let picture = |mut picture: Picture| PictureShown {
        note: picture.fields.remove(NOTE).map(|note| sight.value(&cover_links(&note))).unwrap_or_default(),
        what: sight.text(&picture.what),
        held: picture.held.map(|code| sentence(code).to_owned()).unwrap_or_default(),
        fields: picture
            .fields
            .into_iter()
            .map(|(schema, value)| (named(&schema, fields), sight.value(&value)))
            .collect(),
    };
    PreviewShown {
        topic: sight.text(&topic(preview.topic)),
        registrant: sight.person(&preview.registrant),
        pictures: preview.pictures.into_iter().map(picture).collect(),
    }
}

fn rehearsed_shown(Rehearsed { recorded, comparison }: &Rehearsed, sight: Sight) -> TrialShown {
    let count = recorded.notifications.len();
    let cut = if recorded.cut { format!(", the newest {RECORDED_MAX} at most") } else { String::new() };
    let tallies = Made::ALL.into_iter().filter_map(|made| {
        let tally = comparison.tallies.get(&made)?;
        Some(TallyShown { kind: made.words(), counts: [tally.same, tally.changed, tally.new, tally.gone] })
    });
    TrialShown {
        topic: sight.text(&topic(recorded.topic.clone())),
        notifications: format!("{count} notifications{cut}"),
        tallies: tallies.collect(),
        differences: comparison
            .differences
            .iter()
            .take(DIFFERENCES_SHOWN)
            .filter_map(|one| difference_shown(one, sight))
            .collect(),
    }
}

fn difference_shown(difference: &Difference, sight: Sight) -> Option<DifferenceShown> {
    let picture = difference.after.as_ref().or(difference.before.as_ref())?;
    let how = match (&difference.before, &difference.after) {
        (Some(_), Some(_)) => "changed",
        (None, _) => "new",
        (_, None) => "gone",
    };
    let fields = match how {
        "changed" => difference.fields(),
        _ => Vec::new(),
    };
    let shown = |(name, before, after): (String, Option<String>, Option<String>)| {
        let value = |value: Option<String>| sight.value(&cover_links(&value.unwrap_or_default()));
        (name, value(before), value(after))
    };
    Some(DifferenceShown {
        how,
        what: sight.text(&picture.what),
        who: sight.person(&picture.who),
        fields: fields.into_iter().map(shown).collect(),
    })
}
