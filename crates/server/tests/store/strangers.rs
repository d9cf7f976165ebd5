//! Tenants are strangers to each other: whatever is read or written under one never shows or changes the other's rows,
//! though both use the same keys and ids.

use super::databases::each_database;
use super::dump::{TABLES, dump};
use super::rows::{activity, connection, find, grant, id, notification, settled, sign_in, tenant};
use connector_core::calendar::{Entry, Notes, Stage};
use connector_core::fact::{Alias, Book, State};
use connector_core::grant::Health;
use connector_core::ids::{Kind, MeetingNumber, TenantId, ZoomApp};
use connector_core::migration::Migration;
use connector_core::settings::{Settings, Versioned};
use connector_core::translate::Start;
use connector_core::zoom::event::Retention;
use connector_server::store::alert_address::{AddressRow, Channel, OldSecret};
use connector_server::store::api_key::{self, KeyRow};
use connector_server::store::attempt::{self, NewAttempt};
use connector_server::store::delivery::{self, Planning};
use connector_server::store::delivery_list::{self, Filter};
use connector_server::store::follow::{self, Subject, Wanted};
use connector_server::store::idempotency::{self, RequestRow};
use connector_server::store::issue::{self, Key};
use connector_server::store::journal::{self, Done};
use connector_server::store::muted::{self, MutedRow};
use connector_server::store::old_app::{OldAppRow, Switch};
use connector_server::store::own_app::{self, OwnAppRow};
use connector_server::store::removal::{Proof, Waiting};
use connector_server::store::share::ShareRow;
use connector_server::store::{
    Store, StoreError, Unit, alert, alert_address, audit, calendar, connection as connections, fact, grant as grants,
    handle, health, host_day, journal_erase, lane, lead, link, moving, old_app, removal, settings, share,
    sign_in as sign_ins, stand_by, tenant as tenants, tenant_admin,
};

fn book(time: &str) -> Book {
    let mut book = Book::default();
    let alias = Alias("fact-1".to_owned());
    book.looked_up(std::slice::from_ref(&alias));
    book.put(&[alias], State::Deauthorization { time: Some(time.to_owned()) });
    book
}

/// The same rows for a tenant; only what is unique over all tenants carries its name.
async fn fill(unit: &mut Unit, owner: &'static str) -> Result<(), StoreError> {
    let own = id(owner);
    tenants::insert(unit, &tenant(owner)).await?;
    settings::save(unit, &own, &Versioned { version: 1, settings: Settings::default() }, "asha", 1).await?;
    connections::insert(unit, &connection(owner, "c", owner)).await?;
    grants::insert(unit, &grant(owner, "c")).await?;
    sign_ins::insert(unit, &sign_in(owner, owner)).await?;
    let mut row = notification(owner, "n", 5);
    row.id = "n-id".to_owned();
    journal::append(unit, &[row]).await?;
    let merged =
        Done { key: "n".to_owned(), state: "merged", code: None, detail: None, fact: Some("fact-1".to_owned()) };
    journal::finish(unit, &own, &[merged], 6).await?;
    fact::store(unit, &own, &book("before"), 5).await?;
    lead::remember(unit, &own, &[("p".to_owned(), Some("lead-1".to_owned()))], 5).await?;
    let planned = ["ready", "parked", "sending"].map(|key| activity(key, Some("p"), Start::Ready));
    let planned = planned.into_iter().chain([find("find", "p"), activity("waits", None, Start::WaitsForIdentity)]);
    delivery::plan(unit, &own, planned.collect(), Planning { settings_version: 1, now_ms: 10, look_first_ms: None })
        .await?;
    delivery::settle(unit, &own, &[settled("parked", "parked"), settled("find", "delivered")], 11).await?;
    attempt::begin(unit, &own, &[attempt_of("sending")]).await?;
    link::insert(unit, (owner, "zoom"), (Some(&own), None), 1, 100).await?;
    api_key::add(unit, &KeyRow::new(owner, "key", Some(&own), 1)).await?;
    fill_connections(unit, owner).await?;
    fill_follow(unit, &own).await?;
    tenant_admin::insert(unit, (&own, "person"), "asha", 1).await?;
    idempotency::begin(unit, &request(owner, "one")).await?;
    calendar::note(unit, &own, &held("run"), 1).await?;
    audit::write(unit, "asha", Some(&own), ("deed", ""), 1).await
}

