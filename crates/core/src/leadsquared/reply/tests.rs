//! How answers read, as tables: first match wins (design § 7).

use super::*;

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(Answer::of(status, body))
}

fn error(name: &str) -> String {
    format!(r#"{{"Status":"Error","ExceptionType":"{name}","ExceptionMessage":"because"}}"#)
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied { id } => format!("applied {}", id.as_deref().unwrap_or("?")),
        Outcome::NotApplied(refusal) => refusal.code().to_owned(),
        Outcome::Unknown { .. } => "unknown".to_owned(),
    }
}

#[track_caller]
fn check_reply(reply: &Reply, expected: &str) {
    assert_eq!(word(&read_write(reply)), expected, "a single write: {reply:?}");
}

#[track_caller]
fn check(status: u16, body: &str, expected: &str) {
    check_reply(&answer(status, body), expected);
    // A bulk call as a whole reads the same, wherever its answer is no list of rows.
    for whole in [read_lead_rows(&answer(status, body), 2), read_activity_rows(&answer(status, body), 2)] {
        let BulkOutcome::Whole(outcome) = whole else { panic!("{status} {body}") };
        let expected = if expected.starts_with("applied") { "unknown" } else { expected };
        assert_eq!(word(&outcome), expected, "a bulk write: {status} {body}");
    }
}

const LIMITED: &str = r#"{"Status":"Error","ExceptionType":"MXAPIRateLimitExceededException","ExceptionMessage":"API calls exceeded the limit of 20 in 5 second(s)"}"#;

#[test]
fn row_1_of_the_table_no_byte_left_us() {
    check_reply(&Reply::NotSent { why: "connection refused".into() }, "lsq.not_sent");
}

