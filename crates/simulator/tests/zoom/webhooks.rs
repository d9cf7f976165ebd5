//! Webhooks: their shapes, signatures, retries and troubles, and the postman who carries them.

use super::{MINUTE_MS, NOWHERE, SECRET, START_MS, World, header, loopback, names, person, plan, world};
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use connector_simulator::serve::{Served, serve};
use connector_simulator::zoom::{Approval, Kind, Mischief, Postman, Who};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub fn hmac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[tokio::test]
async fn webhooks_have_zooms_shapes() {
    let world = world().await;
    world.zoom.install("meet", &world.admin);
    world.zoom.install("web", &world.admin);
    world.zoom.set_webhook_url("meet", NOWHERE);
    let number = world.zoom.create_meeting("host@acme.test", plan("Démo 🚒 – 1", Approval::Automatic), START_MS);
    let registrant = world.zoom.register(number, person("asha@a.test"), START_MS).unwrap();
    world.zoom.set_mischief(Mischief { escaped_emoji: true, ..Mischief::default() });
    let uuid = world.zoom.start(number, START_MS + 5).unwrap();
    assert_eq!(world.zoom.start(number, START_MS), None, "it is running");
    world.zoom.join(&uuid, Who::Host, START_MS).unwrap();
    let guest = world.zoom.join(&uuid, Who::Guest { name: "Asha".to_owned() }, START_MS + 11_456).unwrap();
    world.zoom.join(&uuid, Who::Registrant(registrant.clone()), START_MS + 12_000).unwrap();
    let bodies: Vec<_> =
        world.zoom.take_due(100).into_iter().map(|outgoing| String::from_utf8(outgoing.body).unwrap()).collect();
    let begins = format!("{{\"event\":\"meeting.created\",\"event_ts\":{START_MS},\"payload\":{{\"account_id\":");
    assert!(bodies[0].starts_with(&begins) && bodies[0].contains("Démo 🚒 – 1"), "{}", bodies[0]);
    assert!(bodies[0].contains(&format!("\"id\":{number},")), "a number here: {}", bodies[0]);
    assert!(bodies[2].contains("\"topic\":\"Démo \\uD83D\\uDE92 – 1\""), "{}", bodies[2]);
    assert!(bodies[2].contains(&format!("\"id\":\"{number}\"")), "text there: {}", bodies[2]);
    assert!(bodies[2].ends_with(&format!("}}}},\"event_ts\":{}}}", START_MS + 5)), "{}", bodies[2]);
    assert!(!bodies[3].contains("registrant_id"), "a meeting's host has no such key: {}", bodies[3]);
    let participant = format!(
        "\"participant\":{{\"customer_key\":\"\",\"public_ip\":\"203.0.113.7\",\"user_id\":\"{}\",\"user_name\":\"Asha\",\
         \"registrant_id\":\"\",\"participant_user_id\":\"\",\"id\":\"\",\"join_time\":\"2026-08-01T10:00:11Z\",\
         \"email\":\"\",\"participant_uuid\":\"{}\"}},\"id\":\"{number}\"",
        guest.user_id, guest.participant_uuid
    );
    assert!(bodies[4].contains(&participant), "{}", bodies[4]);
    assert!(
        bodies[4].starts_with("{\"payload\":{") && bodies[4].ends_with("\"event\":\"meeting.participant_joined\"}")
    );
    assert!(bodies[5].contains(&format!("\"registrant_id\":\"{registrant}\"")) && bodies[5].contains("asha@a.test"));
}

