//! The network of a simulated world: hands calls to the two pretend systems without a socket, and loses, delays, doubles
//! and falsifies what a network and a remote system can.

use axum::Router;
use axum::body::Body as HttpBody;
use axum::http::Request as HttpRequest;
use connector_core::exchange::{Answer, Body, Effect, Method, Reply};
use connector_server::outside::Credentials;
use connector_server::outside::direct::{Direct, Sent};
use connector_simulator::clock::Clock;
use connector_simulator::dice::Dice;
use data_encoding::BASE64;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tower::ServiceExt;

/// Base address of the pretend Zoom.
pub const ZOOM: &str = "http://zoom.test";
/// Base address of the pretend LeadSquared.
pub const LEADSQUARED: &str = "http://leadsquared.test";
/// How long a client waits for an answer, milliseconds.
const DEADLINE_MS: i64 = 15_000;
/// The latest that a call may take effect after its deadline, milliseconds (failures T9: 120 s).
pub const LATE_MS_MAX: u64 = 110_000;
/// A refresh token may not be sent again within this after an answer was lost, milliseconds.
const REFRESH_APART_MS: i64 = 30_000;

/// What may go wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Nothing.
    Good,
    /// It never leaves.
    NotSent,
    /// It gets lost on the way.
    LostBefore,
    /// It takes effect, its answer gets lost.
    LostAfter,
    /// It takes effect, a page of HTML with status 500 comes back.
    PageAfter,
    /// It takes effect long after nobody waits any more.
    Late,
    /// A gateway refuses it.
    Gateway,
    /// It is refused for the limit.
    Throttled,
    /// The limit's refusal comes with status 200.
    ThrottledOddly,
    /// The keys are refused for once.
    Unauthorized,
}

impl Fate {
    /// All that is bad.
    pub const BAD: [Self; 9] = [
        Self::NotSent,
        Self::LostBefore,
        Self::LostAfter,
        Self::PageAfter,
        Self::Late,
        Self::Gateway,
        Self::Throttled,
        Self::ThrottledOddly,
        Self::Unauthorized,
    ];
}

/// What goes wrong in a world, and how often.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// Calls in a hundred with which something goes wrong.
    pub bad_per_100: u64,
    /// What may.
    pub fates: Vec<Fate>,
    /// Whether the connector's clock is right: then a call that hangs may take effect late, and intents are kept.
    pub clock_is_right: bool,
}

struct State {
    dice: Dice,
    weather: Weather,
    late: Vec<(i64, Sent)>,
    hang: Hang,
    trace: DefaultHasher,
    calls: u64,
    refreshes: BTreeMap<String, i64>,
    broken: Vec<String>,
}

/// A call that is kept waiting.
enum Hang {
    None,
    /// The next call that changes something.
    Wanted,
    Hangs(oneshot::Sender<()>),
}

/// The network. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    state: Arc<Mutex<State>>,
    zoom: Router,
    leadsquared: Router,
    clock: Clock,
    hanging: Arc<Notify>,
}

