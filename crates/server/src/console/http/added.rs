//! Following the leads that were added to a webinar: how far the whole is, what became of each, and the same as a table for
//! spreadsheets.

use super::super::add_leads::{Added, LeadLine, StandingLine};
use super::super::frame::Place;
use super::super::list::{List, Total};
use super::super::part::{Moment, Pill, Tone, WebLink};
use super::list::{Asked as AskedList, Found};
use super::session::Admin;
use super::{Failure, PAGE_ROWS, Page, address, frame, show, tenant_of, words};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::addition::{self, Filter, Followed};
use crate::store::delivery_list::ListedDelivery;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use connector_core::addition::progress::{Stage, Standing};
use connector_core::addition::{Chosen, ListRead, csv};
use connector_core::redact::mask::Sight;
use connector_core::schedule_request::WishId;
use serde::Deserialize;

/// Rows that are read at once for a table.
const TABLE_PAGE_ROWS: i64 = 500;
/// Rows of a table at the most: as many leads as one wish adds.
const TABLE_ROWS_MAX: usize = 20_000;

/// What is filtered by.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    standing: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    /// As far as somebody of that sight may ask: what is found tells a name as well as what is shown.
    fn seen(self, sight: Sight) -> Self {
        let who = if sight.is_masked() { String::new() } else { self.who };
        Self { who, ..self }
    }
}

type Lead = (Standing, ListedDelivery);

/// A wish, and a page of its leads.
struct Known {
    followed: Followed,
    leads: Vec<Lead>,
    failed: Option<ListedDelivery>,
}

async fn known(shared: &Shared, tenant: &TenantRow, wish: &str, filter: Filter) -> Result<Known, Failure> {
    let missing = || Problem::not_found("wish");
    let wish = WishId::parse(wish).map_err(|_| missing())?;
    let id = tenant.tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let Some(followed) = addition::followed(unit, &id, &wish).await? else { return Ok(None) };
            let (mut leads, mut failed) = (Vec::new(), None);
            if let Some(fact) = &followed.fact {
                leads = addition::page(unit, &id, fact, &filter).await?;
                failed = addition::failed_read(unit, &id, fact).await?;
            }
            Ok(Some(Known { followed, leads, failed }))
        })
    });
    Ok(read.await?.ok_or_else(missing)?)
}

pub(super) async fn follow(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, wish)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let asked = asked.seen(who.sight(&tenant.tenant));
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let standing = Standing::parse(&asked.standing);
    let filter = Filter { standing, who: some(&asked.who), after: some(&asked.after), limit: PAGE_ROWS + 1 };
    let mut known = known(&shared, &tenant, &wish, filter).await?;
    let more = known.leads.len() > usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    known.leads.truncate(usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX));
    let path = format!("/t/{}/add-leads/{wish}", tenant.tenant);
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let filters = [("standing", standing.map_or("", Standing::as_str)), ("who", asked.who.as_str())];
    let asked_for = AskedList { path: &path, filters: &filters, cursor: "after", before: &asked.after, order: None };
    let is_all = filters.iter().all(|(_, value)| value.is_empty());
    let list = List {
        table: Some(address(&format!("{path}/leads.csv"), &filters)),
        ..asked_for.list(Found {
            noun: "leads",
            total: if is_all { Total::Exactly(count(known.followed.progress.total)) } else { Total::Unknown },
            rows: Some(known.leads.len()),
            next: known.leads.last().filter(|_| more).map(|(_, row)| row.id.clone()),
        })
    };
    let state = &known.followed.state;
    let progress = &known.followed.progress;
    let topic = state.webinar.as_ref().map_or_else(|| "Add leads to a webinar".to_owned(), |view| view.topic.clone());
    let start = state.webinar.as_ref().and_then(|view| view.start_ms);
    let at = start.map(|ms| Moment::new(ms, shared.clock.now_ms(), &tenant.time_zone).exact);
    let waiting = progress.counts.iter().find(|(one, _)| *one == Standing::Waiting).map_or(0, |(_, count)| *count);
    let standings = progress.counts.iter().map(|(one, number)| StandingLine {
        value: one.as_str().to_owned(),
        title: one.title().to_owned(),
        count: count(*number),
        current: standing == Some(*one),
    });
    let (stage, sentence) = stage(&known);
    let sight = who.sight(&tenant.tenant);
    let page = Added {
        frame: frame(&shared, &who, (&sight.text(&topic), Place::AddLeads), Some(&tenant)).await?,
        when: at.map_or_else(
            || format!("Webinar {}", state.wanted.webinar),
            |at| format!("Webinar {}, {at}", state.wanted.webinar),
        ),
        of: of(&state.wanted.leads),
        topic: sight.text(&topic),
        stage,
        sentence: sight.text(&sentence),
        done: !matches!(progress.stage, Stage::Looking | Stage::Adding),
        total: count(progress.total),
        settled: count(progress.total.saturating_sub(waiting)),
        standings: standings.collect(),
        who: asked.who.clone(),
        standing: standing.map_or("", Standing::as_str).to_owned(),
        lines: known.leads.iter().map(|lead| line(lead, tenant.tenant.as_str(), sight)).collect(),
        list,
        path,
    };
    Ok(show(&page))
}

