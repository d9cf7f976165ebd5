//! Journal and deliveries, as lists and one by one.

use super::{Page, Say, frame, moment, page};
use crate::console::deliveries::{CauseLine, Deliveries, DeliveryLine};
use crate::console::delivery::{AttemptLine, Delivery};
use crate::console::follow::{Follow, FoundLine, SentLine, StepCard, ToldLine};
use crate::console::frame::{Frame, Notice, Place};
use crate::console::issues::{IssueLine, Issues, Mend};
use crate::console::journal::{Journal, NotificationLine};
use crate::console::list::{Choice, Empty, List, Total, Turn};
use crate::console::notification::{FactCard, Notification, Pair};
use crate::console::part::{Pill, Tone, WebLink};
use crate::console::people::{JustDecided, MayBe, People, Stranger};
use crate::console::replay::{Replay, What};

/// A list of so many, filtered, in the middle of its pages.
pub(super) fn listed(say: Say<'_>, noun: &str, path: &str) -> List {
    List {
        noun: say(noun),
        total: Total::MoreThan(10_000),
        empty: Empty::No,
        clear: say(path),
        filtered: true,
        turn: Some(Turn { word: say("Oldest first"), link: say(&format!("{path}?sort=oldest")) }),
        newest: Some(say(path)),
        older: Some(say(&format!("{path}?before=n5"))),
        table: Some(say(&format!("{path}.csv"))),
    }
}

/// The same without rows.
pub(super) fn emptied(list: &List, empty: Empty) -> List {
    let filtered = empty == Empty::NothingMatches;
    List {
        empty,
        filtered,
        total: Total::Exactly(0),
        turn: None,
        newest: None,
        older: None,
        table: None,
        ..list.clone()
    }
}

pub fn journal(say: Say<'_>) -> Vec<Page> {
    let list = Journal {
        frame: frame(say, "Journal", Place::Journal),
        list: listed(say, "notifications", "/t/acme/journal"),
        lines: notifications(say),
        outcomes: choices(
            say,
            &[("", "All outcomes"), ("merged", "Merged"), ("ignored", "Ignored"), ("quarantined", "Quarantined")],
        ),
        outcome: String::new(),
        event: String::new(),
        events: vec![say("webinar.participant_joined")],
        search: say("asha"),
    };
    let empty = |empty: Empty| Journal {
        lines: vec![],
        list: emptied(&list.list, empty),
        search: String::new(),
        ..list.clone()
    };
    let body = "{\n  \"event\": \"webinar.registration_created\",\n  \"event_ts\": 1786699959000,\n  \"payload\": {\n    \"account_id\": \"Zx81kQpLRT2d0aacctA1\",\n    \"object\": {\n      \"id\": 86000000003,\n      \"topic\": \"Admissions open day\",\n      \"registrant\": {\n        \"email\": \"l***@example.test\",\n        \"join_url\": \"(shortened)\"\n      }\n    }\n  }\n}";
    let one = Notification {
        frame: frame(say, "webinar.registration_created", Place::Journal),
        id: say("0198f2c4-77aa-7c10"),
        what: say("Webinar registration created"),
        event: say("webinar.registration_created"),
        source: say("Zoom webinars"),
        made: moment(43),
        received: moment(41),
        copies: 3,
        late: true,
        outcome: Pill::new(Tone::Good, "Merged"),
        reason: say("It told of something new; what follows from it was planned."),
        repair: String::new(),
        headers: vec![pair(say, "x-zm-request-id", "3b9f01c2"), pair(say, "x-zm-request-timestamp", "1786699959")],
        body: say(body),
        facts: vec![FactCard {
            id: say("f1"),
            what: say("Lena Fox registered for “Admissions open day”"),
            pairs: vec![
                pair(say, "Webinar", "860 0000 0003"),
                pair(say, "Registrant", "lena.fox@example.test"),
                pair(say, "Status", "approved"),
            ],
            told_by: 2,
            event: Some(say("/t/acme/events/abcdef")),
        }],
        deliveries: lines(say),
        replayable: true,
    };
    vec![
        page("journal", &list),
        page("journal-nothing-yet", &empty(Empty::NothingYet)),
        page("journal-nothing-matches", &empty(Empty::NothingMatches)),
        page("journal-not-loaded", &empty(Empty::NotLoaded)),
        page("notification", &one),
    ]
}

