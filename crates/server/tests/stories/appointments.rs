//! Appointments that people make in LeadSquared: each becomes one Zoom meeting and gets its link, whatever happens on the way; where
//! there can be no meeting, the appointment says why.

use super::changes::tell;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::settings::appointments::Becomes;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{NewTask, Task};
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
    let known = crm.snapshot(ORG).unwrap().leads.iter().find(|lead| {
        lead.fields.get("EmailAddress").is_some_and(|email| email == "asha@customers.example")
    }).map(|lead| lead.id.clone());
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
