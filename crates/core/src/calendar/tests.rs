//! Entries, numbers and people from facts, told in any order.

use super::count::Count;
use super::numbers::{Arrival, Numbers};
use super::people::{Guest, Role, union};
use super::presence::STEPS;
use super::*;
use crate::delivery::State as Delivery;
use crate::fact::attendance::{About, RunSeen, Show};
use crate::fact::stranger::StrangerState;
use crate::fact::{Host, PresenceState, RegistrationState};
use crate::ids::Email;
use crate::settings::Threshold;
use crate::zoom::event::RegistrationStatus;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn keys() -> TenantKeys {
    TenantKeys { alias: [1; 32], marker: [2; 32] }
}

fn webinar(start_ms: Option<i64>) -> Gathering {
    Gathering {
        kind: Kind::Webinar,
        account: "A".to_owned(),
        number: MeetingNumber(86_000_000_001),
        topic: Some("Results".to_owned()),
        start_ms,
        minutes: Some(60),
        host: Email::parse("host@acme.test"),
    }
}

fn fact(name: &str, state: State) -> Fact {
    Fact { id: Alias(name.to_owned()), state }
}

fn run(started_ms: Option<i64>, ended_ms: Option<i64>, show: Show) -> Fact {
    let gathering = webinar(None);
    let id = meeting::run_of(&keys(), "A", Kind::Webinar, "u");
    let state = RunState { gathering, uuid: "u".to_owned(), started_ms, ended_ms, people: BTreeSet::new(), show };
    Fact { id, state: State::Run(state) }
}

fn definition(change: impl FnOnce(&mut DefinitionState)) -> Fact {
    let mut state = DefinitionState {
        gathering: webinar(Some(10 * HOUR)),
        changed_ms: 1,
        duration_min: Some(45),
        timezone: None,
        join_url: None,
        deleted: false,
        concerned: Vec::new(),
        runs: Vec::new(),
        occurrences: BTreeMap::new(),
        staff: BTreeSet::new(),
        invited: BTreeSet::new(),
        emails: BTreeMap::new(),
        agreed: None,
        early: crate::fact::agreed::dates::Early::default(),
    };
    change(&mut state);
    fact("d", State::Definition(state))
}

fn registration(email: &str, status: RegistrationStatus, at_ms: i64) -> RegistrationState {
    RegistrationState {
        gathering: webinar(Some(10 * HOUR)),
        email: Email::parse(email).unwrap(),
        status,
        status_ms: at_ms,
        registered_ms: at_ms,
        only_gone: false,
        series: None,
        occurrence: None,
        answers: BTreeMap::from([("first_name".to_owned(), "Asha".to_owned())]),
        custom_questions: Vec::new(),
        join_url: None,
        tracking_source: None,
        approved_ms: None,
        host: Host::default(),
    }
}

fn attendance(email: &str, stays: &[(i64, Option<i64>)], about: About) -> AttendanceState {
    AttendanceState {
        gathering: webinar(None),
        uuid: "u".to_owned(),
        email: Email::parse(email).unwrap(),
        stays: stays
            .iter()
            .enumerate()
            .map(|(n, (from, to))| (Alias(format!("{email}{n}")), (Some(*from), *to)))
            .collect(),
        run: RunSeen { started_ms: Some(10 * HOUR), ended_ms: Some(11 * HOUR), closed: true, ..RunSeen::default() },
        about,
    }
}

fn entry_of(fact: &Fact) -> Entry {
    notes(&keys(), [fact]).runs.remove(0)
}

#[test]
fn a_run_is_an_entry_once_it_is_known_when_it_began() {
    assert!(notes(&keys(), [&run(None, None, Show::default())]).runs.is_empty());
    let entry = entry_of(&run(Some(10 * HOUR), Some(11 * HOUR), Show::default()));
    assert_eq!((entry.stage, entry.starts_ms, entry.ended_ms), (Stage::Run, 10 * HOUR, Some(11 * HOUR)));
    assert_eq!((entry.topic.as_str(), entry.host.as_str()), ("Results", "host@acme.test"));
    let practice = Show { practice_ended_ms: Some(9 * HOUR), ..Show::default() };
    let rehearsal = entry_of(&run(Some(8 * HOUR), None, practice.clone()));
    assert_eq!((rehearsal.stage, rehearsal.ended_ms), (Stage::Rehearsal, Some(9 * HOUR)));
    assert_eq!(entry_of(&run(Some(10 * HOUR), None, practice)).stage, Stage::Run);
}

