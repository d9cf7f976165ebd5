//! Who somebody whom Zoom does not name may be: every hint with its weight and its reason in words. A suggestion never decides;
//! a person does.

use super::RegistrationState;
use super::stranger::{Is, StrangerState, telling_name};
use crate::ids::Email;
use serde::Serialize;
use std::collections::BTreeMap;

/// Suggestions for one stranger.
pub const SUGGESTIONS_MAX: usize = 5;
/// Points of the surest suggestion.
const SCORE_MAX: u8 = 99;
/// Points that each further reason adds.
const FURTHER: u8 = 4;
/// Letters of a name from which on one slip of the keyboard is overlooked, and two.
const ONE_SLIP_CHARS: usize = 6;
const TWO_SLIPS_CHARS: usize = 12;
/// Digits at the end of a caller's number that have to be shown, and be the same.
const END_DIGITS_MIN: usize = 3;
/// Digits of a whole number.
const WHOLE_DIGITS_MIN: usize = 7;

/// Somebody it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Address.
    pub email: Email,
    /// How much speaks for it, from 1 to 99.
    pub score: u8,
    /// Why, as sentences.
    pub why: String,
}

/// A decision about somebody of that name, made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The name as shown in Zoom.
    pub name: String,
    /// Who it was.
    pub email: Email,
    /// Where that was.
    pub topic: Option<String>,
}

impl Decided {
    /// What was decided about a stranger, where it names a person.
    #[must_use]
    pub fn of(stranger: &StrangerState) -> Option<Self> {
        match (&stranger.decided, &stranger.name) {
            (Some(Is::Person(email)), Some(name)) => {
                Some(Self { name: name.clone(), email: email.clone(), topic: stranger.gathering.topic.clone() })
            }
            (Some(Is::Person(_) | Is::Nobody) | None, _) => None,
        }
    }
}

/// What helps to decide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Who registered for the same webinar.
    pub registered: &'a [RegistrationState],
    /// Decisions that were made before.
    pub decided: &'a [Decided],
}

/// Who it may be, the surest first.
#[must_use]
pub fn suggest(stranger: &StrangerState, hints: Hints<'_>) -> Vec<Suggestion> {
    let mut reasons: BTreeMap<&Email, Vec<(u8, String)>> = BTreeMap::new();
    let name = stranger.name.as_deref().unwrap_or_default();
    for one in hints.registered {
        let found = [by_name(name, one, hints.registered), by_phone(name, one)];
        reasons.entry(&one.email).or_default().extend(found.into_iter().flatten());
    }
    for one in hints.decided {
        reasons.entry(&one.email).or_default().extend(decided_before(name, one));
    }
    for email in &stranger.expected {
        let why = "The meeting was scheduled for this lead.".to_owned();
        reasons.entry(email).or_default().push((50, why));
    }
    let mut suggestions: Vec<Suggestion> = reasons.into_iter().filter_map(|(email, why)| sum(email, why)).collect();
    suggestions.sort_by(|one, other| other.score.cmp(&one.score).then_with(|| one.email.cmp(&other.email)));
    suggestions.truncate(SUGGESTIONS_MAX);
    suggestions
}

/// All that speaks for one person; the same reason counts once.
fn sum(email: &Email, mut reasons: Vec<(u8, String)>) -> Option<Suggestion> {
    reasons.sort_by(|one, other| other.cmp(one));
    reasons.dedup();
    let (first, _) = reasons.first()?;
    let further = u8::try_from(reasons.len() - 1).unwrap_or(u8::MAX).saturating_mul(FURTHER);
    let why: Vec<&str> = reasons.iter().map(|(_, why)| why.as_str()).collect();
    Some(Suggestion { email: email.clone(), score: first.saturating_add(further).min(SCORE_MAX), why: why.join(" ") })
}

fn answer(registration: &RegistrationState, field: &str) -> String {
    registration.answers.get(field).map(|text| text.trim().to_lowercase()).unwrap_or_default()
}

