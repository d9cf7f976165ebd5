//! A tenant's own Zoom app instead of a person's sign-in: tried before anything is kept, one token for each expiry, events by a door of
//! its own to exactly its tenant, repaired by giving the credentials again.

use super::databases::raw;
use super::doors::sign;
use super::house::{CONNECTOR, HOUR_MS, House, MINUTE_MS, On};
use super::webinar::{person, webinar};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::{EARLIER_MS, OwnApp};
use connector_server::app::Shared;
use connector_server::connections::tokens::NoAccess;
use connector_server::connections::{disconnect, own_app, share, sign_in};
use connector_server::store::connection::{self, ConnectionRow};
use connector_server::store::{alert, grant};
use connector_simulator::fault::Fault;
use connector_simulator::preset::Preset;
use connector_simulator::zoom::{AppKind, Approval, NewUser, Role, Who};
use futures_util::future::join_all;
use sqlx::Row as _;

pub const APP: ZoomApp = ZoomApp::Webinars;
pub const CLIENT: &str = "own-webinars";
pub const DOOR: &str = "/zoom/own/sunrise/webinars/webhook";
/// Processes over one database, and callers of each that want a token at once.
const PROCESSES: usize = 5;
const CALLERS: usize = 20;

/// Tells a story on both databases, in a house where nobody has signed in yet.
pub async fn on_both(story: impl AsyncFn(House)) {
    for on in [On::Sqlite, On::Postgres] {
        if let Some(house) = House::empty(on).await {
            story(house).await;
        }
    }
}

/// A server-to-server app of the first Zoom account in Zoom, for a tenant's door.
pub fn add_in_zoom(house: &House, client_id: &str, door: &str) {
    let account = &house.preset.zoom_accounts[0].id;
    let app = Preset::own_app(AppKind::Webinars, client_id);
    house.preset.zoom.add_own_app(account, app, &format!("{CONNECTOR}{door}"));
}

/// Its credentials, as somebody copies them.
pub fn credentials(house: &House, client_id: &str) -> OwnApp {
    let app = Preset::own_app(AppKind::Webinars, client_id);
    OwnApp::given([&house.preset.zoom_accounts[0].id, client_id, &app.client_secret, &app.secret_token])
}

/// Gives credentials and confirms; the sentence when that does not work.
pub async fn give(house: &House, (place, app): (usize, ZoomApp), given: OwnApp) -> Result<(), String> {
    let tried = own_app::try_out(&house.shared, &house.tenant(place), app, given, ("browser", "story")).await;
    let (state, _) = tried.map_err(|error| error.to_string())?;
    let confirmed = sign_in::confirm(&house.shared, app, (&state, "browser")).await;
    confirmed.map(|_| ()).map_err(|error| error.to_string())
}

/// The first tenant, connected by its own app for webinars.
pub async fn connected(house: &House) {
    house.add_tenant(0).await;
    add_in_zoom(house, CLIENT, DOOR);
    give(house, (0, APP), credentials(house, CLIENT)).await.unwrap();
}

async fn latest(house: &House, tenant: TenantId, app: ZoomApp) -> Option<ConnectionRow> {
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { connection::latest(unit, &tenant, app).await }));
    read.await.unwrap()
}

/// Open alerts of a tenant: codes, in order.
async fn alerts(house: &House, place: usize) -> Vec<String> {
    let tenant = house.tenant(place);
    let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &tenant).await }));
    let open = read.await.unwrap().into_iter().filter(|row| row.resolved_ms.is_none());
    let mut codes: Vec<String> = open.map(|row| row.code).collect();
    codes.sort();
    codes
}

/// How often the token was asked for since it was connected.
async fn renewed(house: &House) -> i64 {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let open = connection::open(unit, &tenant, APP).await?.unwrap();
            Ok(grant::get(unit, &tenant, &open.id).await?.unwrap().version - 1)
        })
    });
    read.await.unwrap()
}

