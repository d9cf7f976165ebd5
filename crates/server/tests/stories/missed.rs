//! Leads who were missed in meetings: told half an hour after the end, held back where it is not certain, corrected where it proves
//! wrong.

use super::after::{GRACE_MS, activities};
use super::house::{House, MINUTE_MS};
use super::meeting::{made, request, schedule};
use super::on_both;
use super::review::{decide, is, listed};
use super::runs::{ASHA, ATTENDED, NO_SHOW, check_scheduled, known, lead, meeting, past_grace, post, scheduled, stays};
use connector_core::fact::stranger::Is;
use connector_core::fact::suggestion::{Hints, suggest};
use connector_core::rules::task::{Happened, TaskRule};
use connector_core::schedule_request::{ScheduleRequest, WishId};
use connector_server::intake::commands;
use connector_server::store::stranger::Which;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::Who;

#[tokio::test]
async fn a_lead_that_does_not_come_is_missed_half_an_hour_after_the_end() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), Who::Host, (0, 12));
        let ended_ms = start_ms + 12 * MINUTE_MS;
        zoom.end(&uuid, ended_ms);
        house.settle().await;
        house.advance(ended_ms - house.now_ms() + GRACE_MS - 1_000);
        house.settle().await;
        assert_eq!(activities(&house, NO_SHOW), [], "not before the grace is over");
        house.advance(1_000);
        house.settle().await;
        let told = activities(&house, NO_SHOW);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.contains("was held, and this lead did not come"), "{told:?}");
        check_scheduled(&house, (number, start_ms));
    })
    .await;
}

#[tokio::test]
async fn where_somebody_nameless_was_there_nobody_is_said_to_be_missing() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), Who::Host, (0, 12));
        stays(&house, (&uuid, start_ms), Who::Guest { name: "iPhone".to_owned() }, (1, 12));
        zoom.end(&uuid, start_ms + 12 * MINUTE_MS);
        past_grace(&mut house, start_ms + 12 * MINUTE_MS).await;
        assert_eq!((activities(&house, NO_SHOW), activities(&house, ATTENDED)), (vec![], vec![]));
        check_scheduled(&house, (number, start_ms));
    })
    .await;
}

#[tokio::test]
async fn a_meeting_that_never_began_misses_nobody() {
    on_both(async |mut house| {
        let (number, start_ms) = scheduled(&mut house).await;
        house.advance(3 * 24 * 60 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, NO_SHOW), []);
        check_scheduled(&house, (number, start_ms));
    })
    .await;
}

#[tokio::test]
async fn a_try_of_the_link_before_the_meeting_misses_nobody() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let start_ms = schedule(&house, "w1").await;
        house.settle().await;
        let now = house.now_ms();
        let uuid = zoom.start(made(&house)[0], now).unwrap();
        stays(&house, (&uuid, now), Who::Host, (0, 3));
        zoom.end(&uuid, now + 3 * MINUTE_MS);
        past_grace(&mut house, now + 3 * MINUTE_MS).await;
        assert!(house.now_ms() < start_ms);
        assert_eq!(activities(&house, NO_SHOW), []);
    })
    .await;
}

