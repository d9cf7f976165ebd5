//! How LeadSquared's answers read. This is the only place that may say "not applied" (design § 7, leadsquared.md § 2.4).

use serde::{Deserialize, Serialize};

/// What one write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; with the id LeadSquared gave, where it gave one.
    Applied {
        /// Lead, activity or task id.
        id: Option<String>,
    },
    /// Certainly not done.
    NotApplied(Refusal),
    /// Nobody can say: timeout, reset, 5xx without a name, HTML, truncated, a row missing from a bulk answer.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The request never left us.
    NotSent {
        /// Why.
        why: String,
    },
    /// 401: the tenant's keys are wrong, inactive or of another region.
    Unauthorized {
        /// LeadSquared's words, which may name the right host.
        detail: String,
    },
    /// 429, or a rate-limit name under any status.
    RateLimited {
        /// The limit the text names, if it does.
        limit: Option<RateLimit>,
    },
    /// A unique field belongs to another lead (`MXDuplicateEntryException`).
    DuplicateLead {
        /// LeadSquared's words.
        detail: String,
    },
    /// The lead id is not (or no more) known (`MXInvalidEntityException`).
    LeadMissing {
        /// LeadSquared's words.
        detail: String,
    },
    /// Refused with another `MX…` name: this one will never pass.
    Rejected {
        /// The `MX…` name.
        exception: String,
        /// LeadSquared's words.
        detail: String,
    },
    /// 400, 404, 405, 413 or 415 without a name: five alike in a row are a configuration fault.
    Malformed {
        /// The status.
        status: u16,
        /// The first of the body.
        detail: String,
    },
}

/// A limit as an error text names it ("exceeded the limit of 20 in 5 second(s)").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls allowed.
    pub calls: u32,
    /// In so many seconds.
    pub seconds: u32,
}
