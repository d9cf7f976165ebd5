//! The guided way off the old JWT app, step by step, told on both databases.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::legacy::{credentials, old_app, sign_out};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::ZoomApp;
use connector_core::migration::{Act, Step, Trial, Uses};
use connector_core::rules::custom::Filter;
use connector_server::connections::old_app as sealed;
use connector_server::migration::{self, NotDone, View};
use connector_server::store::alert;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Who};

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

/// The number of what was made in Zoom for the test of an app.
async fn made(house: &House, app: ZoomApp) -> u64 {
    let trials = look(house).await.situation.trials;
    match trials.iter().find(|(of, _)| *of == app) {
        Some((_, Trial::Stands { number })) => number.0,
        other => panic!("{other:?}"),
    }
}

/// What the host does in Zoom with what was made for the test: starts it, ends it.
async fn hold(house: &mut House, app: ZoomApp) {
    let (zoom, number) = (house.preset.zoom.clone(), made(house, app).await);
    let now = house.now_ms();
    let uuid = zoom.start(number, now).unwrap();
    zoom.end(&uuid, now + MINUTE_MS);
    house.settle_within(60 * MINUTE_MS).await;
}

async fn start_test(house: &mut House) -> String {
    let code = act(house, Act::StartTest { code: migration::test_code() }).await.migration.test.unwrap().code;
    house.settle().await;
    code
}

/// Reminders of the old app, and whether each still stands.
async fn reminders(house: &House) -> Vec<(String, bool)> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &tenant).await }));
    let rows = read.await.unwrap().into_iter().filter(|row| row.cause == "migration.old_app");
    rows.map(|row| (row.code, row.resolved_ms.is_none())).collect()
}

async fn trials(house: &House) -> Vec<Trial> {
    look(house).await.situation.trials.into_iter().map(|(_, trial)| trial).collect()
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
        start_test(&mut house).await;
        assert!(refused(&house, Act::AcceptTest).await.contains("Not every step"));
        hold(&mut house, ZoomApp::Webinars).await;
        assert_eq!(act(&house, Act::AcceptTest).await.step, Step::Deactivate);
        house.settle().await;
        assert_eq!(trials(&house).await, [Trial::Gone]);
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
        house.settle().await;
        assert_eq!(reminders(&house).await, [("zoom.old_app_tells".to_owned(), true)]);
        house.preset.zoom.deactivate_old_app(&house.preset.zoom_accounts[0].id);
        house.advance(24 * HOUR_MS);
        let view = act(&house, Act::Finish).await;
        assert_eq!(view.step, Step::Done);
        assert_eq!(reminders(&house).await, [("zoom.old_app_tells".to_owned(), false)]);
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
async fn a_meeting_and_a_webinar_are_made_held_found_and_deleted_again() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        act(&house, Act::Begin { uses: Uses::Both }).await;
        sign_in(&house).await;
        let code = start_test(&mut house).await;
        let (meeting, webinar) = (made(&house, ZoomApp::Meetings).await, made(&house, ZoomApp::Webinars).await);
        let history = house.preset.zoom.history();
        let planned: Vec<_> = history.meetings.iter().filter(|one| [meeting, webinar].contains(&one.number)).collect();
        assert!(planned.iter().all(|one| one.created_by_api && one.topic.contains(&code)), "{planned:?}");
        assert!(refused(&house, Act::AcceptTest).await.contains("Not every step"));
        hold(&mut house, ZoomApp::Webinars).await;
        assert!(refused(&house, Act::AcceptTest).await.contains("Not every step"), "the meeting is still to be held");
        hold(&mut house, ZoomApp::Meetings).await;
        let view = look(&house).await;
        assert!(view.situation.ticks.iter().flat_map(|(_, ticks)| ticks).all(|(_, done)| *done), "{view:?}");
        assert_eq!(act(&house, Act::AcceptTest).await.step, Step::Deactivate);
        house.settle_within(60 * MINUTE_MS).await;
        let view = look(&house).await;
        assert_eq!(trials(&house).await, [Trial::Gone, Trial::Gone]);
        assert!(house.preset.zoom.history().meetings.iter().filter(|one| one.number == meeting).all(|one| one.deleted));
        // One lead carries all of it, and says itself that it is a test; the appointment says that it is cancelled.
        let crm = house.preset.leadsquared.snapshot(house.tenant(0).as_str()).unwrap();
        let lead = view.test_lead.unwrap();
        assert_eq!(lead.email, format!("zoom-test-{}@example.com", code.to_lowercase()));
        let of_test = crm.leads.iter().filter(|one| Some(&one.id) == lead.lead.as_ref()).count();
        assert_eq!((of_test, crm.leads.len()), (1, 1), "{:?}", crm.leads);
        assert!(crm.tasks.iter().any(|task| task.name == format!("Cancelled: Zoom: Test meeting {code}")));
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn without_a_webinar_licence_the_test_goes_on_with_the_meeting() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        house.preset.zoom.set_webinar_capacity(&house.preset.zoom_accounts[0].admin.clone(), None);
        act(&house, Act::Begin { uses: Uses::Both }).await;
        sign_in(&house).await;
        start_test(&mut house).await;
        assert_eq!(trials(&house).await[1], Trial::LeftOut);
        hold(&mut house, ZoomApp::Meetings).await;
        assert_eq!(act(&house, Act::AcceptTest).await.step, Step::Deactivate);
        house.settle().await;
        assert_eq!(house.deliveries(0).await.get("parked"), None, "nothing needs a person");
    })
    .await;
}

#[tokio::test]
async fn a_test_that_is_begun_anew_or_taken_back_leaves_nothing_in_zoom() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        act(&house, Act::Begin { uses: Uses::Webinars }).await;
        sign_in(&house).await;
        start_test(&mut house).await;
        let first = made(&house, ZoomApp::Webinars).await;
        start_test(&mut house).await;
        let second = made(&house, ZoomApp::Webinars).await;
        assert_ne!(first, second);
        act(&house, Act::Back).await;
        // The old app's credentials stand in for the sign-in that ended.
        house.settle_within(10 * MINUTE_MS).await;
        let deleted = |number: u64| {
            let history = house.preset.zoom.history();
            history.meetings.iter().any(|one| one.number == number && one.deleted)
        };
        assert!(deleted(first) && deleted(second));
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_about_the_test_webinar_makes_no_second_one() {
    on_both(async |mut house| {
        as_it_was(&mut house).await;
        act(&house, Act::Begin { uses: Uses::Webinars }).await;
        sign_in(&house).await;
        house.preset.zoom.faults().plan("webinars.create", (0, 1), Fault::ApplyThenReset);
        let code = start_test(&mut house).await;
        house.settle_within(20 * MINUTE_MS).await;
        made(&house, ZoomApp::Webinars).await;
        let history = house.preset.zoom.history();
        assert_eq!(history.meetings.iter().filter(|one| one.topic.contains(&code)).count(), 1);
        hold(&mut house, ZoomApp::Webinars).await;
        house.preset.zoom.faults().plan("webinars.delete", (0, 1), Fault::ApplyThenReset);
        act(&house, Act::AcceptTest).await;
        house.settle_within(20 * MINUTE_MS).await;
        assert_eq!(trials(&house).await, [Trial::Gone]);
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
