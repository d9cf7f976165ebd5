//! Attendance: the stays of one person in one run add up to one fact, and that becomes tasks, one activity that is
//! corrected in place, or a no-show. What is made of it is a function of the fact and the settings alone, so that the order in
//! which things were told does not matter.

use super::fields::{self, Told, activity, minute, topic};
use super::meeting::{self, concern, present};
use super::occasion::Occasion;
use super::people::{self, About as AboutPerson};
use super::{Context, Planned, custom, tasks};
use crate::fact::attendance::{About, InMeeting, RunSeen};
use crate::fact::{
    Alias, AttendanceState, Book, Gathering, Person, PresenceState, RegistrationState, RunState, State, TenantKeys,
};
use crate::ids::Kind;
use crate::leadsquared::command::{Activity, Command, Correction};
use crate::redact::clip;
use crate::rules::task::Happened;
use crate::settings::{self, ActivityKind, AttendanceTold, Threshold};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// The longest name in a note, in characters.
const NAME_CHARS_MAX: usize = 100;

/// What somebody's attendance of a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not decided: the run goes on, or nobody told how long somebody stayed.
    Open,
    /// Was there long enough.
    Attended,
    /// Came, but not for long.
    LeftEarly,
    /// Registered and did not come.
    NoShow,
    /// Nothing that is told: the webinar's own people, a rehearsal, somebody who was never there.
    Nothing,
}

impl Standing {
    /// As it stands in LeadSquared.
    fn title(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Attended => "Attended",
            Self::LeftEarly => "Left early",
            Self::NoShow => "No-show",
            Self::Nothing => "Not an attendee",
        }
    }
}

/// What an attendance comes to.
#[must_use]
pub fn standing(threshold: Threshold, attendance: &AttendanceState) -> Standing {
    if attendance.about.staff || attendance.run.practice {
        return Standing::Nothing;
    }
    if attendance.run.ended_ms.is_none() || attendance.is_open() {
        return Standing::Open;
    }
    let attended_ms = attendance.attended_ms();
    if attended_ms == 0 {
        return match (attendance.run.closed, attendance.about.absent) {
            (true, true) => Standing::NoShow,
            (false, _) => Standing::Open,
            (true, false) => Standing::Nothing,
        };
    }
    let enough = match threshold {
        Threshold::Minutes(minutes) => attended_ms >= minutes * MINUTE_MS,
        Threshold::Percent(percent) => attendance.percent().is_none_or(|attended| attended >= percent),
    };
    if enough { Standing::Attended } else { Standing::LeftEarly }
}

/// Whether joined and left are told as they happen.
pub fn told_as_it_happens(context: &Context<'_>) -> bool {
    match context.settings.settings.attendance.told {
        AttendanceTold::AsItHappens | AttendanceTold::Both => true,
        AttendanceTold::OneActivity => false,
    }
}

fn told_as_one(context: &Context<'_>) -> bool {
    match context.settings.settings.attendance.told {
        AttendanceTold::OneActivity | AttendanceTold::Both => true,
        AttendanceTold::AsItHappens => false,
    }
}

/// Whether a run, as far as it is known, is a rehearsal: one that ended, with no later start and no end of its own.
#[must_use]
pub fn is_practice(run: &RunState) -> bool {
    let Some(practice_ended_ms) = run.show.practice_ended_ms else { return false };
    run.ended_ms.is_none() && run.started_ms.is_none_or(|started_ms| started_ms <= practice_ended_ms)
}

/// The run as attendances see it.
pub fn seen(id: &Alias, run: Option<&RunState>) -> RunSeen {
    let Some(run) = run else { return RunSeen { id: Some(id.clone()), ..RunSeen::default() } };
    let practice = is_practice(run);
    RunSeen {
        id: Some(id.clone()),
        // A rehearsal under the same uuid is not the webinar.
        started_ms: if practice { run.started_ms } else { run.started_ms.max(run.show.practice_ended_ms) },
        ended_ms: run.ended_ms,
        closed: run.show.closed,
        practice,
        recording: run.show.recording.clone(),
        occurrence: run.show.occurrence.clone(),
    }
}

