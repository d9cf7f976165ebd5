//! What holds for meetings that are scheduled from LeadSquared: who hosts them.

use crate::ids::Email;
use serde::{Deserialize, Serialize};

/// Who hosts a meeting where the form names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum HostChoice {
    /// The sales user's own Zoom user, found by e-mail address where it has the domain of who signed in with Zoom; else who signed
    /// in. An address of elsewhere is most likely no user of that Zoom account.
    #[default]
    SalesUser,
    /// Who signed in with Zoom.
    SignedIn,
    /// Always this Zoom user.
    Named(Email),
}

/// What holds for meetings that are scheduled from LeadSquared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SchedulingRules {
    /// Who hosts.
    pub host: HostChoice,
}

impl SchedulingRules {
    /// The host's address for a meeting that `sales_user` schedules, where `signed_in` signed in with Zoom (both e-mail addresses,
    /// either may be empty). Empty means who signed in.
    #[must_use]
    pub fn host_of(&self, sales_user: &str, signed_in: &str) -> String {
        match &self.host {
            HostChoice::SignedIn => String::new(),
            HostChoice::Named(email) => email.as_str().to_owned(),
            HostChoice::SalesUser => own(sales_user, signed_in).unwrap_or_default(),
        }
    }
}

fn own(sales_user: &str, signed_in: &str) -> Option<String> {
    let (own, admin) = (Email::parse(sales_user)?, Email::parse(signed_in)?);
    (own.domain() == admin.domain() && own != admin).then(|| own.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: HostChoice, (sales_user, signed_in): (&str, &str), expected: &str) {
        assert_eq!(SchedulingRules { host }.host_of(sales_user, signed_in), expected);
    }

    #[test]
    fn the_host_is_who_the_tenant_chose() {
        check(HostChoice::SalesUser, ("Ravi@acme.test", "admin@acme.test"), "ravi@acme.test");
        check(HostChoice::SalesUser, ("ravi@elsewhere.test", "admin@acme.test"), "");
        check(HostChoice::SalesUser, ("admin@acme.test", "admin@acme.test"), "");
        check(HostChoice::SalesUser, ("ravi@acme.test", ""), "");
        check(HostChoice::SalesUser, ("no address", "admin@acme.test"), "");
        check(HostChoice::SignedIn, ("ravi@acme.test", "admin@acme.test"), "");
        let named = HostChoice::Named(Email::parse("desk@acme.test").unwrap());
        check(named, ("ravi@elsewhere.test", "admin@acme.test"), "desk@acme.test");
    }

    #[test]
    fn what_is_stored_is_read_again_and_what_is_absent_is_the_default() {
        for host in [HostChoice::SalesUser, HostChoice::SignedIn, HostChoice::Named(Email::parse("a@b.test").unwrap())]
        {
            let rules = SchedulingRules { host };
            let text = serde_json::to_string(&rules).unwrap();
            assert_eq!(serde_json::from_str::<SchedulingRules>(&text).unwrap(), rules);
        }
        assert_eq!(serde_json::from_str::<SchedulingRules>("{}").unwrap(), SchedulingRules::default());
    }
}
