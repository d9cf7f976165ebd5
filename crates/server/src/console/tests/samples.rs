//! Every page in every state that looks different, filled with invented people. `say` stands between each text and the
//! page, so that a test can put other words in its place.

use crate::console::configure::{Configure, Connection, Feature, ForwardLink, Licence, PendingSignIn, Permission, Tab, ZoomIdentity};
use crate::console::connect::{Confirm, Failure, Invite};
use crate::console::deliveries::{CauseLine, Deliveries, DeliveryLine};
use crate::console::delivery::{AttemptLine, Delivery};
use crate::console::first_run::FirstRun;
use crate::console::frame::{Frame, Notice, Person, Place, TenantName};
use crate::console::journal::{Choice, Empty, Journal, NotificationLine};
use crate::console::new_tenant::{NewTenant, Refusal};
use crate::console::notification::{FactCard, Notification, Pair};
use crate::console::overview::{ConnectionCard, Counts, NextStep, Overview};
use crate::console::part::{Moment, Pill, Tone, WebLink};
use crate::console::problem::ProblemPage;
use crate::console::replay::Replay;
use crate::console::schedule::{Field, Schedule, Scheduled, StepLine};
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
    pages.extend(configure(say));
    pages.extend(connect(say));
    pages.extend(journal(say));
    pages.extend(deliveries(say));
    pages.extend(schedule(say));
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
    }
}

fn outside(say: Say<'_>) -> Vec<Page> {
    let first = FirstRun {
        frame: Frame::outside("Welcome", &say("token")),
        token: say("4f1c"),
        link_works: true,
        name: say("Meera Nair"),
        email: say("meera@acme.test"),
        refusal: Some(say("The two pass words differ.")),
    };
    let used = FirstRun { link_works: false, ..first.clone() };
    let sign_in = SignIn {
        frame: Frame::outside("Sign in", &say("token")),
        email: say("meera@acme.test"),
        next: say("/tenants"),
        refusal: Some(say("E-mail address or pass word is not right. After 10 tries there is a pause of a minute.")),
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
    vec![
        page("first-run", &first),
        page("first-run-used", &used),
        page("sign-in", &sign_in),
        page("problem", &problem),
    ]
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
        line("acme", "Acme India", (Tone::Good, "Healthy"), "1,236 came in today, all written.", (Tone::Good, "Connected")),
        line("northwind", "Northwind Academy", (Tone::Bad, "Paused"), "LeadSquared refuses the keys since this morning; 412 wait.", (Tone::Quiet, "Not connected")),
        line("tailspin", "Tailspin Toys", (Tone::Wait, "Attention"), "3 deliveries wait for a person.", (Tone::Bad, "Taken over")),
    ];
    let list = Tenants { frame: frame(say, "Tenants", Place::Tenants), lines, total: 3, search: String::new() };
    let none = Tenants { lines: vec![], total: 0, ..list.clone() };
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
            sentence: say("LeadSquared refuses these keys. Copy both once more from My Account, Settings, API and Webhooks."),
            answer: Some(say("Your request is not authorized. Please check your access key and secret key.")),
        }),
        host: say("api-in21.leadsquared.com"),
        ..fresh.clone()
    };
    vec![
        page("tenants", &list),
        page("tenants-none", &none),
        page("tenants-unmatched", &unmatched),
        page("new-tenant", &fresh),
        page("new-tenant-refused", &refused),
    ]
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
        next_step: None,
        connections: vec![
            card("Meetings", "/t/acme/configure/authentication", Pill::new(Tone::Good, "Connected"), "Signed in as Asha Rao, asha@acme.test.", Some(moment(41))),
            card("Webinars", "/t/acme/configure/webinar-settings", Pill::new(Tone::Good, "Connected"), "Signed in as Asha Rao, asha@acme.test.", Some(moment(9))),
        ],
        crm_state: Pill::new(Tone::Good, "Connected"),
        crm_sentence: say("Acme India Pvt Ltd, as connector@acme.test."),
        latest: lines(say),
    };
    let failing = Overview {
        tone: Tone::Bad,
        health: say("Nothing is written to LeadSquared since 09:12: it refuses the keys. What comes in is kept."),
        counts: Counts { received: 1_236, written: 801, waiting: 412, failed: 3 },
        next_step: Some(NextStep {
            sentence: say("Webinars are not connected: registrations, joins and leaves are not captured until somebody signs in with Zoom."),
            action: say("Open Webinar Settings"),
            link: say("/t/acme/configure/webinar-settings"),
        }),
        crm_state: Pill::new(Tone::Bad, "Paused"),
        connections: vec![
            card("Meetings", "/t/acme/configure/authentication", Pill::new(Tone::Good, "Connected"), "Signed in as Asha Rao, asha@acme.test.", Some(moment(41))),
            card("Webinars", "/t/acme/configure/webinar-settings", Pill::new(Tone::Quiet, "Not connected"), "Nobody has signed in with Zoom yet.", None),
        ],
        latest: vec![],
        ..healthy.clone()
    };
    vec![page("overview", &healthy), page("overview-failing", &failing)]
}

