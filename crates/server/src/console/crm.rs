//! LeadSquared's side of a tenant: as whom the connector writes, its activity types, and new keys.

use super::filters;
use super::frame::Frame;
use super::part::Pill;
use askama::Template;

/// The page `/t/{tenant}/leadsquared`. Keys are never shown, not even to who typed them.
#[derive(Debug, Clone, Template)]
#[template(path = "crm.html")]
pub struct Crm {
    /// Around it.
    pub frame: Frame,
    /// Connected or paused.
    pub state: Pill,
    /// As whom and in which account, or why it is paused, as a sentence.
    pub sentence: String,
    /// Base address of the API.
    pub host: String,
    /// The user whose keys they are; empty where LeadSquared did not say.
    pub user: String,
    /// The activity types by name, with their codes where they are set up.
    pub types: Vec<(String, Option<i64>)>,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
    /// The addresses to paste into LeadSquared: what each is for, and the address.
    pub actions: Vec<(String, String)>,
    /// The lead field that gets the join link; empty where there is none.
    pub link_field: String,
}

impl Crm {
    /// How many activity types are not set up.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.types.iter().filter(|(_, code)| code.is_none()).count()
    }
}
