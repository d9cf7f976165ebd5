//! The calendar: entries in any order, lists by time, numbers that changed while they were counted.

use super::databases::each_database;
use super::rows::id;
use connector_core::calendar::numbers::Numbers;
use connector_core::calendar::presence::Presence;
use connector_core::calendar::{Entry, Notes, Stage};
use connector_core::fact::Alias;
use connector_core::ids::{Kind, MeetingNumber};
use connector_core::redact::mask::Sight;
use connector_server::store::calendar_list::{self, CalendarRow, Direction, Filter};
use connector_server::store::{Store, calendar};
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 60 * 60_000;

fn entry(name: &str, stage: Stage, starts_ms: i64) -> Entry {
    Entry {
        id: name.to_owned(),
        series: Alias("series".to_owned()),
        stage,
        kind: Kind::Webinar,
        account: "A".to_owned(),
        number: MeetingNumber(86_000_000_001),
        topic: format!("Topic of {name}"),
        host: "host@acme.test".to_owned(),
        starts_ms,
        ended_ms: None,
        minutes: Some(60),
        occurrence: None,
    }
}

fn runs(entries: Vec<Entry>) -> Notes {
    Notes { runs: entries, ..Notes::default() }
}

fn plan(entries: Vec<Entry>) -> Notes {
    Notes { plans: BTreeMap::from([(Alias("series".to_owned()), entries)]), ..Notes::default() }
}

fn guess(entry: Entry) -> Notes {
    Notes { guesses: BTreeMap::from([(entry.id.clone(), entry)]), ..Notes::default() }
}

async fn note(store: &Store, owner: &str, notes: Notes, now_ms: i64) {
    let owner = id(owner);
    let write = store.write(move |unit| Box::pin(async move { calendar::note(unit, &owner, &notes, now_ms).await }));
    write.await.unwrap();
}

async fn page(store: &Store, owner: &str, filter: Filter) -> Vec<CalendarRow> {
    let (owner, filter) = (id(owner), Filter { limit: if filter.limit == 0 { 100 } else { filter.limit }, ..filter });
    store.read(move |unit| Box::pin(async move { calendar_list::page(unit, &owner, &filter).await })).await.unwrap()
}

async fn names(store: &Store, owner: &str, filter: Filter) -> Vec<String> {
    page(store, owner, filter).await.into_iter().map(|row| row.entry.id).collect()
}

async fn due(store: &Store, now_ms: i64) -> Vec<CalendarRow> {
    store.read(move |unit| Box::pin(calendar_list::due(unit, now_ms, 10))).await.unwrap()
}

#[tokio::test]
async fn a_date_that_is_held_is_shown_as_its_run() {
    each_database(async |store, _| {
        note(
            &store,
            "a",
            plan(vec![entry("d1", Stage::Planned, 100 * HOUR), entry("d2", Stage::Planned, 124 * HOUR)]),
            0,
        )
        .await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["d1", "d2"]);
        let test = Entry { ended_ms: Some(99 * HOUR), ..entry("r0", Stage::Run, 98 * HOUR) };
        note(&store, "a", runs(vec![test]), 0).await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["r0", "d1", "d2"], "it ended before the date");
        note(&store, "a", runs(vec![entry("p", Stage::Rehearsal, 100 * HOUR)]), 0).await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["r0", "d1", "p", "d2"], "a rehearsal is not the date");
        note(&store, "a", runs(vec![entry("r1", Stage::Run, 100 * HOUR + 5)]), 0).await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["r0", "p", "r1", "d2"]);
        assert!(names(&store, "b", Filter::default()).await.is_empty(), "another tenant's");
    })
    .await;
}

