//! What sales users see, and the page on which they are let in.

use super::{Page, Say, frame, moment, page};
use crate::console::frame::{Frame, Place, Reach};
use crate::console::own_meetings::{OwnLine, OwnMeetings};
use crate::console::part::{Pill, Tone, WebLink};
use crate::console::sales::{Ask, Asking, Carried, Link, MadeLink, PersonLine, SalesUsers};
use crate::console::schedule::{Back, CancelMeeting, Choose, Field, MoveForm, Offers, Undo};

fn field(say: Say<'_>, value: &str, refusal: &str) -> Field {
    Field { value: say(value), refusal: say(refusal) }
}

/// A meeting that may be moved back, moved, renamed and cancelled.
pub fn offers(say: Say<'_>) -> Offers {
    Offers {
        path: say("/t/acme/schedule/w1"),
        change: say("c1"),
        moving: Some(MoveForm {
            seen_start: say("2026-08-15T10:30"),
            seen_minutes: say("30"),
            start: field(say, "2026-10-25T02:30", "The clocks in Europe/Berlin show 02:30 twice that day. Choose one."),
            choices: vec![Choose { value: say("2026-10-25T02:30|+02:00"), text: say("02:30 CEST"), chosen: false }],
            minutes: field(say, "0", "A meeting has 1 to 1,440 minutes."),
            zone: field(say, "Europe/Berlin", ""),
        }),
        renaming: Some(field(say, "Campus tour", "Say what is to be changed.")),
        back: Back::NotCancelled,
        series: true,
        undo: Some(Undo {
            act: "rename".to_owned(),
            words: say("Call it “Intro” again"),
            fields: vec![("topic".to_owned(), say("Intro"))],
        }),
        refusal: Some(say("Nothing was changed; please correct what is marked.")),
    }
}

/// A meeting that may be brought back.
pub fn cancelled(say: Say<'_>) -> Offers {
    Offers {
        moving: None,
        renaming: None,
        back: Back::Offered,
        series: false,
        undo: None,
        refusal: None,
        ..offers(say)
    }
}

/// The list of what somebody scheduled.
fn own_meetings(say: Say<'_>) -> Vec<Page> {
    let line = |state: Pill, detail: &str, open: bool| OwnLine {
        topic: say("Campus tour"),
        link: say("/t/acme/schedule/w1"),
        lead: say("priya@example.test"),
        when: say("15 August 2026, 10:30 IST, 30 minutes (05:00 UTC)"),
        state,
        detail: say(detail),
        registered: "–".to_owned(),
        came: if open { "–".to_owned() } else { "2".to_owned() },
        join: WebLink::parse("https://example.zoom.test/j/86000000042?pwd=abc").filter(|_| open),
        change: open,
    };
    let full = OwnMeetings {
        frame: Frame { reach: Reach::Schedule, ..frame(say, "Your meetings", Place::OwnMeetings) },
        unmade: vec![line(Pill::new(Tone::Bad, "Failed"), "Zoom knows no such user.", false)],
        coming: vec![line(Pill::new(Tone::Busy, "Planned"), "", true)],
        past: vec![line(Pill::new(Tone::Good, "Held"), "", false)],
        first: Some(say("/t/acme/own-meetings")),
        later: Some(say("/t/acme/own-meetings?after=1.x")),
        older: Some(say("/t/acme/own-meetings?before=1.x")),
    };
    let empty = OwnMeetings {
        unmade: Vec::new(),
        coming: Vec::new(),
        past: Vec::new(),
        first: None,
        later: None,
        older: None,
        ..full.clone()
    };
    vec![page("own-meetings", &full), page("own-meetings-empty", &empty)]
}

/// All pages.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let ask = Ask {
        frame: Frame::outside("Schedule a Zoom meeting", &say("token")),
        tenant: say("acme"),
        asking: Asking::Open,
        carried: Carried { k: say("k1"), lead: say("priya@example.test"), name: say("Priya") },
        email: field(say, "ravi", "That is not a whole e-mail address."),
        minutes: 30,
    };
    let asked = Ask { asking: Asking::Asked, ..ask.clone() };
    let closed = Ask { asking: Asking::Closed, ..ask.clone() };
    let link = Link {
        frame: Frame::outside("Schedule a Zoom meeting", &say("token")),
        who: Some((say("ravi@acme.test"), say("Acme India"))),
        action: say("/sales/t1"),
        days: 30,
    };
    let used = Link { who: None, ..link.clone() };
    let sales = Frame { reach: Reach::Schedule, tenants: Vec::new(), ..frame(say, "Cancel", Place::Schedule) };
    let cancel = CancelMeeting {
        frame: sales,
        topic: say("Campus tour"),
        when: say("15 August 2026, 10:30 IST"),
        series: true,
        path: say("/t/acme/schedule/w1"),
        change: say("c1"),
    };
    let mut all = vec![page("sales-ask", &ask), page("sales-asked", &asked), page("sales-closed", &closed)];
    all.extend([page("sales-link", &link), page("sales-link-used", &used), page("cancel-meeting", &cancel)]);
    all.extend(users(say));
    all
}

fn users(say: Say<'_>) -> Vec<Page> {
    let person = |email: &str, count: i64| PersonLine { email: say(email), count, at: moment(600) };
    let choose =
        |value: &str, text: &str, chosen: bool| Choose { value: value.to_owned(), text: text.to_owned(), chosen };
    let first = SalesUsers {
        frame: frame(say, "Sales users", Place::Configure),
        action: say("https://zoom.example.org/t/acme/sales?k=k1&lead=@{Lead:ProspectID,}"),
        version: 3,
        host: vec![choose("sales_user", "The sales user's own", true), choose("named", "Always this one", false)],
        named: Field::default(),
        refusal: None,
        email: Field::default(),
        made: None,
        asked: Vec::new(),
        signed_in: Vec::new(),
    };
    let busy = SalesUsers {
        refusal: Some(say("Somebody else changed the settings meanwhile.")),
        named: field(say, "desk", "Name the Zoom user by a whole e-mail address."),
        email: field(say, "nobody@acme.test", "LeadSquared has no active user of this address."),
        made: Some(MadeLink {
            email: say("ravi@acme.test"),
            url: say("https://zoom.example.org/sales/t1"),
            expires: moment(-86_400),
        }),
        asked: vec![person("ravi@acme.test", 2)],
        signed_in: vec![person("ravi@acme.test", 1), person("sita@acme.test", 2)],
        ..first.clone()
    };
    let keyless = SalesUsers { action: String::new(), ..first.clone() };
    let mut pages =
        vec![page("sales-users", &first), page("sales-users-busy", &busy), page("sales-users-no-key", &keyless)];
    pages.extend(own_meetings(say));
    pages
}