#[test]
fn a_definition_lists_its_dates() {
    let series = meeting::definition(&keys(), "A", 86_000_000_001);
    let dates = |fact: &Fact| {
        let plans = notes(&keys(), [fact]).plans;
        let dates = plans.get(&series).cloned().unwrap_or_default();
        dates.into_iter().map(|entry| (entry.id, entry.stage, entry.starts_ms, entry.minutes)).collect::<Vec<_>>()
    };
    let id = |name: &str| format!("{}-{name}", series.0);
    assert_eq!(dates(&definition(|_| ())), [(id("0"), Stage::Planned, 10 * HOUR, Some(45))]);
    assert_eq!(dates(&definition(|state| state.deleted = true))[0].1, Stage::Cancelled);
    let several = definition(|state| {
        state.occurrences = BTreeMap::from([("7".to_owned(), 30 * HOUR), ("9".to_owned(), 20 * HOUR)]);
    });
    let starts: Vec<(String, i64)> = dates(&several).into_iter().map(|(id, _, at_ms, _)| (id, at_ms)).collect();
    assert_eq!(starts, [(id("9"), 20 * HOUR), (id("7"), 30 * HOUR)]);
    let many = definition(|state| state.occurrences = (0..500).map(|n| (n.to_string(), n)).collect());
    assert_eq!(dates(&many).len(), DATES_MAX);
    let no_date = definition(|state| state.gathering.start_ms = None);
    assert_eq!(notes(&keys(), [&no_date]).plans.get(&series), Some(&Vec::new()));
}

#[test]
fn what_only_a_run_told_of_a_definition_is_a_guess() {
    let told = notes(&keys(), [&definition(|state| state.changed_ms = i64::MIN)]);
    assert_eq!((told.plans.len(), told.guesses.len()), (0, 1));
}

#[test]
fn who_registers_or_comes_first_is_enough_for_an_entry() {
    let series = meeting::definition(&keys(), "A", 86_000_000_001);
    let registered = State::Registration(registration("a@x.test", RegistrationStatus::Approved, 1));
    let told = notes(&keys(), [&fact("r", registered)]);
    assert_eq!(told.guesses.keys().collect::<Vec<_>>(), [&format!("{}-0", series.0)]);
    assert_eq!(told.registered, BTreeSet::from([series]));
    let mut early = attendance("a@x.test", &[(10 * HOUR, None)], About::default());
    early.run = RunSeen::default();
    let told = notes(&keys(), [&fact("a", State::Attendance(early))]);
    let id = meeting::run_of(&keys(), "A", Kind::Webinar, "u").0;
    assert_eq!(told.guesses.get(&id).map(|entry| (entry.starts_ms, entry.stage)), Some((10 * HOUR, Stage::Run)));
    assert_eq!(told.counted, BTreeSet::from([id]));
}

