//! What is made of meetings, on the tab where their sign-in is: shown, and saved as a new version of the settings.

use super::super::configure::{MeetingFields, Tab};
use super::attendance::opened;
use super::configure::{tab_address, view};
use super::mapping::{Form, choices, chosen};
use super::session::Admin;
use super::{Failure, Fields, Page, address, see, show};
use crate::app::Shared;
use crate::problem::Problem;
use crate::setup::{self, SetupError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::settings::Settings;
use connector_core::settings::appointments::{Becomes, POLL_MINUTES_MAX};
use connector_core::settings::meetings::{Concerned, Show};

/// Which leads meetings are shown on.
const CONCERNED: &[(&str, &str, Concerned)] = &[
    ("scheduled_or_guests", "Scheduled leads; else leads who came", Concerned::ScheduledOrGuests),
    ("scheduled", "Scheduled leads only", Concerned::Scheduled),
];
/// What is shown of who was there.
const SHOW: &[(&str, &str, Show)] = &[
    ("attended", "One activity, with the minutes", Show::Attended),
    ("joined_left", "Joined and left, for each stay", Show::JoinedLeft),
    ("started_ended", "Nothing but start and end", Show::StartedEnded),
];
/// Whether an appointment that somebody makes in LeadSquared becomes a meeting.
const BECOME: &[(&str, &str, Becomes)] = &[("no", "No", Becomes::Nothing), ("yes", "Yes", Becomes::Meeting)];
/// What is switched on or off.
const SWITCH: &[(&str, &str, bool)] = &[("yes", "Yes", true), ("no", "No", false)];

/// The fields of settings that were read at `version`.
pub(super) fn shown(version: i64, settings: &Settings) -> MeetingFields {
    let rules = settings.meetings;
    MeetingFields {
        version,
        refusal: None,
        concerned: choices(CONCERNED, rules.concerned),
        show: choices(SHOW, rules.show),
        no_shows: choices(SWITCH, rules.no_shows),
        appointments: choices(BECOME, settings.tasks.become_meetings),
        task_type: settings.meeting_task_type().to_owned(),
        poll_minutes: settings.tasks.poll_minutes.to_string(),
        grace_min: settings.attendance.read_after_end.then_some(settings.attendance.grace_min),
    }
}

/// The settings as the form changes them.
fn edited(settings: &Settings, form: &Form) -> Result<Settings, String> {
    let mut edited = settings.clone();
    edited.meetings.concerned = chosen(CONCERNED, form, "concerned")?;
    edited.meetings.show = chosen(SHOW, form, "show")?;
    edited.meetings.no_shows = chosen(SWITCH, form, "no_shows")?;
    edited.tasks.become_meetings = chosen(BECOME, form, "appointments")?;
    let minutes = form.get("poll_minutes").map_or("", |minutes| minutes.trim());
    let minutes = minutes.parse().ok().filter(|minutes| *minutes <= POLL_MINUTES_MAX);
    let wrong = || format!("Minutes between two looks are a number from 0 to {POLL_MINUTES_MAX}.");
    edited.tasks.poll_minutes = minutes.ok_or_else(wrong)?;
    Ok(edited)
}

pub(super) async fn save(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<Form>,
) -> Page {
    let (tenant, current, read_at) = opened(&shared, &who, &tenant, &form).await?;
    let unreadable = |sentence: String| Failure::from(Problem::bad_request(sentence));
    let settings = edited(&current.settings, &form).map_err(unreadable)?;
    match setup::save_settings_after(&shared, &tenant.tenant, read_at, settings.clone(), who.actor()).await {
        Ok(_) => {
            let to = tab_address(&tenant.tenant, Tab::Authentication);
            Ok(see(&address(&to, &[("done", "settings")])))
        }
        Err(error @ SetupError::Store(_)) => Err(error.into()),
        Err(error) => {
            let mut page = view(&shared, &who, &tenant, Tab::Authentication).await?;
            page.meetings = Some(MeetingFields { refusal: Some(error.to_string()), ..shown(read_at, &settings) });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}
