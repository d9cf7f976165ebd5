//! The description of the API: made from a list of its routes, which a test compares with the router.

use axum::Json;
use serde_json::{Map, Value, json};

/// A route: method, path below `/api/v1`, what it does, and whether a body is wanted.
pub struct Route(pub &'static str, pub &'static str, pub &'static str, pub &'static [&'static str]);

/// Every route of the API, with the fields of its body.
pub const ROUTES: &[Route] = &[
    Route("get", "/tenants", "All tenants. Needs an operator's key.", &[]),
    Route(
        "post",
        "/tenants",
        "Set a tenant up: keys are tried, host and time zone discovered, activity types found or created.",
        &["tenant", "name", "access_key", "secret_key", "leadsquared_api"],
    ),
    Route("get", "/tenants/{tenant}", "One tenant.", &[]),
    Route(
        "put",
        "/tenants/{tenant}/keys",
        "Replace the LeadSquared keys, after trying them.",
        &["access_key", "secret_key"],
    ),
    Route("post", "/tenants/{tenant}/set-up", "Find or create the activity types once more.", &[]),
    Route("get", "/tenants/{tenant}/settings", "The settings in force and their version.", &[]),
    Route("put", "/tenants/{tenant}/settings", "Save settings read at that version.", &["version", "settings"]),
    Route("get", "/tenants/{tenant}/settings/versions", "Versions of the settings, newest first: before, limit.", &[]),
    Route("get", "/tenants/{tenant}/settings/versions/{version}", "The settings of one version.", &[]),
    Route(
        "get",
        "/tenants/{tenant}/settings/versions/{version}/difference",
        "What changed from that version to the one named by with.",
        &[],
    ),
    Route(
        "post",
        "/tenants/{tenant}/settings/versions/{version}/restore",
        "Make an earlier version the newest; version is the one in force.",
        &["version"],
    ),
    Route(
        "post",
        "/tenants/{tenant}/settings/rehearsal",
        "Run the last webinar under settings that are not saved: what would change. Writes nothing.",
        &["settings"],
    ),
    Route(
        "post",
        "/tenants/{tenant}/settings/preview",
        "What a registrant of the last webinar would become under settings that are not saved. Writes nothing.",
        &["settings", "registrant"],
    ),
    Route("get", "/tenants/{tenant}/lead-fields", "The lead fields of the LeadSquared account, read now.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/settings/check",
        "Say what is wrong with settings, their rules included; nothing is saved.",
        &["settings"],
    ),
    Route("get", "/tenants/{tenant}/connections", "The latest sign-in of each Zoom app.", &[]),
    Route("delete", "/tenants/{tenant}/connections/{app}", "Disconnect.", &[]),
    Route("post", "/tenants/{tenant}/connections/{app}/sign-in", "Begin a sign-in with Zoom.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/connections/{app}/sign-in/complete",
        "Hand over the address that Zoom sent the browser to; answers what would be connected.",
        &["callback_url", "secret"],
    ),
    Route("post", "/tenants/{tenant}/connections/{app}/sign-in/confirm", "Connect.", &["state", "secret"]),
    Route("post", "/tenants/{tenant}/connections/{app}/link", "A link for a Zoom admin without an account here.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/connections/{app}/stand-by",
        "Begin the sign-in of a second admin, who stands by; complete and confirm it as any other.",
        &[],
    ),
    Route("delete", "/tenants/{tenant}/connections/{app}/stand-by", "Nobody stands by any more.", &[]),
    Route("get", "/tenants/{tenant}/connections/{app}/shares", "What is shared of a sign-in, and with it.", &[]),
    Route("post", "/tenants/{tenant}/connections/{app}/shares", "Offer a sign-in to another tenant.", &["rules"]),
    Route("delete", "/tenants/{tenant}/connections/{app}/shares/{id}", "End a share.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/connections/{app}/where",
        "Say where an event would go.",
        &["host", "host_email", "topic"],
    ),
    Route("post", "/tenants/{tenant}/shares/accept", "Accept what another tenant offers.", &["code"]),
    Route("get", "/tenants/{tenant}/alerts", "Alerts, and the posts that tell of them, newest first.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/alerts/addresses",
        "Tell alerts at one more web or mail address; answers its id, and for a web address the secret.",
        &["address"],
    ),
    Route("delete", "/tenants/{tenant}/alerts/addresses/{id}", "Tell alerts there no more.", &[]),
    Route("post", "/tenants/{tenant}/alerts/test", "Post a test to the address.", &[]),
    Route("get", "/tenants/{tenant}/removals", "Evidence of apps that were removed in Zoom.", &[]),
    Route("get", "/tenants/{tenant}/journal", "Notifications, newest first: outcome, event, before, limit.", &[]),
    Route("get", "/tenants/{tenant}/journal/{id}", "One notification with its body and what followed.", &[]),
    Route("post", "/tenants/{tenant}/journal/{id}/replay", "Read a notification once more.", &[]),
    Route("get", "/tenants/{tenant}/deliveries", "Deliveries, newest first: state, code, who, before, limit.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/deliveries/replay",
        "Count, or with confirm replay, the parked deliveries that match.",
        &["code", "who", "confirm"],
    ),
    Route("get", "/tenants/{tenant}/deliveries/{id}", "One delivery with its command and attempts.", &[]),
    Route("post", "/tenants/{tenant}/deliveries/{id}/replay", "Let a parked delivery go again.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/meetings",
        "Schedule a Zoom meeting for leads; waits some seconds for Zoom, else answers pending.",
        &[
            "wish",
            "lead",
            "topic",
            "start",
            "zone",
            "minutes",
            "host",
            "agenda",
            "owner_email",
            "offset",
            "guests",
            "alternative_hosts",
            "waiting_room",
            "sign_up",
            "passcode",
            "repeat",
            "every",
            "times",
            "until",
        ],
    ),
    Route(
        "get",
        "/tenants/{tenant}/people",
        "People whom Zoom does not name, who they may be, and who was decided.",
        &[],
    ),
    Route("post", "/tenants/{tenant}/people/{id}", "Say who somebody is: `email`, `nobody` or `undo`. 202.", &[]),
    Route("get", "/tenants/{tenant}/meetings/{wish}", "What became of a scheduled meeting.", &[]),
    Route(
        "patch",
        "/tenants/{tenant}/meetings/{wish}",
        "Move or rename a meeting that was scheduled here, or with `?occurrence=` move one date of a series; what is left out stays.",
        &["wish", "topic", "start", "zone", "offset", "minutes"],
    ),
    Route(
        "delete",
        "/tenants/{tenant}/meetings/{wish}",
        "Cancel a meeting that was scheduled here, or with `?occurrence=` one date of a series.",
        &[],
    ),
    Route("get", "/tenants/{tenant}/meetings/{wish}/meeting.ics", "The meeting as a calendar file.", &[]),
    Route("get", "/tenants/{tenant}/webinars", "The coming webinars, asked of Zoom.", &[]),
    Route("get", "/tenants/{tenant}/webinars/{webinar}/questions", "What a webinar's registration form asks.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/webinars/{webinar}/leads",
        "Add leads (e-mail addresses, lead ids) or a whole list to a webinar; the same wish again adds nobody twice.",
        &["wish", "leads", "list", "list_name", "occurrence", "answers"],
    ),
    Route(
        "post",
        "/tenants/{tenant}/registrants",
        "Fetch registrations from Zoom: of one `webinar`, or of all that are planned. 202; the same wish again fetches once.",
        &["wish", "webinar"],
    ),
    Route("get", "/tenants/{tenant}/migration", "How far the tenant is on its way off the old JWT app.", &[]),
    Route(
        "post",
        "/tenants/{tenant}/migration",
        "Do a step: begin, installed, mark_custom, release, start_test, accept_test, deactivated, finish, back.",
        &["act", "uses", "on", "reviewer", "reason"],
    ),
    Route(
        "post",
        "/tenants/{tenant}/migration/invite",
        "Invite an account manager to review custom logic: a link that works once.",
        &["email", "name"],
    ),
    Route(
        "put",
        "/tenants/{tenant}/migration/old-app",
        "Listen to the old JWT app. 204.",
        &["account", "verification_token", "secret_token", "api_key", "api_secret"],
    ),
    Route("delete", "/tenants/{tenant}/migration/old-app", "Do not listen to it; its credentials are destroyed.", &[]),
    Route("get", "/tenants/{tenant}/lists", "The lists of leads, asked of LeadSquared.", &[]),
    Route("get", "/tenants/{tenant}/additions/{wish}", "How far the adding of leads is, in counts.", &[]),
    Route(
        "get",
        "/tenants/{tenant}/additions/{wish}/leads",
        "What became of each lead: `standing`, `who`, `after`, `limit`.",
        &[],
    ),
];

/// The OpenAPI document.
pub(super) async fn description() -> Json<Value> {
    Json(document())
}

fn document() -> Value {
    let mut paths = Map::new();
    for Route(method, path, summary, fields) in ROUTES {
        let entry = paths.entry(format!("/api/v1{path}")).or_insert_with(|| json!({}));
        if let Value::Object(methods) = entry {
            methods.insert((*method).to_owned(), operation(path, summary, fields));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Zoom Connector for LeadSquared", "version": env!("CARGO_PKG_VERSION") },
        "security": [{ "key": [] }],
        "components": { "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } } },
        "paths": paths,
    })
}

fn operation(path: &str, summary: &str, fields: &[&str]) -> Value {
    let parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let mut operation = json!({
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "2XX": { "description": "Done.", "content": { "application/json": {} } },
            "4XX": { "description": "Refused, with the sentence to act on.", "content": { "application/problem+json": {} } },
            "5XX": { "description": "Not now.", "content": { "application/problem+json": {} } },
        },
    });
    if let (Value::Object(operation), false) = (&mut operation, fields.is_empty()) {
        let properties: Map<String, Value> = fields.iter().map(|field| ((*field).to_owned(), json!({}))).collect();
        let schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        operation.insert("requestBody".to_owned(), json!({ "content": { "application/json": { "schema": schema } } }));
    }
    operation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_lists_exactly_the_routes_of_the_router() {
        let source = include_str!("mod.rs");
        let router = source.split("pub fn router()").nth(1).unwrap().split(".fallback").next().unwrap();
        let mut served: Vec<(String, String)> = Vec::new();
        for route in router.split(".route(").skip(1) {
            let (path, methods) = route.split_once('"').unwrap().1.split_once('"').unwrap();
            for method in ["get", "post", "put", "patch", "delete"] {
                if methods.contains(&format!("{method}(")) && path != "/openapi.json" {
                    served.push((method.to_owned(), path.to_owned()));
                }
            }
        }
        let mut described: Vec<_> =
            ROUTES.iter().map(|Route(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
        served.sort();
        described.sort();
        assert_eq!(served, described);
    }
}