fn run_of<'a>(keys: &TenantKeys, book: &'a Book, state: &PresenceState) -> (Alias, Option<&'a RunState>) {
    let alias = keys.alias("run", &[&state.gathering.account, state.gathering.kind.as_str(), &state.uuid]);
    match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Run(run)) => (alias, Some(run)),
        _ => (alias, None),
    }
}

/// When the last one left a run of which all attendances are loaded, epoch milliseconds.
pub fn last_left_ms(book: &Book, run: &Alias) -> Option<i64> {
    let parts = book.parts(run);
    let left = parts.iter().filter_map(|id| match book.get(id).map(|fact| &fact.state) {
        Some(State::Attendance(attendance)) => attendance.last_left_ms(),
        _ => None,
    });
    left.max()
}

/// A gathering with what its run's fact knows of it: a report tells neither topic nor start.
pub fn as_its_run(keys: &TenantKeys, book: &Book, mut gathering: Gathering, uuid: &str) -> Gathering {
    let alias = keys.alias("run", &[&gathering.account, gathering.kind.as_str(), uuid]);
    if let Some(State::Run(run)) = book.find(&[alias]).map(|fact| &fact.state) {
        gathering.fill(&run.gathering);
    }
    gathering
}

/// Whether somebody who stayed is an attendee: no panelist, no host, not in a rehearsal, as far as is known.
pub fn is_attendee(keys: &TenantKeys, book: &Book, state: &PresenceState) -> bool {
    let (_, run) = run_of(keys, book, state);
    let staff = run.map_or_else(|| meeting::staff(keys, book, &state.gathering), |run| run.show.staff.clone());
    let is_staff = state.email.as_ref().is_some_and(|email| staff.contains(email));
    !state.host && !is_staff && !run.is_some_and(is_practice)
}

/// Adds the stay to the person's attendance of the run, and plans what the attendance brings.
pub fn attend(
    context: &Context<'_>,
    book: &mut Book,
    (id, state): (&Alias, &PresenceState),
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    let Some(email) = state.email.as_ref() else { return Vec::new() };
    let alias = people::attendance(context.keys, &state.gathering.account, &state.uuid, email);
    let twins: Vec<Alias> =
        book.absorbed().iter().filter(|(survivor, _)| survivor == id).map(|(_, twin)| twin.clone()).collect();
    let (run_id, run) = run_of(context.keys, book, state);
    let meeting = match state.gathering.kind {
        Kind::Webinar => InMeeting::default(),
        Kind::Meeting => concern::belongs(context, book, &state.gathering, email),
    };
    let new = AttendanceState {
        gathering: state.gathering.clone(),
        uuid: state.uuid.clone(),
        email: email.clone(),
        stays: BTreeMap::new(),
        run: seen(&run_id, run),
        about: About { staff: !is_attendee(context.keys, book, state), ..About::default() },
    };
    change_of(context, book, (alias, new), registration, |attendance| {
        for twin in &twins {
            attendance.stays.remove(twin);
        }
        attendance.stays.insert(id.clone(), (state.join_ms, state.leave_ms));
        attendance.gathering.fill(&state.gathering);
        attendance.about.called(state.name.as_ref());
        attendance.about.reported |= state.reported;
        attendance.about.meeting.concerned |= meeting.concerned;
        attendance.about.meeting.lead = attendance.about.meeting.lead.take().or(meeting.lead);
    })
}

/// Changes an attendance, `new` where there is none yet, and plans what the change brings.
pub fn change(
    context: &Context<'_>,
    book: &mut Book,
    (alias, new): (Alias, AttendanceState),
    change: impl FnOnce(&mut AttendanceState),
) -> Vec<Planned> {
    let registration =
        people::registration_of(context.keys, book, (&new.gathering, new.run.occurrence.as_deref()), &new.email);
    change_of(context, book, (alias, new), registration.as_ref(), change)
}

