//! The guided way off the old JWT app, step by step, told on both databases.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::legacy::{credentials, old_app, sign_out};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::ZoomApp;
use connector_core::migration::{Act, Step, Uses};
use connector_core::rules::custom::Filter;
use connector_server::connections::old_app as sealed;
use connector_server::migration::{self, NotDone, View};
use connector_simulator::zoom::{Approval, Kind, NewEvent, Who};

async fn act(house: &House, act: Act) -> View {
    migration::act(&house.shared, &house.tenant(0), &act, "meera@sunrise.example").await.unwrap()
}

async fn refused(house: &House, act: Act) -> String {
    match migration::act(&house.shared, &house.tenant(0), &act, "meera@sunrise.example").await {
        Err(NotDone::NotNow(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn look(house: &House) -> View {
    migration::look(&house.shared, &house.tenant(0)).await.unwrap()
}

/// A tenant as it was: the old app alone.
async fn as_it_was(house: &mut House) {
    old_app(house).await;
    sign_out(house).await;
    // Zoom tells of the sign-ins that ended; the new ones begin later.
    house.settle().await;
    house.advance(MINUTE_MS);
}

async fn sign_in(house: &House) {
    house.sign_in(0, "meetings").await;
    house.sign_in(0, "webinars").await;
}

/// What the admin does in Zoom for a test of one kind.
async fn try_out(house: &mut House, kind: Kind, code: &str) {
    let zoom = house.preset.zoom.clone();
    let (admin, now) = (house.preset.zoom_accounts[0].admin.clone(), house.now_ms());
    let new = NewEvent {
        topic: format!("Test {code}"),
        start_ms: now,
        duration_min: 30,
        timezone: "UTC".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let number = match kind {
        Kind::Meeting => zoom.create_meeting(&admin, new, now),
        Kind::Webinar => zoom.create_webinar(&admin, new, now),
    };
    let id = zoom.register(number, person("tester"), now).unwrap();
    let uuid = zoom.start(number, now + MINUTE_MS).unwrap();
    let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
    zoom.leave(&uuid, &stay, now + 40 * MINUTE_MS);
    zoom.end(&uuid, now + 41 * MINUTE_MS);
    zoom.delete(number, now + 42 * MINUTE_MS);
    house.settle_within(60 * MINUTE_MS).await;
}

async fn test(house: &mut House) {
    let code = act(house, Act::StartTest { code: migration::test_code() }).await.migration.test.unwrap().code;
    assert!(refused(house, Act::AcceptTest).await.contains("Not every step"));
    try_out(house, Kind::Webinar, &code).await;
    assert!(refused(house, Act::AcceptTest).await.contains("Not every step"), "the meeting is still to be tried");
    // A meeting without a registration reaches LeadSquared when it was scheduled for a lead, or its people are known leads.
    try_out(house, Kind::Meeting, &code).await;
}

#[tokio::test]
async fn a_webinar_that_runs_while_the_tenant_migrates_is_in_leadsquared_once() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let ids: Vec<String> =
            (0..200).map(|n| zoom.register(number, person(&format!("p{n}")), now + n).unwrap()).collect();
        let uuid = zoom.start(number, now).unwrap();
        let (early, late) = ids.split_at(100);
        let mut stays = Vec::new();
        for id in early {
            stays.push(zoom.join(&uuid, Who::Registrant(id.clone()), now + MINUTE_MS).unwrap());
        }
        house.advance(2 * MINUTE_MS);
        house.settle().await;
        act(&house, Act::Begin { uses: Uses::Both }).await;
        house.advance(MINUTE_MS);
        sign_in(&house).await;
        for id in late {
            stays.push(zoom.join(&uuid, Who::Registrant(id.clone()), now + 4 * MINUTE_MS).unwrap());
        }
        zoom.deactivate_old_app(&house.preset.zoom_accounts[0].id);
        for stay in &stays {
            zoom.leave(&uuid, stay, now + 50 * MINUTE_MS);
        }
        zoom.end(&uuid, now + 51 * MINUTE_MS);
        house.settle_within(2 * HOUR_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (200, 600, 200));
        let view = look(&house).await;
        let parity = view.situation.parity;
        assert_eq!((parity.both, parity.only_old, view.situation.doubled), (100, 0, 0), "{parity:?}");
    })
    .await;
}

#[tokio::test]
async fn every_step_from_the_beginning_to_the_certificate() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        assert_eq!(look(&house).await.step, Step::Begin);
        let before = look(&house).await.situation.settings_version;
        assert_eq!(act(&house, Act::Begin { uses: Uses::Webinars }).await.step, Step::SignIn);
        house.sign_in(0, "webinars").await;
        assert_eq!(look(&house).await.step, Step::Test);
        let code = act(&house, Act::StartTest { code: migration::test_code() }).await.migration.test.unwrap().code;
        assert!(refused(&house, Act::AcceptTest).await.contains("Not every step"));
        try_out(&mut house, Kind::Webinar, &code).await;
        assert_eq!(act(&house, Act::AcceptTest).await.step, Step::Deactivate);
        house.advance(MINUTE_MS);
        let view = act(&house, Act::Deactivated).await;
        assert_eq!(view.step, Step::Quiet);
        assert!(refused(&house, Act::Finish).await.contains("still tells"));
        // It was not deactivated after all: what it tells begins the silence anew.
        house.advance(20 * HOUR_MS);
        webinar(&house, Approval::Automatic);
        house.settle().await;
        house.advance(5 * HOUR_MS);
        let view = look(&house).await;
        assert_eq!((view.step, view.old_app.told_since_deactivated > 0), (Step::Quiet, true));
        house.preset.zoom.deactivate_old_app(&house.preset.zoom_accounts[0].id);
        house.advance(24 * HOUR_MS);
        let view = act(&house, Act::Finish).await;
        assert_eq!(view.step, Step::Done);
        let certificate = view.migration.certificate.unwrap();
        assert_eq!((certificate.doubled, certificate.parity.only_old, certificate.parity.only_new), (0, 0, 0));
        assert!(certificate.parity.both > 0 && certificate.written > 0);
        assert_eq!(certificate.changes, Vec::<String>::new(), "settings are as they were");
        assert_eq!((certificate.mark.by.as_str(), view.situation.settings_version), ("meera@sunrise.example", before));
        assert_eq!(house.shared.old_app(&house.tenant(0)).await.unwrap(), None, "the old credentials are destroyed");
        assert!(refused(&house, Act::Back).await.contains("no way back"));
    })
    .await;
}

