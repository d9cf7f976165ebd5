//! A sales user's request to add leads to a webinar as it was typed, and the check that turns it into a wish or says what to
//! mend. Console, API and LeadSquared's own actions ask the same questions here.

use super::{ANSWERS_MAX, AddToWebinar, AnswerFrom, Chosen, LEADS_NAMED_MAX, Who};
use crate::ids::{Email, LeadId, MeetingNumber};
use crate::schedule_request::WishId;
use crate::zoom::listed::Wanted;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest answer that is the same for everybody, in characters.
pub const CONSTANT_CHARS_MAX: usize = 500;
/// The longest id of an occurrence or list, in characters.
pub const ID_CHARS_MAX: usize = 64;
/// The longest name of a lead field, in characters.
const FIELD_CHARS_MAX: usize = 100;

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    /// The webinar's number; blanks and hyphens do not count.
    pub webinar: String,
    /// The occurrence of a series; may be empty.
    #[serde(default)]
    pub occurrence: String,
    /// E-mail addresses and lead ids, between any blanks, commas or semicolons.
    #[serde(default)]
    pub leads: String,
    /// The id of a list of LeadSquared; empty where leads are named.
    #[serde(default)]
    pub list: String,
    /// The list's name, for people.
    #[serde(default)]
    pub list_name: String,
    /// Answers by question.
    #[serde(default)]
    pub answers: BTreeMap<String, AnswerFrom>,
}

/// A field of an [`AddRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `webinar`
    Webinar,
    /// `occurrence`
    Occurrence,
    /// `leads`
    Leads,
    /// `list`
    List,
    /// `answers`
    Answers,
}

/// What to mend in a field, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Where.
    pub field: Field,
    /// What.
    pub sentence: String,
}

/// Checks a request and makes the wish of it.
///
/// # Errors
/// Everything that has to be mended, in the order of the fields; never empty.
pub fn check(request: &AddRequest, wish: &WishId) -> Result<AddToWebinar, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut kept = |field: Field, result: Result<(), String>| {
        if let Err(sentence) = result {
            wrong.push(Wrong { field, sentence });
        }
    };
    let number = webinar(&request.webinar);
    kept(Field::Webinar, number.clone().map(|_| ()));
    let occurrence = id(&request.occurrence);
    kept(Field::Occurrence, occurrence.clone().map(|_| ()));
    let leads = chosen(request);
    kept(Field::Leads, leads.clone().map(|_| ()));
    kept(Field::Answers, answers(&request.answers));
    match (number, occurrence, leads) {
        (Ok(webinar), Ok(occurrence), Ok(leads)) if wrong.is_empty() => {
            let occurrence = Some(occurrence).filter(|id| !id.is_empty());
            let answers = request.answers.clone();
            Ok(AddToWebinar { operation: wish.as_str().to_owned(), webinar, occurrence, leads, answers })
        }
        _ => Err(wrong),
    }
}

/// Reads the number of a webinar as people write it.
///
/// # Errors
/// What to mend.
pub fn webinar(text: &str) -> Result<MeetingNumber, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let fits = (9..=12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| fits);
    number
        .map(MeetingNumber)
        .ok_or_else(|| "A webinar's number has 9 to 12 digits, for example 860 0000 0002.".to_owned())
}

/// Whose registrations a text names: one webinar's, or those of all planned ones where it is empty.
///
/// # Errors
/// What to mend.
pub fn registrations(text: &str) -> Result<Wanted, String> {
    if text.trim().is_empty() {
        return Ok(Wanted::Coming);
    }
    webinar(text).map(|webinar| Wanted::Webinar { webinar })
}

fn id(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = text.len() <= ID_CHARS_MAX && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err("This is not an id.".to_owned()) }
}

fn chosen(request: &AddRequest) -> Result<Chosen, String> {
    let list = id(&request.list).map_err(|_| "This is not the id of a list.".to_owned())?;
    let named = named(&request.leads)?;
    match (list.is_empty(), named.is_empty()) {
        (false, true) => {
            let name = crate::redact::clip(request.list_name.trim(), 200);
            Ok(Chosen::List { id: list, name })
        }
        (true, false) => Ok(Chosen::Named(named)),
        (true, true) => Err("Say whom to add: addresses of leads, their ids, or a list.".to_owned()),
        (false, false) => Err("Choose either a list or single leads.".to_owned()),
    }
}

