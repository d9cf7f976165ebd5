//! One simulated world from its beginning to rest, and what is wrong with it then. Everything follows from the seed: the
//! world's happenings, what goes wrong, whose step is next.

use crate::connector::{self, CONNECTOR, Connector, Ground, Loop};
use crate::network::{LEADSQUARED, Network, Weather};
use crate::plan::{Clocks, Heir, Plan};
use crate::script::{Happening, Script};
use axum::body::Body;
use axum::http::Request;
use connector_core::ids::ZoomApp;
use connector_core::schedule_request::{ScheduleRequest, WishId};
use connector_server::app::{Step, StepError};
use connector_server::clock::Clock;
use connector_server::dice::seeded;
use connector_server::failpoint::{Point, strike};
use connector_server::intake::commands;
use connector_simulator::clock::Clock as PretendClock;
use connector_simulator::dice::Dice;
use connector_simulator::leadsquared::Limit;
use connector_simulator::preset::Preset;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::Pin;
use tower::ServiceExt as _;

/// When every world begins: 24 November 2026, 10:00 UTC.
const BEGIN_MS: i64 = 1_795_514_400_000;
const MINUTE_MS: i64 = 60_000;
/// Actions after which a world has gone round in circles.
const ACTIONS_MAX: usize = 30_000;
/// Rounds after which a world is taken to find no rest.
const ROUNDS_MAX: usize = 5_000;
/// A lane's lease, which an untroubled holder may count on, milliseconds.
const LEASE_MS: i64 = 90_000;
/// The farthest that the connector's clock goes astray for long, milliseconds: Zoom's signatures allow five minutes.
const ASTRAY_MS_MAX: i64 = 240_000;

type Stepping = Pin<Box<dyn Future<Output = Result<Step, StepError>>>>;

/// A step that waits for its answer while everything else goes on.
struct Stuck {
    which: Loop,
    step: Stepping,
    since_ms: i64,
    jumps: u64,
}

/// A world.
pub struct World {
    pub(crate) plan: Plan,
    pub(crate) ground: Ground,
    pub(crate) connector: Option<Connector>,
    pub(crate) script: Script,
    dice: Dice,
    pretend_clock: PretendClock,
    astray_ms: i64,
    jumps: u64,
    stuck: Option<Stuck>,
    pub(crate) crashes: Vec<Point>,
    pub(crate) clean_crashes: u64,
    pub(crate) broken: Vec<String>,
    calm: bool,
}

impl World {
    /// Makes the world of a seed with its database in a folder, and lets it live until it rests.
    pub async fn live(seed: u64, folder: &Path) -> Result<Self, String> {
        seeded::set(Some(seed));
        strike::revive();
        let mut dice = Dice::new(seed ^ 0x5eed);
        let plan = Plan::new(&mut dice);
        let pretend_clock = PretendClock::set_at(BEGIN_MS);
        let preset = Preset::new(pretend_clock.clone(), seed, None);
        preset.point_at(CONNECTOR);
        preset.zoom.set_mischief(plan.mischief);
        preset.zoom.set_access_life_s(plan.access_life_s);
        let network = Network::new(preset.zoom.router(), preset.leadsquared.router(), pretend_clock.clone(), seed);
        let script = Script::new(&mut dice, &preset, plan.tenants, BEGIN_MS);
        let ground = Ground { preset, network, clock: Clock::set_at(BEGIN_MS), folder: folder.to_owned() };
        let mut world = Self {
            plan,
            ground,
            connector: None,
            script,
            dice,
            pretend_clock,
            astray_ms: 0,
            jumps: 0,
            stuck: None,
            crashes: Vec::new(),
            clean_crashes: 0,
            broken: Vec::new(),
            calm: false,
        };
        world.reopen().await?;
        world.begin().await?;
        world.act().await?;
        world.rest().await?;
        Ok(world)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.pretend_clock.now_ms()
    }

    fn advance(&self, by_ms: i64) {
        self.ground.clock.advance(by_ms);
        self.pretend_clock.advance(by_ms);
    }

    fn open(&self) -> &Connector {
        self.connector.as_ref().unwrap()
    }

