//! Appointments that people make in LeadSquared: each becomes one Zoom meeting and gets its link, whatever happens on the way; where
//! there can be no meeting, the appointment says why.

use super::changes::tell;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::settings::appointments::Becomes;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{NewTask, Switches, Task, TaskDates, UserStatus};
use connector_simulator::zoom::{MeetingTold, NewUser, Role};

pub const ORG: &str = "sunrise";
pub const OWNER: &str = "rep@sunrise.example";

/// A Zoom user of the first account.
pub fn add_user(house: &House, email: &str) {
    let user = NewUser {
        email: email.to_owned(),
        first_name: "Sales".to_owned(),
        last_name: "User".to_owned(),
        role: Role::Member,
        licensed: true,
        webinar_capacity: None,
    };
    house.preset.zoom.add_user(&house.preset.zoom_accounts[0].id, user);
}

/// Appointments become meetings from now on; the owner is a Zoom user.
pub async fn switch_on(house: &House) {
    house.change_settings(0, |settings| settings.tasks.become_meetings = Becomes::Meeting).await;
    add_user(house, OWNER);
}

/// An appointment that a sales user makes for a lead, in an hour, for 45 minutes.
pub fn appoint(house: &House, change: impl FnOnce(&mut NewTask)) -> String {
    let crm = &house.preset.leadsquared;
    let known = crm
        .snapshot(ORG)
        .unwrap()
        .leads
        .iter()
        .find(|lead| lead.fields.get("EmailAddress").is_some_and(|email| email == "asha@customers.example"))
        .map(|lead| lead.id.clone());
    let lead = known.unwrap_or_else(|| crm.add_lead(ORG, &[("EmailAddress", "asha@customers.example")]));
    let start_ms = house.now_ms() + HOUR_MS;
    let mut new = NewTask {
        lead: Some(lead),
        name: "Price talk".to_owned(),
        description: "Bring the list".to_owned(),
        span_ms: (start_ms, start_ms + 45 * MINUTE_MS),
        task_type: "Meeting".to_owned(),
        owner: OWNER.to_owned(),
    };
    change(&mut new);
    crm.add_task(ORG, new)
}

pub fn task(house: &House, id: &str) -> Task {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    crm.tasks.iter().find(|task| task.id == id).unwrap().clone()
}

pub fn meetings(house: &House) -> Vec<MeetingTold> {
    let history = house.preset.zoom.history();
    history.meetings.into_iter().filter(|meeting| meeting.created_by_api).collect()
}

/// The app of the meetings is removed in Zoom.
async fn disconnect(house: &mut House) {
    let admin = house.preset.zoom_accounts[0].admin.clone();
    let app = house.preset.apps[0].client_id.clone();
    house.preset.zoom.deauthorize(&app, &admin, house.now_ms());
    house.settle().await;
}

/// There is one meeting for the appointment, both say the same, and the lead was told once.
async fn check_made(house: &House, id: &str) {
    let picture = house.picture(0).await;
    let made = meetings(house);
    assert_eq!(made.len(), 1, "{picture}");
    let (meeting, task) = (&made[0], task(house, id));
    assert_eq!((meeting.topic.as_str(), meeting.duration_min), (task.name.as_str(), 45), "{picture}");
    assert_eq!(meeting.host_email, OWNER);
    let at = jiff::Timestamp::from_millisecond(meeting.start_ms).unwrap();
    assert_eq!(at.strftime("%Y-%m-%d %H:%M:%S").to_string(), task.due, "{picture}");
    let link = task.location.clone().unwrap_or_default();
    assert!(link.contains(&meeting.number.to_string()), "{picture}");
    assert_eq!(task.description, format!("Zoom meeting: {link}\nBring the list"));
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    assert_eq!((crm.tasks.len(), crm.leads.len(), crm.activities.len()), (1, 1, 1), "{picture}");
    assert!(crm.activities[0].note.contains(&link) && crm.activities[0].type_name == "Zoom Meeting Scheduled");
    assert_eq!(house.causes(0).await, Vec::new());
}

#[tokio::test]
async fn an_appointment_made_in_leadsquared_becomes_one_zoom_meeting_and_gets_its_link() {
    on_both(async |mut house| {
        switch_on(&house).await;
        let id = appoint(&house, |_| {});
        // LeadSquared tells three times, and late once more.
        for _ in 0..3 {
            tell(&house, &id).await;
        }
        house.settle().await;
        check_made(&house, &id).await;
        house.advance(HOUR_MS / 2);
        tell(&house, &id).await;
        house.settle().await;
        check_made(&house, &id).await;
    })
    .await;
}

