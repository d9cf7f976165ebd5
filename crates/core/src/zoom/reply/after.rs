//! How Zoom's lists of a webinar's run read (zoom.md § 5.3). Who is shown without an address is left out where the list is about
//! people, and kept where it is about stays.

use super::super::after::{Absentee, List, Page, Panelist, ReportedStay, Said, Told};
use super::super::wire::{text, time};
use super::{ZoomFault, read};
use crate::exchange::Reply;
use crate::ids::Email;
use crate::redact::clip;
use serde_json::Value;

/// The longest question or answer that is kept, in characters.
pub const SAID_CHARS_MAX: usize = 300;

/// Reads a page of a list.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_page(reply: &Reply, list: List) -> Result<Page, ZoomFault> {
    let json = read(reply)?;
    let name = match list {
        List::Panelists => "panelists",
        List::Participants => "participants",
        List::Absentees => "registrants",
        List::Questions | List::Polls => "questions",
    };
    let Some(rows) = json.get(name).and_then(Value::as_array) else {
        return Err(ZoomFault::Later { why: format!("a list without {name}") });
    };
    let told = match list {
        List::Panelists => Told::Panelists { people: rows.iter().filter_map(panelist).collect() },
        List::Participants => Told::Participants { stays: rows.iter().filter_map(stay).collect() },
        List::Absentees => Told::Absentees { people: rows.iter().filter_map(absentee).collect() },
        List::Questions => Told::Questions { said: rows.iter().flat_map(said).collect() },
        List::Polls => Told::Polls { said: rows.iter().flat_map(said).collect() },
    };
    Ok(Page { told, next: text(&json, "next_page_token") })
}

fn email(row: &Value, key: &str) -> Option<Email> {
    Email::parse(&text(row, key)?)
}

fn panelist(row: &Value) -> Option<Panelist> {
    Some(Panelist { email: email(row, "email")? })
}

fn stay(row: &Value) -> Option<ReportedStay> {
    // Who only waited to be let in was not there.
    if text(row, "status").as_deref() == Some("in_waiting_room") {
        return None;
    }
    Some(ReportedStay {
        user_id: text(row, "user_id"),
        zoom_user: text(row, "id").or_else(|| text(row, "participant_user_id")),
        registrant_id: text(row, "registrant_id"),
        name: text(row, "name"),
        email: email(row, "user_email"),
        join_ms: time(row, "join_time")?,
        leave_ms: time(row, "leave_time"),
    })
}

fn absentee(row: &Value) -> Option<Absentee> {
    let name = [text(row, "first_name"), text(row, "last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(Absentee {
        email: email(row, "email")?,
        registrant_id: text(row, "id"),
        name: (!name.is_empty()).then_some(name),
    })
}

/// What one person asked or answered; nameless people said nothing that could be told.
fn said(row: &Value) -> Vec<Said> {
    let Some(email) = email(row, "email") else { return Vec::new() };
    let details = row.get("question_details").and_then(Value::as_array).into_iter().flatten();
    let one = |detail: &Value| {
        Some(Said {
            email: email.clone(),
            name: text(row, "name"),
            question: clip(&text(detail, "question")?, SAID_CHARS_MAX),
            answer: text(detail, "answer").map(|answer| clip(&answer, SAID_CHARS_MAX)),
        })
    };
    details.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn page(list: List, body: &str) -> Page {
        read_page(&Reply::Answer(Answer::of(200, body)), list).unwrap()
    }

    #[test]
    fn a_report_keeps_whom_it_does_not_name_and_leaves_out_who_waited() {
        let read = page(
            List::Participants,
            r#"{"next_page_token":"n","participants":[
            {"id":"","user_id":"16778240","name":"iPhone","user_email":"","registrant_id":"","status":"in_meeting",
             "join_time":"2026-08-02T10:00:00Z","leave_time":"2026-08-02T10:10:00Z","duration":600},
            {"id":"","user_id":"16779264","name":"W","user_email":"w@a.test","status":"in_waiting_room",
             "join_time":"2026-08-02T10:00:00Z","leave_time":"2026-08-02T10:10:00Z"}]}"#,
        );
        let Told::Participants { stays } = read.told else { panic!() };
        assert_eq!((stays.len(), read.next.as_deref()), (1, Some("n")));
        assert_eq!((stays[0].email.clone(), stays[0].user_id.as_deref()), (None, Some("16778240")));
    }

    #[test]
    fn questions_and_polls_are_told_person_by_person() {
        let body = r#"{"questions":[{"email":"A@a.test","name":"Asha","question_details":[{"question":"Fee?","answer":"10k"},{"answer":"x"}]},
            {"email":"","name":"Anonymous Attendee","question_details":[{"question":"Q","answer":""}]}]}"#;
        let Told::Questions { said } = page(List::Questions, body).told else { panic!() };
        assert_eq!(said.len(), 1);
        assert_eq!((said[0].email.as_str(), said[0].question.as_str()), ("a@a.test", "Fee?"));
        assert!(matches!(page(List::Polls, body).told, Told::Polls { said } if said.len() == 1));
    }

    #[test]
    fn a_refusal_is_one_and_so_is_a_list_of_something_else() {
        let reply = |status, body: &str| Reply::Answer(Answer::of(status, body));
        let missing = reply(400, r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[a:b:c]."}"#);
        assert!(matches!(read_page(&missing, List::Absentees), Err(ZoomFault::ScopeMissing { .. })));
        assert!(matches!(read_page(&reply(200, "{}"), List::Absentees), Err(ZoomFault::Later { .. })));
    }
}
