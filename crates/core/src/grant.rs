//! When a grant's tokens are refreshed (zoom.md § 1.4), and how the person behind it fares.

use crate::zoom::reply::{Me, ZoomFault};

/// A refresh is due so long before the access token ends, in milliseconds.
pub const BEFORE_EXPIRY_MS: i64 = 10 * 60 * 1000;
/// A refresh is due at least so often, in milliseconds: a refresh token that nobody uses lapses.
pub const AT_LEAST_EVERY_MS: i64 = 20 * 60 * 60 * 1000;

/// When the pair that was given at `refreshed_ms` and ends at `expires_ms` is to be refreshed, epoch milliseconds.
#[must_use]
pub fn refresh_at_ms(expires_ms: i64, refreshed_ms: i64) -> i64 {
    (expires_ms - BEFORE_EXPIRY_MS).min(refreshed_ms + AT_LEAST_EVERY_MS)
}

/// Whether an access token can still be used for a call that begins now.
#[must_use]
pub fn is_usable(expires_ms: i64, now_ms: i64) -> bool {
    now_ms + 60_000 < expires_ms
}

/// The person behind a sign-in is looked at so often, in milliseconds: once a day.
pub const LOOK_EVERY_MS: i64 = 24 * 60 * 60 * 1000;
/// A look that told nothing is repeated after this, in milliseconds.
pub const LOOK_AGAIN_MS: i64 = 60 * 60 * 1000;

/// How the person behind a sign-in fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Well {
        /// The role in the Zoom account.
        role: Option<String>,
    },
    /// The role does not cover any more what the connector does.
    Demoted,
    /// The person has left the Zoom account, or was switched off.
    Gone,
    /// Zoom did not tell.
    Unknown,
}

/// What Zoom's answer to "who am I" says of the person who signed in as `zoom_user` of `account`, whose role was `role_before`.
///
/// Roles have free names: only who was no plain member and is one now was demoted. Zoom refuses the call itself to a role that
/// lost the permission behind it.
#[must_use]
pub fn health(answer: &Result<Me, ZoomFault>, (account, zoom_user): (&str, &str), role_before: Option<&str>) -> Health {
    match answer {
        Ok(me) if me.id != zoom_user || me.account_id != account => Health::Gone,
        Ok(me) if me.is_plain_member() && role_before.is_some_and(|role| !role.eq_ignore_ascii_case("member")) => {
            Health::Demoted
        }
        Ok(me) => Health::Well { role: me.role.clone() },
        Err(ZoomFault::ScopeMissing { .. }) => Health::Demoted,
        Err(ZoomFault::TokenUnusable | ZoomFault::NotFound { .. }) => Health::Gone,
        Err(
            ZoomFault::NotSent { .. }
            | ZoomFault::RateLimited { .. }
            | ZoomFault::PlanMissing { .. }
            | ZoomFault::Refused { .. }
            | ZoomFault::Later { .. },
        ) => Health::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_health(answer: Result<(&str, &str, &str), ZoomFault>, role_before: Option<&str>, expected: &Health) {
        let answer = answer.map(|(id, account, role)| Me {
            id: id.to_owned(),
            account_id: account.to_owned(),
            email: None,
            name: None,
            role: Some(role.to_owned()).filter(|role| !role.is_empty()),
            licence_kind: 2,
        });
        assert_eq!(health(&answer, ("A", "U"), role_before), *expected, "{answer:?}");
    }

    #[test]
    fn only_what_zoom_says_plainly_counts_against_a_person() {
        let well = |role: &str| Health::Well { role: Some(role.to_owned()) };
        check_health(Ok(("U", "A", "Admin")), None, &well("Admin"));
        check_health(Ok(("U", "A", "Events team")), Some("Admin"), &well("Events team"));
        check_health(Ok(("U", "A", "")), Some("Admin"), &Health::Well { role: None });
        check_health(Ok(("U", "A", "Member")), Some("Admin"), &Health::Demoted);
        // Who signed in as a plain member lost nothing.
        check_health(Ok(("U", "A", "Member")), Some("member"), &well("Member"));
        check_health(Ok(("U", "A", "Member")), None, &well("Member"));
        check_health(Ok(("U", "B", "Admin")), Some("Admin"), &Health::Gone);
        check_health(Err(ZoomFault::ScopeMissing { scopes: Vec::new() }), None, &Health::Demoted);
        check_health(Err(ZoomFault::NotFound { detail: String::new() }), None, &Health::Gone);
        check_health(Err(ZoomFault::TokenUnusable), None, &Health::Gone);
        check_health(Err(ZoomFault::Later { why: String::new() }), Some("Admin"), &Health::Unknown);
        check_health(Err(ZoomFault::Refused { code: 1, detail: String::new() }), Some("Admin"), &Health::Unknown);
    }

    #[test]
    fn a_pair_is_refreshed_before_it_ends_and_at_least_daily() {
        assert_eq!(refresh_at_ms(3_600_000, 0), 3_000_000);
        assert_eq!(refresh_at_ms(i64::MAX, 0), AT_LEAST_EVERY_MS);
        assert!(is_usable(100_000, 39_999));
        assert!(!is_usable(100_000, 40_000));
    }
}
