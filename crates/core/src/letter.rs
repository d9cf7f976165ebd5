//! A mail as text, as RFC 5322 and MIME want it: plain text in UTF-8, nothing that a value could add a line to.

use crate::ids::Email;
use data_encoding::BASE64;

/// The longest subject, in characters; what is longer is cut.
pub const SUBJECT_CHARS_MAX: usize = 150;
/// Octets of a subject that one encoded word carries: 75 characters with its frame (RFC 2047 § 2).
const WORD_BYTES: usize = 39;
/// Characters of a line of the body (RFC 2045 § 6.8).
const LINE_CHARS: usize = 76;

/// A mail before it is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who sends it.
    pub from: Email,
    /// Whom it is for.
    pub to: Email,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same at every try, so that a receiver can tell a repetition.
    pub id: String,
    /// When it was written, epoch milliseconds.
    pub written_ms: i64,
}

impl Letter {
    /// The mail as it goes over the wire.
    #[must_use]
    pub fn wire(&self) -> String {
        let domain = self.from.as_str().split_once('@').map_or("localhost", |(_, domain)| domain);
        let id: String = self.id.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut wire = format!(
            "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{id}@{domain}>\r\n",
            self.from.as_str(),
            self.to.as_str(),
            subject(&self.subject),
            date(self.written_ms),
        );
        wire.push_str("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
        wire.push_str("Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
        let text = self.text.replace("\r\n", "\n").replace('\n', "\r\n");
        let encoded = BASE64.encode(text.as_bytes());
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, next) = rest.split_at(rest.len().min(LINE_CHARS));
            wire.push_str(line);
            wire.push_str("\r\n");
            rest = next;
        }
        wire
    }
}

/// A subject as encoded words, none of which cuts a character.
fn subject(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT_CHARS_MAX);
    let mut words = vec![String::new()];
    for c in clean {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD_BYTES => word.push(c),
            Some(_) | None => words.push(c.to_string()),
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64.encode(word.as_bytes()))).collect();
    words.join("\r\n ")
}

fn date(written_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(written_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// What is said about an alert: subject and text. `{link}` in the text stands for the address of the tenant's page.
#[must_use]
pub fn of_alert(tenant: &str, code: &str, detail: &str, news: News) -> (String, String) {
    let sentence = crate::code::sentence(code);
    match news {
        News::Raised => (
            format!("{tenant}: {sentence}"),
            format!(
                "{sentence}\n\n{detail}\n\nLeadSquared account: {tenant}\nWhat it means and what to do: {{link}}\n\nThis is told once; you will hear when it is over.\n"
            ),
        ),
        News::Over => (
            format!("{tenant}: works again"),
            format!(
                "This is over and needs nothing more of you:\n{sentence}\n\nLeadSquared account: {tenant}\nDetails: {{link}}\n"
            ),
        ),
        News::Test => (
            format!("{tenant}: this is a test"),
            format!(
                "This is a test. Nothing is wrong: alerts about the LeadSquared account {tenant} reach you here.\n\n{{link}}\n"
            ),
        ),
    }
}

/// What a mail about an alert tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It began.
    Raised,
    /// It is over.
    Over,
    /// Somebody asked for a test.
    Test,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str, text: &str) -> String {
        let email = |text| Email::parse(text).unwrap();
        let (from, to) = (email("connector@sunrise.example"), email("asha@sunrise.example"));
        let (subject, text) = (subject.to_owned(), text.to_owned());
        Letter { from, to, subject, text, id: "a1\r\nb".to_owned(), written_ms: 1_795_514_400_000 }.wire()
    }

    #[test]
    fn the_date_is_that_of_rfc_5322_and_every_line_is_short() {
        let wire = letter(&"Zoom möchte neu angemeldet werden. ".repeat(9), &"x".repeat(1_000));
        assert!(wire.contains("\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"), "{wire}");
        assert!(wire.contains("\r\nMessage-ID: <a1b@sunrise.example>\r\n"), "{wire}");
        assert!(wire.split("\r\n").all(|line| line.len() <= 78 && line.is_ascii()), "{wire}");
    }

    #[test]
    fn a_subject_is_read_back_as_it_was_and_adds_no_line() {
        let text = "Größe: naïve ✓ and more and more and more and more\r\nBcc: everybody@x.example";
        let wire = letter(text, "text");
        assert!(!wire.contains("Bcc"), "{wire}");
        let head = wire.split("\r\nDate").next().unwrap().split("Subject: ").nth(1).unwrap();
        let words =
            head.split("\r\n ").map(|word| word.strip_prefix("=?utf-8?B?").unwrap().strip_suffix("?=").unwrap());
        let read: Vec<String> =
            words.map(|word| String::from_utf8(BASE64.decode(word.as_bytes()).unwrap()).unwrap()).collect();
        assert_eq!(read.concat(), text.replace("\r\n", "  "));
    }

    #[test]
    fn the_text_is_read_back_with_the_line_ends_of_mail() {
        let wire = letter("s", "one\ntwo\r\n.\nthree");
        let body = wire.split("\r\n\r\n").nth(1).unwrap().replace("\r\n", "");
        assert_eq!(String::from_utf8(BASE64.decode(body.as_bytes()).unwrap()).unwrap(), "one\r\ntwo\r\n.\r\nthree");
    }

    #[test]
    fn an_alert_says_what_happened_and_where_to_look() {
        let (subject, text) = of_alert("sunrise", "zoom.token", "revoked", News::Raised);
        assert!(subject.starts_with("sunrise: Zoom refuses the sign-in") && text.contains("{link}"));
        assert!(of_alert("sunrise", "zoom.token", "", News::Over).0.contains("works again"));
    }
}