fn identity(say: Say<'_>) -> ZoomIdentity {
    ZoomIdentity { user: say("Asha Rao"), email: say("asha@acme.test"), account: say("Zx81kQpLRT2d0aacctA1") }
}

fn configure(say: Say<'_>) -> Vec<Page> {
    let never = Configure {
        frame: frame(say, "Configure", Place::Configure),
        tab: Tab::Authentication,
        connection: Connection::Never,
        other_connected: false,
        app_missing: None,
        pending: None,
        link: None,
        features: vec![],
        licences: vec![],
    };
    let feature = |name: &str, scopes: &[(&str, bool)]| Feature {
        name: say(name),
        permissions: scopes.iter().map(|(scope, granted)| Permission { scope: say(scope), granted: *granted }).collect(),
    };
    let connected = Configure {
        connection: Connection::Connected { identity: identity(say), since: moment(7 * 86_400), refreshed: Some(moment(1_500)) },
        other_connected: true,
        features: vec![
            feature("Know who signed in", &[("user:read:user:admin", true), ("user:read:settings:admin", true)]),
            feature("Schedule meetings", &[("meeting:write:meeting:admin", true), ("meeting:update:meeting:admin", true)]),
            feature("Meeting started and ended", &[("meeting:read:meeting:admin", true)]),
        ],
        licences: vec![Licence { state: Pill::new(Tone::Good, "There"), sentence: say("Meetings: licensed for asha@acme.test") }],
        link: Some(ForwardLink { url: say("https://connector.acme.test/connect/8c1f0a4be2d97731"), expires: moment(-3 * 86_400) }),
        ..never.clone()
    };
    let webinars = Configure {
        tab: Tab::WebinarSettings,
        features: vec![
            feature("Registrations become leads", &[("webinar:read:list_registrants:admin", true), ("webinar:read:webinar:admin", true)]),
            feature("Add leads to a webinar", &[("webinar:write:registrant:admin", false), ("webinar:write:batch_registrants:admin", false)]),
        ],
        licences: vec![Licence { state: Pill::new(Tone::Bad, "Missing"), sentence: say("Webinars: add-on missing for host ravi@acme.test") }],
        link: None,
        ..connected.clone()
    };
    let ended = |connection: Connection| Configure { connection, features: vec![], licences: vec![], ..webinars.clone() };
    let at = || moment(2 * 3_600);
    let pending = |expired: bool| Some(PendingSignIn { began: moment(240), expires: moment(-360), expired });
    vec![
        page("configure-never", &never),
        page("configure-pending", &Configure { pending: pending(false), ..never.clone() }),
        page("configure-expired", &Configure { pending: pending(true), ..never.clone() }),
        page("configure-no-app", &Configure { app_missing: Some(say("The client ID of the Zoom app is not configured. Set zoom.meetings.client_id and start again.")), ..never }),
        page("configure-meetings", &connected),
        page("configure-webinars", &webinars),
        page("configure-broken", &ended(Connection::Broken { identity: identity(say), why: say("Asha Rao no longer has an admin role in Zoom.") })),
        page("configure-taken-over", &ended(Connection::TakenOver { identity: identity(say), at: at() })),
        page("configure-removed", &ended(Connection::RemovedInZoom { identity: identity(say), at: at() })),
        page("configure-disconnected", &ended(Connection::Disconnected { identity: identity(say), at: at() })),
    ]
}

