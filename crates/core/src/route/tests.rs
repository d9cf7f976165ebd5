//! Tables of whose an event is.

use super::*;

fn route(tenant: &str, began_ms: i64, ended_ms: Option<i64>) -> Route {
    Route {
        tenant: TenantId::parse(tenant).unwrap(),
        app: ZoomApp::Webinars,
        account: "A".to_owned(),
        held: Held::Own("admin".to_owned()),
        began_ms,
        ended_ms,
    }
}

fn own(tenant: &str, user: &str) -> Route {
    Route { held: Held::Own(user.to_owned()), ..route(tenant, 0, None) }
}

fn guest(tenant: &str, rules: &[(By, &str)]) -> Route {
    let rules = rules.iter().map(|(by, is)| ShareRule { by: *by, is: (*is).to_owned() }).collect();
    let owner = TenantId::parse("owner").unwrap();
    Route { held: Held::Guest(owner, rules), ..route(tenant, 0, None) }
}

fn name(whose: Whose<'_>) -> &str {
    match whose {
        Whose::Of(tenant) => tenant.as_str(),
        Whose::Nobody => "nobody",
        Whose::Undecided => "undecided",
        Whose::NotKnownYet => "not known yet",
    }
}

#[track_caller]
fn check(routes: &[Route], event_ts_ms: i64, expected: &str) {
    let whose = tenant_of(routes, ZoomApp::Webinars, "A", event_ts_ms, About::default);
    assert_eq!(name(whose), expected, "at {event_ts_ms}");
}

/// Host's id, host's address, topic.
#[track_caller]
fn check_shared(routes: &[Route], (host, email, topic): (&str, &str, &str), expected: &str) {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let about = About { host: some(host), host_email: some(email), topic: some(topic), ..About::default() };
    let whose = tenant_of(routes, ZoomApp::Webinars, "A", 5, || about.clone());
    assert_eq!(name(whose), expected, "{about:?}");
}

#[test]
fn an_event_goes_to_the_connection_valid_at_its_own_time() {
    let taken_over = [route("first", 10_000_000, Some(20_000_000)), route("second", 20_000_000, None)];
    check(&taken_over, 10_000_000, "first");
    check(&taken_over, 19_999_999, "first");
    check(&taken_over, 20_000_000, "second");
    check(&taken_over, 90_000_000, "second");
    check(&taken_over, 1, "nobody");
}

#[test]
fn an_event_shortly_before_the_only_sign_in_is_not_lost() {
    check(&[route("only", EARLY_GRACE_MS, None)], 1, "only");
    check(&[route("only", EARLY_GRACE_MS + 2, None)], 1, "nobody");
    check(&[], 1, "nobody");
    let since_ended = [route("first", 10_000, Some(20_000)), route("second", 20_000, None)];
    check(&since_ended, 1, "first");
}

#[test]
fn another_app_or_account_is_another_matter() {
    let routes = [route("first", 0, None)];
    assert_eq!(tenant_of(&routes, ZoomApp::Meetings, "A", 5, About::default), Whose::Nobody);
    assert_eq!(tenant_of(&routes, ZoomApp::Webinars, "B", 5, About::default), Whose::Nobody);
}

#[test]
fn two_users_of_one_account_get_what_they_host_and_the_rest_is_held() {
    let routes = [own("first", "U1"), own("second", "U2")];
    check_shared(&routes, ("U1", "", "Launch"), "first");
    check_shared(&routes, ("U2", "", "Launch"), "second");
    check_shared(&routes, ("U3", "", "Launch"), "undecided");
    check_shared(&routes, ("", "", ""), "undecided");
    // A clock that was late: one user is one sign-in, and the later one is meant.
    check_shared(&[own("first", "U1"), route("second", 3, None), route("third", 4, None)], ("U1", "", ""), "first");
    check_shared(&[route("second", 3, None), route("third", 4, None)], ("U9", "", ""), "third");
}

#[test]
fn a_guest_gets_what_its_rules_name_and_the_host_of_the_account_the_rest() {
    let routes = [
        own("owner", "U1"),
        guest("north", &[(By::Host, "U7"), (By::Topic, "north")]),
        guest("south", &[(By::Host, "Asha@x.example"), (By::Topic, "South")]),
    ];
    check_shared(&routes, ("U7", "", ""), "north");
    check_shared(&routes, ("u7", "", ""), "owner");
    check_shared(&routes, ("U8", "asha@X.example", ""), "south");
    check_shared(&routes, ("U1", "", "The NORTH wind"), "north");
    check_shared(&routes, ("U1", "", "Neither"), "owner");
    check_shared(&routes, ("U9", "", ""), "owner");
    check_shared(&routes, ("U7", "", "south"), "undecided");
    check_shared(&[guest("north", &[(By::Topic, "north")])], ("U1", "", "south"), "nobody");
}

#[test]
fn no_rule_reaches_what_another_tenants_own_sign_in_hosts_or_what_nobody_may_share_any_more() {
    let everything = guest("north", &[(By::Host, "U2"), (By::Topic, "e")]);
    let routes = [own("owner", "U1"), own("third", "U2"), everything.clone()];
    check_shared(&routes, ("U2", "", "Every"), "third");
    check_shared(&routes, ("U1", "", "Every"), "north");
    check_shared(&[own("third", "U2"), everything], ("U2", "", "Every"), "third");
}

