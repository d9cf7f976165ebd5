//! A lead becomes a registrant: the questions of the webinar's form are answered by constants and lead fields. What a form
//! wants and nobody answers is found out before Zoom is asked.

use super::{AddToWebinar, AnswerFrom, GatheredLead, Needed, Question, QuestionKind, WebinarView};
use crate::ids::Email;
use crate::redact::clip;
use crate::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// The longest name Zoom takes, in characters (zoom.md § 5.5).
const NAME_CHARS_MAX: usize = 64;
/// The longest answer that is sent, in characters.
const ANSWER_CHARS_MAX: usize = 1_000;

/// A lead's fields that every registrant needs.
pub const FIELD_EMAIL: &str = "EmailAddress";
/// First name.
pub const FIELD_FIRST_NAME: &str = "FirstName";
/// Last name.
pub const FIELD_LAST_NAME: &str = "LastName";

/// Who registers, and with what answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrant {
    /// Address.
    pub email: Email,
    /// First name, never empty.
    pub first_name: String,
    /// Zoom's own fields, `last_name` among them, none empty.
    pub answers: BTreeMap<String, String>,
    /// Custom questions in the form's order, none empty.
    pub custom: Vec<(String, String)>,
}

/// Why a lead cannot register, found out without asking Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cannot {
    /// It has no usable address.
    NoEmail,
    /// It has nothing to answer this required question with.
    Unanswered(String),
}

/// Where the answer to a question comes from: the wish says so, or the connector's mapping, read the other way round.
#[must_use]
pub fn source_of(question: &Question, wanted: &AddToWebinar, settings: &Settings) -> Option<AnswerFrom> {
    if let Some(from) = wanted.answers.get(&question.name) {
        return Some(from.clone());
    }
    let field = match question.kind {
        QuestionKind::Standard if question.name == "last_name" => Some(FIELD_LAST_NAME.to_owned()),
        QuestionKind::Standard => settings.registration_fields.get(&question.name).cloned(),
        QuestionKind::Custom => settings.custom_questions.get(&question.name).cloned(),
    };
    field.map(AnswerFrom::LeadField)
}

/// Required questions that nothing answers.
#[must_use]
pub fn unanswered(webinar: &WebinarView, wanted: &AddToWebinar, settings: &Settings) -> Vec<String> {
    let open = |question: &&Question| {
        question.needed == Needed::Required
            && match source_of(question, wanted, settings) {
                None => true,
                Some(AnswerFrom::Constant(text)) => text.trim().is_empty(),
                Some(AnswerFrom::LeadField(_)) => false,
            }
    };
    webinar.questions.iter().filter(open).map(|question| question.name.clone()).collect()
}

/// The fields of a lead that have to be read.
#[must_use]
pub fn columns(webinar: &WebinarView, wanted: &AddToWebinar, settings: &Settings) -> Vec<String> {
    let mut columns: BTreeSet<String> =
        [FIELD_EMAIL, FIELD_FIRST_NAME, FIELD_LAST_NAME].iter().map(|name| (*name).to_owned()).collect();
    for question in &webinar.questions {
        if let Some(AnswerFrom::LeadField(field)) = source_of(question, wanted, settings) {
            columns.insert(field);
        }
    }
    columns.into_iter().collect()
}