#[tokio::test]
async fn an_end_closes_every_stay_once_and_history_knows_them() {
    let world = world().await;
    world.zoom.install("web", &world.admin);
    world.zoom.set_webhook_url("web", NOWHERE);
    let number = world.zoom.create_webinar("host@acme.test", plan("Show", Approval::Manual), START_MS);
    let rehearsal = world.zoom.rehearse(number, START_MS - MINUTE_MS).unwrap();
    world.zoom.end(&rehearsal, START_MS - 1000);
    assert_eq!(world.told().last().unwrap()["payload"]["object"]["practice_session"], true);
    let registrant = world.zoom.register(number, person("asha@a.test"), START_MS).unwrap();
    let uuid = world.zoom.start(number, START_MS).unwrap();
    assert_eq!(world.zoom.join(&uuid, Who::Registrant(registrant.clone()), START_MS), None, "not approved yet");
    world.zoom.set_status(number, &registrant, connector_simulator::zoom::Status::Approved, START_MS).unwrap();
    world.zoom.join(&uuid, Who::Host, START_MS).unwrap();
    let guest = world.zoom.join(&uuid, Who::Guest { name: "Eve".to_owned() }, START_MS + 1000).unwrap();
    world.zoom.join(&uuid, Who::Registrant(registrant.clone()), START_MS + 2000).unwrap();
    world.zoom.leave(&uuid, &guest, START_MS + 3000);
    world.zoom.leave(&uuid, &guest, START_MS + 4000);
    world.zoom.end(&uuid, START_MS + 9000);
    world.zoom.end(&uuid, START_MS + 9999);
    world.zoom.recording_completed(&uuid, START_MS + 9999);
    assert_eq!(world.zoom.join(&uuid, Who::Host, START_MS + 9000), None, "it is over");
    let told = world.told();
    let count = |wanted: &str| names(&told).iter().filter(|name| **name == wanted).count();
    assert_eq!([count("webinar.participant_left"), count("webinar.ended"), count("recording.completed")], [3, 1, 1]);
    let recording = told.last().unwrap();
    assert_eq!(
        (&recording["payload"]["object"]["id"], &recording["payload"]["object"]["uuid"]),
        (&json!(number), &json!(uuid))
    );
    let stays = world.zoom.history().stays;
    let left: Vec<_> = stays.iter().map(|stay| (stay.host, stay.email.as_deref(), stay.leave_ms)).collect();
    let (end, early) = (Some(START_MS + 9000), Some(START_MS + 3000));
    assert_eq!(left, [(true, Some("host@acme.test"), end), (false, None, early), (false, Some("asha@a.test"), end)]);
    assert_eq!((stays[2].kind, stays[2].registrant_id.as_ref()), (Kind::Webinar, Some(&registrant)));
}

#[tokio::test]
async fn a_webhook_is_repeated_after_5_25_and_85_minutes_with_the_same_body_and_id() {
    let world = world().await;
    world.zoom.set_webhook_url("meet", NOWHERE);
    world.zoom.emit_raw("meet", "anything – at all".as_bytes());
    let mut tries = Vec::new();
    for wait_min in [0, 5, 20, 60] {
        world.clock.advance(wait_min * MINUTE_MS - 1);
        assert!(world.zoom.take_due(10).is_empty(), "not before its time");
        world.clock.advance(1);
        let outgoing = world.zoom.take_due(10).pop().unwrap();
        let timestamp_s = world.clock.now_ms() / 1000;
        assert_eq!(header(&outgoing, "x-zm-request-timestamp"), timestamp_s.to_string());
        let signature = hmac(SECRET, &[format!("v0:{timestamp_s}:").as_bytes(), &outgoing.body]);
        assert_eq!(header(&outgoing, "x-zm-signature"), format!("v0={signature}"));
        world.zoom.report(outgoing.id, if wait_min == 5 { None } else { Some(500) });
        tries.push(outgoing);
    }
    assert_eq!((world.zoom.undelivered(), world.zoom.given_up(), world.zoom.next_due_ms()), (0, 1, None));
    for pair in tries.windows(2) {
        assert_eq!(pair[0].body, pair[1].body);
        assert_eq!(header(&pair[0], "x-zm-request-id"), header(&pair[1], "x-zm-request-id"));
        assert_ne!(header(&pair[0], "x-zm-signature"), header(&pair[1], "x-zm-signature"));
    }
    world.zoom.set_retry_scale(1);
    world.zoom.emit_raw("meet", b"quick");
    let outgoing = world.zoom.take_due(10).pop().unwrap();
    world.zoom.report(outgoing.id, Some(503));
    assert_eq!(world.zoom.next_due_ms(), Some(world.clock.now_ms() + 300));
}

/// How many go out at once, with how many ids, and how many five minutes later.
#[track_caller]
fn check(world: &World, mischief: Mischief, (now, ids, later): (usize, usize, usize)) {
    world.zoom.set_mischief(mischief);
    world.zoom.emit_raw("meet", b"{}");
    let due = world.zoom.take_due(10);
    due.iter().for_each(|outgoing| world.zoom.report(outgoing.id, Some(200)));
    let seen: HashSet<_> = due.iter().map(|outgoing| header(outgoing, "x-zm-request-id")).collect();
    assert_eq!((due.len(), seen.len()), (now, ids), "{mischief:?}");
    world.clock.advance(5 * MINUTE_MS);
    let due = world.zoom.take_due(10);
    due.iter().for_each(|outgoing| world.zoom.report(outgoing.id, Some(200)));
    assert_eq!((due.len(), world.zoom.undelivered()), (later, 0), "{mischief:?}");
}

