//! What keeps failing: the groups with cause and repair, the same as a table, muting one, and reading notifications once more.
//! Deliveries of a group go again through the page that replays them.

use super::super::filters::thousands;
use super::super::frame::Place;
use super::super::issues::{IssueLine, Issues, Mend};
use super::super::list::{Choice, Total};
use super::super::notification::Pair;
use super::super::part::Moment;
use super::super::replay::{Replay, What};
use super::list::{Asked, Found, Table, answer, loaded, wanted};
use super::session::Admin;
use super::{Failure, Fields, Page, address, encode, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::store::audit;
use crate::store::issue::{self, COUNTED_MAX, Group, Issue, Issues as Known, Key, QUARANTINE};
use crate::store::muted::{self, MutedRow};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use connector_core::code::advice::{self, Place as Where};
use connector_core::code::sentence;
use serde::Deserialize;

/// Groups of deliveries on one page.
const GROUPS_MAX: usize = 50;
/// Groups of a table.
const TABLE_GROUPS_MAX: usize = 1_000;
/// Between code and words of the group behind which the next page begins.
const BETWEEN: char = '~';
/// Characters of what a group has in common, in an address.
const CAUSE_CHARS_MAX: usize = 256;

/// What is filtered by.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    system: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    before: String,
    done: Option<String>,
}

fn behind(text: &str) -> Option<Key> {
    let (code, cause) = text.split_once(BETWEEN)?;
    Some(Key { code: code.to_owned(), cause: cause.to_owned() })
}

/// Whose refusals are shown.
fn is_of(system: &str, code: &str) -> bool {
    let area = code.split('.').next().unwrap_or_default();
    match system {
        "leadsquared" => area == "lsq",
        "zoom" => area == "zoom",
        "connector" => !["lsq", "zoom"].contains(&area),
        _ => true,
    }
}

/// Whether it is shown: muted ones only where they are asked for.
fn is_shown(show: &str, issue: &Issue) -> bool {
    match show {
        "muted" => issue.muted.is_some(),
        "all" => true,
        _ => issue.muted.is_none(),
    }
}

fn choices(words: &[(&str, &str)]) -> Vec<Choice> {
    words.iter().map(|(value, word)| Choice { value: (*value).to_owned(), word: (*word).to_owned() }).collect()
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let sight = who.sight(&tenant.tenant);
    let (id, after) = (tenant.tenant.clone(), behind(&query.before));
    let reading = shared
        .store
        .read(move |unit| Box::pin(async move { issue::page(unit, &id, after.as_ref(), GROUPS_MAX).await }));
    let (known, is_loaded): (Known, bool) = loaded(reading.await);
    let of_system: Vec<&Issue> =
        known.issues.iter().filter(|issue| is_of(&query.system, &issue.group.key.code)).collect();
    let shown: Vec<&Issue> = of_system.iter().copied().filter(|issue| is_shown(&query.show, issue)).collect();
    let hidden = of_system.iter().filter(|issue| query.show.is_empty() && issue.muted.is_some()).count();
    let path = format!("/t/{}/issues", tenant.tenant);
    let filters = [("system", query.system.as_str()), ("show", query.show.as_str())];
    let asked = Asked { path: &path, filters: &filters, cursor: "before", before: &query.before, order: None };
    let count = i64::try_from(shown.len()).unwrap_or(i64::MAX);
    let list = asked.list(Found {
        noun: "causes",
        total: if known.next.is_some() || !query.before.is_empty() { Total::Unknown } else { Total::Exactly(count) },
        rows: is_loaded.then_some(shown.len()),
        next: known.next.as_ref().map(|key| format!("{}{BETWEEN}{}", key.code, key.cause)),
    });
    let empty = list.empty;
    let frame = frame(&shared, &who, ("Issues", Place::Issues), Some(&tenant)).await?;
    let now_ms = shared.clock.now_ms();
    let page = Issues {
        frame: with_notice(frame, query.done.as_deref()),
        list,
        lines: shown
            .into_iter()
            .map(|issue| line(issue, &tenant, now_ms))
            .map(|line| IssueLine { few: line.few.iter().map(|who| sight.person(who)).collect(), ..line })
            .collect(),
        systems: choices(&[
            ("", "Anybody"),
            ("leadsquared", "LeadSquared"),
            ("zoom", "Zoom"),
            ("connector", "The connector"),
        ]),
        system: query.system,
        shows: choices(&[("", "Leave out"), ("muted", "Only these"), ("all", "Show as well")]),
        shown: query.show,
        hidden: i64::try_from(hidden).unwrap_or(i64::MAX),
    };
    Ok(answer(show(&page), empty))
}