fn connect(say: Say<'_>) -> Vec<Page> {
    let invite = Invite {
        frame: Frame::outside("Connect Zoom", &say("token")),
        tab: Some(Tab::WebinarSettings),
        tenant: say("Acme India"),
        action: format!("/connect/{}", say("8c1f0a4b")),
        expires: Some(moment(-3 * 86_400)),
    };
    let confirm = Confirm {
        frame: Frame::outside("Connect these two?", &say("token")),
        tab: Tab::WebinarSettings,
        tenant: say("Acme India"),
        identity: identity(say),
        takes_over: true,
        replaces: Some(say("ravi@acme.test")),
        missing_scopes: vec![say("webinar:write:registrant:admin")],
        action: format!("/connect/confirm/{}", say("8c1f0a4b")),
        cancel: say("/t/acme/configure/webinar-settings"),
        expires: moment(-500),
    };
    let failure = Failure {
        frame: Frame::outside("Not connected", &say("token")),
        tab: Tab::Authentication,
        sentence: say("Zoom let Ravi Iyer sign in, but the user is not an admin of the Zoom account."),
        causes: vec![say("The user has the role Member in Zoom."), say("The role of the user lacks the permission to see other users.")],
        ask: say("Please sign in for us with the link below as a Zoom admin, or give ravi@acme.test a role with these permissions:\n- Users: view\n- Meetings: view and edit"),
        answer: Some(say("Invalid access token, does not contain scopes:[user:read:list_users:admin].")),
        retry: say("/t/acme/configure/authentication"),
    };
    let expired = Invite { tab: None, expires: None, ..invite.clone() };
    vec![
        page("connect-invite", &invite),
        page("connect-invite-expired", &expired),
        page("connect-confirm", &confirm),
        page("connect-failure", &failure),
    ]
}

fn choices(say: Say<'_>, words: &[(&str, &str)]) -> Vec<Choice> {
    words.iter().map(|(value, word)| Choice { value: say(value), word: say(word) }).collect()
}

fn notifications(say: Say<'_>) -> Vec<NotificationLine> {
    let line = |id: &str, event: &str, ago_s: i64, outcome: Pill, reason: &str| NotificationLine {
        id: say(id),
        received: moment(ago_s),
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
        line("n4", "meeting.started", 900, Pill::new(Tone::Quiet, "Ignored"), "The event belongs to the other Zoom app: each sign-in captures either meetings or webinars."),
        line("n5", "webinar.registration_created", 4_000, Pill::new(Tone::Bad, "Quarantined"), "The notification is genuine, but a field that is needed is missing or unusable."),
    ]
}

fn pair(say: Say<'_>, name: &str, value: &str) -> Pair {
    Pair { name: say(name), value: say(value) }
}

