//! The guided way off the old JWT app. The operator's list of who is how far is in `moves`.

use super::super::frame::Place;
use super::super::migration::{CertificateCard, MigrationPage, OldAppCard, StepMark, TestLine};
use super::super::part::{Moment, Pill, Tone};
use super::delivery::lead_link;
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::connections::old_app::{self, NotSaved, OldApp};
use crate::migration::review::{self, NotInvited};
use crate::migration::{self, NotDone, View};
use crate::problem::Problem;
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::code::sentence;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::migration::{Act, CustomLogic, Parity, Step, Tick, Trial, Uses};
use serde::Deserialize;

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<MigrationPage, Failure> {
    let seen = migration::look(shared, &tenant.tenant).await?;
    let compared =
        if seen.step == Step::Review { compared(shared, &tenant.tenant, &seen).await? } else { String::new() };
    let frame = frame(shared, who, ("Migration", Place::Configure), Some(tenant)).await?;
    let (state, config) = (&seen.situation, &shared.config.migration);
    let moment = |at_ms: i64| Moment::new(at_ms, state.now_ms, &tenant.time_zone);
    let apps = seen.migration.uses.apps();
    let (signed_in, to_sign_in): (Vec<ZoomApp>, Vec<ZoomApp>) =
        apps.iter().copied().partition(|app| state.connected.contains(app));
    let ticks = |app: ZoomApp| state.ticks.iter().find(|(of, _)| *of == app).map_or(&[][..], |(_, ticks)| ticks);
    let test = apps.iter().map(|app| test_line(shared, &seen, (*app, ticks(*app))));
    Ok(MigrationPage {
        frame,
        step: seen.step,
        steps: Step::ALL.into_iter().map(|step| mark(step, &seen)).collect(),
        installed: seen.migration.installed.clone(),
        concerned: seen.migration.concerned(&config.installed_before),
        invitation: None,
        installed_before: day(&config.installed_before),
        refused_from: day(&config.refused_from),
        old_app: OldAppCard {
            on: seen.old_app.on,
            calls: seen.old_app.calls,
            address: format!("{}/zoom/legacy/{}/webhook", shared.config.public_url(), tenant.tenant),
            told: seen.old_app.told.0,
            last: seen.old_app.told.1.map(moment),
            since: seen.old_app.told_since_deactivated,
            account: String::new(),
        },
        to_sign_in: to_sign_in.into_iter().map(|app| (tab(app), kind(app))).collect(),
        signed_in: signed_in.into_iter().map(kind).collect(),
        code: seen.migration.test.as_ref().map(|test| test.code.clone()).unwrap_or_default(),
        test: test.collect(),
        is_tested: seen.migration.act(&Act::AcceptTest, state, "").is_ok(),
        test_lead: match &seen.test_lead {
            Some(lead) => (lead.email.clone(), lead.lead.as_ref().and_then(|lead| lead_link(tenant, lead))),
            None => (String::new(), None),
        },
        quiet: seen.migration.quiet_at_ms(state).map(moment),
        parity: numbers(state.parity),
        records: (state.written, state.doubled),
        changes: state.changes.clone(),
        compared,
        released: match &seen.migration.custom_logic {
            CustomLogic::Released { reviewer, reason, .. } => Some((reviewer.clone(), reason.clone())),
            CustomLogic::Absent | CustomLogic::Waits => None,
        },
        can_go_back: seen.migration.can_go_back(),
        certificate: seen.migration.certificate.as_ref().map(|certificate| CertificateCard {
            by: certificate.mark.by.clone(),
            at: moment(certificate.mark.at_ms).spelled_out(),
            began: moment(certificate.began_ms).spelled_out(),
            parity: numbers(certificate.parity),
            written: certificate.written,
            doubled: certificate.doubled,
            changes: certificate.changes.clone(),
        }),
        refusal: None,
    })
}

/// What the test of one app has shown; what was made for it is said where its test is under way or over.
fn test_line(shared: &Shared, seen: &View, (app, ticks): (ZoomApp, &[(Tick, bool)])) -> TestLine {
    let trial = seen.situation.trials.iter().find(|(of, _)| *of == app).map(|(_, trial)| trial);
    let over = seen.migration.tested.is_some();
    let (note, start) = match trial {
        Some(Trial::Stands { .. }) if over => ("It is being deleted in Zoom.".to_owned(), String::new()),
        // Whoever is done with it need not start it again.
        Some(Trial::Stands { .. }) if ticks.contains(&(Tick::Ended, true)) => Default::default(),
        Some(Trial::Stands { number }) => (String::new(), format!("{}/s/{number}", shared.zoom.oauth_url())),
        Some(Trial::Gone) => ("It is deleted in Zoom again.".to_owned(), String::new()),
        Some(Trial::Coming) | None => ("It is being made in Zoom.".to_owned(), String::new()),
        Some(Trial::LeftOut) => (sentence("suppressed.no_licence").to_owned(), String::new()),
        Some(Trial::Stuck { code }) => {
            let why = sentence(code);
            let repair = "Mend it and replay it under Deliveries, or make it in Zoom yourself, with the letters of the test in its title.";
            (format!("It could not be made. {why} {repair}"), String::new())
        }
    };
    let shown = ticks.iter().filter(|_| trial != Some(&Trial::LeftOut));
    TestLine { kind: kind(app), ticks: shown.map(|(tick, done)| (*done, tick.sentence())).collect(), note, start }
}

