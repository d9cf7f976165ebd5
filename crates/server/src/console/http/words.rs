//! Stored words as people see them: states as pills, codes as sentences, sources by name.

use super::super::deliveries::DeliveryLine;
use super::super::journal::NotificationLine;
use super::super::part::{Moment, Pill, Tone};
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::NotificationRow;
use connector_core::code::sentence;
use connector_core::delivery::State;

/// What was just done, by the word in the address.
pub(super) fn done(word: &str) -> Option<(Tone, &'static str)> {
    Some(match word {
        "connected" => (Tone::Good, "Zoom is connected."),
        "disconnected" => (Tone::Good, "Zoom is disconnected; its tokens are destroyed."),
        "replayed" => (Tone::Good, "It is on its way again."),
        "nothing" => (Tone::Wait, "There was nothing to replay."),
        "created" => (Tone::Good, "The LeadSquared account is set up. Sign in with Zoom next."),
        "keys" => (Tone::Good, "The new keys work; what waited goes on."),
        "types" => (Tone::Good, "The activity types are set up. Replay what waited for them."),
        _ => return None,
    })
}

/// A notification's outcome.
pub(super) fn outcome(state: &str) -> Pill {
    match state {
        "merged" => Pill::new(Tone::Good, "Taken in"),
        "ignored" => Pill::new(Tone::Quiet, "Left out"),
        "quarantined" => Pill::new(Tone::Bad, "Unreadable"),
        _ => Pill::new(Tone::Busy, "Waiting"),
    }
}

/// A delivery's state.
pub(super) fn state(state: &str) -> Pill {
    match State::parse(state) {
        Some(State::Delivered) => Pill::new(Tone::Good, "Delivered"),
        Some(State::Ready) => Pill::new(Tone::Wait, "Waiting"),
        Some(State::Waiting) => Pill::new(Tone::Wait, "Who is it?"),
        Some(State::Sending) => Pill::new(Tone::Busy, "Sending"),
        Some(State::Unknown) => Pill::new(Tone::Busy, "Being checked"),
        Some(State::Suppressed) => Pill::new(Tone::Quiet, "Left out"),
        Some(State::Parked) => Pill::new(Tone::Bad, "Needs you"),
        None => Pill::new(Tone::Quiet, state),
    }
}

/// Through which door a notification came.
pub(super) fn source(source: &str) -> String {
    match source {
        "zoom:meetings" => "Zoom, meetings app",
        "zoom:webinars" => "Zoom, webinars app",
        "wish" => "Request from LeadSquared",
        "outcome" => "Zoom's answer to us",
        other => other,
    }
    .to_owned()
}

/// A stored code in words; empty without one.
pub(super) fn reason(code: Option<&str>, detail: Option<&str>) -> String {
    match (code, detail) {
        (Some(code), _) => sentence(code).to_owned(),
        (None, Some(detail)) => detail.to_owned(),
        (None, None) => String::new(),
    }
}

/// A notification as a line of a list.
pub(super) fn notification_line(row: &NotificationRow, now_ms: i64, zone: &str) -> NotificationLine {
    NotificationLine {
        id: row.id.clone(),
        received: Moment::new(row.received_ms, now_ms, zone),
        event: row.event.clone(),
        source: source(&row.source),
        outcome: outcome(&row.state),
        reason: reason(row.code.as_deref(), row.detail.as_deref()),
        copies: row.copies,
    }
}

/// A delivery as a line of a list.
pub(super) fn delivery_line(row: &ListedDelivery, now_ms: i64, zone: &str) -> DeliveryLine {
    let open = matches!(State::parse(&row.state), Some(State::Ready | State::Unknown));
    // A delivery that is done shows no cause of earlier trouble; a doubled one does.
    let cause = if row.state == "delivered" && !row.code.as_deref().is_some_and(|code| code.ends_with("found_twice")) {
        String::new()
    } else {
        reason(row.code.as_deref(), None)
    };
    DeliveryLine {
        id: row.id.clone(),
        what: row.what.clone(),
        who: row.who.clone(),
        state: state(&row.state),
        cause,
        tries: row.tries,
        next: (open && row.next_at_ms > now_ms).then(|| Moment::new(row.next_at_ms, now_ms, zone)),
        updated: Moment::new(row.updated_ms, now_ms, zone),
        replayable: row.state == "parked",
    }
}
