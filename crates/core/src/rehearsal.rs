//! Recorded notifications run through the rules once more, under settings that are not in force yet: what would be
//! delivered, compared with what the present settings make of the same. Nothing is stored and nothing is sent.

use crate::fact::{Alias, Book, TenantKeys};
use crate::ids::{Kind, MeetingNumber};
use crate::leadsquared::command::Command as Crm;
use crate::settings::{CaptureBehaviour, FIELD_MARKER, Versioned};
use crate::translate::look_up::{follow_ups, freed, needs, wholes};
use crate::translate::{self, Command, Context, Notification, Planned, Start};
use crate::zoom::event::{Registration, What};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Differences that are shown at most; all are counted.
pub const DIFFERENCES_MAX: usize = 100;
/// The name under which a picture shows the note of an activity.
pub const NOTE: &str = "Note";

/// What a delivery makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// A lead, with its fields.
    Lead,
    /// An activity.
    Activity,
    /// A correction of an activity.
    Correction,
    /// A task.
    Task,
}

impl Made {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lead, Self::Activity, Self::Correction, Self::Task];

    /// Several of them in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Lead => "Leads",
            Self::Activity => "Activities",
            Self::Correction => "Corrections",
            Self::Task => "Tasks",
        }
    }
}

/// One thing that would stand in LeadSquared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// What it is.
    pub made: Made,
    /// What it is in words.
    pub what: String,
    /// About whom, in words.
    pub who: String,
    /// Its fields by name.
    pub fields: BTreeMap<String, String>,
    /// Why it would be left out or held, as a code.
    pub held: Option<&'static str>,
}

/// How many of a kind stay, change, come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// The same under both settings.
    pub same: usize,
    /// There under both, with other content.
    pub changed: usize,
    /// There only under the new settings.
    pub new: usize,
    /// There only under the present settings.
    pub gone: usize,
}

/// One thing that differs: what it is under the present settings, and under the new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Under the present settings.
    pub before: Option<Picture>,
    /// Under the new ones.
    pub after: Option<Picture>,
}

impl Difference {
    /// The fields that differ: name, before, after.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let of = |picture: &Option<Picture>| picture.as_ref().map(|one| one.fields.clone()).unwrap_or_default();
        let (before, after) = (of(&self.before), of(&self.after));
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let differs = |name: &&String| before.get(*name) != after.get(*name);
        let shown = |name: &String| (name.clone(), before.get(name).cloned(), after.get(name).cloned());
        names.into_iter().filter(differs).map(shown).collect()
    }
}

/// A comparison of two settings over the same notifications.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Comparison {
    /// Counts by kind.
    pub tallies: BTreeMap<Made, Tally>,
    /// The first differences.
    pub differences: Vec<Difference>,
}

/// What stands for one thing in both runs.
type Identity = (Made, String, String);