#[tokio::test]
async fn a_meeting_and_a_webinar_are_both_to_be_tried_where_both_are_used() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        act(&house, Act::Begin { uses: Uses::Both }).await;
        sign_in(&house).await;
        test(&mut house).await;
        let ticks = look(&house).await.situation.ticks;
        assert!(ticks.iter().flat_map(|(_, ticks)| ticks).all(|(_, done)| *done), "{ticks:?}");
        assert_eq!(act(&house, Act::AcceptTest).await.step, Step::Deactivate);
    })
    .await;
}

#[tokio::test]
async fn custom_logic_holds_the_sign_in_until_it_is_released() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        house
            .change_settings(0, |settings| {
                settings.filters = vec![Filter {
                    name: "Students".to_owned(),
                    condition: "email.startsWith('student')".into(),
                    ..Filter::default()
                }];
            })
            .await;
        assert_eq!(act(&house, Act::Begin { uses: Uses::Both }).await.step, Step::Review);
        let tenant = house.tenant(0);
        let begun = connector_server::connections::sign_in::begin(
            &house.shared,
            &tenant,
            ZoomApp::Meetings,
            "browser",
            "story",
        );
        assert!(begun.await.unwrap_err().to_string().contains("account manager"));
        let release =
            Act::Release { reviewer: "Ann Manager".to_owned(), reason: "the results are the same".to_owned() };
        assert_eq!(act(&house, release).await.step, Step::SignIn);
        sign_in(&house).await;
        assert_eq!(look(&house).await.step, Step::Test);
    })
    .await;
}

#[tokio::test]
async fn there_is_a_way_back_to_the_old_app() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        act(&house, Act::Begin { uses: Uses::Both }).await;
        sign_in(&house).await;
        let view = act(&house, Act::Back).await;
        assert_eq!((view.step, view.situation.connected.len(), view.old_app.on), (Step::Begin, 0, true));
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        zoom.register(number, person("after"), house.now_ms()).unwrap();
        house.settle().await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates, seen.leads), (0, 0, 1), "{:#?}", seen.differences);
    })
    .await;
}

#[tokio::test]
async fn two_people_at_once_do_one_thing() {
    on_both(async |house| {
        sealed::save(&house.shared, &house.tenant(0), &credentials(&house), "story").await.unwrap();
        let tenant = house.tenant(0);
        let begin = Act::Begin { uses: Uses::Both };
        let one = migration::act(&house.shared, &tenant, &begin, "one");
        let two = migration::act(&house.shared, &tenant, &begin, "two");
        let (one, two) = tokio::join!(one, two);
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    })
    .await;
}
