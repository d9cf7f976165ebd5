//! How a service ends: told to, in the middle of work, by a system or by a person at a terminal.

use super::binary::Place;
use super::webhook;
use super::world::{World, add_first_tenant, sign_first_tenant_in};
use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

#[test]
fn sigterm_and_sigint_end_a_service_well_even_with_idle_connections() {
    let place = Place::empty();
    for signal in ["TERM", "INT"] {
        let serving = place.serve();
        let silent = TcpStream::connect(serving.address).unwrap();
        let mut idle = TcpStream::connect(serving.address).unwrap();
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        assert!(idle.read(&mut [0; 512]).unwrap() > 0);
        let clock = connector_server::clock::Clock::machine();
        serving.process.signal(signal);
        assert_eq!(serving.process.end(), Some(0), "{signal}");
        assert!(clock.monotonic_ms() < 6_000, "{signal}: {} ms", clock.monotonic_ms());
        drop((silent, idle));
    }
}

#[test]
fn a_request_under_way_is_finished_before_the_service_ends() {
    let place = Place::empty();
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let serving = place.serve();
    let mut stream = TcpStream::connect(serving.address).unwrap();
    let head = format!(
        "POST /api/v1/tenants HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n", "the service has begun to read the body");
    serving.process.signal("TERM");
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("request.bad"), "{answer}");
    assert_eq!(serving.process.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_under_way_is_answered_and_recorded_before_the_service_ends() {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    sign_first_tenant_in(&world, &place).await;
    let serving = place.serve();
    // The answer comes long after the order to stop.
    world.preset.leadsquared.faults().plan("ProspectActivity.Create", (0, 1), Fault::ApplyThenWait(3_000));
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, "dev", now_ms);
    let url = format!("{}/zoom/webinars/webhook", serving.url());
    assert_eq!(webhook::send(&url, &body, &world.preset.apps[1].secret_token, now_ms).await, 200);
    world.until("the call for the activity", |world| !world.crm().activities.is_empty()).await;
    assert_eq!(world.under_way(), 1);
    serving.stop();
    let delivered = place.json(&["delivery", "count", "sunrise"]);
    assert_eq!(delivered, serde_json::json!([["delivered", 2]]));
    assert_eq!(world.crm().activities.len(), 1);
}
