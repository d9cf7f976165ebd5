//! What a connector may be told about registrations: where they count, what becomes of a change, whence a lead is said to
//! come, whose it is, how it is found.

use super::mapping::{FieldPolicy, LeadField, Target};
use crate::ids::Email;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a registration does that waits for the host's approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Pending {
    /// It becomes a lead with its activity at once.
    #[default]
    Counts,
    /// Nothing follows from it until it is approved.
    Waits,
}

/// How a change of a registration that LeadSquared knows is told there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ChangeTold {
    /// Not at all.
    Nothing,
    /// The registration's activity says it from then on.
    #[default]
    Correction,
    /// By an activity of its own.
    Activity,
}

/// How each change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Changes {
    /// It waited and was approved.
    pub approved: ChangeTold,
    /// The host refused it.
    pub denied: ChangeTold,
    /// It was taken back.
    pub cancelled: ChangeTold,
}

/// The `Source` of a tracking source that no rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// The connector's own lead source.
    #[default]
    LeadSource,
    /// The tracking source's own name.
    AsTold,
}

/// Whence a lead is said to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SourceRules {
    /// Zoom's tracking source → `Source` of the lead; case does not matter.
    pub by_tracking: BTreeMap<String, String>,
    /// What other tracking sources become.
    pub unlisted: Unlisted,
    /// What it does to a `Source` that is there; without one it is as the capture behaviour says.
    pub policy: Option<FieldPolicy>,
    /// Where the tracking source goes besides, as Zoom told it.
    pub field: Target,
}

/// Whose a lead is that a registration makes. A lead that is there keeps its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OwnerRule {
    /// Whoever LeadSquared says.
    #[default]
    Nobody,
    /// Always the same user.
    User(Email),
    /// The user of the webinar's host: by [`OwnerRules::hosts`], else by the host's own address.
    Host,
}

/// The owner rule, and which host is which user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct OwnerRules {
    /// The rule.
    pub rule: OwnerRule,
    /// Zoom's user id or address of a host → address of the user in LeadSquared.
    pub hosts: BTreeMap<String, Email>,
}

/// How the lead of a registrant is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// By the address alone.
    #[default]
    Email,
    /// By the address, and where no lead has it by the phone number.
    EmailThenPhone,
}

/// Everything about registrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct RegistrationRules {
    /// What waits for approval.
    pub pending: Pending,
    /// How changes are told.
    pub changes: Changes,
    /// Whence leads come.
    pub source: SourceRules,
    /// Whose they are.
    pub owner: OwnerRules,
    /// How they are found.
    pub matching: Matching,
}

/// What set-up learned of LeadSquared for the rules; people do not write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Learned {
    /// The lead fields that answers go to, by schema name.
    pub lead_fields: BTreeMap<String, LeadField>,
    /// Users who may own leads: address → user id.
    pub users: BTreeMap<Email, String>,
    /// Zoom users whose address is known because they signed in here: Zoom's user id → address.
    pub zoom_users: BTreeMap<String, Email>,
}

impl SourceRules {
    /// The `Source` of a lead whose registration told that tracking source; empty for none.
    #[must_use]
    pub fn source_of(&self, tracking: Option<&str>, lead_source: &str) -> String {
        let Some(tracking) = tracking.map(str::trim).filter(|tracking| !tracking.is_empty()) else {
            return lead_source.to_owned();
        };
        let folded = tracking.to_lowercase();
        let listed = self.by_tracking.iter().find(|(name, _)| name.trim().to_lowercase() == folded);
        match (listed, self.unlisted) {
            (Some((_, source)), _) => source.clone(),
            (None, Unlisted::LeadSource) => lead_source.to_owned(),
            (None, Unlisted::AsTold) => tracking.to_owned(),
        }
    }
}

impl OwnerRules {
    /// The user who gets a lead of a webinar with that host (Zoom's user id, address).
    #[must_use]
    pub fn owner(&self, host_id: Option<&str>, host_email: Option<&Email>) -> Option<Email> {
        match &self.rule {
            OwnerRule::Nobody => None,
            OwnerRule::User(email) => Some(email.clone()),
            OwnerRule::Host => {
                let names = host_id.into_iter().chain(host_email.map(Email::as_str));
                let listed = names.filter_map(|name| self.hosts.get(name)).next().cloned();
                listed.or_else(|| host_email.cloned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_source(unlisted: Unlisted, tracking: Option<&str>, expected: &str) {
        let by_tracking = BTreeMap::from([("LinkedIn Ad".to_owned(), "LinkedIn".to_owned())]);
        let rules = SourceRules { by_tracking, unlisted, ..SourceRules::default() };
        assert_eq!(rules.source_of(tracking, "Zoom Webinar"), expected);
    }

    #[test]
    fn a_tracking_source_becomes_the_source_that_its_rule_names() {
        check_source(Unlisted::LeadSource, Some(" linkedin ad"), "LinkedIn");
        check_source(Unlisted::LeadSource, Some("newsletter"), "Zoom Webinar");
        check_source(Unlisted::AsTold, Some("newsletter"), "newsletter");
        check_source(Unlisted::AsTold, None, "Zoom Webinar");
        check_source(Unlisted::AsTold, Some(" "), "Zoom Webinar");
    }

    #[test]
    fn the_owner_is_the_fixed_user_or_the_hosts() {
        let email = |text: &str| Email::parse(text).unwrap();
        let hosts =
            BTreeMap::from([("h1".to_owned(), email("rep@crm.test")), ("b@z.test".to_owned(), email("b@crm.test"))]);
        let rules = |rule: OwnerRule| OwnerRules { rule, hosts: hosts.clone() };
        assert_eq!(rules(OwnerRule::Nobody).owner(Some("h1"), None), None);
        assert_eq!(rules(OwnerRule::User(email("x@crm.test"))).owner(Some("h1"), None), Some(email("x@crm.test")));
        assert_eq!(rules(OwnerRule::Host).owner(Some("h1"), None), Some(email("rep@crm.test")));
        assert_eq!(rules(OwnerRule::Host).owner(Some("h2"), Some(&email("b@z.test"))), Some(email("b@crm.test")));
        assert_eq!(rules(OwnerRule::Host).owner(Some("h2"), Some(&email("c@z.test"))), Some(email("c@z.test")));
        assert_eq!(rules(OwnerRule::Host).owner(Some("h2"), None), None);
    }
}
