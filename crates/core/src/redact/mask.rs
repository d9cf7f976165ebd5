//! Personal data as somebody sees who need not know it: enough to tell two people apart, not enough to know either. What is masked is
//! decided here for every page, table and answer alike.

use super::{COVERED, cover_links, redact_json};
use serde_json::Value;

/// How much of people somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// All of it.
    Whole,
    /// Addresses, names and numbers masked.
    #[default]
    Masked,
}

/// Digits that a telephone number has at the least.
const PHONE_DIGITS_MIN: usize = 9;
/// Digits of a telephone number that stay.
const PHONE_DIGITS_KEPT: usize = 2;
/// What scheduling calls a meeting with somebody, before their name.
const MEETING_WITH: &str = "Meeting with ";

/// Keys of a notification whose values are about no person, lower-case. Every other text is masked.
const PLAIN_KEYS: &[&str] = &[
    "event",
    "type",
    "id",
    "uuid",
    "account_id",
    "host_id",
    "client_id",
    "start_time",
    "end_time",
    "join_time",
    "leave_time",
    "date_time",
    "create_time",
    "created_at",
    "registration_time",
    "timezone",
    "status",
    "occurrence_id",
    "role",
    "scope",
    "question",
    "title",
    "kind",
    "wish",
    "webinar",
    "meeting",
    "product",
    "operation",
    "do",
    "marker",
];
/// Keys whose values are texts that may name people among other things, lower-case.
const TEXT_KEYS: &[&str] = &["topic", "webinar_topic", "meeting_topic"];

impl Sight {
    /// Whether anything is masked.
    #[must_use]
    pub fn is_masked(self) -> bool {
        self == Self::Masked
    }

    /// Somebody as a list names them: an address, several of them, a name, or a lead by its id.
    #[must_use]
    pub fn person(self, text: &str) -> String {
        match self {
            Self::Whole => text.to_owned(),
            Self::Masked => text.split(", ").map(mask_person).collect::<Vec<_>>().join(", "),
        }
    }

    /// A text in which somebody's address, number or own link may stand, such as a topic or what was answered.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        match self {
            Self::Whole => text.to_owned(),
            Self::Masked => mask_text(&cover_links(text)),
        }
    }

    /// Whether words are found in a text as it is seen, in any case of their letters: what is found tells as much as what is shown.
    #[must_use]
    pub fn finds(self, words: &str, text: &str) -> bool {
        self.text(text).to_lowercase().contains(&words.trim().to_lowercase())
    }

    /// A value that says something of a person, whatever it is.
    #[must_use]
    pub fn value(self, text: &str) -> String {
        match self {
            Self::Whole => text.to_owned(),
            Self::Masked if text.is_empty() => String::new(),
            Self::Masked => COVERED.to_owned(),
        }
    }

    /// What was planned and what it is about, with dots between them.
    #[must_use]
    pub fn parts(self, text: &str) -> String {
        text.split(" · ").map(|part| self.text(part)).collect::<Vec<_>>().join(" · ")
    }

    /// Something that came from outside or goes there: of JSON only what is about no person stays, of anything else nothing.
    pub fn raw(self, value: &mut Value) {
        match (self, value) {
            (Self::Whole, _) => {}
            (Self::Masked, Value::String(text)) => *text = self.value(text),
            (Self::Masked, value) => mask_value(value, false),
        }
    }

    /// A JSON text with its secrets covered, indented for people; `None` when it is no JSON.
    #[must_use]
    pub fn json(self, text: &str) -> Option<String> {
        let shown = redact_json(text)?;
        match self {
            Self::Whole => Some(shown),
            Self::Masked => {
                let mut value: Value = serde_json::from_str(&shown).ok()?;
                mask_value(&mut value, false);
                serde_json::to_string_pretty(&value).ok()
            }
        }
    }
}

fn mask_person(text: &str) -> String {
    // A lead by its id says nothing of the person.
    if text.starts_with("lead ") && !text.contains('@') {
        return text.to_owned();
    }
    if text.contains('@') { mask_text(text) } else { mask_name(text) }
}

