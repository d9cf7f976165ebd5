//! Adding a LeadSquared account: its keys are tried at once, and a refusal is shown in LeadSquared's own words.

use super::filters;
use super::frame::Frame;
use askama::Template;

/// A region of LeadSquared and the host of its API.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    /// Shown to people.
    pub name: &'static str,
    /// The host.
    pub host: &'static str,
}

/// Regions known; any other host may be typed.
pub const REGIONS: [Region; 5] = [
    Region { name: "Singapore", host: "api.leadsquared.com" },
    Region { name: "United States", host: "api-us11.leadsquared.com" },
    Region { name: "India (Mumbai)", host: "api-in21.leadsquared.com" },
    Region { name: "India (Hyderabad)", host: "api-in22.leadsquared.com" },
    Region { name: "Ireland", host: "api-ir31.leadsquared.com" },
];

/// The page `/tenants/new`. The secret key is never shown again, not even to who typed it.
#[derive(Debug, Clone, Template)]
#[template(path = "new_tenant.html")]
pub struct NewTenant {
    /// Around it.
    pub frame: Frame,
    /// Name as typed.
    pub name: String,
    /// Access key as typed.
    pub access_key: String,
    /// Host as typed; empty means: find it out.
    pub host: String,
    /// What to mend, as a sentence.
    pub refusal: Option<Refusal>,
}

/// Why the set-up was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What to do, as a sentence.
    pub sentence: String,
    /// LeadSquared's own words, if it answered.
    pub answer: Option<String>,
}

impl NewTenant {
    /// The regions to choose from.
    #[must_use]
    pub fn regions(&self) -> &'static [Region] {
        &REGIONS
    }
}