/// The webinar a notification is about, if it is one.
#[must_use]
pub fn webinar_of(notification: &Notification) -> Option<(MeetingNumber, Option<&str>)> {
    let Notification::Zoom(_, event) = notification else { return None };
    let run = match &event.what {
        What::Started(run)
        | What::Ended(run)
        | What::PracticeEnded(run)
        | What::Joined(run, _)
        | What::Left(run, _) => run,
        What::Registration(registration) => &registration.run,
        What::Definition(definition) => &definition.run,
        What::Recording(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => return None,
    };
    (run.kind == Kind::Webinar).then_some((run.number, run.topic.as_deref()))
}

/// The address of who registered, if the notification tells of a registration.
#[must_use]
pub fn registrant_of(notification: &Notification) -> Option<&str> {
    registration_of(notification).map(|registration| registration.email.as_str())
}

/// The titles of the custom questions that a registration answers.
pub fn questions_of(notification: &Notification) -> impl Iterator<Item = &str> {
    let registration = registration_of(notification);
    registration.into_iter().flat_map(|one| one.custom_questions.iter().map(|(title, _)| title.as_str()))
}

fn registration_of(notification: &Notification) -> Option<&Registration> {
    let Notification::Zoom(_, event) = notification else { return None };
    match &event.what {
        What::Registration(registration) => Some(registration),
        What::Started(_)
        | What::Ended(_)
        | What::PracticeEnded(_)
        | What::Joined(..)
        | What::Left(..)
        | What::Definition(_)
        | What::Recording(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => None,
    }
}

/// What the notifications would make under these settings, in the order in which it would be planned.
#[must_use]
pub fn run(keys: &TenantKeys, settings: &Versioned, notifications: &[Notification]) -> Vec<Picture> {
    pictures(keys, settings, notifications).into_iter().map(|(_, picture)| picture).collect()
}

/// What would change if `edited` were in force instead of `present`.
#[must_use]
pub fn compare(keys: &TenantKeys, present: &Versioned, edited: &Versioned, told: &[Notification]) -> Comparison {
    let (before, after) = (pictures(keys, present, told), pictures(keys, edited, told));
    let before: BTreeMap<Identity, Picture> = before.into_iter().filter(|(_, one)| one.held.is_none()).collect();
    let mut after: BTreeMap<Identity, Picture> = after.into_iter().filter(|(_, one)| one.held.is_none()).collect();
    let mut comparison = Comparison::default();
    for (identity, was) in before {
        let tally = comparison.tallies.entry(was.made).or_default();
        let becomes = after.remove(&identity);
        match &becomes {
            Some(becomes) if *becomes == was => {
                tally.same += 1;
                continue;
            }
            Some(_) => tally.changed += 1,
            None => tally.gone += 1,
        }
        comparison.differences.push(Difference { before: Some(was), after: becomes });
    }
    for becomes in after.into_values() {
        comparison.tallies.entry(becomes.made).or_default().new += 1;
        comparison.differences.push(Difference { before: None, after: Some(becomes) });
    }
    comparison.differences.truncate(DIFFERENCES_MAX);
    comparison
}

fn pictures(keys: &TenantKeys, settings: &Versioned, notifications: &[Notification]) -> Vec<(Identity, Picture)> {
    let context = Context { keys, settings, own_domains: &[] };
    let mut book = Book::default();
    let mut order: Vec<String> = Vec::new();
    let mut queue: BTreeMap<String, Planned> = BTreeMap::new();
    for notification in notifications {
        open(keys, &mut book, notification);
        for planned in translate::translate(&context, &mut book, notification).planned {
            // As in the queue: what is planned stays, unless it waited for its person.
            let known = queue.get(&planned.key).map(|known| known.start);
            if known.is_none() {
                order.push(planned.key.clone());
            }
            if known.is_none_or(|start| start == Start::WaitsForIdentity) {
                queue.insert(planned.key.clone(), planned);
            }
        }
    }
    let mut shown: Vec<(Identity, Picture)> = Vec::new();
    let mut place_of: HashMap<Identity, usize> = HashMap::new();
    for planned in order.iter().filter_map(|key| queue.get(key)) {
        let Some((identity, picture)) = picture(planned) else { continue };
        match place_of.get(&identity).and_then(|place| shown.get_mut(*place)) {
            // Several writes of one lead are one lead in the end.
            Some((_, known)) => known.fields.extend(picture.fields),
            None => {
                place_of.insert(identity.clone(), shown.len());
                shown.push((identity, picture));
            }
        }
    }
    shown
}

/// Notes that the book was asked for all that the rules may look up: everything there is stands in it.
fn open(keys: &TenantKeys, book: &mut Book, notification: &Notification) {
    book.looked_up(&needs(keys, notification));
    let (facts, further) = follow_ups(keys, notification, book);
    book.looked_up(&further);
    book.looked_up(&facts);
    let touched: Vec<Alias> = freed(keys, notification, &facts, book);
    book.looked_up(&touched);
    book.loaded_whole(&wholes(keys, notification));
}

fn picture(planned: &Planned) -> Option<(Identity, Picture)> {
    let Command::LeadSquared { command } = &planned.command else { return None };
    let (made, fields, key) = match command {
        Crm::UpsertLead(write) => {
            let how = match write.behaviour {
                CaptureBehaviour::Overwrite => "",
                CaptureBehaviour::UpdateOnlyEmptyFields => " (only if blank)",
                CaptureBehaviour::DoNotUpdate => " (only on a new lead)",
                CaptureBehaviour::DoNotUpdateUniqueFields => " (unless unique)",
            };
            let fields = write.fields.iter().map(|(name, value)| (name.clone(), format!("{value}{how}")));
            (Made::Lead, fields.collect(), planned.who.clone())
        }
        Crm::PostActivity(activity) => {
            let mut fields = activity.fields.clone();
            fields.remove(FIELD_MARKER);
            fields.insert(NOTE.to_owned(), activity.note.clone());
            (Made::Activity, fields, planned.key.clone())
        }
        Crm::CorrectActivity(correction) => {
            let fields = BTreeMap::from([(NOTE.to_owned(), correction.activity.note.clone())]);
            (Made::Correction, fields, planned.key.clone())
        }
        Crm::CreateTask(task) => {
            let fields = [
                ("Subject", task.name.clone()),
                ("Type", task.task_type.clone()),
                ("Owner", task.owner_email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default()),
            ];
            (Made::Task, fields.map(|(name, value)| (name.to_owned(), value)).into(), planned.key.clone())
        }
        Crm::FindLead(_) | Crm::Gather(_) | Crm::ChangeTask(_) | Crm::ReadTask(_) => return None,
    };
    let held = match planned.start {
        Start::Ready | Start::Mended | Start::NotBefore(_) => None,
        Start::WaitsForIdentity => Some("waiting.identity"),
        Start::Suppressed(code) | Start::Parked(code) => Some(code),
    };
    let picture = Picture { made, what: planned.what.clone(), who: planned.who.clone(), fields, held };
    Some(((made, planned.who.clone(), key), picture))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::mapping::{FieldPolicy, Target};
    use crate::settings::registration::Pending;
    use crate::settings::{ActivityKind, Settings};
    use crate::translate::{Source, read};

    const KEYS: TenantKeys = TenantKeys { alias: [7; 32], marker: [8; 32] };

    fn told(event: &str, more: &str) -> Notification {
        let body = format!(
            r#"{{"event":"webinar.{event}","event_ts":1785492000000,"payload":{{"account_id":"A","object":{{
            "uuid":"Demo==","id":86000000002,"host_id":"H","topic":"Demo",{more}}}}}}}"#
        );
        read(Source::Zoom(crate::ids::ZoomApp::Webinars), body.as_bytes(), 1_795_600_000_000).unwrap()
    }

    fn registered(id: &str, email: &str, status: &str) -> Notification {
        let more = format!(
            r#""registrant":{{"id":"{id}","email":"{email}","first_name":"Asha","city":"Pune","status":"{status}",
            "custom_questions":[{{"title":"Budget?","value":"10k"}}]}}"#
        );
        told("registration_created", &more)
    }

    fn present() -> Versioned {
        let codes = (101..).zip(ActivityKind::ALL).map(|(code, kind)| (kind, code));
        Versioned { version: 3, settings: Settings { activity_codes: codes.collect(), ..Settings::default() } }
    }

    /// Each kind that is there, with same, changed, new and gone.
    #[track_caller]
    fn check(change: fn(&mut Settings), expected: &[(Made, [usize; 4])]) -> Comparison {
        let story = [
            registered("1", "asha@a.test", "approved"),
            registered("2", "ravi@b.test", "pending"),
            told("started", "\"type\":5"),
        ];
        let mut edited = present();
        change(&mut edited.settings);
        let comparison = compare(&KEYS, &present(), &edited, &story);
        let tallies: Vec<(Made, [usize; 4])> = comparison
            .tallies
            .iter()
            .map(|(made, tally)| (*made, [tally.same, tally.changed, tally.new, tally.gone]))
            .collect();
        assert_eq!(tallies, expected);
        comparison
    }

    #[test]
    fn the_same_settings_make_the_same() {
        let comparison = check(|_| {}, &[(Made::Lead, [2, 0, 0, 0]), (Made::Activity, [2, 0, 0, 0])]);
        assert_eq!(comparison.differences, []);
    }

    #[test]
    fn a_new_mapping_changes_leads_and_leaves_activities() {
        let map = |settings: &mut Settings| {
            settings.custom_questions.insert("Budget?".to_owned(), Target::lead("mx_Budget"));
            settings.registration_fields.get_mut("city").unwrap().policy = Some(FieldPolicy::IfBlank);
        };
        let comparison = check(map, &[(Made::Lead, [0, 2, 0, 0]), (Made::Activity, [2, 0, 0, 0])]);
        let text = |text: &str| Some(text.to_owned());
        let expected = vec![
            ("mx_Budget".to_owned(), None, text("10k")),
            ("mx_City".to_owned(), text("Pune"), text("Pune (only if blank)")),
        ];
        assert_eq!(comparison.differences[0].fields(), expected);
    }

    #[test]
    fn who_is_left_out_by_the_new_settings_is_gone() {
        let gone = [(Made::Lead, [1, 0, 0, 1]), (Made::Activity, [1, 0, 0, 1])];
        check(|settings| settings.registration.pending = Pending::Waits, &gone);
        let comparison = check(|settings| settings.excluded_domains = vec!["b.test".to_owned()], &gone);
        assert!(comparison.differences.iter().all(|one| one.after.is_none()));
    }

    #[test]
    fn a_run_says_what_is_held_and_why() {
        let mut settings = present();
        settings.settings.staff = vec!["asha@a.test".to_owned()];
        let pictures = run(&KEYS, &settings, &[registered("1", "asha@a.test", "approved")]);
        let held: Vec<Option<&str>> = pictures.iter().map(|one| one.held).collect();
        assert_eq!(held, [Some("suppressed.staff"); 2]);
    }

    #[test]
    fn a_notification_names_its_webinar_and_its_registrant() {
        let one = registered("1", "asha@a.test", "approved");
        assert_eq!(webinar_of(&one), Some((MeetingNumber(86_000_000_002), Some("Demo"))));
        assert_eq!(registrant_of(&one), Some("asha@a.test"));
        assert_eq!(questions_of(&one).collect::<Vec<_>>(), ["Budget?"]);
        assert_eq!(registrant_of(&told("started", "\"type\":5")), None);
    }
}
