//! Which answer of a registration goes to which field in LeadSquared, what a lead field can hold, and how an answer is made
//! to fit. What does not fit is cut visibly or left out with a reason; it is never a cause to refuse the whole lead.

use crate::redact::clip;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// The standard fields of Zoom's registration form that a person may fill in, by Zoom's name, with the words of the form.
/// The address is the person and is never mapped.
pub const REGISTRATION_FIELDS: [(&str, &str); 15] = [
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("phone", "Phone"),
    ("org", "Organization"),
    ("job_title", "Job title"),
    ("industry", "Industry"),
    ("no_of_employees", "Number of employees"),
    ("role_in_purchase_process", "Role in purchase process"),
    ("purchasing_time_frame", "Purchasing time frame"),
    ("address", "Address"),
    ("city", "City"),
    ("state", "State or province"),
    ("zip", "Zip or postal code"),
    ("country", "Country or region"),
    ("comments", "Questions and comments"),
];

/// The words of a standard field; its own name where Zoom has a new one.
#[must_use]
pub fn title(zoom: &str) -> &str {
    REGISTRATION_FIELDS.iter().find(|(known, _)| *known == zoom).map_or(zoom, |(_, words)| words)
}

/// The longest value written to a lead field whose own limit is not known, in characters.
pub const LEAD_TEXT_CHARS_MAX: usize = 200;
/// Digits that a phone number has at least.
const PHONE_DIGITS_MIN: usize = 5;

/// What an answer may do to a lead's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldPolicy {
    /// The answer is written, whatever is there.
    Overwrite,
    /// The answer is written where the lead has nothing.
    IfBlank,
    /// A lead that is there already is never touched: the answer is written only when the lead is made.
    Never,
}

impl FieldPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Overwrite, Self::IfBlank, Self::Never];

    /// As it stands in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overwrite => "overwrite",
            Self::IfBlank => "if_blank",
            Self::Never => "never",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Overwrite => "Overwrite",
            Self::IfBlank => "Only if blank",
            Self::Never => "Never on a lead that is there",
        }
    }

    /// The policy of that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }
}

/// Where an answer goes. In settings it is written in full, or as a bare text that names the lead field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "WrittenTarget")]
pub struct Target {
    /// The lead field by schema name (`mx_City`).
    pub lead: Option<String>,
    /// What it may do there; without one it is as the connector's capture behaviour says.
    pub policy: Option<FieldPolicy>,
    /// The field of the registration activity by schema name (`mx_Custom_7`).
    pub activity: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTarget {
    Lead(String),
    Full {
        #[serde(default)]
        lead: Option<String>,
        #[serde(default)]
        policy: Option<FieldPolicy>,
        #[serde(default)]
        activity: Option<String>,
    },
}

impl From<WrittenTarget> for Target {
    fn from(written: WrittenTarget) -> Self {
        let named = |name: Option<String>| name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        match written {
            WrittenTarget::Lead(lead) => Self { lead: named(Some(lead)), ..Self::default() },
            WrittenTarget::Full { lead, policy, activity } => {
                Self { lead: named(lead), policy, activity: named(activity) }
            }
        }
    }
}

impl Target {
    /// An answer that goes to a lead field, as the capture behaviour says.
    #[must_use]
    pub fn lead(schema: &str) -> Self {
        Self { lead: Some(schema.to_owned()), ..Self::default() }
    }

    /// Whether it leads nowhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lead.is_none() && self.activity.is_none()
    }
}

/// What a lead field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A number.
    Number,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An address in the web.
    Website,
    /// A day.
    Date,
    /// A day and a time.
    DateTime,
    /// A time of day.
    Time,
    /// Yes or no.
    Boolean,
    /// One of the options.
    Select,
    /// One of the options, or something else.
    OpenSelect,
    /// Any number of the options.
    MultiSelect,
}

impl FieldKind {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::Website => "web address",
            Self::Date => "date",
            Self::DateTime => "date and time",
            Self::Time => "time",
            Self::Boolean => "yes or no",
            Self::Select => "list",
            Self::OpenSelect => "list with others",
            Self::MultiSelect => "several of a list",
        }
    }
}

/// A lead field as LeadSquared describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LeadField {
    /// Schema name.
    pub schema: String,
    /// Name for people.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// The longest text it holds, in characters; `None` where LeadSquared does not say.
    pub chars_max: Option<usize>,
    /// Its options, where it has any.
    pub options: Vec<String>,
    /// Whether a lead must have it.
    pub mandatory: bool,
    /// Whether a value of it belongs to one lead only.
    pub unique: bool,
}

/// An answer as it fits into a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fitted {
    /// All of it.
    Whole(String),
    /// Cut visibly, to so many characters.
    Cut(String, usize),
    /// Not at all, with the reason as a sentence's end ("is no number").
    LeftOut(&'static str),
}

