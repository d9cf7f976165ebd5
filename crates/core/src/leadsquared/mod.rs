//! LeadSquared's side: the changes we want in it, the calls that make them and how its answers read.
//!
//! Only `wire` and `reply` know LeadSquared's JSON. Facts are from the project's LeadSquared reference (leadsquared.md).

pub mod action;
pub mod appointment;
pub mod command;
pub mod look;
pub mod members;
pub mod reply;
pub mod request;
pub mod setup;
pub mod task_look;
mod wire;