/// Makes the registrant of a lead.
///
/// # Errors
/// [`Cannot`] says what the lead lacks.
pub fn of_lead(
    lead: &GatheredLead,
    webinar: &WebinarView,
    wanted: &AddToWebinar,
    settings: &Settings,
) -> Result<Registrant, Cannot> {
    let field = |name: &str| lead.fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let email = field(FIELD_EMAIL).and_then(Email::parse).ok_or(Cannot::NoEmail)?;
    let local = email.as_str().split('@').next().unwrap_or_default().to_owned();
    // Zoom wants a first name; a lead without one is called by its address.
    let first_name = clip(field(FIELD_FIRST_NAME).unwrap_or(&local), NAME_CHARS_MAX);
    let mut registrant = Registrant { email, first_name, answers: BTreeMap::new(), custom: Vec::new() };
    if let Some(last_name) = field(FIELD_LAST_NAME) {
        registrant.answers.insert("last_name".to_owned(), clip(last_name, NAME_CHARS_MAX));
    }
    for question in &webinar.questions {
        let answer = match source_of(question, wanted, settings) {
            Some(AnswerFrom::Constant(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Some(AnswerFrom::LeadField(name)) => field(&name).map(str::to_owned),
            None => None,
        };
        // An answer that is none of the choices would be refused.
        let answer = answer.and_then(|text| chosen(question, &text));
        match (answer, question.needed, question.kind) {
            (Some(text), _, QuestionKind::Standard) => {
                let chars_max = if question.name == "last_name" { NAME_CHARS_MAX } else { ANSWER_CHARS_MAX };
                registrant.answers.insert(question.name.clone(), clip(&text, chars_max));
            }
            (Some(text), _, QuestionKind::Custom) => {
                registrant.custom.push((question.name.clone(), clip(&text, ANSWER_CHARS_MAX)));
            }
            (None, Needed::Required, _) => return Err(Cannot::Unanswered(question.name.clone())),
            (None, Needed::Optional, _) => {}
        }
    }
    Ok(registrant)
}

/// The answer as Zoom spells it among the choices; any answer where there are none.
fn chosen(question: &Question, text: &str) -> Option<String> {
    if question.choices.is_empty() {
        return Some(text.to_owned());
    }
    question.choices.iter().find(|choice| choice.trim().eq_ignore_ascii_case(text.trim())).cloned()
}

#[cfg(test)]
mod tests {
    use super::super::{Approval, Chosen, Company};
    use super::*;
    use crate::ids::{LeadId, MeetingNumber};

    fn question(name: &str, kind: QuestionKind, needed: Needed) -> Question {
        Question { name: name.to_owned(), kind, needed, choices: Vec::new() }
    }

    fn webinar(questions: Vec<Question>) -> WebinarView {
        WebinarView {
            account: "A".to_owned(),
            topic: "Results".to_owned(),
            start_ms: None,
            approval: Approval::Automatic,
            company: Company::Single,
            questions,
        }
    }

    fn wanted(answers: &[(&str, AnswerFrom)]) -> AddToWebinar {
        AddToWebinar {
            operation: "o".to_owned(),
            webinar: MeetingNumber(1),
            occurrence: None,
            leads: Chosen::Named(Vec::new()),
            answers: answers.iter().map(|(name, from)| ((*name).to_owned(), from.clone())).collect(),
        }
    }

    fn lead(fields: &[(&str, &str)]) -> GatheredLead {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        GatheredLead { id: LeadId("l".to_owned()), fields }
    }

    fn settings() -> Settings {
        let custom = [("Budget?".to_owned(), "mx_Budget".to_owned())];
        Settings { custom_questions: custom.into(), ..Settings::default() }
    }

    #[test]
    fn questions_are_answered_by_the_wish_first_and_by_the_mapping_else() {
        let webinar = webinar(vec![
            question("Budget?", QuestionKind::Custom, Needed::Required),
            question("Batch?", QuestionKind::Custom, Needed::Required),
            question("org", QuestionKind::Standard, Needed::Optional),
        ]);
        let wanted = wanted(&[("Batch?", AnswerFrom::Constant("2026".to_owned()))]);
        assert!(unanswered(&webinar, &wanted, &settings()).is_empty());
        assert_eq!(
            columns(&webinar, &wanted, &settings()),
            ["Company", "EmailAddress", "FirstName", "LastName", "mx_Budget"]
        );
        let asha = lead(&[("EmailAddress", "Asha@Example.test"), ("mx_Budget", " 10k "), ("Company", "Kite")]);
        let registrant = of_lead(&asha, &webinar, &wanted, &settings()).unwrap();
        assert_eq!((registrant.email.as_str(), registrant.first_name.as_str()), ("asha@example.test", "asha"));
        assert_eq!(registrant.answers.get("org").map(String::as_str), Some("Kite"));
        let custom = [("Budget?", "10k"), ("Batch?", "2026")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(registrant.custom, custom);
    }

    #[track_caller]
    fn check_cannot(fields: &[(&str, &str)], expected: Cannot) {
        let webinar = webinar(vec![question("Budget?", QuestionKind::Custom, Needed::Required)]);
        assert_eq!(of_lead(&lead(fields), &webinar, &wanted(&[]), &settings()), Err(expected));
    }

    #[test]
    fn what_a_lead_lacks_is_found_before_zoom_is_asked() {
        check_cannot(&[("mx_Budget", "1")], Cannot::NoEmail);
        check_cannot(&[("EmailAddress", "a***@b.test")], Cannot::NoEmail);
        check_cannot(&[("EmailAddress", "a@b.test")], Cannot::Unanswered("Budget?".to_owned()));
        check_cannot(&[("EmailAddress", "a@b.test"), ("mx_Budget", " ")], Cannot::Unanswered("Budget?".to_owned()));
    }

    #[test]
    fn a_required_question_that_nothing_answers_stops_everybody() {
        let webinar = webinar(vec![
            question("Colour?", QuestionKind::Custom, Needed::Required),
            question("Size?", QuestionKind::Custom, Needed::Optional),
        ]);
        assert_eq!(unanswered(&webinar, &wanted(&[]), &settings()), ["Colour?"]);
        let empty = wanted(&[("Colour?", AnswerFrom::Constant(" ".to_owned()))]);
        assert_eq!(unanswered(&webinar, &empty, &settings()), ["Colour?"]);
    }

    #[test]
    fn an_answer_that_is_no_choice_is_none() {
        let choices = vec!["1-20".to_owned(), "21-50".to_owned()];
        let mut size = question("no_of_employees", QuestionKind::Standard, Needed::Required);
        size.choices = choices;
        let webinar = webinar(vec![size]);
        let wanted = wanted(&[("no_of_employees", AnswerFrom::LeadField("mx_Size".to_owned()))]);
        let of =
            |value| of_lead(&lead(&[("EmailAddress", "a@b.test"), ("mx_Size", value)]), &webinar, &wanted, &settings());
        assert!(of("21-50").is_ok());
        assert_eq!(of("many"), Err(Cannot::Unanswered("no_of_employees".to_owned())));
    }
}
