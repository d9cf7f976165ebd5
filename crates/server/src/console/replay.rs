//! Before many deliveries are replayed: how many they are, which, and what it means.

use super::filters;
use super::frame::Frame;
use super::notification::Pair;
use askama::Template;

/// The page `/t/{tenant}/deliveries/replay`.
#[derive(Debug, Clone, Template)]
#[template(path = "replay.html")]
pub struct Replay {
    /// Around it.
    pub frame: Frame,
    /// How many match.
    pub count: i64,
    /// The filters in words.
    pub filters: Vec<Pair>,
    /// The filters as the form hands them on: names and values.
    pub fields: Vec<Pair>,
    /// The list they came from.
    pub back: String,
}