/// A webhook signed with that secret token, at that door.
pub async fn tell(house: &House, door: &str, secret: &str, body: &str) -> (StatusCode, String) {
    let timestamp = (house.now_ms() / 1000).to_string();
    let signature = sign(secret, &timestamp, body.as_bytes());
    let request = Request::post(door)
        .header("content-type", "application/json")
        .header("x-zm-request-timestamp", timestamp)
        .header("x-zm-signature", signature);
    house.ask(request.body(Body::from(body.to_owned())).unwrap()).await
}

pub fn started(house: &House, account: &str) -> String {
    let at_ms = house.now_ms();
    format!(
        r#"{{"event":"webinar.started","event_ts":{at_ms},"payload":{{"account_id":"{account}","object":{{"id":"86000000001","uuid":"u{at_ms}==","topic":"T"}}}}}}"#
    )
}

/// Notifications of a tenant.
pub async fn heard(house: &House, place: usize) -> i64 {
    house.notifications(house.tenant(place)).await.values().sum()
}

/// A webinar with two people.
fn two_people(house: &House) {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let ids = ["one", "two"].map(|name| zoom.register(number, person(name), now).unwrap());
    let uuid = zoom.start(number, now + MINUTE_MS).unwrap();
    for id in ids {
        let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 45 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 50 * MINUTE_MS);
}

fn check_two_people(house: &House, place: usize) {
    let crm = house.preset.leadsquared.snapshot(&house.preset.crm_accounts[place].org).unwrap();
    assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (2, 6, 2), "tenant {place}");
}

