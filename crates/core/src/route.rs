//! Which tenant an event belongs to: the connection of its Zoom app and account that was valid when it happened. Where
//! several tenants share an account, their rules and the host decide; what they do not decide is held, never guessed.

use crate::ids::{MeetingNumber, TenantId, ZoomApp};
use serde::{Deserialize, Serialize};

/// What an event is asked for where an account serves several tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The host's Zoom user id or address is the text.
    Host,
    /// The topic holds the text, whatever the case.
    Topic,
    /// The host is in the Zoom group of that name or id. No event tells of groups: Zoom is asked.
    Group,
    /// The meeting or webinar has this value in this tracking field: `Department = North`. Hardly an event tells of it: Zoom is
    /// asked.
    TrackingField,
}

impl By {
    /// All, in the order in which people are told of them.
    pub const ALL: [Self; 4] = [Self::Host, Self::Topic, Self::Group, Self::TrackingField];

    /// The word that people write before the text of a rule.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Topic => "topic",
            Self::Group => "group",
            Self::TrackingField => "tracking field",
        }
    }

    /// What it compares, in words.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Host => "the host's address, or Zoom user id",
            Self::Topic => "words that the topic holds, whatever the case",
            Self::Group => "the name or id of a Zoom group that the host is in",
            Self::TrackingField => "a tracking field of the meeting or webinar and its value, as in Department = North",
        }
    }
}

/// One reason why an event of a shared account belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRule {
    /// What is looked at.
    pub by: By,
    /// The text it is compared with; never empty.
    pub is: String,
}

/// The most rules of one tenant for one account.
pub const SHARE_RULES_MAX: usize = 50;
/// The longest text of a rule, in characters.
pub const SHARE_TEXT_MAX: usize = 200;

/// What an event says that may decide whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The host's Zoom user id, in what happens to a meeting or webinar.
    pub host: Option<String>,
    /// The host's address.
    pub host_email: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// The number of the meeting or webinar.
    pub meeting: Option<MeetingNumber>,
    /// Names and ids of the groups that the host is in; none while Zoom was not asked.
    pub groups: Option<Vec<String>>,
    /// The tracking fields and their values; none while nobody told of them and Zoom was not asked.
    pub tracking: Option<Vec<(String, String)>>,
    /// The Zoom user whose sign-in the event is about: the app was removed.
    pub signed_in: Option<String>,
}

impl ShareRule {
    /// Reads rules as people write them, one a line: `topic: Admissions`. Empty lines are nothing.
    ///
    /// # Errors
    /// The number of the first line that is no rule, counted from 1.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, usize> {
        let mut rules = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let (word, is) = line.split_once(':').ok_or(number)?;
            let word = word.trim().to_lowercase();
            let by = By::ALL.into_iter().find(|by| by.word() == word).ok_or(number)?;
            let rule = Self { by, is: is.trim().to_owned() };
            if !rule.is_sound() {
                return Err(number);
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    /// The rule as people write it.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}: {}", self.by.word(), self.is)
    }

    /// Whether the rule can be kept: it holds a text, and none that is too long; a field and a value where it is about one.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let fits = !self.is.trim().is_empty() && self.is.chars().count() <= SHARE_TEXT_MAX;
        fits && (self.by != By::TrackingField || field_and_value(&self.is).is_some())
    }

    /// Whether the rule names what an event is about; none while Zoom has to be asked for that.
    fn holds(&self, about: &About) -> Option<bool> {
        let wanted = lower(&self.is);
        match self.by {
            By::Host => {
                // User ids differ in their case alone; addresses do not.
                let is_id = about.host.as_deref() == Some(self.is.trim());
                Some(is_id || about.host_email.as_ref().is_some_and(|email| email.to_lowercase() == wanted))
            }
            By::Topic => Some(about.topic.as_ref().is_some_and(|topic| topic.to_lowercase().contains(&wanted))),
            By::Group => match &about.groups {
                Some(groups) => Some(groups.iter().any(|group| lower(group) == wanted)),
                None => about.host_asked_for().is_none().then_some(false),
            },
            By::TrackingField => match &about.tracking {
                Some(fields) => {
                    let wanted = field_and_value(&self.is);
                    Some(fields.iter().any(|(field, value)| wanted == Some((lower(field), lower(value)))))
                }
                None => about.meeting.is_none().then_some(false),
            },
        }
    }
}

