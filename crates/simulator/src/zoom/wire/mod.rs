//! The pretend Zoom's own JSON, one module for each direction; the connector's wires are not used here.

pub(crate) mod rest;
pub(crate) mod webhook;
