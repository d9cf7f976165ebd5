//! What each app's sign-in must be allowed to do, by feature (zoom.md § 1.10).

use crate::ids::ZoomApp;

/// What a sign-in must be allowed to do, feature by feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// In words.
    pub title: &'static str,
    /// Each of these must be granted, in its granular name or one of its classic ones; `:admin` behind it is more.
    pub scopes: &'static [(&'static str, &'static [&'static str])],
}

const WHO: Feature =
    Feature { title: "Know who signed in", scopes: &[("user:read:user", &["user:read", "user_info:read"])] };

/// What each app's sign-in needs (zoom.md § 1.10).
#[must_use]
pub fn features_of(app: ZoomApp) -> &'static [Feature] {
    match app {
        ZoomApp::Meetings => &[
            WHO,
            Feature { title: "See meetings", scopes: &[("meeting:read:meeting", &["meeting:read"])] },
            Feature { title: "Schedule meetings", scopes: &[("meeting:write:meeting", &["meeting:write"])] },
            Feature { title: "Move and rename meetings", scopes: &[("meeting:update:meeting", &["meeting:write"])] },
            Feature {
                title: "Who was in a meeting, once it is over",
                scopes: &[("report:read:list_meeting_participants", &["report:read"])],
            },
        ],
        ZoomApp::Webinars => &[
            WHO,
            Feature { title: "See webinars", scopes: &[("webinar:read:webinar", &["webinar:read"])] },
            Feature { title: "See registrations", scopes: &[("webinar:read:list_registrants", &["webinar:read"])] },
            Feature {
                title: "Add leads to webinars",
                scopes: &[
                    ("webinar:write:registrant", &["webinar:write"]),
                    ("webinar:update:registrant_status", &["webinar:write"]),
                    ("webinar:read:list_registration_questions", &["webinar:read"]),
                ],
            },
            Feature {
                title: "Tell panelists from attendees",
                scopes: &[("webinar:read:list_panelists", &["webinar:read"])],
            },
            Feature { title: "See who did not come", scopes: &[("webinar:read:list_absentees", &["webinar:read"])] },
            Feature {
                title: "Check attendance by Zoom's report",
                scopes: &[("report:read:list_webinar_participants", &["report:read"])],
            },
            Feature {
                title: "See questions and poll answers",
                scopes: &[
                    ("webinar:read:past_qa", &["webinar:read"]),
                    ("webinar:read:list_past_polls", &["webinar:read"]),
                ],
            },
        ],
    }
}

/// The scopes of a feature that are not granted.
#[must_use]
pub fn missing_scopes(granted: &[String], feature: &Feature) -> Vec<&'static str> {
    let has = |name: &str| {
        granted.iter().any(|scope| {
            scope == name || scope.strip_suffix(":admin") == Some(name) || scope.strip_suffix(":master") == Some(name)
        })
    };
    let missing =
        |(name, classic): &&(&'static str, &'static [&'static str])| !has(name) && !classic.iter().any(|one| has(one));
    feature.scopes.iter().filter(missing).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_count_in_every_spelling() {
        let granted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for name in ["user:read:user", "user:read:user:admin", "user:read:admin", "user_info:read"] {
            assert!(missing_scopes(&granted(&[name]), &WHO).is_empty(), "{name}");
        }
        assert_eq!(missing_scopes(&granted(&["user:read:list"]), &WHO), ["user:read:user"]);
    }
}