#[test]
fn numbers_count_each_person_once_and_the_webinars_own_people_never() {
    let entry = entry_of(&run(Some(10 * HOUR), Some(11 * HOUR), Show::default()));
    let mut numbers = Numbers { closed: true, ..Numbers::default() };
    numbers.registration(&entry, &registration("a@x.test", RegistrationStatus::Approved, 1));
    numbers.registration(&entry, &registration("b@x.test", RegistrationStatus::Pending, 1));
    numbers.registration(&entry, &registration("c@x.test", RegistrationStatus::Cancelled, 1));
    numbers.registration(&entry, &registration("d@x.test", RegistrationStatus::Approved, 12 * HOUR));
    let reported = About { reported: true, ..About::default() };
    let stay = [(10 * HOUR, Some(10 * HOUR + MINUTE)), (10 * HOUR, Some(10 * HOUR + 2 * MINUTE))];
    numbers.attendance(&attendance("a@x.test", &stay, reported.clone()), Arrival::Written);
    numbers.attendance(&attendance("e@x.test", &stay, About::default()), Arrival::Waiting);
    numbers.attendance(&attendance("h@x.test", &stay, About { staff: true, ..reported }), Arrival::Written);
    let absent = About { absent: true, ..About::default() };
    numbers.attendance(&attendance("f@x.test", &[], absent), Arrival::Nothing);
    let expected = Numbers {
        registered: 1,
        pending: 1,
        came: 2,
        no_show: 1,
        reported: 1,
        closed: true,
        written: 1,
        waiting: 1,
        ..Numbers::default()
    };
    assert_eq!(numbers, expected);
    assert_eq!(numbers.truth(), "Zoom 1, ours 2, LeadSquared 1, 1 waiting.");
    assert!(!numbers.agree());
}

#[test]
fn only_what_is_known_is_compared() {
    let line = |numbers: Numbers| numbers.truth();
    assert_eq!(line(Numbers { came: 3, ..Numbers::default() }), "ours 3.");
    assert_eq!(line(Numbers { came: 3, closed: true, ..Numbers::default() }), "ours 3.");
    let all = Numbers { came: 3, reported: 3, closed: true, written: 2, ..Numbers::default() };
    assert_eq!(line(all), "Zoom 3, ours 3, LeadSquared 2. Of 1 nothing is to be written.");
    assert!(all.agree());
    assert!(!Numbers { failed: 1, ..all }.agree());
}

#[test]
fn somebody_has_arrived_when_nothing_waits() {
    use Delivery::{Delivered, Parked, Ready, Suppressed};
    for (states, expected) in [
        (&[][..], Arrival::Nothing),
        (&[Suppressed], Arrival::Nothing),
        (&[Delivered, Suppressed], Arrival::Written),
        (&[Delivered, Ready], Arrival::Waiting),
        (&[Delivered, Ready, Parked], Arrival::Failed),
    ] {
        assert_eq!(Arrival::of(states), expected, "{states:?}");
    }
}

fn attendances() -> Vec<(Alias, AttendanceState)> {
    let named = |name: &str, state: AttendanceState| (Alias(name.to_owned()), state);
    let about = |change: fn(&mut About)| {
        let mut about = About { name: Some("Zoe".to_owned()), ..About::default() };
        change(&mut about);
        about
    };
    let long = [(10 * HOUR + MINUTE, Some(10 * HOUR + 20 * MINUTE)), (10 * HOUR + 30 * MINUTE, Some(11 * HOUR))];
    let late = [(10 * HOUR + 50 * MINUTE, Some(10 * HOUR + 52 * MINUTE))];
    vec![
        named("1", attendance("late@x.test", &late, about(|_| ()))),
        named("2", attendance("long@x.test", &long, about(|_| ()))),
        named("3", attendance("away@x.test", &[], about(|about| about.absent = true))),
        named("4", attendance("host@x.test", &[(10 * HOUR, Some(11 * HOUR))], about(|about| about.staff = true))),
        named("5", attendance("gone@x.test", &[], about(|_| ()))),
    ]
}

fn stranger() -> StrangerState {
    StrangerState {
        gathering: webinar(None),
        uuid: "u".to_owned(),
        series: Alias("d".to_owned()),
        name: Some("iPhone".to_owned()),
        zoom_user: None,
        stays: BTreeSet::new(),
        decided: None,
        named: false,
        expected: BTreeSet::new(),
    }
}

fn stay(join_ms: i64) -> PresenceState {
    PresenceState {
        gathering: webinar(None),
        uuid: "u".to_owned(),
        registrant_id: None,
        email: None,
        name: None,
        join_ms: Some(join_ms),
        leave_ms: Some(join_ms + MINUTE),
        host: false,
        reported: false,
        zoom_user: None,
        review: crate::fact::stranger::Review::default(),
    }
}

