//! Meetings and webinars: lists, a month, one with its people, and the next ones at home.

use super::{Page, Say, frame, moment, page};
use crate::console::events::{ComingEvent, Day, Event, EventLine, Events, GuestLine, LightLine, Month, Presence, Tab};
use crate::console::frame::Place;
use crate::console::part::{Pill, Tone};
use crate::console::plot::Bar;
use crate::console::schedule::Choose;

fn line(say: Say<'_>, topic: &str, state: Pill) -> EventLine {
    EventLine {
        link: say("/t/acme/events/abcdef-0"),
        topic: say(topic),
        kind: say("Webinar 86000000001"),
        starts: moment(3_600),
        state,
        registered: say("412"),
        came: say("301"),
        no_show: say("111"),
        unnamed: say("2"),
        truth: say("Zoom 301, ours 301, LeadSquared 300, 1 waiting."),
    }
}

fn light(say: Say<'_>, (tone, word, stands): (Tone, &str, &str), sentence: &str, mend: bool) -> LightLine {
    LightLine {
        pill: Pill::new(tone, word),
        stands: stands.to_owned(),
        sentence: say(sentence),
        repair: mend.then(|| say("/t/acme/registrations")),
    }
}

fn lights(say: Say<'_>) -> Vec<LightLine> {
    vec![
        light(say, (Tone::Good, "Connection", "well"), "Zoom is connected, and LeadSquared takes what comes.", false),
        light(say, (Tone::Good, "Registration", "well"), "Registration is on: 412 people have registered.", false),
        light(say, (Tone::Wait, "Questions", "wants attention"), "Answers that are written nowhere: “Budget”.", true),
        light(
            say,
            (Tone::Quiet, "Host", "not known"),
            "Not known: Zoom was only asked about whoever signed in.",
            false,
        ),
        light(say, (Tone::Good, "Daily limit", "well"), "No daily limit is set for LeadSquared.", false),
    ]
}

/// The next ones at home.
pub fn coming(say: Say<'_>) -> Vec<ComingEvent> {
    let planned = || line(say, "Quarterly results", Pill::new(Tone::Busy, "Planned"));
    let wanting = lights(say).into_iter().filter(|light| light.repair.is_some()).collect();
    vec![
        ComingEvent { line: planned(), lights: lights(say), wanting },
        ComingEvent { line: planned(), lights: lights(say), wanting: Vec::new() },
    ]
}

fn month(say: Say<'_>) -> Month {
    let event = || (say("10:30"), line(say, "Quarterly results", Pill::new(Tone::Busy, "Planned")));
    let day = |number: usize| Day {
        number: number.to_string(),
        name: say(&format!("Saturday {number} August")),
        today: number == 14,
        events: if number.is_multiple_of(5) { vec![event(), event()] } else { Vec::new() },
        more: (number == 10).then(|| (7, say("/t/acme/events?day=2026-08-10"))),
    };
    let mut days: Vec<Day> = vec![Day::default(); 5];
    days.extend((1..=30).map(day));
    let weeks = days.chunks(7).map(<[Day]>::to_vec).collect();
    let to = |month: &str| say(&format!("/t/acme/events?view=month&month={month}"));
    Month { name: say("August 2026"), weeks, before: to("2026-07"), after: to("2026-09") }
}

fn guest(say: Say<'_>, (name, email): (&str, &str), role: Pill) -> GuestLine {
    let bar = |x, width| Bar { class: "busy", x, y: 0.0, width, height: 10.0 };
    GuestLine {
        name: say(name),
        email: if email.is_empty() { String::new() } else { say(email) },
        role,
        stayed: say("49 min (81 %)"),
        stays: vec![say("10:01–10:20"), say("10:30–11:00")],
        bars: vec![bar(16.0, 316.0), bar(500.0, 500.0)],
        arrival: Some(Pill::new(Tone::Good, "Written")),
        deliveries: say("/t/acme/deliveries?who=asha%40acme.test"),
        follow: say("/t/acme/follow?q=asha%40acme.test"),
    }
}

fn live(say: Say<'_>) -> Event {
    Event {
        frame: frame(say, "Quarterly results", Place::Events),
        line: line(say, "Quarterly results", Pill::new(Tone::Busy, "Under way")),
        pairs: vec![("Began", say("14 August 2026, 10:00:00 IST")), ("Host", say("asha@acme.test"))],
        live: true,
        counted: Some(moment(12)),
        agree: false,
        lights: vec![],
        presence: Some(Presence {
            path: "M0 100V50H1000V100Z".to_owned(),
            most: 312,
            sentence: say("At the most 312 were there at one time, first about 10:24."),
            named: vec![say("10:00"), say("10:30")],
            lines: vec![(say("10:00"), 120), (say("10:30"), 312)],
        }),
        axis: vec![say("10:00"), say("11:00")],
        people: vec![
            guest(say, ("Asha Rao", "asha@acme.test"), Pill::new(Tone::Good, "Attended")),
            guest(say, ("iPhone", ""), Pill::new(Tone::Wait, "Not named by Zoom")),
        ],
        listed: say("412 in all"),
        unnamed: true,
        search: say("asha"),
        newest: Some(say("/t/acme/events/abcdef-0")),
        older: Some(say("/t/acme/events/abcdef-0?after=100")),
        others: vec![line(say, "Quarterly results", Pill::new(Tone::Good, "Complete"))],
    }
}

pub fn pages(say: Say<'_>) -> Vec<Page> {
    let choose =
        |value: &str, text: &str| Choose { value: value.to_owned(), text: say(text), chosen: value.is_empty() };
    let list = Events {
        frame: frame(say, "Events", Place::Events),
        tab: Tab::Coming,
        tabs: ["coming", "past", "month"].map(|view| say(&format!("/t/acme/events?view={view}"))),
        kinds: vec![choose("", "Meetings and webinars"), choose("webinar", "Webinars")],
        search: say("results"),
        filtered: true,
        now: vec![line(say, "Stand-up", Pill::new(Tone::Busy, "Under way"))],
        lines: vec![line(say, "Quarterly results", Pill::new(Tone::Busy, "Planned")); 3],
        month: None,
        newest: Some(say("/t/acme/events")),
        older: Some(say("/t/acme/events?after=1.a")),
    };
    let empty = Events {
        now: vec![],
        lines: vec![],
        filtered: false,
        newest: None,
        older: None,
        tab: Tab::Past,
        ..list.clone()
    };
    let unmatched = Events { filtered: true, ..empty.clone() };
    let monthly = Events { tab: Tab::Month, month: Some(month(say)), now: vec![], lines: vec![], ..list.clone() };
    let live = live(say);
    let planned = Event {
        live: false,
        lights: lights(say),
        presence: None,
        axis: vec![],
        people: vec![],
        search: String::new(),
        listed: String::new(),
        unnamed: false,
        agree: true,
        ..live.clone()
    };
    vec![
        page("events", &list),
        page("events-empty", &empty),
        page("events-unmatched", &unmatched),
        page("events-month", &monthly),
        page("event-live", &live),
        page("event-planned", &planned),
    ]
}
