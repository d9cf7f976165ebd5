//! The pretend systems on loopback, and tenants of a connector over them: each with a LeadSquared account of its own and
//! a Zoom account that is connected for webinars.

use connector_core::ids::{TenantId, ZoomApp};
use connector_core::settings::Plan;
use connector_server::app::Shared;
use connector_server::cli::demo::stage;
use connector_server::config::Config;
use connector_server::leadsquared::CrmKeys;
use connector_server::setup::{self, NewTenant};
use connector_server::store::connection::{self, ConnectionRow};
use connector_server::store::settings;
use connector_simulator::clock::Clock;
use connector_simulator::leadsquared::{Limit, NewAccount, Throttle};
use connector_simulator::preset::Preset;
use connector_simulator::serve::{Served, serve};
use futures_util::StreamExt as _;
use std::net::{Ipv4Addr, SocketAddr};

/// Who changes what, for the audit log.
const ACTOR: &str = "bench";
/// Tenants that are set up side by side.
const SIDE_BY_SIDE: usize = 8;
/// The seed of the pretend world.
const SEED: u64 = 7;
/// The connections are so much older than the first event, in milliseconds.
const CONNECTED_BEFORE_MS: i64 = 60 * 60 * 1000;

/// What a tenant's LeadSquared account lets through, and how it refuses more.
pub type Gate = (Option<Limit>, Throttle);

/// No limit at all.
pub const UNLIMITED: Gate = (None, Throttle::Status429);

/// The pretend world and the connector's folder.
pub struct World {
    /// The pretend systems.
    pub preset: Preset,
    served: [Served; 2],
    folder: tempfile::TempDir,
    gate: Gate,
}

impl World {
    /// A world with that clock, whose accounts have that limit.
    pub async fn open(clock: Clock, gate: Gate) -> anyhow::Result<Self> {
        let preset = Preset::new(clock, SEED, gate.0);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let served = [serve(preset.zoom.router(), any).await?, serve(preset.leadsquared.router(), any).await?];
        Ok(Self { preset, served, folder: tempfile::tempdir()?, gate })
    }

    /// The connector's folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The environment of a connector over this world and that database.
    pub fn environment(&self, store_url: &str) -> Vec<(String, String)> {
        let mut variables = self.preset.connector_environment(&self.served[0].url());
        let mut set = |key: &str, value: &str| variables.push((format!("ZOOM_CONNECTOR__{key}"), value.to_owned()));
        set("SERVER__LISTEN", "127.0.0.1:0");
        set("SERVER__METRICS_LISTEN", "127.0.0.1:0");
        set("STORE__DATA_FOLDER", &self.folder.path().display().to_string());
        set("STORE__URL", store_url);
        set("LOG__LEVEL", "error");
        variables
    }

    /// The same as a configuration, for a connector in this process.
    pub fn config(&self, store_url: &str) -> anyhow::Result<Config> {
        let mut config = stage::config(&self.preset, &self.served[0].url(), self.folder.path())?;
        config.store.url = store_url.to_owned();
        Ok(config)
    }

    /// The secret token of the webinars' app.
    pub fn secret_token(&self) -> &str {
        let [_, webinars] = &self.preset.apps;
        &webinars.secret_token
    }

    /// The Zoom account of the tenant of that number.
    pub fn zoom_account(&self, number: usize) -> String {
        let [first, _] = &self.preset.zoom_accounts;
        if number == 0 { first.id.clone() } else { format!("BenchAccount{number:010}") }
    }

    /// The tenant of that number; also the name of its LeadSquared account.
    pub fn tenant(&self, number: usize) -> anyhow::Result<TenantId> {
        Ok(TenantId::parse(&format!("bench-{number}"))?)
    }

    /// Sets so many tenants up, counted from 0, all with that plan.
    pub async fn add_tenants(&self, shared: &Shared, count: usize, plan: &Plan) -> anyhow::Result<()> {
        let all = (0..count).map(|number| self.add_tenant(shared, number, plan));
        let mut all = futures_util::stream::iter(all).buffer_unordered(SIDE_BY_SIDE);
        while let Some(done) = all.next().await {
            done?;
        }
        Ok(())
    }

    async fn add_tenant(&self, shared: &Shared, number: usize, plan: &Plan) -> anyhow::Result<()> {
        let tenant = self.tenant(number)?;
        let keys = CrmKeys { access: format!("access-{number}"), secret: format!("secret-{number}") };
        self.preset.leadsquared.add_account(NewAccount {
            org: tenant.to_string(),
            name: format!("Bench {number}"),
            access_key: keys.access.clone(),
            secret_key: keys.secret.clone(),
            user_email: format!("integration@bench-{number}.example"),
            time_zone: "Asia/Kolkata".to_owned(),
            limit: None,
            throttle: self.gate.1,
            api_host: "api.example".to_owned(),
            app_host: "app.example".to_owned(),
        });
        let host = Some(self.served[1].url());
        let new = NewTenant { tenant: tenant.clone(), name: String::new(), keys, host };
        setup::create_tenant(shared, new, ACTOR).await?;
        let wanted = tenant.clone();
        let mut current =
            shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?;
        current.settings.plan = plan.clone();
        // What comes half an hour after a webinar is no part of what is measured.
        current.settings.attendance.read_after_end = false;
        setup::save_settings_after(shared, &tenant, current.version, current.settings, ACTOR).await?;
        self.preset.leadsquared.set_limit(tenant.as_str(), self.gate.0);
        self.connect(shared, number, tenant).await
    }

    async fn connect(&self, shared: &Shared, number: usize, tenant: TenantId) -> anyhow::Result<()> {
        let now_ms = shared.clock.now_ms();
        let row = ConnectionRow {
            tenant,
            id: connector_server::dice::id(now_ms),
            app: ZoomApp::Webinars,
            account: self.zoom_account(number),
            zoom_user: format!("BenchUser{number:010}"),
            own_app: false,
            email: None,
            user_name: None,
            scopes: String::new(),
            licences: "[]".to_owned(),
            state: "active".to_owned(),
            broken_code: None,
            began_ms: now_ms - CONNECTED_BEFORE_MS,
            ended_ms: None,
            ended_code: None,
        };
        Ok(shared.store.write(move |unit| Box::pin(async move { connection::insert(unit, &row).await })).await?)
    }
}

/// A plan without limits, for a LeadSquared that has none.
pub fn unlimited_plan() -> Plan {
    Plan { calls: None, bulk_calls: None, ..Plan::default() }
}
