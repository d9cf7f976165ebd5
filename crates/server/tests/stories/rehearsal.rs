//! Settings that are not in force yet: looked at on a real registrant, tried on the last webinar, and taken back. None of it
//! changes anything in LeadSquared, in the queue or in the journal.

use super::crm::hold;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::rehearsal::{Made, Tally};
use connector_core::settings::mapping::{FieldPolicy, Target};
use connector_core::settings::{Settings, Versioned};
use connector_server::rehearsal;
use connector_server::setup::{self, SetupError, versions};
use connector_simulator::leadsquared::NewLeadField;
use connector_simulator::zoom::Approval;

async fn in_force(house: &House) -> Versioned {
    let tenant = house.tenant(0);
    let read = house
        .shared
        .store
        .read(move |unit| Box::pin(async move { connector_server::store::settings::current(unit, &tenant).await }));
    read.await.unwrap()
}

/// The settings in force with a change, not saved.
async fn edited(house: &House, change: fn(&mut Settings)) -> Settings {
    let mut settings = in_force(house).await.settings;
    change(&mut settings);
    settings
}

fn map_budget(settings: &mut Settings) {
    settings.custom_questions.insert("Budget?".to_owned(), Target::lead("mx_Budget"));
}

fn budget_field() -> NewLeadField {
    NewLeadField {
        schema_name: "mx_Budget".to_owned(),
        data_type: "Select".to_owned(),
        chars_max: 50,
        options: vec!["10K".to_owned(), "100K".to_owned()],
    }
}

