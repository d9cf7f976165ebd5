//! Wiring: what everything shares, the loops and the only endless loop, starting and stopping. Holds no rules.

use crate::alerts::{HERALDS, Herald};
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::connections::keyring::{Keyring, NoKey};
use crate::connections::master::{self, MasterKeys};
use crate::connections::old_app::{self, OldApp};
use crate::connections::own_app;
use crate::connections::renewals::Renewals;
use crate::connections::tokens::TokenDesk;
use crate::courier::{Courier, Destination};
use crate::intake::writer::{self, Journal, Writer};
use crate::keeper::Keeper;
use crate::leadsquared::LeadSquared;
use crate::mail::Postman;
use crate::outside::Outside;
use crate::setup::learn::FieldCache;
use crate::store::tenant::{self, TenantRow};
use crate::store::{Store, StoreError, held};
use crate::translator::Translator;
use crate::zoom::Zoom;
use anyhow::Context as _;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::OwnApp;
use connector_core::rest::{self, Company, Rested, Turn};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A loop that nobody woke looks again after this: other processes do not wake ours.
const POLL: Duration = Duration::from_millis(500);
/// After a failed step a loop waits so long.
const FAILED_WAIT_MS: i64 = 1_000;
/// Couriers to LeadSquared that visit lanes side by side.
const CRM_COURIERS: usize = 6;
/// What a step of a loop came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something was done; there may be more.
    Worked,
    /// Nothing to do before that time, epoch milliseconds.
    IdleUntil(i64),
}

/// A step failed; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A tenant's key could not be had.
    #[error(transparent)]
    Key(#[from] NoKey),
}

/// Wakes loops of one kind. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Wake(watch::Sender<u64>);

impl Default for Wake {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Wake {
    /// There is something to do.
    pub fn wake(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// The loops that can be woken.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// The translator.
    pub translator: Wake,
    /// The couriers.
    pub courier: Wake,
}

/// What everything shares.
pub struct Everything {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The tenants' keys.
    pub keys: Keyring,
    /// The way out.
    pub outside: Outside,
    /// The client of Zoom.
    pub zoom: Zoom,
    /// The way into the journal.
    pub journal: Journal,
    /// The loops that can be woken.
    pub wakes: Wakes,
    /// This process among those that share the database.
    pub owner: String,
    /// See [`held::NOBODY`].
    pub nobody: TenantId,
    /// The grants that this process refreshes at the moment.
    pub renewals: Renewals,
    /// Nothing that was taken in is unaccounted for, at the last check.
    pub balanced: AtomicBool,
    /// When an unproven notice of removal was last heard, epoch milliseconds.
    pub unproven_ms: AtomicI64,
    /// Lead fields of accounts, for pages.
    pub lead_fields: FieldCache,
    /// Tenants whose lanes to LeadSquared held little lately.
    pub company: Mutex<Company<TenantId>>,
}

/// [`Everything`], cheap to clone.
pub type Shared = Arc<Everything>;

impl Everything {
    /// The way to Zoom tokens.
    #[must_use]
    pub fn tokens(&self) -> TokenDesk {
        TokenDesk {
            store: self.store.clone(),
            clock: self.clock.clone(),
            zoom: self.zoom.clone(),
            keys: self.keys.clone(),
            owner: self.owner.clone(),
            renewals: self.renewals.clone(),
        }
    }

    /// The tenant's old JWT app, if it is switched on.
    ///
    /// # Errors
    /// [`NoKey`] when the store fails or the credentials do not open.
    pub async fn old_app(&self, tenant: &TenantId) -> Result<Option<OldApp>, NoKey> {
        old_app::active(&self.store, &self.keys, tenant).await
    }

    /// The tenant's own Zoom app for that kind, if it is connected by one.
    ///
    /// # Errors
    /// [`NoKey`] when the store fails or the credentials do not open.
    pub async fn own_app(&self, tenant: &TenantId, app: ZoomApp) -> Result<Option<OwnApp>, NoKey> {
        Ok(own_app::of(&self.store, &self.keys, tenant, app).await?.map(|(_, own)| own))
    }

    /// The client of a tenant's LeadSquared account, with the keys as they are now.
    ///
    /// # Errors
    /// [`StepError`] when there is no such tenant or its keys do not open.
    pub async fn crm(&self, tenant: &TenantId) -> Result<LeadSquared, StepError> {
        let wanted = tenant.clone();
        let row = self.store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
        self.crm_of(&row.ok_or(NoKey::NoTenant)?).await
    }

