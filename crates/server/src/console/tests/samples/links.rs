//! Alerts and sharing.

use super::{Page, Say, frame, moment, page};
use crate::console::alerts::{AddressLine, AlertLine, Alerts, NewSecret, RemovalLine, Sending};
use crate::console::frame::Place;
use crate::console::part::{Pill, Tone};
use crate::console::sharing::{AppPart, Asked, ShareLine, Sharing};

pub fn alerts(say: Say<'_>) -> Vec<Page> {
    let line = |id: &str, kind, address: &str| AddressLine {
        id: say(id),
        kind,
        address: say(address),
        added: moment(90_000),
        replaceable: kind != "by mail" && id == "a2",
        old_until: (id == "a3").then(|| moment(-60_000)),
    };
    let sending = |tone, word: &str, to: &str, detail: &str| Sending {
        what: say("Something happened"),
        to: say(to),
        state: Pill::new(tone, word),
        at: Some(moment(600)),
        detail: say(detail),
    };
    let full = Alerts {
        frame: frame(say, "Alerts", Place::Configure),
        refusal: Some(say("Not added: alerts go to this address already.")),
        entered: say("asha@acme.test"),
        secret: Some(NewSecret {
            address: say("https://alerts.acme.test/"),
            secret: say("whsec_c2VjcmV0"),
            old_until: Some(moment(-60_000)),
        }),
        mail_missing: true,
        addresses: vec![
            line("a1", "by mail", "asha@acme.test"),
            line("a2", "posted there, signed", "https://alerts.acme.test/zoom"),
            line("a3", "posted there, signed", "https://alerts.acme.test/old"),
        ],
        alerts: vec![
            AlertLine {
                state: Pill::new(Tone::Bad, "Lasts"),
                sentence: say("Zoom refuses the sign-in. Sign in with Zoom again."),
                detail: say("invalid_grant"),
                raised: moment(600),
                resolved: None,
            },
            AlertLine {
                state: Pill::new(Tone::Good, "Over"),
                sentence: say("Another LeadSquared account signed in with the same Zoom user."),
                detail: say("Webinars"),
                raised: moment(90_000),
                resolved: Some(moment(80_000)),
            },
        ],
        drops: true,
        removals: vec![RemovalLine {
            app: "Webinars",
            told: moment(90_000),
            facts: vec![say("Proven by Zoom's signature."), say("The tokens were destroyed.")],
        }],
        sendings: vec![
            sending(Tone::Good, "Arrived", "asha@acme.test", ""),
            sending(Tone::Bad, "Given up", "https://alerts.acme.test/zoom", "the address answered 500"),
        ],
    };
    let empty = Alerts {
        refusal: None,
        entered: String::new(),
        secret: None,
        mail_missing: false,
        addresses: vec![],
        alerts: vec![],
        drops: false,
        removals: vec![],
        sendings: vec![],
        ..full.clone()
    };
    vec![page("alerts", &full), page("alerts-empty", &empty)]
}

pub fn sharing(say: Say<'_>) -> Vec<Page> {
    let owner = AppPart {
        app: "meetings",
        title: "Meetings",
        signed_in: true,
        guest_of: None,
        shares: vec![
            ShareLine {
                id: say("s1"),
                state: Pill::new(Tone::Good, "Shared"),
                rules: vec![say("topic: Admissions"), say("host: asha@acme.test")],
                moment: moment(90_000),
                accepted: true,
            },
            ShareLine {
                id: say("s2"),
                state: Pill::new(Tone::Wait, "Offered"),
                rules: vec![say("topic: Open day")],
                moment: moment(-90_000),
                accepted: false,
            },
        ],
        entered: say("north"),
        refusal: say("Line 1 is no rule."),
        code: Some(say("0f3kQ9")),
        asked: Asked {
            host: say("asha@acme.test"),
            topic: say("Open day"),
            group: say("Sales North"),
            tracking: say("Department = North"),
            answer: say("It would go to another LeadSquared account."),
        },
    };
    let guest = AppPart {
        app: "webinars",
        title: "Webinars",
        signed_in: false,
        guest_of: Some(vec![say("topic: Open day")]),
        shares: vec![],
        entered: String::new(),
        refusal: String::new(),
        code: None,
        asked: Asked::default(),
    };
    let nobody = AppPart { guest_of: None, ..guest.clone() };
    let full = Sharing {
        frame: frame(say, "Sharing", Place::Configure),
        parts: vec![owner, guest],
        kinds: vec![("host", "the host's address"), ("topic", "words of the topic")],
        entered: say("wrong"),
        refusal: say("This code is not known here."),
    };
    let empty = Sharing { parts: vec![nobody], entered: String::new(), refusal: String::new(), ..full.clone() };
    vec![page("sharing", &full), page("sharing-empty", &empty)]
}
