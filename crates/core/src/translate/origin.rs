//! Which Zoom account a line of the journal tells of, and which app brought it: whatever Zoom said goes when it may not be kept any
//! longer, told in a webhook or read.

use super::{OwnOutcome, Source};
use crate::ids::{Kind, ZoomApp};
use crate::zoom::event;

/// The app that brought what these bytes tell, and the Zoom account that they are about; `None` where nothing in them is Zoom's.
#[must_use]
pub fn of(source: Source, body: &[u8]) -> Option<(ZoomApp, String)> {
    match source {
        Source::Zoom(app) => event::account_of(body).map(|(account, ..)| (app, account)),
        Source::Outcome => {
            let outcome: OwnOutcome = serde_json::from_slice(body).ok()?;
            read_from(&outcome).map(|(kind, account)| (ZoomApp::of(kind), account.to_owned()))
        }
        // Another app's, and a person's own words.
        Source::Legacy | Source::Wish => None,
    }
}

fn read_from(outcome: &OwnOutcome) -> Option<(Kind, &str)> {
    match outcome {
        OwnOutcome::MeetingCreated { created, .. } => Some((Kind::Meeting, &created.account)),
        OwnOutcome::WebinarCreated { created, .. } => Some((Kind::Webinar, &created.account)),
        OwnOutcome::WebinarSeen { webinar, .. } => Some((Kind::Webinar, &webinar.account)),
        OwnOutcome::Registered(own) => Some((Kind::Webinar, &own.account)),
        OwnOutcome::RunRead(read) => Some((read.kind, &read.account)),
        OwnOutcome::RegistrantsRead(read) => Some((Kind::Webinar, &read.account)),
        OwnOutcome::HistoryRead(read) => Some((read.kind, &read.account)),
        OwnOutcome::MeetingFound(told) => Some((Kind::Meeting, &told.account)),
        // Numbers alone, or what LeadSquared said.
        OwnOutcome::WebinarsListed { .. }
        | OwnOutcome::LeadsGathered { .. }
        | OwnOutcome::ChangeArrived(_)
        | OwnOutcome::AppointmentMade(_)
        | OwnOutcome::AppointmentSeen(_)
        | OwnOutcome::MeetingLookedAt(_)
        | OwnOutcome::MeetingNotMade(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Alias;
    use crate::ids::MeetingNumber;
    use crate::zoom::after::{RunRead, Told};

    #[track_caller]
    fn check(source: Source, body: &[u8], expected: Option<(ZoomApp, &str)>) {
        let found = of(source, body);
        assert_eq!(found.as_ref().map(|(app, account)| (*app, account.as_str())), expected);
    }

    fn read(kind: Kind) -> Vec<u8> {
        let what = Told::Panelists { people: Vec::new() };
        let read = RunRead { kind, account: "A".to_owned(), number: MeetingNumber(1), uuid: "u".to_owned(), what };
        serde_json::to_vec(&OwnOutcome::RunRead(read)).unwrap()
    }

    #[test]
    fn a_webhook_names_its_account_and_came_to_its_app() {
        let body = br#"{"event":"x","event_ts":1,"payload":{"account_id":"A"}}"#;
        check(Source::Zoom(ZoomApp::Meetings), body, Some((ZoomApp::Meetings, "A")));
        check(Source::Zoom(ZoomApp::Webinars), body, Some((ZoomApp::Webinars, "A")));
        check(Source::Legacy, body, None);
        check(Source::Wish, body, None);
    }

    #[test]
    fn what_was_read_is_of_the_app_whose_kind_it_is() {
        check(Source::Outcome, &read(Kind::Meeting), Some((ZoomApp::Meetings, "A")));
        check(Source::Outcome, &read(Kind::Webinar), Some((ZoomApp::Webinars, "A")));
    }

    #[test]
    fn what_names_no_account_or_cannot_be_read_is_nobodys() {
        let listed = OwnOutcome::WebinarsListed { fact: Alias("f".to_owned()), webinars: vec![MeetingNumber(1)] };
        check(Source::Outcome, &serde_json::to_vec(&listed).unwrap(), None);
        check(Source::Outcome, br#"{"erased":"x"}"#, None);
        check(Source::Zoom(ZoomApp::Meetings), br#"{"erased":"x"}"#, None);
    }
}
