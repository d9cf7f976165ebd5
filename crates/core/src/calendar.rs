//! The calendar: what is to be listed of meetings and webinars, dates that are planned and runs that were. Facts are found by what names them and not by
//! when they were; this says, for facts that changed, which entries follow from them. `numbers` says how many came, `people` who
//! they were, `presence` how many were there at one time, `count` takes the facts for both, `lights` whether a date that is to come is ready.

pub mod count;
pub mod lights;
pub mod numbers;
pub mod people;
pub mod presence;

use crate::fact::{Alias, AttendanceState, DefinitionState, Fact, Gathering, RunState, State, TenantKeys};
use crate::ids::{Kind, MeetingNumber};
use crate::translate::{attendance, meeting};
use std::collections::{BTreeMap, BTreeSet};

/// Dates of one series that are listed, the first ones.
pub const DATES_MAX: usize = 100;
/// A run that began within so long of a planned date is that date, in milliseconds, if it had not ended before it.
pub const NEAR_MS: i64 = 12 * 60 * 60_000;

/// A run of which nobody told the end is taken for under way so long, in milliseconds.
pub const UNDER_WAY_MS: i64 = 30 * 60 * 60_000;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A date that is planned.
    Planned,
    /// A date that was planned, of a meeting or webinar that was deleted in Zoom.
    Cancelled,
    /// It is, or was, held.
    Run,
    /// A webinar's rehearsal.
    Rehearsal,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Cancelled, Self::Run, Self::Rehearsal];

    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Cancelled => "cancelled",
            Self::Run => "run",
            Self::Rehearsal => "rehearsal",
        }
    }

    /// The stage of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// A date that is planned, or a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The run's fact; for a date, its series' and the date's own name.
    pub id: String,
    /// The definition that it is of.
    pub series: Alias,
    /// What it is.
    pub stage: Stage,
    /// Meeting or webinar.
    pub kind: Kind,
    /// Zoom account.
    pub account: String,
    /// The number.
    pub number: MeetingNumber,
    /// The title; empty while nobody told it.
    pub topic: String,
    /// The host's address; empty while nobody told it.
    pub host: String,
    /// When it is planned, or began; epoch milliseconds.
    pub starts_ms: i64,
    /// When it ended, as told; epoch milliseconds.
    pub ended_ms: Option<i64>,
    /// Planned minutes.
    pub minutes: Option<i64>,
    /// The date of a series, by Zoom's id.
    pub occurrence: Option<String>,
}

impl Entry {
    /// Whether it is being held at `now_ms`, as far as was told.
    #[must_use]
    pub fn is_under_way(&self, now_ms: i64) -> bool {
        let begun = self.starts_ms <= now_ms && now_ms - self.starts_ms < UNDER_WAY_MS;
        self.stage == Stage::Run && self.ended_ms.is_none() && begun
    }
}

/// What follows for the calendar from facts that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Runs, as they are now.
    pub runs: Vec<Entry>,
    /// The dates of a series, all of them: others that were planned are not any more.
    pub plans: BTreeMap<Alias, Vec<Entry>>,
    /// Entries of which only somebody who came, or registered, told so far: what is known already stays.
    pub guesses: BTreeMap<String, Entry>,
    /// Runs whose numbers may have changed.
    pub counted: BTreeSet<String>,
    /// Series whose dates that are to come have other numbers of registrations.
    pub registered: BTreeSet<Alias>,
}

impl Notes {
    /// Whether nothing follows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what follows from one more fact.
    pub fn note(&mut self, keys: &TenantKeys, fact: &Fact) {
        match &fact.state {
            State::Run(run) => {
                self.runs.extend(of_run(keys, &fact.id, run));
                self.counted.insert(fact.id.0.clone());
            }
            State::Definition(definition) => self.plan(keys, definition),
            State::Registration(registration) => {
                let series = series(keys, &registration.gathering);
                let name = registration.occurrence.as_deref().unwrap_or(ONCE);
                self.guess(date(&series, name, Stage::Planned, &registration.gathering));
                self.registered.insert(series);
            }
            State::Attendance(attendance) => self.guess_run(keys, attendance),
            State::Stranger(stranger) => {
                let of = &stranger.gathering;
                self.counted.insert(meeting::run_of(keys, &of.account, of.kind, &stranger.uuid).0);
            }
            State::Presence(_)
            | State::Scheduling(_)
            | State::Recording(_)
            | State::Awaiting(_)
            | State::Remembered(_)
            | State::Deauthorization { .. }
            | State::Adding(_)
            | State::Addition(_)
            | State::Fetching(_)
            | State::Trial(_) => {}
        }
    }

