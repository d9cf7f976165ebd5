//! What came in: the list, one notification with everything that is known of it, reading it once more.

use super::super::frame::Place;
use super::super::journal::{Choice, Empty, Journal};
use super::super::notification::{FactCard, Notification};
use super::super::part::Moment;
use super::session::{Admin, Reaches};
use super::{
    DoneQuery, Failure, Fields, PAGE_ROWS, Page, TokenForm, address, facts, frame, see, show, tenant_of, with_notice,
    words,
};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::{Filter, NotificationRow};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, audit, delivery_list, fact, journal, journal_list};
use axum::extract::{Path, Query, State};
use connector_core::fact::State as Fact;
use connector_core::ids::TenantId;
use connector_core::redact::{clip, redact_json};
use serde::Deserialize;

/// The longest text of a filter that is looked for, in characters.
pub(super) const FILTER_CHARS_MAX: usize = 128;
/// Characters of a body that is no JSON.
const BODY_CHARS_MAX: usize = 20_000;

/// What is filtered by.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    search: String,
    #[serde(default)]
    before: String,
}

/// The tenant of an address; the place of notifications that belong to nobody looks like one, but has only a journal.
async fn owner_of(shared: &Shared, who: &Admin, text: &str) -> Result<TenantRow, Failure> {
    if text != shared.nobody.as_str() || !who.reaches(&shared.nobody) {
        return tenant_of(shared, who, text).await;
    }
    Ok(TenantRow {
        tenant: shared.nobody.clone(),
        name: "Nobody's".to_owned(),
        paused: None,
        created_ms: 0,
        data_key: Vec::new(),
        crm_api: String::new(),
        crm_app: None,
        crm_keys: Vec::new(),
        crm_user: None,
        org_name: None,
        time_zone: "UTC".to_owned(),
    })
}

/// A text of an address as it is looked for.
pub(super) fn wanted(text: &str) -> String {
    text.trim().chars().take(FILTER_CHARS_MAX).collect()
}

/// A text as a filter; none where it is empty.
pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why a list has no rows.
pub(super) fn why_empty(rows: usize, filtered: bool) -> Empty {
    match (rows, filtered) {
        (0, false) => Empty::NothingYet,
        (0, true) => Empty::NothingMatches,
        (_, _) => Empty::No,
    }
}

/// The id behind which the next page begins, if this page is full.
pub(super) fn next_page<T>(rows: &[T], id: impl Fn(&T) -> &str) -> Option<String> {
    let full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE_ROWS);
    rows.last().filter(|_| full).map(|row| id(row).to_owned())
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = owner_of(&shared, &who, &tenant).await?;
    let (outcome, event, search) = (wanted(&query.outcome), wanted(&query.event), wanted(&query.search));
    let filter =
        Filter { state: some(&outcome), event: some(&event), before: some(&wanted(&query.before)), limit: PAGE_ROWS };
    let (id, person) = (tenant.tenant.clone(), search.clone());
    let (rows, events) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let rows = if person.is_empty() {
                    journal::page(unit, &id, &filter).await?
                } else {
                    journal_list::page_about(unit, &id, &person, &filter).await?
                };
                Ok((rows, journal_list::events(unit, &id).await?))
            })
        })
        .await?;
    let now_ms = shared.clock.now_ms();
    let path = format!("/t/{}/journal", tenant.tenant);
    let filters = [("outcome", outcome.as_str()), ("event", &event), ("search", &search)];
    let at = |before: &str| address(&path, &[&filters[..], &[("before", before)]].concat());
    let filtered = filters.iter().any(|(_, value)| !value.is_empty()) || !query.before.is_empty();
    let page = Journal {
        frame: frame(&shared, &who, ("Journal", Place::Journal), Some(&tenant)).await?,
        lines: rows.iter().map(|row| words::notification_line(row, now_ms, &tenant.time_zone)).collect(),
        empty: why_empty(rows.len(), filtered),
        outcomes: outcomes(),
        newest: (!query.before.is_empty()).then(|| at("")),
        older: next_page(&rows, |row| &row.id).map(|before| at(&before)),
        outcome,
        event,
        events,
        search,
    };
    Ok(show(&page))
}

