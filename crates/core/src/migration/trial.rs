//! The test of a new connection: the meeting and the webinar that are made for it, what their run told, and what is taken away
//! again. Everything it makes carries the letters of the test, so that nobody takes it for more than a test.

use super::Uses;
use crate::fact::agreed::{Part, Standing};
use crate::fact::scheduling::ScheduleMeeting;
use crate::fact::trial::{RemoveWebinar, TryWebinar};
use crate::fact::{Alias, Person, TenantKeys};
use crate::ids::{Email, MeetingNumber, ZoomApp};
use crate::schedule_request::WishId;
use crate::translate::meeting::agree::ChangePlan;
use crate::translate::{Wish, people, schedule, trial};
use crate::zoom::event::{self, Change, Event, What};
use crate::zoom::options::MeetingOptions;
use serde::{Deserialize, Serialize};

/// How long the test meeting and the test webinar are planned for, in minutes.
pub const TEST_MIN: i64 = 30;
const MINUTE_MS: i64 = 60_000;
/// The domain of the test lead's address: kept for examples, so that no mail reaches anybody (RFC 2606).
const GUEST_DOMAIN: &str = "example.com";

/// A test of the new connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// Part of the titles.
    pub code: String,
    /// When it began, epoch milliseconds.
    pub began_ms: i64,
}

impl Test {
    /// The address of the test lead.
    #[must_use]
    pub fn guest(&self) -> Option<Email> {
        Email::parse(&format!("zoom-test-{}@{GUEST_DOMAIN}", self.code.to_lowercase()))
    }

    /// The person key of the test lead.
    #[must_use]
    pub fn person(&self, keys: &TenantKeys) -> Option<Alias> {
        self.guest().map(|guest| people::person_key(keys, &Person::Email(guest)))
    }

    /// The fact of the wish for what one app is tried with, and the delivery that makes it.
    #[must_use]
    pub fn made_by(&self, keys: &TenantKeys, app: ZoomApp) -> (Alias, String) {
        let operation = self.operation(app);
        match app {
            ZoomApp::Meetings => (schedule::scheduling(keys, &operation), schedule::create_key(keys, &operation)),
            ZoomApp::Webinars => (trial::trial(keys, &operation), trial::create_key(keys, &operation)),
        }
    }

    /// Names the wish for what one app is tried with.
    #[must_use]
    pub fn operation(&self, app: ZoomApp) -> String {
        format!("{}-{}", self.code, app.as_str())
    }

    /// The title of what one app is tried with.
    #[must_use]
    pub fn topic(&self, app: ZoomApp) -> String {
        let kind = match app {
            ZoomApp::Meetings => "meeting",
            ZoomApp::Webinars => "webinar",
        };
        format!("Test {kind} {}", self.code)
    }

    /// What is wished for when it begins: a meeting scheduled for the test lead as a sales user schedules one, and a webinar
    /// in which the test lead is registered.
    #[must_use]
    pub fn begin(&self, uses: Uses) -> Vec<(WishId, Wish)> {
        let Some(guest) = self.guest() else { return Vec::new() };
        let start_ms = self.began_ms - self.began_ms.rem_euclid(MINUTE_MS) + MINUTE_MS;
        let of = |app: ZoomApp| {
            let operation = self.operation(app);
            let id = WishId::parse(&operation).ok()?;
            let topic = self.topic(app);
            let wish = match app {
                ZoomApp::Meetings => Wish::ScheduleMeeting(Box::new(ScheduleMeeting {
                    operation,
                    person: Person::Email(guest.clone()),
                    others: Vec::new(),
                    guests: Vec::new(),
                    host: "me".to_owned(),
                    topic,
                    start_ms,
                    duration_min: TEST_MIN,
                    timezone: "UTC".to_owned(),
                    agenda: "A test of the connection with LeadSquared. It is deleted afterwards.".to_owned(),
                    owner_email: None,
                    options: MeetingOptions::default(),
                    appointment: None,
                })),
                ZoomApp::Webinars => Wish::TryWebinar(TryWebinar {
                    operation,
                    topic,
                    start_ms,
                    duration_min: TEST_MIN,
                    guest: guest.clone(),
                    guest_name: ("Zoom".to_owned(), format!("Test {}", self.code)),
                }),
            };
            Some((id, wish))
        };
        uses.apps().iter().copied().filter_map(of).collect()
    }