/// A request of the API with a key of its own.
fn request(owner: &str, name: &str) -> RequestRow {
    let (api_key, request) = (owner.to_owned(), "what was asked".to_owned());
    RequestRow { api_key, name: name.to_owned(), request, tenant: Some(id(owner)), begun_ms: 1, answer: None }
}

/// A webinar that was held.
fn held(name: &str) -> Notes {
    let entry = Entry {
        id: name.to_owned(),
        series: Alias("series".to_owned()),
        stage: Stage::Run,
        kind: Kind::Webinar,
        account: "A".to_owned(),
        number: MeetingNumber(86_000_000_001),
        topic: "Open day".to_owned(),
        host: "host@acme.test".to_owned(),
        starts_ms: 5,
        ended_ms: None,
        minutes: Some(60),
        occurrence: None,
    };
    Notes { runs: vec![entry], ..Notes::default() }
}

fn group(code: &str) -> Key {
    Key { code: code.to_owned(), cause: "No owner".to_owned() }
}

/// What helps to find and to judge what failed.
async fn fill_follow(unit: &mut Unit, own: &TenantId) -> Result<(), StoreError> {
    let row = MutedRow { key: group("lsq.rejected"), count: 3, actor: "asha".to_owned(), muted_ms: 9 };
    muted::mute(unit, own, &row).await?;
    handle::remember(unit, own, &[(Alias("name".to_owned()), Alias("fact-1".to_owned()))]).await
}

/// What stands around a tenant's connections.
async fn fill_connections(unit: &mut Unit, owner: &'static str) -> Result<(), StoreError> {
    let own = id(owner);
    host_day::take(unit, &own, "host", 7).await?;
    old_app::save(unit, &own, &old_app_of(1)).await?;
    own_app::insert(unit, &own_app_of(&own, owner)).await?;
    moving::save(unit, &own, (0, &Migration::default()), 1).await?;
    let offer = ShareRow {
        tenant: own.clone(),
        id: "share".to_owned(),
        guest: None,
        app: ZoomApp::Meetings,
        account: "account".to_owned(),
        rules: Vec::new(),
        offer_hash: owner.to_owned(),
        offered_ms: 1,
        expires_ms: 100,
        began_ms: None,
        ended_ms: None,
        ended_code: None,
    };
    share::insert(unit, &offer, "[]").await?;
    let proof = Proof { by: "signature", told_ms: 1, retention: Retention::NotGranted };
    removal::insert(unit, (&own, &connection(owner, "c", owner)), proof, None, 2).await?;
    removal::choose(unit, &own, Waiting::Keep).await?;
    let second = connection(owner, "by", "second");
    stand_by::put(unit, &second, &grant(owner, "by")).await?;
    alert_address::add(unit, &address_of(&own, "web", Channel::Web { secret: vec![1], old: None })).await?;
    alert_address::add(unit, &address_of(&own, "person@x.example", Channel::Mail)).await?;
    alert::raise(unit, &own, "cause", ("zoom.removed", "why"), 1).await?;
    Ok(())
}

fn address_of(own: &TenantId, address: &str, channel: Channel) -> AddressRow {
    let (id, address) = (address.to_owned(), address.to_owned());
    AddressRow { tenant: own.clone(), id, channel, address, added_ms: 1, next_at_ms: 1 }
}

fn own_app_of(own: &TenantId, client_id: &str) -> OwnAppRow {
    OwnAppRow {
        tenant: own.clone(),
        app: ZoomApp::Meetings,
        connection: "c".to_owned(),
        client_id: client_id.to_owned(),
        sealed: vec![1],
        saved_ms: 1,
    }
}

