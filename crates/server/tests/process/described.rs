//! Whether what the API says and takes is what its description says.

use super::schema;
use serde_json::Value;

/// What of an answer is not as the description says; none where all of it is. `sent` is what was asked with: when it was taken,
/// its description has to take it, too.
pub fn unlike(
    document: &Value,
    (method, path): (&str, &str),
    sent: Option<&Value>,
    (status, kind, answer): (u16, &str, &Value),
) -> Option<String> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let Some(operation) = operation(document, method, path) else {
        return (![404, 405].contains(&status)).then(|| format!("{method} {path} is not described"));
    };
    let mut response = &operation["responses"][status.to_string()];
    if let Some(reference) = response["$ref"].as_str() {
        response = document.pointer(reference.trim_start_matches('#'))?;
    }
    if response.is_null() {
        return Some(format!("{method} {path}: {status} is not described"));
    }
    let wrong_answer = match response.get("content") {
        None => (!answer.is_null()).then(|| format!("{status} has no body, by its description")),
        Some(content) => match content.get(kind) {
            None => Some(format!("{status} is not described as {kind}")),
            Some(told) => schema::wrong(document, &told["schema"], answer),
        },
    };
    let taken = sent.filter(|_| (200..300).contains(&status));
    let wrong_body = taken.and_then(|body| {
        schema::wrong(document, &operation["requestBody"]["content"]["application/json"]["schema"], body)
    });
    wrong_answer.or(wrong_body).map(|what| format!("{method} {path} ({status}): {what}"))
}

/// The operation that an address means: of those that fit, the one with the fewest places for anything.
fn operation<'d>(document: &'d Value, method: &str, path: &str) -> Option<&'d Value> {
    let address: Vec<&str> = path.split('/').collect();
    let paths = document["paths"].as_object()?.iter();
    let fitting = paths.filter_map(|(known, methods)| {
        let known: Vec<&str> = known.trim_start_matches("/api/v1").split('/').collect();
        let open = known.iter().filter(|part| part.starts_with('{')).count();
        let fits = known.len() == address.len()
            && known.iter().zip(&address).all(|(known, given)| known.starts_with('{') || known == given);
        fits.then_some((open, methods))
    });
    let (_, methods) = fitting.min_by_key(|(open, _)| *open)?;
    methods.get(method.to_lowercase())
}