fn counted(count: i64, one: &str, many: &str) -> String {
    let words = Total::counted(count, COUNTED_MAX).words();
    format!("{words} {}", if count == 1 { one } else { many })
}

fn line(issue: &Issue, tenant: &TenantRow, now_ms: i64) -> IssueLine {
    let Group { key, count, people, few, since_ms, last_ms } = &issue.group;
    let base = format!("/t/{}", tenant.tenant);
    let at = |at_ms: i64| Moment::new(at_ms, now_ms, &tenant.time_zone);
    let advice = advice::of(&key.code);
    let pair = [("code", key.code.as_str()), ("cause", key.cause.as_str())];
    let is_read = key.code.starts_with(QUARANTINE);
    let (all, again, again_word) = if is_read {
        let all = address(&format!("{base}/journal"), &[("outcome", "quarantined"), ("event", &key.cause)]);
        (all, address(&format!("{base}/issues/read"), &pair), "Read all once more…")
    } else {
        let all = address(&format!("{base}/deliveries"), &[&[("state", "parked")], &pair[..]].concat());
        (all, address(&format!("{base}/deliveries/replay"), &pair), "Retry all…")
    };
    let counted_words = if is_read {
        counted(*count, "notification", "notifications")
    } else {
        counted(*count, "delivery", "deliveries")
    };
    IssueLine {
        code: key.code.clone(),
        cause: key.cause.clone(),
        sentence: sentence(&key.code).to_owned(),
        why: advice.map_or_else(String::new, |advice| advice.cause.to_owned()),
        repair: advice.map_or_else(String::new, |advice| advice.repair.to_owned()),
        mend: advice::place(&key.code).map(|place| mend(place, &base)),
        count: counted_words,
        people: if *people > 0 { counted(*people, "person", "people") } else { String::new() },
        few: few.clone(),
        since: at(*since_ms),
        last: at(*last_ms),
        all,
        again,
        again_word: again_word.to_owned(),
        muted: issue.muted.as_ref().map(|row| (row.actor.clone(), at(row.muted_ms))),
    }
}

/// The link to where a cause is mended.
pub(super) fn mend(place: Where, base: &str) -> Mend {
    let (word, path) = match place {
        Where::LeadSquared => ("Open LeadSquared's keys and types", "leadsquared"),
        Where::Registrations => ("Open the mapping", "registrations"),
        Where::SignIn => ("Sign in with Zoom", "configure"),
        Where::Rules => ("Open the rules", "rules"),
        Where::Sharing => ("Share the Zoom account", "sharing"),
        Where::People => ("Say who it is", "people"),
    };
    Mend { word: word.to_owned(), link: format!("{base}/{path}") }
}

/// The groups as a table.
pub(super) async fn table(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let id = tenant.tenant.clone();
    let reading =
        shared.store.read(move |unit| Box::pin(async move { issue::page(unit, &id, None, TABLE_GROUPS_MAX).await }));
    let known = reading.await?;
    let head = ["code", "what", "in common", "why", "what to do", "how many", "people", "since", "last", "muted by"];
    let mut table = Table::new(&head);
    let now_ms = shared.clock.now_ms();
    for issue in
        known.issues.iter().filter(|one| is_of(&query.system, &one.group.key.code) && is_shown(&query.show, one))
    {
        let line = line(issue, &tenant, now_ms);
        let (count, people) = (issue.group.count.to_string(), issue.group.people.to_string());
        let muted = line.muted.as_ref().map(|(who, _)| who.as_str()).unwrap_or_default();
        let (since, last) = (&line.since.iso, &line.last.iso);
        table.push(&[
            &line.code,
            &line.sentence,
            &line.cause,
            &line.why,
            &line.repair,
            &count,
            &people,
            since,
            last,
            muted,
        ]);
    }
    Ok(table.answer("issues"))
}

/// Which group is meant.
#[derive(Deserialize)]
pub(super) struct GroupQuery {
    #[serde(default)]
    code: String,
    #[serde(default)]
    cause: String,
}

fn key_of(code: &str, cause: &str) -> Key {
    Key { code: wanted(code), cause: cause.chars().take(CAUSE_CHARS_MAX).collect() }
}

