//! Two hundred hostile strings in every text that comes from Zoom or LeadSquared: names, topics, questions, answers, fields, lists,
//! causes of refusals. A walk over every page has to come by no dialog and no report of the content security policy, and
//! nothing of them may have become markup.

use super::binary::{Place, Serving};
use super::chromium::Chromium;
use super::walk::Walk;
use super::world::{Change, World, add_first_tenant, consent};
use connector_simulator::leadsquared::{NewLeadField, UserStatus};
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Who};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many strings there are.
const STRINGS: usize = 200;
const OPERATOR: (&str, &str) = ("asha@example.com", "a long enough pass word");
const MINUTE_MS: i64 = 60_000;

/// What is tried, `§` standing for the number of the string.
const TRIED: [&str; 50] = [
    "<script>alert(§)</script>",
    "\"><script>alert(§)</script>",
    "'><script>alert(§)</script>",
    "<img src=x onerror=alert(§)>",
    "\"><img src=x onerror=alert(§)>",
    "<svg onload=alert(§)>",
    "<svg><script>alert(§)</script></svg>",
    "<svg><animate onbegin=alert(§) attributeName=x dur=1s>",
    "<math><mtext></mtext><script>alert(§)</script></math>",
    "<iframe srcdoc=\"<script>alert(§)</script>\"></iframe>",
    "<iframe src=javascript:alert(§)></iframe>",
    "<details open ontoggle=alert(§)>",
    "<input autofocus onfocus=alert(§)>",
    "\" autofocus onfocus=\"alert(§)",
    "' autofocus onfocus='alert(§)",
    "\" onmouseover=\"alert(§)\" x=\"",
    "<video><source onerror=alert(§)></video>",
    "<audio src=x onerror=alert(§)></audio>",
    "<body onload=alert(§)>",
    "<a href=javascript:alert(§)>here</a>",
    "javascript:alert(§)",
    "data:text/html,<script>alert(§)</script>",
    "<object data=javascript:alert(§)></object>",
    "<embed src=javascript:alert(§)>",
    "<link rel=stylesheet href=//evil.invalid/§.css>",
    "<style>@import '//evil.invalid/§.css';</style>",
    "<style>*{background:url(//evil.invalid/§)}</style>",
    "<img src=//evil.invalid/§.png>",
    "<base href=//evil.invalid/§/>",
    "<meta http-equiv=refresh content=\"0;url=//evil.invalid/§\">",
    "<form action=//evil.invalid/§><button>Go on</button></form>",
    "</title><script>alert(§)</script>",
    "</textarea><script>alert(§)</script>",
    "</select><script>alert(§)</script>",
    "</script><script>alert(§)</script>",
    "</time></td></li></section></main><script>alert(§)</script>",
    "<!-- § --!><script>alert(§)</script>",
    "--><script>alert(§)</script>",
    "]]><script>alert(§)</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(§)>\">",
    "&lt;script&gt;alert(§)&lt;/script&gt;",
    "&#x3c;script&#x3e;alert(§)&#x3c;/script&#x3e;",
    "\\u003cscript\\u003ealert(§)\\u003c/script\\u003e",
    "%3Cscript%3Ealert(§)%3C/script%3E",
    "{{ § }}{% include \"§\" %}${alert(§)}",
    "=HYPERLINK(\"//evil.invalid/§\")",
    "\u{202e}\u{2066}gnp.§.exe",
    "'; drop table delivery; -- §",
    "<template><script>alert(§)</script></template>",
    "<plaintext>§",
];

/// The word by which a string is found on a page again.
fn token(number: usize) -> String {
    format!("z{number:03}z")
}

/// All of them: each as it is, behind a name, in capitals that HTML does not mind, and with what ends a quoted word around it.
fn strings() -> Vec<String> {
    (0..STRINGS)
        .map(|number| {
            let tried = TRIED[number % TRIED.len()].replace('§', &number.to_string());
            let token = token(number);
            match number / TRIED.len() {
                0 => format!("{token}{tried}"),
                1 => format!("{token} Asha {tried}"),
                2 => {
                    format!("{token}{}", tried.replace("script", "ScRiPt").replace("img", "IMG").replace("svg", "SVG"))
                }
                _ => format!("{token}`'\"{tried}\"'`"),
            }
        })
        .collect()
}

/// Keys whose texts people choose, in answers of Zoom and LeadSquared.
const CHOSEN: [&str; 16] = [
    "topic",
    "agenda",
    "first_name",
    "last_name",
    "display_name",
    "title",
    "dept",
    "FirstName",
    "LastName",
    "DisplayName",
    "Name",
    "Description",
    "Notes",
    "OrgDisplayName",
    "CompanyName",
    "OwnerIdName",
];

