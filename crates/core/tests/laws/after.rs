//! Whatever is told of a webinar's run, by webhooks or by what is read of it after its end, and in whatever order: the same facts and
//! the same deliveries.
//!
//! What was posted too early is corrected, and how often depends on the order; so does whether somebody was once told as a
//! no-show who came after all. Of that, only what stands in the end is compared.

use super::bench::{Bench, Device, WEBINAR, registration, set_up, stay, told};
use super::config;
use connector_core::fact::{Alias, DefinitionState, PresenceState, State};
use connector_core::ids::{Email, Kind, MeetingNumber};
use connector_core::settings::{AttendanceTold, Settings};
use connector_core::translate::attendance::{Standing, standing};
use connector_core::translate::{Notification, OwnOutcome};
use connector_core::zoom::after::{Absentee, Panelist, ReportedStay, RunRead, Said, Told};
use proptest::prelude::*;
use std::collections::BTreeMap;

const BEGAN_MS: i64 = 1_785_664_800_000;
const MINUTE_MS: i64 = 60_000;

/// What one registrant does around one webinar.
#[derive(Debug, Clone)]
struct Life {
    /// Joined, and left after so many minutes.
    stays: Vec<(i64, i64)>,
    /// Webhooks tell of the joins, and of the leaves.
    heard: (bool, bool),
    panelist: bool,
    asks: bool,
}

fn life() -> impl Strategy<Value = Life> {
    let stays = proptest::collection::vec((0_i64..30, 1_i64..35), 0..3);
    (stays, any::<(bool, bool)>(), any::<bool>(), any::<bool>()).prop_map(|(stays, heard, panelist, asks)| Life {
        stays,
        heard,
        panelist,
        asks,
    })
}

fn read(what: Told) -> Notification {
    Notification::Outcome(OwnOutcome::RunRead(RunRead {
        kind: Kind::Webinar,
        account: "AcctDemo00000000000001".to_owned(),
        number: MeetingNumber(86_000_000_002),
        uuid: "Demo+Web00000000000000==".to_owned(),
        what,
    }))
}

