//! What a command is called where deliveries are stored and counted.

use super::Command;
use crate::ids::Kind;
use crate::{leadsquared, zoom};

impl Command {
    /// The lane it travels in: `leadsquared` or `zoom`.
    #[must_use]
    pub fn destination(&self) -> &'static str {
        match self {
            Self::LeadSquared { .. } => "leadsquared",
            Self::Zoom { .. } => "zoom",
        }
    }

    /// The mark by which what it makes is found again in the remote system; none where it makes nothing that carries one.
    #[must_use]
    pub fn marker(&self) -> Option<&str> {
        use leadsquared::command::Command as Crm;
        use zoom::command::Command as Zoom;
        match self {
            Self::LeadSquared { command } => match command {
                Crm::PostActivity(activity) => Some(&activity.marker),
                Crm::CreateTask(task) => Some(&task.marker),
                Crm::CorrectActivity(correction) => Some(&correction.activity.marker),
                Crm::UpsertLead(_) | Crm::FindLead(_) | Crm::Gather(_) | Crm::ChangeTask(_) | Crm::ReadTask(_) => None,
            },
            Self::Zoom { command } => match command {
                Zoom::CreateMeeting(meeting) => Some(&meeting.marker),
                Zoom::CreateWebinar(webinar) => Some(&webinar.marker),
                Zoom::ChangeMeeting(_)
                | Zoom::LookAtMeeting(_)
                | Zoom::ReadWebinar(_)
                | Zoom::AddRegistrant(_)
                | Zoom::ReadRun(_)
                | Zoom::ListWebinars
                | Zoom::DeleteWebinar(_)
                | Zoom::ReadHistory(_)
                | Zoom::ReadMeeting(_)
                | Zoom::ReadRegistrants(_) => None,
            },
        }
    }

    /// Its kind as stored in the queue's column.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LeadSquared { command } => match command {
                leadsquared::command::Command::UpsertLead(_) => "lead",
                leadsquared::command::Command::FindLead(_) => "find",
                leadsquared::command::Command::PostActivity(_) => "activity",
                leadsquared::command::Command::CreateTask(_) => "task",
                leadsquared::command::Command::CorrectActivity(_) => "correction",
                leadsquared::command::Command::Gather(_) => "gather",
                leadsquared::command::Command::ChangeTask(_) => "change_task",
                leadsquared::command::Command::ReadTask(_) => "read_task",
            },
            Self::Zoom { command } => match command {
                zoom::command::Command::CreateMeeting(_) => "create_meeting",
                zoom::command::Command::ChangeMeeting(_) => "change_meeting",
                zoom::command::Command::ReadWebinar(_) => "read_webinar",
                zoom::command::Command::AddRegistrant(_) => "add_registrant",
                zoom::command::Command::CreateWebinar(_) => "create_webinar",
                zoom::command::Command::DeleteWebinar(_) => "delete_webinar",
                zoom::command::Command::ReadRun(read) => match read.kind {
                    Kind::Meeting => "read_meeting",
                    Kind::Webinar => "read",
                },
                zoom::command::Command::LookAtMeeting(_) | zoom::command::Command::ReadMeeting(_) => "read_meeting",
                zoom::command::Command::ReadHistory(read) => match read.kind {
                    Kind::Meeting => "read_meeting",
                    Kind::Webinar => "read",
                },
                zoom::command::Command::ListWebinars | zoom::command::Command::ReadRegistrants(_) => "read",
            },
        }
    }
}