/// Reads e-mail addresses and lead ids; the same one twice counts once.
///
/// # Errors
/// What to mend: too many, or words that are neither.
pub fn named(text: &str) -> Result<Vec<Who>, String> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    let (mut seen, mut named, mut strange) = (BTreeSet::new(), Vec::new(), Vec::new());
    for word in words {
        match who(word) {
            Some(who) if seen.insert(who.clone()) => named.push(who),
            Some(_) => {}
            None => strange.push(word),
        }
        if named.len() > LEADS_NAMED_MAX {
            return Err(format!(
                "At most {LEADS_NAMED_MAX} leads can be named at once. Make a list in LeadSquared, and choose it."
            ));
        }
    }
    match strange.first() {
        None => Ok(named),
        Some(first) => {
            let first = crate::redact::clip(first, 60);
            let more = if strange.len() > 1 { format!(", and {} more", strange.len() - 1) } else { String::new() };
            Err(format!("Neither an e-mail address nor a lead's id: {first}{more}."))
        }
    }
}

/// One e-mail address or lead id.
#[must_use]
pub fn who(word: &str) -> Option<Who> {
    if let Some(email) = Email::parse(word) {
        return Some(Who::Email(email));
    }
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    let hex = word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (hex && groups == [8, 4, 4, 4, 12]).then(|| Who::Lead(LeadId(word.to_ascii_lowercase())))
}

fn answers(answers: &BTreeMap<String, AnswerFrom>) -> Result<(), String> {
    if answers.len() > ANSWERS_MAX {
        return Err(format!("At most {ANSWERS_MAX} questions can be answered."));
    }
    for (question, from) in answers {
        let fits = match from {
            AnswerFrom::Constant(text) => text.chars().count() <= CONSTANT_CHARS_MAX,
            AnswerFrom::LeadField(field) => {
                let plain = field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                plain && !field.is_empty() && field.len() <= FIELD_CHARS_MAX
            }
        };
        if !fits {
            return Err(format!("The answer to “{}” cannot be used.", crate::redact::clip(question, 60)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(webinar: &str, leads: &str, list: &str) -> AddRequest {
        let (webinar, leads, list) = (webinar.to_owned(), leads.to_owned(), list.to_owned());
        AddRequest { webinar, leads, list, ..AddRequest::default() }
    }

    #[track_caller]
    fn check_wrong(request: &AddRequest, expected: &[Field]) {
        let wish = WishId::parse("w").unwrap();
        let wrong = check(request, &wish).err().unwrap_or_default();
        assert_eq!(wrong.iter().map(|wrong| wrong.field).collect::<Vec<_>>(), expected, "{wrong:?}");
    }

    #[test]
    fn a_request_is_checked_field_by_field() {
        check_wrong(&request("860 0000-0002", "a@b.test", ""), &[]);
        check_wrong(&request("86000000002", "", "l-1"), &[]);
        check_wrong(&request("12", "", ""), &[Field::Webinar, Field::Leads]);
        check_wrong(&request("86000000002", "a@b.test", "l-1"), &[Field::Leads]);
        check_wrong(&request("86000000002", "not-an-address", ""), &[Field::Leads]);
        check_wrong(&request("86000000002", "", "a list; drop"), &[Field::Leads]);
        let mut odd = request("86000000002", "a@b.test", "");
        odd.answers.insert("Budget?".to_owned(), AnswerFrom::LeadField("mx_a b".to_owned()));
        check_wrong(&odd, &[Field::Answers]);
    }

    #[test]
    fn the_same_lead_named_twice_is_named_once() {
        let text = "a@b.test, A@B.test;\n6F9619FF-8B86-D011-B42D-00C04FC964FF  6f9619ff-8b86-d011-b42d-00c04fc964ff";
        assert_eq!(named(text).unwrap().len(), 2);
        let many: Vec<String> = (0..=LEADS_NAMED_MAX).map(|n| format!("a{n}@b.test")).collect();
        assert!(named(&many.join(" ")).is_err());
    }
}