pub fn deliveries(say: Say<'_>) -> Vec<Page> {
    let list = Deliveries {
        frame: frame(say, "Deliveries", Place::Deliveries),
        list: listed(say, "deliveries", "/t/acme/deliveries"),
        lines: lines(say),
        cause: say("Task type 'Follow Up' does not exist"),
        causes: vec![CauseLine {
            sentence: say("LeadSquared refuses this record. Mend what its message names, then replay."),
            count: say("38"),
            link: say("/t/acme/deliveries?code=lsq.rejected"),
        }],
        states: choices(
            say,
            &[("", "All states"), ("ready", "Ready"), ("parked", "Parked"), ("delivered", "Delivered")],
        ),
        state: String::new(),
        codes: choices(say, &[("", "Any cause"), ("lsq.rejected", "LeadSquared refuses this record")]),
        code: String::new(),
        who: say("priya"),
        parked: say("38 wait for a person here. Mend the cause first, then replay."),
        replay_link: say("/t/acme/deliveries/replay?code=lsq.rejected"),
    };
    let empty = |empty: Empty| Deliveries {
        lines: vec![],
        causes: vec![],
        parked: String::new(),
        list: emptied(&list.list, empty),
        ..list.clone()
    };
    let one = one_delivery(say);
    let replay = Replay {
        frame: frame(say, "Replay", Place::Deliveries),
        what: What::Deliveries,
        count: 38,
        effects: vec![say("38 will be updated, 0 created."), say("38 activities are updated in place.")],
        filters: vec![pair(say, "Last cause", "LeadSquared refuses this record")],
        fields: vec![pair(say, "code", "lsq.rejected")],
        action: say("/t/acme/deliveries/replay"),
        back: say("/t/acme/deliveries?code=lsq.rejected"),
    };
    let read = Replay { what: What::Notifications, ..replay.clone() };
    let nothing = Replay { count: 0, filters: vec![], ..replay.clone() };
    vec![
        page("deliveries", &list),
        page("deliveries-nothing-yet", &empty(Empty::NothingYet)),
        page("deliveries-nothing-matches", &empty(Empty::NothingMatches)),
        page("deliveries-not-loaded", &empty(Empty::NotLoaded)),
        page("delivery", &one),
        page("replay", &replay),
        page("replay-read", &read),
        page("replay-nothing", &nothing),
    ]
}

pub fn people(say: Say<'_>) -> Vec<Page> {
    let may_be = |key: usize, email: &str, tone: Tone| MayBe {
        key,
        email: say(email),
        sure: Pill::new(tone, &say("Likely")),
        why: say("Registered under the same name."),
    };
    let one = |id: &str, name: &str, is_next: bool| Stranger {
        id: say(id),
        name: say(name),
        topic: say("Admissions open day"),
        came: Some(moment(4_000)),
        stays: vec![say("Stayed for 40 minutes.")],
        holds: say("What you decide holds for this name in all runs of this webinar."),
        may_be: vec![may_be(1, "lena.fox@example.test", Tone::Good), may_be(2, "אבי@example.test", Tone::Quiet)],
        is: None,
        can_undo: false,
        follow: say("/t/acme/follow?q=Lena%20Fox"),
        is_next,
    };
    let queue = People {
        frame: frame(say, "People", Place::People),
        refusal: Some(say("This is not an e-mail address.")),
        list: List { turn: None, ..listed(say, "people wait for a decision", "/t/acme/people") },
        last: Some(JustDecided { id: say("s0"), name: say("Tomás Ortega") }),
        at: 1,
        waiting: vec![one("s1", "Lena Fox", false), one("s2", "+91 98***123", true)],
        known: vec![Stranger { is: Some(say("is tomas@example.test")), can_undo: true, ..one("s3", "Tomás", false) }],
    };
    let empty = |empty: Empty| People {
        refusal: None,
        list: emptied(&queue.list, empty),
        last: None,
        waiting: vec![],
        known: vec![],
        ..queue.clone()
    };
    vec![
        page("people", &queue),
        page("people-nothing-yet", &empty(Empty::NothingYet)),
        page("people-not-loaded", &empty(Empty::NotLoaded)),
    ]
}

