//! The real binary, as a stranger meets it: started as a process, in an empty folder of its own, with the pretend Zoom and
//! LeadSquared served by the test. What is asked of it goes through its command line, its doors and its signals only.
//!
//! `binary` starts and ends processes, `world` is what is around them, `raw` speaks to a door byte by byte, `webhook` signs
//! by hand; the other files tell what is seen. Whatever takes real time is waited for here, as nothing else can move the
//! clock of another process; nothing else in the project does.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../databases/mod.rs"]
mod databases;
#[path = "../schema/mod.rs"]
mod schema;

mod binary;
mod world;
mod raw;
mod webhook;
mod webinar;
mod described;

mod cli;
mod api;
mod api_problems;
mod api_keys;
mod api_links;
mod idempotency;
mod killed_request;
mod api_fuzz;
mod configuration;
mod stopping;
mod doors;
mod demo;
mod crash;
mod operations;
mod rotation;
mod fleet;
mod sales;
