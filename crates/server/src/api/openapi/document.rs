//! The tables of routes as an OpenAPI 3.1 document.

use super::Area;
use super::table::{APP, Answer, Field, Operation, Schema, WISH};
use axum::http::StatusCode;
use connector_core::scope::Scope;
use serde_json::{Map, Value, json};

/// The largest whole number that every reader of JSON keeps: 2⁵³ − 1.
const SAFE_MAX: i64 = 9_007_199_254_740_991;

/// What is said of texts in which people may stand.
const MASKED: &str = "Masked for a key without `read_personal`.";

/// Schemas that have a name, as they are met.
type Known = Map<String, Value>;

/// The document.
pub(super) fn of(areas: &[Area]) -> Value {
    let (mut paths, mut known) = (Map::new(), Known::new());
    known.insert("Problem".to_owned(), problem());
    for (tag, operations) in areas {
        for operation in *operations {
            let entry = paths.entry(format!("/api/v1{}", operation.path)).or_insert_with(|| json!({}));
            if let Value::Object(methods) = entry {
                methods.insert(operation.method.to_owned(), described(operation, tag, &mut known));
            }
        }
    }
    let tags: Vec<Value> = areas.iter().map(|(name, _)| json!({ "name": name })).collect();
    let scopes: Vec<String> =
        Scope::ALL.iter().map(|scope| format!("`{}`: {}", scope.as_str(), scope.words())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Zoom Connector for LeadSquared",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keys, scopes, pages, keys of requests and problems are explained in docs/api.md.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "components": {
            "securitySchemes": { "key": {
                "type": "http",
                "scheme": "bearer",
                "description": format!("A key of the API, `zck_…`, with scopes. {}.", scopes.join("; ")),
            } },
            "schemas": known,
            "responses": { "Refused": {
                "description": "Refused, with a sentence to act on (RFC 9457).",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
        },
        "paths": paths,
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "code": { "type": "string", "description": "Stable; docs/api.md lists them." },
            "detail": { "type": "string", "description": "A sentence to act on." },
            "scope": { "type": "string", "description": "The scope that the key lacks." },
            "path": { "type": "string", "description": "The place in what was sent, as people write it." },
            "pointer": { "type": "string", "description": "The same place as a JSON pointer." },
            "line": { "type": "integer" },
            "column": { "type": "integer" },
        },
        "required": ["type", "title", "status", "code", "detail"],
        "additionalProperties": false,
    })
}

fn described(operation: &Operation, tag: &str, known: &mut Known) -> Value {
    let mut parameters: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": schema(&in_path(name), known) }))
        .collect();
    parameters.extend(operation.query.iter().map(|field| parameter(field, "query", known)));
    if operation.is_write() {
        parameters.push(parameter(&super::super::idempotency::HEADER, "header", known));
    }
    let mut responses = Map::new();
    for (status, answer) in operation.answers {
        responses.insert(status.to_string(), answered(*status, answer, known));
    }
    for status in operation.refused_with() {
        responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Refused" }));
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
        "security": [{ "key": [operation.scope.as_str()] }],
    });
    if let (Value::Object(described), Some((body, example))) = (&mut described, operation.body) {
        let example: Value = serde_json::from_str(example).unwrap_or(Value::Null);
        let content = json!({ "application/json": { "schema": schema(body, known), "example": example } });
        described.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    described
}

/// What stands in the path under that name.
fn in_path(name: &str) -> Schema {
    match name {
        "tenant" => Schema::Pattern("^[a-z0-9-]{1,40}$"),
        "app" => APP,
        "wish" => WISH,
        "version" => Schema::Integer(0, SAFE_MAX),
        "webinar" => Schema::Pattern("^[0-9]{9,12}$"),
        _ => Schema::Pattern("^[A-Za-z0-9._~-]{1,200}$"),
    }
}

fn parameter(field: &Field, place: &str, known: &mut Known) -> Value {
    json!({
        "name": field.name,
        "in": place,
        "required": field.required,
        "description": if field.finds_people { said(field.about, "Needs `read_personal`.") } else { field.about.to_owned() },
        "schema": schema(&field.schema, known),
    })
}

fn answered(status: u16, answer: &Answer, known: &mut Known) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Done");
    match answer {
        Answer::Nothing => json!({ "description": reason }),
        Answer::Calendar => {
            let file = json!({ "type": "string", "description": MASKED });
            json!({ "description": reason, "content": { "text/calendar": { "schema": file } } })
        }
        Answer::Json(of) => {
            let mut answered =
                json!({ "description": reason, "content": { "application/json": { "schema": schema(of, known) } } });
            if let (Value::Object(fields), Schema::Page(_)) = (&mut answered, of) {
                let about = "Where the next page is (`rel=\"next\"`), if there is one.";
                let link = json!({ "Link": { "description": about, "schema": { "type": "string" } } });
                fields.insert("headers".to_owned(), link);
            }
            answered
        }
    }
}

/// A schema as JSON Schema says it; those with names are put aside and referred to.
fn schema(of: &Schema, known: &mut Known) -> Value {
    match of {
        Schema::Text | Schema::Staff => json!({ "type": "string" }),
        Schema::Person | Schema::Words | Schema::Value => json!({ "type": "string", "description": MASKED }),
        Schema::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        Schema::Short(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
        Schema::Time => json!({ "type": "string", "format": "date-time" }),
        Schema::Integer(least, most) => {
            let (least, most) = ((*least).max(-SAFE_MAX), (*most).min(SAFE_MAX));
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::Choice(choices) => json!({ "type": "string", "enum": choices }),
        Schema::Any => json!({}),
        Schema::Raw => json!({ "description": MASKED }),
        Schema::AnyObject => json!({ "type": "object" }),
        Schema::List(item) => json!({ "type": "array", "items": schema(item, known) }),
        Schema::Map(value) => json!({ "type": "object", "additionalProperties": schema(value, known) }),
        Schema::Places(places) => {
            let count = places.len();
            let places: Vec<Value> = places.iter().map(|place| schema(place, known)).collect();
            json!({ "type": "array", "prefixItems": places, "minItems": count, "maxItems": count })
        }
        Schema::Maybe(inner) => json!({ "anyOf": [schema(inner, known), { "type": "null" }] }),
        Schema::OneOf(several) => {
            let several: Vec<Value> = several.iter().map(|one| schema(one, known)).collect();
            json!({ "oneOf": several })
        }
        Schema::Object(groups) => object(groups, known),
        Schema::Named(name, inner) => {
            if !known.contains_key(*name) {
                let told = schema(inner, known);
                known.insert((*name).to_owned(), told);
            }
            json!({ "$ref": format!("#/components/schemas/{name}") })
        }
        Schema::Page(item) => json!({
            "type": "object",
            "properties": {
                "items": { "type": "array", "items": schema(item, known) },
                "next": { "type": "string", "description": "Where the next page begins; absent on the last." },
            },
            "required": ["items"],
            "additionalProperties": false,
        }),
    }
}

/// Two sentences, of which either may be empty.
fn said(about: &str, more: &str) -> String {
    format!("{about} {more}").trim().to_owned()
}

fn object(groups: &[&[Field]], known: &mut Known) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in groups.iter().flat_map(|group| group.iter()) {
        let mut told = schema(&field.schema, known);
        if let (Value::Object(told), false) = (&mut told, field.about.is_empty()) {
            let more = told.get("description").and_then(Value::as_str).unwrap_or_default();
            let about = said(field.about, more);
            told.insert("description".to_owned(), about.into());
        }
        properties.insert(field.name.to_owned(), told);
        if field.required {
            required.push(field.name);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
