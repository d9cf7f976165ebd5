//! What the store promises, on both databases: one suite, the same functions, several workers at once.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod databases;

#[path = "store/audit.rs"]
mod audit;
#[path = "store/calendar.rs"]
mod calendar;
#[path = "store/connections.rs"]
mod connections;
#[path = "store/deliveries.rs"]
mod deliveries;
#[path = "store/departures.rs"]
mod departures;
#[path = "store/dump.rs"]
mod dump;
#[path = "store/follow.rs"]
mod follow;
#[path = "store/grants.rs"]
mod grants;
#[path = "store/hours.rs"]
mod hours;
#[path = "store/issues.rs"]
mod issues;
#[path = "store/journal.rs"]
mod journal;
#[path = "store/lanes.rs"]
mod lanes;
#[path = "store/lists.rs"]
mod lists;
#[path = "store/people.rs"]
mod people;
#[path = "store/replay.rs"]
mod replay;
#[path = "store/requests.rs"]
mod requests;
#[path = "store/rows.rs"]
mod rows;
#[path = "store/schema.rs"]
mod schema;
#[path = "store/sealed.rs"]
mod sealed;
#[path = "store/strangers.rs"]
mod strangers;
#[path = "store/tenants.rs"]
mod tenants;
