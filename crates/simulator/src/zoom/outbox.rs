//! Webhooks on their way: signed when they leave, repeated like Zoom does. Knows nothing of what they tell.

use super::words::{Mischief, Outgoing};
use crate::dice::Dice;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

/// Waits before the second, third and fourth try, in minutes: +5, +25, +85 from the first.
const RETRY_GAPS_MIN: [i64; 3] = [5, 20, 60];
/// Deliveries that the page for people can still show.
const LOG_LINES_MAX: usize = 500;
/// What is due within so many milliseconds of each other may change places.
const SHUFFLE_MS: i64 = 10_000;

/// Lower-case hex of an HMAC-SHA256.
pub(super) fn hmac_hex(secret: &str, bytes: &[&[u8]]) -> String {
    // HMAC takes a key of any length, so that this never is an error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    bytes.iter().for_each(|part| mac.update(part));
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// What goes to `x-zm-signature`; the timestamp in epoch seconds.
pub(super) fn signature(secret: &str, timestamp_s: i64, body: &[u8]) -> String {
    format!("v0={}", hmac_hex(secret, &[format!("v0:{timestamp_s}:").as_bytes(), body]))
}

/// Whom a webhook belongs to.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) client_id: String,
    pub(super) secret_token: String,
    pub(super) url: String,
    /// What goes to `authorization`: the verification token of an old app.
    pub(super) authorization: Option<String>,
}

#[derive(Debug)]
struct Delivery {
    to: Arc<Subscription>,
    body: Arc<[u8]>,
    request_id: String,
    tries: usize,
    taken_ms: i64,
    /// The plain token, when it is a validation of the address.
    challenge: Option<String>,
    answer_gets_lost: bool,
}

/// What became of a delivery, for people.
#[derive(Debug, Clone)]
pub(super) struct LogLine {
    pub(super) event: String,
    pub(super) client_id: String,
    pub(super) queued_ms: i64,
    pub(super) tries: usize,
    pub(super) fate: Fate,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Waiting,
    Delivered(u16),
    Failed(Option<u16>),
    GivenUp(Option<u16>),
    Dropped,
}

/// All webhooks on their way.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) mischief: Mischief,
    pub(super) retry_per_1000: i64,
    pub(super) given_up: usize,
    dice: Dice,
    /// By due time, then place.
    queue: BinaryHeap<Reverse<(i64, u64, u64)>>,
    deliveries: HashMap<u64, Delivery>,
    log: BTreeMap<u64, LogLine>,
    last_id: u64,
}

