//! Scheduling from LeadSquared: what is chosen arrives in Zoom, every refusal says what to mend, a host's day is counted ahead, and
//! whatever Zoom does there is one meeting for a wish, and no appointment without one.

use super::house::{HOUR_MS, House};
use super::on_both;
use connector_core::delivery::limiter::next_day_ms;
use connector_core::schedule_request::{RepeatWanted, ScheduleRequest, WishId};
use connector_core::zoom::options::{SignUp, WaitingRoom};
use connector_server::intake::commands;
use connector_server::store::delivery_list::ListedDelivery;
use connector_server::store::{host_day, scheduled};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, CallsPerSecond, MeetingTold, NewUser, Role};

fn request(lead: &str) -> ScheduleRequest {
    ScheduleRequest {
        lead: lead.to_owned(),
        topic: "Campus tour".to_owned(),
        start: "2026-12-01T10:00".to_owned(),
        zone: "Asia/Kolkata".to_owned(),
        minutes: Some(30),
        ..ScheduleRequest::default()
    }
}

async fn ask(house: &House, wish: &str, request: &ScheduleRequest) {
    let wish = WishId::parse(wish).unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), request, &wish, "story").await.unwrap();
}

fn made(house: &House) -> Vec<MeetingTold> {
    let history = house.preset.zoom.history();
    history.meetings.into_iter().filter(|meeting| meeting.created_by_api).collect()
}

async fn followed(house: &House, wish: &str) -> scheduled::Followed {
    let (tenant, wish) = (house.tenant(0), WishId::parse(wish).unwrap());
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { scheduled::followed(unit, &tenant, &wish).await }));
    read.await.unwrap().unwrap()
}

async fn creating(house: &House, wish: &str) -> ListedDelivery {
    followed(house, wish).await.deliveries.into_iter().find(|one| one.kind == "create_meeting").unwrap()
}

/// A user of the first Zoom account.
fn add_user(house: &House, email: &str, licensed: bool) {
    let user = NewUser {
        email: email.to_owned(),
        first_name: "Sales".to_owned(),
        last_name: "User".to_owned(),
        role: Role::Member,
        licensed,
        webinar_capacity: None,
    };
    house.preset.zoom.add_user(&house.preset.zoom_accounts[0].id, user);
}

fn tasks(house: &House) -> usize {
    house.preset.leadsquared.snapshot("sunrise").unwrap().tasks.len()
}

#[tokio::test]
async fn what_was_chosen_stands_in_zoom_and_every_lead_is_told() {
    on_both(async |mut house| {
        add_user(&house, "second@sunrise.example", true);
        let wanted = ScheduleRequest {
            alternative_hosts: "second@sunrise.example".to_owned(),
            guests: "guest@else.example".to_owned(),
            waiting_room: WaitingRoom::On,
            sign_up: SignUp::Manual,
            passcode: "open-1".to_owned(),
            repeat: RepeatWanted::Weekly,
            times: Some(3),
            ..request("asha@customers.example, ravi@customers.example")
        };
        ask(&house, "w1", &wanted).await;
        house.settle().await;
        let made = made(&house);
        assert_eq!(made.len(), 1, "{}", house.picture(0).await);
        let meeting = &made[0];
        assert_eq!(meeting.occurrences.len(), 3);
        assert_eq!(meeting.occurrences[1] - meeting.occurrences[0], 7 * 24 * HOUR_MS);
        assert_eq!(meeting.invitees, ["asha@customers.example", "ravi@customers.example", "guest@else.example"]);
        assert_eq!(
            (meeting.alternative_hosts.as_str(), meeting.password.as_str()),
            ("second@sunrise.example", "open-1")
        );
        assert_eq!((meeting.waiting_room, meeting.approval), (true, Approval::Manual));
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (2, 2, 1));
        assert!(crm.activities.iter().all(|activity| activity.note.contains("every week, 3 times")));
    })
    .await;
}

