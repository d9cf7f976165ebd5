//! The house of a story: a connector whose loops are stepped by hand, the pretend Zoom and LeadSquared on loopback, and one
//! clock for all of them that only the story moves. Nothing sleeps: [`House::settle`] works until nothing is due.

use super::consent::consent;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::TenantId;
use connector_server::app::{self, Shared, Step};
use connector_server::cli::demo::stage;
use connector_server::clock::Clock;
use connector_server::connections::sign_in;
use connector_server::courier::{Courier, Destination};
use connector_server::doors;
use connector_server::keeper::Keeper;
use connector_server::leadsquared::CrmKeys;
use connector_server::setup::{self, NewTenant};
use connector_server::store::{delivery_count, delivery_list, journal, lane, ledger, tenant};
use connector_server::translator::Translator;
use connector_simulator::clock::Clock as PretendClock;
use connector_simulator::leadsquared::{NewAccount, Throttle};
use connector_simulator::preset::Preset;
use connector_simulator::serve::{Served, serve};
use connector_simulator::smtp::ServedSmtp;
use connector_simulator::truth::{AttendanceTold, Comparison, Expectations, Scheduled, compare};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// When every story begins: 24 November 2026, 10:00 UTC.
pub const BEGIN_MS: i64 = 1_795_514_400_000;
/// One minute, one hour.
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// What is due so soon is waited for.
const SOON_MS: i64 = 100;
/// Steps after which a story has gone round in circles.
const STEPS_MAX: usize = 20_000;

/// A database to tell the story on.
#[derive(Debug, Clone, Copy)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Everything a story needs.
pub struct House {
    pub preset: Preset,
    pub shared: Shared,
    pub clock: Clock,
    /// How the truth expects attendance to be told.
    pub attendance: AttendanceTold,
    pretend_clock: PretendClock,
    translator: Translator,
    couriers: [Courier; 2],
    keeper: Keeper,
    router: axum::Router,
    _served: [Served; 2],
    _smtp: ServedSmtp,
    _tasks: JoinSet<()>,
    _folder: tempfile::TempDir,
}

/// The address of a connector that only the story reaches.
pub const CONNECTOR: &str = "http://connector.test";

impl House {
    /// A house with two tenants, `sunrise` and `northwind`, both signed in with Zoom for meetings and webinars.
    pub async fn open(on: On) -> Option<Self> {
        let house = Self::empty(on).await?;
        for place in 0..2 {
            house.add_tenant(place).await;
            house.sign_in(place, "meetings").await;
            house.sign_in(place, "webinars").await;
        }
        Some(house)
    }

    /// A house without tenants; `None` when there is no such database here.
    pub async fn empty(on: On) -> Option<Self> {
        let store_url = match on {
            On::Sqlite => None,
            On::Postgres => Some(super::databases::fresh_postgres().await?),
        };
        // Another story of this process may have installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let pretend_clock = PretendClock::set_at(BEGIN_MS);
        let preset = Preset::new(pretend_clock.clone(), 7, None);
        preset.point_at(CONNECTOR);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let served =
            [serve(preset.zoom.router(), any).await.unwrap(), serve(preset.leadsquared.router(), any).await.unwrap()];
        let mut config = stage::config(&preset, &served[0].url(), folder.path()).unwrap();
        let smtp = preset.smtp.serve(any).await.unwrap();
        config.mail = stage::mail_config(smtp.address);
        config.server.public_url = CONNECTOR.to_owned();
        config.store.url = store_url.unwrap_or_default();
        let clock = Clock::set_at(BEGIN_MS);
        let (shared, writer) = app::open(config, clock.clone()).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        Some(Self {
            translator: Translator::new(shared.clone()),
            couriers: [
                Courier::new(shared.clone(), Destination::LeadSquared),
                Courier::new(shared.clone(), Destination::Zoom),
            ],
            keeper: Keeper::new(shared.clone()),
            router: doors::router(&shared),
            _served: served,
            _smtp: smtp,
            _tasks: tasks,
            _folder: folder,
            preset,
            shared,
            clock,
            attendance: AttendanceTold::AsItHappens,
            pretend_clock,
        })
    }

    /// Sets up the tenant of the preset's LeadSquared account number `place`, without a rate limit.
    pub async fn add_tenant(&self, place: usize) {
        let account = &self.preset.crm_accounts[place];
        let new = NewTenant {
            tenant: TenantId::parse(&account.org).unwrap(),
            name: String::new(),
            keys: CrmKeys { access: account.access_key.clone(), secret: account.secret_key.clone() },
            host: Some(self._served[1].url()),
        };
        setup::create_tenant(&self.shared, new, "story").await.unwrap();
        self.change_settings(place, |settings| {
            settings.plan.calls = None;
            settings.plan.bulk_calls = None;
        })
        .await;
    }

