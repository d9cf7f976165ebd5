//! Zoom Connector for LeadSquared: doors, store, loops, clients, console and command line in one binary.
//!
//! The modules stand in the order in which data flows; ARCHITECTURE.md is the map.

pub mod cli;
pub mod app;
pub mod running;
pub mod doors;
pub mod config;
pub mod intake;
pub mod store;
pub mod translator;
pub mod courier;
pub mod keeper;
pub mod alerts;
pub mod mail;
pub mod audit;
pub mod access;
pub mod rehearsal;
pub mod rewind;
pub mod zoom;
pub mod leadsquared;
pub mod migration;
pub mod outside;
pub mod http;
pub mod connections;
pub mod choices;
pub mod setup;
pub mod actions;
pub mod sales_users;
pub mod console;
pub mod api;
pub mod api_keys;
pub mod problem;
pub mod telemetry;
pub mod clock;
pub mod dice;
pub mod failpoint;
pub mod planted;
