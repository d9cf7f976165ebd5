//! Following one person or one fact: whom a text may mean, and the way from Zoom's notification to LeadSquared's answer.

use super::view::{AttemptView, DeliveryView, NotificationView};
use super::{Answer, Asked, Key, Path};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::follow::{self, Found, Step, Subject, Wanted, Way};
use axum::Json;
use axum::extract::State;
use connector_core::ids::TenantId;
use connector_core::scope::Scope;
use connector_core::translate::handles;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text that is looked for, in characters.
const TEXT_CHARS_MAX: usize = 128;

/// Whom or what to follow: a text, or what an answer named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Follow {
    q: Option<String>,
    person: Option<String>,
    fact: Option<String>,
    before: Option<String>,
}

/// Somebody or something that a text may mean.
#[derive(Debug, Serialize)]
struct FoundView {
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    /// The kind of the fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// The person in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
}

/// A delivery with the calls that were made for it.
#[derive(Debug, Serialize)]
struct SentView {
    #[serde(flatten)]
    delivery: DeliveryView,
    command: Value,
    attempts: Vec<AttemptView>,
}

/// A fact with what told of it and what followed.
#[derive(Debug, Serialize)]
struct StepView {
    fact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    notifications: Vec<NotificationView>,
    deliveries: Vec<SentView>,
}

/// What was found; the way where only one is meant.
#[derive(Debug, Serialize)]
pub(super) struct FollowView {
    found: Vec<FoundView>,
    /// The person in words; empty where it is a fact.
    who: String,
    /// The lead's id in LeadSquared.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<String>,
    /// Oldest first.
    steps: Vec<StepView>,
    /// Give it as `before` for what was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

impl From<&Found> for FoundView {
    fn from(found: &Found) -> Self {
        let (person, fact) = match &found.subject {
            Subject::Person(person) => (Some(person.clone()), None),
            Subject::Fact(fact) => (None, Some(fact.clone())),
        };
        let who = found.latest.as_ref().map(|row| row.who.clone());
        Self { person, fact, kind: found.state.as_ref().map(connector_core::fact::State::kind), who }
    }
}

impl From<&Step> for StepView {
    fn from(step: &Step) -> Self {
        let sent = step.deliveries.iter().map(|(row, calls)| SentView {
            delivery: DeliveryView::from(row),
            command: serde_json::from_str(&row.command).unwrap_or(Value::Null),
            attempts: calls.iter().map(AttemptView::from).collect(),
        });
        Self {
            fact: step.fact.clone(),
            kind: step.state.as_ref().map(connector_core::fact::State::kind),
            notifications: step.notifications.iter().map(NotificationView::from).collect(),
            deliveries: sent.collect(),
        }
    }
}

fn view(found: &[Found], way: Option<Way>) -> FollowView {
    let way = way.unwrap_or_default();
    FollowView {
        found: found.iter().map(FoundView::from).collect(),
        who: way.who,
        lead: way.lead,
        steps: way.steps.iter().map(StepView::from).collect(),
        before: way.before,
    }
}

/// What a text may name for that key; a key that does not see people asks for nobody by their address.
async fn meant(shared: &Shared, tenant: &TenantId, (text, key): (&str, &Key)) -> Result<Wanted, Problem> {
    let keys = shared.keys.of(&shared.store, tenant).await.map(|key| key.tenant_keys());
    let Ok(keys) = keys else { return Ok(Wanted { text: text.to_owned(), ..Wanted::default() }) };
    let meant = handles::meant(&keys, text, key.sight());
    let (persons, handles) = meant.ok_or_else(|| Problem::lacks(Scope::ReadPersonal))?;
    Ok(Wanted { text: text.to_owned(), persons, handles })
}

pub(super) async fn follow(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(asked): Asked<Follow>,
) -> Answer<FollowView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let named = match (asked.q, asked.person, asked.fact) {
        (Some(text), None, None) => Err(text.chars().take(TEXT_CHARS_MAX).collect::<String>()),
        (None, Some(person), None) => Ok(Subject::Person(person)),
        (None, None, Some(fact)) => Ok(Subject::Fact(fact)),
        _ => return Err(Problem::bad_request("Say one of three: q, person or fact.")),
    };
    let wanted = match &named {
        Ok(_) => Wanted::default(),
        Err(text) => meant(&shared, &tenant, (text.trim(), &key)).await?,
    };
    let reading = shared.store.read(move |unit| {
        Box::pin(async move {
            let found = if named.is_ok() { Vec::new() } else { follow::find(unit, &tenant, &wanted).await? };
            let only = match found.as_slice() {
                [one] => Some(one.subject.clone()),
                [] | [_, ..] => None,
            };
            let way = match named.ok().or(only) {
                Some(subject) => follow::way(unit, &tenant, &subject, asked.before.as_deref()).await?,
                None => None,
            };
            Ok((found, way))
        })
    });
    let (found, way) = reading.await?;
    if found.is_empty() && way.is_none() {
        return Err(Problem::not_found("person or fact"));
    }
    Ok(Json(view(&found, way)))
}
