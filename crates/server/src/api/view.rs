//! Stored rows as JSON, for the API and for `--json` on the command line. Never a token, a key or a raw secret.

use crate::connections::sign_in::Offer;
use crate::store::attempt::AttemptRow;
use crate::store::connection::ConnectionRow;
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::NotificationRow;
use crate::store::tenant::TenantRow;
use connector_core::code::sentence;
use connector_core::redact::redact_json;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// A tenant.
#[derive(Debug, Serialize)]
pub struct TenantView {
    /// Its id.
    pub tenant: String,
    /// Shown to people.
    pub name: String,
    /// Why nothing is sent at the moment, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PausedView>,
    /// Base address of LeadSquared's API.
    pub leadsquared_api: String,
    /// The user the keys belong to.
    pub leadsquared_user: Option<String>,
    /// Name of the LeadSquared account.
    pub leadsquared_account: Option<String>,
    /// IANA zone.
    pub time_zone: String,
    /// When it was set up.
    pub created: String,
}

/// Why a tenant is paused.
#[derive(Debug, Serialize)]
pub struct PausedView {
    /// Stable code.
    pub code: String,
    /// In plain words.
    pub sentence: String,
    /// What LeadSquared said.
    pub detail: String,
    /// Since when.
    pub since: String,
}

impl From<&TenantRow> for TenantView {
    fn from(row: &TenantRow) -> Self {
        let paused = row.paused.as_ref().map(|(code, detail, since_ms)| PausedView {
            code: code.clone(),
            sentence: sentence(code).to_owned(),
            detail: detail.clone(),
            since: time(*since_ms),
        });
        Self {
            tenant: row.tenant.to_string(),
            name: row.name.clone(),
            paused,
            leadsquared_api: row.crm_api.clone(),
            leadsquared_user: row.crm_user.clone(),
            leadsquared_account: row.org_name.clone(),
            time_zone: row.time_zone.clone(),
            created: time(row.created_ms),
        }
    }
}

/// A connection.
#[derive(Debug, Serialize)]
pub struct ConnectionView {
    /// `meetings` or `webinars`.
    pub app: String,
    /// `active`, `broken` (sign in again) or `ended`.
    pub state: String,
    /// Why it is broken or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Zoom account id.
    pub zoom_account: String,
    /// Zoom user id.
    pub zoom_user: String,
    /// The user's address.
    pub email: Option<String>,
    /// Whether it is by the tenant's own Zoom app instead of a person's sign-in.
    pub own_app: bool,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// What the licence check found.
    pub licences: Value,
    /// When it began.
    pub began: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

impl From<&ConnectionRow> for ConnectionView {
    fn from(row: &ConnectionRow) -> Self {
        let state = if row.ended_ms.is_some() { "ended" } else { row.state.as_str() };
        Self {
            app: row.app.as_str().to_owned(),
            state: state.to_owned(),
            reason: row.ended_code.clone().or_else(|| row.broken_code.clone()),
            zoom_account: row.account.clone(),
            zoom_user: row.zoom_user.clone(),
            email: row.email.clone(),
            own_app: row.own_app,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            licences: serde_json::from_str(&row.licences).unwrap_or(Value::Null),
            began: time(row.began_ms),
            ended: row.ended_ms.map(time),
        }
    }
}

/// A sign-in that waits for confirmation.
#[derive(Debug, Serialize)]
pub struct OfferView {
    /// The Zoom user's address.
    pub email: Option<String>,
    /// Zoom user id.
    pub zoom_user: String,
    /// Zoom account id.
    pub zoom_account: String,
    /// The user's role in the Zoom account.
    pub role: Option<String>,
    /// Scopes that are missing, by feature.
    pub missing: Vec<(String, Vec<String>)>,
    /// Another tenant is connected with this Zoom user and would be disconnected.
    pub takes_over: bool,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            email: offer.email.clone(),
            zoom_user: offer.zoom_user.clone(),
            zoom_account: offer.account.clone(),
            role: offer.role.clone(),
            missing: offer.missing.clone(),
            takes_over: offer.takes_over,
        }
    }
}

