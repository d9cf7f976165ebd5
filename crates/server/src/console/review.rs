//! The account manager's pages: the invitation, the tenants to be reviewed, and one of them. They show nothing else of a tenant.

use super::filters;
use super::frame::Frame;
use super::part::Pill;
use askama::Template;

/// The page of an invitation, `/review/{token}`.
#[derive(Debug, Clone, Template)]
#[template(path = "review_invite.html")]
pub struct ReviewInvite {
    /// Around it.
    pub frame: Frame,
    /// The link's token, for the form's address.
    pub token: String,
    /// The tenant's name; empty where the link does not work any more.
    pub tenant: String,
}

/// A tenant to be reviewed.
#[derive(Debug, Clone)]
pub struct ReviewLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it waits for the review.
    pub state: Pill,
}

/// The page `/reviews`.
#[derive(Debug, Clone, Template)]
#[template(path = "reviews.html")]
pub struct Reviews {
    /// Around it.
    pub frame: Frame,
    /// Who is here.
    pub who: String,
    /// The tenants.
    pub lines: Vec<ReviewLine>,
}

/// The page `/reviews/{tenant}`.
#[derive(Debug, Clone, Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// Around it.
    pub frame: Frame,
    /// The tenant's id.
    pub tenant: String,
    /// The tenant's name.
    pub name: String,
    /// It waits for the review.
    pub waits: bool,
    /// What the recorded events show, as a sentence.
    pub compared: String,
    /// Filters and computed fields: what each is called, and its text.
    pub logic: Vec<(String, String)>,
    /// How the settings differ from those at the beginning, as sentences.
    pub changes: Vec<String>,
    /// The name it is released in.
    pub reviewer: String,
    /// Who released it, and why.
    pub released: Option<(String, String)>,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}