/// Puts a string behind every text that people choose; what machines compare stays as it is.
fn change(strings: Arc<Vec<String>>) -> Change {
    let next = AtomicUsize::new(0);
    Arc::new(move |path, json| {
        // What a field, a list or a type is called is compared with what was made; there the strings are put in another way.
        let compared = path.contains("ActivityType") || path.contains("Task") || path.contains("oauth");
        if !compared {
            put(json, &mut || strings[next.fetch_add(1, Ordering::SeqCst) % strings.len()].clone());
        }
    })
}

fn put(json: &mut Value, next: &mut impl FnMut() -> String) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (Some(text), true) = (value.as_str(), CHOSEN.contains(&name.as_str())) {
                    *value = Value::String(format!("{text} {}", next()));
                } else {
                    put(value, next);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, next)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a webinar or meeting is called, and when it is.
fn event(topic: &str, questions: Vec<String>, start_ms: i64) -> NewEvent {
    NewEvent {
        topic: topic.to_owned(),
        start_ms,
        duration_min: 45,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions,
        agenda: topic.to_owned(),
    }
}

/// Two hundred people with those names and answers, each of whom comes as somebody nobody knows as well.
fn hold_webinars(world: &World, strings: &[String], now_ms: i64) {
    let (zoom, host) = (&world.preset.zoom, &world.first().1.admin);
    for (place, some) in strings.chunks(STRINGS / 4).enumerate() {
        let number = zoom.create_webinar(
            host,
            event(&some[0], vec![some[1].clone()], now_ms - 40 * MINUTE_MS),
            now_ms - 50 * MINUTE_MS,
        );
        let people: Vec<String> = some
            .iter()
            .enumerate()
            .map(|(person, text)| {
                let answers = ["org", "city", "comments"].map(|field| (field.to_owned(), text.clone()));
                let who = NewRegistrant {
                    email: format!("person.{place}.{person}@customers.example"),
                    first_name: text.clone(),
                    last_name: some[(person + 7) % some.len()].clone(),
                    answers: BTreeMap::from(answers),
                    custom_questions: vec![(some[1].clone(), text.clone())],
                    tracking_source: Some(text.clone()),
                    occurrence: None,
                };
                zoom.register(number, who, now_ms - 45 * MINUTE_MS).unwrap()
            })
            .collect();
        let uuid = zoom.start(number, now_ms - 40 * MINUTE_MS).unwrap();
        for (person, id) in people.iter().enumerate() {
            let stays = [Who::Registrant(id.clone()), Who::Guest { name: some[person].clone() }];
            for stay in stays.into_iter().filter_map(|who| zoom.join(&uuid, who, now_ms - 39 * MINUTE_MS)) {
                zoom.leave(&uuid, &stay, now_ms - 5 * MINUTE_MS);
            }
        }
        zoom.end(&uuid, now_ms - MINUTE_MS);
    }
    // What is to come stands in the choices of the pages.
    for text in strings.iter().take(10) {
        zoom.create_webinar(host, event(text, vec![text.clone()], now_ms + 60 * MINUTE_MS), now_ms);
    }
}

/// What stands in LeadSquared: users, leads, fields with values to choose from, lists.
fn fill_leadsquared(world: &World, strings: &[String]) {
    let (crm, org) = (&world.preset.leadsquared, &world.first().0.org);
    for (place, text) in strings.iter().enumerate().take(40) {
        crm.add_user(org, &format!("user.{place}@sunrise.example"), (text, &strings[place + 1]), UserStatus::Active);
        let email = format!("lead.{place}@customers.example");
        let lead =
            crm.add_lead(org, &[("EmailAddress", &email), ("FirstName", text), ("LastName", &strings[place + 2])]);
        crm.add_list(org, text, &[lead]);
    }
    crm.add_lead_field_of(
        org,
        NewLeadField {
            schema_name: "mx_Choice".to_owned(),
            data_type: "Select".to_owned(),
            chars_max: 50,
            options: strings.iter().take(40).cloned().collect(),
        },
    );
}

async fn open(world: &World, strings: &[String]) -> (Place, Serving) {
    let place = world.place();
    add_first_tenant(world, &place);
    place.json_with(&["user", "add", OPERATOR.0, "--name", &strings[0]], &format!("{}\n", OPERATOR.1));
    let (account, zoom) = world.first();
    for app in ["meetings", "webinars"] {
        let begun = place.json(&["connection", "begin", &account.org, app]);
        let callback = consent(begun["authorize_url"].as_str().unwrap(), &zoom.admin).await;
        let secret = begun["secret"].as_str().unwrap();
        let complete = ["connection", "complete", &account.org, app, "--yes", "--secret", secret];
        place.json(&[&complete[..], &["--callback-url", &callback]].concat());
    }
    let serving = place.serve();
    (place, serving)
}

