//! Who somebody whom Zoom does not name may be: every hint with its weight and its reason in words. A suggestion never decides;
//! a person does.

use super::RegistrationState;
use super::stranger::{Is, StrangerState, telling_name};
use crate::ids::Email;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

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

/// Somebody who registered, as far as it is compared: small letters, single spaces, digits only.
#[derive(Debug, Clone)]
struct Registrant {
    email: Email,
    whole: String,
    letters: Vec<char>,
    phone: String,
}

/// Who registered for a webinar, put in order once, so that many strangers are compared with many people.
#[derive(Debug, Clone, Default)]
pub struct Registered {
    people: Vec<Registrant>,
    /// Places by whole name, by the words of the name in order, and by first name.
    by_name: HashMap<String, Vec<usize>>,
    by_words: HashMap<String, Vec<usize>>,
    by_first: HashMap<String, Vec<usize>>,
}

impl Registered {
    /// Adds somebody.
    pub fn add(&mut self, registration: &RegistrationState) {
        let (place, whole) = (self.people.len(), whole_name(registration));
        if !whole.is_empty() {
            self.by_name.entry(whole.clone()).or_default().push(place);
            self.by_words.entry(sorted(&whole)).or_default().push(place);
            self.by_first.entry(answer(registration, "first_name")).or_default().push(place);
        }
        let letters = whole.chars().collect();
        let phone = digits(&answer(registration, "phone"));
        self.people.push(Registrant { email: registration.email.clone(), whole, letters, phone });
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Registrant> {
        places.into_iter().flatten().filter_map(|place| self.people.get(*place))
    }

    /// What the name says: of each person the strongest reason.
    fn by_name(&self, name: &str) -> Vec<(&Email, u8, String)> {
        let Some(name) = telling_name(name) else { return Vec::new() };
        let mut found = Vec::new();
        let same = self.at(self.by_name.get(&name));
        found.extend(same.map(|one| (&one.email, 90, "Registered under the same name.".to_owned())));
        let is_only = found.is_empty();
        let words = sorted(&name);
        if name.contains(' ') {
            let turned = self.at(self.by_words.get(&words)).filter(|one| one.whole != name);
            let why = "Registered under the same name, its words in another order.";
            found.extend(turned.map(|one| (&one.email, 85, why.to_owned())));
        }
        let letters: Vec<char> = name.chars().collect();
        let near = |one: &&Registrant| {
            one.whole != name && is_near(&one.letters, &letters) && !(name.contains(' ') && sorted(&one.whole) == words)
        };
        let why = |one: &Registrant| format!("Registered as “{}”, which is spelt nearly the same.", one.whole);
        found.extend(self.people.iter().filter(near).map(|one| (&one.email, 70, why(one))));
        let first = name.split(' ').next().and_then(|first| self.by_first.get(first));
        if let Some(places) = first.filter(|places| places.len() == 1 && is_only) {
            let others = self.at(Some(places)).filter(|one| found.iter().all(|(email, ..)| **email != one.email));
            let why = "The only one registered with this first name.";
            let others: Vec<_> = others.map(|one| (&one.email, 60, why.to_owned())).collect();
            found.extend(others);
        }
        found
    }
}

/// What helps to decide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Who registered for the same webinar, where that is known.
    pub registered: Option<&'a Registered>,
    /// Decisions that were made before.
    pub decided: &'a [Decided],
}

