//! The way in, the list of tenants, a new one, and a tenant's home.

use super::super::frame::Place;
use super::super::new_tenant::{NewTenant, Refusal};
use super::super::overview::{ConnectionCard, Overview};
use super::super::part::{Moment, Pill, Tone};
use super::super::tenants::{TenantLine, Tenants};
use super::events::Seen;
use super::health::{self, DAY_MS, SignedIn, Situation};
use super::session::{Admin, Operator, Reaches};
use super::{
    DoneQuery, Fields, PAGE_ROWS, Page, address, frame, lights, see, show, sight, tenant_of, with_notice, words,
};
use crate::app::Shared;
use crate::leadsquared::CrmKeys;
use crate::setup::{self, SetupError};
use crate::store::connection::ConnectionRow;
use crate::store::tenant::TenantRow;
use crate::store::{delivery_list, journal, journal_list, stranger, tenant, tenant_list};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::code::sentence;
use connector_core::ids::{TENANT_ID_CHARS_MAX, TenantId, ZoomApp};
use connector_core::translate::Source;
use serde::Deserialize;

/// Deliveries on the overview.
const LATEST_ROWS: i64 = 10;
/// How long the list of tenants speaks of notifications that belong to nobody, in milliseconds: a week.
const UNASSIGNED_SHOWN_MS: i64 = 7 * DAY_MS;
/// The longest name of a tenant, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Ids that are tried for a new tenant, each with a number behind its name.
const IDS_TRIED_MAX: usize = 20;

/// To the only tenant, or to the list.
pub(super) async fn home(State(shared): State<Shared>, who: Admin) -> Page {
    let whose = who.whose();
    let some = shared
        .store
        .read(move |unit| Box::pin(async move { tenant_list::page(unit, &whose, "", None, 2).await }))
        .await?;
    Ok(match some.as_slice() {
        [only] => see(&format!("/t/{}", only.tenant)),
        [] | [_, ..] => see("/tenants"),
    })
}

/// What is searched for.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    health: String,
}

/// The word of an address that asks for tenants that want attention.
const ATTENTION: &str = "attention";

pub(super) async fn list(State(shared): State<Shared>, who: Admin, Query(query): Query<ListQuery>) -> Page {
    let search: String = query.search.trim().chars().take(NAME_CHARS_MAX).collect();
    let (wanted, after, now_ms) = (search.clone(), TenantId::parse(&query.after).ok(), shared.clock.now_ms());
    let attention = query.health == ATTENTION;
    let (nobody, whose) = (who.reaches(&shared.nobody).then(|| shared.nobody.clone()), who.whose());
    let (total, rows, unassigned) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let total = tenant_list::count(unit, &whose, &wanted).await?;
                let mut rows = Vec::new();
                let page = if attention {
                    let from = crate::dice::id_floor(now_ms - DAY_MS);
                    tenant_list::wanting(unit, &whose, &wanted, (after.as_ref(), &from), PAGE_ROWS).await?
                } else {
                    tenant_list::page(unit, &whose, &wanted, after.as_ref(), PAGE_ROWS).await?
                };
                for row in page {
                    let situation = health::read(unit, &row, now_ms).await?;
                    rows.push((row, situation));
                }
                let since = crate::dice::id_floor(now_ms - UNASSIGNED_SHOWN_MS);
                let unassigned: i64 = match nobody {
                    Some(nobody) => journal::counts(unit, &nobody, &since).await?.iter().map(|(_, n)| n).sum(),
                    None => 0,
                };
                Ok((total, rows, unassigned))
            })
        })
        .await?;
    let last = rows.last().map(|(row, _)| row.tenant.to_string()).unwrap_or_default();
    let more = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE_ROWS && count < total);
    let wanting = if attention { ATTENTION } else { "" };
    let filters = [("search", search.as_str()), ("health", wanting)];
    let older = more.then(|| address("/tenants", &[&filters[..], &[("after", &last)]].concat()));
    let newest = (!query.after.is_empty()).then(|| address("/tenants", &filters));
    let lines = rows.iter().map(|(row, situation)| line(row, situation, now_ms)).collect();
    Ok(show(&Tenants {
        frame: frame(&shared, &who, ("Tenants", Place::Tenants), None).await?,
        lines,
        total,
        attention,
        search,
        unassigned: (unassigned > 0).then(|| (format!("/t/{}/journal", shared.nobody), unassigned)),
        newest,
        older,
    }))
}

