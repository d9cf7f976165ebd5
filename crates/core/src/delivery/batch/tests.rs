//! Which deliveries share a call, and when calls wait for company.

use super::*;
use crate::ids::Email;
use crate::leadsquared::command::{Activity, LeadWrite};
use std::collections::BTreeMap;

fn ready(person: &str, command: Command) -> Ready {
    let (key, person) = (person.to_owned(), Alias(person.to_owned()));
    let lead = Some(LeadId(person.0.clone()));
    Ready { key, person: Some(person), lead, command, activity: None, opaque: 0, since_ms: 0 }
}

fn lead(person: &str, behaviour: CaptureBehaviour) -> Ready {
    let email = Email::parse(&format!("{person}@example.test")).unwrap();
    ready(person, Command::UpsertLead(LeadWrite::by_email(email, BTreeMap::new(), behaviour)))
}

fn find(person: &str) -> Ready {
    ready(person, Command::FindLead(Email::parse(&format!("{person}@example.test")).unwrap()))
}

fn activity(person: &str) -> Ready {
    let marker = "z".to_owned();
    ready(
        person,
        Command::PostActivity(Activity { code: 201, note: String::new(), at_ms: 0, fields: BTreeMap::new(), marker }),
    )
}

fn many(count: usize, one: impl Fn(&str) -> Ready) -> Vec<Ready> {
    (0..count).map(|n| one(&format!("p{n}"))).collect()
}

const OVERWRITE: CaptureBehaviour = CaptureBehaviour::Overwrite;
const CAREFUL: CaptureBehaviour = CaptureBehaviour::UpdateOnlyEmptyFields;

#[track_caller]
fn check(ready: &[Ready], occupied: &[&str], expected: &[Call]) {
    let occupied = occupied.iter().map(|person| Alias((*person).to_owned())).collect();
    assert_eq!(form(ready, &occupied, &Plan::default(), 10), expected);
}

#[test]
fn leads_go_first_and_many_share_a_call() {
    check(&[activity("x"), lead("a", OVERWRITE)], &[], &[Call::UpsertLead(1), Call::PostActivity(0)]);
    let leads = many(30, |person| lead(person, OVERWRITE));
    check(&leads, &[], &[Call::UpsertLeads((0..25).collect()), Call::UpsertLeads((25..30).collect())]);
}

#[test]
fn one_person_is_in_one_call_at_a_time_and_waits_for_what_is_unknown() {
    check(&[activity("a"), activity("a")], &[], &[Call::PostActivity(0)]);
    check(&[activity("a"), activity("b")], &["a"], &[Call::PostActivity(1)]);
}

#[test]
fn what_was_planned_first_about_a_person_goes_first() {
    check(&[activity("a"), lead("a", OVERWRITE)], &[], &[Call::PostActivity(0)]);
    check(&[lead("a", OVERWRITE), activity("a")], &[], &[Call::UpsertLead(0)]);
    // What a new lead is made of comes before what else is written, and before what only makes sure of it.
    let first = |person: &str| {
        let mut one = lead(person, CaptureBehaviour::DoNotUpdate);
        if let Command::UpsertLead(write) = &mut one.command {
            write.turn = Turn::First;
        }
        one
    };
    check(&[first("a"), lead("a", OVERWRITE)], &[], &[Call::UpsertLead(0)]);
    check(&[find("a"), first("a"), lead("a", OVERWRITE)], &[], &[Call::UpsertLead(1)]);
    check(&[lead("a", CaptureBehaviour::DoNotUpdate), first("a"), lead("a", OVERWRITE)], &[], &[Call::UpsertLead(1)]);
    // Once a lead is written, nothing has to make sure of it any more.
    check(&[find("a"), lead("a", OVERWRITE)], &[], &[Call::UpsertLead(1)]);
    check(&[lead("a", CAREFUL), lead("a", OVERWRITE), find("a")], &[], &[Call::UpsertLead(1)]);
    check(&[find("a"), activity("a")], &[], &[Call::FindLead(0)]);
}

#[test]
fn behaviours_that_bulk_does_not_offer_go_singly() {
    let leads = many(4, |person| lead(person, CAREFUL));
    check(&leads, &[], &[0, 1, 2, 3].map(Call::UpsertLead));
}

#[test]
fn after_an_opaque_failure_company_gets_smaller_until_each_goes_alone() {
    let failed = |opaque| many(25, |person| Ready { opaque, ..activity(person) });
    let fives: Vec<Call> = (0..5).map(|n| Call::PostActivities((5 * n..5 * n + 5).collect())).collect();
    check(&failed(0), &[], &[Call::PostActivities((0..25).collect())]);
    check(&failed(1), &[], &fives);
    for opaque in [OPAQUE_ALONE, OPAQUE_ALONE + 7] {
        check(&failed(opaque), &[], &(0..10).map(Call::PostActivity).collect::<Vec<_>>());
    }
    let mixed: Vec<Ready> = [2, 0, 0, 0, 1, 1, 1]
        .iter()
        .enumerate()
        .map(|(n, opaque)| Ready { opaque: *opaque, ..lead(&n.to_string(), OVERWRITE) })
        .collect();
    check(&mixed, &[], &[Call::UpsertLeads(vec![1, 2, 3]), Call::UpsertLeads(vec![4, 5, 6]), Call::UpsertLead(0)]);
}

