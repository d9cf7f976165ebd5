//! Runs of meetings: who was there and for how long, and whom a meeting concerns at all.

use super::after::{GRACE_MS, activities};
use super::house::{House, MINUTE_MS};
use super::meeting::{made, schedule};
use super::on_both;
use connector_core::rules::task::{Happened, Owner, TaskRule};
use connector_core::settings::meetings::{Concerned, Show};
use connector_simulator::leadsquared::UserStatus;
use connector_simulator::truth::Scheduled;
use connector_simulator::zoom::{Approval, Mischief, NewEvent, Outgoing, Stay, Who};

pub const ASHA: &str = "asha@customers.example";
pub const ATTENDED: &str = "Zoom Meeting Attended";
pub const NO_SHOW: &str = "Zoom Meeting No-Show";

/// A meeting that somebody made in Zoom itself, for now: instant ones and personal rooms are no different.
pub fn meeting(house: &House, topic: &str, invited: &[&str]) -> u64 {
    let new = NewEvent {
        topic: topic.to_owned(),
        start_ms: house.now_ms(),
        duration_min: 30,
        timezone: "UTC".to_owned(),
        approval: Approval::None,
        questions: Vec::new(),
        agenda: String::new(),
    };
    house.preset.zoom.create_meeting_for(&house.preset.zoom_accounts[0].admin, new, invited, house.now_ms())
}

pub fn known(email: &str) -> Who {
    Who::Known { name: email.split('@').next().unwrap().to_owned(), email: email.to_owned() }
}

/// Somebody comes for a time, in minutes after `from_ms`.
pub fn stays(house: &House, (uuid, from_ms): (&str, i64), who: Who, (join, leave): (i64, i64)) -> Stay {
    let stay = house.preset.zoom.join(uuid, who, from_ms + join * MINUTE_MS).unwrap();
    house.preset.zoom.leave(uuid, &stay, from_ms + leave * MINUTE_MS);
    stay
}

/// A meeting scheduled for Asha, up to its start: its number, when it starts.
pub async fn scheduled(house: &mut House) -> (u64, i64) {
    let start_ms = schedule(house, "w1").await;
    house.settle().await;
    house.advance(start_ms - house.now_ms());
    (made(house)[0], start_ms)
}

pub async fn past_grace(house: &mut House, ended_ms: i64) {
    house.settle().await;
    house.advance((ended_ms - house.now_ms()).max(0) + GRACE_MS);
    house.settle().await;
}

/// Webhooks that were taken out of the post are delivered, in the order given.
pub async fn post(house: &House, webhooks: &[Outgoing]) {
    for webhook in webhooks {
        let path = webhook.url.strip_prefix("http://connector.test").unwrap();
        let mut request = axum::http::Request::post(path);
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        let status = house.ask(request.body(webhook.body.clone().into()).unwrap()).await.0;
        house.preset.zoom.report(webhook.id, Some(status.as_u16()));
    }
}

#[track_caller]
pub fn check_scheduled(house: &House, (number, start_ms): (u64, i64)) {
    let told = Scheduled { number, email: ASHA.to_owned(), start_ms };
    let seen = house.compare(0, vec![told]);
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
}

pub fn lead(house: &House, email: &str) {
    house.preset.leadsquared.add_lead("sunrise", &[("EmailAddress", email), ("FirstName", "Lead")]);
}

fn all_activities(house: &House) -> usize {
    house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len()
}