fn line(row: &TenantRow, situation: &Situation, now_ms: i64) -> TenantLine {
    let health = health::health(row, situation, now_ms);
    let [meetings, webinars] = situation.connections.each_ref().map(|row| SignedIn::of(row.as_ref()).pill());
    TenantLine {
        id: row.tenant.to_string(),
        name: row.name.clone(),
        health: health.pill(),
        sentence: health.sentence,
        meetings,
        webinars,
    }
}

pub(super) async fn new(State(shared): State<Shared>, who: Operator) -> Page {
    Ok(show(&NewTenant {
        frame: frame(&shared, &who, ("Add a tenant", Place::Tenants), None).await?,
        name: String::new(),
        access_key: String::new(),
        host: String::new(),
        refusal: None,
    }))
}

/// The form of a new tenant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewForm {
    #[serde(default)]
    form_token: String,
    name: String,
    access_key: String,
    secret_key: String,
    #[serde(default)]
    host: String,
}

pub(super) async fn new_post(State(shared): State<Shared>, who: Operator, Fields(form): Fields<NewForm>) -> Page {
    who.check(&form.form_token)?;
    let name: String = form.name.trim().chars().take(NAME_CHARS_MAX).collect();
    let keys = CrmKeys { access: form.access_key.trim().to_owned(), secret: form.secret_key.trim().to_owned() };
    let host = Some(form.host.trim().to_owned()).filter(|host| !host.is_empty());
    let refusal = if name.is_empty() {
        Refusal { sentence: "Give the tenant a name.".to_owned(), answer: None }
    } else {
        match create(&shared, (&name, keys, host), who.actor()).await {
            Ok(row) => return Ok(see(&address(&format!("/t/{}/configure", row.tenant), &[("done", "created")]))),
            Err(error) => Refusal { sentence: error.to_string(), answer: None },
        }
    };
    let page = NewTenant {
        frame: frame(&shared, &who, ("Add a tenant", Place::Tenants), None).await?,
        name,
        access_key: form.access_key,
        host: form.host,
        refusal: Some(refusal),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// Sets the tenant up under the first id made of its name that is free.
async fn create(
    shared: &Shared,
    (name, keys, host): (&str, CrmKeys, Option<String>),
    actor: &str,
) -> Result<TenantRow, SetupError> {
    let mut number = 1;
    loop {
        let tenant = id_of(name, number);
        let new = setup::NewTenant { tenant, name: name.to_owned(), keys: keys.clone(), host: host.clone() };
        let (wanted, reserved) = (new.tenant.clone(), new.tenant == shared.nobody);
        let taken = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
        if (taken.is_some() || reserved) && number < IDS_TRIED_MAX {
            number += 1;
            continue;
        }
        return setup::create_tenant(shared, new, actor).await;
    }
}

/// An id out of a name: `Acme India` is `acme-india`, the second of them `acme-india-2`.
fn id_of(name: &str, number: usize) -> TenantId {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let tail = if number > 1 { format!("-{number}") } else { String::new() };
    let mut id: String = parts.join("-").chars().take(TENANT_ID_CHARS_MAX - tail.len()).collect();
    if id.trim_matches('-').is_empty() {
        id = "tenant".to_owned();
    }
    #[expect(clippy::expect_used, reason = "only a-z, 0-9 and '-' are in it, and it is cut to its length")]
    TenantId::parse(&format!("{}{tail}", id.trim_matches('-'))).expect("made of what an id may hold")
}

pub(super) async fn overview(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (row, now_ms, seen) = (tenant.clone(), shared.clock.now_ms(), who.sight(&tenant.tenant));
    let (situation, (hours, coming), events, latest, strangers) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let situation = health::read(unit, &row, now_ms).await?;
                let hours = health::hours(unit, &row, now_ms).await?;
                let coming = lights::coming(unit, Seen { tenant: &row, now_ms, sight: seen }).await?;
                let since = crate::dice::id_floor(now_ms - DAY_MS);
                let mut events = Vec::new();
                for app in ZoomApp::ALL {
                    let source = Source::Zoom(app).as_str();
                    events.push(journal_list::last_received(unit, &row.tenant, source, &since).await?);
                }
                let filter = delivery_list::Filter { limit: LATEST_ROWS, ..delivery_list::Filter::default() };
                let latest = delivery_list::page(unit, &row.tenant, &filter).await?;
                Ok((situation, (hours, coming), events, latest, stranger::waiting(unit, &row.tenant).await?))
            })
        })
        .await?;
    let zone = tenant.time_zone.as_str();
    let health = health::health(&tenant, &situation, now_ms);
    let (crm_state, crm_sentence) = crm(&tenant);
    let cards = ZoomApp::ALL.into_iter().zip(&situation.connections).zip(events);
    let page = Overview {
        frame: with_notice(
            frame(&shared, &who, ("Overview", Place::Overview), Some(&tenant)).await?,
            query.done.as_deref(),
        ),
        tone: health.tone,
        health: health.sentence,
        counts: situation.counts,
        hours,
        coming,
        next_step: health.next,
        strangers,
        connections: cards
            .map(|((app, row), event)| {
                card(&tenant, app, row.as_ref(), event.map(|at_ms| Moment::new(at_ms, now_ms, zone)))
            })
            .collect(),
        crm_state,
        crm_sentence,
        latest: sight::deliveries(seen, latest).iter().map(|row| words::delivery_line(row, now_ms, zone)).collect(),
    };
    Ok(show(&page))
}

