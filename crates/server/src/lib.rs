//! Placeholder.
pub mod clock;
pub mod dice;
pub mod store;
