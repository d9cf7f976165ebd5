//! What follows from an outcome: the table that decides whether a delivery is done, tried again, read back, parked, or
//! whether the whole tenant has to pause (design § 7).

use super::schedule::{self, Dice};
use crate::leadsquared::command::Command;
use crate::leadsquared::reply::{Outcome, RateLimit, Refusal};

/// What the decision needs to know of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What was wanted.
    pub command: &'a Command,
    /// Tries before this one that ended without being applied.
    pub tries: u32,
    /// When the delivery was planned, epoch milliseconds.
    pub planned_ms: i64,
    /// When the attempt's deadline was or is, epoch milliseconds.
    pub deadline_ms: i64,
    /// Whether its lead was looked up anew once already because LeadSquared did not know it.
    pub lead_renewed: bool,
    /// Whether it went out in a bulk call.
    pub in_bulk: bool,
}

/// What follows for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done, with the id LeadSquared gave, if it gave one.
    Delivered {
        /// Lead, activity or task id.
        id: Option<String>,
    },
    /// Ready again at that time.
    Retry {
        /// Epoch milliseconds.
        at_ms: i64,
        /// The code of the cause.
        code: &'static str,
        /// From now on without company: the bulk call it was in was refused without saying which row was at fault.
        alone: bool,
    },
    /// Ready again at once, without the fields that belong to another lead.
    RetryWithout {
        /// Schema names to leave out.
        fields: &'static [&'static str],
    },
    /// Ready again once its lead has been looked up anew.
    RenewLead,
    /// Unknown: the first read is due then.
    Verify {
        /// Epoch milliseconds.
        at_ms: i64,
    },
    /// Waits for a person.
    Park {
        /// The code of the cause.
        code: &'static str,
    },
}

/// What follows for the whole tenant, beside the delivery's own verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantVerdict {
    /// Nothing.
    GoOn,
    /// The rate limiter takes the refusal in.
    SlowDown(Option<RateLimit>),
    /// The keys are refused: pause, tell once, probe.
    Pause(&'static str),
    /// Five alike in a row are a configuration fault: count it.
    Suspect {
        /// The status that was answered.
        status: u16,
    },
}

/// Fields of a lead that are unique by default and may belong to another lead (leadsquared.md § 3.5).
pub const UNIQUE_FIELDS: &[&str] = &["Phone", "Mobile"];
/// So many equal refusals in a row pause the tenant as a configuration fault.
pub const ALIKE_MAX: u32 = 5;

/// Judges one outcome at `now_ms`.
#[must_use]
pub fn judge(situation: Situation<'_>, outcome: &Outcome, now_ms: i64, dice: Dice) -> (Verdict, TenantVerdict) {
    match outcome {
        Outcome::Applied { id } => (Verdict::Delivered { id: id.clone() }, TenantVerdict::GoOn),
        Outcome::Unknown { .. } => (unknown(situation, now_ms), TenantVerdict::GoOn),
        Outcome::NotApplied(refusal) => refused(situation, refusal, now_ms, dice),
    }
}

/// Reads may simply be repeated; so may an upsert by the unique e-mail, which names its own result.
fn unknown(situation: Situation<'_>, now_ms: i64) -> Verdict {
    let at_ms = schedule::verify_at_ms(situation.deadline_ms, 0).unwrap_or(situation.deadline_ms).max(now_ms);
    match situation.command {
        Command::UpsertLead(_) | Command::FindLead(_) => Verdict::Retry { at_ms, code: "lsq.unknown", alone: false },
        Command::PostActivity(_) | Command::CreateTask(_) => Verdict::Verify { at_ms },
    }
}

fn refused(situation: Situation<'_>, refusal: &Refusal, now_ms: i64, dice: Dice) -> (Verdict, TenantVerdict) {
    let retry_at = |code: &'static str, at_ms: i64| retry(situation, code, at_ms, now_ms);
    match refusal {
        Refusal::NotSent { .. } => {
            let at_ms = now_ms + schedule::retry_delay_ms(situation.tries, dice);
            (retry_at("lsq.not_sent", at_ms), TenantVerdict::GoOn)
        }
        Refusal::Unauthorized { .. } => {
            (retry_at("lsq.unauthorized", now_ms), TenantVerdict::Pause("lsq.unauthorized"))
        }
        Refusal::RateLimited { limit } => (retry_at("lsq.rate_limited", now_ms), TenantVerdict::SlowDown(*limit)),
        Refusal::DuplicateLead { .. } => (duplicate(situation), TenantVerdict::GoOn),
        Refusal::LeadMissing { .. } if !situation.lead_renewed => (Verdict::RenewLead, TenantVerdict::GoOn),
        Refusal::LeadMissing { .. } => (Verdict::Park { code: "lsq.lead_missing" }, TenantVerdict::GoOn),
        Refusal::Rejected { .. } => (Verdict::Park { code: "lsq.rejected" }, TenantVerdict::GoOn),
        Refusal::Malformed { status, .. } => {
            let suspect = TenantVerdict::Suspect { status: *status };
            if situation.in_bulk {
                (Verdict::Retry { at_ms: now_ms, code: "lsq.malformed", alone: true }, suspect)
            } else {
                (Verdict::Park { code: "lsq.malformed" }, suspect)
            }
        }
    }
}