    fn guess(&mut self, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.guesses.entry(entry.id.clone()).or_insert(entry);
        }
    }

    /// Somebody is in a run whose beginning nobody told so far.
    fn guess_run(&mut self, keys: &TenantKeys, attendance: &AttendanceState) {
        let of = &attendance.gathering;
        let id = meeting::run_of(keys, &of.account, of.kind, &attendance.uuid);
        let first_ms = attendance.stays.values().filter_map(|(from, _)| *from).min();
        let starts_ms = attendance.run.started_ms.or(of.start_ms).or(first_ms);
        self.guess(starts_ms.map(|starts_ms| Entry {
            id: id.0.clone(),
            stage: Stage::Run,
            ended_ms: attendance.run.ended_ms,
            occurrence: attendance.run.occurrence.clone(),
            ..entry(series(keys, of), of, starts_ms)
        }));
        self.counted.insert(id.0);
    }

    fn plan(&mut self, keys: &TenantKeys, definition: &DefinitionState) {
        let of = Gathering {
            minutes: definition.duration_min.or(definition.gathering.minutes),
            ..definition.gathering.clone()
        };
        let series = series(keys, &of);
        // Nobody told how it is planned: it is known from a run, or from who registered.
        if definition.changed_ms == i64::MIN {
            self.guess(date(&series, ONCE, Stage::Planned, &of));
            return;
        }
        let stage = if definition.deleted { Stage::Cancelled } else { Stage::Planned };
        let at = |start_ms: i64| Gathering { start_ms: Some(start_ms), ..of.clone() };
        let dates = definition.occurrences.iter().filter_map(|(name, at_ms)| date(&series, name, stage, &at(*at_ms)));
        let mut dates: Vec<Entry> = dates.collect();
        if dates.is_empty() {
            dates.extend(date(&series, ONCE, stage, &of));
        }
        dates.sort_by(|one, other| (one.starts_ms, &one.id).cmp(&(other.starts_ms, &other.id)));
        dates.truncate(DATES_MAX);
        self.plans.insert(series, dates);
    }
}

/// The name of the only date of what is no series.
const ONCE: &str = "0";

/// What follows for the calendar from these facts.
#[must_use]
pub fn notes<'f>(keys: &TenantKeys, facts: impl IntoIterator<Item = &'f Fact>) -> Notes {
    let mut notes = Notes::default();
    for fact in facts {
        notes.note(keys, fact);
    }
    notes
}

fn series(keys: &TenantKeys, of: &Gathering) -> Alias {
    meeting::definition(keys, &of.account, of.number.0)
}

fn entry(series: Alias, of: &Gathering, starts_ms: i64) -> Entry {
    Entry {
        id: String::new(),
        series,
        stage: Stage::Planned,
        kind: of.kind,
        account: of.account.clone(),
        number: of.number,
        topic: of.topic.clone().unwrap_or_default(),
        host: of.host.as_ref().map(|host| host.as_str().to_owned()).unwrap_or_default(),
        starts_ms,
        ended_ms: None,
        minutes: of.minutes,
        occurrence: None,
    }
}

/// A date of a series; none while nobody told when it is.
fn date(series: &Alias, name: &str, stage: Stage, of: &Gathering) -> Option<Entry> {
    let occurrence = (name != ONCE).then(|| name.to_owned());
    let id = format!("{}-{name}", series.0);
    Some(Entry { id, stage, occurrence, ..entry(series.clone(), of, of.start_ms?) })
}

fn of_run(keys: &TenantKeys, id: &Alias, run: &RunState) -> Option<Entry> {
    let seen = attendance::seen(id, Some(run));
    let starts_ms = seen.started_ms.or(run.gathering.start_ms)?;
    Some(Entry {
        id: id.0.clone(),
        stage: if seen.practice { Stage::Rehearsal } else { Stage::Run },
        ended_ms: seen.ended_ms.or(run.show.practice_ended_ms.filter(|_| seen.practice)),
        occurrence: seen.occurrence,
        ..entry(series(keys, &run.gathering), &run.gathering, starts_ms)
    })
}

#[cfg(test)]
mod tests;
