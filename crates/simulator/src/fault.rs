//! Planned faults: what goes wrong with which call, how often. A skin asks [`Faults::next`] for each call and carries out
//! what it gets; the order of plans is the order in which they are used up.

use std::sync::{Arc, Mutex};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Not applied; the connection ends without an answer.
    Reset,
    /// Applied; the connection ends without an answer.
    ApplyThenReset,
    /// Applied; answered with 500 and a page of HTML.
    ApplyThen500,
    /// Applied; the answer comes after so many milliseconds.
    ApplyThenWait(u64),
    /// Applied; the answer breaks off in the middle.
    ApplyThenTruncate,
    /// Applied; the answer leaves out the row of that number (bulk calls).
    ApplyThenLeaveOut(u64),
    /// Not applied; answered with this status and body.
    Answer(u16, String),
    /// Not applied; the same as the system's own throttle would answer.
    Throttle,
}

/// A plan for calls of one operation.
#[derive(Debug, Clone)]
struct Plan {
    operation: String,
    /// Only for calls whose body holds this.
    holding: String,
    skip: u32,
    left: u32,
    fault: Fault,
}

/// The plans of one system. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Plan>>>);

/// Any operation, in [`Faults::plan`].
pub const ANY: &str = "*";

impl Faults {
    /// Plans a fault for the `times` calls of `operation` ([`ANY`] for all) that come after `skip` others.
    pub fn plan(&self, operation: &str, (skip, times): (u32, u32), fault: Fault) {
        self.push(Plan { operation: operation.to_owned(), holding: String::new(), skip, left: times, fault });
    }

    /// Plans a fault for all calls of `operation` ([`ANY`] for all) whose body holds `text`: a record that the system cannot
    /// take.
    pub fn plan_for(&self, operation: &str, text: &str, fault: Fault) {
        let (operation, holding) = (operation.to_owned(), text.to_owned());
        self.push(Plan { operation, holding, skip: 0, left: u32::MAX, fault });
    }

    fn push(&self, plan: Plan) {
        if let Ok(mut plans) = self.0.lock() {
            plans.push(plan);
        }
    }

    /// Forgets all plans.
    pub fn clear(&self) {
        if let Ok(mut plans) = self.0.lock() {
            plans.clear();
        }
    }

    /// What goes wrong with this call of `operation`, if anything.
    #[must_use]
    pub fn next(&self, operation: &str) -> Option<Fault> {
        self.next_for(operation, &[])
    }

    /// What goes wrong with this call of `operation` with that body, if anything.
    #[must_use]
    pub fn next_for(&self, operation: &str, body: &[u8]) -> Option<Fault> {
        let mut plans = self.0.lock().ok()?;
        let holds = |text: &str| text.is_empty() || body.windows(text.len()).any(|part| part == text.as_bytes());
        let fits = |plan: &&mut Plan| {
            plan.left > 0 && (plan.operation == ANY || plan.operation == operation) && holds(&plan.holding)
        };
        let plan = plans.iter_mut().find(fits)?;
        if plan.skip > 0 {
            plan.skip -= 1;
            return None;
        }
        plan.left -= 1;
        let fault = plan.fault.clone();
        plans.retain(|plan| plan.left > 0);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_used_up_by_the_calls_it_is_for() {
        let faults = Faults::default();
        faults.plan("Task.Create", (1, 2), Fault::Reset);
        assert_eq!(faults.next("Lead.Capture"), None);
        assert_eq!(faults.next("Task.Create"), None);
        assert_eq!(faults.next("Task.Create"), Some(Fault::Reset));
        assert_eq!(faults.next("Task.Create"), Some(Fault::Reset));
        assert_eq!(faults.next("Task.Create"), None);
        faults.plan(ANY, (0, 1), Fault::Throttle);
        faults.clear();
        assert_eq!(faults.next("x"), None);
    }

    #[test]
    fn a_record_that_cannot_be_taken_spoils_only_the_calls_it_is_in() {
        let faults = Faults::default();
        faults.plan_for("Task.Create", "poison", Fault::Reset);
        assert_eq!(faults.next_for("Task.Create", b"clean"), None);
        assert_eq!(faults.next_for("Lead.Capture", b"poison"), None);
        for _ in 0..3 {
            assert_eq!(faults.next_for("Task.Create", b"some poison"), Some(Fault::Reset));
        }
    }
}
