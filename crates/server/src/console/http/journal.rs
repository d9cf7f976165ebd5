//! What came in: the list, one notification with everything that is known of it, reading it once more.

use super::super::frame::Place;
use super::super::journal::Journal;
use super::super::list::{Choice, Total};
use super::super::notification::{FactCard, Notification};
use super::super::part::Moment;
use super::list::{Asked, COUNTED_MAX, Found, TABLE_PAGE_ROWS, Table, answer, loaded, next_page, order, some, wanted};
use super::session::{Admin, Reaches};
use super::{
    DoneQuery, Failure, Fields, PAGE_ROWS, Page, TokenForm, address, events, facts, frame, see, show, sight, tenant_of,
    with_notice, words,
};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::{Filter, NotificationRow};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, audit, delivery_list, fact, journal, journal_list};
use axum::extract::{Path, Query, State};
use connector_core::code::advice;
use connector_core::fact::State as Fact;
use connector_core::ids::TenantId;
use connector_core::redact::clip;
use connector_core::redact::mask::Sight;
use serde::Deserialize;

/// Characters of a body that is no JSON.
const BODY_CHARS_MAX: usize = 20_000;
/// Notifications that are looked through for somebody or for an event, for one page.
const LOOKED_MAX: i64 = 20_000;

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
    #[serde(default)]
    sort: String,
}

impl ListQuery {
    /// As the list is looked for.
    fn trimmed(self) -> Self {
        Self {
            outcome: wanted(&self.outcome),
            event: wanted(&self.event),
            search: wanted(&self.search),
            before: wanted(&self.before),
            ..self
        }
    }

    fn filter(&self, limit: i64) -> Filter {
        Filter {
            state: some(&self.outcome),
            event: some(&self.event),
            before: some(&self.before),
            until: None,
            order: order(&self.sort),
            limit,
        }
    }

    fn filters(&self) -> [(&str, &str); 3] {
        [("outcome", &self.outcome), ("event", &self.event), ("search", &self.search)]
    }
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

/// A page of the list, the names of events to offer, and how many match.
#[derive(Default)]
struct Listed {
    rows: Vec<NotificationRow>,
    events: Vec<String>,
    counted: Option<i64>,
    /// Up to where was looked, where that is not the end.
    looked_to: Option<String>,
}

async fn rows(
    unit: &mut Unit,
    tenant: &TenantId,
    who: &str,
    filter: &Filter,
) -> Result<Vec<NotificationRow>, StoreError> {
    if who.is_empty() {
        journal::page(unit, tenant, filter).await
    } else {
        journal_list::page_about(unit, tenant, who, filter).await
    }
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = owner_of(&shared, &who, &tenant).await?;
    let query = query.trimmed();
    let (id, person, filter) = (tenant.tenant.clone(), query.search.clone(), query.filter(PAGE_ROWS));
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            // Neither somebody's name nor an event stands in an index: whoever looks for one is not made to wait for a count as well.
            let (counted, looked_to) = match person.is_empty() && filter.event.is_none() {
                true => (Some(journal_list::count(unit, &id, &filter, COUNTED_MAX).await?), None),
                false => (None, journal_list::looked_to(unit, &id, &filter, LOOKED_MAX).await?),
            };
            let rows = rows(unit, &id, &person, &Filter { until: looked_to.clone(), ..filter.clone() }).await?;
            Ok(Listed { rows, events: journal_list::events(unit, &id).await?, counted, looked_to })
        })
    });
    let (known, is_loaded) = loaded(read.await);
    let now_ms = shared.clock.now_ms();
    let path = format!("/t/{}/journal", tenant.tenant);
    let asked = Asked {
        path: &path,
        filters: &query.filters(),
        cursor: "before",
        before: &query.before,
        order: Some(order(&query.sort)),
    };
    let list = asked.list(Found {
        noun: "notifications",
        total: known.counted.map_or(Total::Unknown, |count| Total::counted(count, COUNTED_MAX)),
        rows: is_loaded.then_some(known.rows.len()),
        next: next_page(&known.rows, |row| &row.id).or(known.looked_to),
    });
    let empty = list.empty;
    let page = Journal {
        frame: frame(&shared, &who, ("Journal", Place::Journal), Some(&tenant)).await?,
        list,
        lines: sight::notifications(who.sight(&tenant.tenant), known.rows)
            .iter()
            .map(|row| words::notification_line(row, now_ms, &tenant.time_zone))
            .collect(),
        outcomes: outcomes(),
        outcome: query.outcome,
        event: query.event,
        events: known.events,
        search: query.search,
    };
    Ok(answer(show(&page), empty))
}

/// The notifications that match, as a table.
pub(super) async fn table(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = owner_of(&shared, &who, &tenant).await?;
    let query = query.trimmed();
    let mut table = Table::new(&["came in", "made", "event", "from", "outcome", "reason", "code", "copies", "number"]);
    let mut filter = Filter { before: None, ..query.filter(TABLE_PAGE_ROWS) };
    let now_ms = shared.clock.now_ms();
    while !table.is_full() {
        let (id, person, asked) = (tenant.tenant.clone(), query.search.clone(), filter.clone());
        let read = shared.store.read(move |unit| Box::pin(async move { rows(unit, &id, &person, &asked).await }));
        let page = read.await?;
        let Some(last) = page.last() else { break };
        filter.before = Some(last.id.clone());
        for row in &sight::notifications(who.sight(&tenant.tenant), page) {
            let line = words::notification_line(row, now_ms, &tenant.time_zone);
            let made = Moment::new(row.event_ts_ms, now_ms, &tenant.time_zone).iso;
            let (code, copies) = (row.code.clone().unwrap_or_default(), row.copies.to_string());
            let (outcome, received) = (&line.outcome.word, &line.received.iso);
            table.push(&[received, &made, &row.event, &line.source, outcome, &line.reason, &code, &copies, &row.id]);
        }
    }
    Ok(table.answer("journal"))
}

fn outcomes() -> Vec<Choice> {
    let all = Choice { value: String::new(), word: "All outcomes".to_owned() };
    let named = |state: &str| Choice { value: state.to_owned(), word: words::outcome(state).word };
    std::iter::once(all).chain(journal::STATES.into_iter().map(named)).collect()
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
    let sight = who.sight(&tenant.tenant);
    let deliveries = sight::deliveries(sight, deliveries);
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.time_zone.as_str());
    let event = events::link_of(&shared, &tenant.tenant, fact.as_ref().map(|(_, state, _)| state)).await;
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
        reason: sight.text(&reason(&row)),
        repair: repair(&row),
        headers: Vec::new(),
        body: body(sight, &row.body),
        facts: fact
            .iter()
            .map(|(id, state, told_by)| FactCard {
                id: id.clone(),
                what: facts::what(state, sight),
                pairs: sight::pairs(sight, facts::pairs(state, now_ms, zone)),
                told_by: *told_by,
                event: event.clone(),
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

/// What to do about a notification that could not be read.
fn repair(row: &NotificationRow) -> String {
    let advice = row.code.as_deref().filter(|_| row.state == "quarantined").and_then(advice::of);
    advice.map_or_else(String::new, |advice| format!("Nothing is lost. {}", advice.repair))
}

fn body(sight: Sight, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    // What is no JSON is shown to nobody who must not see all of it.
    sight.json(&text).unwrap_or_else(|| sight.value(&clip(&text, BODY_CHARS_MAX)))
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
