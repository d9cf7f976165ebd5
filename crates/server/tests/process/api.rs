//! Everything set up with the JSON API alone; the command line only makes the first key.

use super::binary::{Place, Serving};
use super::webhook;
use super::world::{Api, World, consent};
use connector_simulator::clock::Clock;
use connector_simulator::preset::Preset;
use connector_simulator::zoom::AppKind;
use serde_json::{Value, json};

/// A service with an operator's key.
pub fn with_key(place: &Place) -> (Serving, Api) {
    let key = place.json(&["user", "add-key", "script"]);
    let serving = place.serve();
    let api = Api::new(&serving.url(), key["key"].as_str().unwrap());
    (serving, api)
}

/// Sets the tenant of that place in the preset up.
pub async fn add_tenant(world: &World, api: &Api, place: usize) {
    let account = &world.preset.crm_accounts[place];
    let wanted = json!({
        "tenant": account.org,
        "access_key": account.access_key,
        "secret_key": account.secret_key,
        "leadsquared_api": world.leadsquared_url(),
    });
    api.answer(("POST", "/tenants"), Some(wanted), 201).await;
}

pub async fn sign_in(world: &World, api: &Api) {
    let at = |step: &str| format!("/tenants/sunrise/connections/webinars/sign-in{step}");
    let begun = api.answer(("POST", &at("")), None, 201).await;
    let callback = consent(begun["authorize_url"].as_str().unwrap(), &world.first().1.admin).await;
    let back = json!({ "callback_url": callback, "secret": begun["secret"] });
    let offered = api.answer(("POST", &at("/complete")), Some(back), 200).await;
    assert_eq!(offered["takes_over"], false);
    let confirmed = json!({ "state": offered["state"], "secret": begun["secret"] });
    let connected = api.answer(("POST", &at("/confirm")), Some(confirmed), 200).await;
    assert_eq!(connected["state"], "active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_set_up_with_the_api_alone_gets_its_activity() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    assert_eq!(api.answer(("GET", "/tenants"), None, 200).await["items"].as_array().unwrap().len(), 1);
    let mut settings = api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await;
    settings["settings"]["lead_source"] = json!("By the API");
    let saved = api.answer(("PUT", "/tenants/sunrise/settings"), Some(settings), 200).await;
    assert_eq!(saved["version"], 2);
    sign_in(&world, &api).await;
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, "meera", now_ms);
    let url = format!("{}/zoom/webinars/webhook", serving.url());
    assert_eq!(webhook::send(&url, &body, &world.preset.apps[1].secret_token, now_ms).await, 200);
    world.until("the activity", |world| !world.crm().activities.is_empty()).await;
    assert_eq!(world.crm().leads[0].fields.get("Source").unwrap(), "By the API");
    try_settings(&api).await;
    let journal = api.answer(("GET", "/tenants/sunrise/journal?limit=1"), None, 200).await;
    let id = journal["items"][0]["id"].as_str().unwrap();
    let shown = api.answer(("GET", &format!("/tenants/sunrise/journal/{id}")), None, 200).await;
    assert_eq!((&shown["outcome"], shown["deliveries"].as_array().unwrap().len()), (&json!("merged"), 2));
    let deliveries = api.answer(("GET", "/tenants/sunrise/deliveries"), None, 200).await;
    assert_eq!(deliveries["items"].as_array().unwrap().len(), 2);
    try_following(&api).await;
    listed_as_event(&api).await;
    let disconnected = ("DELETE", "/tenants/sunrise/connections/webinars");
    api.answer(disconnected, None, 204).await;
    api.refused(disconnected, None, (404, "request.not_found")).await;
    serving.stop();
}

/// Whom a script finds after a registration came in, and what it hears of failures.
async fn try_following(api: &Api) {
    let at = |rest: &str| format!("/tenants/sunrise/follow{rest}");
    let by_name = api.answer(("GET", &at("?q=MEERA%20rao")), None, 200).await;
    assert_eq!(by_name["who"], "meera@customers.example");
    let step = &by_name["steps"][0];
    assert_eq!((&step["kind"], step["notifications"].as_array().unwrap().len()), (&json!("registration"), 1));
    let sent = step["deliveries"].as_array().unwrap();
    assert!(sent.iter().all(|one| one["attempts"].as_array().unwrap().len() == 1), "{sent:?}");
    let lead = by_name["lead"].as_str().unwrap();
    let activity = sent.iter().find(|one| one["kind"] == "activity").unwrap()["result"].as_str().unwrap().to_owned();
    for hand in [lead, &activity, "registrant-meera", "meera@customers.example"] {
        let found = api.answer(("GET", &at(&format!("?q={hand}"))), None, 200).await;
        assert_eq!(found["steps"], by_name["steps"], "{hand}");
    }
    api.refused(("GET", &at("?q=nobody@x.example")), None, (404, "request.not_found")).await;
    api.refused(("GET", &at("")), None, (400, "request.bad")).await;
    let issues = api.answer(("GET", "/tenants/sunrise/issues"), None, 200).await;
    assert_eq!(issues["items"], json!([]));
    let mute = json!({ "code": "lsq.rejected", "cause": "", "muted": true });
    api.refused(("POST", "/tenants/sunrise/issues/mute"), Some(mute), (404, "request.not_found")).await;
    let read = json!({ "code": "quarantine.field", "cause": "webinar.started" });
    let answer = api.answer(("POST", "/tenants/sunrise/issues/read"), Some(read), 200).await;
    assert_eq!(answer["count"], 0, "nothing waits in quarantine");
}

