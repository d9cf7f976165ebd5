//! Zoom's side: its signatures, its events, the calls we make and how its answers read.
//!
//! Only `wire` and `reply` know Zoom's JSON. Facts are from the project's Zoom reference (zoom.md), section by section.

pub mod after;
pub mod change;
pub mod command;
pub mod event;
pub mod history;
pub mod listed;
pub mod options;
pub mod pace;
pub mod reply;
pub mod request;
pub mod signature;
pub mod trial;
mod wire;
