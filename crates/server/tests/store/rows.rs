//! Rows to put in, and short ways to put them.

use connector_core::fact::Alias;
use connector_core::ids::{Email, LeadId, TenantId, ZoomApp};
use connector_core::leadsquared::command::{Activity, Command as Crm};
use connector_core::translate::{Command, Planned, Start};
use connector_server::store::connection::ConnectionRow;
use connector_server::store::delivery::{Planning, Settled};
use connector_server::store::delivery_list::{Filter, ListedDelivery};
use connector_server::store::grant::GrantRow;
use connector_server::store::journal::NewNotification;
use connector_server::store::lane::Claimed;
use connector_server::store::sign_in::{SignInRow, Wanted};
use connector_server::store::tenant::TenantRow;
use connector_server::store::{Store, StoreError, delivery, delivery_list, journal, lane};
use std::collections::BTreeMap;

pub fn id(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

pub fn tenant(name: &str) -> TenantRow {
    TenantRow {
        tenant: id(name),
        name: format!("{name} Ltd"),
        paused: None,
        created_ms: 1,
        data_key: vec![1, 2, 3],
        crm_api: "https://api.example.test".to_owned(),
        crm_app: None,
        crm_keys: vec![4, 5],
        crm_user: Some("crm@example.test".to_owned()),
        org_name: None,
        time_zone: "Asia/Kolkata".to_owned(),
    }
}

pub fn connection(owner: &str, name: &str, user: &str) -> ConnectionRow {
    ConnectionRow {
        tenant: id(owner),
        id: name.to_owned(),
        app: ZoomApp::Webinars,
        account: "AcctDemo".to_owned(),
        zoom_user: user.to_owned(),
        email: None,
        user_name: Some("Asha Rao".to_owned()),
        scopes: "a b".to_owned(),
        licences: "{}".to_owned(),
        state: "active".to_owned(),
        broken_code: None,
        began_ms: 10,
        ended_ms: None,
        ended_code: None,
        own_app: false,
    }
}

pub fn grant(owner: &str, connection: &str) -> GrantRow {
    GrantRow {
        tenant: id(owner),
        connection: connection.to_owned(),
        version: 1,
        access: vec![0, 255],
        refresh: Some(vec![1]),
        expires_ms: 1_000,
        refreshed_ms: 100,
        api_url: None,
        intent: None,
    }
}

pub fn sign_in(owner: &str, state_hash: &str) -> SignInRow {
    SignInRow {
        state_hash: state_hash.to_owned(),
        tenant: id(owner),
        app: ZoomApp::Webinars,
        browser_hash: "browser".to_owned(),
        actor: "asha@example.test".to_owned(),
        verifier: vec![9],
        began_ms: 10,
        expires_ms: 610,
        step: "begun".to_owned(),
        offer: None,
        failure: None,
        wanted: Wanted::Connection,
    }
}

pub fn notification(owner: &str, key: &str, received_ms: i64) -> NewNotification {
    NewNotification {
        tenant: id(owner),
        key: key.to_owned(),
        id: connector_server::dice::id(received_ms),
        source: "zoom:webinars",
        event: "webinar.started".to_owned(),
        event_ts_ms: received_ms - 5,
        received_ms,
        late: false,
        body: format!("{{\"key\":\"{key}\"}}\0\u{ff}").into_bytes(),
    }
}

/// A planned activity of that key about that person, which begins as it does.
pub fn activity(key: &str, person: Option<&str>, start: Start) -> Planned {
    let marker = format!("zmarker-of-{key}");
    let post = Activity { code: 101, note: "note".to_owned(), at_ms: 1, fields: BTreeMap::new(), marker };
    Planned {
        key: key.to_owned(),
        fact: Alias(format!("fact-of-{key}")),
        command: Command::LeadSquared { command: Crm::PostActivity(post) },
        person: person.map(|person| Alias(person.to_owned())),
        lead: None,
        who: person.map_or("unknown (Asha)".to_owned(), |person| format!("{person}@example.test")),
        what: "Zoom Webinar Joined · Demo".to_owned(),
        start,
        detail: None,
    }
}

/// A look-up of that person's lead.
pub fn find(key: &str, person: &str) -> Planned {
    let email = Email::parse(&format!("{person}@example.test")).unwrap();
    let command = Command::LeadSquared { command: Crm::FindLead(email) };
    Planned { command, ..activity(key, Some(person), Start::Ready) }
}

/// An activity on a lead that LeadSquared itself named.
pub fn named(key: &str, person: &str, lead: &str) -> Planned {
    Planned { lead: Some(LeadId(lead.to_owned())), ..activity(key, Some(person), Start::Ready) }
}

/// A delivery that came to this.
pub fn settled(key: &str, state: &'static str) -> Settled {
    Settled {
        key: key.to_owned(),
        state,
        code: None,
        detail: None,
        next_at_ms: 0,
        tries: 0,
        reads: 0,
        opaque: 0,
        lead_renewed: false,
        result: None,
        proof: None,
        command: None,
    }
}

pub async fn append(store: &Store, rows: Vec<NewNotification>) {
    store.write(move |unit| Box::pin(async move { journal::append(unit, &rows).await })).await.unwrap();
}

pub async fn plan(store: &Store, owner: &str, planned: Vec<Planned>, now_ms: i64) {
    let owner = id(owner);
    let planning = Planning { settings_version: 1, now_ms, look_first_ms: None };
    store
        .write(move |unit| Box::pin(async move { delivery::plan(unit, &owner, planned, planning).await }))
        .await
        .unwrap();
}

pub async fn settle(store: &Store, owner: &str, settled: Vec<Settled>, now_ms: i64) {
    let owner = id(owner);
    store
        .write(move |unit| Box::pin(async move { delivery::settle(unit, &owner, &settled, now_ms).await }))
        .await
        .unwrap();
}

/// Every delivery of the tenant, newest first.
pub async fn queue(store: &Store, owner: &str) -> Vec<ListedDelivery> {
    let owner = id(owner);
    let filter = Filter { limit: 1_000, ..Filter::default() };
    store.read(move |unit| Box::pin(async move { delivery_list::page(unit, &owner, &filter).await })).await.unwrap()
}

pub async fn by_key(store: &Store, owner: &str, key: &str) -> ListedDelivery {
    let (owner, key) = (id(owner), key.to_owned());
    let found = store.read(move |unit| Box::pin(async move { delivery_list::by_key(unit, &owner, &key).await })).await;
    found.unwrap().unwrap()
}

/// Keys of what is ready in the tenant's lane to LeadSquared.
pub async fn ready(store: &Store, owner: &str, now_ms: i64) -> Vec<String> {
    let owner = id(owner);
    let ready = store
        .read(move |unit| Box::pin(async move { delivery::ready(unit, &owner, "leadsquared", now_ms, 100).await }))
        .await;
    ready.unwrap().into_iter().map(|row| row.key).collect()
}

pub const LEASE_MS: i64 = 1_000;

pub async fn claim(store: &Store, destination: &'static str, now_ms: i64) -> Option<Claimed> {
    let claimed = store.write(move |unit| Box::pin(lane::claim(unit, destination, "worker", now_ms, LEASE_MS))).await;
    claimed.unwrap()
}

pub async fn wake(store: &Store, owner: &str, destination: &'static str, at_ms: i64) {
    let owner = id(owner);
    store.write(move |unit| Box::pin(async move { lane::wake(unit, &owner, destination, at_ms).await })).await.unwrap();
}

pub async fn release(store: &Store, claimed: &Claimed, destination: &'static str, (next_at_ms, now_ms): (i64, i64)) {
    let claimed = claimed.clone();
    store
        .write(move |unit| {
            Box::pin(async move { lane::release(unit, &claimed, destination, (next_at_ms, "{}"), now_ms).await })
        })
        .await
        .unwrap();
}

pub async fn hold(
    store: &Store,
    claimed: &Claimed,
    destination: &'static str,
    until_ms: i64,
) -> Result<(), StoreError> {
    let claimed = claimed.clone();
    store
        .write(move |unit| {
            Box::pin(async move { lane::hold(unit, &claimed, destination, "{\"held\":1}", until_ms).await })
        })
        .await
}
