//! Failures seen together: those alike make one group, groups are muted and come back, and all of one go again.

use super::databases::each_database;
use super::deliveries::begin;
use super::rows::{activity, append, by_key, find, id, notification, plan, settle, settled};
use connector_core::issue::Again;
use connector_core::translate::{Planned, Start};
use connector_server::store::Store;
use connector_server::store::delivery::Settled;
use connector_server::store::delivery_list::{self, Filter};
use connector_server::store::issue::{self, Issues, Key};
use connector_server::store::journal::{self, Done};
use connector_server::store::muted::{self, MutedRow};

fn key(code: &str, cause: &str) -> Key {
    Key { code: code.to_owned(), cause: cause.to_owned() }
}

fn parked(key: &str, code: &str, detail: &str) -> Settled {
    Settled { code: Some(code.to_owned()), detail: Some(detail.to_owned()), ..settled(key, "parked") }
}

async fn issues(store: &Store, owner: &'static str) -> Issues {
    store.read(move |unit| Box::pin(async move { issue::page(unit, &id(owner), None, 50).await })).await.unwrap()
}

fn about(key: &str, who: &str) -> Planned {
    Planned { who: who.to_owned(), ..activity(key, None, Start::Ready) }
}

async fn three_phones_and_a_task(store: &Store) {
    let planned =
        vec![about("k1", "asha"), about("k2", "ravi"), about("k3", "asha"), about("k4", "lena"), about("k5", "x")];
    plan(store, "a", planned, 10).await;
    let no_phone = |key: &str, number: u32| parked(key, "lsq.rejected", &format!("Phone {number} is not valid"));
    settle(store, "a", vec![no_phone("k1", 1)], 20).await;
    settle(store, "a", vec![no_phone("k2", 22), parked("k4", "lsq.rejected", "Task type 'Call' does not exist")], 30)
        .await;
    settle(store, "a", vec![no_phone("k3", 333), settled("k5", "delivered")], 40).await;
}

#[tokio::test]
async fn failures_that_are_alike_make_one_group_whoever_they_are_about() {
    each_database(async |store, _| {
        three_phones_and_a_task(&store).await;
        let found = issues(&store, "a").await;
        let seen: Vec<_> = found.issues.iter().map(|one| (&one.group.key, one.group.count, one.group.people)).collect();
        let (phones, task) =
            (key("lsq.rejected", "Phone … is not valid"), key("lsq.rejected", "Task type 'Call' does not exist"));
        assert_eq!(seen, [(&phones, 3, 2), (&task, 1, 1)]);
        let group = &found.issues[0].group;
        assert_eq!(
            (group.since_ms, group.last_ms, group.few.as_slice()),
            (20, 40, &["asha".to_owned(), "ravi".to_owned()][..])
        );
        assert!(issues(&store, "b").await.issues.is_empty(), "another tenant's");
        let first =
            store.read(|unit| Box::pin(async move { issue::page(unit, &id("a"), None, 1).await })).await.unwrap();
        assert_eq!((first.issues.len(), first.next.as_ref()), (1, Some(&phones)));
        let second = store
            .read(move |unit| Box::pin(async move { issue::page(unit, &id("a"), first.next.as_ref(), 1).await }))
            .await
            .unwrap();
        assert_eq!((&second.issues[0].group.key, second.next), (&task, None));
    })
    .await;
}