/// Asks before notifications of a group are read once more.
pub(super) async fn ask(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<GroupQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (id, key) = (tenant.tenant.clone(), key_of(&query.code, &query.cause));
    let wanted = key.clone();
    let reading =
        shared.store.read(move |unit| Box::pin(async move { issue::quarantined_of(unit, &id, &wanted).await }));
    let count = reading.await?.map_or(0, |group| group.count.min(COUNTED_MAX));
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let page = Replay {
        frame: frame(&shared, &who, ("Read once more", Place::Issues), Some(&tenant)).await?,
        what: What::Notifications,
        count,
        effects: vec![format!("{} read as they came; what they tell follows as if it came now.", thousands(count))],
        filters: vec![pair("Cause", sentence(&key.code)), pair("Event", &key.cause)],
        fields: vec![pair("code", &key.code), pair("cause", &key.cause)],
        action: format!("/t/{}/issues/read", tenant.tenant),
        back: format!("/t/{}/issues", tenant.tenant),
    };
    Ok(show(&page))
}

/// A form about one group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    cause: String,
}

/// The tenant and the group that a form is about.
async fn group_of(shared: &Shared, who: &Admin, tenant: &str, form: &GroupForm) -> Result<(TenantRow, Key), Failure> {
    who.check(&form.form_token)?;
    Ok((tenant_of(shared, who, tenant).await?, key_of(&form.code, &form.cause)))
}

pub(super) async fn read_again(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<GroupForm>,
) -> Page {
    let (tenant, key) = group_of(&shared, &who, &tenant, &form).await?;
    let (id, actor, now_ms) = (tenant.tenant.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let writing = shared.store.write(move |unit| {
        Box::pin(async move {
            let count = issue::read_again(unit, &id, &key, now_ms).await?;
            let detail = format!("{count} notifications");
            audit::write(unit, &actor, Some(&id), ("journal.replayed", &detail), now_ms).await?;
            Ok(count)
        })
    });
    let count = writing.await?;
    shared.wakes.translator.wake();
    Ok(back(&tenant, if count > 0 { "replayed" } else { "nothing" }))
}

/// The list once more, saying what was done.
fn back(tenant: &TenantRow, done: &str) -> axum::response::Response {
    see(&address(&format!("/t/{}/issues", encode(tenant.tenant.as_str())), &[("done", done)]))
}

pub(super) async fn mute(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<GroupForm>,
) -> Page {
    let (tenant, key) = group_of(&shared, &who, &tenant, &form).await?;
    let (id, actor, now_ms) = (tenant.tenant.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let writing = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(group) = issue::of(unit, &id, &key).await? else { return Ok(false) };
            let row = MutedRow { key, count: group.count, actor: actor.clone(), muted_ms: now_ms };
            muted::mute(unit, &id, &row).await?;
            audit::write(unit, &actor, Some(&id), ("issue.muted", &row.key.code), now_ms).await?;
            Ok(true)
        })
    });
    let is_done = writing.await?;
    Ok(back(&tenant, if is_done { "muted" } else { "nothing" }))
}

pub(super) async fn unmute(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<GroupForm>,
) -> Page {
    let (tenant, key) = group_of(&shared, &who, &tenant, &form).await?;
    let (id, actor, now_ms) = (tenant.tenant.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let writing = shared.store.write(move |unit| {
        Box::pin(async move {
            if muted::unmute(unit, &id, &key).await? {
                audit::write(unit, &actor, Some(&id), ("issue.unmuted", &key.code), now_ms).await?;
            }
            Ok(())
        })
    });
    writing.await?;
    Ok(back(&tenant, "unmuted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_of_whoever_refused() {
        for (system, code, is) in [
            ("", "lsq.rejected", true),
            ("leadsquared", "lsq.rejected", true),
            ("leadsquared", "zoom.plan", false),
            ("zoom", "zoom.plan", true),
            ("connector", "quarantine.field", true),
            ("connector", "rule.failed", true),
            ("connector", "zoom.plan", false),
            ("nonsense", "zoom.plan", true),
        ] {
            assert_eq!(is_of(system, code), is, "{system} {code}");
        }
    }

    #[test]
    fn the_group_behind_which_a_page_begins_is_read_back() {
        assert_eq!(behind("lsq.rejected~a ~ b").unwrap().cause, "a ~ b");
        assert!(behind("").is_none() && behind("lsq.rejected").is_none());
    }
}