fn journal(say: Say<'_>) -> Vec<Page> {
    let list = Journal {
        frame: frame(say, "Journal", Place::Journal),
        lines: notifications(say),
        empty: Empty::No,
        outcomes: choices(say, &[("", "All outcomes"), ("merged", "Merged"), ("ignored", "Ignored"), ("quarantined", "Quarantined")]),
        outcome: String::new(),
        event: String::new(),
        events: vec![say("webinar.participant_joined")],
        search: say("asha"),
        newest: Some(say("/t/acme/journal")),
        older: Some(say("/t/acme/journal?before=n5")),
    };
    let empty = |empty: Empty| Journal { lines: vec![], empty, search: String::new(), newest: None, older: None, ..list.clone() };
    let body = "{\n  \"event\": \"webinar.registration_created\",\n  \"event_ts\": 1786699959000,\n  \"payload\": {\n    \"account_id\": \"Zx81kQpLRT2d0aacctA1\",\n    \"object\": {\n      \"id\": 86000000003,\n      \"topic\": \"Admissions open day\",\n      \"registrant\": {\n        \"email\": \"l***@example.test\",\n        \"join_url\": \"(shortened)\"\n      }\n    }\n  }\n}";
    let one = Notification {
        frame: frame(say, "webinar.registration_created", Place::Journal),
        id: say("0198f2c4-77aa-7c10"),
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
            pairs: vec![pair(say, "Webinar", "860 0000 0003"), pair(say, "Registrant", "lena.fox@example.test"), pair(say, "Status", "approved")],
            told_by: 2,
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

fn lines(say: Say<'_>) -> Vec<DeliveryLine> {
    let line = |id: &str, what: &str, who: &str, state: Pill, cause: &str| {
        let replayable = state.tone == Tone::Bad;
        DeliveryLine {
            id: say(id),
            what: say(what),
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
        line("d3", "Activity: Zoom Webinar Registered", "אבי כהן", Pill::new(Tone::Wait, "Ready"), "LeadSquared's call limit was reached; it goes on when the window is over."),
        line("d4", "Task: Follow Up", "Priya Menon", Pill::new(Tone::Bad, "Parked"), "LeadSquared refuses this record. Mend what its message names, then replay."),
    ]
}

fn deliveries(say: Say<'_>) -> Vec<Page> {
    let list = Deliveries {
        frame: frame(say, "Deliveries", Place::Deliveries),
        lines: lines(say),
        empty: Empty::No,
        causes: vec![CauseLine { sentence: say("LeadSquared refuses this record. Mend what its message names, then replay."), count: 38, link: say("/t/acme/deliveries?code=lsq.rejected") }],
        states: choices(say, &[("", "All states"), ("ready", "Ready"), ("parked", "Parked"), ("delivered", "Delivered")]),
        state: String::new(),
        codes: choices(say, &[("", "Any cause"), ("lsq.rejected", "LeadSquared refuses this record")]),
        code: String::new(),
        who: say("priya"),
        parked: 38,
        replay_link: say("/t/acme/deliveries/replay?code=lsq.rejected"),
        newest: None,
        older: Some(say("/t/acme/deliveries?before=d4")),
    };
    let empty = |empty: Empty| Deliveries { lines: vec![], causes: vec![], parked: 0, empty, older: None, ..list.clone() };
    let attempt = |outcome: Pill, detail: &str| AttemptLine {
        operation: say("ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId"),
        started: moment(200),
        took: say("412 ms"),
        rows: 25,
        outcome,
        detail: say(detail),
    };
    let one = Delivery {
        frame: Frame { notice: Some(Notice { tone: Tone::Good, text: say("It is tried again.") }), ..frame(say, "Delivery", Place::Deliveries) },
        id: say("0198f2c4-8812"),
        what: say("Task: Follow Up"),
        who: say("Priya Menon, priya@example.test"),
        destination: say("LeadSquared"),
        state: Pill::new(Tone::Bad, "Parked"),
        cause: say("LeadSquared refuses this record. Mend what its message names, then replay."),
        answer: say("Task type 'Follow Up' does not exist"),
        planned: moment(4_000),
        updated: moment(200),
        next: Some(moment(-90)),
        command: vec![pair(say, "Create a task", "Follow up: attended 42 min of “Admissions open day”"), pair(say, "Due", "15 August 2026, 16:30 IST"), pair(say, "Task type", "Follow Up")],
        marker: say("zk5l2m7q3a4b6c8d9e0f1g2h3i"),
        result: say("6f1d0c5e-2f0b-4e0e"),
        result_link: WebLink::parse("https://in21.leadsquared.test/LeadManagement/LeadDetails?LeadID=1"),
        proof: say("Not delivered: the last attempt was refused, and nothing was written."),
        attempts: vec![attempt(Pill::new(Tone::Wait, "Answer lost"), "It was looked for and not found, so it was sent again."), attempt(Pill::new(Tone::Bad, "Refused"), "")],
        notifications: notifications(say),
        settings_version: 4,
        replayable: true,
    };
    let replay = Replay {
        frame: frame(say, "Replay", Place::Deliveries),
        count: 38,
        filters: vec![pair(say, "Last cause", "LeadSquared refuses this record")],
        fields: vec![pair(say, "code", "lsq.rejected")],
        back: say("/t/acme/deliveries?code=lsq.rejected"),
    };
    let nothing = Replay { count: 0, filters: vec![], ..replay.clone() };
    vec![
        page("deliveries", &list),
        page("deliveries-nothing-yet", &empty(Empty::NothingYet)),
        page("deliveries-nothing-matches", &empty(Empty::NothingMatches)),
        page("deliveries-not-loaded", &empty(Empty::NotLoaded)),
        page("delivery", &one),
        page("replay", &replay),
        page("replay-nothing", &nothing),
    ]
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
        host: field("", ""),
        agenda: field("", ""),
        wish: say("w1"),
    };
    let refused = Schedule {
        blocked: Some(say("Meetings are not connected: sign in with Zoom first.")),
        refusal: Some(say("Two fields have to be mended.")),
        lead: field("priya", "This is neither an e-mail address nor a lead's id."),
        minutes: field("0", "A meeting has 1 to 1,440 minutes."),
        ..form.clone()
    };
    let step = |what: &str, state: Pill, detail: &str, link: Option<&str>| StepLine { what: say(what), state, detail: say(detail), link: link.map(say) };
    let under_way = Scheduled {
        frame: frame(say, "Campus tour", Place::Schedule),
        topic: say("Campus tour"),
        lead: say("priya@example.test"),
        when: say("15 August 2026, 10:30 IST, 30 minutes"),
        done: false,
        steps: vec![
            step("The meeting is made in Zoom", Pill::new(Tone::Good, "Done"), "860 0000 0042", Some("/t/acme/deliveries/d1")),
            step("The lead gets the activity", Pill::new(Tone::Busy, "Sending"), "", None),
            step("The sales user gets the appointment", Pill::new(Tone::Wait, "Waits"), "The person's lead has to be written first.", None),
        ],
        join_url: WebLink::parse("https://example.zoom.test/j/86000000042?pwd=abc"),
    };
    let done = Scheduled { done: true, ..under_way.clone() };
    vec![page("schedule", &form), page("schedule-refused", &refused), page("scheduled", &under_way), page("scheduled-done", &done)]
}