fn retry(situation: Situation<'_>, code: &'static str, at_ms: i64, now_ms: i64) -> Verdict {
    if now_ms - situation.planned_ms >= schedule::KEPT_MS {
        Verdict::Park { code: "delivery.too_old" }
    } else {
        Verdict::Retry { at_ms, code, alone: false }
    }
}

fn duplicate(situation: Situation<'_>) -> Verdict {
    match situation.command {
        Command::UpsertLead(write) if UNIQUE_FIELDS.iter().any(|field| write.fields.contains_key(*field)) => {
            Verdict::RetryWithout { fields: UNIQUE_FIELDS }
        }
        Command::UpsertLead(_) | Command::FindLead(_) | Command::PostActivity(_) | Command::CreateTask(_) => {
            Verdict::Park { code: "lsq.duplicate_lead" }
        }
    }
}

/// What a read after a lost answer showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Found, with the ids that carry the marker.
    Found(Vec<String>),
    /// Not there, and everything was looked through.
    Absent,
    /// Could not be read, or not to the end.
    Unclear,
}

/// What follows for an unknown delivery from read number `reads` (from 0), whose attempt had `deadline_ms`.
#[must_use]
pub fn judge_read(seen: &Seen, reads: usize, deadline_ms: i64, now_ms: i64, dice: Dice) -> AfterRead {
    match seen {
        Seen::Found(ids) => AfterRead::Delivered { id: ids.first().cloned(), twice: ids.len() > 1 },
        Seen::Absent if schedule::decides(reads) => AfterRead::SendAgain,
        Seen::Absent => AfterRead::ReadAgain {
            reads: reads + 1,
            at_ms: schedule::verify_at_ms(deadline_ms, reads + 1).unwrap_or(now_ms).max(now_ms),
        },
        Seen::Unclear => {
            let tries = u32::try_from(reads).unwrap_or(u32::MAX);
            AfterRead::ReadAgain { reads, at_ms: now_ms + schedule::retry_delay_ms(tries, dice) }
        }
    }
}