#[tokio::test]
async fn a_zoom_that_is_down_or_answers_after_applying_makes_one_meeting() {
    on_both(async |mut house| {
        switch_on(&house).await;
        let down = || Fault::Answer(503, "<html>".to_owned());
        // Not carried out three times; then carried out, and the answer lost.
        house.preset.zoom.faults().plan("meetings.create", (0, 1), Fault::Reset);
        house.preset.zoom.faults().plan("meetings.create", (0, 1), down());
        house.preset.zoom.faults().plan("meetings.create", (0, 1), Fault::ApplyThenReset);
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        for _ in 0..4 {
            house.settle_within(HOUR_MS / 8).await;
            tell(&house, &id).await;
        }
        house.settle_within(HOUR_MS / 8).await;
        check_made(&house, &id).await;
    })
    .await;
}

#[tokio::test]
async fn a_slow_zoom_and_a_killed_process_make_one_meeting_for_an_appointment() {
    on_both(async |mut house| {
        switch_on(&house).await;
        house.preset.zoom.faults().plan("meetings.create", (0, 1), Fault::ApplyThenWait(10_000));
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.translate().await;
        house.crm_step().await;
        house.translate().await;
        house.kill_in_zoom_call(|preset| preset.zoom.history().meetings.iter().any(|one| one.created_by_api)).await;
        assert_eq!(task(&house, &id).location, None, "nothing tells of a meeting that nobody has heard of");
        tell(&house, &id).await;
        house.settle_within(HOUR_MS).await;
        check_made(&house, &id).await;
    })
    .await;
}

#[tokio::test]
async fn where_there_can_be_no_meeting_the_appointment_says_why_and_is_made_one_when_that_is_mended() {
    on_both(async |mut house| {
        switch_on(&house).await;
        let id = appoint(&house, |new| new.owner = "gone@sunrise.example".to_owned());
        tell(&house, &id).await;
        house.settle().await;
        tell(&house, &id).await;
        house.settle().await;
        let text = task(&house, &id).description;
        assert_eq!(
            text,
            "No Zoom meeting yet: gone@sunrise.example is no user of the Zoom account. Give the appointment to somebody who \
             is; or add the user in Zoom, then change the appointment.\nBring the list"
        );
        assert_eq!(house.causes(0).await, [("zoom.host_unknown".to_owned(), 1)]);
        assert_eq!(meetings(&house).len(), 0);
        // Moved, it is asked for again, and refused again: the second refusal counts like the first.
        house.advance(MINUTE_MS);
        let start_ms = house.now_ms() + 2 * HOUR_MS;
        house.preset.leadsquared.edit_task(ORG, &id, (None, Some((start_ms, start_ms + 45 * MINUTE_MS))));
        tell(&house, &id).await;
        house.settle().await;
        assert_eq!(house.causes(0).await, [("zoom.host_unknown".to_owned(), 1)]);
        assert!(task(&house, &id).description.starts_with("No Zoom meeting yet: gone@sunrise.example"));
        house.advance(MINUTE_MS);
        house.preset.leadsquared.give_task(ORG, &id, OWNER);
        tell(&house, &id).await;
        tell(&house, &id).await;
        house.settle().await;
        check_made(&house, &id).await;
    })
    .await;
}