/// Who was to be added, in words.
fn of(leads: &Chosen) -> String {
    match leads {
        Chosen::Named(named) if named.len() == 1 => "one lead".to_owned(),
        Chosen::Named(named) => format!("{} leads", named.len()),
        Chosen::List { name, .. } if name.is_empty() => "a list".to_owned(),
        Chosen::List { name, .. } => format!("the list {name}"),
    }
}

/// Where the whole stands, and what it means.
fn stage(known: &Known) -> (Pill, String) {
    let state = &known.followed.state;
    match known.followed.progress.stage {
        Stage::Looking => (Pill::new(Tone::Busy, "Looking"), "Zoom is asked what the webinar is and asks.".to_owned()),
        Stage::Adding => (Pill::new(Tone::Busy, "Adding"), "Leads are being registered in Zoom.".to_owned()),
        Stage::Done if state.list == ListRead::CutOff => (
            Pill::new(Tone::Wait, "Cut off"),
            "The list is longer than a webinar takes; its end was not added.".to_owned(),
        ),
        Stage::Done => (Pill::new(Tone::Good, "Done"), "Nothing more happens by itself.".to_owned()),
        Stage::Unanswered => {
            let questions = state.unanswered.join(", ");
            let sentence = format!(
                "Nothing answers what the webinar requires: {questions}. Nobody was added; add them again, and say what answers it."
            );
            (Pill::new(Tone::Bad, "Needs you"), sentence)
        }
        Stage::Failed => {
            let failed = known.failed.as_ref();
            let why = failed.map(|row| words::reason(row.code.as_deref(), row.detail.as_deref())).unwrap_or_default();
            (Pill::new(Tone::Bad, "Needs you"), why)
        }
    }
}

fn pill(standing: Standing) -> Pill {
    let tone = match standing {
        Standing::Added => Tone::Good,
        Standing::Pending => Tone::Wait,
        Standing::Registered | Standing::LeftOut => Tone::Quiet,
        Standing::Refused => Tone::Bad,
        Standing::Waiting => Tone::Busy,
    };
    Pill::new(tone, standing.title())
}

/// Why a lead stands where it stands; nothing for those that are as they should be.
fn why((standing, row): &Lead) -> String {
    match standing {
        Standing::Added => String::new(),
        Standing::Pending | Standing::Registered => words::reason(row.code.as_deref(), None),
        Standing::LeftOut => with(row, row.what.split_once(" · ").map(|(_, named)| named)),
        Standing::Refused | Standing::Waiting => with(row, row.detail.as_deref()),
    }
}

/// The sentence of the cause, and what was said of it.
fn with(row: &ListedDelivery, said: Option<&str>) -> String {
    let sentence = words::reason(row.code.as_deref(), None);
    match said.filter(|said| !said.is_empty()) {
        Some(said) => format!("{sentence} ({said})").trim().to_owned(),
        None => sentence,
    }
}

fn join_of((standing, row): &Lead) -> Option<&str> {
    row.detail.as_deref().filter(|_| *standing == Standing::Added)
}

fn line(lead: &Lead, tenant: &str, sight: Sight) -> LeadLine {
    LeadLine {
        who: sight.person(&lead.1.who),
        state: pill(lead.0),
        why: sight.text(&why(lead)),
        // Whoever has the link is let in as that person.
        join: join_of(lead).filter(|_| !sight.is_masked()).and_then(WebLink::parse),
        link: format!("/t/{tenant}/deliveries/{}", lead.1.id),
        follow: format!("/t/{tenant}/follow?q={}", lead.1.id),
    }
}

/// The leads as a table, filtered in the same way.
pub(super) async fn table(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, wish)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let sight = who.sight(&tenant.tenant);
    let asked = asked.seen(sight);
    let mut table = csv::line(&["lead", "result", "reason", "code", "join link"]);
    let mut after: Option<String> = None;
    let mut rows = 0;
    while rows < TABLE_ROWS_MAX {
        let filter = Filter {
            standing: Standing::parse(&asked.standing),
            who: Some(asked.who.clone()),
            after: after.take(),
            limit: TABLE_PAGE_ROWS,
        };
        let page = known(&shared, &tenant, &wish, filter).await?.leads;
        let Some((_, last)) = page.last() else { break };
        after = Some(last.id.clone());
        rows += page.len();
        for lead in &page {
            let code = lead.1.code.as_deref().unwrap_or_default();
            let (lead_shown, why) = (sight.person(&lead.1.who), sight.text(&why(lead)));
            let join = join_of(lead).filter(|_| !sight.is_masked()).unwrap_or_default();
            let cells = [&lead_shown, lead.0.title(), &why, code, join];
            table.push_str(&csv::line(&cells));
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"leads.csv\""),
    ];
    Ok((headers, table).into_response())
}
