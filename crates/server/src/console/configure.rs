//! The Configure page of the Zoom Meeting Connector with its two tabs, Authentication (meetings) and Webinar Settings
//! (webinars): who is signed in to Zoom, what Zoom allows, what is missing, and how to repair it.

use super::filters;
use super::frame::Frame;
use super::own_app::OwnAppFields;
use super::part::{Moment, Pill, Tone};
use super::registrations::Choice;
use super::schedule::Field;
use askama::Template;

/// One of the two tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Meetings.
    Authentication,
    /// Webinars.
    WebinarSettings,
}

impl Tab {
    /// The tab as people know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Authentication => "Authentication",
            Self::WebinarSettings => "Webinar Settings",
        }
    }

    /// The tab in addresses.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::WebinarSettings => "webinar-settings",
        }
    }

    /// What the tab's sign-in captures.
    #[must_use]
    pub fn captures(self) -> &'static str {
        match self {
            Self::Authentication => "meetings",
            Self::WebinarSettings => "webinars",
        }
    }

    /// The same at the beginning of a sentence.
    #[must_use]
    pub fn captures_title(self) -> &'static str {
        match self {
            Self::Authentication => "Meetings",
            Self::WebinarSettings => "Webinars",
        }
    }

    /// The app's name in the Zoom Marketplace.
    #[must_use]
    pub fn app_name(self) -> &'static str {
        match self {
            Self::Authentication => "LeadSquared",
            Self::WebinarSettings => "Webinar for LeadSquared",
        }
    }

    /// The other tab.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Authentication => Self::WebinarSettings,
            Self::WebinarSettings => Self::Authentication,
        }
    }
}

/// The Zoom account behind a sign-in.
#[derive(Debug, Clone)]
pub struct ZoomIdentity {
    /// The user who signed in.
    pub user: String,
    /// That user's address.
    pub email: String,
    /// The account's id.
    pub account: String,
}

/// How the tab's sign-in stands.
#[derive(Debug, Clone)]
pub enum Connection {
    /// Never signed in.
    Never,
    /// Signed in and working.
    Connected {
        /// As whom.
        identity: ZoomIdentity,
        /// Since when.
        since: Moment,
        /// When the tokens were last renewed.
        refreshed: Option<Moment>,
    },
    /// The grant is dead: somebody has to sign in again.
    Broken {
        /// As whom.
        identity: ZoomIdentity,
        /// Why, as a sentence.
        why: String,
    },
    /// Another tenant signed in with the same Zoom user; its name is nobody's business.
    TakenOver {
        /// As whom until then.
        identity: ZoomIdentity,
        /// When.
        at: Moment,
    },
    /// The app was removed in Zoom.
    RemovedInZoom {
        /// As whom until then.
        identity: ZoomIdentity,
        /// When.
        at: Moment,
    },
    /// Disconnected here.
    Disconnected {
        /// As whom until then.
        identity: ZoomIdentity,
        /// When.
        at: Moment,
    },
}

impl Connection {
    /// The status of the card.
    #[must_use]
    pub fn pill(&self) -> Pill {
        match self {
            Self::Never => Pill::new(Tone::Quiet, "Not connected"),
            Self::Connected { .. } => Pill::new(Tone::Good, "Connected"),
            Self::Broken { .. } => Pill::new(Tone::Bad, "Sign in again"),
            Self::TakenOver { .. } => Pill::new(Tone::Bad, "Taken over"),
            Self::RemovedInZoom { .. } => Pill::new(Tone::Bad, "Removed in Zoom"),
            Self::Disconnected { .. } => Pill::new(Tone::Quiet, "Disconnected"),
        }
    }

    /// Whether it works.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected { .. })
    }

    /// Whether the connection may be ended here.
    #[must_use]
    pub fn can_disconnect(&self) -> bool {
        match self {
            Self::Connected { .. } | Self::Broken { .. } => true,
            Self::Never | Self::TakenOver { .. } | Self::RemovedInZoom { .. } | Self::Disconnected { .. } => false,
        }
    }

    /// The button's words.
    #[must_use]
    pub fn button(&self) -> &'static str {
        match self {
            Self::Connected { .. } => "Sign in with Zoom again",
            Self::Never
            | Self::Broken { .. }
            | Self::TakenOver { .. }
            | Self::RemovedInZoom { .. }
            | Self::Disconnected { .. } => "Sign in with Zoom",
        }
    }
}

/// A permission of the Zoom app and whether the sign-in has it.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The scope's name in Zoom.
    pub scope: String,
    /// Whether Zoom granted it.
    pub granted: bool,
}

/// A feature with the permissions it needs.
#[derive(Debug, Clone)]
pub struct Feature {
    /// What it does, in words.
    pub name: String,
    /// What it needs.
    pub permissions: Vec<Permission>,
}

impl Feature {
    /// Whether all of it works.
    #[must_use]
    pub fn pill(&self) -> Pill {
        if self.missing() == 0 { Pill::new(Tone::Good, "Granted") } else { Pill::new(Tone::Bad, "Missing") }
    }

