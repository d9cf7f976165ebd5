//! The API under requests made up from its own description, right and wrong ones, by `schemathesis`: nothing is answered with a
//! server's error, nothing that is not described, and nothing that is not as described.
//!
//! `cargo xtask test` installs the program into `target/`; where there is none, nothing is tried and a sentence says so.

use super::api::{add_tenant, sign_in, with_key};
use super::webhook;
use super::world::World;
use connector_simulator::clock::Clock;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How long requests are made up, in seconds.
const SECONDS: &str = "45";
/// The ways in which requests are made up. The fourth, `coverage`, ends in an error of its own with this description (4.32.5).
const PHASES: &str = "examples,fuzzing,stateful";
/// What has to hold of every answer. What is made up within the description may still be refused for what it says, so that is left out.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,missing_required_header,unsupported_method,ignored_auth";

/// The program, if it is installed.
fn program() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/schemathesis/bin/schemathesis");
    installed.exists().then_some(installed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_made_up_from_the_description_find_nothing_that_it_does_not_say() {
    let Some(program) = program() else {
        say("schemathesis is not installed (`cargo xtask test` does that where there is Python): nothing was tried");
        return;
    };
    let world = World::open().await;
    let place = world.place();
    let key = place.json(&["user", "add-key", "fuzz"]);
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    sign_in(&world, &api).await;
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, "meera", now_ms);
    let url = format!("{}/zoom/webinars/webhook", serving.url());
    assert_eq!(webhook::send(&url, &body, &world.preset.apps[1].secret_token, now_ms).await, 200);
    world.until("the activity", |world| !world.crm().activities.is_empty()).await;

    let configuration = place.path("schemathesis.toml");
    std::fs::write(&configuration, configured()).unwrap();
    let bearer = format!("Authorization:Bearer {}", key["key"].as_str().unwrap());
    let mut command = Command::new(program);
    command.arg("--config-file").arg(&configuration).arg("run").arg(format!("{}/api/v1/openapi.json", serving.url()));
    command.args([
        "--checks",
        CHECKS,
        "--max-time",
        SECONDS,
        "--workers",
        "1",
        "--no-color",
        "--continue-on-failure",
        "--phases",
        PHASES,
    ]);
    command.args(["--header", &bearer, "--seed", "1", "--generation-database", "none", "--request-timeout", "30"]);
    command.args(["--generation-allow-x00", "false"]).current_dir(place.path("tmp")).env("NO_PROXY", "127.0.0.1");
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    // An error of the program's own is no finding about the API.
    assert!(ended.status.success() || said.contains(" generated") && !said.contains("= FAILURES ="), "{said}");
    let cases = said.lines().find(|line| line.contains("generated")).unwrap_or_default();
    say(cases.trim());
    serving.stop();
}

/// Past the capture of the test's output.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// What stands in paths, so that most requests reach something; and that 502 is no fault of this service: it says that Zoom or
/// LeadSquared did not answer, and there are none at the addresses that are made up here.
fn configured() -> String {
    let known = [("tenant", "sunrise"), ("app", "webinars")];
    let known: Vec<String> = known.iter().map(|(name, value)| format!("\"path.{name}\" = \"{value}\"")).collect();
    format!(
        "[parameters]\n{}\n\n[checks.not_a_server_error]\nexpected-statuses = [\"2xx\", \"3xx\", \"4xx\", \"502\"]\n",
        known.join("\n")
    )
}
