//! What goes out: the list with what keeps failing, and replaying all that match.

use super::super::deliveries::{CauseLine, Deliveries};
use super::super::frame::Place;
use super::super::journal::Choice;
use super::super::notification::Pair;
use super::super::replay::Replay;
use super::journal::{next_page, some, wanted, why_empty};
use super::session::Admin;
use super::{Fields, PAGE_ROWS, Page, address, frame, see, show, tenant_of, with_notice, words};
use crate::app::Shared;
use crate::store::delivery_list::Filter;
use crate::store::{audit, delivery_count, delivery_list};
use axum::extract::{Path, Query, State};
use connector_core::code::{ALL, sentence};
use connector_core::delivery;
use serde::Deserialize;

/// Causes shown above the list.
const CAUSES_SHOWN: i64 = 8;
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
    who: String,
    #[serde(default)]
    before: String,
    done: Option<String>,
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

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (state, code, person) = (wanted(&query.state), wanted(&query.code), wanted(&query.who));
    let filter = Filter {
        state: None,
        code: some(&code),
        who: some(&person),
        before: some(&wanted(&query.before)),
        limit: PAGE_ROWS,
    };
    let (id, states) = (tenant.tenant.clone(), states(&state));
    let (rows, causes, parked) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let rows = delivery_count::page_in(unit, &id, &states, &filter).await?;
                let causes = delivery_count::parked_causes(unit, &id, CAUSES_SHOWN).await?;
                let matching = Filter { before: None, ..filter };
                let parked = match states.contains(&delivery::State::Parked) {
                    true => delivery_list::count_parked(unit, &id, &matching).await?,
                    false => 0,
                };
                Ok((rows, causes, parked))
            })
        })
        .await?;
    let now_ms = shared.clock.now_ms();
    let path = format!("/t/{}/deliveries", tenant.tenant);
    let filters = [("state", state.as_str()), ("code", &code), ("who", &person)];
    let at = |before: &str| address(&path, &[&filters[..], &[("before", before)]].concat());
    let filtered = filters.iter().any(|(_, value)| !value.is_empty()) || !query.before.is_empty();
    let frame = frame(&shared, &who, ("Deliveries", Place::Deliveries), Some(&tenant)).await?;
    let page = Deliveries {
        frame: with_notice(frame, query.done.as_deref()),
        lines: rows.iter().map(|row| words::delivery_line(row, now_ms, &tenant.time_zone)).collect(),
        empty: why_empty(rows.len(), filtered),
        causes: causes.into_iter().map(|(code, count)| cause(&path, &code, count)).collect(),
        states: state_choices(),
        codes: code_choices(),
        parked,
        replay_link: address(&format!("{path}/replay"), &[("code", &code), ("who", &person)]),
        newest: (!query.before.is_empty()).then(|| at("")),
        older: next_page(&rows, |row| &row.id).map(|before| at(&before)),
        state,
        code,
        who: person,
    };
    Ok(show(&page))
}

fn cause(path: &str, code: &str, count: i64) -> CauseLine {
    let sentence = if code.is_empty() { "Without a cause." } else { sentence(code) };
    CauseLine { sentence: sentence.to_owned(), count, link: address(path, &[("state", "parked"), ("code", code)]) }
}

/// Which parked ones are meant.
#[derive(Deserialize)]
pub(super) struct ReplayQuery {
    #[serde(default)]
    code: String,
    #[serde(default)]
    who: String,
}

pub(super) async fn ask(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ReplayQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (code, person) = (wanted(&query.code), wanted(&query.who));
    let (id, filter) = (tenant.tenant.clone(), parked_filter(&code, &person));
    let count = shared
        .store
        .read(move |unit| Box::pin(async move { delivery_list::count_parked(unit, &id, &filter).await }))
        .await?;
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let given = |pairs: Vec<Pair>| pairs.into_iter().filter(|pair| !pair.value.is_empty()).collect();
    let cause = if code.is_empty() { "" } else { sentence(&code) };
    let page = Replay {
        frame: frame(&shared, &who, ("Replay", Place::Deliveries), Some(&tenant)).await?,
        count,
        filters: given(vec![pair("Last cause", cause), pair("Person", &person)]),
        fields: given(vec![pair("code", &code), pair("who", &person)]),
        back: back(tenant.tenant.as_str(), &code, &person),
    };
    Ok(show(&page))
}

fn parked_filter(code: &str, who: &str) -> Filter {
    Filter { code: some(code), who: some(who), ..Filter::default() }
}

fn back(tenant: &str, code: &str, who: &str) -> String {
    address(&format!("/t/{tenant}/deliveries"), &[("state", "parked"), ("code", code), ("who", who)])
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
    let filter = parked_filter(&wanted(&form.code), &wanted(&form.who));
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
