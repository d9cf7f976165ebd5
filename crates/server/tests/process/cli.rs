//! Everything set up and looked after with the command line alone.

use super::binary::Place;
use super::webhook;
use super::world::{World, add_first_tenant, sign_first_tenant_in};
use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use serde_json::{Value, json};

/// The call that posts one activity.
const POST_ACTIVITY: &str = "ProspectActivity.Create";

/// Sends one registration, signed by hand, and waits until LeadSquared was asked to take its activity.
async fn register(world: &World, connector: &str, person: &str) {
    let before = world.calls(&[POST_ACTIVITY]);
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, person, now_ms);
    let url = format!("{connector}/zoom/webinars/webhook");
    assert_eq!(webhook::send(&url, &body, &world.preset.apps[1].secret_token, now_ms).await, 200);
    world.until(&format!("an activity of {person}"), |world| world.calls(&[POST_ACTIVITY]) > before).await;
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[track_caller]
fn check_counts(place: &Place, of: &str, expected: &Value) {
    assert_eq!(place.json(&[of, "count", "sunrise"]), *expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_set_up_with_the_command_line_alone_gets_its_activity() {
    let world = World::open().await;
    let place = world.place();
    assert_eq!(place.run(&["migrate"]).code, Some(0));
    let findings = place.json(&["check"]);
    assert!(findings.to_string().contains("tenant add"), "an empty service is told what comes first: {findings}");

    add_first_tenant(&world, &place);
    assert_eq!(place.json(&["tenant", "show", "sunrise"])["name"], "Sunrise Academy");
    assert_eq!(place.json(&["tenant", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["connector", "show", "sunrise"])["version"], 2);
    let connected = sign_first_tenant_in(&world, &place).await;
    assert_eq!((&connected[0]["app"], &connected[0]["state"]), (&json!("webinars"), &json!("active")));
    assert_eq!(place.json(&["connection", "list", "sunrise"]), connected);
    let findings = place.json(&["check"]);
    let fares = |word: &str| findings.as_array().unwrap().iter().filter(|one| one["fares"] == word).count();
    assert_eq!((fares("bad"), fares("look")), (0, 1), "only meetings are not signed in: {findings}");

    let serving = place.serve();
    register(&world, &serving.url(), "asha").await;
    let crm = world.crm();
    assert_eq!((crm.leads.len(), crm.activities.len()), (1, 1));
    assert_eq!(crm.activities[0].type_name, "Zoom Webinar Registered");
    assert_eq!(crm.leads[0].fields.get("EmailAddress").unwrap(), "asha@customers.example");
    serving.stop();
    check_counts(&place, "journal", &json!([["merged", 1]]));
    check_counts(&place, "delivery", &json!([["delivered", 2]]));
    try_settings(&place);
}

/// Settings tried on what came in, changed, compared and taken back with the command line.
fn try_settings(place: &Place) {
    let change = json!({ "lead_source": "Tried" }).to_string();
    let rehearsed = place.json_with(&["connector", "rehearse", "sunrise", "-"], &change);
    assert_eq!(rehearsed["tallies"]["lead"], json!({ "same": 0, "changed": 1, "new": 0, "gone": 0 }));
    assert_eq!(place.json(&["connector", "show", "sunrise"])["version"], 2, "only tried");
    place.json_with(&["connector", "set", "sunrise", "-"], &change);
    let versions = place.json(&["connector", "versions", "sunrise"]);
    let numbers: Vec<&Value> = versions.as_array().unwrap().iter().map(|row| &row["version"]).collect();
    assert_eq!(numbers, [&json!(3), &json!(2), &json!(1)]);
    let told = place.run(&["connector", "diff", "sunrise", "2"]);
    assert!(told.stdout.contains("lead source: “Zoom Webinar” became “Tried”"), "{}", told.stdout);
    let restored = place.json(&["connector", "restore", "sunrise", "2"]);
    assert_eq!((&restored["version"], &restored["settings"]["lead_source"]), (&json!(4), &json!("Zoom Webinar")));
    assert!(place.refused(&["connector", "restore", "sunrise", "9"], "").contains("no version 9"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_parked_is_found_and_replayed_with_the_command_line() {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    sign_first_tenant_in(&world, &place).await;
    let refusal = json!({ "Status": "Error", "ExceptionType": "MXInvalidInputException", "ExceptionMessage": "No." });
    world.preset.leadsquared.faults().plan(POST_ACTIVITY, (0, 1), Fault::Answer(500, refusal.to_string()));
    let serving = place.serve();
    register(&world, &serving.url(), "ravi").await;
    serving.stop();

    let parked = place.json(&["delivery", "list", "sunrise", "--state", "parked"]);
    assert_eq!(ids(&parked).len(), 1, "{parked}");
    let shown = place.json(&["delivery", "show", "sunrise", ids(&parked)[0]]);
    assert_eq!(shown["code"], "lsq.rejected");
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 1);
    let journal = place.json(&["journal", "list", "sunrise", "--outcome", "merged"]);
    let notification = place.json(&["journal", "show", "sunrise", ids(&journal)[0]]);
    assert_eq!(notification["body"]["event"], "webinar.registration_created");
    assert_eq!(notification["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(place.json(&["delivery", "replay-all", "sunrise"]), json!({ "count": 1, "replayed": false }));

    // Reading a notification once more plans nothing anew; letting the delivery go again sends it.
    place.json(&["journal", "replay", "sunrise", ids(&journal)[0]]);
    place.json(&["delivery", "replay", "sunrise", ids(&parked)[0]]);
    let refused = place.refused(&["delivery", "replay", "sunrise", ids(&parked)[0]], "");
    assert!(refused.contains("no such parked delivery"), "{refused}");
    let serving = place.serve();
    world.until("the activity that was refused", |world| !world.crm().activities.is_empty()).await;
    register(&world, &serving.url(), "lena").await;
    serving.stop();
    check_counts(&place, "journal", &json!([["ignored", 1], ["merged", 1]]));
    check_counts(&place, "delivery", &json!([["delivered", 4]]));
    assert_eq!((world.crm().leads.len(), world.crm().activities.len()), (2, 2));
}

#[test]
fn people_and_keys_are_made_on_the_command_line() {
    let place = Place::empty();
    let link = place.json(&["user", "first-run-link"]);
    assert!(link["url"].as_str().unwrap().contains("/first-run/"));
    let key = place.json(&["user", "add-key", "script"]);
    assert!(key["key"].as_str().unwrap().starts_with("zck_"));
    place.json_with(&["user", "add", "ops@example.test", "--name", "Ops"], "a long enough pass word\n");
    assert_eq!(place.json(&["user", "list"])[0]["email"], "ops@example.test");
    let again = place.refused(&["user", "add", "ops@example.test", "--name", "Ops"], "a long enough pass word\n");
    assert!(again.contains("has an account already"), "{again}");
    let short = place.refused(&["user", "add", "two@example.test", "--name", "Two"], "short\n");
    assert!(short.contains("12 to 200 characters"), "{short}");
    let link = place.refused(&["user", "first-run-link"], "");
    assert!(link.contains("user add"), "{link}");
}

#[test]
fn what_a_command_that_stays_prints_can_be_read_by_machines() {
    let place = Place::empty();
    let read = |line: String| serde_json::from_str::<Value>(&line).unwrap();
    let service = place.start(&["serve", "--json"]);
    let told = read(service.line_with("listens"));
    assert_eq!(told["apps_not_configured"], json!(["meetings", "webinars"]));
    assert_eq!(told["listens"], told["console"]);
    assert!(told["first_run_link"].as_str().unwrap().contains("/first-run/"));
    let any = ["simulate", "--json", "--zoom", "127.0.0.1:0", "--leadsquared", "127.0.0.1:0"];
    let pretend = place.start(&any);
    let told = read(pretend.line_with("leadsquared"));
    assert_eq!(told["environment"]["ZOOM_CONNECTOR__ZOOM__API_URL"], told["zoom"]);
    assert_eq!(told["tenants"][0]["leadsquared_api"], told["leadsquared"]);
    for process in [service, pretend] {
        process.signal("TERM");
        assert_eq!(process.end(), Some(0));
    }
}

#[test]
fn what_is_not_there_is_refused_with_a_sentence() {
    let place = Place::empty();
    let check = |arguments: &[&str], input: &str, words: &str| {
        let sentence = place.refused(arguments, input);
        assert!(sentence.contains(words), "{arguments:?}: {sentence}");
    };
    check(&["tenant", "show", "nobody"], "", "no such tenant");
    check(&["connector", "show", "nobody"], "", "no such tenant");
    check(&["connector", "set", "nobody", "-"], "{}", "no such tenant");
    check(&["connector", "versions", "nobody"], "", "no such tenant");
    check(&["connector", "restore", "nobody", "1"], "", "no such tenant");
    check(&["connection", "list", "nobody"], "", "no such tenant");
    check(&["connection", "begin", "nobody", "webinars"], "", "no such tenant");
    check(&["connection", "link", "nobody", "webinars"], "", "no such tenant");
    check(&["journal", "list", "nobody"], "", "no such tenant");
    check(&["journal", "count", "nobody"], "", "no such tenant");
    check(&["journal", "show", "nobody", "x"], "", "no such");
    check(&["delivery", "list", "nobody"], "", "no such tenant");
    check(&["delivery", "count", "nobody"], "", "no such tenant");
    check(&["delivery", "replay-all", "nobody", "--yes"], "", "no such tenant");
    check(&["user", "add-key", "script", "--tenant", "nobody"], "", "no such tenant");
    assert_eq!(
        place.json(&["journal", "list", "unassigned"]),
        json!([]),
        "what nobody owns is no tenant, but has a journal"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_leadsquared_keys_are_refused_and_nothing_is_stored() {
    let world = World::open().await;
    let (place, url) = (world.place(), world.leadsquared_url());
    let add = ["tenant", "add", "sunrise", "--leadsquared-api", &url, "--access-key", "wrong", "--secret-key", "wrong"];
    let sentence = place.refused(&add, "");
    assert!(sentence.contains("My Account > Settings > API and Webhooks"), "{sentence}");
    assert_eq!(place.json(&["tenant", "list"]), json!([]));
    assert_eq!(world.crm().activity_types.len(), 0);
    let unreachable = ["tenant", "add", "sunrise", "--leadsquared-api", "http://127.0.0.1:9", "--access-key", "a"];
    let sentence = place.refused(&[&unreachable[..], &["--secret-key", "b"]].concat(), "");
    assert!(sentence.contains("could not be asked"), "{sentence}");
    let keyless = place.refused(&["tenant", "add", "sunrise"], "");
    assert!(keyless.contains("LSQ_ACCESS_KEY"), "{keyless}");
    assert_eq!(place.json(&["tenant", "list"]), json!([]));
}