/// A day as people say it; what is none stays as it was written.
fn day(text: &str) -> String {
    text.parse::<jiff::civil::Date>().map_or_else(|_| text.to_owned(), |day| day.strftime("%-d %B %Y").to_string())
}

fn numbers(parity: Parity) -> (i64, i64, i64) {
    (parity.both, parity.only_old, parity.only_new)
}

fn mark(step: Step, seen: &View) -> StepMark {
    let place = |step: Step| Step::ALL.iter().position(|one| *one == step);
    let pill = match place(step).cmp(&place(seen.step)) {
        _ if seen.step == Step::Done => Pill::new(Tone::Good, "done"),
        std::cmp::Ordering::Less => Pill::new(Tone::Good, "done"),
        std::cmp::Ordering::Equal => Pill::new(Tone::Busy, "now"),
        std::cmp::Ordering::Greater => Pill::new(Tone::Quiet, "later"),
    };
    StepMark { step, pill }
}

fn kind(app: ZoomApp) -> &'static str {
    match app {
        ZoomApp::Meetings => "Meetings",
        ZoomApp::Webinars => "Webinars",
    }
}

fn tab(app: ZoomApp) -> &'static str {
    match app {
        ZoomApp::Meetings => "authentication",
        ZoomApp::Webinars => "webinar-settings",
    }
}

/// What the recorded events show: the settings at the beginning against those in force.
pub(super) async fn compared(shared: &Shared, tenant: &TenantId, seen: &View) -> Result<String, Failure> {
    let (owned, version) = (tenant.clone(), seen.migration.settings_version);
    let before =
        shared.store.read(move |unit| Box::pin(async move { settings::at(unit, &owned, version).await })).await?;
    let Some(rehearsed) = crate::rehearsal::rehearse(shared, tenant, before.unwrap_or_default()).await? else {
        return Ok("No webinar is recorded yet on which the results before and now could be compared.".to_owned());
    };
    let (events, differ) = (rehearsed.recorded.notifications.len(), rehearsed.comparison.differences.len());
    Ok(if differ == 0 {
        format!(
            "On the {events} recorded events of the last webinar, the settings at the beginning and those in force make the same records."
        )
    } else {
        format!(
            "On the {events} recorded events of the last webinar, the settings at the beginning and those in force differ in {differ} records."
        )
    })
}

/// What a form of the page carries; each step uses what it needs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    uses: Uses,
    #[serde(default)]
    on: String,
    #[serde(default)]
    reviewer: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn act(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, act)): Path<(String, String)>,
    Fields(form): Fields<ActForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let act = match act.as_str() {
        "begin" => Act::Begin { uses: form.uses },
        "installed" => Act::Installed { on: form.on },
        "mark-custom" => Act::MarkCustom,
        "release" => Act::Release { reviewer: form.reviewer, reason: form.reason },
        "start-test" => Act::StartTest { code: migration::test_code() },
        "accept-test" => Act::AcceptTest,
        "deactivated" => Act::Deactivated,
        "finish" => Act::Finish,
        "back" => Act::Back,
        "old-app-off" => {
            old_app::forget(&shared, &tenant.tenant, who.actor()).await?;
            return Ok(see(&home(&tenant)));
        }
        _ => return Err(Problem::not_found("page").into()),
    };
    match migration::act(&shared, &tenant.tenant, &act, who.actor()).await {
        Ok(_) => Ok(see(&home(&tenant))),
        Err(error @ (NotDone::Store(_) | NotDone::Key(_))) => Err(error.into()),
        Err(error @ (NotDone::NotNow(_) | NotDone::Meanwhile)) => {
            refused(&shared, &who, &tenant, error.to_string()).await
        }
    }
}

fn home(tenant: &TenantRow) -> String {
    format!("/t/{}/migration", tenant.tenant)
}

async fn refused(shared: &Shared, who: &Admin, tenant: &TenantRow, sentence: String) -> Page {
    let page = MigrationPage { refusal: Some(sentence), ..view(shared, who, tenant).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// The form of an account manager's invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InviteForm {
    #[serde(default)]
    form_token: String,
    name: String,
    email: String,
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<InviteForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match review::invite(&shared, &tenant.tenant, (&form.email, &form.name), who.actor()).await {
        Ok(url) => {
            let page = MigrationPage { invitation: Some(url), ..view(&shared, &who, &tenant).await? };
            Ok(show(&page))
        }
        Err(error @ (NotInvited::Wrong(_) | NotInvited::Store(_))) => {
            refused(&shared, &who, &tenant, error.to_string()).await
        }
    }
}

/// The form of the old app's credentials.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldAppForm {
    #[serde(default)]
    form_token: String,
    account: String,
    #[serde(default)]
    verification_token: String,
    #[serde(default)]
    secret_token: String,
    #[serde(default)]
    api_key: String,
    #[serde(default)]
    api_secret: String,
}

pub(super) async fn old_app(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<OldAppForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let wanted = OldApp {
        account: form.account,
        verification_token: form.verification_token,
        secret_token: form.secret_token,
        api_key: form.api_key,
        api_secret: form.api_secret,
    };
    match old_app::save(&shared, &tenant.tenant, &wanted, who.actor()).await {
        Ok(()) => Ok(see(&home(&tenant))),
        Err(error @ (NotSaved::Wrong(_) | NotSaved::Store(_) | NotSaved::Key(_))) => {
            let mut page = view(&shared, &who, &tenant).await?;
            page.old_app.account = wanted.account;
            page.refusal = Some(error.to_string());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}