/// Notes every dialog and every report of the policy, for as long as the tab is open.
const WATCH: &str = "(() => { \
     const note = (what) => { const all = JSON.parse(sessionStorage.getItem('caught') || '[]'); all.push(what + ' at ' + location.href); \
       sessionStorage.setItem('caught', JSON.stringify(all.slice(0, 20))); }; \
     for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (words) => note(name + ' ' + words); \
     document.addEventListener('securitypolicyviolation', (event) => note('policy ' + event.violatedDirective + ' ' + event.blockedURI)); })()";

/// Markup that none of our pages has: what is found of it was foreign text.
const FOREIGN: &str = "document.querySelectorAll('details').forEach((one) => { one.open = true; }); \
     const leads = (is) => ['src', 'href', 'action', 'data'].includes(is.name) \
       && (/^\\s*javascript:/i.test(is.value) || new URL(is.value, location.href).hostname.endsWith('evil.invalid')); \
     const odd = [...document.querySelectorAll('*')].filter((one) => \
       /^(iframe|object|embed|video|audio|math|style|plaintext|base|noscript)$/i.test(one.tagName) \
       || [...one.attributes].some((is) => /^on/i.test(is.name) || leads(is))); \
     return [odd.map((one) => one.outerHTML.slice(0, 200)), document.documentElement.textContent + [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' ')]";

/// What was come by.
#[derive(Default)]
struct Found {
    /// Markup that is not ours.
    odd: Vec<String>,
    /// Strings that stood on a page as text.
    met: BTreeSet<usize>,
    /// Pages.
    pages: usize,
}

impl Found {
    fn read(&mut self, browser: &Chromium, address: &str) {
        let found = browser.ask(FOREIGN);
        self.odd.extend(found[0].as_array().unwrap().iter().map(|markup| format!("{address}: {markup}")));
        let text = found[1].as_str().unwrap();
        self.met.extend((0..STRINGS).filter(|number| text.contains(&token(*number))));
        self.pages += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_zoom_or_leadsquared_becomes_a_dialog_a_report_or_markup() {
    let Some(browser) = Chromium::start() else { return };
    let strings = Arc::new(strings());
    let world = World::open_changed(change(Arc::clone(&strings))).await;
    fill_leadsquared(&world, &strings);
    let (_place, serving) = open(&world, &strings).await;
    hold_webinars(&world, &strings, connector_server::clock::Clock::machine().now_ms());
    let told = |world: &World| world.crm().activities.len();
    world.until("each has registered, joined and left", |world| told(world) >= 3 * STRINGS).await;

    browser.before_each_page(WATCH);
    browser.open(&format!("{}/sign-in", serving.url()));
    browser.fill("#email", OPERATOR.0);
    browser.fill("#password", OPERATOR.1);
    browser.click("main button[type=submit]");
    let mut found = Found::default();
    let base = serving.url();
    let walk = Walk { browser: &browser, base: &base, each_max: 5 };
    walk.go(&from(&strings), |address| found.read(&browser, address));
    // Those that stood on none of these pages stand in the list of what was written about somebody.
    for token in (0..STRINGS).filter(|number| !found.met.contains(number)).map(token).collect::<Vec<_>>() {
        let address = format!("/t/sunrise/deliveries?who={token}");
        browser.open(&format!("{base}{address}"));
        found.read(&browser, &address);
    }
    let caught = browser.ask("return sessionStorage.getItem('caught')");
    let _ =
        writeln!(std::io::stderr(), "{} of {STRINGS} hostile strings stood on {} pages", found.met.len(), found.pages);
    assert_eq!(caught, Value::Null, "dialogs and reports");
    assert_eq!(found.odd, Vec::<String>::new(), "foreign markup");
    let unmet: Vec<usize> = (0..STRINGS).filter(|number| !found.met.contains(number)).collect();
    assert_eq!(unmet, Vec::<usize>::new(), "strings that no page showed prove nothing");

    // What is watched for would have been seen.
    browser.ask("alert(1); document.body.insertAdjacentHTML('beforeend', '<img src=\"//evil.invalid/x.png\">')");
    browser.reload();
    let caught = browser.ask("return sessionStorage.getItem('caught')").as_str().unwrap_or_default().to_owned();
    assert!(caught.contains("alert 1") && caught.contains("policy img-src"), "{caught}");
    serving.stop();
}

/// Where the walk begins: the tenant's pages, and lists with strings as their filters.
fn from(strings: &[String]) -> Vec<String> {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let mut from =
        vec!["/tenants".to_owned(), "/t/sunrise".to_owned(), "/t/sunrise/configure/webinar-settings".to_owned()];
    for text in strings.iter().step_by(17) {
        for list in ["deliveries?who=", "journal?who=", "deliveries?code=", "schedule?topic=", "schedule?lead="] {
            from.push(format!("/t/sunrise/{list}{}", encoded(text)));
        }
        from.push(format!("/tenants?q={}", encoded(text)));
    }
    from
}
