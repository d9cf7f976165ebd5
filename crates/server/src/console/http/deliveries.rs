//! What goes out: the list with what keeps failing, the same as a table, and replaying all that match.

use super::super::deliveries::{CauseLine, Deliveries};
use super::super::filters::thousands;
use super::super::frame::Place;
use super::super::list::{Choice, Total};
use super::super::notification::Pair;
use super::super::part::Moment;
use super::super::replay::{Replay, What};
use super::list::{Asked, COUNTED_MAX, Found, TABLE_PAGE_ROWS, Table, answer, loaded, next_page, order, some, wanted};
use super::session::Admin;
use super::{Failure, Fields, PAGE_ROWS, Page, address, frame, see, show, sight, tenant_of, with_notice, words};
use crate::app::Shared;
use crate::store::delivery_list::{Filter, ListedDelivery};
use crate::store::{StoreError, Unit, audit, delivery_count, delivery_list};
use axum::extract::{Path, Query, State};
use connector_core::code::{ALL, sentence};
use connector_core::delivery;
use connector_core::ids::TenantId;
use connector_core::issue::effects;
use connector_core::redact::mask::Sight;
use serde::Deserialize;

/// Characters of what failures have in common, in an address.
const CAUSE_CHARS_MAX: usize = 256;
/// Causes shown above the list.
const CAUSES_SHOWN: usize = 8;
/// Deliveries that are looked through for somebody or a cause, for one page.
const LOOKED_MAX: i64 = 50_000;
/// Parked ones that are looked through for somebody, to say how many wait for a person.
const PARKED_LOOKED_MAX: i64 = 10_000;
/// The state of an address that means all that are not over.
const OPEN: &str = "open";
/// Areas of codes that stand on deliveries.
const CODE_AREAS: [&str; 6] = ["suppressed.", "waiting.", "lsq.", "zoom.", "delivery.", "setup."];

/// What is filtered by.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    sort: String,
    done: Option<String>,
}

impl ListQuery {
    /// As the list is looked for.
    fn trimmed(self) -> Self {
        Self {
            state: wanted(&self.state),
            code: wanted(&self.code),
            cause: self.cause.chars().take(CAUSE_CHARS_MAX).collect(),
            who: wanted(&self.who),
            before: wanted(&self.before),
            ..self
        }
    }

    /// As far as somebody of that sight may ask: what is found tells a name as well as what is shown.
    fn seen(self, sight: Sight) -> Self {
        let who = if sight.is_masked() { String::new() } else { self.who };
        Self { who, ..self }
    }

    fn filter(&self, limit: i64) -> Filter {
        Filter {
            state: None,
            code: some(&self.code),
            cause: some(&self.cause),
            who: some(&self.who),
            before: some(&self.before),
            until: None,
            order: order(&self.sort),
            limit,
        }
    }

    /// The parked ones among them.
    fn as_replay(&self) -> ReplayQuery {
        ReplayQuery { code: self.code.clone(), cause: self.cause.clone(), who: self.who.clone() }
    }

    fn filters(&self) -> [(&str, &str); 4] {
        [("state", &self.state), ("code", &self.code), ("cause", &self.cause), ("who", &self.who)]
    }
}

/// The states that a word of the address stands for; an unknown word means all.
fn states(word: &str) -> Vec<delivery::State> {
    if word == OPEN {
        return delivery::State::ALL.into_iter().filter(|state| !state.is_final()).collect();
    }
    delivery::State::parse(word).map_or_else(|| delivery::State::ALL.to_vec(), |state| vec![state])
}

fn state_choices() -> Vec<Choice> {
    let choice = |value: &str, word: &str| Choice { value: value.to_owned(), word: word.to_owned() };
    let mut choices = vec![choice("", "All states"), choice(OPEN, "Not over yet")];
    choices.extend(
        delivery::State::ALL.into_iter().map(|state| choice(state.as_str(), &words::state(state.as_str()).word)),
    );
    choices
}

fn code_choices() -> Vec<Choice> {
    let all = Choice { value: String::new(), word: "Any cause".to_owned() };
    let known = ALL.iter().filter(|known| CODE_AREAS.iter().any(|area| known.code.starts_with(area)));
    let named = |known: &connector_core::code::Code| Choice {
        value: known.code.to_owned(),
        word: connector_core::redact::clip(known.sentence, 80),
    };
    std::iter::once(all).chain(known.map(named)).collect()
}

/// A page of the list, and what stands around it.
#[derive(Default)]
struct Known {
    rows: Vec<ListedDelivery>,
    causes: Vec<(String, i64)>,
    /// How many wait for a person, and whether there may be more.
    parked: (i64, bool),
    counted: Option<i64>,
    /// Up to where was looked, where that is not the end.
    looked_to: Option<String>,
}

