//! Calls about users.

use super::super::grouped::Group;
use super::super::limits::Class;
use super::super::state::{Standing, State, User, utc};
use super::super::wire::rest::{FeatureShown, GroupShown, Named, UserShown};
use super::super::words::Role;
use super::reply::Reply;
use super::rest::{Answer, Ask, Call};

/// The calls.
pub(super) const CALLS: &[Call] = &[
    Call {
        method: "GET",
        path: "users",
        name: "users.list",
        scope: "user:read:list_users",
        class: Class::Medium,
        run: list,
    },
    Call { method: "GET", path: "users/me", name: "users.me", scope: "user:read:user", class: Class::Light, run: me },
    Call { method: "GET", path: "users/{}", name: "users.get", scope: "user:read:user", class: Class::Light, run: get },
    Call {
        method: "GET",
        path: "groups",
        name: "groups.list",
        scope: "group:read:list_groups",
        class: Class::Medium,
        run: groups,
    },
    Call {
        method: "GET",
        path: "users/{}/settings",
        name: "users.settings",
        scope: "user:read:settings",
        class: Class::Medium,
        run: settings,
    },
    Call {
        method: "GET",
        path: "users/{}/permissions",
        name: "users.permissions",
        scope: "user:read:list_permissions",
        class: Class::Light,
        run: permissions,
    },
];

fn shown<'a>(groups: &'a [Group], user: &'a User) -> UserShown<'a> {
    UserShown {
        id: &user.id,
        first_name: &user.is.first_name,
        last_name: &user.is.last_name,
        display_name: user.name(),
        email: &user.is.email,
        r#type: user.type_number(),
        role_name: user.is.role.as_str(),
        role_id: role_id(user.is.role),
        account_id: &user.account,
        account_number: 100_000_001,
        status: status(user.standing),
        timezone: "Asia/Kolkata",
        cluster: "us02",
        verified: 1,
        created_at: utc(user.created_ms),
        group_ids: groups
            .iter()
            .filter(|group| group.users.contains(&user.id))
            .map(|group| group.id.as_str())
            .collect(),
    }
}

fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Inactive => "inactive",
    }
}

fn role_id(role: Role) -> &'static str {
    match role {
        Role::Owner => "0",
        Role::Admin => "1",
        Role::Member => "2",
    }
}

fn me(state: &mut State, ask: &Ask) -> Answer {
    let user = state.users.get(&ask.access.user).ok_or_else(|| super::problem::Problem::user("me"))?;
    Ok(Reply::json(200, &shown(&state.groups, user)))
}

fn get(state: &mut State, ask: &Ask) -> Answer {
    Ok(Reply::json(200, &shown(&state.groups, ask.user(state)?)))
}

fn list(state: &mut State, ask: &Ask) -> Answer {
    let wanted = ask.query.get("status").map_or("active", String::as_str);
    let account = state.accounts.get(&ask.access.account);
    let ids = account.map(|account| account.users.clone()).unwrap_or_default();
    let is_wanted = |id: &&String| state.users.get(*id).is_some_and(|user| status(user.standing) == wanted);
    let ids: Vec<String> = ids.iter().filter(is_wanted).cloned().collect();
    let cut = ask.cut(state, ids.len())?;
    let users = ids.get(cut.shown.clone()).unwrap_or_default().iter();
    let users = users.filter_map(|id| state.users.get(id)).map(|user| shown(&state.groups, user)).collect();
    Ok(cut.page("users", users))
}

/// As public clients of Zoom's read it: the references name the call's scope alone.
fn groups(state: &mut State, ask: &Ask) -> Answer {
    let ids: Vec<usize> = (0..state.groups.len())
        .filter(|place| state.groups.get(*place).is_some_and(|group| group.account == ask.access.account))
        .collect();
    let cut = ask.cut(state, ids.len())?;
    let shown = ids.get(cut.shown.clone()).unwrap_or_default().iter().filter_map(|place| state.groups.get(*place));
    let groups = shown.map(|group| GroupShown { id: &group.id, name: &group.name, total_members: group.users.len() });
    Ok(cut.page("groups", groups.collect()))
}

fn settings(state: &mut State, ask: &Ask) -> Answer {
    let user = ask.user(state)?;
    let feature = FeatureShown {
        meeting_capacity: if user.is.licensed { 300 } else { 100 },
        webinar: user.is.webinar_capacity.is_some(),
        webinar_capacity: user.is.webinar_capacity,
        large_meeting: false,
        zoom_events: false,
    };
    Ok(Reply::json(200, &Named::from([("feature", feature)])))
}

fn permissions(state: &mut State, ask: &Ask) -> Answer {
    let permissions: &[&str] = match ask.user(state)?.is.role {
        Role::Owner | Role::Admin => &["User:Read", "User:Edit", "Webinar:Read", "Webinar:Edit", "Report:Read"],
        Role::Member => &[],
    };
    Ok(Reply::json(200, &Named::from([("permissions", permissions)])))
}
