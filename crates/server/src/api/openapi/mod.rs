//! The description of the API (OpenAPI 3.1): made from tables of its routes, one file for each area, which a test compares with
//! the router. `table` is what the tables are written in; `document` turns them into JSON.
//!
//! The gate asks the same tables which scope a route needs and what may be asked of it; the tests of the real binary hold every
//! answer they get against them.

mod access;
mod connections;
mod document;
mod events;
mod journal;
mod keys;
mod meetings;
mod migration;
mod people;
mod settings;
pub mod table;
mod telling;
mod tenants;
mod webinars;

use axum::Json;
use serde_json::Value;
use table::Operation;

/// An area of the API: its name for readers, and its routes.
type Area = (&'static str, &'static [Operation]);

/// Every route of the API, by area.
const AREAS: &[Area] = &[
    ("Tenants", tenants::OPERATIONS),
    ("Settings", settings::OPERATIONS),
    ("Sign-ins with Zoom", connections::OPERATIONS),
    ("Meetings and webinars by time", events::OPERATIONS),
    ("Journal and deliveries", journal::OPERATIONS),
    ("People whom Zoom does not name", people::OPERATIONS),
    ("Who has access", access::OPERATIONS),
    ("Meetings", meetings::OPERATIONS),
    ("Webinars", webinars::OPERATIONS),
    ("Alerts", telling::OPERATIONS),
    ("Moving off the old JWT app", migration::OPERATIONS),
    ("Keys of the API", keys::OPERATIONS),
];

/// The route of that method and path (below `/api/v1`, as the router writes it), if there is one.
#[must_use]
pub fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut all = AREAS.iter().flat_map(|(_, operations)| operations.iter());
    all.find(|operation| operation.path == path && operation.method.eq_ignore_ascii_case(method))
}

/// The OpenAPI document.
pub(super) async fn description() -> Json<Value> {
    Json(document::of(AREAS))
}

#[cfg(test)]
#[path = "../../../tests/schema/mod.rs"]
mod schema;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_description_lists_exactly_the_routes_of_the_router() {
        let source = include_str!("../mod.rs");
        let router = source.split("pub fn router(").nth(1).unwrap().split("async fn no_such_route").next().unwrap();
        let mut served: Vec<(String, String)> = Vec::new();
        for route in router.split(".route(").skip(1) {
            let (path, methods) = route.split_once('"').unwrap().1.split_once('"').unwrap();
            for method in ["get", "post", "put", "patch", "delete"] {
                if methods.contains(&format!("{method}(")) && path != "/openapi.json" {
                    served.push((method.to_owned(), path.to_owned()));
                }
            }
        }
        let all = AREAS.iter().flat_map(|(_, operations)| operations.iter());
        let mut described: Vec<_> = all.map(|one| (one.method.to_owned(), one.path.to_owned())).collect();
        served.sort();
        described.sort();
        assert_eq!(served, described);
    }

    #[test]
    fn every_route_has_a_name_of_its_own_an_answer_and_an_example_that_is_right() {
        let document = document::of(AREAS);
        let mut names = BTreeSet::new();
        for operation in AREAS.iter().flat_map(|(_, operations)| operations.iter()) {
            let place = format!("{} {}", operation.method, operation.path);
            assert!(names.insert(operation.id), "{place}: {} is taken", operation.id);
            assert!(!operation.answers.is_empty(), "{place}");
            assert!(operation.answers.iter().all(|(status, _)| (200..300).contains(status)), "{place}");
            assert!(operation.refused_with().iter().all(|status| *status >= 400), "{place}");
            let Some((_, example)) = operation.body else { continue };
            let example: Value = serde_json::from_str(example).unwrap_or_else(|error| panic!("{place}: {error}"));
            let wanted = &document["paths"][format!("/api/v1{}", operation.path)][operation.method]["requestBody"];
            let wrong = schema::wrong(&document, &wanted["content"]["application/json"]["schema"], &example);
            assert_eq!(wrong, None, "{place}: its example");
        }
    }
}
