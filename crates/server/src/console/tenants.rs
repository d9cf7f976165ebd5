//! All tenants of this service, each with a sentence about its health.

use super::filters;
use super::frame::Frame;
use super::part::Pill;
use askama::Template;

/// One tenant in the list.
#[derive(Debug, Clone)]
pub struct TenantLine {
    /// Its id.
    pub id: String,
    /// Shown to people.
    pub name: String,
    /// How it fares, as a status.
    pub health: Pill,
    /// How it fares, as a sentence.
    pub sentence: String,
    /// The sign-in for meetings.
    pub meetings: Pill,
    /// The sign-in for webinars.
    pub webinars: Pill,
}

/// The page `/tenants`.
#[derive(Debug, Clone, Template)]
#[template(path = "tenants.html")]
pub struct Tenants {
    /// Around it.
    pub frame: Frame,
    /// By name.
    pub lines: Vec<TenantLine>,
    /// All that match.
    pub total: i64,
    /// Only those for whom somebody has to do something.
    pub attention: bool,
    /// What was searched for in names.
    pub search: String,
    /// Where notifications are shown that belong to nobody, and how many came in lately; none without any.
    pub unassigned: Option<(String, i64)>,
    /// The address of the first page.
    pub newest: Option<String>,
    /// The address of the next page.
    pub older: Option<String>,
}