    /// Adds a LeadSquared account to the pretend world, and a tenant for it, without a rate limit and without Zoom.
    pub async fn add_account(&self, org: &str) -> TenantId {
        let keys = CrmKeys { access: format!("u$r{org}"), secret: format!("secret-{org}") };
        self.preset.leadsquared.add_account(NewAccount {
            org: org.to_owned(),
            name: org.to_owned(),
            access_key: keys.access.clone(),
            secret_key: keys.secret.clone(),
            user_email: format!("integration@{org}.example"),
            time_zone: "UTC".to_owned(),
            limit: None,
            throttle: Throttle::Status429,
            api_host: "api.leadsquared.example".to_owned(),
            app_host: "app.leadsquared.example".to_owned(),
        });
        let tenant = TenantId::parse(org).unwrap();
        let new = NewTenant { tenant: tenant.clone(), name: String::new(), keys, host: Some(self._served[1].url()) };
        setup::create_tenant(&self.shared, new, "story").await.unwrap();
        self.change_settings_of(&tenant, |settings| {
            settings.plan.calls = None;
            settings.plan.bulk_calls = None;
        })
        .await;
        tenant
    }

    /// Changes a tenant's settings.
    pub async fn change_settings(&self, place: usize, change: fn(&mut connector_core::settings::Settings)) {
        self.change_settings_of(&self.tenant(place), change).await;
    }

