//! The guided way off the old JWT app: which step a tenant is at, what the next one needs, whether there is a way back, and what
//! the certificate says at the end. Only the sign-in changes; settings, history and open work stay as they are.

pub mod trial;

pub use trial::{Test, Tick, Told, Trial, ticks};

use crate::ids::ZoomApp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The longest name or reason of a review, in characters.
pub const REVIEW_CHARS_MAX: usize = 300;
/// An hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;

/// What a tenant uses, and so has to sign in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uses {
    /// Meetings alone.
    Meetings,
    /// Webinars alone.
    Webinars,
    /// Both.
    #[default]
    Both,
}

impl Uses {
    /// The apps that need a sign-in, in the order of the tabs.
    #[must_use]
    pub fn apps(self) -> &'static [ZoomApp] {
        match self {
            Self::Meetings => &[ZoomApp::Meetings],
            Self::Webinars => &[ZoomApp::Webinars],
            Self::Both => &ZoomApp::ALL,
        }
    }
}

/// Who did something, and when (epoch milliseconds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Who.
    pub by: String,
    /// When.
    pub at_ms: i64,
}

/// Whether somebody has to look at a connector's own logic before it moves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum CustomLogic {
    /// Nobody marked it.
    #[default]
    Absent,
    /// It waits for the account manager.
    Waits,
    /// The account manager let it go.
    Released {
        /// The account manager, by name.
        reviewer: String,
        /// Why it may go, in words.
        reason: String,
        /// Who wrote it down, and when.
        mark: Mark,
    },
}

/// What both apps told while both were on: counts of things that happened in Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parity {
    /// Told by both.
    pub both: i64,
    /// Told by the old app alone.
    pub only_old: i64,
    /// Told by a new app alone.
    pub only_new: i64,
}

/// What is written down when it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Who finished it, and when.
    pub mark: Mark,
    /// When it began, epoch milliseconds.
    pub began_ms: i64,
    /// What was told while both apps were on.
    pub parity: Parity,
    /// Records written to LeadSquared since it began.
    pub written: i64,
    /// Records found twice in LeadSquared since it began: always 0, or it is not over.
    pub doubled: i64,
    /// Settings that differ from those at the beginning, as sentences.
    pub changes: Vec<String>,
}

/// Whether a connector has to move: those that were installed late never had a JWT app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Concerned {
    /// It was installed early enough to have one.
    Yes,
    /// It was installed later.
    No,
    /// Nobody said when it was installed.
    NotKnown,
}

impl Concerned {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::NotKnown];

    /// As filtered by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotKnown => "not_known",
        }
    }

    /// As people see it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotKnown => "not known",
        }
    }
}

/// How far a tenant is; stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Migration {
    /// The day on which the connector was installed, `yyyy-mm-dd`; empty where nobody said.
    pub installed: String,
    /// Who began it.
    pub began: Option<Mark>,
    /// What the tenant uses.
    pub uses: Uses,
    /// The version of the settings when it began.
    pub settings_version: i64,
    /// The tenant's own logic.
    pub custom_logic: CustomLogic,
    /// The test under way or passed.
    pub test: Option<Test>,
    /// Who found the test to be good.
    pub tested: Option<Mark>,
    /// Who said that the old app is deactivated in Zoom.
    pub deactivated: Option<Mark>,
    /// The end.
    pub certificate: Option<Certificate>,
}