#[tokio::test]
async fn an_appointment_without_a_lead_says_so_and_others_are_left_alone() {
    on_both(async |mut house| {
        let off = appoint(&house, |new| new.name = "Before it was switched on".to_owned());
        tell(&house, &off).await;
        house.settle().await;
        switch_on(&house).await;
        let lonely = appoint(&house, |new| new.lead = None);
        let over = appoint(&house, |new| new.span_ms = (new.span_ms.0 - 3 * HOUR_MS, new.span_ms.1 - 3 * HOUR_MS));
        let call = appoint(&house, |new| new.task_type = "Phone Call".to_owned());
        let cancelled = appoint(&house, |_| {});
        house.preset.leadsquared.cancel_task(ORG, &cancelled);
        for id in [&lonely, &over, &call, &cancelled] {
            tell(&house, id).await;
            tell(&house, id).await;
        }
        house.settle().await;
        let says = "No Zoom meeting yet: the appointment is about no lead. Relate it to one.\nBring the list";
        assert_eq!(task(&house, &lonely).description, says);
        for id in [&off, &over, &call, &cancelled] {
            assert_eq!(task(&house, id).description, "Bring the list");
        }
        assert_eq!((meetings(&house).len(), house.causes(0).await.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn while_zoom_is_not_connected_the_appointment_says_so_and_is_made_one_later() {
    on_both(async |mut house| {
        switch_on(&house).await;
        disconnect(&mut house).await;
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.settle().await;
        let text = task(&house, &id).description;
        assert!(text.starts_with("No Zoom meeting yet: Zoom is not connected"), "{text}");
        house.sign_in(0, "meetings").await;
        house.settle_within(5 * MINUTE_MS).await;
        check_made(&house, &id).await;
    })
    .await;
}

#[tokio::test]
async fn an_appointment_related_to_another_lead_before_its_meeting_is_there_concerns_that_lead() {
    on_both(async |mut house| {
        switch_on(&house).await;
        disconnect(&mut house).await;
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.settle().await;
        house.advance(MINUTE_MS);
        let crm = house.preset.leadsquared.clone();
        let bina = crm.add_lead(ORG, &[("EmailAddress", "bina@customers.example")]);
        crm.relate_task(ORG, &id, &bina);
        tell(&house, &id).await;
        house.settle().await;
        house.sign_in(0, "meetings").await;
        house.settle_within(5 * MINUTE_MS).await;
        let now = crm.snapshot(ORG).unwrap();
        let told: Vec<&str> = now.activities.iter().map(|activity| activity.lead.as_str()).collect();
        assert_eq!((meetings(&house).len(), told), (1, vec![bina.as_str()]));
        assert_eq!(house.causes(0).await, Vec::new());
    })
    .await;
}

#[tokio::test]
async fn meetings_that_we_scheduled_ourselves_are_not_made_twice_by_their_own_appointments() {
    on_both(async |mut house| {
        switch_on(&house).await;
        // The answer to the task is lost: LeadSquared tells of a task that we do not know by its id yet.
        house.preset.leadsquared.faults().plan("Task.Create", (0, 1), Fault::ApplyThenReset);
        super::changes::ask_for(&house, "asha@customers.example").await;
        house.settle().await;
        let ours = house.preset.leadsquared.snapshot(ORG).unwrap().tasks[0].id.clone();
        tell(&house, &ours).await;
        house.settle_within(HOUR_MS / 6).await;
        tell(&house, &ours).await;
        house.settle().await;
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((meetings(&house).len(), crm.tasks.len(), crm.activities.len()), (1, 1, 1));
    })
    .await;
}

#[tokio::test]
async fn the_same_meeting_of_an_appointment_changed_in_zoom_and_leadsquared_within_one_second_ends_equal() {
    on_both(async |mut house| {
        switch_on(&house).await;
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.settle().await;
        let (zoom, crm) = (house.preset.zoom.clone(), house.preset.leadsquared.clone());
        let meeting = meetings(&house)[0].clone();
        house.advance(MINUTE_MS);
        let by_crm = meeting.start_ms + 3 * HOUR_MS;
        crm.edit_task(ORG, &id, (Some("Long price talk"), Some((by_crm, by_crm + 45 * MINUTE_MS))));
        house.advance(600);
        zoom.update(meeting.number, (None, Some(meeting.start_ms + HOUR_MS), None), house.now_ms());
        tell(&house, &id).await;
        house.settle_within(MINUTE_MS).await;
        let now = meetings(&house)[0].clone();
        assert_eq!((now.topic.as_str(), now.start_ms), ("Long price talk", meeting.start_ms + HOUR_MS));
        check_made(&house, &id).await;
        // What a person deletes is cancelled in Zoom.
        house.advance(MINUTE_MS);
        crm.delete_task(ORG, &id);
        tell(&house, &id).await;
        house.settle().await;
        assert!(meetings(&house)[0].deleted);
    })
    .await;
}

#[tokio::test]
async fn an_appointment_moved_while_its_meeting_is_being_made_moves_the_meeting() {
    on_both(async |mut house| {
        switch_on(&house).await;
        house.preset.zoom.faults().plan("meetings.create", (0, 2), Fault::Answer(503, "<html>".to_owned()));
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.settle().await;
        let start_ms = house.now_ms() + 5 * HOUR_MS;
        house.advance(1_000);
        house.preset.leadsquared.edit_task(ORG, &id, (None, Some((start_ms, start_ms + 45 * MINUTE_MS))));
        tell(&house, &id).await;
        house.settle_within(HOUR_MS / 4).await;
        check_made(&house, &id).await;
        assert_eq!(meetings(&house)[0].start_ms, start_ms);
    })
    .await;
}

#[tokio::test]
async fn a_leadsquared_that_does_not_answer_leaves_no_appointment_without_its_link() {
    on_both(async |mut house| {
        switch_on(&house).await;
        let faults = house.preset.leadsquared.faults();
        faults.plan("Retrieve.GetById", (0, 2), Fault::Reset);
        faults.plan("Task.Update", (0, 1), Fault::ApplyThenReset);
        faults.plan("Task.Update", (0, 1), Fault::Reset);
        let id = appoint(&house, |_| {});
        tell(&house, &id).await;
        house.settle_within(HOUR_MS / 2).await;
        check_made(&house, &id).await;
    })
    .await;
}

/// Where LeadSquared tells of nothing: what a sales user does is found by looking, whatever the dates mean that a look is bounded by.
async fn find_what_nobody_tells(mut house: House, task_dates: TaskDates) {
    let crm = house.preset.leadsquared.clone();
    crm.set_switches(ORG, Switches { task_dates, ..Switches::default() });
    crm.add_user(ORG, OWNER, ("Sales", "User"), UserStatus::Active);
    let before = appoint(&house, |new| new.name = "Before".to_owned());
    house.advance(HOUR_MS / 2);
    switch_on(&house).await;
    house.settle().await;
    house.advance(5 * MINUTE_MS);
    let id = appoint(&house, |_| {});
    house.settle().await;
    assert_eq!(meetings(&house).len(), 0, "nobody has looked yet");
    // The first look fails half-way, and the process dies.
    crm.faults().plan("Task.Retrieve", (1, 1), Fault::Reset);
    house.advance(10 * MINUTE_MS);
    house.settle().await;
    house.reopen().await;
    house.advance(MINUTE_MS);
    house.settle().await;
    let meeting = meetings(&house)[0].clone();
    assert_eq!((meetings(&house).len(), task(&house, &before).location), (1, None));
    house.advance(7 * MINUTE_MS);
    let start_ms = meeting.start_ms + HOUR_MS;
    crm.edit_task(ORG, &id, (None, Some((start_ms, start_ms + 45 * MINUTE_MS))));
    house.advance(8 * MINUTE_MS);
    house.settle().await;
    assert_eq!(meetings(&house)[0].start_ms, start_ms, "{}", house.picture(0).await);
    crm.delete_task(ORG, &before);
    check_made(&house, &id).await;
    // A look that finds nothing new is a few reads.
    house.advance(15 * MINUTE_MS);
    house.settle().await;
    let delivered = house.deliveries(0).await["delivered"];
    house.advance(15 * MINUTE_MS);
    house.settle().await;
    assert_eq!(house.deliveries(0).await["delivered"], delivered);
}

#[tokio::test]
async fn what_leadsquared_does_not_tell_of_is_found_by_looking_and_a_death_loses_nothing() {
    on_both(async |house| find_what_nobody_tells(house, TaskDates::OfTheChange).await).await;
    on_both(async |house| find_what_nobody_tells(house, TaskDates::OfTheAppointment).await).await;
}

#[tokio::test]
async fn without_a_wish_for_it_nobody_looks_and_where_leadsquared_tells_looks_are_rare() {
    on_both(async |mut house| {
        let crm = house.preset.leadsquared.clone();
        let looks = || crm.counters(ORG).by_operation.get("Task.Retrieve").copied().unwrap_or_default();
        house
            .change_settings(0, |settings| {
                settings.tasks.become_meetings = Becomes::Meeting;
                settings.tasks.poll_minutes = 0;
            })
            .await;
        for _ in 0..3 {
            house.advance(HOUR_MS);
            house.settle().await;
        }
        assert_eq!(looks(), 0);
        house.change_settings(0, |settings| settings.tasks.poll_minutes = 15).await;
        house.settle().await;
        let id = appoint(&house, |new| new.task_type = "Phone Call".to_owned());
        tell(&house, &id).await;
        house.settle().await;
        house.advance(15 * MINUTE_MS);
        house.settle().await;
        let once = looks();
        assert!(once > 0);
        for _ in 0..3 {
            house.advance(15 * MINUTE_MS);
            house.settle().await;
            assert_eq!(looks(), once, "LeadSquared tells of changes itself");
        }
        house.advance(16 * MINUTE_MS);
        house.settle().await;
        assert_eq!(looks(), 2 * once);
    })
    .await;
}