#[test]
fn somebody_in_a_run_is_listed_by_when_they_came_and_how_they_stand() {
    let mut attendances = attendances();
    attendances.sort_by_key(|(id, attendance)| (State::Attendance(attendance.clone()).listed_ms(), id.clone()));
    let registered = |email: &str, status| (Alias("r".to_owned()), registration(email, status, 1));
    let of = |one: &(Alias, AttendanceState), registration| {
        Guest::of_attendance(&one.0, &one.1, Some(registration).as_ref(), Threshold::Minutes(5))
    };
    let guests: Vec<Guest> = attendances
        .iter()
        .filter_map(|one| of(one, registered(one.1.email.as_str(), RegistrationStatus::Approved)))
        .collect();
    let listed: Vec<(&str, Role, i64)> =
        guests.iter().map(|guest| (guest.email.as_str(), guest.role, guest.stayed_ms / MINUTE)).collect();
    assert_eq!(
        listed,
        [
            ("host@x.test", Role::Staff, 60),
            ("long@x.test", Role::Attended, 49),
            ("late@x.test", Role::Came, 2),
            ("away@x.test", Role::NoShow, 0),
            ("gone@x.test", Role::Registered, 0),
        ]
    );
    assert_eq!((guests[1].stays.len(), guests[1].percent), (2, Some(81)));
    assert_eq!(guests[1].facts.len(), 4, "the attendance, two stays, the registration");
    assert!(guests[1].matches("LONG@") && guests[1].matches("zoe") && !guests[1].matches("host"));
    let refused = registered("gone@x.test", RegistrationStatus::Denied);
    assert_eq!(of(&attendances[4], refused.clone()), None, "of whom nothing is known but that they were refused");
    assert_eq!(Guest::of_registration(&refused), None);
    let waits = Guest::of_registration(&registered("new@x.test", RegistrationStatus::Pending)).unwrap();
    assert_eq!(
        (
            waits.role,
            waits.stays.len(),
            State::Registration(registration("a@x.test", RegistrationStatus::Pending, 7)).listed_ms()
        ),
        (Role::Pending, 0, 7)
    );
}

#[test]
fn everybody_is_counted_once_and_how_many_were_there_at_one_time() {
    let run = run(Some(10 * HOUR), Some(11 * HOUR), Show::default());
    let entry = entry_of(&run);
    let mut count = Count::default();
    for (id, attendance) in attendances() {
        count.attendance(&id, &attendance, Arrival::Nothing);
    }
    count.stranger(&(Alias("s".to_owned()), stranger(), vec![stay(10 * HOUR + 5 * MINUTE)]));
    for email in ["away@x.test", "long@x.test", "new@x.test", "gone@x.test", "new@x.test"] {
        count.registration(&entry, &registration(email, RegistrationStatus::Approved, 1));
    }
    count.registration(&entry, &registration("denied@x.test", RegistrationStatus::Denied, 1));
    let (numbers, presence) = count.sum(&entry, true, 20 * HOUR);
    assert_eq!((numbers.people, numbers.registered, numbers.came, numbers.unnamed), (7, 5, 2, 1));
    let presence = presence.unwrap();
    assert_eq!((presence.from_ms, presence.to_ms, presence.steps.len()), (10 * HOUR, 11 * HOUR, STEPS));
    let tenths: Vec<i64> = presence.steps.chunks(20).map(|steps| steps.iter().copied().max().unwrap_or(0)).collect();
    assert_eq!(tenths, [2, 1, 0, 1, 1, 2], "the host is not counted");
    let planned = Entry { stage: Stage::Planned, ..entry.clone() };
    assert_eq!(Count::default().sum(&planned, false, 20 * HOUR).1, None, "what was not held");
    let open = Entry { ended_ms: None, ..entry };
    let to_ms = |now_ms: i64| Count::default().sum(&open, false, now_ms).1.map(|presence| presence.to_ms);
    assert_eq!((to_ms(12 * HOUR), to_ms(10 * HOUR)), (Some(12 * HOUR), None), "under way until now");
}

#[test]
fn stays_that_overlap_are_one_stretch() {
    assert_eq!(union(&[(0, Some(10)), (5, Some(20)), (30, None), (40, Some(35))], 50), [(0, 20), (30, 50)]);
}
