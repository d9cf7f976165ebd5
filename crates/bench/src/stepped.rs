//! A connector whose loops are stepped by hand, under a clock that only the bench moves: calls are real, waiting is not.

use crate::webhook::Webhooks;
use crate::world::{Gate, World};
use anyhow::{Context as _, bail};
use axum::body::Body;
use axum::http::Request;
use connector_core::settings::Plan;
use connector_core::zoom::signature::sign;
use connector_server::app::{self, Shared, Step};
use connector_server::clock::Clock;
use connector_server::courier::{Courier, Destination};
use connector_server::doors;
use connector_server::translator::Translator;
use connector_simulator::clock::Clock as PretendClock;
use connector_simulator::zoom::Outgoing;
use futures_util::StreamExt as _;
use std::ops::Range;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// When it begins: 24 November 2026, 10:00 UTC.
const BEGIN_MS: i64 = 1_795_514_400_000;
/// Webhooks that knock at the door side by side.
const SIDE_BY_SIDE: usize = 128;
/// Steps after which the loops have gone round in circles.
const STEPS_MAX: usize = 2_000_000;
/// The address of a connector that only the bench reaches.
const CONNECTOR: &str = "http://connector.test";

/// The connector and its world.
pub struct Stepped {
    /// The pretend world.
    pub world: World,
    /// The connector.
    pub shared: Shared,
    pretend_clock: PretendClock,
    translator: Translator,
    couriers: [Courier; 2],
    router: axum::Router,
    _tasks: JoinSet<()>,
}

impl Stepped {
    /// A connector over a fresh SQLite database with so many tenants.
    pub async fn open(gate: Gate, plan: &Plan, tenants: usize) -> anyhow::Result<Self> {
        let pretend_clock = PretendClock::set_at(BEGIN_MS);
        let world = World::open(pretend_clock.clone(), gate).await?;
        world.preset.point_at(CONNECTOR);
        let (shared, writer) = app::open(world.config("")?, Clock::set_at(BEGIN_MS)).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        world.add_tenants(&shared, tenants, plan).await?;
        Ok(Self {
            translator: Translator::new(shared.clone()),
            couriers: [Destination::LeadSquared, Destination::Zoom].map(|to| Courier::new(shared.clone(), to)),
            router: doors::router(&shared),
            _tasks: tasks,
            world,
            shared,
            pretend_clock,
        })
    }

    /// Now, epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Moves everybody's clock.
    pub fn advance(&self, by_ms: i64) {
        self.shared.clock.advance(by_ms);
        self.pretend_clock.advance(by_ms);
    }

    /// Hands all webhooks that are due to the door; answers how many.
    ///
    /// # Errors
    /// When the door refuses one.
    pub async fn deliver(&self) -> anyhow::Result<usize> {
        let mut delivered = 0;
        loop {
            let due = self.world.preset.zoom.take_due(SIDE_BY_SIDE);
            if due.is_empty() {
                return Ok(delivered);
            }
            delivered += due.len();
            let mut answers =
                futures_util::stream::iter(due.into_iter().map(|one| self.knock(one))).buffer_unordered(SIDE_BY_SIDE);
            while let Some(answer) = answers.next().await {
                answer?;
            }
        }
    }

    /// Hands webhooks of those numbers to the door.
    ///
    /// # Errors
    /// When the door refuses one.
    pub async fn knock_with(&self, webhooks: &Webhooks, numbers: Range<u64>) -> anyhow::Result<()> {
        let now_ms = self.now_ms();
        let knocks = numbers.map(|number| async move {
            let body = webhooks.body(number, now_ms);
            let timestamp = now_ms.div_euclid(1000).to_string();
            let request = Request::post("/zoom/webinars/webhook")
                .header("x-zm-signature", sign(&webhooks.secret, &timestamp, body.as_bytes()))
                .header("x-zm-request-timestamp", timestamp);
            let response = self.router.clone().oneshot(request.body(Body::from(body))?).await?;
            anyhow::ensure!(response.status().is_success(), "the door answered {}", response.status());
            Ok(())
        });
        let mut knocks = futures_util::stream::iter(knocks).buffer_unordered(SIDE_BY_SIDE);
        while let Some(knocked) = knocks.next().await {
            knocked?;
        }
        Ok(())
    }

    async fn knock(&self, webhook: Outgoing) -> anyhow::Result<()> {
        let path = webhook.url.strip_prefix(CONNECTOR).context("a webhook for somebody else")?;
        let mut request = Request::post(path);
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(webhook.body))?).await?;
        let status = response.status().as_u16();
        self.world.preset.zoom.report(webhook.id, Some(status));
        anyhow::ensure!(status == 200, "the door answered {status}");
        Ok(())
    }

    /// Translates until nothing is pending.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn translate(&mut self) -> anyhow::Result<()> {
        while self.translator.step().await? == Step::Worked {}
        Ok(())
    }

    /// Steps all loops until nothing is left to do, the clock moved to the next due time whenever they are idle.
    ///
    /// # Errors
    /// When a step fails, or there is no end.
    pub async fn settle(&mut self) -> anyhow::Result<()> {
        self.settle_until(i64::MAX).await
    }

    /// The same, but no further than to `until_ms` (epoch milliseconds), where the clock stands then if something is left.
    ///
    /// # Errors
    /// When a step fails, or there is no end.
    pub async fn settle_until(&mut self, until_ms: i64) -> anyhow::Result<()> {
        for _ in 0..STEPS_MAX {
            let mut due_ms = i64::MAX;
            let mut worked = false;
            let mut note = |step: Step| match step {
                Step::Worked => worked = true,
                Step::IdleUntil(at_ms) => due_ms = due_ms.min(at_ms),
            };
            note(self.translator.step().await?);
            for courier in &mut self.couriers {
                note(courier.step().await?);
            }
            if worked {
                continue;
            }
            if due_ms == i64::MAX || due_ms >= until_ms {
                if until_ms < i64::MAX {
                    self.advance(until_ms.saturating_sub(self.now_ms()).max(0));
                }
                return Ok(());
            }
            self.advance(due_ms.saturating_sub(self.now_ms()).max(1));
        }
        bail!("the loops go round in circles")
    }
}