#[tokio::test]
async fn every_refusal_is_a_sentence_of_its_own_and_makes_no_appointment() {
    on_both(async |mut house| {
        add_user(&house, "basic@sunrise.example", false);
        let gone = ScheduleRequest { host: "gone@sunrise.example".to_owned(), ..request("a@customers.example") };
        ask(&house, "gone", &gone).await;
        let unlicensed = ScheduleRequest {
            host: "basic@sunrise.example".to_owned(),
            sign_up: SignUp::Automatic,
            ..request("a@customers.example")
        };
        ask(&house, "licence", &unlicensed).await;
        house.settle().await;
        let answers = [
            ("not-host", r#"{"code":3003,"message":"You are not the meeting host."}"#),
            (
                "scope",
                r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[meeting:write:meeting]."}"#,
            ),
            ("not-found", r#"{"code":3001,"message":"Meeting does not exist."}"#),
        ];
        for (wish, body) in answers {
            let refused = Fault::Answer(400, body.to_owned());
            house.preset.zoom.faults().plan("meetings.create", (0, 1), refused);
            ask(&house, wish, &request("a@customers.example")).await;
            house.settle().await;
        }
        for (wish, code) in [
            ("gone", "zoom.host_unknown"),
            ("licence", "zoom.plan"),
            ("not-host", "zoom.not_host"),
            ("scope", "zoom.scope"),
            ("not-found", "zoom.host_unknown"),
        ] {
            let row = creating(&house, wish).await;
            assert_eq!((row.state.as_str(), row.code.as_deref()), ("parked", Some(code)), "{wish}: {:?}", row.detail);
        }
        assert_eq!((made(&house).len(), tasks(&house)), (0, 0));
        // A wrong wish holds nobody up.
        ask(&house, "good", &request("a@customers.example")).await;
        house.settle_within(HOUR_MS).await;
        assert_eq!((made(&house).len(), tasks(&house)), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_hosts_day_is_counted_ahead_and_other_hosts_go_on() {
    on_both(async |mut house| {
        add_user(&house, "second@sunrise.example", true);
        let (tenant, day) = (house.tenant(0), host_day::day_of(house.now_ms()));
        let used = house.shared.store.write(move |unit| {
            Box::pin(async move {
                for _ in 0..98 {
                    host_day::take(unit, &tenant, "me", day).await?;
                }
                Ok(())
            })
        });
        used.await.unwrap();
        for wish in ["w-1", "w-2", "w-3"] {
            ask(&house, wish, &request("a@customers.example")).await;
        }
        house.settle_within(HOUR_MS / 60).await;
        assert_eq!(made(&house).len(), 2, "98 were used before");
        let row = creating(&house, "w-3").await;
        let midnight_ms = next_day_ms(house.now_ms());
        assert_eq!((row.state.as_str(), row.code.as_deref()), ("ready", Some("zoom.host_day")));
        assert_eq!((row.next_at_ms, row.tries), (midnight_ms, 0), "Zoom was not even asked");
        let other = ScheduleRequest { host: "second@sunrise.example".to_owned(), ..request("b@customers.example") };
        ask(&house, "other", &other).await;
        house.settle_within(HOUR_MS / 60).await;
        assert_eq!(made(&house).len(), 3);
        house.advance(midnight_ms - house.now_ms());
        house.settle_within(HOUR_MS / 60).await;
        assert_eq!((made(&house).len(), tasks(&house)), (4, 4));
    })
    .await;
}

#[tokio::test]
async fn a_day_that_others_used_up_is_learned_from_zoom_once() {
    on_both(async |mut house| {
        let message = "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this \
                       particular user. You may resume these requests at GMT 00:00:00.";
        let used_up = Fault::Answer(429, format!(r#"{{"code":429,"message":"{message}"}}"#));
        house.preset.zoom.faults().plan("meetings.create", (0, 1), used_up);
        for wish in ["w-1", "w-2"] {
            ask(&house, wish, &request("a@customers.example")).await;
        }
        house.settle().await;
        let (tenant, day) = (house.tenant(0), host_day::day_of(house.now_ms()));
        let used = house
            .shared
            .store
            .read(move |unit| Box::pin(async move { host_day::used(unit, &tenant, "me", day).await }));
        assert_eq!((used.await.unwrap(), made(&house).len()), (100, 0));
        for wish in ["w-1", "w-2"] {
            let row = creating(&house, wish).await;
            assert_eq!(row.code.as_deref(), Some("zoom.host_day"));
            assert_eq!(row.next_at_ms, next_day_ms(house.now_ms()));
        }
        house.advance(next_day_ms(house.now_ms()) - house.now_ms());
        house.settle_within(HOUR_MS / 6).await;
        assert_eq!(made(&house).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_slow_zoom_and_a_killed_process_make_one_meeting_and_no_early_appointment() {
    on_both(async |mut house| {
        house.preset.zoom.faults().plan("meetings.create", (0, 1), Fault::ApplyThenWait(10_000));
        ask(&house, "slow", &request("a@customers.example")).await;
        let mut steps = 0;
        while followed(&house, "slow").await.deliveries.is_empty() {
            house.translate().await;
            steps += 1;
            assert!(steps < 10, "the wish was never looked at");
        }
        house.kill_in_zoom_call(|preset| preset.zoom.history().meetings.iter().any(|one| one.created_by_api)).await;
        assert_eq!(tasks(&house), 0, "nothing tells of a meeting that nobody has heard of");
        house.settle_within(HOUR_MS).await;
        assert_eq!((made(&house).len(), tasks(&house)), (1, 1), "{}", house.picture(0).await);
    })
    .await;
}

/// Sales users, and meetings that each of them schedules.
const SALES_USERS: usize = 50;
const MEETINGS_EACH: usize = 10;

#[tokio::test]
async fn fifty_sales_users_schedule_five_hundred_meetings_at_once() {
    on_both(async |mut house| {
        house.preset.zoom.set_calls_per_second(Some(CallsPerSecond { light: 30, medium: 20, heavy: 10 }));
        for user in 0..SALES_USERS {
            add_user(&house, &format!("sales{user}@sunrise.example"), true);
        }
        for number in 0..SALES_USERS * MEETINGS_EACH {
            let user = number % SALES_USERS;
            let wanted = ScheduleRequest {
                host: format!("sales{user}@sunrise.example"),
                topic: format!("Meeting {number}"),
                ..request(&format!("lead{number}@customers.example"))
            };
            ask(&house, &format!("w-{number}"), &wanted).await;
        }
        house.settle_within(HOUR_MS).await;
        let made = made(&house);
        assert_eq!((made.len(), tasks(&house)), (SALES_USERS * MEETINGS_EACH, SALES_USERS * MEETINGS_EACH));
        for number in 0..SALES_USERS * MEETINGS_EACH {
            let followed = followed(&house, &format!("w-{number}")).await;
            let created = followed.created.unwrap();
            let meeting = made.iter().find(|one| one.number == created.number.0).unwrap();
            assert_eq!(meeting.topic, format!("Meeting {number}"), "each page follows its own");
            assert_eq!(meeting.host_email, format!("sales{}@sunrise.example", number % SALES_USERS));
            let create = followed.deliveries.iter().find(|one| one.kind == "create_meeting").unwrap();
            assert_eq!(create.tries, 0, "Zoom's limits were never run into");
        }
    })
    .await;
}