fn old_app_of(saved_ms: i64) -> OldAppRow {
    OldAppRow { switch: Switch::On, calls: true, sealed: vec![1], saved_ms }
}

/// Every function that writes what stands around a tenant's connections.
async fn change_connections(unit: &mut Unit, own: &TenantId) -> Result<(), StoreError> {
    host_day::take(unit, own, "host", 7).await?;
    host_day::used_up(unit, own, "host", 7).await?;
    old_app::save(unit, own, &old_app_of(50)).await?;
    own_app::change(unit, &own_app_of(own, own.as_str()), &[2], 50).await?;
    moving::save(unit, own, (1, &Migration::default()), 50).await?;
    share::end(unit, (own, "share"), "withdrawn", 50).await?;
    let of = connection("c", "c", "c");
    removal::returned(unit, own, (of.app, &of.account), 50).await?;
    removal::guests_returned(unit, own, (of.app, &of.account), 50).await?;
    removal::choose(unit, own, Waiting::Drop).await?;
    stand_by::remove(unit, own, of.app).await?;
    health::note(unit, (own, "c"), &Health::Demoted, 50).await?;
    health::look_soon(unit, own, (of.app, "c")).await?;
    journal_erase::erase(unit, own, "n1").await?;
    alert::resolve(unit, own, "cause", 50).await?;
    alert_address::set_next(unit, &address_of(own, "web", Channel::Mail), 50).await?;
    let (web, old) = (Channel::Web { secret: vec![1], old: None }, OldSecret { secret: vec![1], until_ms: 50 });
    alert_address::replace_secret(unit, &address_of(own, "web", web), (&[2], &old), 50).await?;
    alert_address::remove(unit, own, "web").await?;
    alert_address::remove(unit, own, "person@x.example").await?;
    Ok(())
}

fn attempt_of(key: &str) -> NewAttempt {
    NewAttempt {
        id: format!("attempt-{key}"),
        operation: "ProspectActivity.Create",
        fence: 1,
        started_ms: 10,
        deadline_ms: 20,
        deliveries: vec![key.to_owned()],
    }
}

/// Every function that writes under a tenant.
async fn change(unit: &mut Unit, own: &TenantId) -> Result<(), StoreError> {
    tenants::update_crm(unit, &tenants::TenantRow { crm_keys: vec![8], ..tenant(own.as_str()) }).await?;
    tenants::pause(unit, own, ("lsq.unauthorized", "why"), 50).await?;
    settings::save(unit, own, &Versioned { version: 2, settings: Settings::default() }, "asha", 2).await?;
    journal::replay(unit, own, "n-id", 50).await?;
    let row = grant(own.as_str(), "c");
    grants::intend(unit, &row, "worker", 50).await?;
    grants::release(unit, &row, "worker").await?;
    grants::replace(unit, &grants::GrantRow { version: 2, ..row }, 1).await?;
    connections::set_broken(unit, (own, "c"), "grant.dead", 1).await?;
    connections::end(unit, own, "c", "disconnected", 60).await?;
    sign_ins::advance(unit, own.as_str(), "begun", "exchanging").await?;
    change_deliveries(unit, own).await?;
    lane::wake(unit, own, "leadsquared", 1).await?;
    link::use_up(unit, own.as_str(), 56).await?;
    api_key::add(unit, &KeyRow::new("another", "key", Some(own), 57)).await?;
    audit::write(unit, "asha", Some(own), ("deed", "again"), 58).await?;
    tenant_admin::insert(unit, (own, "another"), "asha", 59).await?;
    idempotency::begin(unit, &request(own.as_str(), "two")).await?;
    calendar::note(unit, own, &held("another"), 60).await?;
    tenants::resume(unit, own).await?;
    lead::forget(unit, own, "p").await?;
    change_connections(unit, own).await?;
    muted::unmute(unit, own, &group("lsq.rejected")).await?;
    issue::read_again(unit, own, &group("quarantine.field"), 59).await?;
    handle::remember(unit, own, &[(Alias("other".to_owned()), Alias("fact-1".to_owned()))]).await?;
    grants::destroy(unit, own, "c").await
}

