//! Stories: the whole connector against the pretend Zoom and LeadSquared, told on both databases. `house` is where they
//! happen; each file tells of one part of the product, and each story compares LeadSquared with the truth at its end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a story that cannot go on has failed"
)]

#[path = "../databases/mod.rs"]
mod databases;
mod consent;
mod house;
mod journal;

mod actions;
mod after;
mod alerts;
mod appointments;
mod attendance;
mod calendar;
mod changes;
mod connection;
mod crm;
mod dates;
mod deauthorization;
mod doors;
mod erasure;
mod fairness;
mod gap;
mod grants;
mod health;
mod leads_out;
mod legacy;
mod linking;
mod listed;
mod mail;
mod masked;
mod meeting;
mod migration;
mod missed;
mod one_alert;
mod outage;
mod own_app;
mod own_app_kept;
mod poison;
mod quota;
mod review;
mod routing;
mod registration;
mod rehearsal;
mod rewind;
mod rules;
mod runs;
mod sales;
mod scheduling;
mod series;
mod sharing;
mod stand_by;
mod takeover;
mod twins;
mod webinar;

use house::{House, On};

/// Tells a story on both databases.
async fn on_both(story: impl AsyncFn(House)) {
    for on in [On::Sqlite, On::Postgres] {
        if let Some(house) = House::open(on).await {
            story(house).await;
        }
    }
}