    /// Opens the connector over what is in its database; it may crash while it does.
    async fn reopen(&mut self) -> Result<(), String> {
        loop {
            strike::revive();
            if !self.calm && self.dice.chance(self.plan.crashes_per_1000 / 5) {
                self.arm();
            }
            let (ground, alone) = (self.ground.clone(), self.plan.heir == Heir::Alone);
            let opened = AssertUnwindSafe(async move { Connector::open(&ground, alone).await }).catch_unwind().await;
            match (strike::struck(), opened) {
                (Some(point), _) => self.crashes.push(point),
                (None, Ok(Ok(connector))) => {
                    self.connector = Some(connector);
                    return Ok(());
                }
                (None, Ok(Err(error))) => return Err(format!("the connector does not open: {error:#}")),
                (None, Err(panic)) => std::panic::resume_unwind(panic),
            }
        }
    }

    /// The next thing ends at some place.
    fn arm(&mut self) {
        let place = usize::try_from(self.dice.below(Point::ALL.len() as u64)).unwrap_or(0);
        let count = 1 + self.dice.below(4);
        if let Some(point) = Point::ALL.get(place) {
            strike::arm(*point, count);
        }
    }

    /// Everything in memory is gone.
    async fn crash(&mut self) -> Result<(), String> {
        match strike::struck() {
            Some(point) => self.crashes.push(point),
            None => self.clean_crashes += 1,
        }
        self.stuck = None;
        self.ground.network.hang_no_more();
        if let Some(connector) = self.connector.take() {
            connector.die().await;
        }
        self.reopen().await
    }

