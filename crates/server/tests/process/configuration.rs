//! What a configuration is told: wrong keys are named before anything starts, and a service that cannot start says why.

use super::binary::Place;
use std::net::TcpListener;

#[track_caller]
fn check_refused(place: &Place, words: &[&str]) {
    let sentence = place.refused(&["serve"], "");
    for word in words {
        assert!(sentence.contains(word), "{word}: {sentence}");
    }
    assert!(!place.path("data").exists(), "nothing is made before the configuration is good");
}

#[test]
fn an_unknown_key_is_named_whether_it_comes_from_the_environment_or_a_file() {
    let variable = "ZOOM_CONNECTOR__SERVER__LISSTEN";
    check_refused(&Place::empty().with(variable, "127.0.0.1:1"), &[variable, "docs/configuration.md"]);
    let variable = "ZOOM_CONNECTOR__STOER__URL";
    check_refused(&Place::empty().with(variable, "x"), &[variable]);
    let place = Place::empty();
    std::fs::write(place.path("connector.toml"), "[server]\nlissten = \"127.0.0.1:1\"\n").unwrap();
    check_refused(&place, &["connector.toml", "lissten"]);
}

#[test]
fn a_value_that_cannot_be_is_refused_with_its_key() {
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__ZOOM__API_URL", "http://x.example"), &["zoom.api_url"]);
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__SERVER__LISTEN", "8080"), &["ZOOM_CONNECTOR__SERVER__LISTEN"]);
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__SERVER__METRICS_LISTEN", "x"), &["server.metrics_listen"]);
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__LOG__FORM", "xml"), &["ZOOM_CONNECTOR__LOG__FORM"]);
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__LOG__LEVEL", "lou=d=er"), &["log.level"]);
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__STORE__URL", "mysql://x/y"), &["store.url", "postgres://"]);
    for count in ["0", "1", "201"] {
        let place = Place::empty().with("ZOOM_CONNECTOR__STORE__CONNECTIONS_MAX", count);
        check_refused(&place, &["store.connections_max"]);
    }
    let missing = "/does/not/exist";
    check_refused(&Place::empty().with("ZOOM_CONNECTOR__KEYS__MASTER_FILE", missing), &[missing]);
}

#[test]
fn a_foreign_variable_that_is_no_text_is_nobodys_business() {
    use std::os::unix::ffi::OsStringExt as _;
    let place = Place::empty();
    let mut command = place.command(&["migrate"]);
    let output = command.env("SOMETHING_ELSE", std::ffi::OsString::from_vec(vec![0xff, 0xfe])).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut command = place.command(&["migrate"]);
    command.env("ZOOM_CONNECTOR__KEYS__MASTER", std::ffi::OsString::from_vec(vec![0xff, 0xfe]));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("ZOOM_CONNECTOR__KEYS__MASTER"), "{said}");
}

#[test]
fn the_default_configuration_can_be_used_as_a_file() {
    let place = Place::empty();
    let printed = place.run(&["config", "default"]);
    assert_eq!(printed.code, Some(0));
    std::fs::write(place.path("mine.toml"), &printed.stdout).unwrap();
    assert_eq!(place.run(&["--config", "mine.toml", "migrate"]).code, Some(0));
    let json = place.json(&["config", "default"]);
    assert_eq!(json["server"]["listen"], "127.0.0.1:8080");
}

#[test]
fn a_second_service_on_the_same_folder_is_refused() {
    let place = Place::empty();
    let first = place.serve();
    let sentence = place.refused(&["serve"], "");
    assert!(sentence.contains("another process serves"), "{sentence}");
    first.stop();
    place.serve().stop();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::empty().with("ZOOM_CONNECTOR__SERVER__LISTEN", &address);
    let sentence = place.refused(&["serve"], "");
    assert!(sentence.contains(&address) && sentence.contains("server.listen"), "{sentence}");
    let place = Place::empty().with("ZOOM_CONNECTOR__SERVER__METRICS_LISTEN", &address);
    let sentence = place.refused(&["serve"], "");
    assert!(sentence.contains(&address) && sentence.contains("server.metrics_listen"), "{sentence}");
}