    /// How many of its permissions are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.permissions.iter().filter(|permission| !permission.granted).count()
    }
}

/// What the licence check found for one feature.
#[derive(Debug, Clone)]
pub struct Licence {
    /// There, missing or not checked.
    pub state: Pill,
    /// For example: "Webinars: add-on missing for host asha@example.test".
    pub sentence: String,
}

/// A sign-in that somebody began and that has not come back.
#[derive(Debug, Clone)]
pub struct PendingSignIn {
    /// When it began.
    pub began: Moment,
    /// When it ends by itself.
    pub expires: Moment,
    /// It is over already: the likely causes are shown.
    pub expired: bool,
}

/// A sign-in that came to nothing.
#[derive(Debug, Clone)]
pub struct FailedSignIn {
    /// When it began.
    pub began: Moment,
    /// Why, as a sentence.
    pub sentence: String,
}

/// A link to forward to the Zoom admin.
#[derive(Debug, Clone)]
pub struct ForwardLink {
    /// The whole address.
    pub url: String,
    /// Until when it works.
    pub expires: Moment,
}

/// The page `/t/{tenant}/configure/{tab}`.
#[derive(Debug, Clone, Template)]
#[template(path = "configure.html")]
pub struct Configure {
    /// Around it.
    pub frame: Frame,
    /// Which tab.
    pub tab: Tab,
    /// How its sign-in stands.
    pub connection: Connection,
    /// What is wrong with the person who signed in, as a sentence; empty when nothing is known to be.
    pub trouble: String,
    /// Who stands by, if somebody does.
    pub stand_by: Option<ZoomIdentity>,
    /// Whether the other tab's sign-in works.
    pub other_connected: bool,
    /// Why nobody can sign in here yet, if so: the app's keys are not configured.
    pub app_missing: Option<String>,
    /// The sign-in under way or lost.
    pub pending: Option<PendingSignIn>,
    /// The last sign-in, if it failed.
    pub failed: Option<FailedSignIn>,
    /// The link that was made, if it was asked for.
    pub link: Option<ForwardLink>,
    /// Feature by feature; empty before the first sign-in.
    pub features: Vec<Feature>,
    /// What the licence check found.
    pub licences: Vec<Licence>,
    /// The tenant's own Zoom app, instead of a person's sign-in.
    pub own_app: OwnAppFields,
    /// What is made of attendance; only on the tab of webinars.
    pub attendance: Option<AttendanceFields>,
    /// What is made of meetings; only on their tab.
    pub meetings: Option<MeetingFields>,
}

/// What is made of meetings, as a form.
#[derive(Debug, Clone)]
pub struct MeetingFields {
    /// The version the settings were read at.
    pub version: i64,
    /// Why nothing was saved, as a sentence.
    pub refusal: Option<String>,
    /// Which leads they are shown on.
    pub concerned: Vec<Choice>,
    /// What is shown of who was there.
    pub show: Vec<Choice>,
    /// Whether a lead that did not come gets an activity.
    pub no_shows: Vec<Choice>,
    /// Minutes after the end until Zoom is asked who was there; none where it is not asked.
    pub grace_min: Option<i64>,
    /// Whether appointments that are made in LeadSquared become meetings.
    pub appointments: Vec<Choice>,
    /// The name of the type of those appointments; empty where there is none.
    pub task_type: String,
    /// Minutes between two looks for changed appointments.
    pub poll_minutes: String,
}

/// What is made of attendance, as a form.
#[derive(Debug, Clone)]
pub struct AttendanceFields {
    /// The version the settings were read at.
    pub version: i64,
    /// Why nothing was saved, as a sentence.
    pub refusal: Option<String>,
    /// How it is told.
    pub told: Vec<Choice>,
    /// From when on somebody attended.
    pub threshold: Field,
    /// What the threshold counts.
    pub unit: Vec<Choice>,
    /// Whether Zoom is asked after the end.
    pub read_after_end: Vec<Choice>,
    /// Minutes after the end until it is asked.
    pub grace_min: Field,
    /// Whether who did not come gets an activity.
    pub no_shows: Vec<Choice>,
    /// Whether the recording's link is written.
    pub recording_links: Vec<Choice>,
    /// Whether who came without a registration becomes a lead.
    pub guests: Vec<Choice>,
}

impl Configure {
    /// Both tabs, in their order.
    #[must_use]
    pub fn tabs(&self) -> [Tab; 2] {
        [Tab::Authentication, Tab::WebinarSettings]
    }

    /// Whether it is connected by the tenant's own app.
    #[must_use]
    pub fn is_own_app(&self) -> bool {
        self.own_app.connected.is_some()
    }

    /// The words of the button that begins a person's sign-in.
    #[must_use]
    pub fn button(&self) -> &'static str {
        if self.is_own_app() { "Sign in with Zoom instead" } else { self.connection.button() }
    }

    /// How many permissions are missing in all.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.features.iter().map(Feature::missing).sum()
    }
}