/// The same where the registration behind the attendance is known.
fn change_of(
    context: &Context<'_>,
    book: &mut Book,
    (alias, new): (Alias, AttendanceState),
    registration: Option<&RegistrationState>,
    change: impl FnOnce(&mut AttendanceState),
) -> Vec<Planned> {
    let known = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Attendance(known)) => Some(known.clone()),
        _ => None,
    };
    let mut after = known.clone().unwrap_or(new);
    change(&mut after);
    match after.gathering.kind {
        Kind::Webinar => {
            let rule = &context.settings.settings.attendance;
            if rule.no_shows && standing(rule.threshold, &after) == Standing::NoShow {
                after.about.no_show_told = true;
            }
        }
        Kind::Meeting => present::settle(context, &mut after),
    }
    let now = all_said(context, &after);
    let then = known.as_ref().map(|known| all_said(context, known)).unwrap_or_default();
    for gone in then.keys().filter(|name| !now.contains_key(*name)) {
        *after.about.withdrawn.entry(gone.clone()).or_default() += 1;
    }
    let Some((fact, _)) = book.put(&[alias], State::Attendance(after.clone())) else { return Vec::new() };
    plan(context, &fact, &after, (then, now), registration)
}

/// What follows from an attendance of which something was said `then`, and is said `now`. What was planned before is planned again
/// under the same key, and so not twice.
fn plan(
    context: &Context<'_>,
    fact: &Alias,
    after: &AttendanceState,
    (mut then, now): (BTreeMap<String, Said>, BTreeMap<String, Said>),
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (name, said) in now {
        planned.extend(tell(context, (fact, &name), after, (then.remove(&name), Some(said))));
    }
    for (name, said) in then {
        planned.extend(tell(context, (fact, &name), after, (Some(said), None)));
    }
    let questions: Vec<String> = after.about.questions.iter().cloned().collect();
    let polls: Vec<(String, String)> =
        after.about.polls.iter().map(|(question, answer)| (question.clone(), answer.clone())).collect();
    let occasion = |happened, at_ms| Occasion {
        attendance: Some(after),
        registration,
        questions: &questions,
        polls: &polls,
        ..Occasion::new(happened, fact, &after.gathering, &after.email, at_ms)
    };
    let happened = happened(context, after);
    planned.extend(happened.iter().flat_map(|(happened, at_ms)| tasks::on(context, &occasion(*happened, *at_ms))));
    let at_ms = after.last_left_ms().or(after.run.ended_ms).unwrap_or_default();
    let attended = match after.gathering.kind {
        Kind::Webinar => Happened::Attended,
        Kind::Meeting => Happened::AttendedMeeting,
    };
    custom::sieve(context, &occasion(attended, at_ms), &mut planned);
    planned
}

/// What happened to the person, and when (epoch milliseconds).
fn happened(context: &Context<'_>, after: &AttendanceState) -> Vec<(Happened, i64)> {
    match after.gathering.kind {
        Kind::Webinar => {}
        Kind::Meeting => return present::happened(after),
    }
    if after.about.staff || after.run.practice {
        return Vec::new();
    }
    // As told, also past the end: whether the end was known when somebody left must make no difference.
    let left_ms = after.stays.values().filter_map(|(_, to)| *to).max().or_else(|| after.last_left_ms());
    let mut happened: Vec<(Happened, i64)> = Vec::new();
    if after.attended_ms() > 0 {
        let at_end = |at_ms| [Happened::Attended, Happened::Left].map(|happened| (happened, at_ms));
        happened.extend(left_ms.map(at_end).into_iter().flatten());
    }
    if standing(context.settings.settings.attendance.threshold, after) == Standing::NoShow {
        happened.extend(after.run.ended_ms.map(|at_ms| (Happened::NoShow, at_ms)));
    }
    if !after.about.questions.is_empty() {
        let at_ms = after.run.ended_ms.or(left_ms);
        happened.extend(at_ms.map(|at_ms| (Happened::AskedQuestion, at_ms)));
    }
    happened
}

/// What an activity about an attendance says.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its type.
    pub kind: ActivityKind,
    /// Whether it may be said as the first thing, and not only as the correction of another.
    pub first: bool,
    /// The activity; its code and marker are filled in when it is planned.
    pub activity: Activity,
}

/// What is said of an attendance, each by the name that its deliveries have for good.
fn all_said(context: &Context<'_>, attendance: &AttendanceState) -> BTreeMap<String, Said> {
    match attendance.gathering.kind {
        Kind::Webinar => {
            let (attended, no_show) = (attended(context, attendance), no_show(context, attendance));
            let said = [("attended", attended), ("no_show", no_show)];
            said.into_iter().filter_map(|(name, said)| Some((name.to_owned(), said?))).collect()
        }
        Kind::Meeting => present::said(context, attendance),
    }
}

