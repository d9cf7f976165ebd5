//! Which tenant an event belongs to: the connection of its Zoom app and account that was valid when it happened.

use crate::ids::{TenantId, ZoomApp};

/// A connection as routing sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The tenant.
    pub tenant: TenantId,
    /// The app.
    pub app: ZoomApp,
    /// Zoom account id.
    pub account: String,
    /// When the connection began, epoch milliseconds.
    pub began_ms: i64,
    /// When it ended, if it did.
    pub ended_ms: Option<i64>,
}

/// Zoom tells of things that happened shortly before a sign-in was complete; they belong to the newcomer when nobody
/// else held the account then.
pub const EARLY_GRACE_MS: i64 = 60 * 60 * 1000;

/// The tenant of an event of `account` told to `app` at `event_ts_ms`: the connection valid then, the latest begun if
/// several overlap; without one, the first connection that began within [`EARLY_GRACE_MS`] after it, ended or not: the same
/// event told again goes to the same tenant, whoever signed in meanwhile. Never two, never a newcomer while an earlier
/// connection covered that moment (design § 4.8, failures F4).
#[must_use]
pub fn tenant_of<'a>(routes: &'a [Route], app: ZoomApp, account: &str, event_ts_ms: i64) -> Option<&'a TenantId> {
    let here = || routes.iter().filter(move |route| route.app == app && route.account == account);
    let valid = here()
        .filter(|route| route.began_ms <= event_ts_ms && route.ended_ms.is_none_or(|ended| event_ts_ms < ended))
        .max_by_key(|route| route.began_ms);
    let early = || {
        here()
            .filter(|route| event_ts_ms < route.began_ms && route.began_ms - event_ts_ms <= EARLY_GRACE_MS)
            .min_by_key(|route| route.began_ms)
    };
    valid.or_else(early).map(|route| &route.tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(tenant: &str, began_ms: i64, ended_ms: Option<i64>) -> Route {
        Route {
            tenant: TenantId::parse(tenant).unwrap(),
            app: ZoomApp::Webinars,
            account: "A".to_owned(),
            began_ms,
            ended_ms,
        }
    }

    #[track_caller]
    fn check(routes: &[Route], event_ts_ms: i64, expected: Option<&str>) {
        let tenant = tenant_of(routes, ZoomApp::Webinars, "A", event_ts_ms);
        assert_eq!(tenant.map(TenantId::as_str), expected, "at {event_ts_ms}");
    }

    #[test]
    fn an_event_goes_to_the_connection_valid_at_its_own_time() {
        let taken_over = [route("first", 10_000_000, Some(20_000_000)), route("second", 20_000_000, None)];
        check(&taken_over, 10_000_000, Some("first"));
        check(&taken_over, 19_999_999, Some("first"));
        check(&taken_over, 20_000_000, Some("second"));
        check(&taken_over, 90_000_000, Some("second"));
        check(&taken_over, 1, None);
    }

    #[test]
    fn an_event_shortly_before_the_only_sign_in_is_not_lost() {
        check(&[route("only", EARLY_GRACE_MS, None)], 1, Some("only"));
        check(&[route("only", EARLY_GRACE_MS + 2, None)], 1, None);
        check(&[], 1, None);
        let since_ended = [route("first", 10_000, Some(20_000)), route("second", 20_000, None)];
        check(&since_ended, 1, Some("first"));
    }

    #[test]
    fn another_app_or_account_is_another_matter() {
        let routes = [route("first", 0, None)];
        assert_eq!(tenant_of(&routes, ZoomApp::Meetings, "A", 5), None);
        assert_eq!(tenant_of(&routes, ZoomApp::Webinars, "B", 5), None);
    }
}
