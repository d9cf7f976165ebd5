//! The queue: planned once, freed by who is known, out in order, never forgotten.

use super::databases::each_database;
use super::rows::{activity, by_key, claim, find, id, named, plan, queue, ready, settle, settled};
use connector_core::translate::Start;
use connector_server::store::attempt::{self, NewAttempt};
use connector_server::store::delivery::{self, DeliveryRow, Settled};
use connector_server::store::{Store, lead};

pub async fn begin(store: &Store, owner: &str, (attempt, deadline_ms): (&str, i64), keys: &[&str]) {
    let attempt = NewAttempt {
        id: attempt.to_owned(),
        operation: "ProspectActivity.Create",
        fence: 1,
        started_ms: deadline_ms - 100,
        deadline_ms,
        deliveries: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let owner = id(owner);
    store.write(move |unit| Box::pin(async move { attempt::begin(unit, &owner, &[attempt]).await })).await.unwrap();
}

async fn remember(store: &Store, person: &str, lead: Option<&str>) {
    let known = vec![(person.to_owned(), lead.map(str::to_owned))];
    store.write(move |unit| Box::pin(async move { lead::remember(unit, &id("a"), &known, 5).await })).await.unwrap();
}

async fn rows(store: &Store, now_ms: i64) -> Vec<DeliveryRow> {
    let rows = store
        .read(move |unit| Box::pin(async move { delivery::ready(unit, &id("a"), "leadsquared", now_ms, 100).await }))
        .await;
    rows.unwrap()
}

async fn unknown(store: &Store, now_ms: i64) -> Vec<String> {
    let rows = store
        .read(move |unit| Box::pin(async move { delivery::unknown(unit, &id("a"), "leadsquared", now_ms, 100).await }))
        .await;
    rows.unwrap().into_iter().map(|row| row.key).collect()
}

async fn next_at_ms(store: &Store) -> Option<i64> {
    store.read(|unit| Box::pin(async move { delivery::next_at_ms(unit, &id("a"), "leadsquared").await })).await.unwrap()
}

#[tokio::test]
async fn planning_twice_is_planning_once() {
    each_database(async |store, _| {
        plan(&store, "a", vec![activity("k", Some("p"), Start::Ready), activity("k", Some("p"), Start::Ready)], 10)
            .await;
        let before = queue(&store, "a").await;
        let mut other = activity("k", Some("q"), Start::Parked("setup.activity_type"));
        other.what = "something else".to_owned();
        plan(&store, "a", vec![other], 20).await;
        let after = queue(&store, "a").await;
        assert_eq!(after.len(), 1);
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        assert_eq!(claim(&store, "leadsquared", 10).await.unwrap().tenant, id("a"), "the courier is woken");
    })
    .await;
}

#[tokio::test]
async fn a_delivery_begins_as_it_was_planned() {
    each_database(async |store, _| {
        let starts = [
            ("ready", Start::Ready, "ready", None),
            ("waits", Start::WaitsForIdentity, "waiting", Some("waiting.identity")),
            ("out", Start::Suppressed("suppressed.excluded_domain"), "suppressed", Some("suppressed.excluded_domain")),
            ("parked", Start::Parked("setup.activity_type"), "parked", Some("setup.activity_type")),
        ];
        plan(&store, "a", starts.iter().map(|(key, start, ..)| activity(key, Some("p"), *start)).collect(), 10).await;
        for (key, _, state, code) in starts {
            let row = by_key(&store, "a", key).await;
            assert_eq!((row.state.as_str(), row.code.as_deref(), row.planned_ms), (state, code, 10), "{key}");
            assert_eq!((row.kind.as_str(), row.destination.as_str()), ("activity", "leadsquared"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_waits_is_freed_by_the_plan_that_knows_the_person_and_by_nothing_else() {
    each_database(async |store, _| {
        plan(&store, "a", vec![activity("k", None, Start::WaitsForIdentity)], 10).await;
        plan(&store, "a", vec![activity("k", None, Start::WaitsForIdentity)], 20).await;
        assert_eq!(by_key(&store, "a", "k").await.updated_ms, 10);
        assert_eq!(ready(&store, "a", 99).await, [""; 0]);
        let id_before = by_key(&store, "a", "k").await.id;
        plan(&store, "a", vec![activity("k", Some("p"), Start::Ready)], 30).await;
        let freed = by_key(&store, "a", "k").await;
        assert_eq!((freed.state.as_str(), freed.code, freed.who.as_str()), ("ready", None, "p@example.test"));
        assert_eq!((freed.id, freed.next_at_ms), (id_before, 30), "it keeps its place");
        settle(&store, "a", vec![settled("k", "delivered")], 40).await;
        plan(
            &store,
            "a",
            vec![activity("k", None, Start::WaitsForIdentity), activity("k", Some("q"), Start::Ready)],
            50,
        )
        .await;
        assert_eq!(by_key(&store, "a", "k").await.state, "delivered");
    })
    .await;
}

#[tokio::test]
async fn what_is_about_a_person_goes_only_when_the_lead_is_settled() {
    each_database(async |store, _| {
        let planned = vec![
            find("find", "p"),
            activity("about-p", Some("p"), Start::Ready),
            activity("about-nobody", None, Start::Ready),
            activity("about-q", Some("q"), Start::Ready),
        ];
        plan(&store, "a", planned, 10).await;
        assert_eq!(ready(&store, "a", 10).await, ["find", "about-nobody"]);
        assert_eq!(ready(&store, "a", 9).await, [""; 0], "not before it is due");
        remember(&store, "p", Some("lead-1")).await;
        remember(&store, "q", None).await;
        assert_eq!(
            ready(&store, "a", 10).await,
            ["find", "about-p", "about-nobody", "about-q"],
            "in the order planned"
        );
        let leads: Vec<_> = rows(&store, 10).await.into_iter().map(|row| (row.key, row.lead)).collect();
        assert_eq!(leads[1], ("about-p".to_owned(), Some(Some("lead-1".to_owned()))));
        assert_eq!(leads[2], ("about-nobody".to_owned(), None), "nothing is known");
        assert_eq!(leads[3], ("about-q".to_owned(), Some(None)), "LeadSquared has none");
        store.write(|unit| Box::pin(async move { lead::forget(unit, &id("a"), "p").await })).await.unwrap();
        assert_eq!(ready(&store, "a", 10).await, ["find", "about-nobody", "about-q"]);
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_leadsquared_named_needs_no_look_up() {
    each_database(async |store, _| {
        plan(&store, "a", vec![named("k", "p", "lead-7"), activity("other", Some("p"), Start::Ready)], 10).await;
        let leads: Vec<_> = rows(&store, 10).await.into_iter().map(|row| row.lead).collect();
        assert_eq!(leads, [Some(Some("lead-7".to_owned())), Some(Some("lead-7".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn a_lane_is_due_when_something_in_it_can_go() {
    each_database(async |store, _| {
        assert_eq!(next_at_ms(&store).await, None);
        plan(&store, "a", vec![activity("k", Some("p"), Start::Ready)], 10).await;
        assert_eq!(next_at_ms(&store).await, None, "it waits for its lead");
        remember(&store, "p", Some("lead-1")).await;
        assert_eq!(next_at_ms(&store).await, Some(10));
        settle(&store, "a", vec![Settled { next_at_ms: 70, tries: 1, ..settled("k", "ready") }], 20).await;
        plan(&store, "a", vec![find("f", "q")], 90).await;
        assert_eq!(next_at_ms(&store).await, Some(70));
        settle(&store, "a", vec![Settled { next_at_ms: 50, ..settled("f", "unknown") }], 20).await;
        assert_eq!(next_at_ms(&store).await, Some(50));
        settle(&store, "a", vec![settled("f", "parked"), settled("k", "delivered")], 20).await;
        assert_eq!(next_at_ms(&store).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_was_being_sent_when_its_sender_died_is_unknown_and_read_first() {
    each_database(async |store, _| {
        let planned = ["k1", "k2", "k3"].map(|key| activity(key, Some("p"), Start::Ready));
        plan(&store, "a", planned.to_vec(), 10).await;
        plan(&store, "b", vec![activity("k1", Some("p"), Start::Ready)], 10).await;
        remember(&store, "p", Some("lead-1")).await;
        begin(&store, "a", ("t1", 500), &["k1", "k2"]).await;
        begin(&store, "b", ("t1", 500), &["k1"]).await;
        assert_eq!(ready(&store, "a", 99).await, ["k3"]);
        let occupied =
            || store.read(|unit| Box::pin(async move { delivery::occupied(unit, &id("a"), "leadsquared", 50).await }));
        assert_eq!(occupied().await.unwrap(), ["p"]);
        let recovered = store
            .write(|unit| Box::pin(async move { delivery::recover(unit, &id("a"), "leadsquared", 10_000).await }))
            .await;
        assert_eq!(recovered.unwrap(), 2);
        assert_eq!(by_key(&store, "b", "k1").await.state, "sending");
        assert_eq!(occupied().await.unwrap(), ["p"]);
        assert_eq!(unknown(&store, 10_499).await, [""; 0]);
        let mut due = unknown(&store, 10_500).await;
        due.sort_unstable();
        assert_eq!(due, ["k1", "k2"]);
        assert_eq!(next_at_ms(&store).await, Some(10), "the third is ready still");
        settle(&store, "a", vec![settled("k1", "delivered"), settled("k2", "delivered")], 11_000).await;
        assert!(occupied().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn settling_keeps_what_is_known_and_replaces_what_changed() {
    each_database(async |store, _| {
        plan(&store, "a", vec![activity("k", None, Start::Ready)], 10).await;
        let command = by_key(&store, "a", "k").await.command;
        let first = Settled {
            code: Some("lsq.not_sent".to_owned()),
            detail: Some("away".to_owned()),
            next_at_ms: 30,
            tries: 2,
            reads: 1,
            opaque: 3,
            lead_renewed: true,
            result: Some("act-1".to_owned()),
            proof: Some("answer"),
            ..settled("k", "ready")
        };
        settle(&store, "a", vec![first], 20).await;
        let row = rows(&store, 30).await.remove(0);
        assert_eq!((row.tries, row.reads, row.opaque, row.lead_renewed), (2, 1, 3, true));
        let seen = by_key(&store, "a", "k").await;
        assert_eq!(
            (seen.code.as_deref(), seen.detail.as_deref(), seen.updated_ms),
            (Some("lsq.not_sent"), Some("away"), 20)
        );
        settle(&store, "a", vec![Settled { command: Some("{}".to_owned()), ..settled("k", "delivered") }], 40).await;
        let seen = by_key(&store, "a", "k").await;
        assert_eq!((seen.result.as_deref(), seen.proof.as_deref()), (Some("act-1"), Some("answer")));
        assert_eq!((seen.code, seen.command.as_str()), (None, "{}"));
        assert_ne!(command, "{}");
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_leadsquared_lost_is_made_again_by_its_latest_delivery() {
    each_database(async |store, _| {
        plan(&store, "a", vec![find("older", "p"), find("newer", "p"), find("other", "q")], 10).await;
        settle(&store, "a", ["older", "newer", "other"].map(|key| settled(key, "delivered")).to_vec(), 20).await;
        remember(&store, "p", Some("lead-1")).await;
        plan(&store, "a", vec![activity("k", Some("p"), Start::Ready)], 30).await;
        assert_eq!(ready(&store, "a", 50).await, ["k"]);
        let renew = |person: &'static str| {
            store.write(move |unit| Box::pin(async move { delivery::renew_lead(unit, &id("a"), person, 50).await }))
        };
        assert!(renew("p").await.unwrap());
        assert_eq!(ready(&store, "a", 50).await, ["newer"], "the activity waits for the lead again");
        assert!(!renew("stranger").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn every_attempt_that_carried_a_delivery_is_told_with_its_end() {
    each_database(async |store, _| {
        let keys: Vec<String> = (0..70).map(|n| format!("k{n}")).collect();
        plan(&store, "a", keys.iter().map(|key| activity(key, None, Start::Ready)).collect(), 10).await;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        begin(&store, "a", ("t1", 500), &keys).await;
        assert!(queue(&store, "a").await.iter().all(|row| row.state == "sending"));
        begin(&store, "a", ("t2", 900), &["k3", "k3"]).await;
        let end = |attempt: &'static str| {
            store.write(move |unit| {
                Box::pin(async move {
                    attempt::end(unit, &id("a"), &[(attempt.to_owned(), "lsq.rejected", Some("no".to_owned()))], 777)
                        .await
                })
            })
        };
        end("t1").await.unwrap();
        let of = |key: &'static str| {
            store.read(move |unit| Box::pin(async move { attempt::of_delivery(unit, &id("a"), key).await }))
        };
        let attempts = of("k3").await.unwrap();
        assert_eq!(attempts.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
        assert_eq!(
            (attempts[0].rows, attempts[0].ended_ms, attempts[0].outcome.as_deref()),
            (70, Some(777), Some("lsq.rejected"))
        );
        assert_eq!((attempts[1].started_ms, attempts[1].ended_ms, attempts[1].outcome.clone()), (800, None, None));
        assert_eq!(of("k69").await.unwrap().len(), 1);
        let row = store
            .read(|unit| Box::pin(async move { delivery::unknown(unit, &id("a"), "leadsquared", 0, 9).await }))
            .await;
        assert!(row.unwrap().is_empty(), "an attempt that is under way is not unknown");
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_was_named_and_is_gone_does_not_hide_what_is_about_it() {
    each_database(async |store, _| {
        plan(&store, "a", vec![named("k", "p", "lead-1")], 10).await;
        let renewed =
            store.write(|unit| Box::pin(async move { delivery::renew_lead(unit, &id("a"), "p", 20).await })).await;
        assert!(!renewed.unwrap(), "nothing of ours could find it anew");
        assert_eq!(
            ready(&store, "a", 30).await,
            ["k"],
            "it goes out once more, and is parked when it is refused again"
        );
    })
    .await;
}

#[tokio::test]
async fn planning_again_what_is_being_settled_does_not_stop_either() {
    each_database(async |store, _| {
        let keys = || (0..6).map(|n| format!("k{n}"));
        let planned = || -> Vec<_> { keys().map(|key| activity(&key, Some("p"), Start::Ready)).collect() };
        plan(&store, "a", planned(), 10).await;
        let claimed = claim(&store, "leadsquared", 10).await.unwrap();
        let translator = async {
            for _ in 0..40 {
                plan(&store, "a", planned(), 10).await;
            }
        };
        let courier = async {
            for _ in 0..40 {
                let (held, done) =
                    (claimed.clone(), keys().rev().map(|key| settled(&key, "ready")).collect::<Vec<_>>());
                let unit = store.write(move |unit| {
                    Box::pin(async move {
                        connector_server::store::lane::hold(unit, &held, "leadsquared", "{}", 1_000).await?;
                        delivery::settle(unit, &held.tenant, &done, 20).await
                    })
                });
                unit.await.unwrap();
            }
        };
        tokio::join!(translator, courier);
    })
    .await;
}