#[tokio::test]
async fn the_lead_it_was_scheduled_for_gets_one_activity_with_the_minutes_of_all_devices() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.set_mischief(Mischief {
            doubled_per_100: 50,
            late_per_100: 20,
            shuffled: true,
            double_subscription: true,
            ..Mischief::default()
        });
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), Who::Host, (0, 30));
        stays(&house, (&uuid, start_ms), known(ASHA), (2, 20));
        stays(&house, (&uuid, start_ms), known(ASHA), (10, 25));
        // A guest of somebody else's is no concern of this meeting.
        lead(&house, "guest@elsewhere.example");
        stays(&house, (&uuid, start_ms), known("guest@elsewhere.example"), (5, 25));
        zoom.end(&uuid, start_ms + 30 * MINUTE_MS);
        house.settle_within(90 * MINUTE_MS).await;
        past_grace(&mut house, start_ms + 30 * MINUTE_MS).await;
        let told = activities(&house, ATTENDED);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, ASHA);
        assert!(told[0].1.contains("for 23 minutes (76 %)") && told[0].1.contains("2 devices"), "{told:?}");
        assert_eq!(activities(&house, NO_SHOW), []);
        // The lead of the guest is the only one that the truth does not know.
        let told = Scheduled { number, email: ASHA.to_owned(), start_ms };
        let seen = house.compare(0, vec![told]);
        assert_eq!((seen.lost, seen.duplicates), (0, 1), "{:#?}", seen.differences);
    })
    .await;
}

#[tokio::test]
async fn webhooks_that_never_came_are_made_good_by_the_list_of_participants() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        house.settle().await;
        zoom.set_mischief(Mischief { dropped_per_100: 100, ..Mischief::default() });
        stays(&house, (&uuid, start_ms), Who::Host, (0, 30));
        stays(&house, (&uuid, start_ms), known(ASHA), (2, 28));
        zoom.set_mischief(Mischief::default());
        zoom.end(&uuid, start_ms + 30 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, ATTENDED), []);
        past_grace(&mut house, start_ms + 30 * MINUTE_MS).await;
        let told = activities(&house, ATTENDED);
        assert!(told.len() == 1 && told[0].1.contains("for 26 minutes"), "{told:?}");
        check_scheduled(&house, (number, start_ms));
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn a_lost_end_is_told_by_the_list_in_the_end() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), known(ASHA), (2, 28));
        house.settle().await;
        zoom.set_mischief(Mischief { dropped_per_100: 100, ..Mischief::default() });
        zoom.end(&uuid, start_ms + 28 * MINUTE_MS);
        zoom.set_mischief(Mischief::default());
        house.settle().await;
        house.advance(32 * 60 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Meeting Ended").len(), 1);
        check_scheduled(&house, (number, start_ms));
    })
    .await;
}

#[tokio::test]
async fn an_instant_meeting_stands_on_the_leads_who_came_and_makes_none() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        lead(&house, ASHA);
        lead(&house, "member@sunrise.example");
        let now = house.now_ms();
        let uuid = zoom.start(meeting(&house, "Quick call", &[]), now).unwrap();
        stays(&house, (&uuid, now), Who::Host, (0, 20));
        stays(&house, (&uuid, now), known(ASHA), (3, 20));
        stays(&house, (&uuid, now), known("member@sunrise.example"), (0, 20));
        stays(&house, (&uuid, now), known("nobody@unknown.example"), (3, 20));
        zoom.end(&uuid, now + 20 * MINUTE_MS);
        past_grace(&mut house, now + 20 * MINUTE_MS).await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (2, 3), "{}", house.picture(0).await);
        for kind in ["Zoom Meeting Started", "Zoom Meeting Ended", ATTENDED] {
            let on: Vec<String> = activities(&house, kind).into_iter().map(|(email, _)| email).collect();
            assert_eq!(on, [ASHA], "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn each_run_of_a_personal_room_concerns_those_who_came_to_it() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let ravi = "ravi@elsewhere.example";
        lead(&house, ASHA);
        lead(&house, ravi);
        let (number, now) = (meeting(&house, "Personal room", &[]), house.now_ms());
        for (place, who) in (0_i64..).zip([ASHA, ravi, ASHA]) {
            let from_ms = now + place * 60 * MINUTE_MS;
            let uuid = zoom.start(number, from_ms).unwrap();
            stays(&house, (&uuid, from_ms), known(who), (0, 10 + place));
            zoom.end(&uuid, from_ms + 20 * MINUTE_MS);
        }
        past_grace(&mut house, now + 140 * MINUTE_MS).await;
        let told = activities(&house, ATTENDED);
        assert_eq!(told.len(), 3, "{told:?}");
        let all: String = told.iter().map(|(email, note)| format!("{email} {note}\n")).collect();
        for (email, minutes) in [(ASHA, 10), (ravi, 11), (ASHA, 12)] {
            let line =
                all.lines().any(|line| line.starts_with(email) && line.contains(&format!("for {minutes} minutes")));
            assert!(line, "{email} {minutes}: {all}");
        }
        assert_eq!(all_activities(&house), 9);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_among_colleagues_concerns_nobody_even_where_they_are_leads() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        lead(&house, "member@sunrise.example");
        lead(&house, "owner@sunrise.example");
        let now = house.now_ms();
        let uuid = zoom.start(meeting(&house, "Weekly stand-up", &[]), now).unwrap();
        stays(&house, (&uuid, now), Who::Host, (0, 15));
        stays(&house, (&uuid, now), known("member@sunrise.example"), (0, 15));
        stays(&house, (&uuid, now), Who::User(house.preset.zoom_accounts[0].member.clone()), (0, 15));
        zoom.end(&uuid, now + 15 * MINUTE_MS);
        past_grace(&mut house, now + 15 * MINUTE_MS).await;
        assert_eq!(all_activities(&house), 0, "{}", house.picture(0).await);
        assert_eq!(house.deliveries(0).await.len(), 0, "Zoom is not even asked");
    })
    .await;
}

