//! Every rule of the connector: the words of Zoom and LeadSquared, reading events, merging facts, planning
//! deliveries, judging replies, limits, signatures and OAuth decisions.
//!
//! Nothing here does I/O, is async, asks the clock or rolls dice: time and chance are arguments. The modules stand in
//! the order in which data flows; `translate` is the heart.

pub mod addition;
pub mod calendar;
pub mod calendar_file;
pub mod chain;
pub mod code;
pub mod delivery;
pub mod exchange;
pub mod fact;
pub mod grant;
pub mod ids;
pub mod issue;
pub mod leadsquared;
pub mod legacy;
pub mod letter;
pub mod migration;
pub mod own_app;
pub mod recurrence;
pub mod redact;
pub mod rehearsal;
pub mod rest;
pub mod rewind;
pub mod role;
pub mod route;
pub mod rules;
pub mod schedule_request;
pub mod scope;
pub mod settings;
pub mod translate;
pub mod zoom;