    /// What is wished for when it is over: both go again in Zoom; the appointment says that it is cancelled.
    #[must_use]
    pub fn end(&self, uses: Uses) -> Vec<(WishId, Wish)> {
        let over = |app: ZoomApp| {
            let of = self.operation(app);
            let id = WishId::parse(&format!("{of}-over")).ok()?;
            let wish = match app {
                ZoomApp::Meetings => Wish::ChangeMeeting(ChangePlan {
                    occurrence: None,
                    operation: id.as_str().to_owned(),
                    of,
                    part: Part { standing: Some(Standing::Cancelled), ..Part::default() },
                }),
                ZoomApp::Webinars => Wish::RemoveWebinar(RemoveWebinar { of }),
            };
            Some((id, wish))
        };
        uses.apps().iter().copied().filter_map(over).collect()
    }
}

/// What became of the meeting or webinar that was made for a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Trial {
    /// It was not made yet.
    Coming,
    /// It stands in Zoom.
    Stands {
        /// Its number.
        number: MeetingNumber,
    },
    /// It was deleted again.
    Gone,
    /// The host lacks the licence: there is nothing to test.
    LeftOut,
    /// It could not be made.
    Stuck {
        /// Why, as a stable code.
        code: String,
    },
}

/// A step of a test, in the order in which they are ticked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// It is planned in Zoom, and the new app told of it.
    Planned,
    /// It began.
    Began,
    /// It ended.
    Ended,
    /// Something of it stands in LeadSquared.
    Found,
}

impl Tick {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Began, Self::Ended, Self::Found];

    /// What is seen or done for it, as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Planned => "It is made in Zoom, and the new app has told of it.",
            Self::Began => "Start it in Zoom, as the one who signed in.",
            Self::Ended => "End it for all.",
            Self::Found => "Its activity stands in LeadSquared.",
        }
    }
}

/// What one notification of the test told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened to it; nothing for all that is no step of its own.
    tick: Option<Tick>,
    topic: String,
    /// Whether something that follows from it stands in LeadSquared.
    pub delivered: bool,
}

impl Told {
    /// What the bytes of a notification tell of a test; nothing for what names no title.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let Event { what, .. } = event::read(body).ok()?;
        let (tick, topic) = match what {
            What::Started(run) => (Some(Tick::Began), run.topic),
            What::Ended(run) => (Some(Tick::Ended), run.topic),
            What::Joined(run, _) | What::Left(run, _) | What::PracticeEnded(run) => (None, run.topic),
            What::Registration(registration) => (None, registration.run.topic),
            What::Definition(definition) => {
                let tick = match definition.change {
                    Change::Created => Some(Tick::Planned),
                    Change::Updated | Change::Recovered | Change::Deleted => None,
                };
                (tick, definition.run.topic)
            }
            What::Recording(recording) => (None, recording.run.topic),
            What::Deauthorized(_)
            | What::UserGone(_)
            | What::UrlValidation { .. }
            | What::Ignored(_)
            | What::UnknownName => (None, None),
        };
        Some(Self { tick, topic: topic?, delivered: false })
    }

    /// Whether it is about the test of that code.
    #[must_use]
    pub fn is_of(&self, test: &Test) -> bool {
        self.topic.to_uppercase().contains(&test.code.to_uppercase())
    }
}

/// Which steps of a test are done, by what one app told of it.
#[must_use]
pub fn ticks(test: &Test, told: &[Told]) -> Vec<(Tick, bool)> {
    let ours = || told.iter().filter(|told| told.is_of(test));
    let done = |tick: Tick| match tick {
        Tick::Found => ours().any(|told| told.delivered),
        Tick::Planned | Tick::Began | Tick::Ended => ours().any(|told| told.tick == Some(tick)),
    };
    Tick::ALL.into_iter().map(|tick| (tick, done(tick))).collect()
}
