//! The guided way off the old JWT app: a tenant's page, and the operator's list of all tenants.

use super::filters;
use super::frame::Frame;
use super::list::List;
use super::part::{Moment, Pill, WebLink};
use askama::Template;
use connector_core::migration::{Concerned, Step};

/// A step in the row of all steps.
#[derive(Debug, Clone)]
pub struct StepMark {
    /// The step.
    pub step: Step,
    /// How it stands: done, now, later.
    pub pill: Pill,
}

/// What one app's test has shown.
#[derive(Debug, Clone)]
pub struct TestLine {
    /// `Meetings` or `Webinars`.
    pub kind: &'static str,
    /// Each step: done or not, and what to do for it.
    pub ticks: Vec<(bool, &'static str)>,
    /// What became of it, as a sentence; empty where the steps say all.
    pub note: String,
    /// Where the host starts it in Zoom; empty where there is nothing to start.
    pub start: String,
}

/// The old app as it is seen.
#[derive(Debug, Clone)]
pub struct OldAppCard {
    /// It is listened to.
    pub on: bool,
    /// Zoom can be called with its credentials.
    pub calls: bool,
    /// Where its webhooks go.
    pub address: String,
    /// Notifications in all.
    pub told: i64,
    /// When the last came.
    pub last: Option<Moment>,
    /// Notifications since it was said to be deactivated.
    pub since: i64,
    /// Zoom account id, when the form is shown again.
    pub account: String,
}

/// What the certificate says.
#[derive(Debug, Clone)]
pub struct CertificateCard {
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// When it had begun.
    pub began: Moment,
    /// Told by both apps, by the old one alone, by the new ones alone.
    pub parity: (i64, i64, i64),
    /// Records written.
    pub written: i64,
    /// Records found twice.
    pub doubled: i64,
    /// Settings that differ.
    pub changes: Vec<String>,
}

/// The page `/t/{tenant}/migration`.
#[derive(Debug, Clone, Template)]
#[template(path = "migration.html")]
pub struct MigrationPage {
    /// Around it.
    pub frame: Frame,
    /// Where it stands.
    pub step: Step,
    /// All steps.
    pub steps: Vec<StepMark>,
    /// When the connector was installed, `yyyy-mm-dd`; empty where nobody knows.
    pub installed: String,
    /// Whether it is concerned.
    pub concerned: Concerned,
    /// The account manager's invitation, right after it was made.
    pub invitation: Option<String>,
    /// Connectors installed before this day are concerned.
    pub installed_before: String,
    /// The day from which Zoom refuses the old app.
    pub refused_from: String,
    /// The old app.
    pub old_app: OldAppCard,
    /// Which apps still lack a sign-in: tab and title.
    pub to_sign_in: Vec<(&'static str, &'static str)>,
    /// Which are signed in, by title.
    pub signed_in: Vec<&'static str>,
    /// What goes into the titles of the test; empty before it began.
    pub code: String,
    /// What the test has shown.
    pub test: Vec<TestLine>,
    /// The test can be found to be good.
    pub is_tested: bool,
    /// The address of the lead that carries the records of the test, and its page in LeadSquared; empty before a test.
    pub test_lead: (String, Option<WebLink>),
    /// When the old app will have been silent for long enough.
    pub quiet: Option<Moment>,
    /// Told by both apps, by the old one alone, by the new ones alone.
    pub parity: (i64, i64, i64),
    /// Records written since it began, and records found twice.
    pub records: (i64, i64),
    /// Settings that differ from those at the beginning.
    pub changes: Vec<String>,
    /// What the recorded events show of the custom logic, as a sentence; empty where nobody has to look.
    pub compared: String,
    /// Who released the custom logic, and why.
    pub released: Option<(String, String)>,
    /// There is a way back.
    pub can_go_back: bool,
    /// The end.
    pub certificate: Option<CertificateCard>,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}

impl MigrationPage {
    /// Whether it never had a JWT app.
    #[must_use]
    pub fn is_not_concerned(&self) -> bool {
        self.concerned == Concerned::No
    }

    /// Whether it stands at that step.
    #[must_use]
    pub fn is_at(&self, step: &str) -> bool {
        self.step.as_str() == step
    }
}

/// A tenant in the operator's list.
#[derive(Debug, Clone)]
pub struct MoveLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is concerned: `yes`, `no`, `not known`.
    pub concerned: &'static str,
    /// The step.
    pub step: Pill,
    /// Notifications of the old app, and when the last came.
    pub told: i64,
    /// When the last came.
    pub last: Option<Moment>,
}

/// The page `/migrations`.
#[derive(Debug, Clone, Template)]
#[template(path = "migrations.html")]
pub struct MovesPage {
    /// Around it.
    pub frame: Frame,
    /// The tenants.
    pub lines: Vec<MoveLine>,
    /// The steps to choose from: value, title, chosen.
    pub choices: Vec<(&'static str, &'static str, bool)>,
    /// Whether concerned, to choose from: value, title, chosen.
    pub whether: Vec<(&'static str, &'static str, bool)>,
    /// Around the list.
    pub list: List,
}