impl About {
    /// By what Zoom is asked for the host's groups: the user id, or the address where there is no other.
    #[must_use]
    pub fn host_asked_for(&self) -> Option<&str> {
        self.host.as_deref().or(self.host_email.as_deref())
    }
}

fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `Department = North`, in lower case.
fn field_and_value(text: &str) -> Option<(String, String)> {
    let (field, value) = text.split_once('=')?;
    Some((lower(field), lower(value))).filter(|(field, value)| !field.is_empty() && !value.is_empty())
}

/// Whether one of them names it; none while Zoom has to be asked before that is known.
fn any_holds(rules: &[ShareRule], about: &About) -> Option<bool> {
    let mut known = Some(false);
    for rule in rules {
        match rule.holds(about) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = None,
        }
    }
    known
}

impl Route {
    fn is_valid_at(&self, at_ms: i64) -> bool {
        self.began_ms <= at_ms && self.ended_ms.is_none_or(|ended| at_ms < ended)
    }
}

/// The connections that are valid at a moment.
#[must_use]
pub fn valid_at(routes: &[Route], at_ms: i64) -> Vec<Route> {
    routes.iter().filter(|route| route.is_valid_at(at_ms)).cloned().collect()
}

/// Whether a rule of a guest looks at that.
#[must_use]
pub fn looks_at(routes: &[Route], by: By) -> bool {
    routes.iter().any(|route| match &route.held {
        Held::Guest(_, rules) => rules.iter().any(|rule| rule.by == by),
        Held::Own(_) => false,
    })
}

/// How a tenant came by an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// By its own sign-in, as this Zoom user.
    Own(String),
    /// As the guest of another tenant's sign-in: it gets what one of these rules names, of what that sign-in would get.
    Guest(TenantId, Vec<ShareRule>),
}

/// A connection as routing sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The tenant.
    pub tenant: TenantId,
    /// The app.
    pub app: ZoomApp,
    /// Zoom account id.
    pub account: String,
    /// How the tenant came by it.
    pub held: Held,
    /// When the connection began, epoch milliseconds.
    pub began_ms: i64,
    /// When it ended, if it did.
    pub ended_ms: Option<i64>,
}

/// Whose an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// This tenant's.
    Of(&'a TenantId),
    /// Nobody held the account then.
    Nobody,
    /// Several tenants share the account, and nothing says whose it is.
    Undecided,
    /// Several tenants share the account, and a rule looks at what Zoom has to be asked for first.
    NotKnownYet,
}

/// Zoom tells of things that happened shortly before a sign-in was complete; they belong to the newcomer when nobody
/// else held the account then.
pub const EARLY_GRACE_MS: i64 = 60 * 60 * 1000;

/// The tenant of an event of `account` told to `app` at `event_ts_ms`: the connection valid then; without one, the first
/// connection that began within [`EARLY_GRACE_MS`] after it, ended or not: the same event told again goes to the same
/// tenant, whoever signed in meanwhile. Never two, never a newcomer while an earlier connection covered that moment
/// (design § 4.8, failures F4).
///
/// Where several are valid, the rules of guests come first, then the host: the tenant whose own sign-in is the host's. `about`
/// is asked only then. What a rule looks at and nobody has asked Zoom for yet decides nothing: [`Whose::NotKnownYet`].
#[must_use]
pub fn tenant_of<'a>(
    routes: &'a [Route],
    app: ZoomApp,
    account: &str,
    event_ts_ms: i64,
    about: impl FnOnce() -> About,
) -> Whose<'a> {
    let here = || routes.iter().filter(move |route| route.app == app && route.account == account);
    let valid: Vec<&Route> = here().filter(|route| route.is_valid_at(event_ts_ms)).collect();
    match valid.as_slice() {
        [] => {
            let early = here()
                .filter(|route| matches!(route.held, Held::Own(_)))
                .filter(|route| event_ts_ms < route.began_ms && route.began_ms - event_ts_ms <= EARLY_GRACE_MS);
            early.min_by_key(|route| route.began_ms).map_or(Whose::Nobody, |route| Whose::Of(&route.tenant))
        }
        // A guest alone gets what its rules name, and no more; the host has gone.
        [only] if matches!(only.held, Held::Own(_)) => {
            let only: &'a Route = only;
            Whose::Of(&only.tenant)
        }
        several => decide(several, &about()),
    }
}

