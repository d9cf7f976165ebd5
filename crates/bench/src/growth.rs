//! What an event costs as the journal grows, and as the tenants grow in number: door, translation and delivery timed
//! apart. The pretend LeadSquared has no limit, and its own cost is part of delivery's.

use crate::clock::Stopwatch;
use crate::figures::{Figures, progress, rounded};
use crate::stepped::Stepped;
use crate::webhook::{Told, Webhooks};
use crate::world::{UNLIMITED, unlimited_plan};
use anyhow::Context as _;
use connector_core::zoom::signature::SecretToken;

/// Events in a measured sample, and in each of the steps that fill the journal.
const SAMPLE: u64 = 2_000;
/// Rows in the journal before each sample.
const ROWS: [u64; 3] = [2_000, 10_000, 100_000];
/// Tenants of the second part.
const TENANTS: [usize; 2] = [1, 1_000];

/// Runs it.
pub async fn run() -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    let mut house = Stepped::open(UNLIMITED, &unlimited_plan(), 1).await?;
    let mut number = 0;
    for rows in ROWS {
        while number < rows {
            sample(&mut house, 1, &mut number).await?;
        }
        progress(&format!("the journal has {number} rows"));
        figures.insert(format!("rows_{rows}"), sample(&mut house, 1, &mut number).await?.into());
    }
    drop(house);
    for tenants in TENANTS {
        let mut house = Stepped::open(UNLIMITED, &unlimited_plan(), tenants).await?;
        let mut number = 0;
        sample(&mut house, tenants, &mut number).await?;
        figures.insert(format!("tenants_{tenants}"), sample(&mut house, tenants, &mut number).await?.into());
    }
    Ok(figures)
}

/// Takes one sample; microseconds per event.
async fn sample(house: &mut Stepped, tenants: usize, number: &mut u64) -> anyhow::Result<Figures> {
    let webhooks = Webhooks {
        accounts: (0..tenants).map(|number| house.world.zoom_account(number)).collect(),
        secret: SecretToken::new(house.world.secret_token()).context("an empty secret")?,
        run: "growth".to_owned(),
        told: Told::Joined,
    };
    let watch = Stopwatch::start();
    house.knock_with(&webhooks, *number..*number + SAMPLE).await?;
    let taken_s = watch.seconds();
    house.translate().await?;
    let translated_s = watch.seconds();
    house.settle().await?;
    let delivered_s = watch.seconds();
    *number += SAMPLE;
    // Further samples do not stand at the same moment.
    house.advance(1_000);
    let each = |seconds: f64| rounded(seconds * 1_000_000.0 / SAMPLE as f64, 0);
    Ok(Figures::from_iter([
        ("intake_us".to_owned(), each(taken_s)),
        ("translate_us".to_owned(), each(translated_s - taken_s)),
        ("deliver_us".to_owned(), each(delivered_s - translated_s)),
        ("event_us".to_owned(), each(delivered_s)),
    ]))
}