    /// As [`Everything::crm`], of a tenant whose row was read just now.
    ///
    /// # Errors
    /// [`StepError`] when its keys do not open.
    pub async fn crm_of(&self, row: &TenantRow) -> Result<LeadSquared, StepError> {
        let tenant = &row.tenant;
        let key = self.keys.of(&self.store, tenant).await?;
        let opened = key.open(&row.crm_keys, crate::setup::keys_place(tenant)).map_err(NoKey::from)?;
        let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "keys", why: error.to_string() };
        let keys = serde_json::from_slice(&opened).map_err(unreadable)?;
        Ok(LeadSquared::new(&self.outside, &row.crm_api, keys))
    }
}

/// Opens everything that is shared, without starting anything. The second part is the journal's writer.
///
/// # Errors
/// When the data folder, the keys or the database cannot be used; the message says what to do.
pub async fn open(config: Config, clock: Clock) -> anyhow::Result<(Shared, Writer)> {
    let outside = Outside::new(config.development.allow_http, clock.clone()).context("TLS cannot be set up")?;
    open_over(config, clock, outside).await
}

/// As [`open`], with that way out.
///
/// # Errors
/// When the data folder, the keys or the database cannot be used; the message says what to do.
pub async fn open_over(config: Config, clock: Clock, outside: Outside) -> anyhow::Result<(Shared, Writer)> {
    let folder = &config.store.data_folder;
    std::fs::create_dir_all(folder).with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    let store = Store::open_with(&config.store_url(), config.store.connections_max).await;
    let store = store.context("the database cannot be opened")?;
    let source = config.master_keys();
    let masters = masters(&source, &store).await?;
    let zoom = Zoom::new(&outside, &config);
    let wakes = Wakes::default();
    let (journal, writer) = writer::writer(store.clone(), wakes.translator.clone(), clock.clone());
    let owner = crate::dice::id(clock.now_ms());
    let nobody = held::nobody()?;
    let keys = Keyring::new(source, masters);
    let shared = Everything {
        config,
        store,
        clock,
        keys,
        outside,
        zoom,
        journal,
        wakes,
        owner,
        nobody,
        renewals: Renewals::default(),
        balanced: AtomicBool::new(true),
        unproven_ms: AtomicI64::new(0),
        lead_fields: FieldCache::default(),
        company: Mutex::default(),
    };
    Ok((Arc::new(shared), writer))
}

/// The master keys. A new one is made for a database without accounts only: nobody could read what another one sealed.
async fn masters(source: &master::Source, store: &Store) -> anyhow::Result<MasterKeys> {
    if let Some(masters) = source.read()? {
        return Ok(masters);
    }
    let accounts = store.read(|unit| Box::pin(tenant::count(unit))).await?;
    anyhow::ensure!(
        accounts == 0,
        "the database holds {accounts} accounts, and the master key that opens them is not here: put it back as {}, or set keys.master",
        source.folder.join(master::KEY_FILE).display()
    );
    source.make()
}

/// Makes sure that only this process serves an embedded database. Hold the file as long as it does.
///
/// # Errors
/// When another process serves it.
pub fn lock(config: &Config) -> anyhow::Result<File> {
    std::fs::create_dir_all(&config.store.data_folder)?;
    let path = config.store.data_folder.join("serve.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    if file.try_lock().is_err() {
        anyhow::bail!(
            "another process serves {} already; stop it first, or use PostgreSQL for several",
            config.store.data_folder.display()
        );
    }
    Ok(file)
}

/// Runs what must not be cut short, to its end even if whoever waits for it leaves. None when it ended abnormally.
#[expect(clippy::disallowed_methods, reason = "what must go on when its caller leaves is spawned here")]
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(work).await.ok()
}