/// `Ravi Kumar` is `R••• K•••`.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let word = |word: &str| word.chars().next().map(|first| format!("{first}{COVERED}")).unwrap_or_default();
    name.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// `ravi@acme.example` is `r•••@a•••.example`. What is no address is covered whole.
#[must_use]
pub fn mask_email(email: &str) -> String {
    let Some((user, domain)) = email.rsplit_once('@') else { return COVERED.to_owned() };
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let end = domain.rsplit_once('.').map(|(_, end)| format!(".{end}")).unwrap_or_default();
    format!("{}{COVERED}@{}{COVERED}{end}", first(user), first(domain))
}

/// `+91 98765 43210` is `•••10`.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let kept: String = digits.iter().skip(digits.len().saturating_sub(PHONE_DIGITS_KEPT)).collect();
    format!("{COVERED}{kept}")
}

fn is_of_an_address(c: char) -> bool {
    c.is_alphanumeric() || "@.!#$%&'*+/=?^_`{|}~-".contains(c)
}

fn is_of_a_phone(c: char) -> bool {
    c.is_ascii_digit() || "+-(). /".contains(c)
}

/// A text with the addresses and telephone numbers in it masked, and whom a meeting is with.
fn mask_text(text: &str) -> String {
    if let Some(name) = text.strip_prefix(MEETING_WITH) {
        return format!("{MEETING_WITH}{}", mask_person(name));
    }
    mask_phones(&mask_emails(text))
}

fn mask_emails(text: &str) -> String {
    runs(text, is_of_an_address, |run| {
        let inner = run.trim_end_matches(['.', '?', '!']);
        let tail = run.get(inner.len()..).unwrap_or_default();
        inner.contains('@').then(|| format!("{}{tail}", mask_email(inner)))
    })
}

fn mask_phones(text: &str) -> String {
    runs(text, is_of_a_phone, |run| {
        let inner = run.trim_matches([' ', '.', '-', '/']);
        let digits = inner.chars().filter(char::is_ascii_digit).count();
        (digits >= PHONE_DIGITS_MIN).then(|| run.replacen(inner, &mask_phone(inner), 1))
    })
}

/// A text whose longest runs of such characters are replaced where `replace` gives something for them.
fn runs(text: &str, is_of: fn(char) -> bool, replace: impl Fn(&str) -> Option<String>) -> String {
    let (mut whole, mut run) = (String::with_capacity(text.len()), String::new());
    let close = |run: &mut String, whole: &mut String| {
        whole.push_str(&replace(run).unwrap_or_else(|| run.clone()));
        run.clear();
    };
    for c in text.chars() {
        if is_of(c) {
            run.push(c);
            continue;
        }
        close(&mut run, &mut whole);
        whole.push(c);
    }
    close(&mut run, &mut whole);
    whole
}