async fn known(
    unit: &mut Unit,
    id: &TenantId,
    states: &[delivery::State],
    filter: &Filter,
) -> Result<Known, StoreError> {
    // Somebody's name stands in no index, and a cause only of those that are parked: whoever looks for one is not made to wait for a count
    // as well.
    let is_found = filter.who.is_none() && (filter.code.is_none() || states == [delivery::State::Parked]);
    let (counted, looked_to) = match is_found {
        true => (Some(delivery_count::count_in(unit, id, states, filter, COUNTED_MAX).await?), None),
        false => (None, delivery_count::looked_to(unit, id, states, filter, LOOKED_MAX).await?),
    };
    let parked = match states.contains(&delivery::State::Parked) {
        true => parked(unit, id, filter).await?,
        false => (0, false),
    };
    let filter = Filter { until: looked_to.clone(), ..filter.clone() };
    let rows = delivery_count::page_in(unit, id, states, &filter).await?;
    Ok(Known {
        causes: delivery_count::parked_causes(unit, id, COUNTED_MAX, CAUSES_SHOWN).await?,
        rows,
        parked,
        counted,
        looked_to,
    })
}

/// How many of those that match wait for a person, and whether there may be more.
async fn parked(unit: &mut Unit, id: &TenantId, filter: &Filter) -> Result<(i64, bool), StoreError> {
    const PARKED: &[delivery::State] = &[delivery::State::Parked];
    if filter.who.is_none() {
        let count = delivery_count::count_in(unit, id, PARKED, filter, COUNTED_MAX).await?;
        return Ok((count.min(COUNTED_MAX), count > COUNTED_MAX));
    }
    let whole = Filter { before: None, ..filter.clone() };
    let until = delivery_count::looked_to(unit, id, PARKED, &whole, PARKED_LOOKED_MAX).await?;
    let more = until.is_some();
    Ok((delivery_list::count_parked(unit, id, &Filter { until, ..whole }).await?, more))
}

/// How many wait for a person, as a sentence; empty where nobody does.
fn wait((count, more): (i64, bool)) -> String {
    match (count, more) {
        (0, false) => String::new(),
        (0, true) => "Further back some may wait for a person.".to_owned(),
        (1, false) => "1 waits for a person here. Mend the cause first, then replay.".to_owned(),
        (count, more) => {
            let more = if more { "+" } else { "" };
            format!("{}{more} wait for a person here. Mend the cause first, then replay.", thousands(count))
        }
    }
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let query = query.trimmed().seen(who.sight(&tenant.tenant));
    let (id, states, filter) = (tenant.tenant.clone(), states(&query.state), query.filter(PAGE_ROWS));
    let read = shared.store.read(move |unit| Box::pin(async move { known(unit, &id, &states, &filter).await }));
    let (known, is_loaded) = loaded(read.await);
    let now_ms = shared.clock.now_ms();
    let path = format!("/t/{}/deliveries", tenant.tenant);
    let asked = Asked {
        path: &path,
        filters: &query.filters(),
        cursor: "before",
        before: &query.before,
        order: Some(order(&query.sort)),
    };
    let list = asked.list(Found {
        noun: "deliveries",
        total: known.counted.map_or(Total::Unknown, |count| Total::counted(count, COUNTED_MAX)),
        rows: is_loaded.then_some(known.rows.len()),
        next: next_page(&known.rows, |row| &row.id).or(known.looked_to),
    });
    let frame = frame(&shared, &who, ("Deliveries", Place::Deliveries), Some(&tenant)).await?;
    let empty = list.empty;
    let page = Deliveries {
        frame: with_notice(frame, query.done.as_deref()),
        list,
        lines: sight::deliveries(who.sight(&tenant.tenant), known.rows)
            .iter()
            .map(|row| words::delivery_line(row, now_ms, &tenant.time_zone))
            .collect(),
        causes: known.causes.into_iter().map(|(code, count)| cause(&path, &code, count)).collect(),
        states: state_choices(),
        codes: code_choices(),
        parked: wait(known.parked),
        replay_link: address(&format!("{path}/replay"), &query.as_replay().pairs()),
        state: query.state,
        code: query.code,
        cause: query.cause,
        who: query.who,
    };
    Ok(answer(show(&page), empty))
}

