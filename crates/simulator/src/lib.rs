//! A pretend Zoom and a pretend LeadSquared over one world, with wire types of their own.
//!
//! State first, HTTP second: `zoom` and `leadsquared` each hold a state that can be driven and looked at by plain calls,
//! and a skin that speaks the real system's protocol over it. The connector's own rules are never used here, so that what
//! they get wrong is not wrong in the same way. `fault` plans what goes wrong, `truth` compares what happened in the
//! pretend Zoom with what stands in the pretend LeadSquared.

pub mod clock;
pub mod dice;
pub mod fault;
pub mod leadsquared;
pub mod preset;
pub mod serve;
pub mod smtp;
pub mod truth;
pub mod zoom;