#[tokio::test]
async fn where_only_scheduled_meetings_concern_leads_an_instant_one_stands_nowhere() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.meetings.concerned = Concerned::Scheduled).await;
        lead(&house, ASHA);
        let zoom = house.preset.zoom.clone();
        let now = house.now_ms();
        let uuid = zoom.start(meeting(&house, "Quick call", &[]), now).unwrap();
        stays(&house, (&uuid, now), known(ASHA), (3, 20));
        zoom.end(&uuid, now + 20 * MINUTE_MS);
        past_grace(&mut house, now + 20 * MINUTE_MS).await;
        assert_eq!(all_activities(&house), 0);
    })
    .await;
}

#[tokio::test]
async fn each_stay_is_told_where_the_settings_say_so_and_corrected_by_the_list() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.meetings.show = Show::JoinedLeft).await;
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        stays(&house, (&uuid, start_ms), known(ASHA), (1, 8));
        stays(&house, (&uuid, start_ms), known(ASHA), (10, 25));
        zoom.end(&uuid, start_ms + 30 * MINUTE_MS);
        past_grace(&mut house, start_ms + 30 * MINUTE_MS).await;
        assert_eq!(activities(&house, "Zoom Meeting Joined").len(), 2);
        let left = activities(&house, "Zoom Meeting Left");
        assert_eq!(left.len(), 2);
        assert!(left.iter().any(|(_, note)| note.contains("after 7 minutes")), "{left:?}");
        assert!(left.iter().any(|(_, note)| note.contains("after 15 minutes")), "{left:?}");
        assert_eq!(activities(&house, ATTENDED), []);
    })
    .await;
}

#[tokio::test]
async fn start_and_end_are_enough_where_the_settings_say_so() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.meetings.show = Show::StartedEnded;
                settings.meetings.no_shows = false;
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        for (from, who) in [(0, Some(known(ASHA))), (60, None)] {
            let from_ms = start_ms + from * MINUTE_MS;
            let uuid = zoom.start(number, from_ms).unwrap();
            if let Some(who) = who {
                stays(&house, (&uuid, from_ms), who, (0, 20));
            }
            zoom.end(&uuid, from_ms + 20 * MINUTE_MS);
        }
        past_grace(&mut house, start_ms + 80 * MINUTE_MS).await;
        // Scheduled once, started and ended twice.
        assert_eq!(all_activities(&house), 5, "{}", house.picture(0).await);
    })
    .await;
}

