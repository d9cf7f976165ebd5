//! What happens in the demo: an hour of a webinar and a scheduled meeting, squeezed into the last hour. Some people never
//! come, some come with two devices or come back, one is a guest whom Zoom does not name; webinar events arrive doubled,
//! late and in disorder.

use super::stage::Stage;
use super::wait;
use connector_simulator::preset::ZoomAccount;
use connector_simulator::truth::Scheduled;
use connector_simulator::zoom::{Approval, Mischief, NewEvent, NewRegistrant, Who, Zoom};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// Milliseconds between two people who do the same thing.
const APART_MS: i64 = 7;
/// What Zoom does to its deliveries, in a hundred.
const DOUBLED_PER_100: u64 = 10;
const LATE_PER_100: u64 = 3;
/// Zoom's retries come so much faster than in life, per thousand: five minutes become 300 ms.
const RETRY_SCALE_PER_1000: i64 = 1;

/// What the coming webinar asks.
const NEXT_QUESTION: &str = "Which course?";

const FIRST_NAMES: [&str; 16] = [
    "Asha", "Ravi", "Meera", "Dev", "Lena", "Tomás", "Yuki", "Amara", "Noor", "Félix", "Ingrid", "Kofi", "Mina",
    "Omar", "Priya", "Zoë",
];
const LAST_NAMES: [&str; 12] =
    ["Rao", "Iyer", "Nair", "Okafor", "Müller", "García", "Sato", "Haddad", "Larsen", "Dubois", "Khan", "Silva"];
const COMPANIES: [&str; 6] =
    ["Bright Labs", "Harbour & Co", "Kite Systems", "Lotus Foods", "Meridian", "Pine Street Clinic"];

/// What was done that only the script knows of.
pub struct Told {
    /// Meetings scheduled from LeadSquared, each with its LeadSquared account.
    pub scheduled: Vec<(String, Scheduled)>,
}

/// Plays the script.
pub async fn play(stage: &Stage, people: u32, progress: &ProgressBar) -> anyhow::Result<Told> {
    let zoom = &stage.preset.zoom;
    let [sunrise, northwind] = &stage.preset.zoom_accounts;
    zoom.set_retry_scale(RETRY_SCALE_PER_1000);
    zoom.set_mischief(Mischief {
        doubled_per_100: DOUBLED_PER_100,
        late_per_100: LATE_PER_100,
        shuffled: true,
        escaped_emoji: true,
        ..Mischief::default()
    });
    let now_ms = stage.running.shared.clock.now_ms();
    progress.set_message("a sales user schedules a meeting");
    let scheduled = schedule(stage, now_ms, &email(0)).await?;
    progress.set_message(format!("{people} people register, join and leave"));
    let registered = register(zoom, sunrise, people, now_ms);
    wait::until_told(stage, progress).await;
    attend(zoom, &registered, now_ms);
    wait::until_told(stage, progress).await;
    progress.set_message("the meeting is held");
    hold_meeting(zoom, scheduled.number, now_ms);
    guest_meeting(zoom, northwind, now_ms);
    let org = stage.preset.crm_accounts.first().map(|account| account.org.clone()).unwrap_or_default();
    Ok(Told { scheduled: vec![(org, scheduled)] })
}

/// A webinar's number, and its registrants with their place in the line.
struct Registered {
    number: u64,
    registrants: Vec<(u32, String)>,
}

fn email(person: u32) -> String {
    let place = person as usize;
    let pick = |names: &[&str]| names.get(place % names.len()).copied().unwrap_or("x").to_lowercase();
    let ascii: String = format!("{}.{}", pick(&FIRST_NAMES), pick(&LAST_NAMES))
        .chars()
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ë' => 'e',
            'ü' => 'u',
            other => other,
        })
        .collect();
    format!("{ascii}.{person}@customers.example")
}

fn registrant(person: u32) -> NewRegistrant {
    let place = person as usize;
    let pick = |names: &[&str], step: usize| names.get(place / step % names.len()).copied().unwrap_or("x").to_owned();
    let mut answers = BTreeMap::new();
    answers.insert("org".to_owned(), pick(&COMPANIES, 1));
    answers.insert("city".to_owned(), if person.is_multiple_of(2) { "Pune" } else { "Dublin" }.to_owned());
    answers.insert("phone".to_owned(), format!("+91-90000{person:05}"));
    NewRegistrant {
        email: email(person),
        first_name: pick(&FIRST_NAMES, 1),
        last_name: pick(&LAST_NAMES, 1),
        answers,
        custom_questions: vec![("What do you hope to learn?".to_owned(), "How to follow up in time".to_owned())],
        tracking_source: person.is_multiple_of(3).then(|| "newsletter".to_owned()),
        occurrence: None,
    }
}

fn register(zoom: &Zoom, account: &ZoomAccount, people: u32, now_ms: i64) -> Registered {
    let new = NewEvent {
        topic: "Admissions open day 🎓 – questions answered".to_owned(),
        start_ms: now_ms - 40 * MINUTE_MS,
        duration_min: 45,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: vec!["What do you hope to learn?".to_owned()],
        agenda: String::new(),
    };
    let number = zoom.create_webinar(&account.admin, new, now_ms - 50 * MINUTE_MS);
    let mut registrants = Vec::new();
    for person in 0..people {
        let at_ms = now_ms - 49 * MINUTE_MS + i64::from(person) * APART_MS;
        // Nothing refuses a new address of an open webinar.
        if let Ok(id) = zoom.register(number, registrant(person), at_ms) {
            registrants.push((person, id));
        }
    }
    Registered { number, registrants }
}

