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
        "muted" => (Tone::Good, "Muted. It is shown here again when there are twice as many."),
        "unmuted" => (Tone::Good, "It is shown again."),
        "created" => (Tone::Good, "The LeadSquared account is set up. Sign in with Zoom next."),
        "keys" => (Tone::Good, "The new keys work; what waited goes on."),
        "decided" => (Tone::Good, "Noted. What waited goes out, and the next time it is known."),
        "types" => (Tone::Good, "The activity types are set up. Replay what waited for them."),
        "actions" => (Tone::Good, "The addresses are new; the old ones are worthless now."),
        "sales-ended" => (Tone::Good, "Signed out everywhere. A new link lets the person in again."),
        "settings" => (Tone::Good, "The settings are saved, and hold from now on."),
        "fields" => (Tone::Good, "The lead fields were read again."),
        "fetching" => {
            (Tone::Good, "Asked for. The registrations are read from Zoom now; the journal shows each page of them.")
        }
        "fetch_number" => {
            (Tone::Bad, "Nothing was asked for: a webinar's number has 9 to 12 digits, for example 860 0000 0002.")
        }
        "fetch_unconnected" => (Tone::Bad, "Nothing was asked for: sign in with Zoom for webinars first."),
        "fetch_later" => {
            (Tone::Wait, "The request could not be kept just now. Ask again in a moment; nobody is written twice.")
        }
        "rule-saved" => (Tone::Good, "Saved. It holds for what happens from now on."),
        "alert-address" => (Tone::Good, "Alerts go there from now on. Send a test to see whether they arrive."),
        "alert-removed" => (Tone::Good, "Nothing is told there any more."),
        "alert-test" => {
            (Tone::Good, "A test is on its way to every address. Load this page again to see what became of it.")
        }
        "alert-nowhere" => (Tone::Wait, "There is no address yet. Add one first."),
        "alert-often" => (Tone::Wait, "There were six tests within the last hour. Try again later."),
        "secret-token" => (Tone::Good, "The new secret token is accepted from now on, and the earlier one for a day."),
        "stand-by-ended" => (Tone::Good, "Nobody stands by any more; those tokens are destroyed."),
        "removal" => (Tone::Good, "Noted. It holds the next time the app is removed in Zoom."),
        "share-accepted" => (Tone::Good, "It is shared with you. What the rules name arrives here from now on."),
        "share-ended" => (Tone::Good, "Ended. Nothing else changed: your own sign-in and other shares stay."),
        "share-left" => (Tone::Good, "You left. The other account's sign-in stays as it is."),
        "access-removed" => (Tone::Good, "Removed. Whatever they did stays in the audit log."),
        "people-shown" => (Tone::Good, "You see the people of this tenant for 30 minutes."),
        "key-ended" => (Tone::Good, "The key is ended. Whatever uses it is refused from now on."),
        "access-ended" => (Tone::Good, "Signed out there."),
        "password" => (Tone::Good, "The password is new. Every other browser is signed out."),
        "rule-removed" => (Tone::Good, "Removed. What it made stays."),
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
        "zoom:legacy" => "Zoom, old JWT app",
        "zoom:webinars" => "Zoom, webinars app",
        "wish" => "Request from LeadSquared",
        "outcome" => "Answer to a call of ours",
        other => other,
    }
    .to_owned()
}

/// An event's name as people would say it: `webinar.participant_left` is "Webinar participant left".
pub(super) fn event(name: &str) -> String {
    match name {
        "app_deauthorized" => "App removed in Zoom".to_owned(),
        "meeting created" => "Zoom made the meeting".to_owned(),
        "wish.schedule_meeting" => "Meeting asked for".to_owned(),
        "wish.add_to_webinar" => "Leads asked into a webinar".to_owned(),
        "wish.fetch_registrants" => "Registrations to be fetched from Zoom".to_owned(),
        other => {
            let spaced = other.replace(['.', '_'], " ");
            let mut letters = spaced.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// A call's name as people would say it; the name itself where there are no words for it.
pub(super) fn call(operation: &str) -> &str {
    match operation {
        "Lead/Bulk/CreateOrUpdate" => "Create or update leads",
        "Lead.CreateOrUpdate" | "Lead.Capture" => "Create or update the lead",
        "Leads.GetByEmailaddress" => "Look the lead up",
        "Bulk/CustomActivity/Add/ByLeadId" => "Post activities",
        "ProspectActivity.Create" => "Post the activity",
        "ProspectActivity.Retrieve" => "Look for the activity",
        "Task.Create" => "Create the task",
        "RetrieveTaskByLeadId" => "Look for the task",
        "meetings.create" => "Create the meeting",
        "meetings.list" => "Look for the meeting",
        "webinars.registrants.add" => "Register for the webinar",
        "webinars.registrants.batch" => "Register several for the webinar",
        "webinars.registrants.status" => "Approve the registration again",
        "Leads.GetById" | "Leads/Retrieve/BySearchParameter" => "Read leads",
        other => other,
    }
}

/// What a delivery is, and what it is about: they stand in one text, with a dot between, or a colon for a task.
pub(super) fn what_and_topic(what: &str) -> (String, String) {
    let task = what.split_once(": ").filter(|(kind, _)| *kind == "Task");
    let (what, topic) = task.or_else(|| what.split_once(" · ")).unwrap_or((what, ""));
    (what.to_owned(), topic.to_owned())
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
        what: event(&row.event),
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
    let (what, topic) = what_and_topic(&row.what);
    DeliveryLine {
        id: row.id.clone(),
        what,
        topic,
        who: row.who.clone(),
        state: state(&row.state),
        cause,
        tries: row.tries,
        next: (open && row.next_at_ms > now_ms).then(|| Moment::new(row.next_at_ms, now_ms, zone)),
        updated: Moment::new(row.updated_ms, now_ms, zone),
        replayable: row.state == "parked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_event(name: &str, expected: &str) {
        assert_eq!(event(name), expected);
    }

    #[test]
    fn an_event_reads_as_a_sentence_begins() {
        check_event("webinar.participant_left", "Webinar participant left");
        check_event("meeting.registration_created", "Meeting registration created");
        check_event("app_deauthorized", "App removed in Zoom");
        check_event("wish.schedule_meeting", "Meeting asked for");
        check_event("", "");
        check_event("élan.vital", "Élan vital");
    }

    #[test]
    fn a_delivery_is_told_from_what_it_is_about() {
        let split = |text| what_and_topic(text);
        assert_eq!(
            split("Zoom Webinar Left · Open day · part 2"),
            ("Zoom Webinar Left".into(), "Open day · part 2".into())
        );
        assert_eq!(split("Task: Call: no-show · Open day"), ("Task".into(), "Call: no-show · Open day".into()));
        assert_eq!(split("Look the lead up"), ("Look the lead up".into(), String::new()));
    }
}
