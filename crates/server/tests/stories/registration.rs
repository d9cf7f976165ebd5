//! Registrations: what the settings make of them in LeadSquared. Each story ends with a picture of journal, queue and CRM.

use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::Email;
use connector_core::settings::mapping::{FieldPolicy, Target};
use connector_core::settings::registration::{ChangeTold, Matching, OwnerRule, Pending, Unlisted};
use connector_core::settings::{CaptureBehaviour, Settings};
use connector_server::setup::{self, SetupError};
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{NewLeadField, UserStatus};
use connector_simulator::zoom::{Approval, Mischief, NewRegistrant, Status, Who};
use std::fmt::Write as _;

const ORG: &str = "sunrise";

/// Everything that stands in LeadSquared, in journal and queue, without what differs from run to run.
async fn whole(house: &House, number: u64) -> String {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    let name = |id: &str| {
        let lead = crm.leads.iter().find(|lead| lead.id == id).unwrap();
        lead.fields.get("EmailAddress").cloned().unwrap_or_else(|| "(no address)".to_owned())
    };
    let mut lines = Vec::new();
    for lead in &crm.leads {
        let fields: Vec<String> = lead.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!("lead {}", fields.join(", ")));
    }
    for activity in &crm.activities {
        // The connector's own fields are told of elsewhere.
        let own = |name: &str| matches!(name, "mx_Custom_1" | "mx_Custom_2" | "mx_Custom_3" | "mx_Custom_5");
        let fields: Vec<String> = activity
            .fields
            .iter()
            .filter(|(name, _)| !own(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let note = activity.note.replace('\n', " / ");
        lines.push(format!("{} of {}: {note} [{}]", activity.type_name, name(&activity.lead), fields.join(", ")));
    }
    lines.sort();
    let mut picture = lines.join("\n").replace(&number.to_string(), "NUMBER");
    while let Some(at) = picture.find("Join link: http") {
        let from = at + "Join link: ".len();
        let length = picture[from..].find([' ', '\n']).unwrap_or(picture.len() - from);
        picture.replace_range(from..from + length, "LINK");
    }
    let _ = write!(picture, "\njournal {:?}", house.notifications(house.tenant(0)).await);
    let _ = write!(picture, "\ndeliveries {:?}", house.deliveries(0).await);
    picture
}

/// A registrant with a phone number.
fn with_phone(name: &str, phone: &str) -> NewRegistrant {
    let mut registrant = person(name);
    registrant.answers.insert("phone".to_owned(), phone.to_owned());
    registrant
}

fn field(name: &str, data_type: &str, chars_max: usize, options: &[&str]) -> NewLeadField {
    NewLeadField {
        schema_name: name.to_owned(),
        data_type: data_type.to_owned(),
        chars_max,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    }
}

#[tokio::test]
async fn each_capture_behaviour_does_to_a_lead_what_it_says() {
    on_both(async |mut house| {
        let number = webinar(&house, Approval::Automatic);
        for (place, name) in ["keep", "blanks", "unique", "all"].into_iter().enumerate() {
            let change: fn(&mut Settings) = match name {
                "keep" => |settings| settings.capture = CaptureBehaviour::DoNotUpdate,
                "blanks" => |settings| settings.capture = CaptureBehaviour::UpdateOnlyEmptyFields,
                "unique" => |settings| settings.capture = CaptureBehaviour::DoNotUpdateUniqueFields,
                _ => |settings| settings.capture = CaptureBehaviour::Overwrite,
            };
            let (email, old_phone) = (format!("{name}@customers.example"), format!("+91-900000000{place}"));
            let there =
                [("EmailAddress", email.as_str()), ("FirstName", "Old"), ("Phone", &old_phone), ("Source", "Fair")];
            house.preset.leadsquared.add_lead(ORG, &there);
            house.change_settings(0, change).await;
            let now = house.now_ms();
            house.preset.zoom.register(number, with_phone(name, &format!("+91-800000000{place}")), now).unwrap();
            house
                .preset
                .zoom
                .register(number, with_phone(&format!("new-{name}"), &format!("+91-700000000{place}")), now)
                .unwrap();
            house.settle_within(10 * MINUTE_MS).await;
        }
        insta::assert_snapshot!("registration_behaviours", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn each_field_has_its_own_policy_and_a_new_lead_gets_everything() {
    on_both(async |mut house| {
        let there = [
            ("EmailAddress", "old@customers.example"),
            ("FirstName", "Old"),
            ("Company", "Old Company"),
            ("Source", "Fair"),
        ];
        house.preset.leadsquared.add_lead(ORG, &there);
        house
            .change_settings(0, |settings| {
                let mut policy = |field: &str, policy| {
                    settings.registration_fields.get_mut(field).unwrap().policy = Some(policy);
                };
                policy("first_name", FieldPolicy::Overwrite);
                policy("org", FieldPolicy::IfBlank);
                policy("phone", FieldPolicy::IfBlank);
                policy("last_name", FieldPolicy::Never);
                settings.registration.source.policy = Some(FieldPolicy::Never);
            })
            .await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        house.preset.zoom.register(number, with_phone("old", "+91-8000000001"), now).unwrap();
        house.preset.zoom.register(number, with_phone("new", "+91-8000000002"), now).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_policies", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn plain_overwriting_stays_in_bulk_beside_fields_that_go_only_where_nothing_is() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.registration_fields.get_mut("org").unwrap().policy = Some(FieldPolicy::IfBlank);
            })
            .await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        for n in 0..50 {
            house.preset.zoom.register(number, person(&format!("p{n}")), now).unwrap();
        }
        house.settle_within(10 * MINUTE_MS).await;
        let calls = house.preset.leadsquared.counters(ORG).by_operation;
        assert!(calls["Lead/Bulk/CreateOrUpdate"] <= 6, "{calls:?}");
        assert_eq!(calls.get("Lead.Capture"), Some(&50), "one for each");
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (50, 50));
        assert!(crm.leads.iter().all(|lead| lead.fields["Company"] == "Kite Systems" && lead.fields.len() == 5));
    })
    .await;
}

#[tokio::test]
async fn answers_are_fitted_to_what_the_fields_hold_and_what_does_not_fit_is_said() {
    on_both(async |mut house| {
        let crm = house.preset.leadsquared.clone();
        crm.add_lead_field_of(ORG, field("mx_Budget", "Number", 20, &[]));
        crm.add_lead_field_of(ORG, field("mx_Industry", "Select", 50, &["Banking", "Software"]));
        crm.add_lead_field_of(ORG, field("mx_Wishes", "Text", 20, &[]));
        house
            .change_settings(0, |settings| {
                let both =
                    |lead: &str, activity: &str| Target { activity: Some(activity.to_owned()), ..Target::lead(lead) };
                settings.custom_questions.insert("Budget?".to_owned(), both("mx_Budget", "mx_Custom_7"));
                settings.registration_fields.insert("industry".to_owned(), both("mx_Industry", "mx_Custom_8"));
                settings.registration_fields.insert("comments".to_owned(), Target::lead("mx_Wishes"));
            })
            .await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let answers = [
            ("fits", "12,500", "software", "Everything"),
            ("odd", "10k", "Farming", "A long wish that no field of twenty characters holds"),
        ];
        for (name, budget, industry, comments) in answers {
            let mut registrant = person(name);
            registrant.custom_questions = vec![("Budget?".to_owned(), budget.to_owned())];
            registrant.answers.insert("industry".to_owned(), industry.to_owned());
            registrant.answers.insert("comments".to_owned(), comments.to_owned());
            house.preset.zoom.register(number, registrant, now).unwrap();
        }
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_fitted", whole(&house, number).await);
        let kinds = crm.snapshot(ORG).unwrap().activity_types;
        let registered = kinds.iter().find(|kind| kind.name == "Zoom Webinar Registered").unwrap();
        let names: Vec<&str> = registered.fields.iter().map(|field| field.display_name.as_str()).collect();
        assert_eq!(names[6..], ["Budget?", "Industry"], "set-up made the fields of the activity");
    })
    .await;
}

#[tokio::test]
async fn a_field_that_leadsquared_takes_no_more_is_left_out_and_the_lead_is_written() {
    on_both(async |mut house| {
        let refusal = |name: &str| {
            let text = format!("'10k' is not an option of '{name}'");
            format!(r#"{{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"{text}"}}"#)
        };
        let crm = house.preset.leadsquared.clone();
        crm.add_lead_field(ORG, "mx_Budget");
        house
            .change_settings(0, |settings| {
                settings.custom_questions.insert("Budget?".to_owned(), Target::lead("mx_Budget"));
            })
            .await;
        // The field became a list after it was mapped; nobody read the fields again.
        crm.faults().plan("Lead.CreateOrUpdate", (0, 1), Fault::Answer(500, refusal("mx_Budget")));
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        house.preset.zoom.register(number, person("asha"), now).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        let leads = crm.snapshot(ORG).unwrap().leads;
        let fields: Vec<&str> = leads[0].fields.keys().map(String::as_str).collect();
        assert_eq!(fields, ["Company", "EmailAddress", "FirstName", "LastName", "Source"]);
        assert_eq!(house.causes(0).await, [], "nothing waits for a person");
        assert_eq!(crm.snapshot(ORG).unwrap().activities.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mapping_to_a_field_that_leadsquared_does_not_have_is_refused_before_anything_goes_wrong() {
    on_both(async |house| {
        let tenant = house.tenant(0);
        let wanted = tenant.clone();
        let read = house
            .shared
            .store
            .read(move |unit| Box::pin(async move { connector_server::store::settings::current(unit, &wanted).await }));
        let current = read.await.unwrap();
        let mut next = current.settings.clone();
        next.custom_questions.insert("Budget?".to_owned(), Target::lead("mx_Nowhere"));
        let refused = setup::save_settings_after(&house.shared, &tenant, current.version, next, "story").await;
        assert!(matches!(refused, Err(SetupError::NoField(name)) if name == "mx_Nowhere"));
        let mut next = current.settings;
        next.registration.owner.rule = OwnerRule::User(Email::parse("nobody@sunrise.example").unwrap());
        let refused = setup::save_settings_after(&house.shared, &tenant, current.version, next, "story").await;
        assert!(matches!(refused, Err(SetupError::NoUser(_))));
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_approval_counts_when_it_is_approved_and_its_end_is_told_by_an_activity() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.registration.pending = Pending::Waits;
                settings.registration.changes.cancelled = ChangeTold::Activity;
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Manual);
        let now = house.now_ms();
        let ids: Vec<String> = ["waiting", "approved", "denied", "cancelled"]
            .into_iter()
            .map(|name| zoom.register(number, person(name), now).unwrap())
            .collect();
        house.settle().await;
        assert_eq!(house.preset.leadsquared.snapshot(ORG).unwrap().leads, []);
        zoom.set_status(number, &ids[1], Status::Approved, now + MINUTE_MS).unwrap();
        zoom.set_status(number, &ids[2], Status::Denied, now + MINUTE_MS).unwrap();
        zoom.set_status(number, &ids[3], Status::Approved, now + MINUTE_MS).unwrap();
        house.settle().await;
        zoom.set_status(number, &ids[3], Status::Cancelled, now + 2 * MINUTE_MS).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_statuses", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn by_default_an_approval_and_a_cancellation_are_written_into_the_activity_that_stands() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Manual);
        let now = house.now_ms();
        let approved = zoom.register(number, person("approved"), now).unwrap();
        let cancelled = zoom.register(number, person("cancelled"), now).unwrap();
        house.settle().await;
        zoom.set_status(number, &approved, Status::Approved, now + MINUTE_MS).unwrap();
        zoom.set_status(number, &cancelled, Status::Cancelled, now + MINUTE_MS).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_corrected", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn a_tracking_source_names_the_source_and_the_hosts_user_owns_new_leads() {
    on_both(async |mut house| {
        house.preset.leadsquared.add_user(ORG, "rep@sunrise.example", ("Rep", "Rao"), UserStatus::Active);
        house.preset.leadsquared.add_lead(ORG, &[("EmailAddress", "there@customers.example"), ("OwnerId", "somebody")]);
        house
            .change_settings(0, |settings| {
                let source = &mut settings.registration.source;
                source.by_tracking.insert("Newsletter".to_owned(), "E-mail".to_owned());
                source.unlisted = Unlisted::AsTold;
                source.field = Target::lead("SourceCampaign");
                settings.registration.owner.rule = OwnerRule::User(Email::parse("rep@sunrise.example").unwrap());
            })
            .await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let zoom = house.preset.zoom.clone();
        zoom.register(number, person("listed"), now).unwrap();
        let other = |name: &str, source: Option<&str>| NewRegistrant {
            tracking_source: source.map(str::to_owned),
            ..person(name)
        };
        zoom.register(number, other("unlisted", Some("partner 7")), now).unwrap();
        zoom.register(number, other("untold", None), now).unwrap();
        zoom.register(number, person("there"), now).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        let owners: Vec<&str> = crm.leads.iter().map(|lead| lead.fields["OwnerId"].as_str()).collect();
        assert_eq!(owners[0], "somebody", "a lead that is there keeps its owner");
        assert!(owners[1..].iter().all(|owner| *owner == owners[1] && owner.len() == 36), "{owners:?}");
        let picture = whole(&house, number).await.replace(owners[1], "REP");
        insta::assert_snapshot!("registration_source_and_owner", picture);
    })
    .await;
}

#[tokio::test]
async fn the_user_with_the_hosts_address_owns_new_leads_of_a_webinar_whose_host_signed_in() {
    on_both(async |mut house| {
        let email = house.preset.zoom_accounts[0].admin_email.clone();
        house.preset.leadsquared.add_user(ORG, &email, ("Host", "Rao"), UserStatus::Active);
        house.change_settings(0, |settings| settings.registration.owner.rule = OwnerRule::Host).await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        house.preset.zoom.register(number, person("asha"), now).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert!(crm.leads[0].fields.contains_key("OwnerId"), "{}", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn staff_and_excluded_domains_never_become_leads() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.excluded_domains = vec!["rival.example".to_owned()];
                settings.staff = vec!["sunrise.example".to_owned(), "helper@customers.example".to_owned()];
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let at = |email: &str| NewRegistrant { email: email.to_owned(), ..person("x") };
        for email in ["spy@eu.rival.example", "colleague@sunrise.example"] {
            zoom.register(number, at(email), now).unwrap();
        }
        let helper = zoom.register(number, at("helper@customers.example"), now).unwrap();
        zoom.register(number, at("free@gmail.example"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(helper), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 50 * MINUTE_MS);
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_left_out", whole(&house, number).await);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (1, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_registrant_with_a_new_address_is_found_by_the_phone_number_where_the_settings_allow_it() {
    on_both(async |mut house| {
        let crm = house.preset.leadsquared.clone();
        for (email, phone) in [("one@work.example", "+91-9000000001"), ("two@work.example", "+91-9000000002")] {
            crm.add_lead(ORG, &[("EmailAddress", email), ("Phone", phone), ("FirstName", "Old")]);
        }
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let zoom = house.preset.zoom.clone();
        // Without the setting, a new address is a new lead, which goes without the number that is another's.
        zoom.register(number, with_phone("stranger", "+91-9000000001"), now).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        house.change_settings(0, |settings| settings.registration.matching = Matching::EmailThenPhone).await;
        let id = zoom.register(number, with_phone("private", "+91-9000000002"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 10 * MINUTE_MS);
        house.settle_within(10 * MINUTE_MS).await;
        insta::assert_snapshot!("registration_by_phone", whole(&house, number).await);
    })
    .await;
}

#[tokio::test]
async fn a_registration_told_several_times_and_by_two_subscriptions_is_one_lead_and_one_activity() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.set_mischief(Mischief {
            doubled_per_100: 100,
            unheard_per_100: 50,
            double_subscription: true,
            shuffled: true,
            ..Mischief::default()
        });
        let number = webinar(&house, Approval::Manual);
        let now = house.now_ms();
        let id = zoom.register(number, person("asha"), now).unwrap();
        zoom.set_status(number, &id, Status::Approved, now + 1_000).unwrap();
        house.settle_within(3 * 60 * MINUTE_MS).await;
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (1, 1), "{}", whole(&house, number).await);
        assert!(crm.activities[0].note.contains("Join link: "), "{}", crm.activities[0].note);
    })
    .await;
}
