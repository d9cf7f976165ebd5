//! Every page in every state that looks different, filled with invented people. `say` stands between each text and the
//! page, so that a test can put other words in its place.

mod access;
mod add_leads;
mod configure;
mod events;
mod keys;
mod links;
mod lists;
mod migration;
mod registrations;
mod rules;
mod sales;

use crate::console::crm::Crm;
use crate::console::first_run::FirstRun;
use crate::console::frame::{Frame, Person, Place, Reach, TenantName};
use crate::console::new_tenant::{NewTenant, Refusal};
use crate::console::overview::{ConnectionCard, Counts, NextStep, Overview};
use crate::console::part::{Moment, Pill, Tone, WebLink};
use crate::console::plot::{HourLine, Hours};
use crate::console::problem::ProblemPage;
use crate::console::schedule::{Choose, Field, More, Schedule, Scheduled, StepLine};
use crate::console::sign_in::SignIn;
use crate::console::tenants::{TenantLine, Tenants};
use askama::Template;

/// A rendered page.
pub struct Page {
    /// Page and state, as a file name.
    pub name: &'static str,
    /// What was rendered.
    pub html: String,
}

/// Says a text, or something else in its place.
pub type Say<'a> = &'a dyn Fn(&str) -> String;

/// When the samples are looked at: 14 August 2026, epoch milliseconds.
const NOW_MS: i64 = 1_786_700_000_000;

fn moment(ago_s: i64) -> Moment {
    Moment::new(NOW_MS - ago_s * 1_000, NOW_MS, "Asia/Kolkata")
}

fn page(name: &'static str, template: &impl Template) -> Page {
    Page { name, html: template.render().unwrap() }
}

/// All pages. What is empty stays empty: it decides what a page shows.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let say: Say<'_> = &|word| if word.is_empty() { String::new() } else { say(word) };
    let mut pages = vec![];
    pages.extend(outside(say));
    pages.extend(tenants(say));
    pages.extend(overview(say));
    pages.extend(events::pages(say));
    pages.extend(crm(say));
    pages.extend(configure::configure(say));
    pages.extend(configure::connect(say));
    pages.extend(registrations::registrations(say));
    pages.extend(registrations::versions(say));
    pages.extend(links::alerts(say));
    pages.extend(links::sharing(say));
    pages.extend(lists::journal(say));
    pages.extend(lists::deliveries(say));
    pages.extend(lists::issues(say));
    pages.extend(lists::follow(say));
    pages.extend(lists::people(say));
    pages.extend(schedule(say));
    pages.extend(scheduled(say));
    pages.extend(sales::pages(say));
    pages.extend(add_leads::add_leads(say));
    pages.extend(rules::pages(say));
    pages.extend(migration::pages(say));
    pages.extend(access::pages(say));
    pages.extend(keys::pages(say));
    pages
}

fn frame(say: Say<'_>, title: &str, place: Place) -> Frame {
    let tenant = |id: &str, name: &str| TenantName { id: say(id), name: say(name) };
    let tenants = vec![tenant("acme", "Acme India"), tenant("northwind", "Northwind Academy")];
    let inside = place != Place::Tenants;
    Frame {
        title: say(title),
        place,
        tenant: inside.then(|| tenant("acme", "Acme India")),
        tenants,
        person: Some(Person { name: say("Meera Nair"), email: say("meera@acme.test") }),
        form_token: say("k3v9d2"),
        notice: None,
        reach: Reach::Console,
        masked: false,
    }
}

fn outside(say: Say<'_>) -> Vec<Page> {
    let first = FirstRun {
        frame: Frame::outside("Welcome", &say("token")),
        token: say("4f1c"),
        link_works: true,
        name: say("Meera Nair"),
        email: say("meera@acme.test"),
        refusal: Some(say("The two passwords differ.")),
    };
    let used = FirstRun { link_works: false, ..first.clone() };
    let sign_in = SignIn {
        frame: Frame::outside("Sign in", &say("token")),
        email: say("meera@acme.test"),
        next: say("/tenants"),
        refusal: Some(say("E-mail address or password is not right. After 10 tries there is a pause of a minute.")),
    };
    let problem = ProblemPage {
        frame: Frame::outside("Not found", &say("token")),
        status: 404,
        sentence: say("There is no such page."),
        repair: say("The tenant or the delivery may have been removed, or the address has a slip."),
        code: say("request.not_found"),
        id: say("0198f2c4-77aa"),
        back: say("/tenants"),
    };
    vec![page("first-run", &first), page("first-run-used", &used), page("sign-in", &sign_in), page("problem", &problem)]
}