/// A notification.
#[derive(Debug, Serialize)]
pub struct NotificationView {
    /// Its id; sorts by arrival.
    pub id: String,
    /// Through which door it came.
    pub source: String,
    /// The event's name.
    pub event: String,
    /// When it was made.
    pub event_time: String,
    /// When it came in.
    pub received: String,
    /// How often it came.
    pub copies: i64,
    /// Whether it came in the late lane.
    pub late: bool,
    /// `pending`, `merged`, `ignored` or `quarantined`.
    pub outcome: String,
    /// Stable code of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// What exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The fact it told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
}

impl From<&NotificationRow> for NotificationView {
    fn from(row: &NotificationRow) -> Self {
        Self {
            id: row.id.clone(),
            source: row.source.clone(),
            event: row.event.clone(),
            event_time: time(row.event_ts_ms),
            received: time(row.received_ms),
            copies: row.copies,
            late: row.late,
            outcome: row.state.clone(),
            code: row.code.clone(),
            sentence: row.code.as_deref().map(|code| sentence(code).to_owned()),
            detail: row.detail.clone(),
            fact: row.fact.clone(),
        }
    }
}

/// A notification with its body and what followed from it.
#[derive(Debug, Serialize)]
pub struct NotificationDetail {
    /// The notification.
    #[serde(flatten)]
    pub notification: NotificationView,
    /// The body, its secrets covered.
    pub body: Value,
    /// The deliveries that follow from its fact.
    pub deliveries: Vec<DeliveryView>,
}

/// A body with its secrets covered; a text where it is no JSON.
#[must_use]
pub fn body(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let covered = redact_json(&text).and_then(|json| serde_json::from_str(&json).ok());
    covered.unwrap_or_else(|| Value::String(connector_core::redact::clip(&text, 2_000)))
}

/// A delivery.
#[derive(Debug, Serialize)]
pub struct DeliveryView {
    /// Its id; sorts by planning.
    pub id: String,
    /// `leadsquared` or `zoom`.
    pub destination: String,
    /// `lead`, `find`, `activity`, `task`, `create_meeting`.
    pub kind: String,
    /// The person in words.
    pub who: String,
    /// What it is in words.
    pub what: String,
    /// Where it stands.
    pub state: String,
    /// Stable code of the last cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The last cause in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// What the remote system said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Tries that ended without being applied.
    pub tries: i64,
    /// When it is tried or looked at next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try: Option<String>,
    /// What the remote system calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// How we know: `answer`, `marker`, `cache`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The fact it follows from.
    pub fact: String,
    /// The settings it was planned with.
    pub settings_version: i64,
    /// When it was planned.
    pub planned: String,
    /// When it last changed.
    pub updated: String,
}

impl From<&ListedDelivery> for DeliveryView {
    fn from(row: &ListedDelivery) -> Self {
        let open = matches!(row.state.as_str(), "ready" | "unknown");
        Self {
            id: row.id.clone(),
            destination: row.destination.clone(),
            kind: row.kind.clone(),
            who: row.who.clone(),
            what: row.what.clone(),
            state: row.state.clone(),
            code: row.code.clone(),
            sentence: row.code.as_deref().map(|code| sentence(code).to_owned()),
            detail: row.detail.clone(),
            tries: row.tries,
            next_try: open.then(|| time(row.next_at_ms)),
            result: row.result.clone(),
            proof: row.proof.clone(),
            fact: row.fact.clone(),
            settings_version: row.settings_version,
            planned: time(row.planned_ms),
            updated: time(row.updated_ms),
        }
    }
}

/// A delivery with its command and its attempts.
#[derive(Debug, Serialize)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// The command, as it is sent.
    pub command: Value,
    /// The calls that carried it, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// A call that carried a delivery.
#[derive(Debug, Serialize)]
pub struct AttemptView {
    /// The remote system's name of the call.
    pub operation: String,
    /// Deliveries in it.
    pub rows: i64,
    /// When it began.
    pub started: String,
    /// When its answer was in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// How it ended for the call as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl From<&AttemptRow> for AttemptView {
    fn from(row: &AttemptRow) -> Self {
        Self {
            operation: row.operation.clone(),
            rows: row.rows,
            started: time(row.started_ms),
            ended: row.ended_ms.map(time),
            outcome: row.outcome.clone(),
            detail: row.detail.clone(),
        }
    }
}
