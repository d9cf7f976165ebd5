//! The console: server-rendered pages for the people who run the connector and connect it with Zoom. One file a page,
//! with its template of the same name in `templates/`; the pages stand in the order in which a new user meets them.
//!
//! A page shows and asks; it decides nothing that a rule of the core should decide, and it does not touch SQL. No page
//! loads anything from elsewhere or needs a script. Next: `frame` (what stands around a page), `list` (what stands around a list), `part`, `filters` (how
//! foreign text is shown), `http` (the routes that fill the pages).

pub mod asset;
mod filters;
pub mod frame;
pub mod list;
pub mod part;
pub mod plot;

pub mod access;
pub mod add_leads;
pub mod alerts;
pub mod audit;
pub mod configure;
pub mod connect;
pub mod crm;
pub mod deliveries;
pub mod delivery;
pub mod events;
pub mod first_run;
pub mod follow;
pub mod issues;
pub mod journal;
pub mod keys;
pub mod migration;
pub mod new_tenant;
pub mod notification;
pub mod overview;
pub mod own_app;
pub mod own_meetings;
pub mod people;
pub mod problem;
pub mod registrations;
pub mod replay;
pub mod review;
pub mod rules;
pub mod sales;
pub mod schedule;
pub mod sharing;
pub mod sign_in;
pub mod tenants;

pub mod http;

#[cfg(test)]
mod tests;
