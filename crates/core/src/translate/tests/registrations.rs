//! Stories of registrations: what the settings make of the answers, of the changes, and of who registers.

use super::bench::{Bench, Device, registration, set_up, stay};
use super::{activity, check_with, lines};
use crate::ids::Email;
use crate::leadsquared::command::{Command as Crm, FoundBy, LeadWrite, Turn};
use crate::settings::mapping::{FieldKind, FieldPolicy, LeadField, Target};
use crate::settings::registration::{ChangeTold, Matching, OwnerRule, Pending, Unlisted};
use crate::settings::{ActivityKind, CaptureBehaviour, FIELD_MARKER, Settings};
use crate::translate::{Command, Planned};

const ASHA: (&str, &str) = ("Reg1", "Asha@example.test");
const LEAD: &str = "lead · Lead from registration · asha@example.test · ready";
const REGISTERED: &str = "activity · Zoom Webinar Registered · Demo webinar · asha@example.test · ready";
const CORRECTED: &str = "correction · Correct: Zoom Webinar Registered · Demo webinar · asha@example.test · ready";
/// The change of that word.
fn changed(word: &str) -> String {
    let what = "activity · Zoom Webinar Registration Changed · Demo webinar";
    format!("{what} · {word} 1970-01-01 00:00 UTC · asha@example.test · ready")
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// The settings as after set-up, with a change.
fn with(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = set_up();
    settings.activity_codes.insert(ActivityKind::WebinarRegistrationChanged, 199);
    change(&mut settings);
    settings
}

/// What the queue holds after one registration by Asha.
fn after_one(settings: &Settings) -> Bench {
    let mut bench = Bench::new(settings.clone());
    bench.take(&[registration("created", ASHA, 1_000)]);
    bench
}

/// The lead writes of a registration, in the order in which they were planned.
fn writes(settings: &Settings) -> Vec<LeadWrite> {
    let mut bench = Bench::new(settings.clone());
    let translated = bench.take(&[registration("created", ASHA, 1_000)]);
    let write = |planned: &Planned| match &planned.command {
        Command::LeadSquared { command: Crm::UpsertLead(write) } => Some(write.clone()),
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    };
    translated[0].planned.iter().filter_map(write).collect()
}

/// Each write of a lead in one line: how, its turn, its fields.
#[track_caller]
fn check_writes(change: impl Fn(&mut Settings), expected: &[&str]) {
    let line = |write: &LeadWrite| {
        let how = match write.behaviour {
            CaptureBehaviour::DoNotUpdate => "new only",
            CaptureBehaviour::UpdateOnlyEmptyFields => "blanks",
            CaptureBehaviour::DoNotUpdateUniqueFields => "not unique",
            CaptureBehaviour::Overwrite => "overwrite",
        };
        let turn = match write.turn {
            Turn::First => " first",
            Turn::Any => "",
        };
        let by = match write.found_by {
            FoundBy::Email => "",
            FoundBy::EmailUnlessPhoneTaken => " (or phone)",
            FoundBy::EmailThenPhone => " (e-mail, phone)",
        };
        let fields: Vec<&str> = write.fields.keys().map(String::as_str).collect();
        format!("{how}{turn}{by}: {}", fields.join(" "))
    };
    let lines: Vec<String> = writes(&with(change)).iter().map(line).collect();
    assert_eq!(lines, expected);
}

fn policy(settings: &mut Settings, field: &str, policy: FieldPolicy) {
    settings.registration_fields.get_mut(field).unwrap().policy = Some(policy);
}

#[test]
fn without_policies_of_their_own_all_fields_go_in_one_write_as_the_capture_behaviour_says() {
    let all = "FirstName LastName Phone Source";
    for (capture, word) in [
        (CaptureBehaviour::Overwrite, "overwrite"),
        (CaptureBehaviour::UpdateOnlyEmptyFields, "blanks"),
        (CaptureBehaviour::DoNotUpdateUniqueFields, "not unique"),
        (CaptureBehaviour::DoNotUpdate, "new only"),
    ] {
        check_writes(|settings| settings.capture = capture, &[&format!("{word}: {all}")]);
    }
}

#[test]
fn fields_of_different_policies_go_in_writes_of_their_own_and_what_is_overwritten_stays_in_bulk() {
    check_writes(
        |settings| policy(settings, "first_name", FieldPolicy::IfBlank),
        &["overwrite: LastName Phone Source", "blanks: FirstName"],
    );
    check_writes(
        |settings| {
            policy(settings, "first_name", FieldPolicy::IfBlank);
            policy(settings, "phone", FieldPolicy::Never);
        },
        &["new only first: FirstName LastName Phone Source", "overwrite: LastName Source", "blanks: FirstName"],
    );
    check_writes(
        |settings| {
            settings.capture = CaptureBehaviour::DoNotUpdate;
            policy(settings, "phone", FieldPolicy::Overwrite);
        },
        &["new only first: FirstName LastName Phone Source", "overwrite: Phone"],
    );
    check_writes(
        |settings| {
            settings.capture = CaptureBehaviour::DoNotUpdateUniqueFields;
            policy(settings, "last_name", FieldPolicy::Overwrite);
        },
        &["overwrite: LastName", "not unique: FirstName Phone Source"],
    );
    // The same policy for all is one write, however it was said.
    check_writes(
        |settings| {
            settings.registration_fields.values_mut().for_each(|target| target.policy = Some(FieldPolicy::IfBlank));
            settings.registration.source.policy = Some(FieldPolicy::IfBlank);
        },
        &["blanks: FirstName LastName Phone Source"],
    );
}

#[test]
fn a_lead_may_be_found_by_its_phone_number_and_bulk_stays_the_way_as_long_as_it_can() {
    let by_phone = |settings: &mut Settings| settings.registration.matching = Matching::EmailThenPhone;
    check_writes(by_phone, &["overwrite (or phone): FirstName LastName Phone Source"]);
    check_writes(
        |settings| {
            by_phone(settings);
            settings.capture = CaptureBehaviour::UpdateOnlyEmptyFields;
        },
        &["blanks (e-mail, phone): FirstName LastName Phone Source"],
    );
    check_writes(
        |settings| {
            by_phone(settings);
            policy(settings, "first_name", FieldPolicy::IfBlank);
        },
        &["overwrite (or phone): LastName Phone Source", "blanks (e-mail, phone): FirstName Phone"],
    );
    // Where many leads may share a number, LeadSquared refuses none: it has to be asked to look by it from the first.
    check_writes(
        |settings| {
            by_phone(settings);
            let shared = LeadField { schema: "Phone".to_owned(), ..LeadField::default() };
            settings.learned.lead_fields.insert("Phone".to_owned(), shared);
        },
        &["not unique (e-mail, phone): FirstName LastName Phone Source"],
    );
    check_writes(
        |settings| {
            by_phone(settings);
            settings.registration_fields.remove("phone");
        },
        &["overwrite: FirstName LastName Source"],
    );
}

#[test]
fn the_owner_is_given_to_new_leads_only() {
    let owned = |settings: &mut Settings| {
        settings.registration.owner.rule = OwnerRule::Host;
        settings.registration.owner.hosts.insert("UserDemo00000000000001".to_owned(), email("rep@crm.test"));
        settings.learned.users.insert(email("rep@crm.test"), "user-7".to_owned());
    };
    let all = "FirstName LastName OwnerId Phone Source";
    check_writes(owned, &[&format!("new only first: {all}"), "overwrite: FirstName LastName Phone Source"]);
    assert_eq!(writes(&with(owned))[0].fields["OwnerId"], "user-7");
    let unknown = with(|settings| settings.registration.owner.rule = OwnerRule::User(email("gone@crm.test")));
    let bench = after_one(&unknown);
    let note = &activity(&bench, "Zoom Webinar Registered").note;
    assert!(note.ends_with("\nNo owner: LeadSquared has no active user gone@crm.test."), "{note}");
}

#[test]
fn a_tracking_source_becomes_source_and_field_by_the_rules() {
    let source = |change: fn(&mut Settings)| writes(&with(change))[0].fields["Source"].clone();
    assert_eq!(source(|_| {}), "Zoom Webinar");
    assert_eq!(source(|settings| settings.registration.source.unlisted = Unlisted::AsTold), "newsletter");
    let listed = |settings: &mut Settings| {
        settings.registration.source.by_tracking.insert("Newsletter".to_owned(), "E-mail".to_owned());
    };
    assert_eq!(source(listed), "E-mail");
    let field = with(|settings| settings.registration.source.field = Target::lead("SourceCampaign"));
    assert_eq!(writes(&field)[0].fields["SourceCampaign"], "newsletter");
    let none = with(|settings| settings.lead_source.clear());
    assert!(!writes(&none)[0].fields.contains_key("Source"));
}

fn budget(kind: FieldKind, chars_max: usize) -> Settings {
    with(|settings| {
        let target = Target { activity: Some("mx_Custom_7".to_owned()), ..Target::lead("mx_Budget") };
        settings.custom_questions.insert("Budget?".to_owned(), target);
        let field = LeadField {
            schema: "mx_Budget".to_owned(),
            name: "Budget".to_owned(),
            kind,
            chars_max: Some(chars_max),
            options: vec!["10K".to_owned(), "100K".to_owned()],
            ..LeadField::default()
        };
        settings.learned.lead_fields.insert(field.schema.clone(), field);
    })
}

#[track_caller]
fn check_budget(settings: &Settings, on_lead: Option<&str>, remark: Option<&str>) {
    assert_eq!(writes(settings)[0].fields.get("mx_Budget").map(String::as_str), on_lead);
    let bench = after_one(settings);
    let post = activity(&bench, "Zoom Webinar Registered");
    assert_eq!(post.fields["mx_Custom_7"], "10k");
    assert_eq!(post.note.rsplit('\n').next(), Some(remark.unwrap_or("Budget?: 10k")));
}

#[test]
fn an_answer_goes_to_lead_and_activity_and_what_does_not_fit_is_said_where_people_see_it() {
    check_budget(&budget(FieldKind::Text, 50), Some("10k"), None);
    check_budget(&budget(FieldKind::Select, 50), Some("10K"), None);
    check_budget(&budget(FieldKind::Text, 2), Some("1…"), Some("Cut to 2 characters on the lead (Budget): 10k"));
    check_budget(&budget(FieldKind::Number, 50), None, Some("Not on the lead (Budget): Budget? “10k” is no number."));
}

#[test]
fn an_answer_never_takes_the_place_of_the_connectors_own_fields_or_of_the_address() {
    let settings = with(|settings| {
        let target = Target { activity: Some(FIELD_MARKER.to_owned()), ..Target::lead("EmailAddress") };
        settings.custom_questions.insert("Budget?".to_owned(), target);
    });
    let bench = after_one(&settings);
    let post = activity(&bench, "Zoom Webinar Registered");
    assert_eq!(post.fields[FIELD_MARKER], post.marker);
    assert!(!writes(&settings)[0].fields.contains_key("EmailAddress"));
}

#[test]
fn what_waits_for_approval_counts_at_once_or_when_it_is_approved() {
    let created = || registration("created", ASHA, 1_000);
    let approved = || registration("approved", ASHA, 2_000);
    let cancelled = || registration("cancelled", ASHA, 3_000);
    let waits = with(|settings| settings.registration.pending = Pending::Waits);
    check_with(&waits, &[created()], &[]);
    check_with(&waits, &[created(), created(), registration("denied", ASHA, 2_000)], &[]);
    check_with(&waits, &[created(), approved()], &[LEAD, REGISTERED]);
    let bench = check_with(&waits, &[created(), approved(), cancelled()], &[LEAD, REGISTERED, CORRECTED]);
    assert!(!activity(&bench, "Zoom Webinar Registered").note.contains("Waits"));
    check_with(&waits, &[approved()], &[LEAD, REGISTERED]);
    check_with(&set_up(), &[created(), approved(), cancelled()], &[LEAD, REGISTERED, CORRECTED, CORRECTED]);
}

#[track_caller]
fn check_change(how: &str, told: ChangeTold, expected: &[&str]) -> Bench {
    let settings = with(|settings| {
        let changes = &mut settings.registration.changes;
        for change in [&mut changes.approved, &mut changes.denied, &mut changes.cancelled] {
            *change = told;
        }
    });
    let story = [registration("created", ASHA, 1_000), registration(how, ASHA, 2_000), registration(how, ASHA, 2_000)];
    check_with(&settings, &story, expected)
}

#[test]
fn a_change_is_told_as_the_settings_say_and_once_however_often_zoom_says_it() {
    for (how, word) in [("approved", "approved"), ("denied", "refused by the host"), ("cancelled", "cancelled")] {
        check_change(how, ChangeTold::Nothing, &[LEAD, REGISTERED]);
        let bench = check_change(how, ChangeTold::Activity, &[LEAD, REGISTERED, &changed(how)]);
        let note = &activity(&bench, "Zoom Webinar Registration Changed").note;
        assert!(note.contains(word), "{note}");
        let bench = check_change(how, ChangeTold::Correction, &[LEAD, REGISTERED, CORRECTED]);
        let corrected = bench.queue.values().find_map(|planned| match &planned.command {
            Command::LeadSquared { command: Crm::CorrectActivity(correction) } => Some(correction),
            Command::LeadSquared { .. } | Command::Zoom { .. } => None,
        });
        let (corrected, posted) = (corrected.unwrap(), activity(&bench, "Zoom Webinar Registered"));
        assert_eq!(corrected.activity.marker, posted.marker);
        assert!(posted.note.contains("Waits for approval.") && !corrected.activity.note.contains("Waits"));
    }
}

#[test]
fn a_change_with_an_activity_of_its_own_is_parked_until_its_type_is_set_up() {
    let mut settings = set_up();
    settings.registration.changes.cancelled = ChangeTold::Activity;
    settings.activity_codes.remove(&ActivityKind::WebinarRegistrationChanged);
    let parked = changed("cancelled").replace("ready", "setup.activity_type");
    let story = [registration("created", ASHA, 1_000), registration("cancelled", ASHA, 2_000)];
    check_with(&settings, &story, &[LEAD, REGISTERED, &parked]);
}

#[test]
fn staff_get_nothing_whatever_they_do() {
    let settings = with(|settings| settings.staff = vec!["asha@example.test".to_owned()]);
    let left_out = |line: &str| line.replace("ready", "suppressed.staff");
    let story = [registration("created", ASHA, 1_000)];
    check_with(&settings, &story, &[&left_out(LEAD), &left_out(REGISTERED)]);
    // Another person of the same domain is no staff.
    let other = registration("created", ("Reg2", "ravi@example.test"), 1_000);
    let bench = check_with(&settings, &[other], &[&LEAD.replace("asha", "ravi"), &REGISTERED.replace("asha", "ravi")]);
    assert_eq!(bench.queue.len(), 2);
}

#[test]
fn two_addresses_of_one_registrant_are_one_person_known_by_the_first() {
    let second = || registration("created", ("Reg1", "asha.rao@private.test"), 2_000);
    let first = || registration("created", ASHA, 1_000);
    check_with(&set_up(), &[first(), second()], &[LEAD, REGISTERED]);
    // A stay that names the registrant alone, before and after.
    let joined = || stay("joined", Device { handle: "1", registrant: "Reg1", email: "", user: "" }, 5);
    let expected = [LEAD, REGISTERED, "activity · Zoom Webinar Joined · Demo webinar · asha@example.test · ready"];
    check_with(&set_up(), &[first(), second(), joined()], &expected);
    check_with(&set_up(), &[first(), joined(), second()], &expected);
}

#[test]
fn a_registration_that_an_older_version_stored_is_known_as_approved() {
    let mut bench = Bench::new(with(|settings| settings.registration.pending = Pending::Waits));
    bench.take(&[registration("approved", ASHA, 1_000)]);
    for state in bench.facts.values_mut() {
        let mut json = serde_json::to_value(&*state).unwrap();
        json.as_object_mut().unwrap().retain(|name, _| name != "approved_ms" && name != "host");
        *state = serde_json::from_value(json).unwrap();
    }
    bench.take(&[registration("cancelled", ASHA, 2_000)]);
    let mut expected = vec![LEAD, REGISTERED, CORRECTED];
    expected.sort_unstable();
    assert_eq!(lines(&bench), expected);
}