/// Makes an answer fit into a lead field; a field that is not known takes any text of [`LEAD_TEXT_CHARS_MAX`] characters.
#[must_use]
pub fn fit(field: Option<&LeadField>, answer: &str) -> Fitted {
    let answer = answer.trim();
    let Some(field) = field else { return text(answer, LEAD_TEXT_CHARS_MAX) };
    let chars_max = field.chars_max.unwrap_or(LEAD_TEXT_CHARS_MAX);
    let or = |value: Option<String>, reason: &'static str| match value {
        Some(value) if value.chars().count() <= chars_max => Fitted::Whole(value),
        Some(_) => Fitted::LeftOut("is longer than the field, and cannot be cut"),
        None => Fitted::LeftOut(reason),
    };
    match field.kind {
        FieldKind::Text => text(answer, chars_max),
        FieldKind::OpenSelect => match option(field, answer) {
            Some(known) => Fitted::Whole(known),
            None => text(answer, chars_max),
        },
        FieldKind::Number => or(number(answer), "is no number"),
        FieldKind::Email => {
            or(crate::ids::Email::parse(answer).map(|email| email.as_str().to_owned()), "is no e-mail address")
        }
        FieldKind::Phone => or(phone(answer), "is no phone number"),
        FieldKind::Website => or(website(answer), "is no web address"),
        FieldKind::Date => {
            or(day(answer).map(|day| day.strftime("%Y-%m-%d").to_string()), "is no date of the form YYYY-MM-DD")
        }
        FieldKind::DateTime => or(
            moment(answer).map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            "is no date of the form YYYY-MM-DD",
        ),
        FieldKind::Time => {
            let time: Option<Time> = answer.parse().ok();
            or(time.map(|time| time.strftime("%H:%M:%S").to_string()), "is no time of the form HH:MM")
        }
        FieldKind::Boolean => or(yes_or_no(answer).map(str::to_owned), "is neither yes nor no"),
        FieldKind::Select => or(option(field, answer), "is none of the field's options"),
        FieldKind::MultiSelect => {
            let parts: Option<Vec<String>> = answer
                .split([';', ','])
                .filter(|part| !part.trim().is_empty())
                .map(|part| option(field, part))
                .collect();
            or(parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join(";")), "is not among the field's options")
        }
    }
}

fn text(answer: &str, chars_max: usize) -> Fitted {
    let fits = clip(answer, chars_max);
    if answer.chars().count() > chars_max { Fitted::Cut(fits, chars_max) } else { Fitted::Whole(fits) }
}

/// The option that an answer means, as LeadSquared writes it. A field whose options are not known takes the answer.
fn option(field: &LeadField, answer: &str) -> Option<String> {
    let answer = answer.trim();
    if field.options.is_empty() {
        return Some(answer.to_owned());
    }
    let folded = answer.to_lowercase();
    field.options.iter().find(|option| option.trim().to_lowercase() == folded).cloned()
}

/// A number without the marks that people group thousands with.
fn number(answer: &str) -> Option<String> {
    let plain: String = answer.chars().filter(|c| !matches!(c, ' ' | ',' | '\u{a0}' | '_')).collect();
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let fraction = digits.split('.').collect::<Vec<_>>();
    let is_number =
        fraction.len() <= 2 && fraction.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    is_number.then(|| plain.trim_start_matches('+').to_owned())
}

/// Digits, with a plus before them and hyphens between them if they were typed (leadsquared.md § 3.3).
fn phone(answer: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/' | '\u{a0}');
    if !answer.chars().all(allowed) {
        return None;
    }
    let plus = if answer.starts_with('+') { "+" } else { "" };
    let rest: String = answer.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    (digits >= PHONE_DIGITS_MIN).then(|| format!("{plus}{}", rest.trim_matches('-')))
}

fn website(answer: &str) -> Option<String> {
    (answer.contains('.') && !answer.contains(char::is_whitespace)).then(|| answer.to_owned())
}

fn day(answer: &str) -> Option<Date> {
    answer.parse().ok().or_else(|| Some(moment(answer)?.date()))
}

fn moment(answer: &str) -> Option<DateTime> {
    let at: Option<DateTime> = answer.trim_end_matches('Z').parse().ok();
    at.or_else(|| Some(answer.parse::<Date>().ok()?.at(0, 0, 0, 0)))
}