#[tokio::test]
async fn edited_settings_are_tried_on_the_last_webinar_without_writing_anything() {
    on_both(async |mut house| {
        house.preset.leadsquared.add_lead_field_of("sunrise", budget_field());
        // An earlier webinar is not the last one.
        let earlier = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        house.preset.zoom.register(earlier, person("earlier"), now).unwrap();
        house.settle_within(HOUR_MS).await;
        house.advance(MINUTE_MS);
        hold(&house, 20);
        house.settle_within(HOUR_MS).await;
        let before = (house.picture(0).await, in_force(&house).await);

        let same = rehearsal::rehearse(&house.shared, &house.tenant(0), edited(&house, |_| {}).await).await.unwrap();
        let same = same.unwrap();
        assert_eq!(same.comparison.differences, []);
        assert_eq!(same.comparison.tallies[&Made::Lead], Tally { same: 20, ..Tally::default() });
        assert_eq!(same.comparison.tallies[&Made::Activity], Tally { same: 60, ..Tally::default() });
        assert_eq!(same.comparison.tallies[&Made::Task], Tally { same: 20, ..Tally::default() });
        assert!(!same.recorded.cut);
        assert_eq!(same.recorded.registrants().len(), 20);

        let change = |settings: &mut Settings| {
            map_budget(settings);
            settings.rules = vec![connector_core::rules::task::TaskRule::follow_up(60)];
            settings.staff = vec!["p7@customers.example".to_owned()];
        };
        let other = rehearsal::rehearse(&house.shared, &house.tenant(0), edited(&house, change).await).await.unwrap();
        let other = other.unwrap().comparison;
        assert_eq!(other.tallies[&Made::Lead], Tally { changed: 19, gone: 1, ..Tally::default() });
        assert_eq!(other.tallies[&Made::Activity], Tally { same: 57, gone: 3, ..Tally::default() });
        assert_eq!(other.tallies[&Made::Task], Tally { gone: 20, ..Tally::default() });
        let changed = other.differences.iter().find(|one| one.before.is_some() && one.after.is_some()).unwrap();
        // Fitted by the field's own options, although nobody saved the mapping.
        assert_eq!(changed.fields(), [("mx_Budget".to_owned(), None, Some("10K".to_owned()))]);

        house.settle().await;
        assert_eq!((house.picture(0).await, in_force(&house).await), before);
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_what_one_registrant_would_become() {
    on_both(async |mut house| {
        let nothing = rehearsal::preview(&house.shared, &house.tenant(0), Settings::default(), None).await.unwrap();
        assert!(nothing.is_none(), "no webinar was recorded yet");
        house.preset.leadsquared.add_lead_field_of("sunrise", budget_field());
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        for name in ["asha", "ravi"] {
            house.preset.zoom.register(number, person(name), now).unwrap();
        }
        house.settle_within(HOUR_MS).await;
        let change = |settings: &mut Settings| {
            map_budget(settings);
            settings.registration_fields.get_mut("org").unwrap().policy = Some(FieldPolicy::IfBlank);
        };
        let settings = edited(&house, change).await;
        let shown = rehearsal::preview(&house.shared, &house.tenant(0), settings, Some("asha@customers.example")).await;
        let shown = shown.unwrap().unwrap();
        assert_eq!(shown.registrant, "asha@customers.example");
        let lead = shown.pictures.iter().find(|one| one.made == Made::Lead).unwrap();
        let fields: Vec<(&str, &str)> =
            lead.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("Company", "Kite Systems (only if blank)"),
            ("FirstName", "asha"),
            ("LastName", "Rao"),
            ("Source", "Zoom Webinar"),
            ("mx_Budget", "10K"),
        ];
        assert_eq!(fields, expected);
        assert_eq!(shown.pictures.len(), 2);
        // Somebody who did not register: the latest registrant instead.
        let latest =
            rehearsal::preview(&house.shared, &house.tenant(0), Settings::default(), Some("nobody@x.test")).await;
        assert_eq!(latest.unwrap().unwrap().registrant, "ravi@customers.example");
    })
    .await;
}

#[tokio::test]
async fn an_earlier_version_comes_back_as_a_new_one_and_what_set_up_learned_stays() {
    on_both(async |house| {
        let first = in_force(&house).await;
        house.change_settings(0, |settings| settings.lead_source = "Web".to_owned()).await;
        house.change_settings(0, |settings| settings.staff = vec!["sunrise.example".to_owned()]).await;
        let tenant = house.tenant(0);
        let at = in_force(&house).await.version;
        let words = async |from: i64, to: i64| -> Vec<String> {
            let changes = versions::between(&house.shared, &tenant, from, to).await.unwrap();
            changes.iter().map(connector_core::settings::difference::Change::words).collect()
        };
        assert_eq!(
            words(first.version, at).await,
            ["lead source: “Zoom Webinar” became “Web”", "staff: “sunrise.example” was added"]
        );
        let stale = versions::go_back(&house.shared, &tenant, (first.version, at - 1), "story").await;
        assert!(matches!(stale, Err(SetupError::ChangedMeanwhile)));
        let back = versions::go_back(&house.shared, &tenant, (first.version, at), "story").await.unwrap();
        assert_eq!((back.version, &back.settings), (at + 1, &first.settings));
        assert_eq!(words(first.version, at + 1).await, [""; 0]);
        let missing = versions::go_back(&house.shared, &tenant, (99, at + 1), "story").await;
        assert!(matches!(missing, Err(SetupError::NoVersion(99))));
        let list = versions::list(&house.shared, &tenant, None, 10).await.unwrap();
        let numbers: Vec<i64> = list.iter().map(|row| row.version).collect();
        assert_eq!(numbers, (1..=at + 1).rev().collect::<Vec<_>>());
        let page = versions::list(&house.shared, &tenant, Some(3), 1).await.unwrap();
        assert_eq!(page.iter().map(|row| row.version).collect::<Vec<_>>(), [2]);
        assert!(list.iter().all(|row| row.author == "story"));
    })
    .await;
}

#[tokio::test]
async fn what_set_up_learns_of_lead_fields_can_be_learned_again() {
    on_both(async |house| {
        let known = |versioned: &Versioned| versioned.settings.learned.lead_fields.keys().cloned().collect::<Vec<_>>();
        let before = in_force(&house).await;
        assert!(known(&before).contains(&"mx_City".to_owned()), "{:?}", known(&before));
        setup::renew_fields(&house.shared, &house.tenant(0), "story").await.unwrap();
        assert_eq!(in_force(&house).await, before, "nothing new makes no version");
    })
    .await;
}