/// What stands around a migration at the moment.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// How long the old app must have been silent, in milliseconds.
    pub quiet_ms: i64,
    /// The settings hold filters or computed fields of the tenant's own.
    pub own_logic: bool,
    /// The version of the settings in force.
    pub settings_version: i64,
    /// The apps that are signed in.
    pub connected: Vec<ZoomApp>,
    /// The steps of the test, by app.
    pub ticks: Vec<(ZoomApp, Vec<(Tick, bool)>)>,
    /// What became of the test meeting and the test webinar that were made for the test, by app.
    pub trials: Vec<(ZoomApp, Trial)>,
    /// When the old app last told something, epoch milliseconds.
    pub old_last_ms: Option<i64>,
    /// What was told while both were on.
    pub parity: Parity,
    /// Records written to LeadSquared since it began.
    pub written: i64,
    /// Records that stand twice in LeadSquared since it began.
    pub doubled: i64,
    /// How the settings differ from those at the beginning, as sentences.
    pub changes: Vec<String>,
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Nobody has begun.
    Begin,
    /// The account manager has to look at the tenant's own logic.
    Review,
    /// Somebody has to sign in with Zoom.
    SignIn,
    /// The new connection is to be tested.
    Test,
    /// The old app is to be deactivated in Zoom.
    Deactivate,
    /// The old app has to be silent for a while.
    Quiet,
    /// It can be finished.
    Finish,
    /// It is over.
    Done,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 8] =
        [Self::Begin, Self::Review, Self::SignIn, Self::Test, Self::Deactivate, Self::Quiet, Self::Finish, Self::Done];

    /// As stored and filtered by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Review => "review",
            Self::SignIn => "sign_in",
            Self::Test => "test",
            Self::Deactivate => "deactivate",
            Self::Quiet => "quiet",
            Self::Finish => "finish",
            Self::Done => "done",
        }
    }

    /// As people see it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Begin => "Not begun",
            Self::Review => "Waits for the account manager",
            Self::SignIn => "Sign in with Zoom",
            Self::Test => "Test the connection",
            Self::Deactivate => "Deactivate the old app",
            Self::Quiet => "Waiting for silence",
            Self::Finish => "Ready to finish",
            Self::Done => "Finished",
        }
    }

    /// What is done in it, as the list of all steps says it.
    #[must_use]
    pub fn deed(self) -> &'static str {
        match self {
            Self::Begin => "Begin",
            Self::Review => "Review of custom logic, where there is any",
            Self::SignIn => "Sign in with Zoom",
            Self::Test => "Test the connection",
            Self::Deactivate => "Deactivate the old app",
            Self::Quiet => "Wait until it is silent",
            Self::Finish => "Finish",
            Self::Done => "Certificate",
        }
    }
}

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Begin.
    Begin {
        /// What the tenant uses.
        uses: Uses,
    },
    /// Say when the connector was installed.
    Installed {
        /// `yyyy-mm-dd`; empty where nobody knows.
        on: String,
    },
    /// Mark the connector as carrying custom logic.
    MarkCustom,
    /// Let a connector with custom logic go.
    Release {
        /// The account manager, by name.
        reviewer: String,
        /// Why it may go.
        reason: String,
    },
    /// Begin a test.
    StartTest {
        /// Part of the titles; chosen by the caller so that it is no other test's.
        code: String,
    },
    /// Find the test to be good.
    AcceptTest,
    /// Say that the old app is deactivated in Zoom.
    Deactivated,
    /// Finish.
    Finish,
    /// Go back to the old app.
    Back,
}

impl Act {
    /// As the audit log names it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Begin { .. } => "migration.begun",
            Self::Installed { .. } => "migration.installed",
            Self::MarkCustom => "migration.custom_logic",
            Self::Release { .. } => "migration.released",
            Self::StartTest { .. } => "migration.test_begun",
            Self::AcceptTest => "migration.tested",
            Self::Deactivated => "migration.deactivated",
            Self::Finish => "migration.finished",
            Self::Back => "migration.taken_back",
        }
    }
}

/// Why something cannot be done now, as a sentence that says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotNow(pub &'static str);

impl Migration {
    /// Whether it has to move: installed before that day, `yyyy-mm-dd`. Nobody can say where a day is not one.
    #[must_use]
    pub fn concerned(&self, before: &str) -> Concerned {
        match (self.installed.parse::<Date>(), before.parse::<Date>()) {
            (Ok(installed), Ok(before)) if installed < before => Concerned::Yes,
            (Ok(_), Ok(_)) => Concerned::No,
            (_, _) => Concerned::NotKnown,
        }
    }