/// Posts what is said now, and corrects what was said before where it differs. What was withdrawn meanwhile is said anew.
fn tell(
    context: &Context<'_>,
    (fact, name): (&Alias, &str),
    attendance: &AttendanceState,
    (then, now): (Option<Said>, Option<Said>),
) -> Vec<Planned> {
    let Some(kind) = now.as_ref().or(then.as_ref()).map(|said| said.kind) else { return Vec::new() };
    let lead = attendance.about.meeting.lead.clone();
    let person = lead.map_or_else(|| Person::Email(attendance.email.clone()), Person::Lead);
    let called = attendance.about.name.as_deref();
    let about = |what: String| AboutPerson { fact, person: Some(&person), name: called, what };
    let title = format!("{} · {}", kind.type_name(), topic(&attendance.gathering));
    let (code, parked) = people::activity_code(context, kind);
    let of = context.keys.alias("delivery", &[name, &fact.0]).0;
    let marked = |activity: &Activity| {
        let mut activity = Activity { code, marker: context.keys.marker(&of), ..activity.clone() };
        activity.fields.insert(settings::FIELD_MARKER.to_owned(), activity.marker.clone());
        activity
    };
    let mut planned = Vec::new();
    if let Some(said) = now.as_ref().filter(|said| said.first) {
        let (create, what) = match attendance.gathering.kind {
            // Who was registered before we heard of it has no lead yet.
            Kind::Webinar => (context.settings.settings.attendees_become_leads, "Lead from attendance"),
            Kind::Meeting => (false, "Look the lead up"),
        };
        planned.extend(people::lead_of(context, &about(what.to_owned()), create, &[&attendance.uuid]));
        let mut post = about(title.clone()).plan(context, of.clone(), Command::PostActivity(marked(&said.activity)));
        people::park(&mut post, parked);
        planned.push(post);
    }
    let withdrawn = then.as_ref().map(|then| withdrawn(then, attendance));
    let times = attendance.about.withdrawn.get(name).copied().unwrap_or(0);
    let differs = |now: &Said| then.as_ref().map_or(times > 0, |then| then != now);
    let correct = now.or(withdrawn).filter(differs);
    if let Some(said) = correct {
        let activity = marked(&said.activity);
        let content = serde_json::to_string(&activity).unwrap_or_default();
        let key = match times {
            0 => context.keys.alias("delivery", &[name, "corrected", &fact.0, &content]).0,
            // The same words once more are another correction.
            times => context.keys.alias("delivery", &[name, "corrected", &fact.0, &content, &times.to_string()]).0,
        };
        let correction = Command::CorrectActivity(Correction { of, activity });
        let mut delivery = about(format!("Correct: {title}")).plan(context, key, correction);
        people::park(&mut delivery, parked);
        planned.push(delivery);
    }
    planned
}

/// What was said of somebody who proves to be no attendee.
fn withdrawn(then: &Said, attendance: &AttendanceState) -> Said {
    let gathering = &attendance.gathering;
    let note = match gathering.kind {
        Kind::Webinar => format!("Withdrawn: this person was no attendee of the webinar “{}”.", topic(gathering)),
        Kind::Meeting => format!("Withdrawn: this was not so in the meeting “{}”.", topic(gathering)),
    };
    let mut activity = Activity { note, ..then.activity.clone() };
    // Only the types that have the field know it.
    if activity.fields.contains_key(settings::FIELD_STANDING) {
        activity.fields.insert(settings::FIELD_STANDING.to_owned(), Standing::Nothing.title().to_owned());
    }
    activity.fields.insert(settings::FIELD_MINUTES.to_owned(), "0".to_owned());
    Said { activity, first: false, ..then.clone() }
}

/// The one activity of an attendance, where it is told so and decided.
fn attended(context: &Context<'_>, attendance: &AttendanceState) -> Option<Said> {
    let standing = standing(context.settings.settings.attendance.threshold, attendance);
    let came = matches!(standing, Standing::Attended | Standing::LeftEarly);
    if !came || !told_as_one(context) {
        return None;
    }
    let at_ms = attendance.first_joined_ms()?;
    let activity = about_attendance(attendance, standing, (note(context, attendance, standing), at_ms));
    Some(Said { kind: ActivityKind::WebinarAttended, first: true, activity })
}

