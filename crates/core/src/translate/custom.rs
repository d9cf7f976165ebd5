//! A tenant's custom logic in the pipe: who is left out by a filter, and fields that are computed from a registration.

use super::occasion::Occasion;
use super::{Command, Context, Planned, Start};
use crate::leadsquared::command::Command as Crm;
use crate::rules::custom::{Record, Sieved, compute, sieve as asked};
use std::collections::BTreeMap;

/// Holds what was planned for an occasion against the filters: whoever is left out makes nothing, which is shown with the filter's
/// name. A filter that cannot be evaluated parks what would have gone out.
pub fn sieve(context: &Context<'_>, occasion: &Occasion<'_>, planned: &mut [Planned]) {
    let settings = &context.settings.settings;
    if planned.is_empty() || settings.filters.iter().all(|filter| !filter.on) {
        return;
    }
    match asked(&settings.filters, &occasion.variables(settings.time_zone.as_deref())) {
        Sieved::Passes => {}
        Sieved::LeftOut(name) => {
            for one in planned.iter_mut().filter(|one| is_open(one.start)) {
                // The lead of somebody who came is made once for all webinars: left out here, it is not left out of the next.
                if is_lead(&one.command) {
                    one.key = context.keys.alias("delivery", &["left_out", &one.key, &occasion.fact.0]).0;
                }
                one.start = Start::Suppressed("suppressed.filter");
                one.detail = Some(format!("Left out by the filter “{name}”."));
            }
        }
        Sieved::Failed(why) => park(planned, &why),
    }
}

fn is_open(start: Start) -> bool {
    match start {
        Start::Ready | Start::Mended | Start::NotBefore(_) | Start::WaitsForIdentity | Start::Parked(_) => true,
        Start::Suppressed(_) => false,
    }
}

fn is_lead(command: &Command) -> bool {
    match command {
        Command::LeadSquared { command: Crm::UpsertLead(_) | Crm::FindLead(_) } => true,
        Command::LeadSquared {
            command:
                Crm::PostActivity(_)
                | Crm::CreateTask(_)
                | Crm::CorrectActivity(_)
                | Crm::Gather(_)
                | Crm::ChangeTask(_)
                | Crm::ReadTask(_),
        }
        | Command::Zoom { .. } => false,
    }
}

/// Parks what would go out, for the reason.
pub fn park(planned: &mut [Planned], why: &str) {
    for one in planned.iter_mut().filter(|one| one.start == Start::Ready) {
        one.start = Start::Parked("rule.failed");
        one.detail = Some(why.to_owned());
    }
}

/// Puts the computed values of one record into its fields.
///
/// # Errors
/// The sentence of the first that cannot be computed.
pub fn fill(
    context: &Context<'_>,
    occasion: &Occasion<'_>,
    of: Record,
    (fields, chars_max): (&mut BTreeMap<String, String>, usize),
) -> Result<(), String> {
    let settings = &context.settings.settings;
    if !settings.computed_fields.iter().any(|field| field.on && field.of == of) {
        return Ok(());
    }
    let variables = occasion.variables(settings.time_zone.as_deref());
    fields.extend(compute(&settings.computed_fields, of, &variables, chars_max)?);
    Ok(())
}