/// Everything that is told, but for the last: that everything was read.
fn everything(lives: &[Life]) -> Vec<Notification> {
    let mut all = vec![
        told("webinar.started", 1_785_664_800_000, &format!("{{{WEBINAR}}}")),
        told("webinar.ended", 1_785_669_000_000, &format!(r#"{{{WEBINAR},"end_time":"2026-08-02T11:10:00Z"}}"#)),
    ];
    let (mut reported, mut absent, mut panelists, mut said) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, life) in lives.iter().enumerate() {
        let (id, text) = (format!("Reg{number}"), format!("person{number}@example.test"));
        let email = Email::parse(&text).unwrap();
        all.push(registration("created", (&id, &text), 1_000));
        all.push(registration("approved", (&id, &text), 2_000));
        for (turn, (from, minutes)) in life.stays.iter().enumerate() {
            let handle = format!("{number}-{turn}");
            let device = Device { handle: &handle, registrant: &id, email: "", user: "" };
            all.extend(life.heard.0.then(|| stay("joined", device, *from)));
            all.extend(life.heard.1.then(|| stay("left", device, from + minutes)));
            reported.push(ReportedStay {
                user_id: Some(handle),
                zoom_user: None,
                registrant_id: Some(id.clone()),
                name: Some("Asha Rao".to_owned()),
                email: Some(email.clone()),
                join_ms: BEGAN_MS + from * MINUTE_MS,
                leave_ms: Some(BEGAN_MS + (from + minutes) * MINUTE_MS),
            });
        }
        if life.stays.is_empty() {
            absent.push(Absentee { email: email.clone(), registrant_id: Some(id), name: Some("Asha".to_owned()) });
        }
        if life.panelist {
            panelists.push(Panelist { email: email.clone() });
        }
        if life.asks {
            let question = format!("Question {number}?");
            said.push(Said { email, name: Some("Asha R".to_owned()), question, answer: None });
        }
    }
    all.push(read(Told::Panelists { people: panelists }));
    all.extend(reported.chunks(2).map(|stays| read(Told::Participants { stays: stays.to_vec() })));
    all.extend(absent.chunks(2).map(|people| read(Told::Absentees { people: people.to_vec() })));
    all.push(read(Told::Questions { said: said.clone() }));
    all.push(read(Told::Polls { said }));
    all
}

fn tell(batches: &[&[Notification]]) -> Bench {
    let mut settings: Settings = set_up();
    settings.attendance.told = AttendanceTold::Both;
    let mut bench = Bench::new(settings);
    for batch in batches {
        bench.take(batch);
    }
    bench
}

/// What is known in the end. Who waited for whom meanwhile, and what was told once and taken back, is no knowledge.
fn known(bench: &Bench) -> BTreeMap<Alias, State> {
    let facts = bench.facts.iter().filter(|(_, state)| !matches!(state, State::Awaiting(_) | State::Stranger(_)));
    let told_once = |(id, state): (&Alias, &State)| {
        let mut state = state.clone();
        if let State::Attendance(attendance) = &mut state {
            attendance.about.no_show_told = false;
            attendance.about.withdrawn.clear();
        }
        // What was read before the webinar was heard of does not know its topic.
        if let State::Definition(DefinitionState { gathering, .. }) | State::Presence(PresenceState { gathering, .. }) =
            &mut state
        {
            gathering.topic = None;
            gathering.start_ms = None;
            gathering.minutes = None;
        }
        (id.clone(), state)
    };
    facts.map(told_once).collect()
}

/// What each attendance comes to.
fn standings(bench: &Bench) -> BTreeMap<Email, Standing> {
    let threshold = bench.settings.settings.attendance.threshold;
    let of = |state: &State| {
        let State::Attendance(attendance) = state else { return None };
        Some((attendance.email.clone(), standing(threshold, attendance)))
    };
    bench.facts.values().filter_map(of).collect()
}

/// Activities and tasks about people who are attendees or absentees in the end: key, person, start. Those of panelists depend on
/// whether they were known as such in time.
fn settled(bench: &Bench, lives: &[Life]) -> BTreeMap<String, (String, String)> {
    let panelists: Vec<String> = lives
        .iter()
        .enumerate()
        .filter(|(_, life)| life.panelist)
        .map(|(number, _)| format!("person{number}@example.test"))
        .collect();
    let queue = bench.queue.iter().filter(|(_, planned)| {
        // A list of panelists is read at the start, if the start was told before the end.
        let read = planned.command.kind() == "read";
        !matches!(planned.command.kind(), "lead" | "correction") && !read && !panelists.contains(&planned.who)
    });
    queue.map(|(key, planned)| (key.clone(), (planned.who.clone(), format!("{:?}", planned.start)))).collect()
}

/// A shuffled copy of everything told, cut into batches.
fn shuffled() -> impl Strategy<Value = (Vec<Life>, Vec<Notification>, usize)> {
    proptest::collection::vec(life(), 1..5)
        .prop_flat_map(|lives| (Just(lives.clone()), Just(everything(&lives)).prop_shuffle(), 1_usize..7))
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn the_order_in_which_a_run_is_told_changes_neither_facts_nor_deliveries((lives, shuffled, size) in shuffled()) {
        let over = [read(Told::Over { missing: Vec::new() })];
        let straight = everything(&lives);
        let straight = tell(&[&straight, &over]);
        let mut batches: Vec<&[Notification]> = shuffled.chunks(size).collect();
        batches.push(&over);
        let crooked = tell(&batches);
        prop_assert_eq!(known(&straight), known(&crooked));
        prop_assert_eq!(standings(&straight), standings(&crooked));
        prop_assert_eq!(settled(&straight, &lives), settled(&crooked, &lives));
    }

    #[test]
    fn a_run_that_is_told_again_after_it_is_closed_changes_nothing((_, shuffled, size) in shuffled()) {
        let over = [read(Told::Over { missing: Vec::new() })];
        let mut batches: Vec<&[Notification]> = shuffled.chunks(size).collect();
        batches.push(&over);
        let mut bench = tell(&batches);
        let (facts, queue) = (known(&bench), bench.queue.clone());
        for batch in batches {
            bench.take(batch);
        }
        prop_assert_eq!(known(&bench), facts);
        let written = |queue: &BTreeMap<String, connector_core::translate::Planned>| {
            queue.iter().filter(|(_, one)| one.command.kind() != "lead").map(|(key, _)| key.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(written(&bench.queue), written(&queue));
    }
}