#[tokio::test]
async fn a_retry_of_a_group_says_first_what_it_does_and_leaves_the_others() {
    each_database(async |store, _| {
        plan(
            &store,
            "a",
            vec![
                activity("sent", Some("p"), Start::Ready),
                activity("unsent", Some("p"), Start::Ready),
                find("find", "p"),
                activity("else", Some("p"), Start::Ready),
            ],
            10,
        )
        .await;
        begin(&store, "a", ("t1", 500), &["sent"]).await;
        let alike = ["sent", "unsent", "find"].map(|one| parked(one, "lsq.rejected", "Phone 1 is not valid"));
        settle(&store, "a", alike.to_vec(), 600).await;
        settle(&store, "a", vec![parked("else", "lsq.rejected", "No owner")], 600).await;
        let filter = Filter {
            code: Some("lsq.rejected".to_owned()),
            cause: Some("Phone … is not valid".to_owned()),
            ..Filter::default()
        };
        let asked = filter.clone();
        let again = store
            .read(move |unit| Box::pin(async move { delivery_list::again(unit, &id("a"), &asked).await }))
            .await
            .unwrap();
        let of = |kind: &str, sent: bool| Again { kind: kind.to_owned(), sent, count: 1 };
        assert_eq!(again, [of("activity", false), of("activity", true), of("find", false)]);
        let replayed = store
            .write(move |unit| Box::pin(async move { delivery_list::replay(unit, &id("a"), &filter, 700).await }))
            .await;
        assert_eq!(replayed.unwrap(), 3);
        assert_eq!(
            (by_key(&store, "a", "sent").await.state.as_str(), by_key(&store, "a", "else").await.state.as_str()),
            ("unknown", "parked")
        );
        assert_eq!(issues(&store, "a").await.issues.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_muted_group_is_quiet_until_it_has_doubled() {
    each_database(async |store, _| {
        three_phones_and_a_task(&store).await;
        let phones = key("lsq.rejected", "Phone … is not valid");
        let row = MutedRow { key: phones.clone(), count: 3, actor: "asha".to_owned(), muted_ms: 50 };
        let put = row.clone();
        store.write(move |unit| Box::pin(async move { muted::mute(unit, &id("a"), &put).await })).await.unwrap();
        let muted_of = async |store: &Store| issues(store, "a").await.issues[0].muted.clone();
        assert_eq!(muted_of(&store).await, Some(row));
        let more: Vec<String> = (0..7).map(|n| format!("more{n}")).collect();
        plan(&store, "a", more.iter().map(|one| about(one, one)).collect(), 60).await;
        settle(&store, "a", more.iter().map(|one| parked(one, "lsq.rejected", "Phone 9 is not valid")).collect(), 70)
            .await;
        assert_eq!(muted_of(&store).await, None, "ten are twice as many as five, the least that is muted");
        let gone = phones.clone();
        let unmute = async |owner: &'static str, gone: Key| {
            store
                .write(move |unit| Box::pin(async move { muted::unmute(unit, &id(owner), &gone).await }))
                .await
                .unwrap()
        };
        assert!(!unmute("b", gone.clone()).await, "another tenant's");
        assert!(unmute("a", gone.clone()).await && !unmute("a", gone).await);
    })
    .await;
}

#[tokio::test]
async fn notifications_that_could_not_be_read_are_grouped_by_event_and_read_once_more() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "n1", 5), notification("a", "n2", 6), notification("a", "n3", 7)]).await;
        let done = |key: &str, code: &'static str| Done {
            key: key.to_owned(),
            state: "quarantined",
            code: Some(code),
            detail: Some("no uuid".to_owned()),
            fact: None,
        };
        let done =
            vec![done("n1", "quarantine.field"), done("n2", "quarantine.field"), done("n3", "quarantine.not_json")];
        store
            .write(move |unit| Box::pin(async move { journal::finish(unit, &id("a"), &done, 8).await }))
            .await
            .unwrap();
        let found = issues(&store, "a").await.issues;
        let fields = key("quarantine.field", "webinar.started");
        assert_eq!(
            (&found[0].group.key, found[0].group.count, found[0].group.since_ms, found[0].group.last_ms),
            (&fields, 2, 5, 6)
        );
        let read_again = async |owner: &'static str, key: Key| {
            store
                .write(move |unit| Box::pin(async move { issue::read_again(unit, &id(owner), &key, 9).await }))
                .await
                .unwrap()
        };
        assert_eq!(read_again("b", fields.clone()).await, 0);
        assert_eq!((read_again("a", fields.clone()).await, read_again("a", fields).await), (2, 0));
        let pending =
            store.read(|unit| Box::pin(async move { journal::pending(unit, &id("a"), 9).await })).await.unwrap();
        assert_eq!(pending.len(), 2);
    })
    .await;
}
