//! What is around the binary: the pretend Zoom and LeadSquared, people who say yes to Zoom, keys of the API.

use super::binary::Place;
use super::described::unlike;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use connector_server::clock::sleep_ms;
use connector_simulator::clock::Clock;
use connector_simulator::leadsquared::Snapshot;
use connector_simulator::preset::{CrmAccount, Preset, ZoomAccount};
use connector_simulator::serve::{Served, serve};
use connector_simulator::smtp::ServedSmtp;
use connector_simulator::truth::{Comparison, Expectations, compare};
use connector_simulator::zoom::Postman;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

/// How long something may take to reach LeadSquared, in milliseconds; the machine may be busy.
const PATIENCE_MS: i64 = 90_000;
/// How often it is looked, in milliseconds.
const LOOK_MS: i64 = 5;
/// Where activities and tasks are made.
const POSTS: [&str; 3] = ["/ProspectActivity.svc/Create", "/Bulk/CustomActivity/Add/ByLeadId", "/Task.svc/Create"];
/// The seed of the pretend ids.
const SEED: u64 = 11;

/// The pretend systems while they are served.
pub struct World {
    pub preset: Preset,
    clock: Clock,
    zoom: Served,
    leadsquared: Served,
    smtp: ServedSmtp,
    traffic: Arc<Traffic>,
    _postman: JoinSet<()>,
}

/// Calls to the pretend LeadSquared.
#[derive(Default)]
struct Traffic {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    posts_under_way: AtomicUsize,
    slow_ms: AtomicI64,
}

/// A call under way; it is over when this is dropped, be it answered or broken off.
struct Call {
    traffic: Arc<Traffic>,
    is_post: bool,
    before_ms: i64,
    after_ms: i64,
}

impl Call {
    /// Every second call waits before anything is applied, the others after it: of calls that break off, some were
    /// applied and some were not.
    fn begun(traffic: &Arc<Traffic>, path: &str) -> Self {
        traffic.under_way.fetch_add(1, Ordering::SeqCst);
        let is_post = POSTS.iter().any(|post| path.ends_with(post));
        traffic.posts_under_way.fetch_add(usize::from(is_post), Ordering::SeqCst);
        let slow_ms = traffic.slow_ms.load(Ordering::SeqCst);
        let is_even = traffic.begun.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        let (before_ms, after_ms) = if is_even { (slow_ms, 0) } else { (0, slow_ms) };
        Self { traffic: Arc::clone(traffic), is_post, before_ms, after_ms }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.traffic.under_way.fetch_sub(1, Ordering::SeqCst);
        self.traffic.posts_under_way.fetch_sub(usize::from(self.is_post), Ordering::SeqCst);
    }
}

/// The longest answer of a pretend system that is changed on its way, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What changes answers of the pretend systems on their way: the path that was asked for, and the JSON.
pub type Change = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;

/// An answer as it is after the change; what is no JSON stays.
async fn changed(change: &Change, path: &str, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.unwrap();
    let Ok(mut json) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    change(path, &mut json);
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(json.to_string()))
}

/// The same system, its answers changed.
fn changing(router: Router, change: Change) -> Router {
    router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
        let (change, path) = (Arc::clone(&change), request.uri().path().to_owned());
        async move { changed(&change, &path, next.run(request).await).await }
    }))
}

impl World {
    /// Serves both systems and begins to send webhooks.
    pub async fn open() -> Self {
        Self::open_with(Clock::Machine, None).await
    }

    /// The same, in a time that runs so many times as fast as life's; so does that of the connectors in its places.
    #[allow(dead_code, reason = "browsers are never in such a hurry")]
    pub async fn open_fast(speed: u32) -> Self {
        Self::open_with(Clock::Fast(speed), None).await
    }

    /// The same, the answers of both systems changed on their way.
    #[allow(dead_code, reason = "only browsers are shown changed answers")]
    pub async fn open_changed(change: Change) -> Self {
        Self::open_with(Clock::Machine, Some(change)).await
    }

