//! How Zoom answers what routing rules look at: a host's groups, the groups' names, a meeting's tracking fields.

use super::super::wire::{text, tracking};
use super::{ZoomFault, read};
use crate::exchange::Reply;
use serde_json::Value;

/// The most groups of one host, and of one page of groups, that are looked at.
const GROUPS_MAX: usize = 1_000;

/// Groups, id and name.
pub type Groups = Vec<(String, String)>;

/// Reads the ids of the groups that a user is in; none where Zoom does not know the user any more.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_group_ids(reply: &Reply) -> Result<Option<Vec<String>>, ZoomFault> {
    let json = match read(reply) {
        Ok(json) => json,
        Err(ZoomFault::NotFound { .. }) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let ids = json.get("group_ids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(Some(ids.iter().take(GROUPS_MAX).filter_map(Value::as_str).map(str::to_owned).collect()))
}

/// Reads a page of groups, id and name, and the token of the next.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_groups(reply: &Reply) -> Result<(Groups, Option<String>), ZoomFault> {
    let json = read(reply)?;
    let rows = json.get("groups").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| ZoomFault::Later { why: "a list of groups without groups".to_owned() })?;
    let group = |row: &Value| Some((text(row, "id")?, text(row, "name")?));
    Ok((rows.iter().take(GROUPS_MAX).filter_map(group).collect(), text(&json, "next_page_token")))
}

/// Reads the tracking fields of a meeting or webinar, name and value; none where Zoom does not know it any more.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_tracking(reply: &Reply) -> Result<Option<Vec<(String, String)>>, ZoomFault> {
    match read(reply) {
        Ok(json) => Ok(Some(json.get("tracking_fields").and_then(tracking).unwrap_or_default())),
        Err(ZoomFault::NotFound { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[test]
    fn a_user_reads_with_groups_or_without_and_one_who_is_gone_says_nothing() {
        for (status, body, expected) in [
            (200, r#"{"id":"u","group_ids":["g1","g2"]}"#, Some(Some(vec!["g1", "g2"]))),
            (200, r#"{"id":"u","group_ids":["g1",7,null]}"#, Some(Some(vec!["g1"]))),
            (200, r#"{"id":"u"}"#, Some(Some(vec![]))),
            (200, r#"{"id":"u","group_ids":"g1"}"#, Some(Some(vec![]))),
            (404, r#"{"code":1001,"message":"User does not exist: u."}"#, Some(None)),
            (500, r#"{"code":500,"message":"?"}"#, None),
            (200, "<html>", None),
        ] {
            let read = read_group_ids(&answer(status, body)).ok();
            let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
            assert_eq!(read, expected.map(|known| known.map(owned)), "{status} {body}");
        }
    }

    #[test]
    fn groups_read_by_page_and_something_else_is_none() {
        let page = r#"{"total_records":2,"next_page_token":"t","groups":[{"id":"g1","name":"North","total_members":3},{"id":"g2"}]}"#;
        assert_eq!(
            read_groups(&answer(200, page)),
            Ok((vec![("g1".to_owned(), "North".to_owned())], Some("t".to_owned())))
        );
        assert!(matches!(read_groups(&answer(200, "{}")), Err(ZoomFault::Later { .. })));
        let missing = r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[group:read:list_groups:admin]."}"#;
        assert!(matches!(read_groups(&answer(400, missing)), Err(ZoomFault::ScopeMissing { .. })));
    }

    #[test]
    fn tracking_fields_read_and_a_meeting_that_is_gone_says_nothing() {
        let body =
            r#"{"id":7,"tracking_fields":[{"field":"Department","value":"North","visible":true},{"field":"x"}]}"#;
        let department = ("Department".to_owned(), "North".to_owned());
        assert_eq!(read_tracking(&answer(200, body)), Ok(Some(vec![department])));
        assert_eq!(read_tracking(&answer(200, r#"{"id":7}"#)), Ok(Some(Vec::new())));
        assert_eq!(read_tracking(&answer(404, r#"{"code":3001,"message":"Meeting does not exist: 7."}"#)), Ok(None));
        assert!(read_tracking(&answer(429, r#"{"code":429,"message":"rate"}"#)).is_err());
    }
}