#[tokio::test]
async fn who_came_after_all_is_missed_no_more() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        // Zoom keeps no list of this run, as of one with a single person.
        zoom.faults().plan(
            "report.participants",
            (0, 5),
            Fault::Answer(404, r#"{"code":3001,"message":"Meeting does not exist."}"#.to_owned()),
        );
        let uuid = zoom.start(number, start_ms).unwrap();
        house.settle().await;
        stays(&house, (&uuid, start_ms), known(ASHA), (2, 27));
        let late = zoom.take_due(8);
        zoom.end(&uuid, start_ms + 30 * MINUTE_MS);
        past_grace(&mut house, start_ms + 30 * MINUTE_MS).await;
        for minutes in [5, 15, 30, 60] {
            house.advance(minutes * MINUTE_MS);
            house.settle().await;
        }
        assert!(activities(&house, NO_SHOW)[0].1.contains("did not come"));
        post(&house, &late).await;
        house.settle_within(90 * MINUTE_MS).await;
        let told = activities(&house, NO_SHOW);
        assert_eq!(told.len(), 1);
        assert!(told[0].1.contains("Attended after all") && told[0].1.contains("25 minutes"), "{told:?}");
        assert_eq!(activities(&house, ATTENDED).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn without_the_permission_for_the_list_nobody_is_said_to_be_missing() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.withhold(&["report:read:list_meeting_participants:admin"]);
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), Who::Host, (0, 12));
        zoom.end(&uuid, start_ms + 12 * MINUTE_MS);
        past_grace(&mut house, start_ms + 12 * MINUTE_MS).await;
        assert_eq!(activities(&house, NO_SHOW), []);
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_that_was_begun_anew_misses_nobody_who_came_to_one_of_its_runs() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let first = zoom.start(number, start_ms).unwrap();
        stays(&house, (&first, start_ms), known(ASHA), (0, 9));
        zoom.end(&first, start_ms + 10 * MINUTE_MS);
        let second = zoom.start(number, start_ms + 12 * MINUTE_MS).unwrap();
        stays(&house, (&second, start_ms), Who::Host, (12, 20));
        zoom.end(&second, start_ms + 20 * MINUTE_MS);
        past_grace(&mut house, start_ms + 20 * MINUTE_MS).await;
        assert_eq!((activities(&house, NO_SHOW).len(), activities(&house, ATTENDED).len()), (0, 1));
        assert_eq!(activities(&house, "Zoom Meeting Started").len(), 2, "each run has its own start");
        // Missed at first, there when it was held once more.
        house.advance(24 * 60 * MINUTE_MS);
        let later_ms = house.now_ms();
        zoom.update(number, (None, Some(later_ms), None), later_ms);
        let alone = zoom.start(number, later_ms).unwrap();
        stays(&house, (&alone, later_ms), Who::Host, (0, 5));
        zoom.end(&alone, later_ms + 5 * MINUTE_MS);
        past_grace(&mut house, later_ms + 5 * MINUTE_MS).await;
        assert!(activities(&house, NO_SHOW)[0].1.contains("did not come"));
        let again_ms = house.now_ms();
        let again = zoom.start(number, again_ms).unwrap();
        stays(&house, (&again, again_ms), known(ASHA), (1, 15));
        zoom.end(&again, again_ms + 15 * MINUTE_MS);
        past_grace(&mut house, again_ms + 15 * MINUTE_MS).await;
        let told = activities(&house, NO_SHOW);
        assert!(told.len() == 1 && told[0].1.contains("Came after all"), "{told:?}");
        assert_eq!(activities(&house, ATTENDED).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_invited_lead_of_a_meeting_made_in_zoom_is_missed_and_an_invited_colleague_is_not() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        lead(&house, ASHA);
        lead(&house, "member@sunrise.example");
        let now = house.now_ms();
        let invited = [ASHA, "member@sunrise.example", "nobody@unknown.example"];
        let number = meeting(&house, "Planned in Zoom", &invited);
        let uuid = zoom.start(number, now).unwrap();
        stays(&house, (&uuid, now), Who::Host, (0, 12));
        zoom.end(&uuid, now + 12 * MINUTE_MS);
        past_grace(&mut house, now + 12 * MINUTE_MS).await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (2, 3), "{}", house.picture(0).await);
        let missed: Vec<String> = activities(&house, NO_SHOW).into_iter().map(|(email, _)| email).collect();
        assert_eq!(missed, [ASHA]);
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_was_named_by_its_id_is_found_among_those_who_came() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        house
            .change_settings(0, |settings| {
                settings.rules = vec![TaskRule {
                    name: "Follow up".to_owned(),
                    when: Happened::AttendedMeeting,
                    ..TaskRule::default()
                }];
            })
            .await;
        let id = house.preset.leadsquared.add_lead("sunrise", &[("EmailAddress", ASHA), ("FirstName", "Asha")]);
        let (request, start_ms) = request(&house);
        let request = ScheduleRequest { lead: id, ..request };
        let wish = WishId::parse("by-id").unwrap();
        commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, "story").await.unwrap();
        house.settle().await;
        house.advance(start_ms - house.now_ms());
        let number = made(&house)[0];
        for (from, comes) in [(0, true), (60, false)] {
            let from_ms = start_ms + from * 24 * MINUTE_MS;
            zoom.update(number, (None, Some(from_ms), None), from_ms);
            let uuid = zoom.start(number, from_ms).unwrap();
            stays(&house, (&uuid, from_ms), Who::Host, (0, 20));
            if comes {
                stays(&house, (&uuid, from_ms), known(ASHA), (0, 20));
            }
            zoom.end(&uuid, from_ms + 20 * MINUTE_MS);
            past_grace(&mut house, from_ms + 20 * MINUTE_MS).await;
        }
        assert_eq!((activities(&house, ATTENDED).len(), activities(&house, NO_SHOW).len()), (1, 1));
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        let follow_ups = crm.tasks.iter().filter(|task| task.task_type == "Follow Up").count();
        assert_eq!((crm.leads.len(), follow_ups), (1, 1), "{}", house.picture(0).await);
    })
    .await;
}

