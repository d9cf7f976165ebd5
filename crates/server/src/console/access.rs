//! Who has access: the admins of a tenant, the people of the whole console, and one's own account.

use super::filters;
use super::first_run::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use super::frame::Frame;
use super::part::Moment;
use super::schedule::Field;
use askama::Template;

/// A link that was made just now, or that it went by mail.
#[derive(Debug, Clone)]
pub struct MadeLink {
    /// For whom.
    pub email: String,
    /// The whole address, shown once; none when it went by mail.
    pub url: Option<String>,
    /// Until when it works.
    pub expires: Moment,
}

/// A person with access.
#[derive(Debug, Clone)]
pub struct PersonLine {
    /// Its id, for addresses.
    pub id: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What the person may reach, in words.
    pub role: &'static str,
    /// Since when.
    pub since: Moment,
    /// When last heard of.
    pub seen: Option<Moment>,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// Whether it is who looks at the page.
    pub is_self: bool,
}

/// Somebody who reaches a part of the tenant without an account of the console.
#[derive(Debug, Clone)]
pub struct OtherLine {
    /// Name, or the address where there is none.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Since when.
    pub since: Moment,
}

/// The page `/t/{tenant}/access`.
#[derive(Debug, Clone, Template)]
#[template(path = "access.html")]
pub struct Access {
    /// Around it.
    pub frame: Frame,
    /// The tenant's admins.
    pub admins: Vec<PersonLine>,
    /// Account managers who may review the tenant.
    pub managers: Vec<OtherLine>,
    /// How many sales users are signed in.
    pub sales_users: usize,
    /// Whom to invite, as typed.
    pub email: Field,
    /// Whether invitations go by mail.
    pub by_mail: bool,
    /// The link that was made.
    pub made: Option<MadeLink>,
    /// Why something was not done.
    pub refusal: Option<String>,
}

/// The page `/access`: everybody with an account.
#[derive(Debug, Clone, Template)]
#[template(path = "everybody.html")]
pub struct Everybody {
    /// Around it.
    pub frame: Frame,
    /// Operators and tenant admins.
    pub people: Vec<PersonLine>,
    /// Whom to invite, as typed.
    pub email: Field,
    /// The link that was made.
    pub made: Option<MadeLink>,
    /// Why something was not done.
    pub refusal: Option<String>,
}

/// A session of one's own.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// The hash of its id, for addresses.
    pub id: String,
    /// Since when.
    pub since: Moment,
    /// When last heard of.
    pub seen: Option<Moment>,
    /// Whether it is the one that looks at the page.
    pub is_this: bool,
}

/// The page `/account`.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct Account {
    /// Around it.
    pub frame: Frame,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What the person may reach, in words.
    pub role: &'static str,
    /// One's sessions.
    pub sessions: Vec<SessionLine>,
    /// Why the password was not changed.
    pub refusal: Option<String>,
}

/// What a link that was handed over asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: it does not work any more.
    Ended,
    /// A name and a password: the address has no account yet.
    NewAccount,
    /// The password of the account that the address has.
    Password,
    /// A new password for an account.
    NewPassword,
}

/// The pages `/invited/{token}` and `/new-password/{token}`.
#[derive(Debug, Clone, Template)]
#[template(path = "invited.html")]
pub struct Invited {
    /// Around it.
    pub frame: Frame,
    /// What it asks for.
    pub asks: Asks,
    /// The form's address.
    pub action: String,
    /// Whose link it is.
    pub email: String,
    /// The tenant that is to be administered; empty for an operator.
    pub tenant: String,
    /// Name as typed.
    pub name: String,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}