/// The activity of a no-show; of somebody who came after all it is what a no-show is corrected to.
fn no_show(context: &Context<'_>, attendance: &AttendanceState) -> Option<Said> {
    if !attendance.about.no_show_told {
        return None;
    }
    let standing = standing(context.settings.settings.attendance.threshold, attendance);
    let (topic, of) = (topic(&attendance.gathering), date_of(attendance));
    let (first, note) = match standing {
        Standing::NoShow => (true, format!("Registered for the webinar “{topic}”{of} and did not come.")),
        Standing::Attended | Standing::LeftEarly => {
            let minutes = attendance.attended_ms() / MINUTE_MS;
            (false, format!("Attended after all: the webinar “{topic}”{of}, for {minutes} minutes."))
        }
        Standing::Open | Standing::Nothing => return None,
    };
    let at_ms = attendance.run.started_ms.or(attendance.run.ended_ms)?;
    let activity = about_attendance(attendance, standing, (note, at_ms));
    Some(Said { kind: ActivityKind::WebinarNoShow, first, activity })
}

/// ` of 2026-11-24 10:00 UTC`: a series has several dates.
pub fn date_of(attendance: &AttendanceState) -> String {
    let start_ms = attendance.run.started_ms.or(attendance.gathering.start_ms);
    start_ms.map_or_else(String::new, |start_ms| format!(" of {}", minute(start_ms)))
}

/// What the one activity of an attendance says.
pub fn note(context: &Context<'_>, attendance: &AttendanceState, standing: Standing) -> String {
    let minutes = attendance.attended_ms() / MINUTE_MS;
    let verb = if standing == Standing::LeftEarly { "Came to" } else { "Attended" };
    let (kind, topic) = (attendance.gathering.kind.as_str(), topic(&attendance.gathering));
    let mut note = format!("{verb} the {kind} “{topic}”{} for {minutes} minutes", date_of(attendance));
    if let Some(percent) = attendance.percent() {
        note.push_str(&format!(" ({percent} %)"));
    }
    if let (Some(from), Some(to)) = (attendance.first_joined_ms(), attendance.last_left_ms()) {
        note.push_str(&format!(", from {} to {}", minute(from), minute(to)));
    }
    note.push_str(if standing == Standing::LeftEarly { ", and left early." } else { "." });
    if attendance.devices() > 1 {
        note.push_str(&format!(" On {} devices at once.", attendance.devices()));
    }
    if let Some(name) = &attendance.about.name {
        note.push_str(&format!(" Shown in Zoom as {}.", clip(name, NAME_CHARS_MAX)));
    }
    if let Some(link) =
        attendance.run.recording.as_ref().filter(|_| context.settings.settings.attendance.recording_links)
    {
        note.push_str(&format!("\nRecording: {link}"));
    }
    for question in &attendance.about.questions {
        note.push_str(&format!("\nAsked: {question}"));
    }
    for (question, answer) in &attendance.about.polls {
        note.push_str(&format!("\nPoll: {question} – {answer}"));
    }
    note
}

/// An activity about a whole attendance; its code and marker are filled in when it is planned.
pub fn about_attendance(attendance: &AttendanceState, standing: Standing, (note, at_ms): (String, i64)) -> Activity {
    let minutes = attendance.attended_ms() / MINUTE_MS;
    let told = Told { gathering: &attendance.gathering, note, at_ms, minutes: Some(minutes), source: None };
    let mut activity = activity(0, String::new(), &told);
    let mut set = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            activity.fields.insert(field.to_owned(), value);
        }
    };
    set(settings::FIELD_STANDING, Some(standing.title().to_owned()));
    set(settings::FIELD_PERCENT, attendance.percent().map(|percent| percent.to_string()));
    set(settings::FIELD_FIRST_JOINED, attendance.first_joined_ms().map(fields::minute));
    let left = attendance.last_left_ms().filter(|_| attendance.attended_ms() > 0);
    set(settings::FIELD_LAST_LEFT, left.map(fields::minute));
    set(settings::FIELD_DEVICES, Some(attendance.devices().to_string()).filter(|_| attendance.devices() > 0));
    let questions = attendance.about.questions.len();
    set(settings::FIELD_QUESTIONS, (questions > 0).then(|| questions.to_string()));
    activity
}