pub fn issues(say: Say<'_>) -> Vec<Page> {
    let line = |sentence: &str, cause: &str, muted: bool| IssueLine {
        code: say("lsq.rejected"),
        cause: say(cause),
        sentence: say(sentence),
        why: say("A required field, a wrong value, or a rule of your account; the detail has LeadSquared's own words."),
        repair: say("Mend what the detail names (field, mapping, owner), then replay."),
        mend: Some(Mend { word: say("Open the mapping"), link: say("/t/acme/registrations") }),
        count: say("38 deliveries"),
        people: say("31 people"),
        few: vec![say("lena.fox@example.test"), say("אבי@example.test")],
        since: moment(90_000),
        last: moment(60),
        all: say("/t/acme/deliveries?state=parked&code=lsq.rejected"),
        again: say("/t/acme/deliveries/replay?code=lsq.rejected"),
        again_word: say("Retry all…"),
        muted: muted.then(|| (say("meera@acme.test"), moment(3_000))),
    };
    let refuses = "LeadSquared refuses this record. Mend what its message names, then replay.";
    let list = Issues {
        frame: frame(say, "Issues", Place::Issues),
        list: List { turn: None, ..listed(say, "causes", "/t/acme/issues") },
        lines: vec![line(refuses, "Task type 'Follow Up' does not exist", false), line(refuses, "", true)],
        systems: choices(say, &[("", "Anybody"), ("zoom", "Zoom")]),
        system: say("zoom"),
        shows: choices(say, &[("", "Leave out"), ("all", "Show as well")]),
        shown: String::new(),
        hidden: 2,
    };
    let empty = |empty: Empty| Issues { lines: vec![], list: emptied(&list.list, empty), hidden: 0, ..list.clone() };
    vec![
        page("issues", &list),
        page("issues-nothing-yet", &empty(Empty::NothingYet)),
        page("issues-nothing-matches", &empty(Empty::NothingMatches)),
        page("issues-not-loaded", &empty(Empty::NotLoaded)),
    ]
}

pub fn follow(say: Say<'_>) -> Vec<Page> {
    let one = one_delivery(say);
    let sent = lines(say).into_iter().map(|line| SentLine {
        planned: moment(4_000),
        decided: say("Planned because the settings post this activity when this happens."),
        settings_version: 4,
        destination: say("LeadSquared"),
        command: one.command.clone(),
        marker: say("zk5l2m7q3a4b6c8d9e0f1g2h3i"),
        result: say("6f1d0c5e-2f0b-4e0e"),
        attempts: one.attempts.clone(),
        proof: say("It was confirmed in the answer."),
        next: say("Next: nothing by itself."),
        line,
    });
    let told = notifications(say).into_iter().map(|line| ToldLine { proven: say("Genuine: signed by Zoom."), line });
    let step = StepCard {
        what: say("Lena Fox registered for “Admissions open day”"),
        pairs: vec![pair(say, "Registrant", "lena.fox@example.test")],
        told: told.collect(),
        sent: sent.collect(),
    };
    let found = |words: &str| FoundLine {
        words: say(words),
        latest: say("Zoom Webinar Joined · Open day"),
        link: say("/t/acme/follow?person=p1"),
    };
    let whole = Follow {
        frame: frame(say, "lena.fox@example.test", Place::Follow),
        q: say("lena.fox@example.test"),
        nothing: false,
        found: vec![],
        who: say("lena.fox@example.test"),
        lead_link: WebLink::parse("https://in21.leadsquared.test/LeadManagement/LeadDetails?LeadID=1"),
        steps: vec![step.clone(), StepCard { told: vec![], sent: vec![], ..step }],
        earlier: Some(say("/t/acme/follow?person=p1&before=d1")),
        latest: Some(say("/t/acme/follow?person=p1")),
    };
    let empty =
        Follow { who: String::new(), steps: vec![], lead_link: None, earlier: None, latest: None, ..whole.clone() };
    let several = Follow { found: vec![found("lena.fox@example.test"), found("אבי כהן")], ..empty.clone() };
    let nothing = Follow { nothing: true, ..empty.clone() };
    vec![
        page("follow", &whole),
        page("follow-several", &several),
        page("follow-nothing", &nothing),
        page("follow-empty", &empty),
    ]
}