    async fn open_with(clock: Clock, change: Option<Change>) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let preset = Preset::new(clock.clone(), SEED, None);
        let traffic = Arc::new(Traffic::default());
        let seen = Arc::clone(&traffic);
        let slow = axum::middleware::from_fn(move |request: Request, next: Next| {
            let call = Call::begun(&seen, request.uri().path());
            async move {
                sleep_ms(call.before_ms).await;
                let response = next.run(request).await;
                sleep_ms(call.after_ms).await;
                drop(call);
                response
            }
        });
        let through = |router: Router| match &change {
            Some(change) => changing(router, Arc::clone(change)),
            None => router,
        };
        let zoom = serve(through(preset.zoom.router()), any).await.unwrap();
        let leadsquared = serve(through(preset.leadsquared.router()).layer(slow), any).await.unwrap();
        let smtp = preset.smtp.serve(any).await.unwrap();
        let mut postman = JoinSet::new();
        postman.spawn(Postman::new(preset.zoom.clone()).run());
        Self { preset, clock, zoom, leadsquared, smtp, traffic, _postman: postman }
    }

    /// An empty place whose connector knows this world, with an address that stays the same however often it is started:
    /// the Zoom apps are registered with it.
    pub fn place(&self) -> Place {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().to_string();
        self.preset.point_at(&format!("http://{address}"));
        let variables = self.preset.connector_environment(&self.zoom.url());
        let place = variables.iter().fold(Place::empty(), |place, (name, value)| place.with(name, value));
        let mail = [
            ("HOST", self.smtp.address.ip().to_string()),
            ("PORT", self.smtp.address.port().to_string()),
            ("SECURITY", "none".to_owned()),
            ("FROM", "connector@example.org".to_owned()),
        ];
        let named =
            |place: Place, (name, value): &(&str, String)| place.with(&format!("ZOOM_CONNECTOR__MAIL__{name}"), value);
        let place = match self.clock {
            Clock::Fast(speed) => place.with("ZOOM_CONNECTOR__DEVELOPMENT__CLOCK_SPEED", &speed.to_string()),
            Clock::Machine | Clock::Set(_) => place,
        };
        mail.iter().fold(place, named).with("ZOOM_CONNECTOR__SERVER__LISTEN", &address)
    }

    /// This world's time, epoch milliseconds.
    #[allow(dead_code, reason = "browsers do not ask")]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The first LeadSquared account, and the Zoom account that goes with it.
    pub fn first(&self) -> (&CrmAccount, &ZoomAccount) {
        (&self.preset.crm_accounts[0], &self.preset.zoom_accounts[0])
    }

    /// Base address of the pretend LeadSquared.
    pub fn leadsquared_url(&self) -> String {
        self.leadsquared.url()
    }

    /// Everything in the first LeadSquared account.
    pub fn crm(&self) -> Snapshot {
        self.preset.leadsquared.snapshot(&self.first().0.org).unwrap()
    }

    /// Calls of these operations that the first LeadSquared account got so far.
    pub fn calls(&self, operations: &[&str]) -> u64 {
        let counters = self.preset.leadsquared.counters(&self.first().0.org);
        operations.iter().filter_map(|name| counters.by_operation.get(*name)).sum()
    }

    /// Calls that LeadSquared has not answered yet.
    pub fn under_way(&self) -> usize {
        self.traffic.under_way.load(Ordering::SeqCst)
    }

    /// Of these, the ones that must not be made twice: they post activities or create a task.
    pub fn posts_under_way(&self) -> usize {
        self.traffic.posts_under_way.load(Ordering::SeqCst)
    }

    /// From now on LeadSquared takes so many milliseconds for an answer.
    pub fn slow_down(&self, slow_ms: i64) {
        self.traffic.slow_ms.store(slow_ms, Ordering::SeqCst);
    }

    /// Waits until this holds. Nothing tells when another process has done something, so it is looked again and again.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let seen = self.holds_within(PATIENCE_MS, holds).await;
        assert!(seen, "not seen: {what}");
    }

    /// Waits until this holds, at the most so long; whether it does.
    pub async fn holds_within(&self, most_ms: i64, holds: impl Fn(&Self) -> bool) -> bool {
        let clock = connector_server::clock::Clock::machine();
        while !holds(self) {
            if clock.monotonic_ms() > most_ms {
                return false;
            }
            sleep_ms(LOOK_MS).await;
        }
        true
    }

    /// Compares the first LeadSquared account with what happened in its Zoom account.
    pub fn compare(&self) -> Comparison {
        let expect = Expectations {
            zoom_account: self.first().1.id.clone(),
            follow_up_minutes: 30,
            follow_up_hours: 24,
            attendance: connector_simulator::truth::AttendanceTold::AsItHappens,
            no_shows_until_ms: None,
            scheduled: Vec::new(),
        };
        compare(&self.preset.zoom.history(), &self.crm(), &expect)
    }
}