impl Network {
    /// A network between a connector and those two systems, quiet at first.
    pub fn new(zoom: Router, leadsquared: Router, clock: Clock, seed: u64) -> Self {
        let state = State {
            dice: Dice::new(seed),
            weather: Weather::default(),
            late: Vec::new(),
            hang: Hang::None,
            trace: DefaultHasher::new(),
            calls: 0,
            refreshes: BTreeMap::new(),
            broken: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), zoom, leadsquared, clock, hanging: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way out of a connector.
    pub fn way_out(&self) -> Direct {
        let network = self.clone();
        Direct(Arc::new(move |sent| {
            let network = network.clone();
            Box::pin(async move { network.carry(sent).await })
        }))
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Lets the next call that changes something wait until [`Self::let_go`].
    pub fn hang_next(&self) {
        self.state().hang = Hang::Wanted;
    }

    /// Nothing is to wait after all.
    pub fn hang_no_more(&self) {
        self.state().hang = Hang::None;
    }

    /// Waits until a call is being kept waiting, whichever task makes it.
    pub async fn hanging(&self) {
        while !matches!(self.state().hang, Hang::Hangs(_)) {
            self.hanging.notified().await;
        }
    }

    /// Lets the waiting call go on.
    pub fn let_go(&self) {
        let hang = std::mem::replace(&mut self.state().hang, Hang::None);
        if let Hang::Hangs(gate) = hang {
            let _ = gate.send(());
        }
    }

    /// A number that is the same for the same history of calls.
    pub fn trace(&self) -> u64 {
        self.state().trace.finish()
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Promises to the remote systems that were broken.
    pub fn broken_promises(&self) -> Vec<String> {
        self.state().broken.clone()
    }

    /// Notes something into the history.
    pub fn note(&self, what: &impl Hash) {
        what.hash(&mut self.state().trace);
    }

    /// What was late and is due takes effect.
    pub async fn apply_late(&self) {
        let now_ms = self.clock.now_ms();
        let due: Vec<Sent> = {
            let mut state = self.state();
            let (due, rest) = std::mem::take(&mut state.late).into_iter().partition(|(at_ms, _)| *at_ms <= now_ms);
            state.late = rest;
            due.into_iter().map(|(_, sent): (i64, Sent)| sent).collect()
        };
        for sent in due {
            self.apply(&sent).await;
        }
    }

    /// When the next late call takes effect.
    pub fn next_late_ms(&self) -> Option<i64> {
        self.state().late.iter().map(|(at_ms, _)| *at_ms).min()
    }

    async fn carry(&self, sent: Sent) -> Reply {
        let now_ms = self.clock.now_ms();
        let (fate, gate, is_late) = self.fate(&sent, now_ms);
        self.promise(&sent, fate, now_ms);
        if let Some(gate) = gate {
            let answer = if is_late {
                self.put_off(sent, now_ms);
                None
            } else {
                Some(self.apply(&sent).await)
            };
            let _ = gate.await;
            let in_time = self.clock.now_ms() - now_ms <= DEADLINE_MS;
            return answer.filter(|_| in_time).map_or_else(lost, Reply::Answer);
        }
        match fate {
            Fate::Good => Reply::Answer(self.apply(&sent).await),
            Fate::NotSent => Reply::NotSent { why: "no connection".to_owned() },
            Fate::LostBefore => lost(),
            Fate::LostAfter => {
                self.apply(&sent).await;
                lost()
            }
            Fate::PageAfter => {
                self.apply(&sent).await;
                Reply::Answer(Answer::of(500, "<html>Internal Server Error</html>"))
            }
            Fate::Late => {
                self.put_off(sent, now_ms);
                lost()
            }
            Fate::Gateway => Reply::Answer(Answer::of(502, "<html>Bad Gateway</html>")),
            Fate::Throttled | Fate::ThrottledOddly if sent.base == ZOOM => Reply::Answer(Answer::of(
                429,
                r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API."}"#,
            )),
            Fate::Throttled => Reply::Answer(Answer::of(429, THROTTLED)),
            Fate::ThrottledOddly => Reply::Answer(Answer::of(200, THROTTLED)),
            Fate::Unauthorized if sent.base == ZOOM => Reply::Answer(Answer::of(503, "")),
            Fate::Unauthorized => Reply::Answer(Answer::of(401, UNAUTHORIZED)),
        }
    }

    /// A call takes effect when nobody waits for it any more.
    fn put_off(&self, sent: Sent, now_ms: i64) {
        let mut state = self.state();
        let after_ms = i64::try_from(state.dice.below(LATE_MS_MAX)).unwrap_or(0);
        state.late.push((now_ms + DEADLINE_MS + after_ms, sent));
    }

    fn fate(&self, sent: &Sent, now_ms: i64) -> (Fate, Option<oneshot::Receiver<()>>, bool) {
        let mut state = self.state();
        let bad_per_100 = state.weather.bad_per_100;
        let mut fate = Fate::Good;
        if state.dice.chance(bad_per_100) {
            let fates = state.weather.fates.len() as u64;
            let place = state.dice.below(fates);
            fate = state.weather.fates.get(usize::try_from(place).unwrap_or(0)).copied().unwrap_or(Fate::Good);
        }
        // Zoom's codes and tokens are used up at once, not minutes later.
        if fate == Fate::Late && sent.base == ZOOM {
            fate = Fate::LostAfter;
        }
        let mut gate = None;
        if matches!(state.hang, Hang::Wanted) && sent.request.effect == Effect::Write {
            let (send, receive) = oneshot::channel();
            (state.hang, gate, fate) = (Hang::Hangs(send), Some(receive), Fate::Good);
            self.hanging.notify_one();
        }
        // Zoom's tokens are used up at once, and what a clock that jumps does not wait for may not be late.
        let is_late = state.dice.chance(50) && sent.base != ZOOM && state.weather.clock_is_right;
        state.calls += 1;
        (now_ms, sent.request.operation, &sent.request.path, fate, gate.is_some()).hash(&mut state.trace);
        match &sent.request.body {
            Body::Empty => {}
            Body::Json(text) => text.hash(&mut state.trace),
            Body::Form(fields) => fields.hash(&mut state.trace),
        }
        (fate, gate, is_late)
    }

    /// A refresh token that may have been used up is not sent again at once: somebody else may be at it.
    fn promise(&self, sent: &Sent, fate: Fate, now_ms: i64) {
        let Body::Form(fields) = &sent.request.body else { return };
        let Some((_, token)) = fields.iter().find(|(name, _)| name == "refresh_token") else { return };
        let mut state = self.state();
        if !state.weather.clock_is_right {
            return;
        }
        if let Some(before_ms) = state.refreshes.get(token).copied()
            && now_ms - before_ms < REFRESH_APART_MS
        {
            state.broken.push(format!("a refresh token was sent twice within {} ms", now_ms - before_ms));
        }
        match fate {
            Fate::Good | Fate::LostBefore | Fate::LostAfter | Fate::Late | Fate::PageAfter => {
                state.refreshes.insert(token.clone(), now_ms);
            }
            Fate::NotSent | Fate::Gateway | Fate::Throttled | Fate::ThrottledOddly | Fate::Unauthorized => {
                state.refreshes.remove(token);
            }
        }
    }

    async fn apply(&self, sent: &Sent) -> Answer {
        let router = if sent.base.starts_with(ZOOM) { &self.zoom } else { &self.leadsquared };
        let response = router.clone().oneshot(http(sent)).await.unwrap();
        let (parts, body) = response.into_parts();
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut answer = Answer {
            status: parts.status.as_u16(),
            body: Vec::new(),
            retry_after: header("retry-after"),
            rate_limit_type: header("x-ratelimit-type"),
        };
        answer.body = axum::body::to_bytes(body, 1 << 22).await.unwrap().to_vec();
        answer
    }
}

const THROTTLED: &str = r#"{"Status":"Error","ExceptionType":"MXAPIRateLimitExceededException","ExceptionMessage":"API calls exceeded the limit of 10 in 5 second(s)"}"#;
const UNAUTHORIZED: &str =
    r#"{"Status":"Error","ExceptionType":"MXUnAuthorizedAccessException","ExceptionMessage":"Invalid keys"}"#;

fn lost() -> Reply {
    Reply::Lost { why: "no answer in time".to_owned() }
}

/// The call as the pretend systems' routers take it.
fn http(sent: &Sent) -> HttpRequest<HttpBody> {
    let method = match sent.request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let base = if sent.base.starts_with(ZOOM) { &sent.base[ZOOM.len()..] } else { "" };
    let mut uri = format!("{base}{}", sent.request.path);
    if !sent.request.query.is_empty() {
        uri = format!("{uri}?{}", pairs(&sent.request.query));
    }
    let mut request = HttpRequest::builder().method(method).uri(uri);
    request = match &sent.credentials {
        Credentials::Bearer(token) => request.header("authorization", format!("Bearer {token}")),
        Credentials::Basic(user, password) => {
            let both = BASE64.encode(format!("{user}:{password}").as_bytes());
            request.header("authorization", format!("Basic {both}"))
        }
        Credentials::Keys { access, secret } => {
            request.header("x-LSQ-AccessKey", access).header("x-LSQ-SecretKey", secret)
        }
        Credentials::Webhook { id, timestamp_s, signature } => request
            .header("webhook-id", id)
            .header("webhook-timestamp", *timestamp_s)
            .header("webhook-signature", signature),
    };
    let (kind, body) = match &sent.request.body {
        Body::Empty => ("", String::new()),
        Body::Json(text) => ("application/json", text.clone()),
        Body::Form(fields) => ("application/x-www-form-urlencoded", pairs(fields)),
    };
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    request.body(HttpBody::from(body)).unwrap()
}

/// `name=value&…`, encoded.
pub fn pairs(fields: &[(String, String)]) -> String {
    let url = reqwest::Url::parse_with_params("http://a.test/", fields).unwrap();
    url.query().unwrap_or_default().to_owned()
}
