//! Decisions about a grant's tokens: when to refresh, and what a token answer means for the connection.
