//! What a stranger may do to the doors: send half a request, nothing, everything very slowly, too much of it. Every
//! connection is closed in bounded time, and the service goes on.

use super::binary::Place;
use super::raw::talk;
use super::world::Api;
use connector_server::clock::Clock;
use std::io::Read as _;
use std::net::TcpStream;
use std::thread;

/// Until a connection without a whole head, or without a next request, is closed.
const HEAD_MS: i64 = 10_000;
/// Until a connection is closed whose body does not end: head and body have their time one after the other.
const BODY_MS: i64 = 15_000;
/// Until a service has stopped on which nobody asks for anything.
const STOP_MS: i64 = 6_000;

#[test]
fn a_connection_that_sends_no_whole_head_is_closed() {
    let place = Place::empty();
    let serving = place.serve();
    let half = "POST /zoom/webinars/webhook HTTP/1.1\r\nhost: x\r\nx-half: ";
    let headers = "x-more: 1\r\n".repeat(1_000);
    thread::scope(|scope| {
        for (at_once, trickle) in [("", ""), (half, ""), (half, headers.as_str()), ("", half)] {
            let address = serving.address;
            scope.spawn(move || {
                let closed = talk(address, at_once.as_bytes(), trickle);
                assert!(closed.after_ms < HEAD_MS, "{at_once:?} and {trickle:.20?}: {closed:?}");
                assert!(matches!(closed.status(), None | Some(408)), "{closed:?}");
            });
        }
    });
}

#[test]
fn an_idle_connection_is_closed_after_its_answer() {
    let place = Place::empty();
    let serving = place.serve();
    let closed = talk(serving.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "");
    assert_eq!(closed.status(), Some(200));
    assert!(closed.after_ms < HEAD_MS, "{closed:?}");
}

#[test]
fn a_body_that_trickles_is_cut_off_whichever_door_it_comes_to() {
    let place = Place::empty().with("ZOOM_CONNECTOR__ZOOM__WEBINARS__SECRET_TOKEN", "a-secret-token");
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let serving = place.serve();
    let form = "content-type: application/x-www-form-urlencoded\r\n".to_owned();
    let doors = [
        ("POST /zoom/webinars/webhook", String::new(), vec![408]),
        ("POST /zoom/meetings/webhook", String::new(), vec![503]),
        ("POST /api/v1/tenants", format!("authorization: Bearer {key}\r\n"), vec![408]),
        ("POST /sign-in", form, vec![408]),
        ("GET /healthz", String::new(), vec![200]),
        ("POST /nowhere", String::new(), vec![408]),
    ];
    thread::scope(|scope| {
        for (line, header, expected) in &doors {
            for length in ["content-length: 5000\r\n", "transfer-encoding: chunked\r\n"] {
                let address = serving.address;
                scope.spawn(move || {
                    let head = format!("{line} HTTP/1.1\r\nhost: x\r\n{header}{length}\r\n");
                    let closed = talk(address, head.as_bytes(), &"5\r\nabcde\r\n".repeat(500));
                    assert!(closed.after_ms < BODY_MS, "{line} {length}: {closed:?}");
                    assert!(closed.status().is_some_and(|status| expected.contains(&status)), "{line}: {closed:?}");
                });
            }
        }
    });
}

#[test]
fn a_head_that_is_too_long_or_none_at_all_is_refused() {
    let place = Place::empty();
    let serving = place.serve();
    let check = |headers: &str, expected: &[u16]| {
        let head = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let closed = talk(serving.address, head.as_bytes(), "");
        assert!(closed.status().is_some_and(|status| expected.contains(&status)), "{headers:.40}: {closed:?}");
    };
    let headers = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    check(&headers(99), &[200]);
    check(&headers(100), &[400, 431]);
    check(&format!("x-long: {}\r\n", "a".repeat(100_000)), &[400, 431]);
    check("no colon\r\n", &[400]);
    let closed = talk(serving.address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", "");
    assert!(matches!(closed.status(), None | Some(400)), "{closed:?}");
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let place = Place::empty().with("ZOOM_CONNECTOR__ZOOM__WEBINARS__SECRET_TOKEN", "a-secret-token");
    let serving = place.serve();
    let check = |rest: &str| {
        let head = format!("POST /zoom/webinars/webhook HTTP/1.1\r\nhost: x\r\n{rest}");
        assert_eq!(talk(serving.address, head.as_bytes(), "").status(), Some(413), "{rest:.40}");
    };
    check("content-length: 1048577\r\n\r\n");
    check(&format!("transfer-encoding: chunked\r\n\r\n100001\r\n{}\r\n", "a".repeat(0x10_0001)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_without_its_secret_answers_503_and_the_service_says_so() {
    let place = Place::empty();
    let process = place.start(&["serve"]);
    let address = process.line_with("listens at http://").split_once("http://").unwrap().1.trim().to_owned();
    assert!(process.line_with("zoom.meetings.client_id").contains("503"));
    assert!(process.line_with("zoom.webinars.client_id").contains("503"));
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for app in ["meetings", "webinars"] {
        let url = format!("http://{address}/zoom/{app}/webhook");
        assert_eq!(super::webhook::send(&url, "{}", "a-secret", 1_800_000_000_000).await, 503);
    }
    let url = format!("http://{address}/zoom/phone/webhook");
    assert_eq!(super::webhook::send(&url, "{}", "a-secret", 1_800_000_000_000).await, 404);
    let api = Api::new(&format!("http://{address}"), "zck_none");
    api.refused(("GET", "/tenants"), None, (401, "request.key")).await;
}

#[test]
fn strangers_who_take_all_places_hold_nobody_up_for_long() {
    let place = Place::empty().with("ZOOM_CONNECTOR__SERVER__CONNECTIONS_MAX", "2");
    let serving = place.serve();
    let silent = [(); 2].map(|()| TcpStream::connect(serving.address).unwrap());
    let closed = talk(serving.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "");
    assert_eq!(closed.status(), Some(200));
    assert!(closed.after_ms < HEAD_MS, "{closed:?}");
    for mut stream in silent {
        assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0, "it was closed without a word");
    }
    // All places are taken again; the service stops all the same, before their time is over.
    let silent = [(); 2].map(|()| TcpStream::connect(serving.address).unwrap());
    let clock = Clock::machine();
    serving.stop();
    assert!(clock.monotonic_ms() < STOP_MS, "{} ms", clock.monotonic_ms());
    drop(silent);
}