/// Whose something is that nobody was told of when it happened: the tenant's that held the account then by a sign-in of its own; where
/// nobody did, the tenant's that a thing like it would go to now. The times in epoch milliseconds.
#[must_use]
pub fn missed_by<'a>(
    routes: &'a [Route],
    (app, account): (ZoomApp, &str),
    (happened_ms, now_ms): (i64, i64),
    about: impl FnOnce() -> About,
) -> Whose<'a> {
    let held = routes.iter().any(|route| {
        let here = route.app == app && route.account == account && matches!(route.held, Held::Own(_));
        here && route.is_valid_at(happened_ms)
    });
    tenant_of(routes, app, account, if held { happened_ms } else { now_ms }, about)
}

fn decide<'a>(valid: &[&'a Route], about: &About) -> Whose<'a> {
    let users = |user: &Option<String>| {
        let own = valid.iter().filter(move |route| matches!(&route.held, Held::Own(own) if user.as_ref() == Some(own)));
        one_of(own.copied())
    };
    if about.signed_in.is_some() {
        return users(&about.signed_in);
    }
    let hosts = users(&about.host);
    // What another tenant's own sign-in hosts is not the owner's to share, and nothing is once the owner's sign-in ended.
    let shares = |owner: &TenantId| {
        valid.iter().any(|route| route.tenant == *owner && matches!(route.held, Held::Own(_)))
            && match hosts {
                Whose::Of(host) => host == owner,
                Whose::Nobody | Whose::Undecided | Whose::NotKnownYet => true,
            }
    };
    let (mut named, mut open) = (Vec::new(), false);
    for route in valid {
        let Held::Guest(owner, rules) = &route.held else { continue };
        match any_holds(rules, about) {
            Some(true) if shares(owner) => named.push(*route),
            None if shares(owner) => open = true,
            Some(_) | None => {}
        }
    }
    match one_of(named.into_iter()) {
        Whose::Undecided => return Whose::Undecided,
        // What is not known yet could name another one as well.
        _ if open => return Whose::NotKnownYet,
        Whose::Nobody | Whose::NotKnownYet => {}
        found @ Whose::Of(_) => return found,
    }
    match hosts {
        Whose::Nobody | Whose::NotKnownYet => {}
        found @ (Whose::Of(_) | Whose::Undecided) => return found,
    }
    one_of(valid.iter().copied().filter(|route| matches!(route.held, Held::Own(_))))
}

/// The one tenant of these connections. One Zoom user has one connection: of two, one process's clock was late, and the later
/// is meant.
fn one_of<'a>(routes: impl Iterator<Item = &'a Route>) -> Whose<'a> {
    let mut latest: Option<&Route> = None;
    for route in routes {
        match latest {
            Some(known) if known.tenant == route.tenant || is_one_sign_in(known, route) => {
                if route.began_ms >= known.began_ms {
                    latest = Some(route);
                }
            }
            Some(_) => return Whose::Undecided,
            None => latest = Some(route),
        }
    }
    latest.map_or(Whose::Nobody, |route| Whose::Of(&route.tenant))
}

fn is_one_sign_in(one: &Route, other: &Route) -> bool {
    matches!((&one.held, &other.held), (Held::Own(one), Held::Own(other)) if one == other)
}

#[cfg(test)]
mod tests;