/// What is free of ten calls.
fn of_ten(calls: usize) -> Option<Free> {
    Some(Free { calls, of: 10 })
}

const NOW: i64 = 100_000;
const IDLE: Supply = Supply { free: None, behind: Behind::Nothing, sent_ms: 0 };

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "each line of a table makes its own choice")]
fn check_choice(ready: &[Ready], supply: Supply, expected: Choice) {
    let calls = form(ready, &HashSet::new(), &Plan::default(), 10);
    assert_eq!(choose(calls, ready, supply, &Plan::default(), NOW), expected);
}

fn fresh(count: usize) -> Vec<Ready> {
    many(count, |person| Ready { since_ms: NOW - 10, ..activity(person) })
}

#[test]
fn who_is_alone_goes_at_once_and_a_stream_waits_to_fill_its_calls() {
    let one = || Choice::Send(vec![Call::PostActivity(0)]);
    for free in [None, of_ten(10), of_ten(5)] {
        check_choice(&fresh(1), Supply { free, ..IDLE }, one());
        let sent = |sent_ms| Supply { free, sent_ms, ..IDLE };
        check_choice(&fresh(1), sent(NOW - 10), Choice::Hold(NOW - 10 + LINGER_MS));
        check_choice(&fresh(1), sent(NOW - LINGER_MS), one());
        check_choice(&fresh(1), sent(NOW + 2_000), one());
    }
    let full = Choice::Send(vec![Call::PostActivities((0..25).collect())]);
    check_choice(&fresh(25), Supply { sent_ms: NOW, ..IDLE }, full);
}

#[test]
fn while_calls_are_scarce_small_ones_wait_for_company_but_not_for_long() {
    let scarce = Supply { free: of_ten(4), ..IDLE };
    let full = || Call::PostActivities((0..25).collect());
    check_choice(&fresh(1), scarce, Choice::Hold(NOW + HOLD_LOOK_MS));
    check_choice(&fresh(24), scarce, Choice::Hold(NOW + HOLD_LOOK_MS));
    check_choice(&fresh(25), scarce, Choice::Send(vec![full()]));
    check_choice(&fresh(27), scarce, Choice::Send(vec![full()]));
    let since = |since_ms| many(3, |person| Ready { since_ms, ..activity(person) });
    let sent = Choice::Send(vec![Call::PostActivities(vec![0, 1, 2])]);
    check_choice(&since(NOW - HOLD_MS), scarce, sent);
    check_choice(&since(NOW - HOLD_MS + 100), scarce, Choice::Hold(NOW + 100));
    // A full call leaves too little for a small one.
    let half = Supply { free: of_ten(5), ..IDLE };
    check_choice(&fresh(27), half, Choice::Send(vec![full()]));
}

#[test]
fn what_cannot_share_a_call_never_waits_for_company() {
    let scarce = Supply { free: of_ten(1), ..IDLE };
    check_choice(&[find("a")], scarce, Choice::Send(vec![Call::FindLead(0)]));
    check_choice(&[lead("a", CAREFUL)], scarce, Choice::Send(vec![Call::UpsertLead(0)]));
    let alone = [Ready { opaque: 2, since_ms: NOW, ..activity("a") }];
    check_choice(&alone, scarce, Choice::Send(vec![Call::PostActivity(0)]));
}

#[test]
fn a_small_call_is_not_spent_while_more_is_behind_that_fills_it() {
    let behind = |free| Supply { free, behind: Behind::More, sent_ms: 0 };
    let full = || Call::PostActivities((0..25).collect());
    let rest = Call::PostActivities((25..30).collect());
    check_choice(&fresh(30), behind(of_ten(10)), Choice::Send(vec![full()]));
    check_choice(&fresh(30), behind(None), Choice::Send(vec![full(), rest]));
    // Nothing better is to come: many deliveries about few people.
    check_choice(&fresh(3), behind(of_ten(1)), Choice::Send(vec![Call::PostActivities(vec![0, 1, 2])]));
}

/// A backlog of leads and activities in all their mixtures needs hardly more calls than full ones would.
#[test]
fn a_backlog_is_worked_off_in_full_calls() {
    let mut waiting: Vec<Ready> = many(1_010, |person| lead(person, OVERWRITE));
    let activities = many(3_030, |person| activity(&format!("a{person}")));
    for (n, activity) in activities.into_iter().enumerate() {
        waiting.insert(n * 4 / 3, activity);
    }
    let (mut calls_made, bound) = (0, 1_010_usize.div_ceil(25) + 3_030_usize.div_ceil(25));
    while !waiting.is_empty() {
        let looked_at = &waiting[..waiting.len().min(250)];
        let behind = if waiting.len() > 250 { Behind::More } else { Behind::Nothing };
        let calls = form(looked_at, &HashSet::new(), &Plan::default(), 10);
        let supply = Supply { free: of_ten(10), behind, sent_ms: 0 };
        let Choice::Send(calls) = choose(calls, looked_at, supply, &Plan::default(), NOW) else { panic!("held") };
        calls_made += calls.len();
        let sent: HashSet<usize> = calls.iter().flat_map(Call::rows).copied().collect();
        let mut row = 0..;
        waiting.retain(|_| !sent.contains(&row.next().unwrap()));
    }
    assert!(calls_made * 100 <= bound * 105, "{calls_made} calls where {bound} would do");
}