/// Every function that writes a tenant's facts, deliveries and what they know of leads.
async fn change_deliveries(unit: &mut Unit, own: &TenantId) -> Result<(), StoreError> {
    fact::store(unit, own, &book("after"), 50).await?;
    delivery::plan(
        unit,
        own,
        vec![activity("waits", Some("p"), Start::Ready)],
        Planning { settings_version: 2, now_ms: 50, look_first_ms: None },
    )
    .await?;
    delivery::recover(unit, own, "leadsquared", 10).await?;
    delivery_list::replay(unit, own, &Filter::default(), 50).await?;
    delivery::settle(unit, own, &[settled("parked", "parked")], 51).await?;
    let listed = delivery_list::by_key(unit, own, "parked").await?.unwrap();
    delivery_list::replay_one(unit, own, &listed.id, 52).await?;
    delivery::settle(unit, own, &[settled("sending", "delivered")], 53).await?;
    attempt::end(unit, own, &[("attempt-sending".to_owned(), "applied", None)], 53).await?;
    attempt::begin(unit, own, &[attempt_of("ready")]).await?;
    delivery::renew_lead(unit, own, "p", 54).await?;
    lead::remember(unit, own, &[("p".to_owned(), None)], 55).await
}

#[tokio::test]
async fn what_is_written_under_one_tenant_changes_nothing_of_another() {
    each_database(async |store, url| {
        for owner in ["a", "b"] {
            store.write(move |unit| Box::pin(fill(unit, owner))).await.unwrap();
        }
        let (a, b) = (dump(&url, "a").await, dump(&url, "b").await);
        assert!(b.values().all(|rows| !rows.is_empty()), "every table has rows of b: {b:?}");
        store.write(|unit| Box::pin(async move { change(unit, &id("a")).await })).await.unwrap();
        assert_eq!(dump(&url, "b").await, b);
        let after = dump(&url, "a").await;
        // The alias of a fact is never changed.
        let unchanged: Vec<&str> = TABLES.into_iter().filter(|table| a[table] == after[table]).collect();
        assert_eq!(unchanged, ["alias"], "the change reached every other table of a");
    })
    .await;
}

#[tokio::test]
async fn a_holder_of_one_tenants_lane_cannot_hold_or_give_back_anothers() {
    each_database(async |store, url| {
        for owner in ["a", "b"] {
            store.write(move |unit| Box::pin(fill(unit, owner))).await.unwrap();
        }
        let claim = || store.write(|unit| Box::pin(lane::claim(unit, "leadsquared", "worker", 100, 1_000)));
        let claimed = [claim().await.unwrap().unwrap(), claim().await.unwrap().unwrap()];
        let of_a = claimed.into_iter().find(|claimed| claimed.tenant == id("a")).unwrap();
        let b = dump(&url, "b").await;
        store
            .write(move |unit| {
                Box::pin(async move {
                    lane::hold(unit, &of_a, "leadsquared", "{\"x\":1}", 9_000).await?;
                    lane::release(unit, &of_a, "leadsquared", (7, "{}"), 5).await
                })
            })
            .await
            .unwrap();
        assert_eq!(dump(&url, "b").await, b);
    })
    .await;
}