    /// Runs something that may be struck; answers nothing when it was.
    async fn guarded<T>(&mut self, work: impl Future<Output = T>) -> Result<Option<T>, String> {
        let done = AssertUnwindSafe(work).catch_unwind().await;
        if strike::struck().is_some() {
            drop(done);
            self.crash().await?;
            return Ok(None);
        }
        match done {
            Ok(value) => Ok(Some(value)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Tenants are set up and signed in, by people who try until it works.
    async fn begin(&mut self) -> Result<(), String> {
        for place in 0..self.plan.tenants {
            loop {
                let (shared, preset) = (self.open().shared.clone(), self.ground.preset.clone());
                if let Some(done) =
                    self.guarded(connector::set_up(shared, preset, (place, LEADSQUARED), self.plan.calls)).await?
                {
                    done?;
                    break;
                }
            }
        }
        // The limit that the settings know holds from now on; setting up is done by people with time.
        self.advance(MINUTE_MS);
        for account in self.ground.preset.crm_accounts.iter().take(self.plan.tenants) {
            let limit = self.plan.calls.map(|calls| Limit { calls, bulk_calls: None, window_s: 5 });
            self.ground.preset.leadsquared.set_limit(&account.org, limit);
        }
        // Signing in over a broken network is tried as well.
        if self.dice.chance(20) {
            self.ground.network.set_weather(self.plan.weather.clone());
        }
        self.sign_in().await?;
        self.ground.network.set_weather(self.plan.weather.clone());
        Ok(())
    }

    /// Signs in whoever is not.
    async fn sign_in(&mut self) -> Result<(), String> {
        for (place, app) in (0..self.plan.tenants).flat_map(|place| ZoomApp::ALL.map(|app| (place, app))) {
            for _ in 0..200 {
                let (shared, tenant) = (self.open().shared.clone(), connector::tenant(&self.ground.preset, place));
                let Some(is) = self.guarded(connector::is_connected(shared, tenant, app)).await? else { continue };
                if is? {
                    break;
                }
                if !self.calm && self.dice.chance(self.plan.crashes_per_1000 / 2) {
                    self.arm();
                }
                let (shared, preset) = (self.open().shared.clone(), self.ground.preset.clone());
                // What did not work is tried again.
                let _ = self.guarded(connector::sign_in(shared, preset, (place, app))).await?;
            }
        }
        Ok(())
    }

    /// Everything happens, in an order of chance.
    async fn act(&mut self) -> Result<(), String> {
        for _ in 0..ACTIONS_MAX {
            if self.script.next_ms().is_none() && self.dice.chance(2) {
                return Ok(());
            }
            if self.dice.below(1000) < self.plan.crashes_per_1000 {
                if self.dice.chance(30) {
                    self.crash().await?;
                } else {
                    self.arm();
                }
            }
            match self.dice.below(100) {
                0..14 => self.deliver(8).await.map(drop)?,
                14..23 => self.step(Loop::Translator).await.map(drop)?,
                23..38 => self.crm_step().await?,
                38..43 => self.step(Loop::Zoom).await.map(drop)?,
                43..46 => self.keeper_step().await?,
                46..48 => self.wander(),
                48..49 => self.operate().await?,
                49..54 => self.resume().await?,
                54..60 => {
                    let ms = i64::try_from(self.dice.below(5_000)).unwrap_or(0);
                    self.advance(ms);
                }
                _ => self.go_on().await?,
            }
            self.ground.network.apply_late().await;
        }
        Err("the script does not come to its end".to_owned())
    }

    /// The script goes on, or time passes on the way to it.
    async fn go_on(&mut self) -> Result<(), String> {
        let now_ms = self.now_ms();
        match self.script.play(&self.ground.preset, now_ms) {
            Some(Happening::Wish(wish)) => self.wish(wish).await,
            Some(_) => Ok(()),
            None => {
                let ahead_ms = self.script.next_ms().map_or(60_000, |next_ms| next_ms - now_ms);
                let part = i64::try_from(self.dice.below(3)).unwrap_or(0) + 1;
                self.advance((ahead_ms / part).clamp(1, 10 * MINUTE_MS));
                Ok(())
            }
        }
    }

    /// A sales user asks until the wish is kept, sometimes twice.
    async fn wish(&mut self, wish: usize) -> Result<(), String> {
        let wanted = self.script.wanted[wish].clone();
        let start = Timestamp::from_millisecond(wanted.start_ms).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
        let request = ScheduleRequest {
            lead: wanted.email.clone(),
            topic: wanted.topic.clone(),
            start,
            zone: "UTC".to_owned(),
            minutes: Some(30),
            ..ScheduleRequest::default()
        };
        let times = if self.dice.chance(20) { 2 } else { 1 };
        let (mut kept, id) = (0, WishId::parse(&wanted.wish).unwrap());
        for _ in 0..100 {
            let (shared, tenant) = (self.open().shared.clone(), connector::tenant(&self.ground.preset, wanted.place));
            let (request, id) = (request.clone(), id.clone());
            let asking = async move {
                commands::schedule_meeting(&shared, &tenant, &request, &id, "rig").await.map_err(|e| e.to_string())
            };
            match self.guarded(asking).await? {
                Some(Ok(())) => kept += 1,
                Some(Err(_)) => self.sign_in().await?,
                None => {}
            }
            if kept == times {
                return Ok(());
            }
        }
        Err("a wish is not kept".to_owned())
    }

    /// Hands some webhooks that are due to the door; answers how many.
    async fn deliver(&mut self, most: usize) -> Result<usize, String> {
        let due = self.ground.preset.zoom.take_due(most);
        let count = due.len();
        for webhook in due {
            let mut request = Request::post(webhook.url.strip_prefix(CONNECTOR).unwrap());
            for (name, value) in &webhook.headers {
                request = request.header(name, value);
            }
            let request = request.body(Body::from(webhook.body)).unwrap();
            let router = self.open().router.clone();
            let status =
                self.guarded(async move { router.oneshot(request).await.map(|it| it.status().as_u16()) }).await?;
            self.ground.preset.zoom.report(webhook.id, status.and_then(Result::ok));
        }
        Ok(count)
    }

    /// One step of a loop.
    async fn step(&mut self, which: Loop) -> Result<Option<Step>, String> {
        let shared = self.open().shared.clone();
        self.ground.network.note(&which);
        match self.guarded(which.step(shared)).await? {
            Some(Ok(step)) => Ok(Some(step)),
            Some(Err(error)) => Err(format!("a step of {which:?} failed: {error}")),
            None => Ok(None),
        }
    }

    /// A step in which a call may hang, so that others go on meanwhile.
    async fn stuck_step(&mut self, which: Loop) -> Result<(), String> {
        if self.stuck.is_some() {
            let _ = self.step(which).await?;
            return Ok(());
        }
        self.ground.network.hang_next();
        let (shared, network) = (self.open().shared.clone(), self.ground.network.clone());
        let mut step: Stepping = Box::pin(which.step(shared));
        // The call may be one of a task of its own, for which the step only waits.
        let waiting = async {
            tokio::select! {
                biased;
                done = step.as_mut() => Some(done),
                () = network.hanging() => None,
            }
        };
        match self.guarded(waiting).await? {
            Some(None) => {
                self.stuck = Some(Stuck { which, step, since_ms: self.now_ms(), jumps: self.jumps });
                Ok(())
            }
            Some(Some(Err(error))) => Err(format!("a step of {which:?} failed: {error}")),
            Some(Some(Ok(_))) | None => {
                self.ground.network.hang_no_more();
                Ok(())
            }
        }
    }

    async fn crm_step(&mut self) -> Result<(), String> {
        if self.dice.chance(self.plan.hangs_per_100) && self.stuck.is_none() {
            return self.stuck_step(Loop::Crm).await;
        }
        // Somebody holds the only tenant's lane and is within the lease: nobody else may have it.
        let held = self.plan.tenants == 1
            && self.stuck.as_ref().is_some_and(|stuck| {
                stuck.which == Loop::Crm && stuck.jumps == self.jumps && self.now_ms() - stuck.since_ms < LEASE_MS
            });
        let before = strike::count(Point::CourierClaimed);
        let _ = self.step(Loop::Crm).await?;
        if held && strike::count(Point::CourierClaimed) > before {
            self.broken.push("a lane was claimed while its holder's lease ran".to_owned());
        }
        Ok(())
    }

    async fn keeper_step(&mut self) -> Result<(), String> {
        if self.dice.chance(self.plan.hangs_per_100) && self.stuck.is_none() {
            return self.stuck_step(Loop::Keeper).await;
        }
        self.step(Loop::Keeper).await.map(drop)
    }

    /// A call that hangs comes back, sometimes when its lane has a new holder.
    async fn resume(&mut self) -> Result<(), String> {
        let Some(stuck) = self.stuck.take() else { return Ok(()) };
        self.ground.network.let_go();
        match self.guarded(stuck.step).await? {
            Some(Err(error)) => Err(format!("a step of {:?} failed: {error}", stuck.which)),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// The connector's clock jumps.
    fn wander(&mut self) {
        if self.plan.clocks == Clocks::Right {
            return;
        }
        let wanted = i64::try_from(self.dice.below(2 * ASTRAY_MS_MAX.unsigned_abs())).unwrap_or(0) - ASTRAY_MS_MAX;
        self.ground.clock.advance(wanted - self.astray_ms);
        (self.astray_ms, self.jumps) = (wanted, self.jumps + 1);
    }

    /// An operator saves settings, or signs in what is broken.
    async fn operate(&mut self) -> Result<(), String> {
        if self.dice.chance(50) {
            return self.sign_in().await;
        }
        let (shared, preset) = (self.open().shared.clone(), self.ground.preset.clone());
        let place = usize::try_from(self.dice.below(self.plan.tenants as u64)).unwrap_or(0);
        match self.guarded(connector::save_settings(shared, preset, place, self.plan.calls)).await? {
            Some(done) => done,
            None => Ok(()),
        }
    }

    /// Nothing goes wrong any more; everything that waits is done.
    async fn rest(&mut self) -> Result<(), String> {
        self.calm = true;
        self.resume().await?;
        if strike::struck().is_none() {
            strike::revive();
        }
        self.ground.clock.advance(-self.astray_ms);
        self.astray_ms = 0;
        self.ground.network.set_weather(Weather::default());
        let mut until_keeper_ms = 0;
        for _ in 0..ROUNDS_MAX {
            let mut worked = self.deliver(64).await? > 0;
            self.ground.network.apply_late().await;
            let mut due_ms = i64::MAX;
            for which in [Loop::Translator, Loop::Crm, Loop::Zoom] {
                match self.step(which).await? {
                    Some(Step::Worked) | None => worked = true,
                    Some(Step::IdleUntil(at_ms)) => due_ms = due_ms.min(at_ms),
                }
            }
            if worked {
                continue;
            }
            if self.now_ms() >= until_keeper_ms {
                self.step(Loop::Keeper).await?;
                self.sign_in().await?;
                until_keeper_ms = self.now_ms() + MINUTE_MS;
                continue;
            }
            let zoom = &self.ground.preset.zoom;
            let next = [zoom.next_due_ms(), self.ground.network.next_late_ms(), Some(due_ms)];
            let next_ms = next.into_iter().flatten().min().unwrap_or(i64::MAX);
            if next_ms == i64::MAX && zoom.undelivered() == 0 {
                if connector::replay_opaque(self.open(), &self.ground.preset, self.plan.tenants).await? == 0 {
                    return Ok(());
                }
                continue;
            }
            if next_ms - self.now_ms() > 48 * 60 * MINUTE_MS {
                return Err("something waits for days".to_owned());
            }
            self.advance((next_ms - self.now_ms()).max(1));
        }
        Err("the world does not come to rest".to_owned())
    }
}