#[tokio::test]
async fn mischief_doubles_delays_drops_and_shuffles() {
    let world = world().await;
    world.zoom.set_webhook_url("meet", NOWHERE);
    let none = Mischief::default();
    check(&world, none, (1, 1, 0));
    check(&world, Mischief { doubled_per_100: 100, ..none }, (2, 1, 0));
    check(&world, Mischief { double_subscription: true, ..none }, (2, 2, 0));
    check(&world, Mischief { late_per_100: 100, ..none }, (0, 0, 1));
    check(&world, Mischief { unheard_per_100: 100, ..none }, (1, 1, 1));
    check(&world, Mischief { dropped_per_100: 100, ..none }, (0, 0, 0));
    world.zoom.set_mischief(Mischief { shuffled: true, ..none });
    (0..50_u8).for_each(|n| world.zoom.emit_raw("meet", &[n]));
    let order: Vec<u8> = world.zoom.take_due(50).iter().map(|outgoing| outgoing.body[0]).collect();
    assert!(order.len() == 50 && !order.is_sorted(), "{order:?}");
}

/// A receiver that counts what it got, and proves that it knows `secret`.
async fn receiver(secret: &'static str) -> (Served, Arc<AtomicUsize>) {
    let got = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&got);
    let route = post(move |body: Bytes| {
        counted.fetch_add(1, Ordering::SeqCst);
        let told: Value = serde_json::from_slice(&body).unwrap();
        let answer = told["payload"]["plainToken"]
            .as_str()
            .map(|plain| json!({"plainToken": plain, "encryptedToken": hmac(secret, &[plain.as_bytes()])}).to_string());
        async move { answer.unwrap_or_default() }
    });
    (serve(Router::new().route("/hook", route), loopback()).await.unwrap(), got)
}

#[tokio::test]
async fn the_postman_delivers_and_validates() {
    let world = world().await;
    let ((right, got), (wrong, _)) = (receiver(SECRET).await, receiver("another").await);
    world.zoom.set_webhook_url("meet", &format!("{}/hook", right.url()));
    world.zoom.set_webhook_url("web", &format!("{}/hook", wrong.url()));
    world.zoom.install("meet", &world.admin);
    let postman = Postman::new(world.zoom.clone());
    assert_eq!(world.zoom.url_validated("meet"), None);
    world.zoom.url_validation("meet");
    world.zoom.url_validation("web");
    let number = world.zoom.create_meeting("host@acme.test", plan("Crowd", Approval::Automatic), START_MS);
    for n in 0..300 {
        world.zoom.register(number, person(&format!("p{n}@a.test")), START_MS).unwrap();
    }
    assert_eq!(postman.deliver_due().await, 303);
    assert_eq!((world.zoom.url_validated("meet"), world.zoom.url_validated("web")), (Some(true), Some(false)));
    assert_eq!((world.zoom.undelivered(), got.load(Ordering::SeqCst)), (0, 302));
    drop(right);
    world.zoom.emit_raw("meet", b"{}");
    assert_eq!((postman.deliver_due().await, world.zoom.undelivered()), (1, 1), "to be repeated");
    assert_eq!(world.zoom.next_due_ms(), Some(START_MS + 5 * MINUTE_MS));
}

#[tokio::test]
async fn a_running_postman_is_woken_by_what_is_queued() {
    let world = world().await;
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let route = post(move |body: Bytes| {
        let kept = sender.send(body);
        async move { if kept.is_ok() { StatusCode::OK } else { StatusCode::GONE } }
    });
    let served = serve(Router::new().route("/hook", route), loopback()).await.unwrap();
    world.zoom.set_webhook_url("meet", &format!("{}/hook", served.url()));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(Postman::new(world.zoom.clone()).run());
    for body in ["one", "two"] {
        world.zoom.emit_raw("meet", body.as_bytes());
        assert_eq!(received.recv().await.unwrap(), body);
    }
}

#[tokio::test]
async fn a_webinar_of_five_thousand_is_told_whole() {
    let world = world().await;
    world.zoom.install("web", &world.admin);
    world.zoom.set_webhook_url("web", NOWHERE);
    let number = world.zoom.create_webinar("host@acme.test", plan("Everybody", Approval::Automatic), START_MS);
    let register = |n: usize| world.zoom.register(number, person(&format!("p{n}@a.test")), START_MS).unwrap();
    let ids: Vec<String> = (0..5000).map(register).collect();
    let uuid = world.zoom.start(number, START_MS).unwrap();
    for id in ids {
        world.zoom.join(&uuid, Who::Registrant(id), START_MS).unwrap();
    }
    world.zoom.end(&uuid, START_MS + MINUTE_MS);
    assert_eq!((world.told().len(), world.zoom.undelivered()), (3 + 3 * 5000, 0));
    let history = world.zoom.history();
    assert_eq!((history.registrations.len(), history.stays.len(), history.runs.len()), (5000, 5000, 1));
    assert!(history.stays.iter().all(|stay| stay.leave_ms == Some(START_MS + MINUTE_MS)));
}