fn whole_name(registration: &RegistrationState) -> String {
    let words = format!("{} {}", answer(registration, "first_name"), answer(registration, "last_name"));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the name says.
fn by_name(name: &str, one: &RegistrationState, all: &[RegistrationState]) -> Option<(u8, String)> {
    let name = telling_name(name)?;
    let whole = whole_name(one);
    if whole.is_empty() {
        return None;
    }
    if whole == name {
        return Some((90, "Registered under the same name.".to_owned()));
    }
    if name.contains(' ') && sorted(&whole) == sorted(&name) {
        return Some((85, "Registered under the same name, its words in another order.".to_owned()));
    }
    if is_near(&whole, &name) {
        return Some((70, format!("Registered as “{whole}”, which is spelt nearly the same.")));
    }
    let first = name.split(' ').next()?;
    let is_only = all.iter().filter(|other| answer(other, "first_name") == first).count() == 1;
    let same_first = answer(one, "first_name") == first && !all.iter().any(|other| whole_name(other) == name);
    (is_only && same_first).then(|| (60, "The only one registered with this first name.".to_owned()))
}

fn sorted(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name.split(' ').collect();
    words.sort_unstable();
    words
}

/// What a caller's number says, of which Zoom covers the middle.
fn by_phone(name: &str, one: &RegistrationState) -> Option<(u8, String)> {
    let shown = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if !name.trim_start().starts_with(['+', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        return None;
    }
    let phone = shown(&answer(one, "phone"));
    let (start, end) = match (name.find('*'), name.rfind('*')) {
        (Some(first), Some(last)) => (shown(name.get(..first)?), shown(name.get(last..)?)),
        _ => (String::new(), shown(name)),
    };
    let is_whole = start.is_empty() && end.len() >= WHOLE_DIGITS_MIN;
    if phone.len() < WHOLE_DIGITS_MIN || end.len() < END_DIGITS_MIN || !is_whole && start.is_empty() {
        return None;
    }
    if is_whole {
        // Either may be written without the code of the country.
        let same = phone.ends_with(&end) || end.ends_with(&phone);
        return same.then(|| (88, "Registered with this phone number.".to_owned()));
    }
    let same_start = phone.starts_with(&start) || start.ends_with(phone.get(..2)?);
    (phone.ends_with(&end) && same_start)
        .then(|| (65, format!("Registered with a phone number that ends in {end}, too.")))
}

/// What was decided before says.
fn decided_before(name: &str, one: &Decided) -> Option<(u8, String)> {
    let same = telling_name(name)? == telling_name(&one.name)?;
    let place = one.topic.as_deref().map(|topic| format!(", in “{topic}”")).unwrap_or_default();
    same.then(|| (80, format!("Somebody of this name was decided to be this person before{place}.")))
}

/// Whether two names differ by slips of the keyboard only.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let least = one.len().min(other.len());
    let slips = match least {
        _ if least >= TWO_SLIPS_CHARS => 2,
        _ if least >= ONE_SLIP_CHARS => 1,
        _ => return false,
    };
    one.len().abs_diff(other.len()) <= slips && slips_between(&one, &other) <= slips
}

/// How many letters have to be added, dropped or changed, or neighbours swapped, to make one of the other.
fn slips_between(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut here = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&above, column) + usize::from(a != b);
            let mut least = changed.min(at(&above, column + 1) + 1).min(at(&here, column) + 1);
            let swapped = row > 0 && column > 0 && one.get(row - 1) == Some(b) && other.get(column - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            here.push(least);
        }
        before = std::mem::replace(&mut above, here);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{Alias, Gathering, Host};
    use super::*;
    use crate::ids::{Kind, MeetingNumber};
    use crate::zoom::event::RegistrationStatus;
    use std::collections::BTreeSet;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.test")).unwrap()
    }

    fn gathering() -> Gathering {
        Gathering {
            kind: Kind::Webinar,
            account: "A".to_owned(),
            number: MeetingNumber(1),
            topic: None,
            start_ms: None,
            minutes: None,
            host: None,
        }
    }

    fn registered(address: &str, name: &str, phone: &str) -> RegistrationState {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let answers = [("first_name", first), ("last_name", last), ("phone", phone)];
        RegistrationState {
            gathering: gathering(),
            email: email(address),
            status: RegistrationStatus::Approved,
            status_ms: 0,
            registered_ms: 0,
            only_gone: false,
            series: None,
            occurrence: None,
            answers: answers.map(|(field, text)| (field.to_owned(), text.to_owned())).into(),
            custom_questions: Vec::new(),
            join_url: None,
            tracking_source: None,
            approved_ms: None,
            host: Host::default(),
        }
    }

    fn stranger(name: &str) -> StrangerState {
        StrangerState {
            gathering: gathering(),
            uuid: "u".to_owned(),
            series: Alias("s".to_owned()),
            name: Some(name.to_owned()),
            zoom_user: None,
            stays: BTreeSet::new(),
            decided: None,
            named: false,
            expected: BTreeSet::new(),
        }
    }

    fn all() -> Vec<RegistrationState> {
        vec![
            registered("asha", "Asha Rao", "+91 98450 12123"),
            registered("ravi", "Ravi Shankaran", "098765 43210"),
            registered("ravi2", "Ravi Iyer", ""),
            registered("lena", "Lena Fox", ""),
        ]
    }

    #[track_caller]
    fn check(name: &str, expected: &[(&str, u8)]) {
        let all = all();
        let found = suggest(&stranger(name), Hints { registered: &all, decided: &[] });
        let found: Vec<(String, u8)> =
            found.into_iter().map(|one| (one.email.as_str().to_owned(), one.score)).collect();
        let expected: Vec<(String, u8)> =
            expected.iter().map(|(name, score)| (email(name).as_str().to_owned(), *score)).collect();
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn names_and_numbers_speak_for_somebody_the_surest_first() {
        check("asha  RAO", &[("asha", 90)]);
        check("Rao Asha", &[("asha", 85)]);
        check("Ravi Shakaran", &[("ravi", 70)]);
        check("Ravi Shnakaran", &[("ravi", 70)]);
        check("Lena", &[("lena", 60)]);
        check("Ravi", &[]);
        check("iPhone (2)", &[]);
        check("+91 98***123", &[("asha", 65)]);
        check("+91 97***123", &[]);
        check("09876543210", &[("ravi", 88)]);
        check("9876543210", &[("ravi", 88)]);
        check("123", &[]);
        check("", &[]);
    }

    #[test]
    fn several_reasons_count_more_and_are_all_said() {
        let all = all();
        let before = Decided { name: "ASHA Rao".to_owned(), email: email("asha"), topic: Some("Open day".to_owned()) };
        let other = Decided { name: "Nobody Else".to_owned(), email: email("x"), topic: None };
        let mut one = stranger("Asha Rao");
        one.expected = [email("asha"), email("guest")].into();
        let found = suggest(&one, Hints { registered: &all, decided: &[before.clone(), before, other] });
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].email.clone(), found[0].score), (email("asha"), 98));
        for words in ["same name", "in “Open day”", "scheduled for this lead"] {
            assert!(found[0].why.contains(words), "{}", found[0].why);
        }
        assert_eq!((found[1].email.clone(), found[1].score), (email("guest"), 50));
    }

    #[test]
    fn no_more_are_suggested_than_a_person_looks_at() {
        let many: Vec<RegistrationState> = (0..30).map(|n| registered(&format!("a{n}"), "Asha Rao", "")).collect();
        let found = suggest(&stranger("Asha Rao"), Hints { registered: &many, decided: &[] });
        assert_eq!(found.len(), SUGGESTIONS_MAX);
    }

    #[test]
    fn slips_are_counted() {
        for (one, other, slips) in
            [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abd", 1), ("", "ab", 2), ("abcd", "ab", 2)]
        {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            assert_eq!(slips_between(&letters(one), &letters(other)), slips, "{one} {other}");
        }
    }
}
