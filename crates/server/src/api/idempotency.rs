//! Keys of requests: the header by which a caller says that a request is the same one again.

use super::openapi::table::{Field, Schema, optional};

/// The header.
pub(super) const HEADER: Field = optional("Idempotency-Key", Schema::Pattern("^[!-~]{1,200}$")).about(
    "Names the request: the same name with the same request is done once, and answered the same again for 24 hours.",
);