/// How somebody attends, by the last digit of their place: two in ten never come.
fn attend(zoom: &Zoom, registered: &Registered, now_ms: i64) {
    let start_ms = now_ms - 40 * MINUTE_MS;
    let Some(uuid) = zoom.start(registered.number, start_ms) else { return };
    if let Some(host) = zoom.join(&uuid, Who::Host, start_ms) {
        zoom.leave(&uuid, &host, now_ms - MINUTE_MS);
    }
    for (person, id) in &registered.registrants {
        let apart_ms = i64::from(*person) * APART_MS;
        let at = |minutes: i64| start_ms + minutes * MINUTE_MS + apart_ms % (2 * MINUTE_MS);
        let stay = |join_min: i64, leave_min: i64| {
            if let Some(stay) = zoom.join(&uuid, Who::Registrant(id.clone()), at(join_min)) {
                zoom.leave(&uuid, &stay, at(leave_min));
            }
        };
        match person % 10 {
            0 | 1 => {}
            2 => {
                // Two devices at once.
                stay(1, 34);
                stay(5, 20);
            }
            3 => {
                // Drops out and comes back.
                stay(1, 12);
                stay(14, 36);
            }
            4 | 5 => stay(2, 12),
            _ => stay(0, 35),
        }
    }
    if let Some(guest) = zoom.join(&uuid, Who::Guest { name: "iPhone (2)".to_owned() }, start_ms + 3 * MINUTE_MS) {
        zoom.leave(&uuid, &guest, start_ms + 9 * MINUTE_MS);
    }
    zoom.end(&uuid, now_ms - MINUTE_MS);
}

async fn schedule(stage: &Stage, now_ms: i64, lead: &str) -> anyhow::Result<Scheduled> {
    let start_ms = (now_ms - 10 * MINUTE_MS) / MINUTE_MS * MINUTE_MS;
    let start = Timestamp::from_millisecond(start_ms)?.strftime("%Y-%m-%dT%H:%M").to_string();
    let org = stage.preset.crm_accounts.first().map(|account| account.org.clone()).unwrap_or_default();
    let wanted = json!({
        "lead": lead,
        "topic": "Intro call: which course fits?",
        "start": start,
        "zone": "UTC",
        "minutes": 30,
        "owner_email": format!("integration@{org}.example"),
    });
    let answer = stage.api("POST", &format!("/tenants/{org}/meetings"), Some(&wanted)).await?;
    let number = answer.get("meeting_number").and_then(Value::as_u64);
    let number = number.ok_or_else(|| anyhow::anyhow!("the meeting was not made in time: {answer}"))?;
    Ok(Scheduled { number, email: lead.to_owned(), start_ms })
}

fn hold_meeting(zoom: &Zoom, number: u64, now_ms: i64) {
    let start_ms = now_ms - 9 * MINUTE_MS;
    let Some(uuid) = zoom.start(number, start_ms) else { return };
    let host = zoom.join(&uuid, Who::Host, start_ms);
    let lead = zoom.join(&uuid, Who::Guest { name: "Asha".to_owned() }, start_ms + MINUTE_MS);
    for stay in [host, lead].into_iter().flatten() {
        zoom.leave(&uuid, &stay, now_ms);
    }
    zoom.end(&uuid, now_ms);
}

/// A meeting of the other tenant that concerns no lead: nothing of it may reach LeadSquared.
fn guest_meeting(zoom: &Zoom, account: &ZoomAccount, now_ms: i64) {
    let new = NewEvent {
        topic: "Weekly stand-up".to_owned(),
        start_ms: now_ms - 30 * MINUTE_MS,
        duration_min: 15,
        timezone: "Europe/Dublin".to_owned(),
        approval: Approval::None,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let number = zoom.create_meeting(&account.admin, new, now_ms - 35 * MINUTE_MS);
    let Some(uuid) = zoom.start(number, now_ms - 30 * MINUTE_MS) else { return };
    if let Some(guest) = zoom.join(&uuid, Who::Guest { name: "Visitor".to_owned() }, now_ms - 29 * MINUTE_MS) {
        zoom.leave(&uuid, &guest, now_ms - 16 * MINUTE_MS);
    }
    zoom.end(&uuid, now_ms - 15 * MINUTE_MS);
}

/// What is left to try: a coming webinar that asks something, and a list of everybody who is a lead by now.
pub fn prepare_next(stage: &Stage) {
    let [sunrise, _] = &stage.preset.zoom_accounts;
    let [crm, _] = &stage.preset.crm_accounts;
    let now_ms = stage.running.shared.clock.now_ms();
    let new = NewEvent {
        topic: "What comes next".to_owned(),
        start_ms: now_ms + 24 * 60 * MINUTE_MS,
        duration_min: 45,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: vec![NEXT_QUESTION.to_owned()],
        agenda: String::new(),
    };
    let number = stage.preset.zoom.create_webinar(&sunrise.admin, new, now_ms);
    stage.preset.zoom.require_answers(number, &[NEXT_QUESTION]);
    let leads = stage.preset.leadsquared.snapshot(&crm.org).map(|snapshot| snapshot.leads).unwrap_or_default();
    let ids: Vec<String> = leads.into_iter().map(|lead| lead.id).collect();
    stage.preset.leadsquared.add_list(&crm.org, "Registered last time", &ids);
}
