//! Connections and sign-ins: one for each app and user, takeover in one piece, a step happens once.

use super::databases::each_database;
use super::rows::{connection, grant, id, sign_in};
use connector_core::ids::ZoomApp;
use connector_server::store::connection::{self as connections, ConnectionRow};
use connector_server::store::sign_in::{self as sign_ins, SignInRow};
use connector_server::store::{Store, StoreError, grant as grants};
use futures_util::future::join_all;

async fn insert(store: &Store, row: ConnectionRow) -> Result<(), StoreError> {
    store.write(move |unit| Box::pin(async move { connections::insert(unit, &row).await })).await
}

async fn open(store: &Store, owner: &str) -> Option<ConnectionRow> {
    let owner = id(owner);
    let open =
        store.read(move |unit| Box::pin(async move { connections::open(unit, &owner, ZoomApp::Webinars).await }));
    open.await.unwrap()
}

#[tokio::test]
async fn a_second_connection_of_an_app_or_of_a_zoom_user_is_a_duplicate() {
    each_database(async |store, _| {
        insert(&store, connection("a", "c1", "user")).await.unwrap();
        let same_app = insert(&store, connection("a", "c2", "other")).await.unwrap_err();
        let same_user = insert(&store, connection("b", "c3", "user")).await.unwrap_err();
        assert!(same_app.is_duplicate() && same_user.is_duplicate());
        let other_app = ConnectionRow { app: ZoomApp::Meetings, ..connection("a", "c4", "user") };
        insert(&store, other_app).await.unwrap();
        insert(&store, connection("b", "c5", "other")).await.unwrap();
        assert!(!StoreError::Fenced.is_duplicate());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tenants_who_connect_the_same_user_at_once_one_does() {
    each_database(async |store, _| {
        let owners: Vec<String> = (0..6).map(|number| format!("t{number}")).collect();
        let results = join_all(owners.iter().map(|owner| insert(&store, connection(owner, "c", "user")))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.iter().filter_map(|result| result.as_ref().err()).all(StoreError::is_duplicate));
    })
    .await;
}

async fn take_over(store: &Store, next: ConnectionRow) -> Result<(), StoreError> {
    store
        .write(move |unit| {
            Box::pin(async move {
                let held = connections::held_by(unit, next.app, &next.zoom_user).await?.unwrap();
                connections::end(unit, &held.tenant, &held.id, "taken_over", 100).await?;
                connections::insert(unit, &next).await
            })
        })
        .await
}

#[tokio::test]
async fn a_takeover_ends_the_old_connection_and_begins_the_new_one_or_does_neither() {
    each_database(async |store, _| {
        insert(&store, connection("a", "c1", "user")).await.unwrap();
        store.write(|unit| Box::pin(async move { grants::insert(unit, &grant("a", "c1")).await })).await.unwrap();
        insert(&store, connection("b", "c2", "busy")).await.unwrap();
        let refused = take_over(&store, connection("b", "c3", "user")).await.unwrap_err();
        assert!(refused.is_duplicate(), "tenant b has a connection already");
        assert_eq!(open(&store, "a").await.unwrap().id, "c1");
        let tokens = || store.read(|unit| Box::pin(async move { grants::get(unit, &id("a"), "c1").await }));
        assert!(tokens().await.unwrap().is_some(), "the tokens were not destroyed either");
        take_over(&store, ConnectionRow { began_ms: 100, ..connection("c", "c4", "user") }).await.unwrap();
        assert!(open(&store, "a").await.is_none());
        assert!(tokens().await.unwrap().is_none());
        let latest = store
            .read(|unit| Box::pin(async move { connections::latest(unit, &id("a"), ZoomApp::Webinars).await }))
            .await;
        let latest = latest.unwrap().unwrap();
        assert_eq!((latest.ended_ms, latest.ended_code.as_deref()), (Some(100), Some("taken_over")));
        let again = store
            .write(|unit| Box::pin(async move { connections::end(unit, &id("a"), "c1", "disconnected", 200).await }))
            .await;
        assert!(!again.unwrap(), "it ends once");
    })
    .await;
}

#[tokio::test]
async fn routes_name_the_connections_of_an_account_ended_ones_included() {
    each_database(async |store, _| {
        insert(&store, connection("a", "c1", "user")).await.unwrap();
        take_over(&store, ConnectionRow { began_ms: 100, ..connection("b", "c2", "user") }).await.unwrap();
        let elsewhere = ConnectionRow { account: "AcctOther".to_owned(), ..connection("a", "c3", "third") };
        insert(&store, elsewhere).await.unwrap();
        let routes =
            store.read(|unit| Box::pin(connections::routes(unit, ZoomApp::Webinars, &["AcctDemo"]))).await.unwrap();
        let seen: Vec<_> = routes.iter().map(|route| (route.tenant.as_str(), route.began_ms, route.ended_ms)).collect();
        assert_eq!(seen, [("b", 100, None), ("a", 10, Some(100))]);
        let meetings = store.read(|unit| Box::pin(connections::routes(unit, ZoomApp::Meetings, &["AcctDemo"]))).await;
        assert!(meetings.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_connection_breaks_once() {
    each_database(async |store, _| {
        insert(&store, connection("a", "c1", "user")).await.unwrap();
        let set_broken = || {
            store.write(|unit| {
                Box::pin(async move { connections::set_broken(unit, (&id("a"), "c1"), "grant.dead", 1).await })
            })
        };
        assert!(set_broken().await.unwrap());
        assert!(!set_broken().await.unwrap());
        let row = open(&store, "a").await.unwrap();
        assert_eq!((row.state.as_str(), row.broken_code.as_deref()), ("broken", Some("grant.dead")));
    })
    .await;
}

async fn begin(store: &Store, row: SignInRow) {
    store.write(move |unit| Box::pin(async move { sign_ins::insert(unit, &row).await })).await.unwrap();
}

async fn advance(store: &Store, from: &'static str, to: &'static str) -> bool {
    store.write(move |unit| Box::pin(sign_ins::advance(unit, "s1", from, to))).await.unwrap()
}

async fn sign_in_of(store: &Store, state_hash: &'static str) -> Option<SignInRow> {
    store.read(move |unit| Box::pin(sign_ins::get(unit, state_hash))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_a_sign_in_happens_once_however_many_come_back() {
    each_database(async |store, _| {
        begin(&store, sign_in("a", "s1")).await;
        begin(&store, sign_in("a", "s2")).await;
        let won = join_all((0..10).map(|_| advance(&store, "begun", "exchanging"))).await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
        assert_eq!(sign_in_of(&store, "s2").await.unwrap().step, "begun");
    })
    .await;
}

#[tokio::test]
async fn an_offer_is_kept_between_exchange_and_confirmation_only() {
    each_database(async |store, _| {
        begin(&store, sign_in("a", "s1")).await;
        let offer = || store.write(|unit| Box::pin(sign_ins::offer(unit, "s1", vec![1, 0, 1])));
        offer().await.unwrap();
        assert_eq!(sign_in_of(&store, "s1").await.unwrap().offer, None, "nothing was exchanged yet");
        assert!(advance(&store, "begun", "exchanging").await);
        offer().await.unwrap();
        let row = sign_in_of(&store, "s1").await.unwrap();
        assert_eq!((row.step.as_str(), row.offer), ("offered", Some(vec![1, 0, 1])));
        assert!(advance(&store, "offered", "confirmed").await);
        assert!(!advance(&store, "offered", "confirmed").await);
        store.write(|unit| Box::pin(sign_ins::forget_offer(unit, "s1"))).await.unwrap();
        assert_eq!(sign_in_of(&store, "s1").await.unwrap().offer, None);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_failed_forgets_what_was_granted_and_a_confirmed_one_does_not_fail() {
    each_database(async |store, _| {
        begin(&store, SignInRow { step: "offered".to_owned(), offer: Some(vec![1]), ..sign_in("a", "s1") }).await;
        begin(&store, SignInRow { step: "confirmed".to_owned(), began_ms: 20, ..sign_in("a", "s2") }).await;
        for state_hash in ["s1", "s2"] {
            store.write(move |unit| Box::pin(sign_ins::fail(unit, state_hash, "no"))).await.unwrap();
        }
        let failed = sign_in_of(&store, "s1").await.unwrap();
        assert_eq!((failed.step.as_str(), failed.offer, failed.failure.as_deref()), ("failed", None, Some("no")));
        assert_eq!(sign_in_of(&store, "s2").await.unwrap().step, "confirmed");
        let latest =
            store.read(|unit| Box::pin(async move { sign_ins::latest(unit, &id("a"), ZoomApp::Webinars).await })).await;
        assert_eq!(latest.unwrap().unwrap().state_hash, "s2");
        let pruned = |before_ms| store.write(move |unit| Box::pin(sign_ins::prune(unit, before_ms)));
        assert_eq!(pruned(610).await.unwrap(), 0);
        assert_eq!(pruned(611).await.unwrap(), 2);
        assert!(sign_in_of(&store, "s1").await.is_none());
    })
    .await;
}
