//! An app over a temporary database, and a browser that keeps cookies.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::role::Role;
use connector_server::app::{self, Shared};
use connector_server::clock::Clock;
use connector_server::config::{Config, OperatorsSee, ZoomAppConfig};
use connector_server::connections::sign_in::hash;
use connector_server::console;
use connector_server::store::connection::{self, ConnectionRow};
use connector_server::store::operator::{self, OperatorRow};
use connector_server::store::tenant::{self, TenantRow};
use connector_server::store::{link, tenant_admin};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// 14 August 2026, 10:53:20 UTC.
pub const NOW_MS: i64 = 1_786_704_800_000;
pub const PASSWORD: &str = "correct horse battery";

/// The app.
pub struct Site {
    pub shared: Shared,
    router: Router,
    _writer: JoinSet<()>,
    _folder: TempDir,
}

impl Site {
    pub async fn open() -> Self {
        Self::open_where(OperatorsSee::All).await
    }

    /// A site whose operators see so much of people.
    pub async fn open_where(operators_see: OperatorsSee) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.console.operators_see = operators_see;
        config.store.data_folder = folder.path().join("data");
        config.development.allow_http = true;
        // Nobody listens there: what would go to Zoom is not sent.
        (config.zoom.api_url, config.zoom.oauth_url) =
            ("http://127.0.0.1:1".to_owned(), "http://127.0.0.1:1".to_owned());
        for app in [&mut config.zoom.meetings, &mut config.zoom.webinars] {
            let text = |text: &str| text.to_owned();
            *app = ZoomAppConfig {
                client_id: text("client"),
                client_secret: text("secret"),
                secret_token: text("token"),
                previous_secret_token: String::new(),
            };
        }
        let (shared, writer) = app::open(config, Clock::set_at(NOW_MS)).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        let router = console::http::router(shared.clone()).with_state(shared.clone());
        Self { shared, router, _writer: tasks, _folder: folder }
    }

    /// The token of a first-run link.
    pub async fn first_run_link(&self) -> String {
        self.link_of("first-run-token").await
    }

    /// The token of another first-run link.
    pub async fn another_first_run_link(&self) -> String {
        self.link_of("another-first-run-token").await
    }

    async fn link_of(&self, token: &str) -> String {
        let token = token.to_owned();
        let link_hash = hash(&token);
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    link::insert(unit, (&link_hash, "first_run"), (None, None), NOW_MS, NOW_MS + 60_000).await
                })
            })
            .await
            .unwrap();
        token
    }

    /// A browser in which the first person is signed in.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = Browser::default();
        let token = self.first_run_link().await;
        let fields =
            [("name", "Meera"), ("email", "meera@acme.test"), ("password", PASSWORD), ("password_again", PASSWORD)];
        let made = browser.post(self, &format!("/first-run/{token}"), &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        browser
    }

    /// A browser in which an admin of these tenants is signed in.
    pub async fn admin_of(&self, name: &str, tenants: &[&TenantId]) -> Browser {
        let row = OperatorRow {
            id: format!("id-of-{name}"),
            email: format!("{name}@admins.test"),
            name: name.to_owned(),
            password: "none".to_owned(),
            role: Role::TenantAdmin,
        };
        let tenants: Vec<TenantId> = tenants.iter().map(|tenant| (*tenant).clone()).collect();
        let (session, session_hash) = (format!("session-of-{name}"), hash(&format!("session-of-{name}")));
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    operator::insert(unit, &row, NOW_MS).await?;
                    for tenant in &tenants {
                        tenant_admin::insert(unit, (tenant, &row.id), "meera@acme.test", NOW_MS).await?;
                    }
                    let form_token = format!("form-of-{}", row.name);
                    let session = (session_hash.as_str(), form_token.as_str());
                    operator::begin_session(unit, session, &row.id, NOW_MS, NOW_MS + 3_600_000).await
                })
            })
            .await
            .unwrap();
        Browser::with_cookie("zc-session", &session)
    }

    /// A tenant of that id.
    pub async fn tenant(&self, id: &str) -> TenantId {
        let tenant = TenantId::parse(id).unwrap();
        let (_, data_key) = self.shared.keys.make(&tenant);
        let row = TenantRow {
            tenant: tenant.clone(),
            name: format!("{id} & Co"),
            paused: None,
            created_ms: NOW_MS,
            data_key,
            crm_api: "http://127.0.0.1:1".to_owned(),
            crm_app: Some("run.leadsquared.com".to_owned()),
            crm_keys: Vec::new(),
            crm_user: None,
            org_name: None,
            time_zone: "Asia/Kolkata".to_owned(),
        };
        self.shared.store.write(move |unit| Box::pin(async move { tenant::insert(unit, &row).await })).await.unwrap();
        tenant
    }

    /// A sign-in with Zoom that works.
    pub async fn connected(&self, tenant: &TenantId, app: ZoomApp) {
        let row = ConnectionRow {
            tenant: tenant.clone(),
            id: format!("c-{tenant}-{}", app.as_str()),
            app,
            account: "A1".to_owned(),
            zoom_user: format!("user-of-{tenant}"),
            email: Some(format!("admin@{tenant}.test")),
            user_name: Some("Asha Rao".to_owned()),
            scopes: "user:read:user:admin meeting:read:meeting:admin".to_owned(),
            licences: "null".to_owned(),
            state: "active".to_owned(),
            broken_code: None,
            began_ms: NOW_MS - 60_000,
            ended_ms: None,
            ended_code: None,
            own_app: false,
        };
        self.shared
            .store
            .write(move |unit| Box::pin(async move { connection::insert(unit, &row).await }))
            .await
            .unwrap();
    }
}

/// An answer, taken apart.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// Somebody's browser.
#[derive(Clone, Default)]
pub struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub fn with_cookie(name: &str, value: &str) -> Self {
        Self { cookies: vec![(name.to_owned(), value.to_owned())] }
    }

    pub async fn get(&mut self, site: &Site, path: &str) -> Answer {
        self.ask(site, (Method::GET, path), String::new(), None).await
    }

    pub async fn post(&mut self, site: &Site, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(site, (Method::POST, path), encode(fields), Some("http://127.0.0.1:8080")).await
    }

    pub async fn post_from(&mut self, site: &Site, path: &str, fields: &[(&str, &str)], origin: &str) -> Answer {
        self.ask(site, (Method::POST, path), encode(fields), Some(origin)).await
    }

    async fn ask(&mut self, site: &Site, (method, path): (Method, &str), body: String, origin: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
        if let Some(origin) = origin {
            request = request
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let response = site.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let (parts, body) = response.into_parts();
        let location = parts.headers.get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let bytes = to_bytes(body, 4_000_000).await.unwrap();
        Answer {
            status: parts.status,
            location: location.unwrap_or_default(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    fn keep(&mut self, set_cookie: &str) {
        let (name, value) = set_cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    let one = |text: &str| -> String {
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect();
    pairs.join("&")
}

/// The token of the first form of a page.
pub fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
