//! Leads out, as rules: a wish step by step, and our own registrations beside what Zoom tells of them.

use super::bench::{Bench, Device, registration, set_up, stay};
use crate::addition::{
    AddToWebinar, Approval, Chosen, Company, GatheredLead, Needed, Question, QuestionKind, WebinarView, Who,
};
use crate::fact::Alias;
use crate::ids::{Email, LeadId, MeetingNumber};
use crate::leadsquared::command::{Command as Crm, Members};
use crate::settings::mapping::FieldPolicy;
use crate::settings::{CaptureBehaviour, Settings};
use crate::translate::addition::{GatheredLeads, OwnRegistration, adding};
use crate::translate::{Command, Notification, OwnOutcome, Planned, Start, Wish};
use crate::zoom::command::Command as Zoom;
use crate::zoom::event::RegistrationStatus;
use std::collections::BTreeMap;

const ACCOUNT: &str = "AcctDemo00000000000001";
const NUMBER: MeetingNumber = MeetingNumber(86_000_000_002);
const ASHA: &str = "asha@example.test";

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn wish(leads: Chosen) -> Notification {
    let wanted =
        AddToWebinar { operation: "w1".to_owned(), webinar: NUMBER, occurrence: None, leads, answers: BTreeMap::new() };
    Notification::Wish(Wish::AddToWebinar(wanted), 0)
}

fn seen(fact: &Alias, questions: Vec<Question>) -> Notification {
    let webinar = WebinarView {
        account: ACCOUNT.to_owned(),
        topic: "Demo webinar".to_owned(),
        start_ms: None,
        approval: Approval::Automatic,
        company: Company::Batch,
        questions,
    };
    Notification::Outcome(OwnOutcome::WebinarSeen { fact: fact.clone(), webinar })
}

fn lead(id: &str, address: &str) -> GatheredLead {
    let fields = [("EmailAddress".to_owned(), address.to_owned()), ("FirstName".to_owned(), "Asha".to_owned())];
    GatheredLead { id: LeadId(id.to_owned()), fields: fields.into() }
}

fn page(fact: &Alias, page: u32, leads: Vec<GatheredLead>, more: bool) -> Notification {
    let members = Members::List { list: "L".to_owned(), page };
    let gathered = GatheredLeads { members, leads, more, total: None };
    Notification::Outcome(OwnOutcome::LeadsGathered { fact: fact.clone(), gathered })
}

fn own(registrant: &str, address: &str) -> Notification {
    Notification::Outcome(OwnOutcome::Registered(OwnRegistration {
        account: ACCOUNT.to_owned(),
        webinar: NUMBER,
        topic: "Demo webinar".to_owned(),
        start_ms: None,
        occurrence: None,
        email: email(address),
        registrant: registrant.to_owned(),
        join_url: Some("https://zoom.test/w/1".to_owned()),
        status: RegistrationStatus::Approved,
        answers: BTreeMap::new(),
        custom: Vec::new(),
        at_ms: 1_785_492_000_000,
    }))
}

/// A bench on which the list `L` is to be added, up to the look at the webinar.
fn begun(settings: Settings) -> (Bench, Alias) {
    let mut bench = Bench::new(settings);
    let fact = adding(&bench.keys, "w1");
    bench.take(&[wish(Chosen::List { id: "L".to_owned(), name: "Alumni".to_owned() })]);
    bench.take(&[seen(&fact, Vec::new())]);
    (bench, fact)
}

fn of_kind<'a>(bench: &'a Bench, kind: &str) -> Vec<&'a Planned> {
    bench.queue.values().filter(|planned| planned.command.kind() == kind).collect()
}

#[test]
fn a_list_is_read_page_by_page_and_each_lead_registers_once() {
    let (mut bench, fact) = begun(set_up());
    assert_eq!((of_kind(&bench, "read_webinar").len(), of_kind(&bench, "gather").len()), (1, 1));
    let first = page(&fact, 1, vec![lead("l1", ASHA), lead("l2", "b@example.test")], true);
    bench.take(std::slice::from_ref(&first));
    assert_eq!((of_kind(&bench, "gather").len(), of_kind(&bench, "add_registrant").len()), (2, 2));
    // The list shifted while it was read, and the page is told twice.
    bench.take(&[first, page(&fact, 2, vec![lead("l2", "B@example.test"), lead("l3", "")], false)]);
    assert_eq!(of_kind(&bench, "add_registrant").len(), 2);
    let left_out: Vec<_> = of_kind(&bench, "gather").into_iter().filter(|one| one.start != Start::Ready).collect();
    assert_eq!(left_out.len(), 1);
    assert_eq!(left_out[0].start, Start::Suppressed("suppressed.no_email"));
}

#[test]
fn a_wish_that_is_told_twice_is_one_wish() {
    let mut bench = Bench::new(set_up());
    let named = wish(Chosen::Named(vec![Who::Email(email(ASHA))]));
    bench.take(&[named.clone(), named.clone()]);
    bench.take(&[named]);
    assert_eq!(bench.queue.len(), 1);
}

#[test]
fn a_required_question_that_nothing_answers_reads_no_lead() {
    let mut bench = Bench::new(set_up());
    let fact = adding(&bench.keys, "w1");
    bench.take(&[wish(Chosen::Named(vec![Who::Email(email(ASHA))]))]);
    let name = "Budget?".to_owned();
    let question = Question { name, kind: QuestionKind::Custom, needed: Needed::Required, choices: Vec::new() };
    bench.take(&[seen(&fact, vec![question])]);
    assert!(of_kind(&bench, "gather").is_empty());
}

