//! Following one person or one fact: finding whom somebody means, and the way from Zoom's notification to LeadSquared's answer.

use super::super::delivery::AttemptLine;
use super::super::follow::{Follow, FoundLine, SentLine, StepCard, ToldLine};
use super::super::frame::Place;
use super::super::notification::Pair;
use super::super::part::Moment;
use super::delivery::{attempt_line, command_pairs, destination, lead_link, proof};
use super::list::wanted;
use super::session::Admin;
use super::{Failure, Page, address, facts, frame, show, sight, tenant_of, words};
use crate::app::Shared;
use crate::store::attempt::AttemptRow;
use crate::store::delivery_list::ListedDelivery;
use crate::store::follow::{self, Found, Step, Subject, Wanted, Way};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use connector_core::code::advice;
use connector_core::delivery::State as Stands;
use connector_core::redact::cover_links;
use connector_core::redact::mask::Sight;
use connector_core::translate::{Command, handles};
use serde::Deserialize;

/// Whom or what is followed.
#[derive(Deserialize)]
pub(super) struct FollowQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    fact: String,
    #[serde(default)]
    before: String,
}

/// What a text may name for whoever looks.
async fn meant(shared: &Shared, tenant: &TenantRow, (text, sight): (&str, Sight)) -> Result<Wanted, Failure> {
    if text.is_empty() {
        return Ok(Wanted::default());
    }
    let keys = shared.keys.of(&shared.store, &tenant.tenant).await.map(|key| key.tenant_keys());
    let Ok(keys) = keys else { return Ok(Wanted { text: text.to_owned(), ..Wanted::default() }) };
    let Some((persons, handles)) = handles::meant(&keys, text, sight) else { return Ok(Wanted::default()) };
    Ok(Wanted { text: text.to_owned(), persons, handles })
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<FollowQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let sight = who.sight(&tenant.tenant);
    let (q, before) = (wanted(&query.q), wanted(&query.before));
    let named = match (query.person.is_empty(), query.fact.is_empty()) {
        (false, _) => Some(Subject::Person(wanted(&query.person))),
        (true, false) => Some(Subject::Fact(wanted(&query.fact))),
        (true, true) => None,
    };
    let looked_for = meant(&shared, &tenant, (&q, sight)).await?;
    let (id, from) = (tenant.tenant.clone(), before.clone());
    let reading = shared.store.read(move |unit| {
        Box::pin(async move {
            let found = match &named {
                Some(_) => Vec::new(),
                None => follow::find(unit, &id, &looked_for).await?,
            };
            // Where only one is meant, nobody has to choose.
            let only = match found.as_slice() {
                [one] => Some(one.subject.clone()),
                [] | [_, ..] => None,
            };
            let subject = named.or(only);
            let before = Some(from.as_str()).filter(|from| !from.is_empty());
            let way = match &subject {
                Some(subject) => follow::way(unit, &id, subject, before).await?,
                None => None,
            };
            Ok((found, subject, way))
        })
    });
    let (found, subject, way) = reading.await?;
    let asked = !q.is_empty() || !query.person.is_empty() || !query.fact.is_empty();
    let base = format!("/t/{}/follow", tenant.tenant);
    let nothing = asked && way.is_none() && found.len() < 2;
    let way = seen(sight, way.unwrap_or_default());
    let title = if way.who.is_empty() { "Follow" } else { &way.who };
    let eyes = Eyes { sight, now_ms: shared.clock.now_ms(), zone: &tenant.time_zone };
    let at = |before: &str| subject.as_ref().map(|subject| link(&base, subject, before));
    let page = Follow {
        frame: frame(&shared, &who, (title, Place::Follow), Some(&tenant)).await?,
        nothing,
        found: if found.len() > 1 {
            found.iter().map(|one| found_line(one, &base, sight)).collect()
        } else {
            Vec::new()
        },
        lead_link: way.lead.as_deref().and_then(|lead| lead_link(&tenant, lead)),
        steps: way.steps.iter().map(|step| card(step, eyes)).collect(),
        earlier: way.before.as_deref().and_then(at),
        latest: if before.is_empty() { None } else { at("") },
        who: way.who,
        q,
    };
    Ok(show(&page))
}

/// The address that shows one subject.
fn link(base: &str, subject: &Subject, before: &str) -> String {
    match subject {
        Subject::Person(person) => address(base, &[("person", person), ("before", before)]),
        Subject::Fact(fact) => address(base, &[("fact", fact), ("before", before)]),
    }
}

/// Who looks, and from when and where.
#[derive(Clone, Copy)]
struct Eyes<'a> {
    sight: Sight,
    now_ms: i64,
    zone: &'a str,
}

/// Somebody's way as it is shown.
fn seen(sight: Sight, way: Way) -> Way {
    let step = |step: Step| Step {
        notifications: sight::notifications(sight, step.notifications),
        deliveries: step.deliveries.into_iter().map(|(row, calls)| (sight::delivery(sight, row), calls)).collect(),
        ..step
    };
    Way { who: sight.person(&way.who), steps: way.steps.into_iter().map(step).collect(), ..way }
}

fn found_line(found: &Found, base: &str, sight: Sight) -> FoundLine {
    let latest = found.latest.clone().map(|row| sight::delivery(sight, row));
    let words = match (&found.state, &latest) {
        (Some(state), _) => facts::what(state, sight),
        (None, Some(row)) => row.who.clone(),
        (None, None) => String::new(),
    };
    FoundLine { words, latest: latest.map(|row| row.what).unwrap_or_default(), link: link(base, &found.subject, "") }
}

