//! A webhook written and signed by hand: none of the connector's and none of the pretend Zoom's own code is used.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 as RFC 2104 defines it, as small hexadecimal digits.
fn hmac_sha256(key: &[u8], text: &[u8]) -> String {
    let mut block = [0; BLOCK_BYTES];
    block[..key.len()].copy_from_slice(key);
    let (inner, outer) = (block.map(|byte| byte ^ 0x36), block.map(|byte| byte ^ 0x5c));
    let inside = Sha256::digest([&inner[..], text].concat());
    HEXLOWER.encode(&Sha256::digest([&outer[..], &inside[..]].concat()))
}

/// Somebody registered for a webinar of that Zoom account.
pub fn registration(account: &str, person: &str, now_ms: i64) -> String {
    serde_json::json!({
        "event": "webinar.registration_created",
        "event_ts": now_ms,
        "payload": {
            "account_id": account,
            "object": {
                "uuid": "byHandByHandByHandByHa==",
                "id": 95_000_000_123_u64,
                "host_id": "hostByHand000000000000",
                "topic": "Signed by hand",
                "type": 5,
                "start_time": "2030-01-01T10:00:00Z",
                "duration": 60,
                "timezone": "Asia/Kolkata",
                "registrant": {
                    "id": format!("registrant-{person}"),
                    "first_name": person,
                    "last_name": "Rao",
                    "email": format!("{person}@customers.example"),
                    "address": "", "city": "", "country": "", "zip": "", "state": "", "phone": "",
                    "industry": "", "org": "", "job_title": "", "purchasing_time_frame": "",
                    "role_in_purchase_process": "", "no_of_employees": "", "comments": "",
                    "custom_questions": [],
                    "status": "approved",
                    "join_url": "https://us02web.zoom.us/w/95000000123?tk=by-hand",
                },
            },
        },
    })
    .to_string()
}

/// Sends a webhook as Zoom would; the status of the answer.
pub async fn send(url: &str, body: &str, secret: &str, now_ms: i64) -> u16 {
    let timestamp_s = now_ms / 1000;
    let signature = hmac_sha256(secret.as_bytes(), format!("v0:{timestamp_s}:{body}").as_bytes());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(url)
        .header("content-type", "application/json; charset=utf-8")
        .header("x-zm-request-timestamp", timestamp_s.to_string())
        .header("x-zm-signature", format!("v0={signature}"))
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

#[test]
fn hmac_is_what_rfc_4231_says() {
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hmac_sha256(b"Jefe", b"what do ya want for nothing?"), expected);
}