#[test]
fn the_removal_of_the_app_goes_to_the_tenant_of_that_sign_in() {
    let routes = [own("first", "U1"), own("second", "U2"), guest("north", &[(By::Host, "U1")])];
    for (user, expected) in [("U1", "first"), ("U2", "second"), ("U3", "nobody")] {
        let about = || About { signed_in: Some(user.to_owned()), ..About::default() };
        assert_eq!(name(tenant_of(&routes, ZoomApp::Webinars, "A", 5, about)), expected);
    }
}

#[test]
fn rules_are_read_as_people_write_them() {
    let text = " Topic : Admissions: north \n\nhost:asha@x.example";
    let rules = ShareRule::parse_lines(text).unwrap();
    assert_eq!(
        rules.iter().map(ShareRule::line).collect::<Vec<_>>(),
        ["topic: Admissions: north", "host: asha@x.example"]
    );
    for (text, line) in [("north", 1), ("topic: a\n\nwho: b", 3), ("topic:", 1), ("topic: a\nhost:  ", 2)] {
        assert_eq!(ShareRule::parse_lines(text), Err(line), "{text:?}");
    }
}

#[test]
fn what_was_missed_goes_to_whoever_held_the_account_then_and_otherwise_to_whom_it_would_go_now() {
    #[track_caller]
    fn check(routes: &[Route], happened_ms: i64, expected: &str) {
        let about = || About { topic: Some("North".to_owned()), ..About::default() };
        let whose = missed_by(routes, (ZoomApp::Webinars, "A"), (happened_ms, 100), about);
        assert_eq!(name(whose), expected, "at {happened_ms}");
    }
    let back = [route("first", 10, Some(20)), route("second", 30, Some(40)), route("first", 50, None)];
    check(&back, 15, "first");
    check(&back, 25, "first");
    check(&back, 35, "second");
    check(&back, 45, "first");
    check(&back, 60, "first");
    let rules = &[(By::Topic, "north")];
    let shared = [route("owner", 10, Some(20)), guest("guest", rules), route("owner", 50, None)];
    check(&shared, 30, "guest");
    check(&shared, 5, "guest");
    check(&[route("first", 10, Some(20))], 30, "nobody");
}

/// The host's groups and the meeting's tracking fields, where Zoom was asked.
#[track_caller]
fn check_asked(routes: &[Route], groups: Option<&[&str]>, tracking: Option<&[(&str, &str)]>, expected: &str) {
    let pair = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
    let about = About {
        host: Some("host".to_owned()),
        topic: Some("Launch".to_owned()),
        meeting: Some(MeetingNumber(7)),
        groups: groups.map(|groups| groups.iter().map(|group| (*group).to_owned()).collect()),
        tracking: tracking.map(|fields| fields.iter().map(pair).collect()),
        ..About::default()
    };
    let whose = tenant_of(routes, ZoomApp::Webinars, "A", 5, || about.clone());
    assert_eq!(name(whose), expected, "{about:?}");
}

#[test]
fn a_group_or_a_tracking_field_names_the_guest_and_decides_nothing_before_zoom_was_asked() {
    let by_group = [own("owner", "admin"), guest("north", &[(By::Group, " Sales North ")])];
    check_asked(&by_group, None, None, "not known yet");
    check_asked(&by_group, Some(&[]), None, "owner");
    check_asked(&by_group, Some(&["g1", "sales north"]), None, "north");
    check_asked(&by_group, Some(&["Sales"]), None, "owner");
    let by_id = [own("owner", "admin"), guest("north", &[(By::Group, "g1")])];
    check_asked(&by_id, Some(&["g1", "Sales North"]), None, "north");
    let by_field = [own("owner", "admin"), guest("north", &[(By::TrackingField, "department=North")])];
    check_asked(&by_field, Some(&[]), None, "not known yet");
    check_asked(&by_field, None, Some(&[("Department", "north ")]), "north");
    check_asked(&by_field, None, Some(&[("Department", "North East"), ("Region", "North")]), "owner");
}

#[test]
fn what_is_not_known_holds_back_only_what_it_could_change() {
    let topic_or_group = [own("owner", "admin"), guest("north", &[(By::Topic, "launch"), (By::Group, "g1")])];
    check_asked(&topic_or_group, None, None, "north");
    let two = [own("owner", "admin"), guest("north", &[(By::Topic, "launch")]), guest("south", &[(By::Group, "g2")])];
    check_asked(&two, None, None, "not known yet");
    check_asked(&two, Some(&["g2"]), None, "undecided");
    check_asked(&two, Some(&[]), None, "north");
    // Another tenant's own sign-in hosts it: it is not the owner's to share, whatever the groups are.
    let foreign = [own("owner", "admin"), own("other", "host"), guest("north", &[(By::Group, "g1")])];
    check_asked(&foreign, None, None, "other");
    // An event without host and number has nothing that could be asked for.
    let both = [own("owner", "admin"), guest("north", &[(By::Group, "g1"), (By::TrackingField, "a = b")])];
    check(&both, 5, "owner");
    assert!(looks_at(&both, By::Group) && looks_at(&both, By::TrackingField) && !looks_at(&both, By::Topic));
}

#[test]
fn rules_of_groups_and_tracking_fields_read_as_people_write_them() {
    let lines = "Group: Sales North\ntracking field: Department = North: East";
    let rules = ShareRule::parse_lines(lines).unwrap();
    assert_eq!(rules.iter().map(|rule| rule.by).collect::<Vec<_>>(), [By::Group, By::TrackingField]);
    assert_eq!(rules[1].line(), "tracking field: Department = North: East");
    for line in ["tracking field: Department", "tracking field: = North", "tracking field: Department =", "group:"] {
        assert_eq!(ShareRule::parse_lines(line), Err(1), "{line}");
    }
}
