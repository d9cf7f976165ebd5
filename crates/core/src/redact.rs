//! What may be shown of what came from outside: secrets are covered by key, texts are cut visibly.

pub mod mask;

use serde_json::Value;

/// What stands in place of a secret.
pub const COVERED: &str = "•••";

/// Keys whose values are secrets (zoom.md § 8, pitfall 36), lower-case.
const SECRET_KEYS: &[&str] = &[
    "download_token",
    "password",
    "passcode",
    "recording_play_passcode",
    "start_url",
    "clientid",
    "client_secret",
    "access_token",
    "refresh_token",
    "accesskey",
    "secretkey",
    "secret_token",
    "plaintoken",
    "signature",
    "code_verifier",
];
/// Keys whose values are links: what stands behind `?` may be a secret.
const LINK_KEYS: &[&str] = &["join_url", "download_url", "play_url", "share_url", "registration_url"];

/// A JSON text with its secrets covered, indented for people; `None` when it is no JSON.
#[must_use]
pub fn redact_json(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    cover(&mut value);
    serde_json::to_string_pretty(&value).ok()
}

fn cover(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.to_lowercase();
                if SECRET_KEYS.contains(&key.as_str()) {
                    *value = Value::String(COVERED.to_owned());
                } else if LINK_KEYS.contains(&key.as_str()) {
                    cover_query(value);
                } else {
                    cover(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cover),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn cover_query(value: &mut Value) {
    if let Value::String(link) = value
        && let Some((before, _)) = link.split_once('?')
    {
        *link = format!("{before}?{COVERED}");
    }
}

/// A text with its links covered behind their `?`: what stands there may be a secret.
#[must_use]
pub fn cover_links(text: &str) -> String {
    let word = |word: &str| match word.split_once('?') {
        Some((link, rest)) if link.starts_with("http") => {
            // What follows the link, up to the blank that ends the word, is kept.
            let end: String = rest.chars().rev().take_while(|c| c.is_whitespace()).collect();
            format!("{link}?{COVERED}{}", end.chars().rev().collect::<String>())
        }
        Some(_) | None => word.to_owned(),
    };
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

/// At most `chars_max` characters of a text, the last one `…` when something was cut off. NUL, which PostgreSQL does not
/// take, becomes `\u{fffd}`.
#[must_use]
pub fn clip(text: &str, chars_max: usize) -> String {
    let plain = |c| if c == '\0' { '\u{fffd}' } else { c };
    if text.chars().count() <= chars_max {
        return text.chars().map(plain).collect();
    }
    let mut cut: String = text.chars().map(plain).take(chars_max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_covered_at_any_depth_and_people_stay() {
        let text = r#"{"payload":{"object":{"password":"x","join_url":"https://z/j/1?tk=s","a":[{"start_url":"u"}],"email":"a@b.test"}}}"#;
        let shown = redact_json(text).unwrap();
        assert!(shown.contains("a@b.test") && shown.contains("https://z/j/1?•••"));
        assert!(!shown.contains("\"x\"") && !shown.contains("tk=s") && !shown.contains("\"u\""));
        assert_eq!(redact_json("<html>"), None);
    }

    #[test]
    fn links_within_a_text_are_covered_behind_their_question_mark() {
        assert_eq!(
            cover_links("Join link: https://z/w/1?tk=s\nBudget?: 10k"),
            "Join link: https://z/w/1?•••\nBudget?: 10k"
        );
        assert_eq!(cover_links("https://z/w/1 and why?"), "https://z/w/1 and why?");
        assert_eq!(cover_links(""), "");
    }

    #[test]
    fn a_text_is_cut_visibly_and_never_within_a_character() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("abcd", 3), "ab…");
        assert_eq!(clip("ééé", 2), "é…");
    }
}