/// The loops of a running service.
pub struct Loops {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Loops {
    /// Starts the writer and all loops.
    #[must_use]
    pub fn start(shared: &Shared, writer: Writer) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        let translator = Translator::new(Arc::clone(shared));
        tasks.spawn(endless(Worker::Translator(translator), Arc::clone(shared), stopped.clone()));
        for _ in 0..CRM_COURIERS {
            let courier = Courier::new(Arc::clone(shared), Destination::LeadSquared);
            tasks.spawn(endless(Worker::Courier(courier), Arc::clone(shared), stopped.clone()));
        }
        let courier = Courier::new(Arc::clone(shared), Destination::Zoom);
        tasks.spawn(endless(Worker::Courier(courier), Arc::clone(shared), stopped.clone()));
        tasks.spawn(endless(Worker::Keeper(Keeper::new(Arc::clone(shared))), Arc::clone(shared), stopped.clone()));
        for _ in 0..HERALDS {
            let herald = Herald::new(Arc::clone(shared));
            tasks.spawn(endless(Worker::Herald(herald), Arc::clone(shared), stopped.clone()));
        }
        tasks.spawn(endless(Worker::Postman(Postman::new(Arc::clone(shared))), Arc::clone(shared), stopped));
        Self { tasks, stop }
    }

    /// Whoever serves stops when this turns true.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Waits until one of the loops ends.
    pub async fn broken(&mut self) {
        if let Some(Err(error)) = self.tasks.join_next().await {
            tracing::error!(%error, "a loop died");
        }
    }

    /// Tells everybody to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until every loop has finished the step it is in. The writer ends with the last way to it.
    pub async fn finish(mut self, within: Duration) {
        self.stop();
        let all = async {
            // The writer waits for the last door to close; it has nothing left to commit then.
            while self.tasks.len() > 1 {
                if self.tasks.join_next().await.is_none() {
                    break;
                }
            }
        };
        if tokio::time::timeout(within, all).await.is_err() {
            tracing::warn!("a loop was cut off; what it was sending is read back at the next start");
        }
    }
}

/// A loop's body.
enum Worker {
    Translator(Translator),
    Courier(Courier),
    Keeper(Keeper),
    Herald(Herald),
    Postman(Postman),
}

impl Worker {
    async fn step(&mut self) -> Result<Step, StepError> {
        match self {
            Self::Translator(translator) => translator.step().await,
            Self::Courier(courier) => courier.step().await,
            Self::Keeper(keeper) => keeper.step().await,
            Self::Herald(herald) => herald.step().await,
            Self::Postman(postman) => postman.step().await,
        }
    }

    fn wake(&self, wakes: &Wakes) -> watch::Receiver<u64> {
        match self {
            Self::Translator(_) | Self::Keeper(_) | Self::Herald(_) | Self::Postman(_) => wakes.translator.listen(),
            Self::Courier(_) => wakes.courier.listen(),
        }
    }

    /// Whether it gives way while the doors are crowded. The others have little to do, and somebody waits for it.
    fn gives_way(&self) -> bool {
        match self {
            Self::Translator(_) => true,
            Self::Courier(courier) => courier.destination() == Destination::LeadSquared,
            Self::Keeper(_) | Self::Herald(_) | Self::Postman(_) => false,
        }
    }

    fn is_woken(&self) -> bool {
        match self {
            Self::Translator(_) | Self::Courier(_) => true,
            Self::Keeper(_) | Self::Herald(_) | Self::Postman(_) => false,
        }
    }
}

/// The only endless loop.
async fn endless(mut worker: Worker, shared: Shared, mut stop: watch::Receiver<bool>) {
    let mut woken = worker.wake(&shared.wakes);
    let mut rested = Rested::default();
    while !*stop.borrow() {
        let turn = rested.turn(shared.journal.crowded_ms(), shared.clock.monotonic_ms());
        if worker.gives_way() && turn == Turn::Rest {
            clock::sleep_ms(rest::LOOK_MS).await;
            continue;
        }
        // Registered before it looks: what is woken while it looks is not missed.
        woken.borrow_and_update();
        let wait = match worker.step().await {
            Ok(Step::Worked) => {
                tokio::task::yield_now().await;
                continue;
            }
            Ok(Step::IdleUntil(at_ms)) => {
                let ms = at_ms.saturating_sub(shared.clock.now_ms()).max(1);
                let due = shared.clock.real_time(ms);
                if worker.is_woken() { due.min(POLL) } else { due }
            }
            Err(error) => {
                tracing::error!(%error, "a step failed; it is tried again");
                clock::sleep_ms(FAILED_WAIT_MS).await;
                continue;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = woken.changed(), if worker.is_woken() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
