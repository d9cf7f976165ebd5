//! Sales users who schedule without an account here: asking for a link, taking one, and the page on which an admin sets all of
//! it up.

use super::filters;
use super::frame::Frame;
use super::part::Moment;
use super::schedule::{Choose, Field};
use askama::Template;

/// What an action of LeadSquared put into the address: it proves nothing and only fills fields.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// Says that the address is one that this tenant's admin was shown.
    pub k: String,
    /// The lead: e-mail address or id.
    pub lead: String,
    /// What the lead is called.
    pub name: String,
}

/// How far asking for a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asking {
    /// The address is to be given.
    Open,
    /// It was given; a link is under way if the address is a user's.
    Asked,
    /// The page was not opened from this tenant's LeadSquared.
    Closed,
}

/// The page `/t/{tenant}/sales`.
#[derive(Debug, Clone, Template)]
#[template(path = "sales_ask.html")]
pub struct Ask {
    /// Around it.
    pub frame: Frame,
    /// The tenant's id; empty where the page is closed.
    pub tenant: String,
    /// How far it is.
    pub asking: Asking,
    /// From LeadSquared's action.
    pub carried: Carried,
    /// Who wants to sign in.
    pub email: Field,
    /// Minutes for which the link will work.
    pub minutes: i64,
}

/// The page `/sales/{token}`.
#[derive(Debug, Clone, Template)]
#[template(path = "sales_link.html")]
pub struct Link {
    /// Around it.
    pub frame: Frame,
    /// Who is signed in by it, and the LeadSquared account; none when it does not work (any more).
    pub who: Option<(String, String)>,
    /// The form's address.
    pub action: String,
    /// Days for which the browser stays signed in.
    pub days: i64,
}

/// A link that was made for somebody.
#[derive(Debug, Clone)]
pub struct MadeLink {
    /// For whom.
    pub email: String,
    /// The whole address; shown once.
    pub url: String,
    /// Until when it works.
    pub expires: Moment,
}

/// Somebody who is signed in, or asked for a link.
#[derive(Debug, Clone)]
pub struct PersonLine {
    /// The address.
    pub email: String,
    /// Browsers signed in, or times asked.
    pub count: i64,
    /// When last.
    pub at: Moment,
}

/// The page `/t/{tenant}/sales-users`.
#[derive(Debug, Clone, Template)]
#[template(path = "sales_users.html")]
pub struct SalesUsers {
    /// Around it.
    pub frame: Frame,
    /// The address for LeadSquared's action; empty where the tenant's key cannot be opened.
    pub action: String,
    /// The version of the settings that the form was read at.
    pub version: i64,
    /// Who hosts.
    pub host: Vec<Choose>,
    /// The Zoom user who always hosts.
    pub named: Field,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
    /// For whom a link is to be made.
    pub email: Field,
    /// The link that was just made.
    pub made: Option<MadeLink>,
    /// Who asked for a link.
    pub asked: Vec<PersonLine>,
    /// Who is signed in.
    pub signed_in: Vec<PersonLine>,
}