/// What a script may do with settings after a registration came in: compare, try, look, and go back.
async fn try_settings(api: &Api) {
    let at = |rest: &str| format!("/tenants/sunrise/settings{rest}");
    let versions = api.answer(("GET", &at("/versions?limit=5")), None, 200).await;
    let versions = versions["items"].as_array().unwrap();
    assert_eq!((&versions[0]["version"], versions.len()), (&json!(2), 2));
    assert_eq!(api.answer(("GET", &at("/versions/1")), None, 200).await["settings"]["lead_source"], "Zoom Webinar");
    let difference = api.answer(("GET", &at("/versions/1/difference?with=2")), None, 200).await;
    assert_eq!(difference["words"], json!(["lead source: “Zoom Webinar” became “By the API”"]));
    api.refused(("GET", &at("/versions/9")), None, (404, "request.not_found")).await;
    let fields = api.answer(("GET", "/tenants/sunrise/lead-fields"), None, 200).await;
    assert!(fields["items"].as_array().unwrap().iter().any(|field| field["schema"] == "mx_City"));

    let mut settings = api.answer(("GET", &at("")), None, 200).await["settings"].clone();
    settings["lead_source"] = json!("Tried");
    let tried = json!({ "settings": settings });
    let rehearsal = api.answer(("POST", &at("/rehearsal")), Some(tried.clone()), 200).await;
    assert_eq!(rehearsal["tallies"]["lead"], json!({ "same": 0, "changed": 1, "new": 0, "gone": 0 }));
    let preview = api.answer(("POST", &at("/preview")), Some(tried), 200).await;
    assert_eq!(preview["pictures"][0]["fields"]["Source"], "Tried");
    settings["custom_questions"] = json!({ "Budget?": "mx_Nowhere" });
    let missing = json!({ "version": 2, "settings": settings });
    let sentence = api.refused(("PUT", &at("")), Some(missing), (422, "settings.not_there")).await;
    assert!(sentence.contains("no lead field mx_Nowhere"), "{sentence}");

    let restore = at("/versions/1/restore");
    api.refused(("POST", &restore), Some(json!({ "version": 1 })), (409, "settings.changed_meanwhile")).await;
    let back = api.answer(("POST", &restore), Some(json!({ "version": 2 })), 200).await;
    assert_eq!((&back["version"], &back["settings"]["lead_source"]), (&json!(3), &json!("Zoom Webinar")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_connected_by_its_own_zoom_app_with_the_api_alone() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let at = |rest: &str| format!("/tenants/sunrise/connections/webinars/own-app{rest}");
    let needs = api.answer(("GET", &at("")), None, 200).await;
    let door = needs["webhook_url"].as_str().unwrap().to_owned();
    assert_eq!(door, format!("{}/zoom/own/sunrise/webinars/webhook", serving.url()));
    assert!(needs["events"].as_array().unwrap().contains(&json!("webinar.registration_created")), "{needs}");
    assert!(needs["scopes"].as_array().unwrap().contains(&json!("webinar:read:webinar:admin")), "{needs}");
    let own = Preset::own_app(AppKind::Webinars, "own");
    world.preset.zoom.add_own_app(&world.first().1.id, own.clone(), &door);
    let mut given = json!({
        "account_id": world.first().1.id, "client_id": "own",
        "client_secret": "wrong", "secret_token": own.secret_token,
    });
    let sentence = api.refused(("POST", &at("")), Some(given.clone()), (422, "sign_in.refused")).await;
    assert!(sentence.contains("Nothing was kept"), "{sentence}");
    given["client_secret"] = json!(own.client_secret);
    let tried = api.answer(("POST", &at("")), Some(given), 201).await;
    assert_eq!((&tried["zoom_account"], &tried["takes_over"]), (&json!(world.first().1.id), &json!(false)));
    let confirm = ("POST", "/tenants/sunrise/connections/webinars/sign-in/confirm");
    let keys = json!({ "state": tried["state"], "secret": tried["secret"] });
    let connected = api.answer(confirm, Some(keys), 200).await;
    assert_eq!((&connected["state"], &connected["own_app"]), (&json!("active"), &json!(true)));
    let validated = || async {
        world.preset.zoom.validate_url("own");
        world.until("the answer to Zoom's question", |world| world.preset.zoom.undelivered() == 0).await;
        world.preset.zoom.is_validated("own")
    };
    assert_eq!(validated().await, Some(true));
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, "meera", now_ms);
    assert_eq!(webhook::send(&door, &body, &own.secret_token, now_ms).await, 200);
    world.until("the activity", |world| !world.crm().activities.is_empty()).await;
    api.answer(("PUT", &at("/secret-token")), Some(json!({ "secret_token": "second" })), 204).await;
    assert_eq!(webhook::send(&door, &body, &own.secret_token, now_ms).await, 200, "both are accepted");
    assert_eq!(webhook::send(&door, &body, "second", now_ms).await, 200);
    let shown = api.answer(("GET", &at("")), None, 200).await;
    assert!(shown["client_id"] == "own" && shown.get("earlier_secret_token_until").is_some(), "{shown}");
    assert!(!shown.to_string().contains("secret-token\""), "{shown}");
    let webinars = api.answer(("GET", "/tenants/sunrise/webinars"), None, 200).await;
    assert_eq!(webinars["items"], json!([]), "Zoom is called with the app's token");
    api.answer(("DELETE", "/tenants/sunrise/connections/webinars"), None, 204).await;
    assert_eq!(webhook::send(&door, &body, "second", now_ms).await, 404);
    api.refused(("PUT", &at("/secret-token")), Some(json!({ "secret_token": "x" })), (404, "request.not_found")).await;
    serving.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_connected_by_its_own_zoom_app_on_the_command_line() {
    let world = World::open().await;
    let place = world.place();
    super::world::add_first_tenant(&world, &place);
    let own = Preset::own_app(AppKind::Webinars, "own");
    world.preset.zoom.add_own_app(&world.first().1.id, own.clone(), "http://127.0.0.1:9/");
    let give = |secret: &str| format!("{}\nown\n{secret}\n{}\n", world.first().1.id, own.secret_token);
    let command = ["connection", "own-app", "sunrise", "webinars"];
    let sentence = place.refused(&command, &give("wrong"));
    assert!(sentence.contains("does not accept these credentials"), "{sentence}");
    let declined = place.refused(&command, &format!("{}n\n", give(&own.client_secret)));
    assert!(declined.contains("not connected"), "{declined}");
    assert_eq!(place.json(&["connection", "list", "sunrise"]), json!([]));
    let yes = [&command[..], &["--yes"]].concat();
    let connected = place.json_with(&yes, &give(&own.client_secret));
    assert_eq!((&connected[0]["state"], &connected[0]["own_app"]), (&json!("active"), &json!(true)));
    let needs = place.json(&["connection", "own-app-needs", "sunrise", "webinars"]);
    assert!(needs["client_id"] == "own" && !needs.to_string().contains(&own.client_secret), "{needs}");
    place.json_with(&["connection", "secret-token", "sunrise", "webinars"], "second\n");
    assert_eq!(place.run(&["connection", "disconnect", "sunrise", "webinars"]).code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_saved_only_over_the_version_they_were_read_at() {
    let world = World::open().await;
    let place = world.place();
    let (_serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let read = api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await;
    api.answer(("PUT", "/tenants/sunrise/settings"), Some(read.clone()), 200).await;
    for version in [json!(1), json!(0), json!(-1), json!(3), json!(i64::MAX)] {
        let mut stale = read.clone();
        stale["version"] = version;
        let put = ("PUT", "/tenants/sunrise/settings");
        let sentence = api.refused(put, Some(stale), (409, "settings.changed_meanwhile")).await;
        assert!(sentence.contains("Read them again"), "{sentence}");
    }
    assert_eq!(api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await["version"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_one_tenant_reaches_nothing_else() {
    let world = World::open().await;
    let place = world.place();
    let (serving, operator) = with_key(&place);
    add_tenant(&world, &operator, 0).await;
    add_tenant(&world, &operator, 1).await;
    let key = place.json(&["user", "add-key", "narrow", "--tenant", "sunrise"]);
    let narrow = Api::new(&serving.url(), key["key"].as_str().unwrap());
    narrow.answer(("GET", "/tenants/sunrise"), None, 200).await;
    narrow.refused(("GET", "/tenants"), None, (403, "request.forbidden")).await;
    let new = json!({ "tenant": "third", "access_key": "a", "secret_key": "b" });
    narrow.refused(("POST", "/tenants"), Some(new), (403, "request.forbidden")).await;
    let others = [
        ("GET", ""),
        ("GET", "/settings"),
        ("POST", "/set-up"),
        ("GET", "/connections"),
        ("DELETE", "/connections/webinars"),
        ("POST", "/connections/webinars/sign-in"),
        ("POST", "/connections/webinars/link"),
        ("GET", "/connections/webinars/own-app"),
        ("GET", "/journal"),
        ("GET", "/journal/x"),
        ("POST", "/journal/x/replay"),
        ("GET", "/events"),
        ("GET", "/events/x"),
        ("GET", "/deliveries"),
        ("GET", "/deliveries/x"),
        ("POST", "/deliveries/x/replay"),
        ("GET", "/meetings/x"),
    ];
    for (method, path) in others {
        let (there, nowhere) = (format!("/tenants/northwind{path}"), format!("/tenants/nobody{path}"));
        let there = narrow.refused((method, &there), None, (404, "request.not_found")).await;
        let nowhere = narrow.refused((method, &nowhere), None, (404, "request.not_found")).await;
        assert_eq!(there, nowhere, "{method} {path}: what is there looks like what is not");
    }
    let keys = json!({ "access_key": "a", "secret_key": "b" });
    let token = json!({ "secret_token": "s" });
    let elsewhere = ("PUT", "/tenants/northwind/connections/webinars/own-app/secret-token");
    narrow.refused(elsewhere, Some(token), (404, "request.not_found")).await;
    narrow.refused(("PUT", "/tenants/northwind/keys"), Some(keys), (404, "request.not_found")).await;
    for key in ["", "zck_wrong", "zck_"] {
        let stranger = Api::new(&serving.url(), key);
        stranger.refused(("GET", "/tenants/sunrise"), None, (401, "request.key")).await;
    }
}

/// The webinar somebody registered for is listed by its date, and shows who.
async fn listed_as_event(api: &Api) {
    let coming = api.answer(("GET", "/tenants/sunrise/events?kind=webinar&limit=5"), None, 200).await;
    let event = &coming["items"][0];
    assert_eq!((&event["stage"], &event["starts"]), (&json!("planned"), &json!("2030-01-01T10:00:00.000Z")));
    let path = format!("/tenants/sunrise/events/{}", event["id"].as_str().unwrap());
    let shown = api.answer(("GET", &path), None, 200).await;
    assert_eq!((shown["people"].as_array().unwrap().len(), &shown["people"][0]["stands"]), (1, &json!("Registered")));
    assert!(shown.get("known").is_none_or(|known| *known == 1), "not counted yet, or one: {shown}");
    let past = api.answer(("GET", "/tenants/sunrise/events?when=past"), None, 200).await;
    assert_eq!(past["items"].as_array().unwrap().len(), 0);
    api.refused(("GET", "/tenants/sunrise/events?after=x"), None, (400, "request.bad")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_are_refused_that_are_not_what_is_asked_for() {
    let world = World::open().await;
    let place = world.place();
    let (_serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let mut settings = api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await;
    settings["more"] = json!(1);
    let sentence = api.refused(("PUT", "/tenants/sunrise/settings"), Some(settings), (400, "request.bad")).await;
    assert!(sentence.contains("more"), "{sentence}");
    let mut settings = api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await;
    settings["settings"]["lead_sauce"] = json!("Web");
    let sentence = api.refused(("PUT", "/tenants/sunrise/settings"), Some(settings), (422, "settings.wrong")).await;
    assert!(sentence.contains("lead_sauce"), "{sentence}");
    let unknown = json!({ "tenant": "x", "access_key": "a", "secret_key": "b", "colour": "red" });
    api.refused(("POST", "/tenants"), Some(unknown), (400, "request.bad")).await;
    api.refused(("POST", "/tenants"), Some(json!([])), (400, "request.bad")).await;
    api.refused(("POST", "/tenants"), None, (400, "request.bad")).await;
    let long = json!({ "tenant": "x", "access_key": "a".repeat(70_000), "secret_key": "b" });
    api.refused(("POST", "/tenants"), Some(long), (413, "request.body")).await;
    for path in ["/tenants/sunrise/deliveries?colour=red", "/tenants/sunrise/journal?limit=many"] {
        let (status, answer): (u16, Value) = api.call("GET", path, None).await;
        assert_eq!((status, &answer["code"]), (400, &json!("request.bad")), "{path}: {answer}");
    }
    let taken = json!({
        "tenant": "sunrise",
        "access_key": world.first().0.access_key,
        "secret_key": world.first().0.secret_key,
        "leadsquared_api": world.leadsquared_url(),
    });
    api.refused(("POST", "/tenants"), Some(taken), (409, "tenant.taken")).await;
}