/// The deliveries that match, as a table.
pub(super) async fn table(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let query = query.trimmed().seen(who.sight(&tenant.tenant));
    let head =
        ["planned", "changed", "what", "about", "person", "state", "cause", "code", "answer", "tries", "id", "number"];
    let mut table = Table::new(&head);
    let mut filter = Filter { before: None, ..query.filter(TABLE_PAGE_ROWS) };
    let now_ms = shared.clock.now_ms();
    while !table.is_full() {
        let (id, states, asked) = (tenant.tenant.clone(), states(&query.state), filter.clone());
        let read = shared
            .store
            .read(move |unit| Box::pin(async move { delivery_count::page_in(unit, &id, &states, &asked).await }));
        let rows = read.await?;
        let Some(last) = rows.last() else { break };
        filter.before = Some(last.id.clone());
        for row in &sight::deliveries(who.sight(&tenant.tenant), rows) {
            let line = words::delivery_line(row, now_ms, &tenant.time_zone);
            let at = |at_ms: i64| Moment::new(at_ms, now_ms, &tenant.time_zone).iso;
            let (planned, changed, tries) = (at(row.planned_ms), at(row.updated_ms), row.tries.to_string());
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let (code, answer, result) = (text(&row.code), text(&row.detail), text(&row.result));
            let state = line.state.word;
            table.push(&[
                &planned,
                &changed,
                &line.what,
                &line.topic,
                &row.who,
                &state,
                &line.cause,
                &code,
                &answer,
                &tries,
                &result,
                &row.id,
            ]);
        }
    }
    Ok(table.answer("deliveries"))
}

fn cause(path: &str, code: &str, count: i64) -> CauseLine {
    let count = Total::counted(count, COUNTED_MAX).words();
    CauseLine {
        sentence: sentence(code).to_owned(),
        count,
        link: address(path, &[("state", "parked"), ("code", code)]),
    }
}

/// Which parked ones are meant.
#[derive(Deserialize)]
pub(super) struct ReplayQuery {
    #[serde(default)]
    code: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    who: String,
}

impl ReplayQuery {
    fn pairs(&self) -> [(&str, &str); 3] {
        [("code", &self.code), ("cause", &self.cause), ("who", &self.who)]
    }

    fn filter(&self) -> Filter {
        Filter {
            code: some(&wanted(&self.code)),
            cause: some(&self.cause),
            who: some(&wanted(&self.who)),
            ..Filter::default()
        }
    }

    /// Makes sure that only those ask by a person who see people.
    fn is_for(&self, who: &Admin, tenant: &TenantId) -> Result<(), Failure> {
        if self.who.is_empty() { Ok(()) } else { who.sees_people(tenant) }
    }

    /// The list that they came from.
    fn back(&self, tenant: &TenantId) -> String {
        address(&format!("/t/{tenant}/deliveries"), &[&[("state", "parked")], &self.pairs()[..]].concat())
    }
}

pub(super) async fn ask(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ReplayQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    query.is_for(&who, &tenant.tenant)?;
    let (id, filter) = (tenant.tenant.clone(), query.filter());
    let again =
        shared.store.read(move |unit| Box::pin(async move { delivery_list::again(unit, &id, &filter).await })).await?;
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let given = |pairs: Vec<Pair>| pairs.into_iter().filter(|pair| !pair.value.is_empty()).collect();
    let cause = if query.code.is_empty() { "" } else { sentence(&query.code) };
    let page = Replay {
        frame: frame(&shared, &who, ("Replay", Place::Deliveries), Some(&tenant)).await?,
        what: What::Deliveries,
        count: again.iter().map(|one| one.count).sum(),
        effects: effects(&again),
        filters: given(vec![pair("Last cause", cause), pair("In common", &query.cause), pair("Person", &query.who)]),
        fields: given(query.pairs().into_iter().map(|(name, value)| pair(name, value)).collect()),
        action: format!("/t/{}/deliveries/replay", tenant.tenant),
        back: query.back(&tenant.tenant),
    };
    Ok(show(&page))
}

/// The form that replays them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    who: String,
}

pub(super) async fn replay_all(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<ReplayForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let query = ReplayQuery { code: form.code, cause: form.cause, who: form.who };
    query.is_for(&who, &tenant.tenant)?;
    let filter = query.filter();
    let (id, actor, now_ms) = (tenant.tenant.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let count = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let count = delivery_list::replay(unit, &id, &filter, now_ms).await?;
                let detail = format!("{count} deliveries");
                audit::write(unit, &actor, Some(&id), ("delivery.replayed", &detail), now_ms).await?;
                Ok(count)
            })
        })
        .await?;
    shared.wakes.courier.wake();
    let done = if count > 0 { "replayed" } else { "nothing" };
    Ok(see(&address(&format!("/t/{}/deliveries", tenant.tenant), &[("done", done)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_address_stands_for_its_states() {
        assert_eq!(states("parked"), [delivery::State::Parked]);
        assert_eq!(states("open").len(), 4);
        for word in ["", "nonsense", "' or 1=1"] {
            assert_eq!(states(word), delivery::State::ALL);
        }
    }
}