    /// Whether the custom logic holds it up: nobody may sign in then.
    #[must_use]
    pub fn is_held(&self, own_logic: bool) -> bool {
        match &self.custom_logic {
            CustomLogic::Absent => own_logic && self.began.is_some(),
            CustomLogic::Waits => true,
            CustomLogic::Released { .. } => false,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn step(&self, now: &Situation) -> Step {
        let connected = self.uses.apps().iter().all(|app| now.connected.contains(app));
        match self {
            _ if self.certificate.is_some() => Step::Done,
            _ if self.began.is_none() => Step::Begin,
            _ if self.is_held(now.own_logic) => Step::Review,
            _ if !connected => Step::SignIn,
            _ if self.tested.is_none() => Step::Test,
            _ if self.deactivated.is_none() => Step::Deactivate,
            _ if self.quiet_at_ms(now).is_some_and(|at_ms| at_ms > now.now_ms) => Step::Quiet,
            _ => Step::Finish,
        }
    }

    /// When the old app will have been silent for long enough, epoch milliseconds; nothing before it is said to be deactivated.
    #[must_use]
    pub fn quiet_at_ms(&self, now: &Situation) -> Option<i64> {
        let said_ms = self.deactivated.as_ref()?.at_ms;
        Some(now.old_last_ms.map_or(said_ms, |last_ms| last_ms.max(said_ms)) + now.quiet_ms)
    }

    /// Whether there is a way back to the old app.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        self.began.is_some() && self.certificate.is_none()
    }

    /// Does what a person wants, if it is time for it.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn act(&self, act: &Act, now: &Situation, by: &str) -> Result<Self, NotNow> {
        let step = self.step(now);
        let mark = || Mark { by: by.to_owned(), at_ms: now.now_ms };
        let mut next = self.clone();
        match act {
            Act::Begin { uses } => {
                at(step, &[Step::Begin], "The migration has begun already.")?;
                (next.began, next.uses, next.settings_version) = (Some(mark()), *uses, now.settings_version);
            }
            Act::Installed { on } => {
                if !on.is_empty() && on.parse::<Date>().is_err() {
                    return Err(NotNow("Say the day as year, month and day: 2022-04-01."));
                }
                next.installed.clone_from(on);
            }
            Act::MarkCustom => {
                let early = [Step::Begin, Step::Review, Step::SignIn];
                at(step, &early, "The connection is signed in already; go back first.")?;
                next.custom_logic = CustomLogic::Waits;
            }
            Act::Release { reviewer, reason } => {
                at(step, &[Step::Review], "Nothing waits for a review.")?;
                let fits = |text: &str| (1..=REVIEW_CHARS_MAX).contains(&text.trim().chars().count());
                if !fits(reviewer) || !fits(reason) {
                    return Err(NotNow(
                        "Say who reviewed the custom logic, and why it may go, in at most 300 letters each.",
                    ));
                }
                let (reviewer, reason) = (reviewer.trim().to_owned(), reason.trim().to_owned());
                next.custom_logic = CustomLogic::Released { reviewer, reason, mark: mark() };
            }
            Act::StartTest { code } => {
                at(step, &[Step::Test], "Sign in with Zoom first; the test comes after that.")?;
                next.test = Some(Test { code: code.clone(), began_ms: now.now_ms });
            }
            Act::AcceptTest => {
                at(step, &[Step::Test], "There is no test under way.")?;
                self.passed(now)?;
                next.tested = Some(mark());
            }
            Act::Deactivated => {
                at(step, &[Step::Deactivate], "Test the new connection first, then deactivate the old app.")?;
                next.deactivated = Some(mark());
            }
            Act::Finish => next.certificate = Some(self.certified(step, now, mark())?),
            Act::Back => {
                if !self.can_go_back() {
                    return Err(NotNow("There is no way back: nothing has begun, or it is finished."));
                }
                let (installed, custom_logic) = (self.installed.clone(), self.custom_logic.clone());
                next = Self { installed, custom_logic, ..Self::default() };
            }
        }
        Ok(next)
    }

    fn passed(&self, now: &Situation) -> Result<(), NotNow> {
        if self.test.is_none() {
            return Err(NotNow("Start the test first."));
        }
        let trial = |app: ZoomApp| now.trials.iter().find(|(of, _)| *of == app).map(|(_, trial)| trial);
        let tried: Vec<ZoomApp> =
            self.uses.apps().iter().copied().filter(|app| trial(*app) != Some(&Trial::LeftOut)).collect();
        if tried.is_empty() {
            return Err(NotNow("The Zoom host has no webinar licence, so nothing could be tested. Give it one first."));
        }
        let passed = |app: &ZoomApp| {
            let ticks = now.ticks.iter().find(|(of, _)| of == app).map(|(_, ticks)| ticks.as_slice());
            ticks.is_some_and(|ticks| !ticks.is_empty() && ticks.iter().all(|(_, done)| *done))
        };
        if tried.iter().all(passed) {
            return Ok(());
        }
        Err(NotNow("Not every step of the test is done. The page ticks each off when it is seen."))
    }

    fn certified(&self, step: Step, now: &Situation, mark: Mark) -> Result<Certificate, NotNow> {
        at(step, &[Step::Finish], "It cannot be finished yet: a step before it is open, or the old app still tells.")?;
        if now.trials.iter().any(|(_, trial)| matches!(trial, Trial::Stands { .. })) {
            return Err(NotNow(
                "The test meeting or webinar still stands in Zoom. It is being deleted; look again in a moment, or delete it in Zoom.",
            ));
        }
        if now.doubled > 0 {
            return Err(NotNow("Records stand twice in LeadSquared. Look at the deliveries that need you first."));
        }
        Ok(Certificate {
            began_ms: self.began.as_ref().map_or(mark.at_ms, |began| began.at_ms),
            mark,
            parity: now.parity,
            written: now.written,
            doubled: now.doubled,
            changes: now.changes.clone(),
        })
    }
}

fn at(step: Step, wanted: &[Step], otherwise: &'static str) -> Result<(), NotNow> {
    if wanted.contains(&step) { Ok(()) } else { Err(NotNow(otherwise)) }
}

#[cfg(test)]
mod tests;
