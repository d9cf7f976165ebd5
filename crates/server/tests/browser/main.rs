//! The pages in a real browser: headless Chromium against the real binary, with the pretend Zoom and LeadSquared around it.
//! Each file walks one way that a person walks, by what stands on the pages and nothing else.
//!
//! `chromium` drives the browser, `walk` leads it along every link, `axe` looks at pages as those do who cannot see them well; processes and pretend systems are those of `tests/process`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../process/binary.rs"]
#[allow(dead_code, reason = "shared with the tests of the process; each crate uses its part")]
mod binary;
#[path = "../process/described.rs"]
#[allow(dead_code, reason = "shared with the tests of the process; each crate uses its part")]
mod described;
#[path = "../databases/mod.rs"]
mod databases;
#[path = "../schema/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of the process; each crate uses its part")]
mod schema;
#[path = "../process/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the process; each crate uses its part")]
mod world;

mod axe;
mod chromium;
mod walk;

mod alerts;
mod events;
mod every_page;
mod hostile;
mod issues;
mod migration;
mod million;
mod scheduling;
mod signing_in;
