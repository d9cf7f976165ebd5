//! The part of a connector that a crash takes: everything but its database.

use crate::network::{Network, ZOOM};
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::app::{self, Shared, Step, StepError};
use connector_server::cli::demo::stage;
use connector_server::clock::Clock;
use connector_server::connections::renewals::Renewals;
use connector_server::connections::{script, sign_in};
use connector_server::courier::{Courier, Destination};
use connector_server::doors;
use connector_server::keeper::Keeper;
use connector_server::leadsquared::CrmKeys;
use connector_server::outside::Outside;
use connector_server::setup::{self, NewTenant, SetupError};
use connector_server::store::{connection, delivery_list, lane, settings};
use connector_server::translator::Translator;
use connector_simulator::preset::Preset;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The address of a connector that nobody reaches but the rig.
pub const CONNECTOR: &str = "http://connector.test";
const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// What is needed to open a connector once more.
#[derive(Clone)]
pub struct Ground {
    /// The pretend world.
    pub preset: Preset,
    /// The way to it.
    pub network: Network,
    /// The connector's clock.
    pub clock: Clock,
    /// Where its database lies.
    pub folder: PathBuf,
}

/// Which loop to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loop {
    /// The translator.
    Translator,
    /// The courier to LeadSquared.
    Crm,
    /// The courier to Zoom.
    Zoom,
    /// The keeper.
    Keeper,
}

impl Loop {
    /// One step of such a loop, over what it shares alone: no loop keeps anything between steps.
    pub async fn step(self, shared: Shared) -> Result<Step, StepError> {
        match self {
            Self::Translator => Translator::new(shared).step().await,
            Self::Crm => Courier::new(shared, Destination::LeadSquared).step().await,
            Self::Zoom => Courier::new(shared, Destination::Zoom).step().await,
            Self::Keeper => Keeper::new(shared).step().await,
        }
    }
}

/// A refresh that hangs does so until the world goes on: nobody need wait for it as long as in the real one.
const RENEWAL_WAIT: Duration = Duration::from_millis(20);

/// An open connector.
pub struct Connector {
    /// What everything shares.
    pub shared: Shared,
    /// Its doors.
    pub router: axum::Router,
    tasks: JoinSet<()>,
}

impl Connector {
    /// Opens the database, as a process does at its start. With `alone` the leases of whoever died are ended.
    pub async fn open(ground: &Ground, alone: bool) -> anyhow::Result<Self> {
        let mut config = stage::config(&ground.preset, ZOOM, Path::new(&ground.folder))?;
        config.server.public_url = CONNECTOR.to_owned();
        config.keys.master = MASTER.to_owned();
        let outside = Outside::answered_by(ground.network.way_out(), ground.clock.clone());
        let (mut shared, writer) = app::open_over(config, ground.clock.clone(), outside).await?;
        if let Some(everything) = Arc::get_mut(&mut shared) {
            everything.renewals = Renewals::waiting(RENEWAL_WAIT);
        }
        if alone {
            shared.store.write(|unit| Box::pin(lane::free_all(unit))).await?;
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        Ok(Self { router: doors::router(&shared), shared, tasks })
    }

    /// Everything in memory is gone; the database stays as it is.
    pub async fn die(mut self) {
        let store = self.shared.store.clone();
        self.tasks.shutdown().await;
        drop((self.shared, self.router));
        store.close().await;
    }
}

/// The tenant of a number.
pub fn tenant(preset: &Preset, place: usize) -> TenantId {
    TenantId::parse(&preset.crm_accounts[place].org).unwrap()
}

/// Sets a tenant up at a LeadSquared address, unless it is; `calls` is its limit in five seconds.
pub async fn set_up(
    shared: Shared,
    preset: Preset,
    (place, host): (usize, &str),
    calls: Option<u32>,
) -> Result<(), String> {
    let account = &preset.crm_accounts[place];
    let new = NewTenant {
        tenant: tenant(&preset, place),
        name: String::new(),
        keys: CrmKeys { access: account.access_key.clone(), secret: account.secret_key.clone() },
        host: Some(host.to_owned()),
    };
    match setup::create_tenant(&shared, new, "rig").await {
        Ok(_) | Err(SetupError::Taken(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    save_settings(shared, preset, place, calls).await
}

/// Saves a tenant's settings with that limit.
pub async fn save_settings(shared: Shared, preset: Preset, place: usize, calls: Option<u32>) -> Result<(), String> {
    let tenant = tenant(&preset, place);
    let wanted = tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await }));
    let mut current = read.await.map_err(|error| error.to_string())?;
    current.settings.plan.calls = calls;
    current.settings.plan.bulk_calls = calls;
    // What comes half an hour after a webinar has stories of its own.
    current.settings.attendance.read_after_end = false;
    let saved = setup::save_settings_after(&shared, &tenant, current.version, current.settings, "rig").await;
    saved.map(|_| ()).map_err(|error| error.to_string())
}

/// Whether a tenant's sign-in for an app is there and works.
pub async fn is_connected(shared: Shared, tenant: TenantId, app: ZoomApp) -> Result<bool, String> {
    let read = shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
    let open = read.await.map_err(|error| error.to_string())?;
    Ok(open.is_some_and(|open| open.state == "active"))
}

/// Signs a tenant in with Zoom, as a person would.
pub async fn sign_in(shared: Shared, preset: Preset, (place, app): (usize, ZoomApp)) -> Result<(), String> {
    let url = sign_in::begin(&shared, &tenant(&preset, place), app, "browser", "rig").await;
    let url = url.map_err(|error| error.to_string())?;
    let callback = consent(&preset, &url, &preset.zoom_accounts[place].admin).await;
    let back = script::read_callback(&callback).ok_or("no callback")?;
    let code = back.outcome?;
    let keys = (back.state.as_str(), "browser");
    sign_in::come_back(&shared, app, &code, keys).await.map_err(|error| error.to_string())?;
    sign_in::confirm(&shared, app, keys).await.map(|_| ()).map_err(|error| error.to_string())
}

/// A Zoom admin who says yes; answers the address that Zoom sends the browser to.
async fn consent(preset: &Preset, authorize_url: &str, zoom_user: &str) -> String {
    use tower::ServiceExt as _;
    let url = reqwest::Url::parse(authorize_url).unwrap();
    let mut fields: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    fields.push(("user".to_owned(), zoom_user.to_owned()));
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let request = axum::http::Request::post(url.path())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(crate::network::pairs(&fields)))
        .unwrap();
    let response = preset.zoom.router().oneshot(request).await.unwrap();
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    location.unwrap_or_default().to_owned()
}

/// What a person does who looks at the console after a storm: what was parked because it failed again and again while others
/// passed goes once more. Answers how many; anything else that is parked stays so and is judged.
pub async fn replay_opaque(connector: &Connector, preset: &Preset, tenants: usize) -> Result<u64, String> {
    let mut replayed = 0;
    for place in 0..tenants {
        let (tenant, now_ms) = (tenant(preset, place), connector.shared.clock.now_ms());
        let opaque = delivery_list::Filter { code: Some("lsq.opaque".to_owned()), ..delivery_list::Filter::default() };
        let again = connector
            .shared
            .store
            .write(move |unit| Box::pin(async move { delivery_list::replay(unit, &tenant, &opaque, now_ms).await }));
        replayed += again.await.map_err(|error| error.to_string())?;
    }
    Ok(replayed)
}
