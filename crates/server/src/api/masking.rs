//! Answers for keys that do not see people. What of an answer is masked stands in the table that describes its route: a field
//! that is described is masked, and one that is not described is not answered. How it is masked is `core::redact::mask`'s to say.

use super::openapi::table::{Answer, Operation, Schema};
use axum::body::Body;
use axum::http::header;
use axum::response::Response;
use connector_core::redact::mask::Sight;
use serde_json::Value;

/// An answer as a key of that sight sees it. A refusal names nobody whom the request did not name.
pub(super) async fn seen(sight: Sight, operation: &Operation, response: Response) -> Response {
    let status = response.status();
    let schema = operation.answers.iter().find_map(|(known, answer)| match answer {
        Answer::Json(schema) if *known == status.as_u16() => Some(*schema),
        Answer::Json(_) | Answer::Nothing | Answer::Calendar => None,
    });
    let Some(schema) = schema.filter(|_| sight.is_masked()) else { return response };
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // What cannot be read cannot be masked, and is not passed on.
    let mut value = serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    mask(sight, schema, &mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

/// Masks what a value says of people, by its schema.
fn mask(sight: Sight, schema: &Schema, value: &mut Value) {
    match schema {
        Schema::Person => text(value, |text| sight.person(text)),
        Schema::Words => text(value, |text| sight.parts(text)),
        Schema::Value => text(value, |text| sight.value(text)),
        Schema::Raw => sight.raw(value),
        Schema::List(item) => items(value, |_| Some(item), sight),
        Schema::Places(places) => items(value, |place| places.get(place), sight),
        Schema::Map(inner) => {
            let fields = value.as_object_mut().into_iter().flatten();
            fields.for_each(|(_, value)| mask(sight, inner, value));
        }
        Schema::Maybe(inner) | Schema::Named(_, inner) => mask(sight, inner, value),
        Schema::OneOf(several) => several.iter().for_each(|one| mask(sight, one, value)),
        Schema::Object(groups) => {
            for field in groups.iter().flat_map(|group| group.iter()) {
                if let Some(value) = value.get_mut(field.name) {
                    mask(sight, &field.schema, value);
                }
            }
        }
        Schema::Page(item) => {
            if let Some(value) = value.get_mut("items") {
                items(value, |_| Some(item), sight);
            }
        }
        Schema::Text
        | Schema::Staff
        | Schema::Pattern(_)
        | Schema::Short(_)
        | Schema::Time
        | Schema::Integer(..)
        | Schema::Boolean
        | Schema::Choice(_)
        | Schema::Any
        | Schema::AnyObject => {}
    }
}

fn text(value: &mut Value, masked: impl Fn(&str) -> String) {
    if let Value::String(text) = value {
        *text = masked(text);
    }
}

fn items<'s>(value: &mut Value, schema: impl Fn(usize) -> Option<&'s Schema>, sight: Sight) {
    for (place, item) in value.as_array_mut().into_iter().flatten().enumerate() {
        if let Some(schema) = schema(place) {
            mask(sight, schema, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::openapi::table::{field, optional};
    use super::*;
    use serde_json::json;

    const GUEST: Schema = Schema::Object(&[&[
        field("who", Schema::Person),
        field("topic", Schema::Maybe(&Schema::Words)),
        field("by", Schema::Staff),
        optional("body", Schema::Raw),
    ]]);

    #[track_caller]
    fn check(schema: &Schema, mut value: Value, expected: &Value) {
        let whole = value.clone();
        let mut seen = value.clone();
        mask(Sight::Whole, schema, &mut seen);
        assert_eq!(seen, whole);
        mask(Sight::Masked, schema, &mut value);
        assert_eq!(&value, expected);
    }

    #[test]
    fn what_the_table_says_of_people_is_masked_wherever_it_stands() {
        let guest = json!({ "who": "Lena Fox", "topic": null, "by": "asha@acme.test", "body": { "id": "r1", "city": "Indore" } });
        let masked = json!({ "who": "L••• F•••", "topic": null, "by": "asha@acme.test", "body": { "id": "r1", "city": "I•••" } });
        check(&GUEST, guest.clone(), &masked);
        check(
            &Schema::Page(&GUEST),
            json!({ "items": [guest], "next": "Lena" }),
            &json!({ "items": [masked], "next": "Lena" }),
        );
        check(&Schema::Map(&Schema::Person), json!({ "a": "Lena" }), &json!({ "a": "L•••" }));
        check(&Schema::Places(&[Schema::Text, Schema::Person]), json!(["Lena", "Lena"]), &json!(["Lena", "L•••"]));
        check(&Schema::OneOf(&[Schema::Text, Schema::Person]), json!("Lena"), &json!("L•••"));
        check(&Schema::Map(&Schema::Value), json!({ "a": "7", "b": "" }), &json!({ "a": "•••", "b": "" }));
        check(&Schema::Raw, json!("no JSON of Lena"), &json!("•••"));
        check(
            &Schema::Named("Guest", &Schema::List(&Schema::Person)),
            json!(["lena@fox.test"]),
            &json!(["l•••@f•••.test"]),
        );
    }
}
