//! The names of things: newtypes for every id that crosses a module, so that a tenant cannot be taken for a lead.
//!
//! Parsing refuses what could not be an id; nothing here looks anything up.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A LeadSquared account on this service: 1 to 40 characters of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// The longest tenant id, in characters.
pub const TENANT_ID_CHARS_MAX: usize = 40;

/// A text was not a tenant id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tenant id has 1 to {TENANT_ID_CHARS_MAX} characters of a-z, 0-9 and '-', got {0:?}")]
pub struct NotATenantId(String);

impl TenantId {
    /// Takes a text as a tenant id.
    ///
    /// # Errors
    /// [`NotATenantId`] when it holds anything but 1 to 40 of `a-z`, `0-9`, `-`.
    pub fn parse(text: &str) -> Result<Self, NotATenantId> {
        let fits = (1..=TENANT_ID_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotATenantId(text.chars().take(60).collect())) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for TenantId {
    type Err = NotATenantId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for TenantId {
    type Error = NotATenantId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One of the two Zoom apps of the product. Zoom shows them as *LeadSquared* and *Webinar for LeadSquared*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoomApp {
    /// Meetings only (row S2 of the product).
    Meetings,
    /// Webinars only (row S3).
    Webinars,
}

impl ZoomApp {
    /// Both apps, in the order of the tabs.
    pub const ALL: [Self; 2] = [Self::Meetings, Self::Webinars];

    /// `meetings` or `webinars`: in paths, tables and settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meetings => "meetings",
            Self::Webinars => "webinars",
        }
    }

    /// The app's name as people see it in the Zoom Marketplace.
    #[must_use]
    pub fn name_in_zoom(self) -> &'static str {
        match self {
            Self::Meetings => "LeadSquared",
            Self::Webinars => "Webinar for LeadSquared",
        }
    }

    /// The app of that path segment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|app| app.as_str() == text)
    }

    /// The app that captures gatherings of that kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Meeting => Self::Meetings,
            Kind::Webinar => Self::Webinars,
        }
    }

    /// The kind of gathering this app captures; the other kind's events are ignored on its address.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Meetings => Kind::Meeting,
            Self::Webinars => Kind::Webinar,
        }
    }
}

/// Meeting or webinar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Zoom meeting.
    Meeting,
    /// A Zoom webinar.
    Webinar,
}

impl Kind {
    /// `meeting` or `webinar`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Webinar => "webinar",
        }
    }

    /// `Meeting` or `Webinar`, for sentences.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Meeting => "Meeting",
            Self::Webinar => "Webinar",
        }
    }
}

/// A Zoom account (`payload.account_id`): the only tenant key in a webhook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoomAccountId(pub String);

/// A Zoom user id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoomUserId(pub String);

/// The number of a meeting or webinar: 9 to 11 digits, stable over its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MeetingNumber(pub u64);

impl fmt::Display for MeetingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A LeadSquared lead (`ProspectID`, a GUID).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeadId(pub String);

/// An e-mail address, trimmed and lower-cased: Zoom and LeadSquared differ in case (zoom.md § 4.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The longest e-mail address Zoom takes, in characters (zoom.md § 5.5).
pub const EMAIL_CHARS_MAX: usize = 128;

/// A text was not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NotAnEmail;

impl Email {
    /// Takes a text as an address; Zoom's obfuscated forms (`a***@example.com`) are none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.split_once('@')?;
        let plain = !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains('@')
            && text.chars().count() <= EMAIL_CHARS_MAX
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "*<>\"(),;:\\[]".contains(c));
        plain.then_some(Self(text))
    }

    /// The address, lower-case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for Email {
    type Error = NotAnEmail;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(NotAnEmail)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_email(text: &str, expected: Option<&str>) {
        assert_eq!(Email::parse(text).as_ref().map(Email::as_str), expected, "{text:?}");
    }

    #[test]
    fn an_email_is_folded_and_an_obfuscated_one_is_none() {
        check_email(" Asha@Example.TEST ", Some("asha@example.test"));
        check_email("a***@example.test", None);
        check_email("", None);
        check_email("asha", None);
        check_email("a b@example.test", None);
        check_email("@example.test", None);
        check_email("a@b@example.test", None);
        check_email("asha@localhost", None);
        check_email("asha@.test", None);
    }

    #[test]
    fn a_tenant_id_is_short_and_plain() {
        assert!(TenantId::parse("acme-1").is_ok());
        assert!(TenantId::parse("").is_err());
        assert!(TenantId::parse("Acme").is_err());
        assert!(TenantId::parse("a/b").is_err());
        assert!(TenantId::parse(&"a".repeat(41)).is_err());
    }
}