fn tenants(say: Say<'_>) -> Vec<Page> {
    let line = |id: &str, name: &str, health: (Tone, &str), sentence: &str, webinars: (Tone, &str)| TenantLine {
        id: say(id),
        name: say(name),
        health: Pill::new(health.0, &say(health.1)),
        sentence: say(sentence),
        meetings: Pill::new(Tone::Good, &say("Connected")),
        webinars: Pill::new(webinars.0, &say(webinars.1)),
    };
    let lines = vec![
        line(
            "acme",
            "Acme India",
            (Tone::Good, "Healthy"),
            "1,236 came in today, all written.",
            (Tone::Good, "Connected"),
        ),
        line(
            "northwind",
            "Northwind Academy",
            (Tone::Bad, "Paused"),
            "LeadSquared refuses the keys since this morning; 412 wait.",
            (Tone::Quiet, "Not connected"),
        ),
        line(
            "tailspin",
            "Tailspin Toys",
            (Tone::Wait, "Attention"),
            "3 deliveries wait for a person.",
            (Tone::Bad, "Taken over"),
        ),
    ];
    let list = Tenants {
        frame: frame(say, "Tenants", Place::Tenants),
        lines,
        total: 3,
        attention: false,
        search: String::new(),
        unassigned: Some((say("/t/unassigned/journal"), 2)),
        newest: None,
        older: Some(say("/tenants?after=tailspin")),
    };
    let none = Tenants { lines: vec![], total: 0, ..list.clone() };
    let wanting = Tenants { attention: true, ..list.clone() };
    let unmatched = Tenants { lines: vec![], search: say("zz"), ..list.clone() };
    let fresh = NewTenant {
        frame: frame(say, "Add a tenant", Place::Tenants),
        name: say("Acme India"),
        access_key: say("u$r0123456789abcdef"),
        host: String::new(),
        refusal: None,
    };
    let refused = NewTenant {
        refusal: Some(Refusal {
            sentence: say(
                "LeadSquared refuses these keys. Copy both once more from My Account, Settings, API and Webhooks.",
            ),
            answer: Some(say("Your request is not authorized. Please check your access key and secret key.")),
        }),
        host: say("api-in21.leadsquared.com"),
        ..fresh.clone()
    };
    vec![
        page("tenants", &list),
        page("tenants-attention", &wanting),
        page("tenants-none", &none),
        page("tenants-unmatched", &unmatched),
        page("new-tenant", &fresh),
        page("new-tenant-refused", &refused),
    ]
}

/// A day that was busier by the hour.
fn day(say: Say<'_>) -> Hours {
    let hour = |hour: i64| HourLine {
        began: say(&format!("{hour:02}:30")),
        received: hour * 7,
        written: hour * 5,
        waiting: hour % 3,
        failed: hour % 2,
    };
    Hours::new((0..24).map(hour).collect())
}

fn overview(say: Say<'_>) -> Vec<Page> {
    let card = |name: &str, link: &str, state: Pill, sentence: &str, event: Option<Moment>| ConnectionCard {
        name: say(name),
        link: say(link),
        state,
        sentence: say(sentence),
        last_event: event,
    };
    let healthy = Overview {
        frame: frame(say, "Overview", Place::Overview),
        tone: Tone::Good,
        health: say("All is well: everything that came in was written to LeadSquared."),
        counts: Counts { received: 1_236, written: 2_418, waiting: 12, failed: 0 },
        hours: day(say),
        next_step: None,
        coming: events::coming(say),
        strangers: 2,
        connections: vec![
            card(
                "Meetings",
                "/t/acme/configure/authentication",
                Pill::new(Tone::Good, "Connected"),
                "Signed in as Asha Rao, asha@acme.test.",
                Some(moment(41)),
            ),
            card(
                "Webinars",
                "/t/acme/configure/webinar-settings",
                Pill::new(Tone::Good, "Connected"),
                "Signed in as Asha Rao, asha@acme.test.",
                Some(moment(9)),
            ),
        ],
        crm_state: Pill::new(Tone::Good, "Connected"),
        crm_sentence: say("Acme India Pvt Ltd, as connector@acme.test."),
        latest: lists::lines(say),
    };
    let failing = Overview {
        tone: Tone::Bad,
        health: say("Nothing is written to LeadSquared since 09:12: it refuses the keys. What comes in is kept."),
        counts: Counts { received: 1_236, written: 801, waiting: 412, failed: 3 },
        next_step: Some(NextStep {
            sentence: say(
                "Webinars are not connected: registrations, joins and leaves are not captured until somebody signs in with Zoom.",
            ),
            action: say("Open Webinar Settings"),
            link: say("/t/acme/configure/webinar-settings"),
        }),
        crm_state: Pill::new(Tone::Bad, "Paused"),
        strangers: 0,
        connections: vec![
            card(
                "Meetings",
                "/t/acme/configure/authentication",
                Pill::new(Tone::Good, "Connected"),
                "Signed in as Asha Rao, asha@acme.test.",
                Some(moment(41)),
            ),
            card(
                "Webinars",
                "/t/acme/configure/webinar-settings",
                Pill::new(Tone::Quiet, "Not connected"),
                "Nobody has signed in with Zoom yet.",
                None,
            ),
        ],
        latest: vec![],
        ..healthy.clone()
    };
    vec![page("overview", &healthy), page("overview-failing", &failing)]
}