/// LeadSquared's state, and as whom or why not.
pub(super) fn crm(tenant: &TenantRow) -> (Pill, String) {
    match &tenant.paused {
        Some((code, detail, _)) => (Pill::new(Tone::Bad, "Paused"), format!("{} ({detail})", sentence(code))),
        None => {
            let user = tenant.crm_user.as_deref().map(|user| format!("as {user}"));
            let parts: Vec<String> = tenant.org_name.clone().into_iter().chain(user).collect();
            let sentence =
                if parts.is_empty() { "The keys work.".to_owned() } else { format!("{}.", parts.join(", ")) };
            (Pill::new(Tone::Good, "Connected"), sentence)
        }
    }
}

fn card(tenant: &TenantRow, app: ZoomApp, row: Option<&ConnectionRow>, last_event: Option<Moment>) -> ConnectionCard {
    let (name, tab) = match app {
        ZoomApp::Meetings => ("Meetings", "authentication"),
        ZoomApp::Webinars => ("Webinars", "webinar-settings"),
    };
    let signed_in = SignedIn::of(row);
    let who = row.map(|row| {
        let email = row.email.as_deref().unwrap_or(&row.zoom_user);
        row.user_name.as_deref().map_or_else(|| email.to_owned(), |name| format!("{name}, {email}"))
    });
    let sentence = match (signed_in, who) {
        (SignedIn::Yes, Some(who)) => format!("Signed in as {who}."),
        (SignedIn::Broken, Some(who)) => format!("Zoom refuses the sign-in of {who}."),
        (SignedIn::OwnAppBroken, _) => "Zoom refuses the credentials of your own app.".to_owned(),
        (SignedIn::TakenOver, Some(who)) => format!("Another LeadSquared account signed in as {who}."),
        (SignedIn::Removed, _) => "The app was removed in Zoom.".to_owned(),
        (SignedIn::No, Some(_)) => format!("Disconnected. {name} are not captured."),
        (SignedIn::No | SignedIn::Yes | SignedIn::Broken | SignedIn::TakenOver, None) => {
            format!("Nobody has signed in with Zoom yet. {name} are not captured.")
        }
    };
    ConnectionCard {
        name: name.to_owned(),
        link: format!("/t/{}/configure/{tab}", tenant.tenant),
        state: signed_in.pill(),
        sentence,
        last_event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_id(name: &str, number: usize, expected: &str) {
        assert_eq!(id_of(name, number).as_str(), expected);
    }

    #[test]
    fn an_id_is_made_of_the_name() {
        check_id("Acme India", 1, "acme-india");
        check_id("Acme India", 2, "acme-india-2");
        check_id("  --Ärzte & Co.--  ", 1, "rzte-co");
        check_id("東京", 1, "tenant");
        check_id("東京", 3, "tenant-3");
        check_id(&"x".repeat(90), 12, &format!("{}-12", "x".repeat(37)));
    }
}