/// Who it may be, the surest first.
#[must_use]
pub fn suggest(stranger: &StrangerState, hints: Hints<'_>) -> Vec<Suggestion> {
    let mut reasons: BTreeMap<&Email, Vec<(u8, String)>> = BTreeMap::new();
    let name = stranger.name.as_deref().unwrap_or_default();
    if let Some(registered) = hints.registered {
        let phones = Shown::parse(name).into_iter().flat_map(|shown| {
            registered
                .people
                .iter()
                .filter_map(move |one| shown.speaks_for(&one.phone).map(|(points, why)| (&one.email, points, why)))
        });
        for (email, points, why) in registered.by_name(name).into_iter().chain(phones) {
            reasons.entry(email).or_default().push((points, why));
        }
    }
    for one in hints.decided {
        if let Some(reason) = decided_before(name, one) {
            reasons.entry(&one.email).or_default().push(reason);
        }
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

/// The words of a name in the order of the alphabet.
fn sorted(name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A caller's number as Zoom shows it: whole, or with its middle covered.
#[derive(Debug, Clone)]
struct Shown {
    /// Empty where the whole number is shown.
    start: String,
    end: String,
}

impl Shown {
    /// None where the name is no number, or shows too little of one.
    fn parse(name: &str) -> Option<Self> {
        if !name.trim_start().starts_with(['+', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
            return None;
        }
        let (start, end) = match (name.find('*'), name.rfind('*')) {
            (Some(first), Some(last)) => (digits(name.get(..first)?), digits(name.get(last..)?)),
            _ => (String::new(), digits(name)),
        };
        let is_whole = start.is_empty() && end.len() >= WHOLE_DIGITS_MIN;
        (end.len() >= END_DIGITS_MIN && (is_whole || !start.is_empty())).then_some(Self { start, end })
    }

    /// What it says about somebody who registered with this number, digits only.
    fn speaks_for(&self, phone: &str) -> Option<(u8, String)> {
        let Self { start, end } = self;
        if phone.len() < WHOLE_DIGITS_MIN {
            return None;
        }
        if start.is_empty() {
            // Either may be written without the code of the country.
            let same = phone.ends_with(end) || end.ends_with(phone);
            return same.then(|| (88, "Registered with this phone number.".to_owned()));
        }
        let same_start = phone.starts_with(start) || start.ends_with(phone.get(..2)?);
        (phone.ends_with(end) && same_start)
            .then(|| (65, format!("Registered with a phone number that ends in {end}, too.")))
    }
}

/// What was decided before says.
fn decided_before(name: &str, one: &Decided) -> Option<(u8, String)> {
    let same = telling_name(name)? == telling_name(&one.name)?;
    let place = one.topic.as_deref().map(|topic| format!(", in “{topic}”")).unwrap_or_default();
    same.then(|| (80, format!("Somebody of this name was decided to be this person before{place}.")))
}

/// Whether two names differ by slips of the keyboard only.
fn is_near(one: &[char], other: &[char]) -> bool {
    let least = one.len().min(other.len());
    let slips = match least {
        _ if least >= TWO_SLIPS_CHARS => 2,
        _ if least >= ONE_SLIP_CHARS => 1,
        _ => return false,
    };
    // A slip puts one letter in the place of another at the most: that is cheap to see, and true of hardly any two names.
    let differing = (signature(one) ^ signature(other)).count_ones();
    one.len().abs_diff(other.len()) <= slips
        && usize::try_from(differing).is_ok_and(|differing| differing <= 2 * slips)
        && slips_between(one, other) <= slips
}

/// Which letters there are, a bit for each; some share one.
fn signature(letters: &[char]) -> u64 {
    letters.iter().fold(0, |bits, letter| bits | 1 << (u32::from(*letter) % 64))
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

    fn all() -> Registered {
        ordered(&[
            registered("asha", "Asha Rao", "+91 98450 12123"),
            registered("ravi", "Ravi Shankaran", "098765 43210"),
            registered("ravi2", "Ravi Iyer", ""),
            registered("lena", "Lena Fox", ""),
        ])
    }

    fn ordered(registrations: &[RegistrationState]) -> Registered {
        let mut registered = Registered::default();
        registrations.iter().for_each(|one| registered.add(one));
        registered
    }

    #[track_caller]
    fn check(name: &str, expected: &[(&str, u8)]) {
        let all = all();
        let found = suggest(&stranger(name), Hints { registered: Some(&all), decided: &[] });
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
        let found = suggest(&one, Hints { registered: Some(&all), decided: &[before.clone(), before, other] });
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
        let found = suggest(&stranger("Asha Rao"), Hints { registered: Some(&ordered(&many)), decided: &[] });
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
