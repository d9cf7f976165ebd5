//! Zoom Connector for LeadSquared: doors, store, loops, clients, console and command line in one binary.
//!
//! The modules stand in the order in which data flows; ARCHITECTURE.md is the map.

pub mod app;
pub mod clock;
pub mod config;
pub mod connections;
pub mod courier;
pub mod dice;
pub mod http;
pub mod intake;
pub mod keeper;
pub mod leadsquared;
pub mod outside;
pub mod problem;
pub mod setup;
pub mod store;
pub mod telemetry;
pub mod translator;
pub mod zoom;
