//! The pretend LeadSquared.