impl Outbox {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            mischief: Mischief::default(),
            retry_per_1000: 1000,
            given_up: 0,
            dice: Dice::new(seed),
            queue: BinaryHeap::new(),
            deliveries: HashMap::new(),
            log: BTreeMap::new(),
            last_id: 0,
        }
    }

    /// Queues one event for one subscription, with the mischief that is set.
    pub(super) fn queue(&mut self, to: &Arc<Subscription>, (event, body): (&str, &Arc<[u8]>), now_ms: i64) {
        let mischief = self.mischief;
        let subscriptions = if mischief.double_subscription { 2 } else { 1 };
        for _ in 0..subscriptions {
            let request_id = self.dice.guid().replace('-', "_");
            if self.dice.chance(mischief.dropped_per_100) {
                self.put((to, body, &request_id), (event, None), now_ms, Fate::Dropped);
                continue;
            }
            let copies = if self.dice.chance(mischief.doubled_per_100) { 2 } else { 1 };
            for _ in 0..copies {
                self.put((to, body, &request_id), (event, None), now_ms, Fate::Waiting);
            }
        }
    }

    /// Queues a validation of the address.
    pub(super) fn queue_challenge(&mut self, to: &Arc<Subscription>, plain_token: &str, body: &Arc<[u8]>, now_ms: i64) {
        let request_id = self.dice.guid().replace('-', "_");
        let event = ("endpoint.url_validation", Some(plain_token.to_owned()));
        self.put((to, body, &request_id), event, now_ms, Fate::Waiting);
    }

    fn put(
        &mut self,
        (to, body, request_id): (&Arc<Subscription>, &Arc<[u8]>, &str),
        (event, challenge): (&str, Option<String>),
        now_ms: i64,
        fate: Fate,
    ) {
        self.last_id += 1;
        let id = self.last_id;
        let (event, client_id) = (event.to_owned(), to.client_id.clone());
        self.log.insert(id, LogLine { event, client_id, queued_ms: now_ms, tries: 0, fate });
        if self.log.len() > LOG_LINES_MAX {
            self.log.pop_first();
        }
        if fate == Fate::Dropped {
            return;
        }
        let mut delivery = Delivery {
            to: Arc::clone(to),
            body: Arc::clone(body),
            request_id: request_id.to_owned(),
            tries: 0,
            taken_ms: now_ms,
            challenge,
            answer_gets_lost: false,
        };
        let mut due_ms = now_ms;
        if delivery.challenge.is_none() && self.dice.chance(self.mischief.late_per_100) {
            delivery.tries = 1;
            due_ms += self.gap_ms(1).unwrap_or(0);
        } else if delivery.challenge.is_none() && self.dice.chance(self.mischief.unheard_per_100) {
            delivery.answer_gets_lost = true;
        }
        self.deliveries.insert(id, delivery);
        self.wait_until(id, due_ms);
    }

    fn wait_until(&mut self, id: u64, due_ms: i64) {
        let (due_ms, place) = if self.mischief.shuffled {
            (due_ms - due_ms.rem_euclid(SHUFFLE_MS), self.dice.number())
        } else {
            (due_ms, id)
        };
        self.queue.push(Reverse((due_ms, place, id)));
    }

    fn gap_ms(&self, tries: usize) -> Option<i64> {
        let gap_min = tries.checked_sub(1).and_then(|gap| RETRY_GAPS_MIN.get(gap))?;
        Some(gap_min * 60 * self.retry_per_1000)
    }

    /// What is due now, signed now; `most` at once.
    pub(super) fn take_due(&mut self, most: usize, now_ms: i64) -> Vec<Outgoing> {
        let mut taken = Vec::new();
        while taken.len() < most {
            match self.queue.peek() {
                Some(Reverse((due_ms, _, _))) if *due_ms <= now_ms => {}
                Some(_) | None => break,
            }
            let Some(Reverse((_, _, id))) = self.queue.pop() else { break };
            let trace = (self.dice.hex(32), self.dice.hex(16));
            let Some(delivery) = self.deliveries.get_mut(&id) else { continue };
            delivery.tries += 1;
            delivery.taken_ms = now_ms;
            if let Some(line) = self.log.get_mut(&id) {
                line.tries = delivery.tries;
            }
            taken.push(outgoing(id, delivery, &trace, now_ms));
        }
        taken
    }

    /// What the receiver said; the plain token's answer where it was a validation that ended well.
    pub(super) fn report(
        &mut self,
        id: u64,
        (status, answer): (Option<u16>, &[u8]),
    ) -> Option<(Arc<Subscription>, bool)> {
        let delivery = self.deliveries.get_mut(&id)?;
        let unheard = std::mem::take(&mut delivery.answer_gets_lost);
        let heard = status.filter(|_| !unheard);
        let validated = delivery.challenge.as_ref().map(|plain| {
            let right = heard == Some(200) && answers_challenge(&delivery.to.secret_token, plain, answer);
            (Arc::clone(&delivery.to), right)
        });
        let (tries, taken_ms, is_challenge) = (delivery.tries, delivery.taken_ms, delivery.challenge.is_some());
        let fate = match heard {
            Some(code @ 200..=299) => Fate::Delivered(code),
            Some(_) | None => match self.gap_ms(tries).filter(|_| !is_challenge) {
                Some(gap_ms) => {
                    self.wait_until(id, taken_ms + gap_ms);
                    Fate::Failed(heard)
                }
                None => {
                    self.given_up += 1;
                    Fate::GivenUp(heard)
                }
            },
        };
        if !matches!(fate, Fate::Failed(_)) {
            self.deliveries.remove(&id);
        }
        if let Some(line) = self.log.get_mut(&id) {
            line.fate = fate;
        }
        validated
    }

    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.queue.peek().map(|Reverse((due_ms, _, _))| *due_ms)
    }

    pub(super) fn undelivered(&self) -> usize {
        self.deliveries.len()
    }

    /// The latest deliveries, newest first.
    pub(super) fn log(&self, most: usize) -> Vec<LogLine> {
        self.log.values().rev().take(most).cloned().collect()
    }
}