#[test]
fn row_2_of_the_table_the_keys_are_refused() {
    check(401, "", "lsq.unauthorized");
    check(401, "<html>", "lsq.unauthorized");
    check(401, &error("MXAnything"), "lsq.unauthorized");
    check(401, LIMITED, "lsq.unauthorized");
    check(401, r#"{"Status":"Success","Message":{"Id":"a1"}}"#, "lsq.unauthorized");
}

#[test]
fn row_3_of_the_table_a_rate_limit_under_any_status() {
    check(429, "", "lsq.rate_limited");
    check(429, "<html>", "lsq.rate_limited");
    check(429, r#"{"Status":"Success","Message":{"Id":"a1"}}"#, "lsq.rate_limited");
    for status in [200, 400, 403, 404, 429, 500, 503] {
        check(status, LIMITED, "lsq.rate_limited");
    }
}

#[test]
fn row_4_of_the_table_a_success_with_an_id() {
    check(200, r#"{"Status":"Success","Message":{"Id":"a1"}}"#, "applied a1");
    check(200, r#"{"Status":"Success","Message":{"Id":206}}"#, "applied 206");
    check(201, r#"{"Status":"Success","Message":{"Id":"a1"}}"#, "applied a1");
}

#[test]
fn row_5_of_the_table_a_name_that_says_no() {
    for status in [200, 400, 403, 404, 409, 413, 500, 503] {
        check(status, &error("MXMandatoryAttributeMissingException"), "lsq.rejected");
        check(status, &error("MXInvalidActivityFieldsException"), "lsq.rejected");
        check(status, &error("MXDuplicateEntryException"), "lsq.duplicate_lead");
        check(status, &error("MXInvalidEntityException"), "lsq.lead_missing");
        // Somebody may not do something with one record: that is no reason to pause the whole account.
        check(status, &error("MXUnAuthorizedAccessException"), "lsq.rejected");
        check(status, &error("MXANameOfTomorrow"), "lsq.rejected");
    }
}

#[test]
fn row_6_of_the_table_a_form_that_is_not_accepted() {
    for status in [400, 404, 405, 413, 415] {
        for body in ["", "<html>", "{}", r#"{"Status":"Error"}"#, &error("SomethingElse")] {
            check(status, body, "lsq.malformed");
        }
    }
}

#[test]
fn row_7_of_the_table_everything_else_says_nothing() {
    check_reply(&Reply::Lost { why: "timeout".into() }, "unknown");
    check_reply(&Reply::Lost { why: "connection reset".into() }, "unknown");
    for status in [500, 502, 503, 504, 403, 409, 302, 100] {
        for body in ["", "<html>Bad Gateway</html>", "{}", r#"{"Status":"Error"}"#, &error("SomethingElse")] {
            check(status, body, "unknown");
        }
    }
    for body in [
        "",
        "<html>",
        r#"{"Status":"Succ"#,
        r#"{"Status":"Error"}"#,
        r#"{"Status":"Success"}"#,
        r#"{"Status":"Success","Message":{"Id":""}}"#,
        "null",
        "7",
    ] {
        check(200, body, "unknown");
    }
}

#[test]
fn a_named_limit_is_learned() {
    let limit = |calls, seconds| Some(RateLimit { calls, seconds });
    assert_eq!(limit_in("API calls exceeded the limit of 20 in 5 second(s)"), limit(20, 5));
    assert_eq!(limit_in("exceeded the limit of 100 in 1 minute(s)"), limit(100, 60));
    assert_eq!(limit_in("exceeded the limit of 10000 in 1 day(s)"), limit(10_000, 86_400));
    assert_eq!(limit_in("slow down"), None);
    assert_eq!(limit_in("99999999999 in 5"), None);
}

#[track_caller]
fn check_rows(outcome: &BulkOutcome, expected: &[&str]) {
    let BulkOutcome::Rows(rows) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rows.iter().map(word).collect::<Vec<_>>(), expected);
}

#[test]
fn each_row_of_a_bulk_answer_stands_for_itself_and_a_missing_one_is_unknown() {
    let body = r#"[{"RowNumber":1,"LeadId":"a","LeadCreated":true},
        {"RowNumber":"3","ExceptionType":"MXDuplicateEntryException","ErrorMessage":"phone"},{"RowNumber":9,"LeadId":"x"},{"RowNumber":0,"LeadId":"x"}]"#;
    check_rows(&read_lead_rows(&answer(200, body), 3), &["applied a", "unknown", "lsq.duplicate_lead"]);
    let body = r#"{"Response":[{"RowNumber":1,"ProspectActivityId":"p","ActivityCreated":true},{"RowNumber":2,"ActivityCreated":false,"ExceptionType":"MXInvalidEntityException"},{"RowNumber":3,"ActivityCreated":false}]}"#;
    check_rows(&read_activity_rows(&answer(200, body), 4), &["applied p", "lsq.lead_missing", "unknown", "unknown"]);
    check_rows(&read_activity_rows(&answer(200, r#"{"Response":[]}"#), 1), &["unknown"]);
}

#[test]
fn a_capture_with_two_different_ids_is_looked_up() {
    let body = |ids: &str| format!(r#"{{"Status":"Success","Message":{{{ids}}}}}"#);
    let read = |ids: &str| read_capture(&answer(200, &body(ids)));
    assert_eq!(read(r#""Id":"a","RelatedId":"b""#), Outcome::Applied { id: None });
    assert_eq!(read(r#""Id":"a","RelatedId":"a""#), Outcome::Applied { id: Some("a".into()) });
    assert_eq!(read(r#""Id":"a""#), Outcome::Applied { id: Some("a".into()) });
    assert_eq!(read(r#""AffectedRows":1"#), Outcome::Applied { id: None });
}

#[test]
fn a_marker_is_found_in_fields_and_notes() {
    let body = r#"{"RecordCount":"3","ProspectActivities":[{"Id":"1","Data":[{"Key":"mx_Custom_1","Value":"zabc"}]},{"Id":"2","Data":[]}]}"#;
    let read = read_marked_activity(&answer(200, body), "zabc").unwrap();
    let expected = MarkerRead { found: vec!["1".into()], rows: vec!["1".into(), "2".into()], total: Some(3) };
    assert_eq!(read, expected);
    assert!(read_marked_activity(&answer(200, "[]"), "zabc").is_err());
    let body = r#"{"RecordCount":1,"TaskList":[{"TaskID":"t","Description":"x\nRef: zabc"}]}"#;
    assert_eq!(read_marked_task(&answer(200, body), "zabc").unwrap(), ["t"]);
    let cut_off = r#"{"RecordCount":3,"TaskList":[{"TaskID":"t","Description":"x"}]}"#;
    assert!(read_marked_task(&answer(200, cut_off), "zabc").is_err());
    let nameless = r#"{"RecordCount":1,"TaskList":[{"Key":"t","Description":"zabc"}]}"#;
    assert_eq!(read_marked_task(&answer(200, nameless), "zabc").unwrap(), [""]);
}

#[test]
fn an_unknown_address_has_no_lead() {
    assert_eq!(read_found_lead(&answer(200, "[]")).unwrap(), None);
    let found = read_found_lead(&answer(200, r#"[{"ProspectID":"g"}]"#)).unwrap();
    assert_eq!(found, Some(LeadId("g".into())));
    assert!(read_found_lead(&answer(200, "{}")).is_err());
}
