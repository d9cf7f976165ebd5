//! Calls about users.

use super::super::limits::Class;
use super::super::state::{Standing, State, User, utc};
use super::super::wire::rest::{FeatureShown, Named, UserShown};
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

fn shown(user: &User) -> UserShown<'_> {
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
    Ok(Reply::json(200, &shown(user)))
}

fn get(state: &mut State, ask: &Ask) -> Answer {
    Ok(Reply::json(200, &shown(ask.user(state)?)))
}

fn list(state: &mut State, ask: &Ask) -> Answer {
    let wanted = ask.query.get("status").map_or("active", String::as_str);
    let account = state.accounts.get(&ask.access.account);
    let ids = account.map(|account| account.users.clone()).unwrap_or_default();
    let is_wanted = |id: &&String| state.users.get(*id).is_some_and(|user| status(user.standing) == wanted);
    let ids: Vec<String> = ids.iter().filter(is_wanted).cloned().collect();
    let cut = ask.cut(state, ids.len())?;
    let users = ids.get(cut.shown.clone()).unwrap_or_default().iter();
    let users = users.filter_map(|id| state.users.get(id)).map(shown).collect();
    Ok(cut.page("users", users))
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