fn answers_challenge(secret_token: &str, plain_token: &str, answer: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        plain_token: String,
        encrypted_token: String,
    }
    serde_json::from_slice::<Answer>(answer).is_ok_and(|answer| {
        answer.plain_token == plain_token && answer.encrypted_token == hmac_hex(secret_token, &[plain_token.as_bytes()])
    })
}

fn outgoing(id: u64, delivery: &Delivery, trace: &(String, String), now_ms: i64) -> Outgoing {
    let timestamp_s = now_ms.div_euclid(1000);
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("user-agent", "Zoom Marketplace/1.0a".to_owned()),
        ("x-zm-request-timestamp", timestamp_s.to_string()),
        ("x-zm-signature", signature(&delivery.to.secret_token, timestamp_s, &delivery.body)),
        ("x-zm-request-id", delivery.request_id.clone()),
        ("x-zm-trackingid", format!("v=2.0;clid=us02;rid=WEB_{}", trace.0)),
        ("traceparent", format!("00-{}-{}-01", trace.0, trace.1)),
        ("zm-trace-upstream", "Meeting_Web_marketplace-consumer".to_owned()),
        ("clientid", delivery.to.client_id.clone()),
    ];
    let authorization = delivery.to.authorization.clone().map(|token| ("authorization", token));
    Outgoing {
        id,
        url: delivery.to.url.clone(),
        client_id: delivery.to.client_id.clone(),
        headers: headers.into_iter().chain(authorization).map(|(name, value)| (name.to_owned(), value)).collect(),
        body: delivery.body.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, (secret, timestamp_s): (&str, i64), expected: &str) {
        assert_eq!(signature(secret, timestamp_s, body.as_bytes()), format!("v0={expected}"));
    }

    #[test]
    fn signatures_are_zooms() {
        let started = r#"{"event":"meeting.started","payload":{"account_id":"AcctDemo00000000000001","object":{"duration":30,"start_time":"2026-08-01T10:00:00Z","timezone":"Asia/Kolkata","topic":"Démo – 1","id":"86000000001","type":2,"uuid":"/Demo+Uuid//0000000000==","host_id":"UserDemo00000000000001","host_email":"host@example.test"}},"event_ts":1785578400123}"#;
        let validation = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"demoPlainToken123"},"event_ts":1785578400123}"#;
        let escaped = r#"{"event":"meeting.started","payload":{"account_id":"VjZoEArIT5y-HlWxkV-tVA","object":{"duration":60,"start_time":"2024-07-11T14:12:55Z","timezone":"America/New_York","topic":"Test \uD83D\uDE92\uD83D\uDE92 ? - ’ - – \uD83D\uDE97 HOLA","id":"85393847045","type":2,"uuid":"jUh5o3dKQIytvcsfTtKBlg==","host_id":"8lzIwvZTSOqjndWPbPqzuA"}},"event_ts":1720707175904}"#;
        let demo = ("demo-secret-token", 1_785_578_401);
        check(started, demo, "400ab085c2131398a6c1d89667f351694f84648ea2966010eb5b3f5f3a47e628");
        check(validation, demo, "bfb06791270e753f5d1f66b23fa1b7a174df35a62834410a5bf50237fabafbe8");
        let live = ("4fv1RkqGQUq5sWbEz6hA5A", 1_720_707_175);
        check(escaped, live, "1a14e79349318fa1bead50ebbd3c185ae078e182d3bbd30ab8010fcb7f4357c7");
    }

    #[test]
    fn only_the_right_answer_validates_an_address() {
        let right = r#"{"plainToken":"demoPlainToken123","encryptedToken":"f7b4f1623ca8d5608cd93281faf24be20830e3b4479b8b2753a2cfff8f845e61"}"#;
        assert!(answers_challenge("demo-secret-token", "demoPlainToken123", right.as_bytes()));
        assert!(!answers_challenge("another", "demoPlainToken123", right.as_bytes()));
        assert!(!answers_challenge("demo-secret-token", "demoPlainToken123", b"{}"));
    }
}