fn outcomes() -> Vec<Choice> {
    let states = ["merged", "ignored", "quarantined", "pending"];
    let all = Choice { value: String::new(), word: "All outcomes".to_owned() };
    let named = |state: &str| Choice { value: state.to_owned(), word: words::outcome(state).word };
    std::iter::once(all).chain(states.into_iter().map(named)).collect()
}

/// Everything known of a notification.
type Known = (NotificationRow, Option<(String, Fact, i64)>, Vec<ListedDelivery>);

async fn read(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<Known>, StoreError> {
    let Some(row) = journal::get(unit, tenant, id).await? else { return Ok(None) };
    let Some(fact_id) = row.fact.clone() else { return Ok(Some((row, None, Vec::new()))) };
    let told_by = journal::of_fact(unit, tenant, &fact_id).await?.len();
    let deliveries = delivery_list::of_fact(unit, tenant, &fact_id).await?;
    let state = fact::get(unit, tenant, &fact_id).await?;
    let told_by = i64::try_from(told_by).unwrap_or(i64::MAX);
    Ok(Some((row, state.map(|state| (fact_id, state, told_by)), deliveries)))
}

pub(super) async fn one(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = owner_of(&shared, &who, &tenant).await?;
    let owned = tenant.tenant.clone();
    let known = shared.store.read(move |unit| Box::pin(async move { read(unit, &owned, &id).await })).await?;
    let (row, fact, deliveries) = known.ok_or_else(|| Problem::not_found("notification"))?;
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.time_zone.as_str());
    let what = words::event(&row.event);
    let frame = frame(&shared, &who, (&what, Place::Journal), Some(&tenant)).await?;
    let page = Notification {
        frame: with_notice(frame, query.done.as_deref()),
        what,
        source: words::source(&row.source),
        made: Moment::new(row.event_ts_ms, now_ms, zone).spelled_out(),
        received: Moment::new(row.received_ms, now_ms, zone).spelled_out(),
        copies: row.copies,
        late: row.late,
        outcome: words::outcome(&row.state),
        reason: reason(&row),
        repair: repair(&row.state).to_owned(),
        headers: Vec::new(),
        body: body(&row.body),
        facts: fact
            .iter()
            .map(|(id, state, told_by)| FactCard {
                id: id.clone(),
                what: facts::what(state),
                pairs: facts::pairs(state, now_ms, zone),
                told_by: *told_by,
            })
            .collect(),
        deliveries: deliveries.iter().map(|row| words::delivery_line(row, now_ms, zone)).collect(),
        replayable: row.state != "pending",
        id: row.id,
        event: row.event,
    };
    Ok(show(&page))
}

/// Why it ended as it did, with what exactly was wrong.
fn reason(row: &NotificationRow) -> String {
    match (row.code.as_deref(), row.detail.as_deref()) {
        (Some(code), Some(detail)) => format!("{} ({detail})", connector_core::code::sentence(code)),
        (code, detail) => words::reason(code, detail),
    }
}

fn repair(state: &str) -> &'static str {
    match state {
        "quarantined" => "Nothing is lost: read it once more after an upgrade, or report it with what stands below.",
        _ => "",
    }
}

fn body(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    redact_json(&text).unwrap_or_else(|| clip(&text, BODY_CHARS_MAX))
}

pub(super) async fn replay(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = owner_of(&shared, &who, &tenant).await?;
    let (owned, wanted, actor, now_ms) =
        (tenant.tenant.clone(), id.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let replayed = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let replayed = journal::replay(unit, &owned, &wanted, now_ms).await?;
                if replayed {
                    let detail = format!("notification {wanted}");
                    audit::write(unit, &actor, Some(&owned), ("journal.replayed", &detail), now_ms).await?;
                }
                Ok(replayed)
            })
        })
        .await?;
    shared.wakes.translator.wake();
    let done = if replayed { "replayed" } else { "nothing" };
    Ok(see(&address(&format!("/t/{}/journal/{}", tenant.tenant, super::encode(&id)), &[("done", done)])))
}
