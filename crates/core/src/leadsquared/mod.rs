//! LeadSquared's side: the changes we want in it, the calls that make them and how its answers read.
//!
//! Only `wire` knows LeadSquared's JSON. Facts are from the project's LeadSquared reference (leadsquared.md).

pub mod command;
pub mod request;
pub mod reply;
mod wire;