#[tokio::test]
async fn rules_make_tasks_of_meetings_for_the_host_who_is_a_user_of_leadsquared() {
    on_both(async |mut house| {
        let host = house.preset.zoom_accounts[0].admin_email.clone();
        house.preset.leadsquared.add_user("sunrise", &host, ("Meera", "Owner"), UserStatus::Active);
        house
            .change_settings(0, |settings| {
                let rule = |name: &str, when, condition: &str| TaskRule {
                    name: name.to_owned(),
                    when,
                    condition: condition.into(),
                    subject: format!("{name}: {{topic}}"),
                    owner: Owner::Host,
                    ..TaskRule::default()
                };
                settings.rules = vec![
                    rule("Send the offer", Happened::AttendedMeeting, "attended_minutes >= 10"),
                    rule("Call", Happened::MissedMeeting, ""),
                    rule("Webinars only", Happened::Attended, ""),
                ];
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        for (from, who) in [(0, Some(known(ASHA))), (24 * 60, None)] {
            let from_ms = start_ms + from * MINUTE_MS;
            zoom.update(number, (None, Some(from_ms), None), from_ms);
            let uuid = zoom.start(number, from_ms).unwrap();
            stays(&house, (&uuid, from_ms), Who::Host, (0, 20));
            if let Some(who) = who {
                stays(&house, (&uuid, from_ms), who, (0, 20));
            }
            zoom.end(&uuid, from_ms + 20 * MINUTE_MS);
            past_grace(&mut house, from_ms + 20 * MINUTE_MS).await;
        }
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        let mut tasks: Vec<(String, String)> = crm
            .tasks
            .into_iter()
            .filter(|task| task.task_type == "Follow Up")
            .map(|task| (task.name, task.owner))
            .collect();
        tasks.sort();
        let expected = ["Call: Intro call", "Send the offer: Intro call"].map(|name| (name.to_owned(), host.clone()));
        assert_eq!(tasks, expected);
    })
    .await;
}

#[tokio::test]
async fn a_host_who_is_no_user_of_leadsquared_leaves_the_task_to_the_task_owner() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.rules = vec![TaskRule {
                    name: "Send the offer".to_owned(),
                    when: Happened::AttendedMeeting,
                    owner: Owner::Host,
                    ..TaskRule::default()
                }];
            })
            .await;
        lead(&house, ASHA);
        let zoom = house.preset.zoom.clone();
        let now = house.now_ms();
        let uuid = zoom.start(meeting(&house, "Quick call", &[]), now).unwrap();
        stays(&house, (&uuid, now), known(ASHA), (3, 20));
        zoom.end(&uuid, now + 20 * MINUTE_MS);
        past_grace(&mut house, now + 20 * MINUTE_MS).await;
        let tasks = house.preset.leadsquared.snapshot("sunrise").unwrap().tasks;
        let owners: Vec<&str> = tasks.iter().map(|task| task.owner.as_str()).collect();
        assert_eq!(owners, ["integration@sunrise.example"]);
        check_truth_of_guests(&house);
    })
    .await;
}

/// Nothing of a webinar was told: the truth of webinars alone finds only what meetings brought.
#[track_caller]
fn check_truth_of_guests(house: &House) {
    let seen = house.compare(0, Vec::new());
    assert_eq!(seen.lost, 0, "{:#?}", seen.differences);
}

#[tokio::test]
async fn webhooks_that_come_backwards_and_twice_come_to_the_same() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let (number, start_ms) = scheduled(&mut house).await;
        let uuid = zoom.start(number, start_ms).unwrap();
        // Before the host.
        stays(&house, (&uuid, start_ms), known(ASHA), (-5, 20));
        stays(&house, (&uuid, start_ms), Who::Host, (0, 30));
        zoom.end(&uuid, start_ms + 30 * MINUTE_MS);
        let mut webhooks = zoom.take_due(32);
        assert_eq!(webhooks.len(), 6, "two people, start and end");
        webhooks.reverse();
        post(&house, &webhooks).await;
        post(&house, &webhooks).await;
        house.settle().await;
        let told = activities(&house, ATTENDED);
        assert!(told.len() == 1 && told[0].1.contains("for 25 minutes (71 %)"), "{told:?}");
        past_grace(&mut house, start_ms + 30 * MINUTE_MS).await;
        check_scheduled(&house, (number, start_ms));
    })
    .await;
}
