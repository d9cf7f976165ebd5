//! Following one person: found by every id that somebody may have in hand, the whole way on pages, and nobody else's.

use super::databases::each_database;
use super::deliveries::begin;
use super::rows::{activity, append, find, id, notification, plan, settle, settled};
use connector_core::fact::{Alias, Book, State};
use connector_core::translate::{Planned, Start};
use connector_server::store::delivery::Settled;
use connector_server::store::follow::{self, DELIVERIES_MAX, Found, Subject, Wanted, Way};
use connector_server::store::journal::{self, Done};
use connector_server::store::{Store, fact, handle, lead};

async fn found(store: &Store, owner: &'static str, wanted: Wanted) -> Vec<Found> {
    store.read(move |unit| Box::pin(async move { follow::find(unit, &id(owner), &wanted).await })).await.unwrap()
}

fn text(text: &str) -> Wanted {
    Wanted { text: text.to_owned(), ..Wanted::default() }
}

async fn way(store: &Store, subject: Subject, before: Option<String>) -> Option<Way> {
    store
        .read(move |unit| Box::pin(async move { follow::way(unit, &id("a"), &subject, before.as_deref()).await }))
        .await
        .unwrap()
}

fn person(key: &str) -> Subject {
    Subject::Person(key.to_owned())
}

/// A person with a lead, known by an address and by the lead's id, and a fact with a notification.
async fn one_person(store: &Store) {
    plan(store, "a", vec![find("find", "p"), activity("joined", Some("p"), Start::Ready)], 10).await;
    let by_lead = Planned {
        person: Some(Alias("by-lead".to_owned())),
        who: "lead L-1".to_owned(),
        ..activity("met", None, Start::Ready)
    };
    plan(store, "a", vec![by_lead, activity("else", Some("q"), Start::Ready)], 20).await;
    begin(store, "a", ("t1", 500), &["joined"]).await;
    settle(store, "a", vec![Settled { result: Some("activity-7".to_owned()), ..settled("joined", "delivered") }], 600)
        .await;
    append(store, vec![notification("a", "n1", 5)]).await;
    store
        .write(|unit| {
            Box::pin(async move {
                let known = ["p", "by-lead"].map(|person| (person.to_owned(), Some("L-1".to_owned())));
                lead::remember(unit, &id("a"), &known, 30).await?;
                let fact = Some("fact-of-joined".to_owned());
                let done = Done { key: "n1".to_owned(), state: "merged", code: None, detail: None, fact };
                journal::finish(unit, &id("a"), &[done], 7).await?;
                let mut book = Book::default();
                let aliases = ["fact-of-joined", "twin"].map(|alias| Alias(alias.to_owned()));
                book.looked_up(&aliases);
                book.put(&aliases, State::Deauthorization { time: None });
                fact::store(unit, &id("a"), &book, 8).await?;
                // Remembered under what proved to be part of another fact.
                handle::remember(unit, &id("a"), &[(Alias("name".to_owned()), Alias("twin".to_owned()))]).await
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_person_is_found_by_every_id_and_is_one_person() {
    each_database(async |store, _| {
        one_person(&store).await;
        for hand in ["L-1", "activity-7", "zmarker-of-joined", "zmarker-of-met"] {
            let found = found(&store, "a", text(hand)).await;
            assert_eq!(found.len(), 1, "{hand}");
            let way = way(&store, found[0].subject.clone(), None).await.unwrap();
            assert_eq!((way.who.as_str(), way.lead.as_deref()), ("p@example.test", Some("L-1")), "{hand}");
            let keys: Vec<&str> =
                way.steps.iter().flat_map(|step| &step.deliveries).map(|(row, _)| row.key.as_str()).collect();
            assert_eq!(keys, ["find", "joined", "met"], "{hand}: oldest first, by address and by lead");
        }
        let by_name = Wanted { handles: vec![Alias("name".to_owned())], ..Wanted::default() };
        assert_eq!(found(&store, "a", by_name.clone()).await[0].subject, person("p"));
        let told = store
            .read(|unit| {
                Box::pin(async move {
                    journal::page(unit, &id("a"), &journal::Filter { limit: 1, ..Default::default() }).await
                })
            })
            .await
            .unwrap();
        let of_notification = found(&store, "a", text(&told[0].id)).await;
        assert_eq!(of_notification[0].subject, Subject::Fact("fact-of-joined".to_owned()));
        for nothing in ["", "%", "zmarker", "activity-", "p"] {
            assert!(found(&store, "a", text(nothing)).await.is_empty(), "{nothing}");
        }
        for foreign in [text("L-1"), text("activity-7"), text("zmarker-of-joined"), by_name] {
            assert!(found(&store, "b", foreign).await.is_empty(), "another tenant's");
        }
    })
    .await;
}

#[tokio::test]
async fn a_way_shows_what_told_what_was_called_and_goes_on_with_what_was_before() {
    each_database(async |store, _| {
        one_person(&store).await;
        let shown = way(&store, person("p"), None).await.unwrap();
        let joined = shown.steps.iter().find(|step| step.fact == "fact-of-joined").unwrap();
        assert_eq!((joined.notifications.len(), joined.deliveries[0].1.len()), (1, 1));
        assert!(joined.state.is_some() && shown.before.is_none());
        let of_fact = way(&store, Subject::Fact("fact-of-joined".to_owned()), None).await.unwrap();
        assert_eq!(of_fact.steps[0].deliveries.len(), 1);
        assert!(way(&store, person("nobody"), None).await.is_none());
        assert!(way(&store, Subject::Fact("nothing".to_owned()), None).await.is_none());

        let many: Vec<Planned> =
            (0..DELIVERIES_MAX).map(|n| activity(&format!("m{n:03}"), Some("p"), Start::Ready)).collect();
        plan(&store, "a", many, 700).await;
        let latest = way(&store, person("p"), None).await.unwrap();
        assert_eq!(latest.steps.len(), DELIVERIES_MAX);
        let earlier = way(&store, person("p"), latest.before.clone()).await.unwrap();
        let keys: Vec<&str> =
            earlier.steps.iter().flat_map(|step| &step.deliveries).map(|(row, _)| row.key.as_str()).collect();
        assert_eq!((keys, earlier.before), (vec!["find", "joined", "met"], None));
    })
    .await;
}