/// Masks every text of a value but those under keys that are about no person.
fn mask_value(value: &mut Value, is_plain: bool) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.to_lowercase();
                if let (Value::String(text), true) = (&mut *value, TEXT_KEYS.contains(&key.as_str())) {
                    *text = mask_text(text);
                } else {
                    mask_value(value, PLAIN_KEYS.contains(&key.as_str()));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(item, is_plain)),
        Value::String(text) if is_plain => *text = mask_text_of_ids(text),
        Value::String(text) => *text = mask_words(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every word of a text, addresses as addresses.
fn mask_words(text: &str) -> String {
    let word = |word: &str| if word.contains('@') { mask_emails(word) } else { mask_name(word) };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// What should be an id but holds an address is none.
fn mask_text_of_ids(text: &str) -> String {
    mask_emails(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(text: &str, expected: &str) {
        assert_eq!(Sight::Masked.text(text), expected);
        assert_eq!(Sight::Whole.text(text), text);
    }

    #[test]
    fn addresses_and_numbers_within_a_text_are_masked() {
        check_text("", "");
        check_text("Open day", "Open day");
        check_text("ravi@acme.com", "r•••@a•••.com");
        check_text("Ask ravi.k+zoom@mail.acme.co.in, or Öz@übung.example.", "Ask r•••@m•••.in, or Ö•••@ü•••.example.");
        check_text("<ravi@acme.com>", "<r•••@a•••.com>");
        check_text("call +91 98765-43210 now", "call •••10 now");
        check_text("(0471) 2345678", "•••78");
        check_text("9876543210", "•••10");
        check_text("30 minutes, 3 of 12", "30 minutes, 3 of 12");
        check_text("25 October 2026, 09:30 CET", "25 October 2026, 09:30 CET");
        check_text("Meeting with Ravi Kumar", "Meeting with R••• K•••");
        check_text("Joins by https://zoom.us/w/1?tk=hush", "Joins by https://zoom.us/w/1?•••");
        check_text("Meeting with ravi@acme.com", "Meeting with r•••@a•••.com");
    }

    #[test]
    fn words_are_found_in_what_is_seen_alone() {
        let check = |words: &str, text: &str, whole: bool, masked: bool| {
            assert_eq!(Sight::Whole.finds(words, text), whole, "{words} in {text}");
            assert_eq!(Sight::Masked.finds(words, text), masked, "{words} in {text}");
        };
        check("OPEN day", "Open Day in Indore", true, true);
        check("priya", "Meeting with Priya Fox", true, false);
        check("meeting with", "Meeting with Priya Fox", true, true);
        check("lena@fox", "Open day with lena@fox.test", true, false);
        check("98765", "Call +91 98765 43210", true, false);
        check("closing", "Open day", false, false);
    }

    #[test]
    fn somebody_is_masked_whether_named_by_address_name_or_id() {
        let person = |text| Sight::Masked.person(text);
        assert_eq!(person("ravi@acme.com"), "r•••@a•••.com");
        assert_eq!(person("ravi@acme.com, sita@b.test"), "r•••@a•••.com, s•••@b•••.test");
        assert_eq!(person("Ravi  Kumar"), "R••• K•••");
        assert_eq!(person("lead 4711"), "lead 4711");
        assert_eq!(person("東京 太郎"), "東••• 太•••");
        assert_eq!(person(""), "");
        assert_eq!(Sight::Masked.value("Indore"), "•••");
        assert_eq!(Sight::Masked.value(""), "");
    }

    #[test]
    fn of_what_came_from_outside_only_what_is_about_no_person_stays() {
        let masked = |text: &str| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            Sight::Masked.raw(&mut value);
            value.to_string()
        };
        assert_eq!(masked(r#""<html>Ravi</html>""#), r#""•••""#);
        assert_eq!(masked(r#"{"kind":"lead","email":"ravi@acme.com"}"#), r#"{"email":"r•••@a•••.com","kind":"lead"}"#);
        assert_eq!(
            masked(r#"{"note":"Of Ravi, ravi@acme.com: https://z/w?tk=s"}"#),
            r#"{"note":"O••• R••• r•••@a•••.com: h•••"}"#
        );
        assert_eq!(masked("[7,null]"), "[7,null]");
        assert_eq!(Sight::Masked.parts("A meeting · Meeting with Ravi"), "A meeting · Meeting with R•••");
    }

    #[test]
    fn of_a_notification_only_what_is_about_no_person_stays() {
        let text = r#"{"event":"webinar.registration_created","payload":{"object":{"id":86000000003,"uuid":"u==","topic":"Open day with ravi@acme.com",
            "registrant":{"id":"r1","first_name":"Ravi","last_name":"Kumar","email":"ravi@acme.com","phone":"+91 98765 43210","city":"Indore",
            "custom_questions":[{"title":"Budget?","value":"10 lakh"}]}}}}"#;
        let masked = Sight::Masked.json(text).unwrap();
        for gone in ["Ravi", "Kumar", "ravi@", "98765", "Indore", "lakh"] {
            assert!(!masked.contains(gone), "{gone}: {masked}");
        }
        for kept in
            ["webinar.registration_created", "86000000003", "u==", "r1", "Budget?", "Open day with r•••@a•••.com"]
        {
            assert!(masked.contains(kept), "{kept}: {masked}");
        }
        assert_eq!(Sight::Masked.json("no json"), None);
        assert!(Sight::Whole.json(text).unwrap().contains("Ravi"));
    }
}