#[tokio::test]
async fn a_webinar_that_only_the_own_app_tells_of_makes_every_record_once() {
    on_both(async |mut house| {
        connected(&house).await;
        let open = latest(&house, house.tenant(0), APP).await.unwrap();
        assert!(open.own_app && open.zoom_user == house.preset.zoom_accounts[0].admin, "{open:?}");
        assert!(open.licences.contains("\"webinar\":true") && open.scopes.contains("webinar:read:webinar:admin"));
        two_people(&house);
        // The list after the end is read with the token of the app, which has ended by then.
        house.settle_within(90 * MINUTE_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        check_two_people(&house, 0);
        assert_eq!(alerts(&house, 0).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn moving_from_a_sign_in_to_the_own_app_and_back_loses_and_doubles_nothing() {
    on_both(async |mut house| {
        house.add_tenant(0).await;
        house.sign_in(0, "webinars").await;
        add_in_zoom(&house, CLIENT, DOOR);
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        house.advance(MINUTE_MS);
        zoom.register(number, person("one"), house.now_ms()).unwrap();
        give(&house, (0, APP), credentials(&house, CLIENT)).await.unwrap();
        house.advance(MINUTE_MS);
        zoom.register(number, person("two"), house.now_ms()).unwrap();
        house.settle().await;
        // The service's app is removed in Zoom, as one does then: what stays is the own app's.
        zoom.deauthorize(&house.preset.apps[1].client_id, &house.preset.zoom_accounts[0].admin, house.now_ms());
        house.settle().await;
        assert_eq!(latest(&house, house.tenant(0), APP).await.unwrap().ended_ms, None);
        house.sign_in(0, "webinars").await;
        house.advance(MINUTE_MS);
        zoom.register(number, person("three"), house.now_ms()).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities), (3, 3));
        let closed = tell(&house, DOOR, "own-webinars-secret-token", "{}").await.0;
        assert_eq!(closed, StatusCode::NOT_FOUND, "the door went with the own app");
    })
    .await;
}

#[tokio::test]
async fn wrong_credentials_are_named_and_nothing_of_them_is_kept() {
    on_both(async |house| {
        house.add_tenant(0).await;
        add_in_zoom(&house, CLIENT, DOOR);
        let good = credentials(&house, CLIENT);
        let other_account = house.preset.zoom_accounts[1].id.clone();
        for (wrong, words) in [
            (OwnApp { client_secret: "wrong".to_owned(), ..good.clone() }, "Zoom does not accept these credentials"),
            (OwnApp { client_id: "nobody".to_owned(), ..good.clone() }, "Zoom does not accept these credentials"),
            (OwnApp { account: other_account, ..good.clone() }, "Zoom does not accept these credentials"),
            // The client of an app that people sign in with.
            (
                OwnApp {
                    client_id: house.preset.apps[1].client_id.clone(),
                    client_secret: house.preset.apps[1].client_secret.clone(),
                    ..good.clone()
                },
                "Zoom does not accept these credentials",
            ),
            (OwnApp { secret_token: String::new(), ..good.clone() }, "all needed"),
        ] {
            let sentence = give(&house, (0, APP), wrong).await.unwrap_err();
            assert!(sentence.contains(words), "{sentence}");
        }
        house.preset.zoom.set_scopes(CLIENT, &["user:read:list_users:admin"]);
        let sentence = give(&house, (0, APP), good.clone()).await.unwrap_err();
        assert!(sentence.contains("who signed in"), "{sentence}");
        house.preset.zoom.faults().plan("oauth.token", (0, 1), Fault::Answer(502, "<html>".to_owned()));
        let sentence = give(&house, (0, APP), good.clone()).await.unwrap_err();
        assert!(sentence.contains("in a moment"), "{sentence}");
        assert!(latest(&house, house.tenant(0), APP).await.is_none());
        let mut database = raw(&house.shared.config.store_url()).await;
        for table in ["own_app", "zoom_grant", "sign_in", "connection"] {
            let text = format!("select count(*) as n from {table}");
            let row = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_one(&mut database).await.unwrap();
            assert_eq!(row.get::<i64, _>("n"), 0, "{table}");
        }
        assert_eq!(tell(&house, DOOR, &good.secret_token, "{}").await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn missing_scopes_are_named_and_come_with_the_next_token_once_they_are_there() {
    on_both(async |mut house| {
        house.add_tenant(0).await;
        add_in_zoom(&house, CLIENT, DOOR);
        let some = ["user:read:user:admin", "user:read:settings:admin", "webinar:read:webinar:admin"];
        house.preset.zoom.set_scopes(CLIENT, &some);
        let given = credentials(&house, CLIENT);
        let tried = own_app::try_out(&house.shared, &house.tenant(0), APP, given, ("browser", "story")).await;
        let (state, offer) = tried.unwrap();
        let missing: Vec<&str> = offer.missing.iter().map(|(title, _)| title.as_str()).collect();
        assert!(missing.contains(&"See registrations") && !missing.contains(&"See webinars"), "{missing:?}");
        sign_in::confirm(&house.shared, APP, (&state, "browser")).await.unwrap();
        let all = Preset::own_app(AppKind::Webinars, CLIENT).scopes;
        house.preset.zoom.set_scopes(CLIENT, &all.iter().map(String::as_str).collect::<Vec<_>>());
        house.advance(HOUR_MS);
        house.keep().await;
        let scopes = latest(&house, house.tenant(0), APP).await.unwrap().scopes;
        assert!(scopes.contains("webinar:read:list_registrants:admin"), "{scopes}");
    })
    .await;
}

async fn call(process: Shared, tenant: TenantId) -> Result<(), NoAccess> {
    process.tokens().access(&tenant, APP).await.map(|_| ())
}

#[tokio::test]
async fn one_token_is_asked_for_each_expiry_whoever_wants_it() {
    on_both(async |mut house| {
        connected(&house).await;
        let mut processes = vec![house.shared.clone()];
        while processes.len() < PROCESSES {
            processes.push(house.another_process().await);
        }
        let expiries = 10;
        // One call more than there are expiries, and Zoom refuses the credentials.
        let refused = r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#.to_owned();
        house.preset.zoom.faults().plan("oauth.token", (expiries, u32::MAX), Fault::Answer(401, refused));
        for _ in 0..expiries {
            house.advance(HOUR_MS);
            let tenant = house.tenant(0);
            let callers =
                processes.iter().flat_map(|process| (0..CALLERS).map(|_| call(process.clone(), tenant.clone())));
            let got = join_all(callers).await;
            assert!(got.iter().all(|one| matches!(one, Ok(()) | Err(NoAccess::Later))), "{got:?}");
            for process in &processes {
                call(process.clone(), tenant.clone()).await.unwrap();
            }
        }
        assert_eq!(renewed(&house).await, i64::from(expiries));
        assert_eq!(latest(&house, house.tenant(0), APP).await.unwrap().state, "active");
    })
    .await;
}

#[tokio::test]
async fn a_dead_secret_is_told_once_holds_up_no_event_and_is_repaired_by_giving_the_credentials_again() {
    on_both(async |mut house| {
        connected(&house).await;
        house.preset.zoom.set_client_secret(CLIENT, "regenerated");
        house.advance(HOUR_MS);
        for _ in 0..3 {
            let refused = call(house.shared.clone(), house.tenant(0)).await.unwrap_err();
            assert_eq!((refused.code(), matches!(refused, NoAccess::CredentialsAgain)), ("zoom.own_app", true));
            house.keep().await;
        }
        assert_eq!(alerts(&house, 0).await, ["zoom.own_app"]);
        let broken = latest(&house, house.tenant(0), APP).await.unwrap();
        assert_eq!((broken.state.as_str(), broken.broken_code.as_deref()), ("broken", Some("zoom.own_app")));
        let number = webinar(&house, Approval::Automatic);
        house.preset.zoom.register(number, person("one"), house.now_ms()).unwrap();
        house.settle_within(MINUTE_MS).await;
        assert_eq!(house.compare(0, Vec::new()).activities, 1, "what Zoom sends goes on to LeadSquared");
        let again = OwnApp { client_secret: "regenerated".to_owned(), ..credentials(&house, CLIENT) };
        give(&house, (0, APP), again).await.unwrap();
        call(house.shared.clone(), house.tenant(0)).await.unwrap();
        assert_eq!(alerts(&house, 0).await, [""; 0]);
        house.advance(HOUR_MS);
        house.preset.zoom.register(number, person("two"), house.now_ms()).unwrap();
        house.settle_within(MINUTE_MS).await;
        assert_eq!(house.compare(0, Vec::new()).activities, 2, "the address of the events is the same as before");
        assert!(renewed(&house).await > 0);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_zoom_refuses_early_is_asked_for_anew_once() {
    on_both(async |house| {
        connected(&house).await;
        let tokens = house.shared.tokens();
        let first = tokens.access(&house.tenant(0), APP).await.unwrap();
        let (one, two) = (tokens.clone(), tokens.clone());
        let tenant = house.tenant(0);
        tokio::join!(one.refused(&tenant, APP, &first.token), two.refused(&tenant, APP, &first.token));
        tokens.refused(&tenant, APP, &first.token).await;
        assert_eq!(renewed(&house).await, 1);
        assert_ne!(tokens.access(&tenant, APP).await.unwrap().token, first.token);
    })
    .await;
}

#[tokio::test]
async fn the_door_believes_its_own_secret_and_its_own_account_alone() {
    on_both(async |house| {
        connected(&house).await;
        house.add_tenant(1).await;
        let secret = credentials(&house, CLIENT).secret_token;
        let (own, other) = (house.preset.zoom_accounts[0].id.clone(), house.preset.zoom_accounts[1].id.clone());
        let shared_secret = house.preset.apps[1].secret_token.clone();
        assert_eq!(tell(&house, DOOR, &secret, &started(&house, &own)).await.0, StatusCode::OK);
        assert_eq!(heard(&house, 0).await, 1);
        for (door, secret, body, expected) in [
            // Genuine, but of an account that this app does not speak for.
            (DOOR, &secret, started(&house, &other), StatusCode::OK),
            (DOOR, &shared_secret, started(&house, &own), StatusCode::UNAUTHORIZED),
            ("/zoom/webinars/webhook", &secret, started(&house, &own), StatusCode::UNAUTHORIZED),
            // The service's app never speaks for what is connected by an own app.
            ("/zoom/webinars/webhook", &shared_secret, started(&house, &own), StatusCode::OK),
            ("/zoom/own/sunrise/meetings/webhook", &secret, started(&house, &own), StatusCode::NOT_FOUND),
            ("/zoom/own/northwind/webinars/webhook", &secret, started(&house, &own), StatusCode::NOT_FOUND),
            ("/zoom/own/nobody/webinars/webhook", &secret, "{}".to_owned(), StatusCode::NOT_FOUND),
            ("/zoom/own/sunrise/legacy/webhook", &secret, "{}".to_owned(), StatusCode::NOT_FOUND),
        ] {
            assert_eq!(tell(&house, door, secret, &body).await.0, expected, "{door} {body}");
        }
        assert_eq!((heard(&house, 0).await, heard(&house, 1).await), (1, 0));
        let validation = r#"{"event":"endpoint.url_validation","event_ts":1,"payload":{"plainToken":"abc"}}"#;
        assert_eq!(tell(&house, DOOR, &shared_secret, validation).await.0, StatusCode::UNAUTHORIZED);
        let (status, answer) = tell(&house, DOOR, &secret, validation).await;
        assert!(status == StatusCode::OK && answer.contains("encryptedToken"), "{status} {answer}");
        // A removal that nothing proves moves nothing here.
        let unproven = format!(
            r#"{{"event":"app_deauthorized","payload":{{"account_id":"{own}","user_id":"{}","client_id":"{CLIENT}"}}}}"#,
            house.preset.zoom_accounts[0].admin
        );
        assert_eq!(tell(&house, DOOR, "guessed", &unproven).await.0, StatusCode::UNAUTHORIZED);
        disconnect::disconnect(&house.shared, &house.tenant(0), APP, "story").await.unwrap();
        assert_eq!(tell(&house, DOOR, &secret, &started(&house, &own)).await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn two_secret_tokens_are_accepted_while_one_follows_the_other() {
    on_both(async |mut house| {
        connected(&house).await;
        let account = house.preset.zoom_accounts[0].id.clone();
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        // On its way with the signature of the earlier one.
        zoom.register(number, person("one"), house.now_ms()).unwrap();
        zoom.set_secret_token(CLIENT, "second");
        zoom.register(number, person("two"), house.now_ms()).unwrap();
        let tenant = house.tenant(0);
        own_app::replace_secret_token(&house.shared, (&tenant, APP), " second ", "story").await.unwrap();
        house.settle_within(MINUTE_MS).await;
        assert_eq!(house.compare(0, Vec::new()).activities, 2, "both are taken");
        let first = credentials(&house, CLIENT).secret_token;
        house.advance(EARLIER_MS - 2 * MINUTE_MS);
        assert_eq!(tell(&house, DOOR, &first, &started(&house, &account)).await.0, StatusCode::OK);
        house.advance(2 * MINUTE_MS);
        assert_eq!(tell(&house, DOOR, &first, &started(&house, &account)).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(tell(&house, DOOR, "second", &started(&house, &account)).await.0, StatusCode::OK);
        let wrong = own_app::replace_secret_token(&house.shared, (&tenant, APP), "two words", "story").await;
        assert!(wrong.unwrap_err().to_string().contains("not what Zoom shows"));
        let nothing = own_app::replace_secret_token(&house.shared, (&tenant, ZoomApp::Meetings), "x", "story").await;
        assert!(nothing.unwrap_err().to_string().contains("No own Zoom app"));
    })
    .await;
}

#[tokio::test]
async fn one_zoom_app_serves_one_connection_and_the_last_to_prove_it_holds_it() {
    on_both(async |house| {
        connected(&house).await;
        house.add_tenant(1).await;
        let given = credentials(&house, CLIENT);
        for (place, app) in [(0, ZoomApp::Meetings), (1, ZoomApp::Meetings)] {
            let sentence = give(&house, (place, app), given.clone()).await.unwrap_err();
            assert!(sentence.contains("would end those"), "{sentence}");
        }
        assert_eq!(renewed(&house).await, 0, "nobody's token was ended by trying");
        // Whoever knows the client id alone takes nothing over.
        let guessed = OwnApp { client_secret: "guessed".to_owned(), ..given.clone() };
        give(&house, (1, APP), guessed).await.unwrap_err();
        assert_eq!(alerts(&house, 0).await, [""; 0]);
        let tried = own_app::try_out(&house.shared, &house.tenant(1), APP, given, ("browser", "story")).await;
        let (state, offer) = tried.unwrap();
        assert!(offer.takes_over, "it is said before");
        let stolen = sign_in::confirm(&house.shared, APP, (&state, "another browser")).await;
        assert!(stolen.is_err(), "only who began it finishes it");
        assert_eq!(latest(&house, house.tenant(0), APP).await.unwrap().ended_ms, None);
        sign_in::confirm(&house.shared, APP, (&state, "browser")).await.unwrap();
        let ended = latest(&house, house.tenant(0), APP).await.unwrap();
        assert_eq!(ended.ended_code.as_deref(), Some("taken_over"));
        assert_eq!(alerts(&house, 0).await, ["zoom.taken_over"]);
        assert_eq!(tell(&house, DOOR, &credentials(&house, CLIENT).secret_token, "{}").await.0, StatusCode::NOT_FOUND);
        call(house.shared.clone(), house.tenant(1)).await.unwrap();
        // Nobody finishes it a second time.
        assert!(sign_in::confirm(&house.shared, APP, (&state, "browser")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn of_one_zoom_account_each_door_speaks_for_its_own_tenant() {
    on_both(async |mut house| {
        connected(&house).await;
        house.add_tenant(1).await;
        let second = house.preset.zoom.add_user(
            &house.preset.zoom_accounts[0].id,
            NewUser {
                email: "second@sunrise.example".to_owned(),
                first_name: "Second".to_owned(),
                last_name: "Admin".to_owned(),
                role: Role::Admin,
                licensed: true,
                webinar_capacity: None,
            },
        );
        house.sign_in_as(1, "webinars", &second).await.unwrap();
        house.advance(MINUTE_MS);
        two_people(&house);
        house.settle_within(90 * MINUTE_MS).await;
        // Both are told of the whole account, by different apps: each has everything once, and nothing is held or crosses.
        for place in 0..2 {
            check_two_people(&house, place);
        }
        assert_eq!(house.notifications(house.shared.nobody.clone()).await.values().sum::<i64>(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_guest_hears_of_an_own_app_what_the_rules_name() {
    on_both(async |mut house| {
        connected(&house).await;
        house.add_tenant(1).await;
        let rules = connector_core::route::ShareRule::parse_lines("topic: quarterly").unwrap();
        let (code, _) = share::offer(&house.shared, &house.tenant(0), APP, rules, "story").await.unwrap();
        share::accept(&house.shared, &house.tenant(1), &code, "story").await.unwrap();
        house.advance(MINUTE_MS);
        two_people(&house);
        house.settle_within(90 * MINUTE_MS).await;
        check_two_people(&house, 1);
        let crm = house.preset.leadsquared.snapshot(&house.preset.crm_accounts[0].org).unwrap();
        assert_eq!(crm.leads.len(), 0, "it went to the guest, and nowhere else");
        let about = connector_core::route::About { topic: Some("Quarterly".to_owned()), ..Default::default() };
        let goes = share::would_go(&house.shared, &house.tenant(1), APP, about).await.unwrap();
        assert!(matches!(goes, share::WouldGo::Here));
    })
    .await;
}