/// In whatever order, and in one batch or several, one registration of ours makes one activity, and writes no more than the link.
#[track_caller]
fn check_echo(batches: &[Vec<Notification>]) {
    let settings = Settings { join_link_field: Some("mx_Link".to_owned()), ..set_up() };
    let (mut bench, fact) = begun(settings);
    bench.take(&[page(&fact, 1, vec![lead("l1", ASHA)], false)]);
    for batch in batches {
        bench.take(batch);
    }
    let registered: Vec<_> =
        of_kind(&bench, "activity").into_iter().filter(|one| one.what.contains("Registered")).collect();
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0].lead, Some(LeadId("l1".to_owned())));
    for planned in of_kind(&bench, "lead") {
        let Command::LeadSquared { command: Crm::UpsertLead(write) } = &planned.command else { panic!() };
        assert_eq!(write.fields.keys().collect::<Vec<_>>(), ["mx_Link"]);
    }
}

#[test]
fn zooms_echo_merges_into_our_own_registration() {
    let told = || registration("created", ("R1", ASHA), 1_785_492_000_000);
    let approved = || registration("approved", ("R1", ASHA), 1_785_492_001_000);
    check_echo(&[vec![own("R1", ASHA)], vec![told()], vec![told(), approved()]]);
    check_echo(&[vec![told()], vec![own("R1", ASHA)]]);
    check_echo(&[vec![told(), own("R1", ASHA), told()]]);
    check_echo(&[vec![own("R1", ASHA), own("R1", ASHA)]]);
}

#[test]
fn a_stay_finds_its_lead_by_our_own_registration_too() {
    let device = Device { handle: "1", registrant: "R1", email: "", user: "" };
    for batches in [
        vec![vec![stay("joined", device, 1)], vec![own("R1", ASHA)]],
        vec![vec![own("R1", ASHA)], vec![stay("joined", device, 1)]],
        vec![vec![stay("joined", device, 1), own("R1", ASHA)]],
        vec![vec![own("R1", ASHA), stay("joined", device, 1)]],
    ] {
        check_echo(&batches);
        let (mut bench, _) = begun(set_up());
        for batch in &batches {
            bench.take(batch);
        }
        let joined: Vec<_> =
            of_kind(&bench, "activity").into_iter().filter(|one| one.what.contains("Joined")).collect();
        assert_eq!((joined.len(), &joined[0].start), (1, &Start::Ready));
    }
}

#[test]
fn who_is_registered_already_is_left_alone_and_gets_the_link() {
    let settings = Settings { join_link_field: Some("mx_Link".to_owned()), ..set_up() };
    let (mut bench, fact) = begun(settings);
    bench.take(&[own("R1", ASHA)]);
    bench.take(&[page(&fact, 1, vec![lead("l1", ASHA)], false)]);
    let add = of_kind(&bench, "add_registrant");
    assert_eq!(add[0].start, Start::Suppressed("suppressed.registered"));
    let Command::Zoom { command: Zoom::AddRegistrant(who) } = &add[0].command else { panic!() };
    assert_eq!(who.company, Company::Batch);
    let links = of_kind(&bench, "lead").into_iter().filter(|one| one.what.starts_with("Join link")).count();
    assert_eq!(links, 1);
}

#[track_caller]
fn check_link(change: fn(&mut Settings), expected: Option<CaptureBehaviour>) {
    let mut settings = Settings { join_link_field: Some("mx_Link".to_owned()), ..set_up() };
    change(&mut settings);
    let (mut bench, fact) = begun(settings);
    bench.take(&[own("R1", ASHA)]);
    bench.take(&[page(&fact, 1, vec![lead("l1", ASHA)], false)]);
    let links = of_kind(&bench, "lead").into_iter().filter(|one| one.what.starts_with("Join link"));
    let behaviours: Vec<CaptureBehaviour> = links
        .filter(|one| one.start == Start::Ready)
        .map(|one| {
            let Command::LeadSquared { command: Crm::UpsertLead(write) } = &one.command else { panic!("{one:?}") };
            write.behaviour
        })
        .collect();
    assert_eq!(behaviours, expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_join_link_follows_the_rule_of_its_field_or_that_for_all_and_the_filters() {
    check_link(|settings| settings.capture = CaptureBehaviour::Overwrite, Some(CaptureBehaviour::Overwrite));
    check_link(
        |settings| settings.capture = CaptureBehaviour::UpdateOnlyEmptyFields,
        Some(CaptureBehaviour::UpdateOnlyEmptyFields),
    );
    check_link(|settings| settings.capture = CaptureBehaviour::DoNotUpdate, None);
    check_link(
        |settings| {
            let target = settings.registration_fields.entry("comments".to_owned()).or_default();
            target.lead = Some("mx_Link".to_owned());
            target.policy = Some(FieldPolicy::IfBlank);
        },
        Some(CaptureBehaviour::UpdateOnlyEmptyFields),
    );
    check_link(
        |settings| {
            settings.filters.push(crate::rules::custom::Filter {
                name: "Nobody".to_owned(),
                on: true,
                condition: "true".into(),
            });
        },
        None,
    );
}
