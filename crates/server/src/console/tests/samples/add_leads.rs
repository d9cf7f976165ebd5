//! Adding leads to a webinar, and following them.

use super::lists::listed;
use super::{Page, Say, frame, page};
use crate::console::add_leads::{
    AddLeads, Added, ChosenWebinar, EarlierWish, LeadLine, NamedChoice, QuestionRow, StandingLine, WebinarChoice,
};
use crate::console::frame::Place;
use crate::console::list::List;
use crate::console::part::{Pill, Tone, WebLink};
use crate::console::schedule::Field;

pub fn add_leads(say: Say<'_>) -> Vec<Page> {
    let field = |value: &str, refusal: &str| Field { value: say(value), refusal: say(refusal) };
    let named = |id: &str, words: &str| NamedChoice { id: say(id), words: say(words) };
    let choice = AddLeads {
        frame: frame(say, "Add leads", Place::AddLeads),
        blocked: None,
        refusal: None,
        troubles: vec![say("The webinars cannot be listed: Zoom cannot answer. Type the number.")],
        webinars: vec![WebinarChoice { number: say("86000000002"), words: say("Quarterly results · 2 August 2026") }],
        webinar: field("12", "A webinar's number has 9 to 12 digits."),
        chosen: None,
        leads: field("6f9619ff-8b86-d011-b42d-00c04fc964ff", ""),
        lists: Vec::new(),
        list: say("L-1"),
        fields: Vec::new(),
        earlier: vec![EarlierWish { when: say("1 August 2026, 10:00"), link: say("/t/acme/add-leads/w0") }],
        wish: say("w1"),
    };
    let question = |place: usize, name: &str, open: bool| QuestionRow {
        place,
        name: say(name),
        required: true,
        field: say("mx_Budget"),
        constant: say("2026"),
        open,
    };
    let form = AddLeads {
        troubles: Vec::new(),
        chosen: Some(ChosenWebinar {
            number: say("86000000002"),
            words: say("Quarterly results · 2 August 2026, 15:30 IST"),
            questions: vec![question(0, "Budget?", false), question(1, "Batch?", true)],
        }),
        leads: field("priya@example.test", ""),
        lists: vec![named("L-1", "Alumni (1,000)")],
        fields: vec![named("mx_Budget", "Budget")],
        ..choice.clone()
    };
    let refused = AddLeads {
        blocked: Some(say("Webinars are not connected: sign in with Zoom first.")),
        refusal: Some(say("Please correct what is marked below; nothing was sent.")),
        leads: field("priya", "Neither an e-mail address nor a lead's id: priya."),
        ..form.clone()
    };
    let mut pages =
        vec![page("add-leads-webinar", &choice), page("add-leads", &form), page("add-leads-refused", &refused)];
    pages.extend(added(say));
    pages
}

fn added(say: Say<'_>) -> Vec<Page> {
    let standing = |value: &str, title: &str, count: i64| StandingLine {
        value: value.to_owned(),
        title: say(title),
        count,
        current: value == "refused",
    };
    let line = |who: &str, state: Pill, why: &str, join: Option<WebLink>| LeadLine {
        who: say(who),
        state,
        why: say(why),
        join,
        link: say("/t/acme/deliveries/d1"),
        follow: say("/t/acme/follow?q=d1"),
    };
    let link = || WebLink::parse("https://example.zoom.test/w/86000000002?tk=abc");
    let under_way = Added {
        frame: frame(say, "Quarterly results", Place::AddLeads),
        topic: say("Quarterly results"),
        when: say("Webinar 86000000002, 2 August 2026, 15:30 IST"),
        of: say("the list Alumni (1,000)"),
        stage: Pill::new(Tone::Busy, "Adding"),
        sentence: say("Leads are being registered in Zoom."),
        done: false,
        total: 1_000,
        settled: 412,
        standings: vec![standing("added", "Added", 411), standing("refused", "Refused", 1)],
        who: say("priya"),
        standing: "refused".to_owned(),
        lines: vec![
            line("priya@example.test", Pill::new(Tone::Good, "Added"), "", link()),
            line(
                "amit@example.test",
                Pill::new(Tone::Bad, "Refused"),
                "The webinar has as many registrants as it takes.",
                None,
            ),
        ],
        list: List { turn: None, ..listed(say, "leads", "/t/acme/add-leads/w1") },
        path: "/t/acme/add-leads/w1".to_owned(),
    };
    let done = Added { done: true, lines: Vec::new(), total: 0, ..under_way.clone() };
    vec![page("added", &under_way), page("added-done", &done)]
}