    async fn change_settings_of(&self, tenant: &TenantId, change: fn(&mut connector_core::settings::Settings)) {
        let wanted = tenant.clone();
        let read = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { connector_server::store::settings::current(unit, &wanted).await }));
        let mut current = read.await.unwrap();
        change(&mut current.settings);
        setup::save_settings_after(&self.shared, tenant, current.version, current.settings, "story").await.unwrap();
    }

    /// Points a tenant at an address where its LeadSquared is, or is not.
    pub async fn move_crm(&self, place: usize, base: Option<&str>) {
        let (tenant, base) = (self.tenant(place), base.map_or_else(|| self._served[1].url(), str::to_owned));
        let moved = self.shared.store.write(move |unit| {
            Box::pin(async move {
                let row = tenant::get(unit, &tenant).await?.unwrap();
                tenant::update_crm(unit, &tenant::TenantRow { crm_api: base, ..row }).await
            })
        });
        moved.await.unwrap();
    }

    /// One step of the translator.
    pub async fn translate(&mut self) -> Step {
        self.translator.step().await.unwrap()
    }

    /// One step of the courier to LeadSquared.
    pub async fn crm_step(&mut self) -> Step {
        self.couriers[0].step().await.unwrap()
    }

    /// The tenant number `place`.
    pub fn tenant(&self, place: usize) -> TenantId {
        TenantId::parse(&self.preset.crm_accounts[place].org).unwrap()
    }

    /// Signs a tenant in with the Zoom account of the same number.
    pub async fn sign_in(&self, place: usize, app: &str) {
        self.sign_in_as(place, app, &self.preset.zoom_accounts[place].admin).await.unwrap();
    }

    /// Signs a tenant in with some Zoom user; says why when it does not work.
    pub async fn sign_in_as(&self, place: usize, app: &str, zoom_user: &str) -> Result<(), String> {
        let app = connector_core::ids::ZoomApp::parse(app).unwrap();
        let tenant = self.tenant(place);
        let url = sign_in::begin(&self.shared, &tenant, app, "browser", "story").await.unwrap();
        let callback = consent(&url, zoom_user).await;
        let back = connector_server::connections::script::read_callback(&callback).unwrap();
        let keys = (back.state.as_str(), "browser");
        let code = match &back.outcome {
            Ok(code) => code.clone(),
            Err(error) => {
                let declined = sign_in::declined(&self.shared, app, error, keys).await;
                return Err(declined.map(|_| ()).unwrap_err().to_string());
            }
        };
        sign_in::come_back(&self.shared, app, &code, keys).await.map_err(|error| error.to_string())?;
        sign_in::confirm(&self.shared, app, keys).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Moves the one clock of everybody.
    pub fn advance(&self, by_ms: i64) {
        self.clock.advance(by_ms);
        self.pretend_clock.advance(by_ms);
    }

    /// Now, epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Works until nothing is due: webhooks are delivered, the loops step. What only waits for company gets its moment.
    pub async fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            let delivered = self.deliver().await;
            let mut due_ms = i64::MAX;
            let mut worked = false;
            let mut note = |step: Step| match step {
                Step::Worked => worked = true,
                Step::IdleUntil(at_ms) => due_ms = due_ms.min(at_ms),
            };
            note(self.translator.step().await.unwrap());
            for courier in &mut self.couriers {
                note(courier.step().await.unwrap());
            }
            let soon_ms = due_ms.saturating_sub(self.now_ms());
            match (delivered, worked) {
                (0, false) if soon_ms <= SOON_MS => self.advance(soon_ms.max(1)),
                (0, false) => {
                    self.keeper.step().await.unwrap();
                    return self.check_ledger().await;
                }
                _ => {}
            }
        }
        panic!("the story goes round in circles");
    }

    /// Works for so many rounds, whether something is left or not.
    pub async fn work(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.deliver().await;
            self.translator.step().await.unwrap();
            for courier in &mut self.couriers {
                courier.step().await.unwrap();
            }
        }
    }

    /// Kills the process while a call to Zoom is under way: when `applied` says that Zoom has carried it out, the answer never
    /// arrives. Begin it with a call that Zoom answers late.
    pub async fn kill_in_zoom_call(&mut self, applied: impl Fn(&Preset) -> bool) {
        let mut step = Box::pin(self.couriers[1].step());
        loop {
            tokio::select! {
                biased;
                _ = &mut step => panic!("the call was answered before the process was killed"),
                () = tokio::task::yield_now() => {}
            }
            if applied(&self.preset) {
                break;
            }
        }
        drop(step);
        self.reopen().await;
    }

    /// Starts the process anew on the same database: nothing that it held in memory is left.
    pub async fn reopen(&mut self) {
        let (shared, writer) = app::open(self.shared.config.clone(), self.clock.clone()).await.unwrap();
        self._tasks.abort_all();
        self._tasks.spawn(writer.run());
        self.translator = Translator::new(shared.clone());
        self.couriers =
            [Courier::new(shared.clone(), Destination::LeadSquared), Courier::new(shared.clone(), Destination::Zoom)];
        self.keeper = Keeper::new(shared.clone());
        self.router = doors::router(&shared);
        self.shared = shared;
        let freed = self.shared.store.write(|unit| Box::pin(lane::free_all(unit))).await;
        freed.unwrap();
    }

    /// One more process over the same database: its own pools, keys, clients and writer, the same clock.
    pub async fn another_process(&mut self) -> Shared {
        let (shared, writer) = app::open(self.shared.config.clone(), self.clock.clone()).await.unwrap();
        self._tasks.spawn(writer.run());
        shared
    }

    /// What was taken in is merged, ignored, quarantined or pending: by the ledger, and by the journal's own rows.
    async fn check_ledger(&self) {
        let balances = self.shared.store.read(|unit| Box::pin(ledger::balances(unit))).await.unwrap();
        for balance in balances {
            let rows: i64 = self.notifications(balance.tenant.clone()).await.values().sum();
            assert!(balance.holds() && rows == balance.received, "{balance:?}, {rows} rows");
        }
    }

    /// Settles, then lets time pass in steps until nothing waits for a time any more, at the most so long.
    pub async fn settle_within(&mut self, most_ms: i64) {
        let step_ms = 5_000;
        for _ in 0..(most_ms / step_ms) {
            self.settle().await;
            if self.preset.zoom.undelivered() == 0 && self.open_deliveries().await == 0 {
                return;
            }
            self.advance(step_ms);
        }
        self.settle().await;
    }

    async fn open_deliveries(&self) -> i64 {
        let mut open = 0;
        for place in 0..2 {
            let counts = self.deliveries(place).await;
            open += ["ready", "sending", "unknown"].iter().filter_map(|state| counts.get(*state)).sum::<i64>();
            open -= self.reads_to_come(place).await;
        }
        open
    }

    /// Reads of a webinar that are planned for later: a story that wants them goes there.
    async fn reads_to_come(&self, place: usize) -> i64 {
        let tenant = self.tenant(place);
        let filter = delivery_list::Filter {
            state: Some("ready".to_owned()),
            limit: 10_000,
            ..delivery_list::Filter::default()
        };
        let read = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }));
        let to_come =
            read.await.unwrap().into_iter().filter(|row| row.kind == "read" && row.next_at_ms > self.now_ms());
        i64::try_from(to_come.count()).unwrap()
    }

    /// One round of the keeper.
    pub async fn keep(&mut self) {
        self.keeper.step().await.unwrap();
    }

    /// Hands the webhooks that are due now to the connector's door.
    async fn deliver(&self) -> usize {
        let due = self.preset.zoom.take_due(256);
        for webhook in &due {
            let path = webhook.url.strip_prefix(CONNECTOR).unwrap();
            let mut request = Request::post(path);
            for (name, value) in &webhook.headers {
                request = request.header(name, value);
            }
            let request = request.body(Body::from(webhook.body.clone())).unwrap();
            let status = self.ask(request).await.0;
            self.preset.zoom.report(webhook.id, Some(status.as_u16()));
        }
        due.len()
    }

    /// Sends a request to the connector; the whole answer.
    pub async fn answer(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request to the connector.
    pub async fn ask(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.answer(request).await;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// Counts of a tenant's deliveries by state.
    pub async fn deliveries(&self, place: usize) -> BTreeMap<String, i64> {
        self.deliveries_of(self.tenant(place)).await
    }

    /// The same by tenant.
    pub async fn deliveries_of(&self, tenant: TenantId) -> BTreeMap<String, i64> {
        let since = connector_server::dice::id_floor(0);
        let read = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { delivery_list::counts(unit, &tenant, &since).await }));
        read.await.unwrap().into_iter().collect()
    }

    /// The causes of a tenant's parked deliveries with their counts.
    pub async fn causes(&self, place: usize) -> Vec<(String, i64)> {
        let tenant = self.tenant(place);
        let read = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { delivery_count::parked_causes(unit, &tenant, 10_000, 10).await }));
        read.await.unwrap()
    }

    /// Why a tenant's deliveries are paused, if they are.
    pub async fn paused(&self, place: usize) -> Option<String> {
        let tenant = self.tenant(place);
        let read = self.shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &tenant).await }));
        read.await.unwrap().unwrap().paused.map(|(code, ..)| code)
    }

    /// Counts of a tenant's notifications by outcome.
    pub async fn notifications(&self, tenant: TenantId) -> BTreeMap<String, i64> {
        let since = connector_server::dice::id_floor(0);
        let read =
            self.shared.store.read(move |unit| Box::pin(async move { journal::counts(unit, &tenant, &since).await }));
        read.await.unwrap().into_iter().collect()
    }

    /// Compares a tenant's LeadSquared account with what happened in its Zoom account.
    pub fn compare(&self, place: usize, scheduled: Vec<Scheduled>) -> Comparison {
        let expect = Expectations {
            zoom_account: self.preset.zoom_accounts[place].id.clone(),
            follow_up_minutes: 30,
            follow_up_hours: 24,
            attendance: self.attendance,
            no_shows_until_ms: Some(self.now_ms() - 30 * MINUTE_MS),
            scheduled,
        };
        let crm = self.preset.leadsquared.snapshot(&self.preset.crm_accounts[place].org).unwrap();
        compare(&self.preset.zoom.history(), &crm, &expect)
    }

    /// Everything that a tenant's people can see, as a text that is the same on every run.
    pub async fn picture(&self, place: usize) -> String {
        let crm = self.preset.leadsquared.snapshot(&self.preset.crm_accounts[place].org).unwrap();
        let email = |lead: &str| {
            let found = crm.leads.iter().find(|one| one.id == lead);
            found.and_then(|lead| lead.fields.get("EmailAddress").cloned()).unwrap_or_else(|| "?".to_owned())
        };
        let mut lines = Vec::new();
        for lead in &crm.leads {
            let fields: Vec<String> = ["FirstName", "LastName", "Company", "Phone", "Source"]
                .iter()
                .filter_map(|name| lead.fields.get(*name).map(|value| format!("{name}={value}")))
                .collect();
            lines.push(format!("lead {} {}", email(&lead.id), fields.join(" ")));
        }
        for activity in &crm.activities {
            let note = activity.note.replace('\n', " / ");
            lines.push(format!("activity {} {} · {} · {note}", email(&activity.lead), activity.at, activity.type_name));
        }
        for task in &crm.tasks {
            let lead = task.lead.as_deref().map_or_else(String::new, email);
            lines.push(format!("task {lead} {} · {} · {}", task.due, task.task_type, task.name));
        }
        lines.sort();
        let mut picture = lines.join("\n");
        let _ = write!(picture, "\njournal {:?}", self.notifications(self.tenant(place)).await);
        let _ = write!(picture, "\ndeliveries {:?}", self.deliveries(place).await);
        picture
    }
}