fn card(step: &Step, eyes: Eyes<'_>) -> StepCard {
    let Eyes { sight, now_ms, zone } = eyes;
    let told = step.notifications.iter().map(|row| ToldLine {
        proven: proven(&row.source).to_owned(),
        line: words::notification_line(row, now_ms, zone),
    });
    StepCard {
        what: step
            .state
            .as_ref()
            .map_or_else(|| "What happened is no longer kept".to_owned(), |state| facts::what(state, sight)),
        pairs: sight::pairs(
            sight,
            step.state.as_ref().map(|state| facts::pairs(state, now_ms, zone)).unwrap_or_default(),
        ),
        told: told.collect(),
        sent: step.deliveries.iter().map(|(row, calls)| sent(row, calls, eyes)).collect(),
    }
}

/// How we know that what came through that door is genuine.
fn proven(source: &str) -> &'static str {
    match source {
        "zoom:meetings" | "zoom:webinars" => {
            "Genuine: Zoom's signature over the raw bytes was checked with the app's secret token before it was kept."
        }
        "zoom:legacy" => "Genuine: the old app's own token or signature was checked before it was kept.",
        "wish" => {
            "Asked for by somebody who was signed in, by a key of the API, or by LeadSquared's own secret address."
        }
        _ => "Read by the connector itself, in the answer to a call of its own.",
    }
}

fn sent(row: &ListedDelivery, calls: &[AttemptRow], eyes: Eyes<'_>) -> SentLine {
    let Eyes { sight, now_ms, zone } = eyes;
    let command: Option<Command> = serde_json::from_str(&row.command).ok();
    SentLine {
        line: words::delivery_line(row, now_ms, zone),
        planned: Moment::new(row.planned_ms, now_ms, zone),
        decided: decided(row).to_owned(),
        settings_version: row.settings_version,
        destination: destination(&row.destination).to_owned(),
        marker: command.as_ref().and_then(Command::marker).unwrap_or_default().to_owned(),
        command: command
            .map(|command| sight::pairs(sight, covered(command_pairs(&command, now_ms, zone))))
            .unwrap_or_default(),
        result: row.result.clone().unwrap_or_default(),
        attempts: calls
            .iter()
            .map(|call| attempt_line(call, now_ms, zone))
            .map(|line| AttemptLine { detail: sight.text(&line.detail), ..line })
            .collect(),
        proof: proof(row).to_owned(),
        next: next(row, now_ms, zone),
    }
}

/// What is wanted, without the keys in its links.
fn covered(pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.into_iter().map(|pair| Pair { value: cover_links(&pair.value), ..pair }).collect()
}

/// Which rule planned it.
fn decided(row: &ListedDelivery) -> &'static str {
    match row.kind.as_str() {
        "lead" => "Planned because the settings create or update the lead of whoever does this.",
        "find" => "Planned because the settings look the lead up here, and create none.",
        "activity" => "Planned because the settings post this activity when this happens.",
        "correction" => "Planned because more became known of what was posted before.",
        "task" if row.what.starts_with("Task") => "Planned because a rule for tasks holds for this person.",
        "task" => "Planned because the meeting is to have an appointment.",
        "change_task" | "read_task" => "Planned because the meeting and its appointment are to say the same.",
        "create_meeting" | "create_webinar" | "add_registrant" | "gather" => "Planned because somebody asked for it.",
        "change_meeting" | "delete_webinar" => "Planned because what was asked for changed.",
        _ => "Planned because it has to be read before more can be decided.",
    }
}

/// What happens next, and when.
fn next(row: &ListedDelivery, now_ms: i64, zone: &str) -> String {
    let at = |what: &str, soon: &str| {
        if row.next_at_ms > now_ms {
            format!("{what} {}.", Moment::new(row.next_at_ms, now_ms, zone).exact)
        } else {
            soon.to_owned()
        }
    };
    match Stands::parse(&row.state) {
        Some(Stands::Waiting) => "Next: it waits until Zoom, or somebody under People, says who this is.".to_owned(),
        Some(Stands::Ready) => {
            at("Next: it is sent at", "Next: it is sent as soon as its turn comes and the call limits allow.")
        }
        Some(Stands::Sending) => "Next: the call is under way; its answer decides.".to_owned(),
        Some(Stands::Unknown) => at("Next: it is looked for at", "Next: it is looked for now."),
        Some(Stands::Parked) => {
            let repair = row.code.as_deref().and_then(advice::of).map_or("", |advice| advice.repair);
            format!("Next: nothing by itself. {repair}").trim().to_owned()
        }
        Some(Stands::Delivered | Stands::Suppressed) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::ids::TenantId;

    fn row(state: &str, next_at_ms: i64) -> ListedDelivery {
        let text = String::new;
        ListedDelivery {
            tenant: TenantId::parse("acme").unwrap(),
            key: text(),
            id: text(),
            fact: text(),
            destination: "leadsquared".to_owned(),
            kind: "activity".to_owned(),
            who: text(),
            what: text(),
            command: text(),
            settings_version: 1,
            state: state.to_owned(),
            code: Some("lsq.rejected".to_owned()),
            detail: None,
            cause: text(),
            next_at_ms,
            tries: 0,
            result: None,
            proof: None,
            planned_ms: 0,
            updated_ms: 0,
        }
    }

    #[test]
    fn what_happens_next_is_said_with_its_time() {
        for (state, at_ms, says) in [
            ("ready", 60_000, "it is sent at 1 January 1970, 00:01:00 UTC."),
            ("ready", 0, "as soon as its turn comes"),
            ("unknown", 60_000, "it is looked for at 1 January"),
            ("parked", 60_000, "nothing by itself. Mend what the detail names"),
            ("waiting", 0, "says who this is"),
        ] {
            let next = next(&row(state, at_ms), 1, "UTC");
            assert!(next.contains(says), "{state}: {next}");
        }
        assert_eq!(next(&row("delivered", 0), 1, "UTC"), "");
    }
}