#[tokio::test]
async fn who_was_there_without_a_name_is_the_lead_or_nobody_once_somebody_says_so() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let hold = async |house: &mut House, from_ms: i64, name: &str| {
            zoom.update(number, (None, Some(from_ms), None), from_ms);
            let uuid = zoom.start(number, from_ms).unwrap();
            stays(house, (&uuid, from_ms), Who::Host, (0, 20));
            stays(house, (&uuid, from_ms), Who::Guest { name: name.to_owned() }, (2, 20));
            zoom.end(&uuid, from_ms + 20 * MINUTE_MS);
            past_grace(house, from_ms + 20 * MINUTE_MS).await;
        };
        hold(&mut house, start_ms, "Asha Rao").await;
        let waiting = listed(&house, Which::Waiting).await;
        let (_, state, _) = &waiting.rows[0];
        let may_be: Vec<String> =
            suggest(state, Hints::default()).iter().map(|one| one.email.as_str().to_owned()).collect();
        assert_eq!(may_be, [ASHA]);
        assert_eq!((activities(&house, NO_SHOW), activities(&house, ATTENDED)), (vec![], vec![]));
        decide(&mut house, 0, Which::Waiting, is(ASHA)).await;
        assert!(activities(&house, ATTENDED)[0].1.contains("for 18 minutes"));
        // The name is known from now on.
        hold(&mut house, start_ms + 24 * 60 * MINUTE_MS, "Asha Rao").await;
        assert_eq!(activities(&house, ATTENDED).len(), 2);
        // Somebody else's telephone was not hers; then it was after all.
        hold(&mut house, start_ms + 48 * 60 * MINUTE_MS, "iPhone").await;
        assert_eq!(activities(&house, NO_SHOW), []);
        decide(&mut house, 0, Which::Waiting, Some(Is::Nobody)).await;
        assert!(activities(&house, NO_SHOW)[0].1.contains("did not come"));
        let known = listed(&house, Which::Known).await;
        let place = known.rows.iter().position(|(_, state, _)| state.name.as_deref() == Some("iPhone")).unwrap();
        decide(&mut house, place, Which::Known, is(ASHA)).await;
        let missed = activities(&house, NO_SHOW);
        assert!(missed.len() == 1 && missed[0].1.contains("Attended after all"), "{missed:?}");
        assert_eq!(activities(&house, ATTENDED).len(), 3);
    })
    .await;
}