fn crm(say: Say<'_>) -> Vec<Page> {
    let whole = Crm {
        frame: frame(say, "LeadSquared", Place::Configure),
        state: Pill::new(Tone::Good, "Connected"),
        sentence: say("Acme India Pvt Ltd, as connector@acme.test."),
        host: say("https://api-in21.leadsquared.com"),
        user: say("connector@acme.test"),
        types: vec![(say("Zoom Webinar Joined"), Some(213)), (say("Zoom Webinar Left"), Some(214))],
        refusal: None,
        actions: vec![(say("Automation"), say("https://c.test/leadsquared/acme/secret/webhook?webinar=NUMBER"))],
        link_field: say("mx_Zoom_Join_Link"),
    };
    let refused = Crm {
        state: Pill::new(Tone::Bad, "Paused"),
        types: vec![(say("Zoom Webinar Joined"), None)],
        refusal: Some(say("LeadSquared refuses the access key and secret key.")),
        ..whole.clone()
    };
    vec![page("crm", &whole), page("crm-refused", &refused)]
}

fn schedule(say: Say<'_>) -> Vec<Page> {
    let field = |value: &str, refusal: &str| Field { value: say(value), refusal: say(refusal) };
    let form = Schedule {
        frame: frame(say, "Schedule", Place::Schedule),
        blocked: None,
        refusal: None,
        lead: field("priya@example.test", ""),
        topic: field("Campus tour", ""),
        start: field("2026-08-15T10:30", ""),
        zone: field("Asia/Kolkata", ""),
        zones: vec![say("Asia/Kolkata"), say("Europe/Dublin")],
        minutes: field("30", ""),
        choices: Vec::new(),
        host: field("", ""),
        host_day: say("3 of the 100 meetings that Zoom allows this host in a day (UTC) are used."),
        agenda: field("", ""),
        more: More::default(),
        preview: Vec::new(),
        wish: say("w1"),
    };
    let choose = |value: &str, text: &str, chosen: bool| Choose { value: say(value), text: say(text), chosen };
    let refused = Schedule {
        blocked: Some(say("Meetings are not connected: sign in with Zoom first.")),
        refusal: Some(say("Two fields have to be mended.")),
        lead: field("priya", "This is neither an e-mail address nor a lead's id."),
        minutes: field("0", "A meeting has 1 to 1,440 minutes."),
        start: field("2026-10-25T01:30", "The clocks show this twice."),
        choices: vec![choose("2026-10-25T01:30|+01:00", "The first 01:30", false)],
        more: More {
            open: true,
            guests: field("nobody", "“nobody” is not a whole e-mail address."),
            repeat: vec![Choose { value: "weekly".to_owned(), text: "By weeks".to_owned(), chosen: true }],
            repeat_refusal: field("", "Say how many meetings it has, or its last day."),
            every: say("2"),
            ..More::default()
        },
        ..form.clone()
    };
    let previewed = Schedule { preview: vec![say("Sat, 15 August 2026, 10:30 IST (05:00 UTC)")], ..form.clone() };
    vec![page("schedule", &form), page("schedule-refused", &refused), page("schedule-previewed", &previewed)]
}

fn scheduled(say: Say<'_>) -> Vec<Page> {
    let step = |what: &str, state: Pill, detail: &str, link: Option<&str>| StepLine {
        what: say(what),
        state,
        detail: say(detail),
        link: link.map(say),
    };
    let under_way = Scheduled {
        event: Some(say("/t/acme/events/abcdef")),
        frame: frame(say, "Campus tour", Place::Schedule),
        topic: say("Campus tour"),
        lead: say("priya@example.test"),
        follow: vec![(say("priya@example.test"), say("/t/acme/follow?q=priya%40example.test"))],
        when: say("15 August 2026, 10:30 IST, 30 minutes"),
        done: false,
        steps: vec![
            step(
                "The meeting is made in Zoom",
                Pill::new(Tone::Good, "Done"),
                "860 0000 0042",
                Some("/t/acme/deliveries/d1"),
            ),
            step("The lead gets the activity", Pill::new(Tone::Busy, "Sending"), "", None),
            step(
                "The sales user gets the appointment",
                Pill::new(Tone::Wait, "Waits"),
                "The person's lead has to be written first.",
                None,
            ),
        ],
        calendar: Some(say("/t/acme/schedule/w1/meeting.ics")),
        again: None,
        half: None,
        join_url: WebLink::parse("https://example.zoom.test/j/86000000042?pwd=abc"),
        offers: None,
    };
    let done = Scheduled { done: true, offers: Some(sales::offers(say)), ..under_way.clone() };
    let cancelled = Scheduled { offers: Some(sales::cancelled(say)), ..done.clone() };
    let refused_half = Scheduled {
        again: Some(say("/t/acme/schedule?from=w1")),
        half: Some(say("The meeting stands in Zoom, but LeadSquared refuses part of it.")),
        ..done.clone()
    };
    vec![
        page("scheduled", &under_way),
        page("scheduled-done", &done),
        page("scheduled-cancelled", &cancelled),
        page("scheduled-half", &refused_half),
    ]
}