/// Every function that reads under a tenant, and how much it shows.
async fn reads(unit: &mut Unit, own: &TenantId) -> Result<Vec<(&'static str, usize)>, StoreError> {
    let all = Filter { limit: 100, ..Filter::default() };
    let journal_all = journal::Filter { limit: 100, ..journal::Filter::default() };
    let listed = delivery_list::page(unit, own, &all).await?;
    let one = listed.first().map_or("none".to_owned(), |row| row.id.clone());
    let mut loaded = Book::default();
    fact::load(unit, own, &[Alias("fact-1".to_owned())], &mut loaded).await?;
    let found = |is: bool| usize::from(is);
    let marked = Wanted { text: "zmarker-of-ready".to_owned(), ..Wanted::default() };
    let person = Subject::Person("p".to_owned());
    Ok(vec![
        ("muted", muted::all(unit, own).await?.len()),
        ("handle", handle::facts(unit, own, &Alias("name".to_owned()), 9).await?.len()),
        ("found by mark", follow::find(unit, own, &marked).await?.len()),
        ("way", found(follow::way(unit, own, &person, None).await?.is_some())),
        ("tenant", found(tenants::get(unit, own).await?.is_some())),
        ("settings", found(settings::current(unit, own).await?.version > 0)),
        ("connection open", found(connections::open(unit, own, ZoomApp::Webinars).await?.is_some())),
        ("connection latest", found(connections::latest(unit, own, ZoomApp::Webinars).await?.is_some())),
        ("grant", found(grants::get(unit, own, "c").await?.is_some())),
        ("sign-in", found(sign_ins::latest(unit, own, ZoomApp::Webinars).await?.is_some())),
        ("journal page", journal::page(unit, own, &journal_all).await?.len()),
        ("journal one", found(journal::get(unit, own, "n-id").await?.is_some())),
        ("journal of fact", journal::of_fact(unit, own, "fact-1").await?.len()),
        ("journal counts", journal::counts(unit, own, "").await?.len()),
        ("fact", found(fact::get(unit, own, "fact-1").await?.is_some())),
        ("book", found(loaded.get(&Alias("fact-1".to_owned())).is_some())),
        ("ready", delivery::ready(unit, own, "leadsquared", 99, 9).await?.len()),
        ("occupied", delivery::occupied(unit, own, "leadsquared", 50).await?.len()),
        ("next", found(delivery::next_at_ms(unit, own, "leadsquared").await?.is_some())),
        ("page", listed.len()),
        ("one", found(delivery_list::get(unit, own, &one).await?.is_some())),
        ("by key", found(delivery_list::by_key(unit, own, "ready").await?.is_some())),
        ("of fact", delivery_list::of_fact(unit, own, "fact-of-ready").await?.len()),
        ("counts", delivery_list::counts(unit, own, "").await?.len()),
        ("parked", usize::try_from(delivery_list::count_parked(unit, own, &all).await?).unwrap()),
        ("attempts", attempt::of_delivery(unit, own, "sending").await?.len()),
        ("lane", found(lane::get(unit, own, "leadsquared").await?.is_some())),
        ("audit", audit::latest(unit, own, 9).await?.len()),
    ])
}

#[tokio::test]
async fn what_is_read_under_one_tenant_shows_nothing_of_another() {
    each_database(async |store, _| {
        store.write(|unit| Box::pin(fill(unit, "b"))).await.unwrap();
        let read = |store: Store, owner: &'static str| async move {
            store.read(move |unit| Box::pin(async move { reads(unit, &id(owner)).await })).await.unwrap()
        };
        for (name, shown) in read(store.clone(), "a").await {
            assert_eq!(shown, 0, "{name} shows rows of b under a");
        }
        for (name, shown) in read(store.clone(), "b").await {
            assert!(shown > 0, "{name} shows nothing of b under b");
        }
        store.write(|unit| Box::pin(fill(unit, "a"))).await.unwrap();
        let alone = read(store.clone(), "b").await;
        assert_eq!(read(store, "a").await, alone, "as many of a's as of b's");
    })
    .await;
}

#[tokio::test]
async fn a_row_of_another_tenant_is_not_found_by_its_id() {
    each_database(async |store, _| {
        for owner in ["a", "b"] {
            store.write(move |unit| Box::pin(fill(unit, owner))).await.unwrap();
        }
        store
            .write(|unit| {
                Box::pin(async move {
                    let of_b = delivery_list::by_key(unit, &id("b"), "parked").await?.unwrap();
                    assert!(delivery_list::get(unit, &id("a"), &of_b.id).await?.is_none());
                    assert!(!delivery_list::replay_one(unit, &id("a"), &of_b.id, 50).await?);
                    assert_eq!(delivery_list::by_key(unit, &id("b"), "parked").await?.unwrap().state, "parked");
                    Ok(())
                })
            })
            .await
            .unwrap();
    })
    .await;
}
