//! Whatever is wrong with a request to the API, it is refused in one form: problem+json, with a code and a sentence.

use super::api::{add_tenant, with_key};
use super::binary::Place;
use super::world::World;
use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LINK, WWW_AUTHENTICATE};
use serde_json::{Value, json};

/// One tenant, and a key.
struct Known {
    client: reqwest::Client,
    base: String,
    key: String,
}

/// What is wrong with a request: method, path, headers beside the key, body.
struct Request<'r>(&'r str, &'r str, &'r [(&'r str, &'r str)], &'r [u8]);

impl Known {
    fn new(url: &str, key: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { client, base: format!("{url}/api/v1"), key: key.to_owned() }
    }

    async fn send(&self, Request(method, path, headers, body): Request<'_>) -> (u16, HeaderMap, String) {
        let url = format!("{}{path}", self.base);
        let call =
            self.client.request(method.parse().unwrap(), url).header(AUTHORIZATION, format!("Bearer {}", self.key));
        let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, *value));
        let response = call.body(body.to_vec()).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.text().await.unwrap())
    }

    /// Sends it; it has to be refused as the API refuses.
    async fn refused(&self, request: Request<'_>, status: u16, code: &str) -> HeaderMap {
        let what = format!("{} {}", request.0, request.1);
        let (got, headers, body) = self.send(request).await;
        assert_eq!(got, status, "{what}: {body}");
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json", "{what}");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{what}: {body}");
        for field in ["type", "title", "detail"] {
            assert!(!problem[field].as_str().unwrap().is_empty(), "{what}: {field}");
        }
        headers
    }
}

/// A body of JSON.
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_is_problem_json_with_a_code_and_a_sentence() {
    let world = World::open().await;
    let place: Place = world.place();
    let key = place.json(&["user", "add-key", "raw"]);
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let known = Known::new(&serving.url(), key["key"].as_str().unwrap());
    let settings = "/tenants/sunrise/settings";

    known.refused(Request("GET", "/nowhere", &[], b""), 404, "request.not_found").await;
    known.refused(Request("GET", "/tenants/%ff", &[], b""), 404, "request.not_found").await;
    known.refused(Request("GET", "/tenants/sunrise/journal/a%00b", &[], b""), 404, "request.not_found").await;
    known.refused(Request("GET", "/tenants/sunrise/settings/versions/first", &[], b""), 404, "request.not_found").await;
    known.refused(Request("DELETE", "/tenants/sunrise/connections/phone", &[], b""), 404, "request.not_found").await;
    let headers = known.refused(Request("PATCH", settings, JSON, b"{}"), 405, "request.method").await;
    let mut allowed: Vec<&str> = headers[ALLOW].to_str().unwrap().split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "PUT"]);
    known.refused(Request("GET", settings, &[(ACCEPT.as_str(), "text/html")], b""), 406, "request.accept").await;
    let form = &[("content-type", "application/x-www-form-urlencoded")];
    known.refused(Request("PUT", settings, form, b"version=1"), 415, "request.media_type").await;
    known.refused(Request("PUT", settings, &[], b"{}"), 415, "request.media_type").await;
    known.refused(Request("PUT", settings, JSON, &vec![b' '; 70_000]), 413, "request.body").await;
    for broken in
        [&b"{"[..], b"", b"null", b"{\"version\": 1e999}", b"\xff\xfe", b"{\"version\": 1, \"settings\": \"\xc3\""]
    {
        known.refused(Request("PUT", settings, JSON, broken), 400, "request.bad").await;
    }
    let deep = format!("{{\"version\": 1, \"settings\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    known.refused(Request("PUT", settings, JSON, deep.as_bytes()), 400, "request.bad").await;
    let nul = br#"{"waiting": "keep", "a\u0000b": 1}"#;
    known.refused(Request("PUT", "/tenants/sunrise/removals/choice", JSON, nul), 400, "request.bad").await;
    let nul = br#"{"email": "a@example.org", "name": "a\u0000b"}"#;
    known.refused(Request("POST", "/tenants/sunrise/migration/invite", JSON, nul), 400, "request.bad").await;
    for query in ["colour=red", "limit=0", "limit=501", "limit=x", "limit=1&limit=2", "before=%00"] {
        let path = format!("/tenants/sunrise/journal?{query}");
        known.refused(Request("GET", &path, &[], b""), 400, "request.bad").await;
    }
    let nobody = Known::new(&serving.url(), "zck_nobody");
    let headers = nobody.refused(Request("GET", settings, &[], b""), 401, "request.key").await;
    assert_eq!(headers[WWW_AUTHENTICATE], "Bearer");
    let basic = &[("authorization", "Basic enk6")];
    let bare = Known { key: String::new(), ..Known::new(&serving.url(), "") };
    bare.refused(Request("GET", settings, basic, b""), 401, "request.key").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_go_page_by_page_and_the_link_leads_to_the_end() {
    let world = World::open().await;
    let place: Place = world.place();
    let key = place.json(&["user", "add-key", "raw"]);
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    add_tenant(&world, &api, 1).await;
    for lead_source in ["A", "B", "C"] {
        let mut read = api.answer(("GET", "/tenants/sunrise/settings"), None, 200).await;
        read["settings"]["lead_source"] = json!(lead_source);
        api.answer(("PUT", "/tenants/sunrise/settings"), Some(read), 200).await;
    }
    let known = Known::new(&serving.url(), key["key"].as_str().unwrap());
    for (list, count) in [("/tenants?limit=1", 2), ("/tenants/sunrise/settings/versions?limit=1", 4)] {
        let (mut path, mut seen) = (list.to_owned(), Vec::new());
        loop {
            let (status, headers, body) = known.send(Request("GET", &path, &[], b"")).await;
            assert_eq!(status, 200, "{path}: {body}");
            let page: Value = serde_json::from_str(&body).unwrap();
            seen.push(page["items"][0].to_string());
            let Some(link) = headers.get(LINK) else {
                assert_eq!(page.get("next"), None);
                break;
            };
            let (there, relation) = link.to_str().unwrap().split_once('>').unwrap();
            assert_eq!(relation, "; rel=\"next\"");
            there.strip_prefix("</api/v1").unwrap().clone_into(&mut path);
            assert!(path.contains(page["next"].as_str().unwrap()), "{path}");
        }
        let all = seen.len();
        seen.dedup();
        assert_eq!((all, seen.len()), (count, count), "{list}: {seen:?}");
    }
}