fn yes_or_no(answer: &str) -> Option<&'static str> {
    match answer.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "on" => Some("1"),
        "no" | "n" | "false" | "0" | "off" => Some("0"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_target(text: &str, expected: &Target) {
        let target: Target = serde_json::from_str(text).unwrap();
        assert_eq!(&target, expected);
        let again: Target = serde_json::from_str(&serde_json::to_string(&target).unwrap()).unwrap();
        assert_eq!(&again, expected);
    }

    #[test]
    fn a_target_is_read_as_older_settings_wrote_it_and_in_full() {
        check_target(r#""mx_City""#, &Target::lead("mx_City"));
        check_target(r#""""#, &Target::default());
        let full = Target {
            lead: Some("mx_City".to_owned()),
            policy: Some(FieldPolicy::IfBlank),
            activity: Some("mx_Custom_7".to_owned()),
        };
        check_target(r#"{"lead":"mx_City","policy":"if_blank","activity":"mx_Custom_7"}"#, &full);
        check_target(r#"{"activity":" "}"#, &Target::default());
        assert!(serde_json::from_str::<Target>(r#"{"policy":"sometimes"}"#).is_err());
    }

    fn field(kind: FieldKind) -> LeadField {
        LeadField {
            schema: "mx_F".to_owned(),
            kind,
            chars_max: Some(20),
            options: vec!["1-20".to_owned(), "Banking & Finance".to_owned(), "IT".to_owned()],
            ..LeadField::default()
        }
    }

    #[track_caller]
    fn check(kind: FieldKind, answer: &str, expected: &Fitted) {
        assert_eq!(&fit(Some(&field(kind)), answer), expected);
    }

    #[track_caller]
    fn check_whole(kind: FieldKind, answer: &str, expected: &str) {
        check(kind, answer, &Fitted::Whole(expected.to_owned()));
    }

    #[track_caller]
    fn check_left_out(kind: FieldKind, answer: &str) {
        assert!(matches!(fit(Some(&field(kind)), answer), Fitted::LeftOut(_)), "{answer}");
    }

    #[test]
    fn a_text_is_cut_at_the_fields_own_length_and_says_so() {
        check_whole(FieldKind::Text, " twenty characters ok", "twenty characters ok");
        check(FieldKind::Text, "twenty-one characters", &Fitted::Cut("twenty-one characte…".to_owned(), 20));
        check(FieldKind::Text, &"é".repeat(21), &Fitted::Cut(format!("{}…", "é".repeat(19)), 20));
        assert_eq!(fit(None, &"x".repeat(201)), Fitted::Cut(format!("{}…", "x".repeat(199)), 200));
        let open = LeadField { chars_max: None, ..field(FieldKind::Text) };
        assert_eq!(fit(Some(&open), "short"), Fitted::Whole("short".to_owned()));
    }

    #[test]
    fn an_option_is_written_as_leadsquared_writes_it_and_what_is_none_is_left_out() {
        check_whole(FieldKind::Select, "banking & finance ", "Banking & Finance");
        check_left_out(FieldKind::Select, "Farming");
        check_whole(FieldKind::OpenSelect, "it", "IT");
        check_whole(FieldKind::OpenSelect, "Farming", "Farming");
        check_whole(FieldKind::MultiSelect, "it; 1-20", "IT;1-20");
        check_left_out(FieldKind::MultiSelect, "it, Farming");
        let bare = LeadField { options: Vec::new(), ..field(FieldKind::Select) };
        assert_eq!(fit(Some(&bare), "Farming"), Fitted::Whole("Farming".to_owned()));
    }

    #[test]
    fn numbers_phones_dates_and_flags_are_written_as_leadsquared_reads_them() {
        check_whole(FieldKind::Number, "12,500", "12500");
        check_whole(FieldKind::Number, "-1.5", "-1.5");
        check_left_out(FieldKind::Number, "1-20");
        check_left_out(FieldKind::Number, "about 5");
        check_whole(FieldKind::Phone, "+91-9988776655", "+91-9988776655");
        check_whole(FieldKind::Phone, "(022) 123.45 67", "0221234567");
        check_left_out(FieldKind::Phone, "+91 1");
        check_left_out(FieldKind::Phone, "ask me");
        check_whole(FieldKind::Date, "2026-03-01", "2026-03-01");
        check_whole(FieldKind::DateTime, "2026-03-01T10:00:00Z", "2026-03-01 10:00:00");
        check_whole(FieldKind::DateTime, "2026-03-01", "2026-03-01 00:00:00");
        check_left_out(FieldKind::Date, "01/03/2026");
        check_whole(FieldKind::Time, "10:30", "10:30:00");
        check_whole(FieldKind::Boolean, "Yes", "1");
        check_left_out(FieldKind::Boolean, "perhaps");
        check_whole(FieldKind::Email, "A@B.test", "a@b.test");
        check_left_out(FieldKind::Email, "nobody");
        check_whole(FieldKind::Website, "www.a.test/x", "www.a.test/x");
        check_left_out(FieldKind::Website, "www.a.test/0123456789");
    }
}