/// What follows from a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterRead {
    /// It is there; twice is an alarm, and nothing is sent.
    Delivered {
        /// The first id that carries the marker.
        id: Option<String>,
        /// More than one carries it.
        twice: bool,
    },
    /// Certainly not there: send it again with the same marker.
    SendAgain,
    /// Read again later.
    ReadAgain {
        /// Number of the next read, from 0.
        reads: usize,
        /// Epoch milliseconds.
        at_ms: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Email;
    use crate::leadsquared::command::{Activity, LeadWrite};
    use crate::settings::CaptureBehaviour;
    use std::collections::BTreeMap;

    const NOW: i64 = 1_000_000;

    fn activity() -> Command {
        let marker = "z".to_owned();
        Command::PostActivity(Activity { code: 1, note: String::new(), at_ms: 0, fields: BTreeMap::new(), marker })
    }

    fn lead(fields: &[(&str, &str)]) -> Command {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let email = Email::parse("a@example.test").unwrap();
        Command::UpsertLead(LeadWrite { email, fields, behaviour: CaptureBehaviour::Overwrite })
    }

    fn situation(command: &Command) -> Situation<'_> {
        Situation { command, tries: 0, planned_ms: NOW, deadline_ms: NOW, lead_renewed: false, in_bulk: false }
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "each line of the table makes its own outcome")]
    fn check(command: &Command, outcome: Outcome, expected: Verdict, tenant: TenantVerdict) {
        assert_eq!(judge(situation(command), &outcome, NOW, u32::MAX), (expected, tenant));
    }

    #[test]
    fn every_outcome_has_its_consequence() {
        let post = activity();
        let retry = |code, at_ms| Verdict::Retry { at_ms, code, alone: false };
        let go_on = TenantVerdict::GoOn;
        let no = Outcome::NotApplied;
        let detail = || "because".to_owned();
        check(
            &post,
            Outcome::Applied { id: Some("1".into()) },
            Verdict::Delivered { id: Some("1".into()) },
            go_on.clone(),
        );
        check(&post, Outcome::Unknown { why: detail() }, Verdict::Verify { at_ms: NOW + 10_000 }, go_on.clone());
        check(&lead(&[]), Outcome::Unknown { why: detail() }, retry("lsq.unknown", NOW + 10_000), go_on.clone());
        check(&post, no(Refusal::NotSent { why: detail() }), retry("lsq.not_sent", NOW + 5_000), go_on.clone());
        check(
            &post,
            no(Refusal::Unauthorized { detail: detail() }),
            retry("lsq.unauthorized", NOW),
            TenantVerdict::Pause("lsq.unauthorized"),
        );
        check(
            &post,
            no(Refusal::RateLimited { limit: None }),
            retry("lsq.rate_limited", NOW),
            TenantVerdict::SlowDown(None),
        );
        check(&post, no(Refusal::LeadMissing { detail: detail() }), Verdict::RenewLead, go_on.clone());
        let rejected = Refusal::Rejected { exception: "MXSomething".into(), detail: detail() };
        check(&post, no(rejected), Verdict::Park { code: "lsq.rejected" }, go_on.clone());
        check(
            &post,
            no(Refusal::Malformed { status: 400, detail: detail() }),
            Verdict::Park { code: "lsq.malformed" },
            TenantVerdict::Suspect { status: 400 },
        );
        let duplicate = || no(Refusal::DuplicateLead { detail: detail() });
        check(&lead(&[("Phone", "1")]), duplicate(), Verdict::RetryWithout { fields: UNIQUE_FIELDS }, go_on.clone());
        check(&lead(&[]), duplicate(), Verdict::Park { code: "lsq.duplicate_lead" }, go_on);
    }

    #[test]
    fn a_lost_answer_is_never_blindly_resent() {
        let post = activity();
        let (verdict, _) = judge(situation(&post), &Outcome::Unknown { why: "reset".into() }, NOW, 0);
        assert_eq!(verdict, Verdict::Verify { at_ms: NOW + 10_000 });
        let absent = |reads| judge_read(&Seen::Absent, reads, NOW, NOW, 0);
        assert_eq!(absent(0), AfterRead::ReadAgain { reads: 1, at_ms: NOW + 60_000 });
        assert_eq!(absent(1), AfterRead::ReadAgain { reads: 2, at_ms: NOW + 150_000 });
        assert_eq!(absent(2), AfterRead::SendAgain);
        assert!(matches!(judge_read(&Seen::Unclear, 2, NOW, NOW, 7), AfterRead::ReadAgain { reads: 2, .. }));
        let twice = Seen::Found(vec!["1".into(), "2".into()]);
        assert_eq!(judge_read(&twice, 0, NOW, NOW, 0), AfterRead::Delivered { id: Some("1".into()), twice: true });
    }

    #[test]
    fn work_is_kept_for_thirty_days_and_then_waits_for_a_person() {
        let post = activity();
        let old = Situation { planned_ms: NOW - schedule::KEPT_MS, ..situation(&post) };
        let refused = Outcome::NotApplied(Refusal::NotSent { why: "refused".into() });
        assert_eq!(judge(old, &refused, NOW, 0).0, Verdict::Park { code: "delivery.too_old" });
    }

    #[test]
    fn rows_of_a_refused_bulk_call_are_tried_alone() {
        let post = activity();
        let bulk = Situation { in_bulk: true, ..situation(&post) };
        let malformed = Outcome::NotApplied(Refusal::Malformed { status: 400, detail: String::new() });
        let (verdict, _) = judge(bulk, &malformed, NOW, 0);
        assert_eq!(verdict, Verdict::Retry { at_ms: NOW, code: "lsq.malformed", alone: true });
    }

    #[test]
    fn a_lead_that_is_still_missing_after_a_new_look_up_is_parked() {
        let post = activity();
        let again = Situation { lead_renewed: true, ..situation(&post) };
        let missing = Outcome::NotApplied(Refusal::LeadMissing { detail: String::new() });
        assert_eq!(judge(again, &missing, NOW, 0).0, Verdict::Park { code: "lsq.lead_missing" });
    }
}