#[tokio::test]
async fn dates_that_are_not_planned_any_more_go_and_guesses_change_nothing_that_is_known() {
    each_database(async |store, _| {
        note(&store, "a", guess(entry("series-0", Stage::Planned, 50 * HOUR)), 0).await;
        note(&store, "a", guess(entry("series-9", Stage::Planned, 60 * HOUR)), 0).await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["series-0"], "one guess of a series is enough");
        note(&store, "a", plan(vec![entry("d1", Stage::Planned, HOUR), entry("d2", Stage::Planned, 2 * HOUR)]), 0)
            .await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["d1", "d2"]);
        note(&store, "a", guess(entry("series-0", Stage::Planned, 50 * HOUR)), 0).await;
        note(&store, "a", runs(vec![entry("run", Stage::Run, 90 * HOUR)]), 0).await;
        let nameless = Entry { topic: String::new(), starts_ms: 5, ..entry("run", Stage::Run, 0) };
        note(&store, "a", guess(nameless), 0).await;
        note(&store, "a", plan(vec![entry("d2", Stage::Cancelled, 3 * HOUR)]), 0).await;
        let rows = page(&store, "a", Filter::default()).await;
        let seen: Vec<_> =
            rows.iter().map(|row| (row.entry.id.as_str(), row.entry.stage, row.entry.starts_ms)).collect();
        assert_eq!(seen, [("d2", Stage::Cancelled, 3 * HOUR), ("run", Stage::Run, 90 * HOUR)]);
        note(&store, "a", plan(Vec::new()), 0).await;
        assert_eq!(names(&store, "a", Filter::default()).await, ["run"]);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_both_ways_and_loses_none_of_those_that_begin_at_once() {
    each_database(async |store, _| {
        let entries = (0..7).map(|n| entry(&format!("r{n}"), Stage::Run, (n / 3) * HOUR)).collect();
        note(&store, "a", runs(entries), 0).await;
        for (direction, from_ms) in [(Direction::Onward, 0), (Direction::Back, HOUR * 100)] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let filter = Filter { direction, from_ms, after: after.clone(), limit: 2, ..Filter::default() };
                let rows = page(&store, "a", filter).await;
                let Some(last) = rows.last() else { break };
                after = Some((last.entry.starts_ms, last.entry.id.clone()));
                seen.extend(rows.into_iter().map(|row| row.entry.id));
            }
            let mut expected: Vec<String> = (0..7).map(|n| format!("r{n}")).collect();
            if direction == Direction::Back {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{direction:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_searched_for_is_text_and_no_pattern() {
    each_database(async |store, _| {
        let odd = Entry { topic: "100% <b>_sure_</b>".to_owned(), kind: Kind::Meeting, ..entry("odd", Stage::Run, 1) };
        note(&store, "a", runs(vec![odd, entry("plain", Stage::Run, 2)]), 0).await;
        let found = async |text: &str| {
            names(&store, "a", Filter { text: text.to_owned(), sight: Sight::Whole, ..Filter::default() }).await
        };
        for (text, expected) in [
            ("%", vec!["odd"]),
            ("_SURE_", vec!["odd"]),
            ("topic OF", vec!["plain"]),
            ("86000000001", vec!["odd", "plain"]),
            ("'", vec![]),
        ] {
            assert_eq!(found(text).await, expected, "{text}");
        }
        let of = |kind: Kind| Filter { kind: Some(kind), ..Filter::default() };
        assert_eq!(names(&store, "a", of(Kind::Meeting)).await, ["odd"]);
        assert_eq!(names(&store, "a", of(Kind::Webinar)).await, ["plain"]);
    })
    .await;
}

/// Pages of a search are full as long as more is found, so that nothing can be told by a page that is not.
#[tokio::test]
async fn whoever_is_masked_finds_events_by_what_they_see_of_them() {
    each_database(async |store, _| {
        let named = |id: &str, topic: &str, at: i64| Entry { topic: topic.to_owned(), ..entry(id, Stage::Run, at) };
        let mut all: Vec<Entry> = (0..600).map(|n| named(&format!("p{n:03}"), "Meeting with Priya Open", n)).collect();
        all.push(named("mail", "Open day with priya@fox.test", 700));
        all.extend((0..3).map(|n| named(&format!("day{n}"), "Open day", 701 + n)));
        note(&store, "a", runs(all), 0).await;
        let found = async |text: &str, sight: Sight| {
            names(&store, "a", Filter { text: text.to_owned(), sight, limit: 3, ..Filter::default() }).await
        };
        assert_eq!(found("priya", Sight::Whole).await, ["p000", "p001", "p002"]);
        assert_eq!(found("priya", Sight::Masked).await, Vec::<String>::new());
        assert_eq!(found("fox.test", Sight::Masked).await, Vec::<String>::new());
        assert_eq!(found("open", Sight::Whole).await, ["p000", "p001", "p002"]);
        assert_eq!(found("open", Sight::Masked).await, ["mail", "day0", "day1"], "behind hundreds that are not seen");
        assert_eq!(found("meeting with", Sight::Masked).await, ["p000", "p001", "p002"]);
        let host = entry("x", Stage::Run, 0).host;
        assert!(!host.is_empty() && found(&host, Sight::Whole).await.len() == 3);
        assert_eq!(found(&host, Sight::Masked).await, Vec::<String>::new());
        assert_eq!(found("86000000001", Sight::Masked).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_changed_while_it_was_counted_is_counted_again() {
    each_database(async |store, _| {
        note(&store, "a", runs(vec![entry("run", Stage::Run, 1)]), 0).await;
        assert!(due(&store, calendar::PAUSE_MS - 1).await.is_empty(), "changes that follow each other are one count");
        let row = due(&store, calendar::PAUSE_MS).await.remove(0);
        let touched = Notes { counted: BTreeSet::from(["run".to_owned(), "other".to_owned()]), ..Notes::default() };
        note(&store, "a", touched, 20_000).await;
        let count = async |changes: i64, again_ms: Option<i64>, now_ms: i64| {
            let numbers = Numbers { came: 7, people: 9, ..Numbers::default() };
            let presence = Presence { from_ms: 1, to_ms: 2, steps: vec![3, 4] };
            let write = store.write(move |unit| {
                Box::pin(async move {
                    let counted = (&numbers, Some(&presence));
                    calendar::counted(unit, &id("a"), ("run", changes), counted, (again_ms, now_ms)).await
                })
            });
            write.await.unwrap();
        };
        count(row.changes, None, 21_000).await;
        let again = due(&store, 21_000 + calendar::PAUSE_MS).await.remove(0);
        assert_eq!((again.numbers.came, again.counted_ms, again.changes), (7, Some(21_000), row.changes + 1));
        let presence = Presence { from_ms: 1, to_ms: 2, steps: vec![3, 4] };
        assert_eq!((again.numbers.people, again.presence), (9, Some(presence)));
        count(again.changes, None, 40_000).await;
        assert!(due(&store, i64::MAX - 1).await.is_empty(), "nothing changed since");
        count(again.changes, Some(90_000), 50_000).await;
        assert_eq!((due(&store, 89_999).await.len(), due(&store, 90_000).await.len()), (0, 1), "something waits");
        let registered = Notes { registered: BTreeSet::from([Alias("series".to_owned())]), ..Notes::default() };
        count(again.changes, None, 50_000).await;
        note(&store, "b", registered.clone(), 60_000).await;
        assert!(due(&store, 80_000).await.is_empty(), "another tenant's");
        note(&store, "a", registered, 60_000).await;
        assert_eq!(due(&store, 80_000).await.len(), 1);
    })
    .await;
}