/// Sets the first tenant up through the command line, its plan without a limit.
pub fn add_first_tenant(world: &World, place: &Place) {
    let (account, url) = (world.first().0, world.leadsquared_url());
    let add = ["tenant", "add", &account.org, "--leadsquared-api", &url, "--access-key", &account.access_key];
    place.json_with(&[&add[..], &["--secret-key", "-"]].concat(), &account.secret_key);
    let mut plan = place.json(&["connector", "show", &account.org])["settings"]["plan"].take();
    plan["calls"] = Value::Null;
    plan["bulk_calls"] = Value::Null;
    // What comes half an hour after a webinar has stories of its own.
    let attendance = serde_json::json!({ "read_after_end": false });
    let change = serde_json::json!({ "plan": plan, "attendance": attendance }).to_string();
    place.json_with(&["connector", "set", &account.org, "-"], &change);
}

/// Signs the first tenant in with Zoom for webinars, through the command line and Zoom's consent page.
pub async fn sign_first_tenant_in(world: &World, place: &Place) -> Value {
    sign_first_tenant_in_with(world, place, "webinars").await
}

/// The same with one of the two apps.
pub async fn sign_first_tenant_in_with(world: &World, place: &Place, app: &str) -> Value {
    let (account, zoom) = world.first();
    let begun = place.json(&["connection", "begin", &account.org, app]);
    let callback = consent(begun["authorize_url"].as_str().unwrap(), &zoom.admin).await;
    let secret = begun["secret"].as_str().unwrap();
    let complete = ["connection", "complete", &account.org, app, "--yes", "--secret", secret];
    place.json(&[&complete[..], &["--callback-url", &callback]].concat())
}

/// A Zoom admin who says yes; answers the address that Zoom sends the browser to.
pub async fn consent(authorize_url: &str, zoom_user: &str) -> String {
    let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let mut url = reqwest::Url::parse(authorize_url).unwrap();
    let mut fields: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    fields.push(("user".to_owned(), zoom_user.to_owned()));
    fields.push(("decision".to_owned(), "allow".to_owned()));
    url.set_query(None);
    let response = client.post(url).form(&fields).send().await.unwrap();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    location.unwrap_or_else(|| panic!("Zoom sends the browser nowhere ({})", response.status()))
}

/// A service closes a connection that was idle for 8 seconds: one that was idle for longer than this is not used again.
const IDLE: Duration = Duration::from_secs(4);

/// A key of the JSON API.
pub struct Api {
    client: reqwest::Client,
    base: String,
    key: String,
    description: OnceCell<Value>,
}

impl Api {
    /// For the service at that address.
    pub fn new(url: &str, key: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE).build().unwrap();
        Self { client, base: format!("{url}/api/v1"), key: key.to_owned(), description: OnceCell::new() }
    }

    /// Makes a call; status and answer.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.try_to_call(method, path, body).await.unwrap()
    }

    /// Looks at something; status and text. The answer is not held against the description: for those that look by the
    /// ten thousand.
    pub async fn look(&self, path: &str) -> (u16, String) {
        let call = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.key);
        let response = call.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Makes a call that may not come through; status and answer.
    pub async fn try_to_call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), reqwest::Error> {
        let mut call = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base));
        call = call.bearer_auth(&self.key);
        if let Some(body) = body {
            call = call.json(body);
        }
        let response = call.send().await?;
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let (status, text) = (response.status().as_u16(), response.text().await?);
        let answer = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        if let Ok(document) = self.description().await {
            let answered = (status, kind.as_deref().unwrap_or_default(), &answer);
            assert_eq!(unlike(document, (method, path), body, answered), None, "the answer was {answer}");
        }
        Ok((status, answer))
    }

    /// The API's own description, which every answer is held against.
    async fn description(&self) -> Result<&Value, reqwest::Error> {
        let url = format!("{}/openapi.json", self.base);
        self.description.get_or_try_init(|| async { self.client.get(url).send().await?.json().await }).await
    }

    /// Makes a call that has to be answered with that status; the answer.
    pub async fn answer(&self, (method, path): (&str, &str), body: Option<Value>, expected: u16) -> Value {
        let (status, answer) = self.call(method, path, body.as_ref()).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        answer
    }

    /// Makes a call that has to be refused with that status and code; the sentence.
    pub async fn refused(&self, call: (&str, &str), body: Option<Value>, expected: (u16, &str)) -> String {
        let answer = self.answer(call, body, expected.0).await;
        assert_eq!(answer["code"], expected.1, "{answer}");
        answer["detail"].as_str().unwrap().to_owned()
    }
}
