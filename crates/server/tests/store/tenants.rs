//! Tenants, their settings, and the log of who did what.

use super::databases::each_database;
use super::rows::{activity, append, connection, id, notification, plan, tenant};
use connector_core::settings::{Settings, Versioned};
use connector_core::translate::Start;
use connector_server::store::connection::{self as connections, ConnectionRow};
use connector_server::store::journal::{self, Done};
use connector_server::store::tenant::{self as tenants, TenantRow};
use connector_server::store::tenant_list::{self, Whose};
use connector_server::store::{Store, StoreError, audit, settings};
use futures_util::future::join_all;

async fn insert(store: &Store, row: TenantRow) -> Result<(), StoreError> {
    store.write(move |unit| Box::pin(async move { tenants::insert(unit, &row).await })).await
}

async fn get(store: &Store, owner: &str) -> Option<TenantRow> {
    let owner = id(owner);
    store.read(move |unit| Box::pin(async move { tenants::get(unit, &owner).await })).await.unwrap()
}

#[tokio::test]
async fn a_tenant_is_stored_whole_and_its_id_is_taken_once() {
    each_database(async |store, _| {
        let row = TenantRow { crm_app: Some("run.example.test".to_owned()), data_key: vec![0, 1, 255], ..tenant("b") };
        insert(&store, row.clone()).await.unwrap();
        assert_eq!(format!("{:?}", get(&store, "b").await.unwrap()), format!("{row:?}"));
        assert!(insert(&store, tenant("b")).await.unwrap_err().is_duplicate());
        insert(&store, tenant("a")).await.unwrap();
        let all = store.read(|unit| Box::pin(tenants::all(unit))).await.unwrap();
        assert_eq!(all.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(get(&store, "c").await.is_none());
        let next = TenantRow { crm_keys: vec![9], crm_user: None, org_name: Some("Org".to_owned()), ..row };
        let written = next.clone();
        store.write(move |unit| Box::pin(async move { tenants::update_crm(unit, &written).await })).await.unwrap();
        assert_eq!(format!("{:?}", get(&store, "b").await.unwrap()), format!("{next:?}"));
    })
    .await;
}

#[tokio::test]
async fn a_tenant_is_paused_once_with_its_cause_and_goes_on() {
    each_database(async |store, _| {
        insert(&store, tenant("a")).await.unwrap();
        let pause = |code: &'static str| {
            store.write(move |unit| Box::pin(async move { tenants::pause(unit, &id("a"), (code, "why"), 50).await }))
        };
        assert!(pause("lsq.unauthorized").await.unwrap());
        assert!(!pause("lsq.malformed").await.unwrap(), "one alert");
        let cause = ("lsq.unauthorized".to_owned(), "why".to_owned(), 50);
        assert_eq!(get(&store, "a").await.unwrap().paused, Some(cause));
        store.write(|unit| Box::pin(async move { tenants::resume(unit, &id("a")).await })).await.unwrap();
        assert_eq!(get(&store, "a").await.unwrap().paused, None);
        assert!(pause("lsq.malformed").await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_save_the_same_version_of_the_settings_one_wins() {
    each_database(async |store, _| {
        let current = || store.read(|unit| Box::pin(async move { settings::current(unit, &id("a")).await }));
        assert_eq!(current().await.unwrap(), Versioned { version: 0, settings: Settings::default() });
        let save = |version: i64, source: String| {
            let next = Versioned { version, settings: Settings { lead_source: source, ..Settings::default() } };
            store.write(move |unit| Box::pin(async move { settings::save(unit, &id("a"), &next, "asha", 1).await }))
        };
        let results = join_all((0..6).map(|number| save(1, format!("source {number}")))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.iter().filter_map(|result| result.as_ref().err()).all(StoreError::is_duplicate));
        let winner = results.iter().position(Result::is_ok).unwrap();
        assert_eq!(current().await.unwrap().settings.lead_source, format!("source {winner}"));
        save(2, "next".to_owned()).await.unwrap();
        let current = current().await.unwrap();
        assert_eq!((current.version, current.settings.lead_source.as_str()), (2, "next"));
    })
    .await;
}

#[tokio::test]
async fn the_log_tells_the_latest_first_and_is_undone_with_the_deed() {
    each_database(async |store, _| {
        for number in 0..4 {
            let detail = format!("deed {number}");
            store
                .write(move |unit| {
                    Box::pin(async move {
                        audit::write(unit, "asha", Some(&id("a")), ("settings.saved", &detail), number).await
                    })
                })
                .await
                .unwrap();
        }
        let undone: Result<(), StoreError> = store
            .write(|unit| {
                Box::pin(async move {
                    audit::write(unit, "asha", Some(&id("a")), ("undone", ""), 99).await?;
                    audit::write(unit, "asha", None, ("undone", ""), 99).await?;
                    Err(StoreError::Fenced)
                })
            })
            .await;
        assert!(matches!(undone, Err(StoreError::Fenced)));
        let latest = store.read(|unit| Box::pin(async move { audit::latest(unit, &id("a"), 3).await })).await.unwrap();
        assert_eq!(latest.iter().map(|row| row.detail.as_str()).collect::<Vec<_>>(), ["deed 3", "deed 2", "deed 1"]);
        assert_eq!(
            (latest[0].at_ms, latest[0].actor.as_str(), latest[0].action.as_str()),
            (3, "asha", "settings.saved")
        );
    })
    .await;
}

/// A sign-in of a tenant with its app, as it stands.
async fn signed_in(store: &Store, owner: &str, (state, ended): (&str, Option<&str>)) {
    let row = ConnectionRow {
        state: state.to_owned(),
        ended_ms: ended.map(|_| 20),
        ended_code: ended.map(str::to_owned),
        ..connection(owner, "c", &format!("user of {owner}"))
    };
    store.write(move |unit| Box::pin(async move { connections::insert(unit, &row).await })).await.unwrap();
}

#[tokio::test]
async fn the_tenants_that_want_attention_are_found_among_the_others() {
    each_database(async |store, _| {
        let names = ["broken", "fine", "gone", "moved", "nobody", "parked", "paused", "unread"];
        for name in names {
            let row = tenant(name);
            store.write(move |unit| Box::pin(async move { tenants::insert(unit, &row).await })).await.unwrap();
        }
        for name in ["fine", "parked", "paused", "unread"] {
            signed_in(&store, name, ("active", None)).await;
        }
        signed_in(&store, "broken", ("broken", None)).await;
        signed_in(&store, "gone", ("active", Some("deauthorized"))).await;
        signed_in(&store, "moved", ("active", Some("disconnected"))).await;
        plan(&store, "parked", vec![activity("d", None, Start::Parked("setup.activity_type"))], 1).await;
        plan(&store, "fine", vec![activity("d", None, Start::Ready)], 1).await;
        append(&store, vec![notification("unread", "k", 1_000), notification("fine", "k", 1_000)]).await;
        store
            .write(|unit| {
                Box::pin(async move {
                    let done =
                        [Done { key: "k".to_owned(), state: "quarantined", code: None, detail: None, fact: None }];
                    journal::finish(unit, &id("unread"), &done, 1_000).await?;
                    tenants::pause(unit, &id("paused"), ("lsq.unauthorized", ""), 1).await
                })
            })
            .await
            .unwrap();
        let wanting = async |since_ms: i64, after: Option<&'static str>, limit: i64| {
            let since = connector_server::dice::id_floor(since_ms);
            let read = store.read(move |unit| {
                Box::pin(async move {
                    let after = after.map(id);
                    tenant_list::wanting(unit, &Whose::Operators, "", (after.as_ref(), &since), limit).await
                })
            });
            read.await.unwrap().into_iter().map(|row| row.tenant.to_string()).collect::<Vec<_>>()
        };
        let all = ["broken", "gone", "moved", "nobody", "parked", "paused", "unread"];
        assert_eq!(wanting(500, None, 50).await, all);
        assert_eq!(wanting(2_000, None, 50).await, all[..6], "what could not be read long ago is over");
        assert_eq!(wanting(500, Some("moved"), 2).await, ["nobody", "parked"]);
    })
    .await;
}