fn one_delivery(say: Say<'_>) -> Delivery {
    let attempt = |outcome: Pill, detail: &str| AttemptLine {
        call: say("Post activities"),
        operation: say("ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId"),
        started: moment(200),
        took: say("412 ms"),
        rows: 25,
        outcome,
        detail: say(detail),
    };
    Delivery {
        event: Some(say("/t/acme/events/abcdef")),
        frame: Frame {
            notice: Some(Notice { tone: Tone::Good, text: say("It is tried again.") }),
            ..frame(say, "Delivery", Place::Deliveries)
        },
        id: say("0198f2c4-8812"),
        what: say("Task: Follow Up"),
        topic: say("Admissions open day"),
        who: say("Priya Menon, priya@example.test"),
        destination: say("LeadSquared"),
        said_by: say("LeadSquared"),
        state: Pill::new(Tone::Bad, "Parked"),
        cause: say("LeadSquared refuses this record. Mend what its message names, then replay."),
        answer: say("Task type 'Follow Up' does not exist"),
        repair: say("Mend what the detail names (field, mapping, owner), then replay."),
        mend: Some(Mend { word: say("Open the mapping"), link: say("/t/acme/registrations") }),
        alike: Some(say("/t/acme/deliveries?state=parked&code=lsq.rejected")),
        planned: moment(4_000),
        updated: moment(200),
        next: Some(moment(-90)),
        command: vec![
            pair(say, "Create a task", "Follow up: attended 42 min of “Admissions open day”"),
            pair(say, "Due", "15 August 2026, 16:30 IST"),
            pair(say, "Task type", "Follow Up"),
        ],
        marker: say("zk5l2m7q3a4b6c8d9e0f1g2h3i"),
        result: say("6f1d0c5e-2f0b-4e0e"),
        result_link: WebLink::parse("https://in21.leadsquared.test/LeadManagement/LeadDetails?LeadID=1"),
        proof: say("Not delivered: the last attempt was refused, and nothing was written."),
        attempts: vec![
            attempt(Pill::new(Tone::Wait, "Answer lost"), "It was looked for and not found, so it was sent again."),
            attempt(Pill::new(Tone::Bad, "Refused"), ""),
        ],
        notifications: notifications(say),
        settings_version: 4,
        replayable: true,
    }
}

fn notifications(say: Say<'_>) -> Vec<NotificationLine> {
    let line = |id: &str, event: &str, ago_s: i64, outcome: Pill, reason: &str| NotificationLine {
        id: say(id),
        received: moment(ago_s),
        what: say(event),
        event: say(event),
        source: say("Zoom webinars"),
        outcome,
        reason: say(reason),
        copies: if reason.is_empty() { 1 } else { 3 },
    };
    let merged = || Pill::new(Tone::Good, "Merged");
    vec![
        line("n1", "webinar.participant_joined", 9, merged(), ""),
        line("n2", "webinar.registration_created", 41, merged(), ""),
        line("n3", "webinar.participant_left", 63, Pill::new(Tone::Busy, "Pending"), ""),
        line(
            "n4",
            "meeting.started",
            900,
            Pill::new(Tone::Quiet, "Ignored"),
            "The event belongs to the other Zoom app: each sign-in captures either meetings or webinars.",
        ),
        line(
            "n5",
            "webinar.registration_created",
            4_000,
            Pill::new(Tone::Bad, "Quarantined"),
            "The notification is genuine, but a field that is needed is missing or unusable.",
        ),
    ]
}

pub fn lines(say: Say<'_>) -> Vec<DeliveryLine> {
    let line = |id: &str, what: &str, who: &str, state: Pill, cause: &str| {
        let replayable = state.tone == Tone::Bad;
        DeliveryLine {
            id: say(id),
            what: say(what),
            topic: say("Admissions open day"),
            who: say(who),
            state,
            cause: say(cause),
            tries: i64::from(!cause.is_empty()),
            next: (!cause.is_empty() && !replayable).then(|| moment(-80)),
            updated: moment(75),
            replayable,
        }
    };
    vec![
        line("d1", "Activity: Zoom Webinar Joined", "Lena Fox", Pill::new(Tone::Good, "Delivered"), ""),
        line("d2", "Lead: create or update", "Tomás Ortega", Pill::new(Tone::Busy, "Sending"), ""),
        line(
            "d3",
            "Activity: Zoom Webinar Registered",
            "אבי כהן",
            Pill::new(Tone::Wait, "Ready"),
            "LeadSquared's call limit was reached; it goes on when the window is over.",
        ),
        line(
            "d4",
            "Task: Follow Up",
            "Priya Menon",
            Pill::new(Tone::Bad, "Parked"),
            "LeadSquared refuses this record. Mend what its message names, then replay.",
        ),
    ]
}

fn choices(say: Say<'_>, words: &[(&str, &str)]) -> Vec<Choice> {
    words.iter().map(|(value, word)| Choice { value: say(value), word: say(word) }).collect()
}

fn pair(say: Say<'_>, name: &str, value: &str) -> Pair {
    Pair { name: say(name), value: say(value) }
}
