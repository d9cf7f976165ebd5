//! What follows from an outcome: the table that decides whether a delivery is done, tried again, read back, parked, or
//! whether the whole tenant has to pause (design § 7).

use super::schedule::{self, Dice};
use crate::leadsquared::command::{Command, FoundBy};
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
    /// In which company it went out.
    pub company: Company,
    /// How often it was in a call that failed without saying which row was at fault.
    pub opaque: u32,
    /// How others of its lane fare.
    pub neighbours: Neighbours,
}

/// In which company a delivery went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// In a call of its own.
    Alone,
    /// As a row of a bulk call whose answer says something of each row.
    Row,
    /// As a row of a bulk call of which only the whole is known.
    Whole,
}

/// How others of the lane fared since a delivery failed opaquely first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// One of them was applied: LeadSquared works.
    Pass,
    /// None was applied.
    Fail,
}

/// In which company a delivery goes out the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// As before.
    Keep,
    /// In a smaller one: one of the rows may be at fault, and nobody said which.
    Smaller,
    /// Alone.
    Alone,
}

/// From so many opaque failures on a delivery goes alone.
pub const OPAQUE_ALONE: u32 = 2;
/// A delivery that failed opaquely so often, at last alone and while others passed, waits for a person.
pub const OPAQUE_MAX: u32 = 5;

impl Split {
    /// The count of opaque failures after this one.
    #[must_use]
    pub fn after(self, opaque: u32) -> u32 {
        match self {
            Self::Keep => opaque,
            Self::Smaller => opaque.saturating_add(1),
            Self::Alone => opaque.saturating_add(1).max(OPAQUE_ALONE),
        }
    }
}

/// Whether a delivery that fails opaquely once more is at fault itself.
fn is_poison(opaque: u32, neighbours: Neighbours) -> bool {
    opaque.saturating_add(1) >= OPAQUE_MAX && neighbours == Neighbours::Pass
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
        /// In which company.
        split: Split,
    },
    /// Ready again at once, without the fields that belong to another lead.
    RetryWithout {
        /// Schema names to leave out.
        fields: &'static [&'static str],
    },
    /// Ready again at once, without the field that LeadSquared does not take as it is.
    RetryWithoutField {
        /// Its schema name.
        field: String,
    },
    /// Ready again at once, the lead found by its phone number.
    RetryByPhone,
    /// Ready again once its lead has been looked up anew.
    RenewLead,
    /// Unknown: the first read is due then.
    Verify {
        /// Epoch milliseconds.
        at_ms: i64,
        /// In which company it goes again, should it turn out that it was not applied.
        split: Split,
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
        /// The code of the cause.
        code: &'static str,
        /// What makes two of them alike: a status, or a name with its words.
        alike: String,
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

/// Reads may simply be repeated; so may an upsert by the unique e-mail, which names its own result, and a correction, which sets
/// values. An upsert that went alone and was not answered either is read back: written once more it might never be answered.
fn unknown(situation: Situation<'_>, now_ms: i64) -> Verdict {
    let at_ms = schedule::verify_at_ms(situation.deadline_ms, 0).unwrap_or(situation.deadline_ms).max(now_ms);
    // Less and less often, so that others come before who fails over and over.
    let later_ms = at_ms.max(now_ms + schedule::retry_delay_ms(situation.opaque, Dice::MAX));
    match situation.command {
        Command::FindLead(_) | Command::Gather(_) | Command::ReadTask(_) => {
            retry(situation, "lsq.unknown", at_ms, now_ms)
        }
        Command::CorrectActivity(_) | Command::ChangeTask(_) if is_poison(situation.opaque, situation.neighbours) => {
            Verdict::Park { code: "lsq.opaque" }
        }
        Command::UpsertLead(_) if situation.opaque >= OPAQUE_ALONE => Verdict::Verify { at_ms, split: Split::Smaller },
        Command::UpsertLead(_) | Command::CorrectActivity(_) | Command::ChangeTask(_) => {
            let again = Verdict::Retry { at_ms: later_ms, code: "lsq.unknown", split: Split::Smaller };
            too_old(situation, now_ms).unwrap_or(again)
        }
        Command::PostActivity(_) | Command::CreateTask(_) => Verdict::Verify { at_ms, split: Split::Smaller },
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
        Refusal::DuplicateLead { .. } | Refusal::LeadMissing { .. } | Refusal::Rejected { .. } => {
            poison(situation, refusal, now_ms)
        }
        Refusal::Malformed { status, .. } => {
            let suspect = TenantVerdict::Suspect { code: "lsq.malformed", alike: format!("status {status}") };
            let verdict = match situation.company {
                Company::Whole => alone("lsq.malformed", now_ms),
                Company::Alone | Company::Row => Verdict::Park { code: "lsq.malformed" },
            };
            (verdict, suspect)
        }
    }
}

/// LeadSquared says no to this one. Said of a whole bulk call, it is about one of its rows, and nobody knows which.
fn poison(situation: Situation<'_>, refusal: &Refusal, now_ms: i64) -> (Verdict, TenantVerdict) {
    if situation.company == Company::Whole {
        return (alone(refusal.code(), now_ms), TenantVerdict::GoOn);
    }
    match refusal {
        Refusal::DuplicateLead { .. } => (duplicate(situation), TenantVerdict::GoOn),
        Refusal::LeadMissing { .. } if !situation.lead_renewed => (Verdict::RenewLead, TenantVerdict::GoOn),
        Refusal::Rejected { detail, .. } => {
            // One field that LeadSquared does not take is no reason to lose the rest of the lead.
            if let Command::UpsertLead(write) = situation.command
                && let Some(field) = write.field_named_in(detail)
            {
                return (Verdict::RetryWithoutField { field: field.to_owned() }, TenantVerdict::GoOn);
            }
            let suspect = TenantVerdict::Suspect { code: "lsq.rejected", alike: refusal.to_string() };
            (Verdict::Park { code: "lsq.rejected" }, suspect)
        }
        Refusal::LeadMissing { .. }
        | Refusal::NotSent { .. }
        | Refusal::Unauthorized { .. }
        | Refusal::RateLimited { .. }
        | Refusal::Malformed { .. } => (Verdict::Park { code: refusal.code() }, TenantVerdict::GoOn),
    }
}

fn alone(code: &'static str, now_ms: i64) -> Verdict {
    Verdict::Retry { at_ms: now_ms, code, split: Split::Alone }
}

fn retry(situation: Situation<'_>, code: &'static str, at_ms: i64, now_ms: i64) -> Verdict {
    too_old(situation, now_ms).unwrap_or(Verdict::Retry { at_ms, code, split: Split::Keep })
}

/// Whether its time is over.
fn too_old(situation: Situation<'_>, now_ms: i64) -> Option<Verdict> {
    let old = now_ms - situation.planned_ms >= schedule::KEPT_MS;
    old.then_some(Verdict::Park { code: "delivery.too_old" })
}

fn duplicate(situation: Situation<'_>) -> Verdict {
    match situation.command {
        Command::UpsertLead(write)
            if write.found_by == FoundBy::EmailUnlessPhoneTaken && write.fields.contains_key("Phone") =>
        {
            Verdict::RetryByPhone
        }
        Command::UpsertLead(write) if UNIQUE_FIELDS.iter().any(|field| write.fields.contains_key(*field)) => {
            Verdict::RetryWithout { fields: UNIQUE_FIELDS }
        }
        Command::UpsertLead(_)
        | Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => Verdict::Park { code: "lsq.duplicate_lead" },
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

/// What the decision after a read needs to know of an unknown delivery.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Reads before this one.
    pub reads: usize,
    /// The attempt's deadline, epoch milliseconds.
    pub deadline_ms: i64,
    /// How often it was in a call that failed without saying which row was at fault, the lost one among them.
    pub opaque: u32,
    /// How others of its lane fare.
    pub neighbours: Neighbours,
    /// When the delivery was planned, epoch milliseconds.
    pub planned_ms: i64,
}

/// What follows for an unknown delivery from a read at `now_ms`.
#[must_use]
pub fn judge_read(seen: &Seen, reading: Reading, now_ms: i64, dice: Dice) -> AfterRead {
    let Reading { reads, deadline_ms, opaque, neighbours, planned_ms } = reading;
    match seen {
        Seen::Found(ids) => AfterRead::Delivered { id: ids.first().cloned(), twice: ids.len() > 1 },
        Seen::Absent if schedule::decides(reads) && opaque >= OPAQUE_MAX && neighbours == Neighbours::Pass => {
            AfterRead::Park { code: "lsq.opaque" }
        }
        Seen::Absent if schedule::decides(reads) && now_ms - planned_ms >= schedule::KEPT_MS => {
            AfterRead::Park { code: "delivery.too_old" }
        }
        // Whoever goes alone and fails again, with nobody to compare with, is tried less and less often.
        Seen::Absent if schedule::decides(reads) && opaque > OPAQUE_ALONE => {
            AfterRead::SendAgain { at_ms: now_ms + schedule::retry_delay_ms(opaque, dice) }
        }
        Seen::Absent if schedule::decides(reads) => AfterRead::SendAgain { at_ms: now_ms },
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
    SendAgain {
        /// Epoch milliseconds.
        at_ms: i64,
    },
    /// Certainly not there, and it is itself at fault, or its time is over: waits for a person.
    Park {
        /// The code of the cause.
        code: &'static str,
    },
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
    use crate::leadsquared::command::{Activity, Correction, LeadWrite};
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
        Command::UpsertLead(LeadWrite::by_email(email, fields, CaptureBehaviour::Overwrite))
    }

    fn situation(command: &Command) -> Situation<'_> {
        Situation {
            command,
            tries: 0,
            planned_ms: NOW,
            deadline_ms: NOW,
            lead_renewed: false,
            company: Company::Alone,
            opaque: 0,
            neighbours: Neighbours::Pass,
        }
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "each line of the table makes its own outcome")]
    fn check(command: &Command, outcome: Outcome, expected: Verdict, tenant: TenantVerdict) {
        assert_eq!(judge(situation(command), &outcome, NOW, u32::MAX), (expected, tenant));
    }

    #[test]
    fn every_outcome_has_its_consequence() {
        let post = activity();
        let retry = |code, at_ms| Verdict::Retry { at_ms, code, split: Split::Keep };
        let smaller = |at_ms| Verdict::Retry { at_ms, code: "lsq.unknown", split: Split::Smaller };
        let verify = |at_ms| Verdict::Verify { at_ms, split: Split::Smaller };
        let go_on = TenantVerdict::GoOn;
        let no = Outcome::NotApplied;
        let detail = || "because".to_owned();
        check(
            &post,
            Outcome::Applied { id: Some("1".into()) },
            Verdict::Delivered { id: Some("1".into()) },
            go_on.clone(),
        );
        check(&post, Outcome::Unknown { why: detail() }, verify(NOW + 10_000), go_on.clone());
        check(&lead(&[]), Outcome::Unknown { why: detail() }, smaller(NOW + 10_000), go_on.clone());
        let find = Command::FindLead(Email::parse("a@example.test").unwrap());
        check(&find, Outcome::Unknown { why: detail() }, retry("lsq.unknown", NOW + 10_000), go_on.clone());
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
        check(
            &post,
            no(rejected),
            Verdict::Park { code: "lsq.rejected" },
            TenantVerdict::Suspect { code: "lsq.rejected", alike: "MXSomething: because".into() },
        );
        check(
            &post,
            no(Refusal::Malformed { status: 400, detail: detail() }),
            Verdict::Park { code: "lsq.malformed" },
            TenantVerdict::Suspect { code: "lsq.malformed", alike: "status 400".into() },
        );
        let duplicate = || no(Refusal::DuplicateLead { detail: detail() });
        check(&lead(&[("Phone", "1")]), duplicate(), Verdict::RetryWithout { fields: UNIQUE_FIELDS }, go_on.clone());
        check(&lead(&[]), duplicate(), Verdict::Park { code: "lsq.duplicate_lead" }, go_on.clone());
        let named = Refusal::Rejected { exception: "MXSomething".into(), detail: "'1' is no option of 'mx_A'".into() };
        let without = Verdict::RetryWithoutField { field: "mx_A".to_owned() };
        check(&lead(&[("mx_A", "1"), ("mx_B", "2")]), no(named.clone()), without, go_on.clone());
        let suspect = TenantVerdict::Suspect { code: "lsq.rejected", alike: named.to_string() };
        check(&lead(&[("mx_B", "2")]), no(named), Verdict::Park { code: "lsq.rejected" }, suspect);
        let or_phone = |fields: &[(&str, &str)], found_by: FoundBy| {
            let mut command = lead(fields);
            if let Command::UpsertLead(write) = &mut command {
                write.found_by = found_by;
            }
            command
        };
        let unless_taken = FoundBy::EmailUnlessPhoneTaken;
        check(&or_phone(&[("Phone", "1")], unless_taken), duplicate(), Verdict::RetryByPhone, go_on.clone());
        // Without a number there is nothing to be found by; found by it already, it is written without what clashes.
        check(&or_phone(&[], unless_taken), duplicate(), Verdict::Park { code: "lsq.duplicate_lead" }, go_on.clone());
        let by_phone = or_phone(&[("Phone", "1")], FoundBy::EmailThenPhone);
        check(&by_phone, duplicate(), Verdict::RetryWithout { fields: UNIQUE_FIELDS }, go_on);
    }

    #[test]
    fn a_lost_answer_is_never_blindly_resent() {
        let post = activity();
        let (verdict, _) = judge(situation(&post), &Outcome::Unknown { why: "reset".into() }, NOW, 0);
        assert_eq!(verdict, Verdict::Verify { at_ms: NOW + 10_000, split: Split::Smaller });
        let (neighbours, planned_ms) = (Neighbours::Pass, NOW);
        let reading = |reads| Reading { reads, deadline_ms: NOW, opaque: 1, neighbours, planned_ms };
        let absent = |reads| judge_read(&Seen::Absent, reading(reads), NOW, 0);
        assert_eq!(absent(0), AfterRead::ReadAgain { reads: 1, at_ms: NOW + 60_000 });
        assert_eq!(absent(1), AfterRead::ReadAgain { reads: 2, at_ms: NOW + 150_000 });
        assert_eq!(absent(2), AfterRead::SendAgain { at_ms: NOW });
        assert!(matches!(judge_read(&Seen::Unclear, reading(2), NOW, 7), AfterRead::ReadAgain { reads: 2, .. }));
        let twice = Seen::Found(vec!["1".into(), "2".into()]);
        assert_eq!(judge_read(&twice, reading(0), NOW, 0), AfterRead::Delivered { id: Some("1".into()), twice: true });
    }

    #[test]
    fn work_is_kept_for_thirty_days_and_then_waits_for_a_person() {
        let (post, lead) = (activity(), lead(&[]));
        let old = |command| Situation { planned_ms: NOW - schedule::KEPT_MS, ..situation(command) };
        let refused = Outcome::NotApplied(Refusal::NotSent { why: "refused".into() });
        assert_eq!(judge(old(&post), &refused, NOW, 0).0, Verdict::Park { code: "delivery.too_old" });
        let unknown = Outcome::Unknown { why: "reset".into() };
        assert_eq!(judge(old(&lead), &unknown, NOW, 0).0, Verdict::Park { code: "delivery.too_old" });
        let young = Situation { planned_ms: NOW - schedule::KEPT_MS + 1, ..situation(&post) };
        assert!(matches!(judge(young, &refused, NOW, 0).0, Verdict::Retry { .. }));
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "each line of the table makes its own verdict")]
    fn check_company(company: Company, refusal: Refusal, expected: Verdict) {
        let post = activity();
        let situation = Situation { company, ..situation(&post) };
        assert_eq!(judge(situation, &Outcome::NotApplied(refusal), NOW, 0).0, expected);
    }

    #[test]
    fn a_refusal_of_a_whole_bulk_call_parks_nobody_and_one_of_a_row_parks_that_row() {
        let detail = String::new;
        let malformed = || Refusal::Malformed { status: 400, detail: detail() };
        let rejected = || Refusal::Rejected { exception: "MXa".into(), detail: detail() };
        let duplicate = || Refusal::DuplicateLead { detail: detail() };
        let missing = || Refusal::LeadMissing { detail: detail() };
        let alone = |code| Verdict::Retry { at_ms: NOW, code, split: Split::Alone };
        check_company(Company::Whole, malformed(), alone("lsq.malformed"));
        check_company(Company::Whole, rejected(), alone("lsq.rejected"));
        check_company(Company::Whole, duplicate(), alone("lsq.duplicate_lead"));
        check_company(Company::Whole, missing(), alone("lsq.lead_missing"));
        check_company(Company::Row, rejected(), Verdict::Park { code: "lsq.rejected" });
        check_company(Company::Row, missing(), Verdict::RenewLead);
        check_company(Company::Alone, malformed(), Verdict::Park { code: "lsq.malformed" });
    }

    #[test]
    fn company_gets_smaller_with_each_opaque_failure() {
        assert_eq!([Split::Keep.after(3), Split::Smaller.after(0), Split::Smaller.after(1)], [3, 1, 2]);
        assert_eq!([Split::Alone.after(0), Split::Alone.after(1), Split::Alone.after(4)], [2, 2, 5]);
    }

    #[track_caller]
    fn check_opaque(opaque: u32, neighbours: Neighbours, parked: bool) {
        let unknown = Outcome::Unknown { why: String::new() };
        let Command::PostActivity(activity) = activity() else { panic!("not an activity") };
        let correction = Command::CorrectActivity(Correction { of: String::new(), activity });
        let (verdict, _) = judge(Situation { opaque, neighbours, ..situation(&correction) }, &unknown, NOW, 0);
        assert_eq!(verdict == Verdict::Park { code: "lsq.opaque" }, parked, "{verdict:?}");
        let (verdict, _) = judge(Situation { opaque, neighbours, ..situation(&lead(&[])) }, &unknown, NOW, 0);
        let is_read_back = matches!(verdict, Verdict::Verify { .. });
        assert_eq!(is_read_back, opaque >= OPAQUE_ALONE, "{verdict:?}");
        let reading = Reading { reads: 2, deadline_ms: NOW, opaque: opaque + 1, neighbours, planned_ms: NOW };
        let after = judge_read(&Seen::Absent, reading, NOW, 0);
        assert_eq!(after == AfterRead::Park { code: "lsq.opaque" }, parked, "{after:?}");
        let old = Reading { neighbours: Neighbours::Fail, planned_ms: NOW - schedule::KEPT_MS, ..reading };
        assert_eq!(judge_read(&Seen::Absent, old, NOW, 0), AfterRead::Park { code: "delivery.too_old" });
    }

    #[test]
    fn who_fails_alone_with_nobody_to_compare_with_is_tried_less_and_less_often() {
        let (neighbours, planned_ms) = (Neighbours::Fail, NOW);
        let after = |opaque| {
            let reading = Reading { reads: 2, deadline_ms: NOW, opaque, neighbours, planned_ms };
            judge_read(&Seen::Absent, reading, NOW, u32::MAX)
        };
        assert_eq!(after(1), AfterRead::SendAgain { at_ms: NOW });
        assert_eq!(after(2), AfterRead::SendAgain { at_ms: NOW });
        assert_eq!(after(3), AfterRead::SendAgain { at_ms: NOW + 40_000 });
        assert_eq!(after(99), AfterRead::SendAgain { at_ms: NOW + schedule::RETRY_MAX_MS });
    }

    #[test]
    fn who_fails_again_and_again_while_others_pass_waits_for_a_person() {
        check_opaque(0, Neighbours::Pass, false);
        check_opaque(3, Neighbours::Pass, false);
        check_opaque(4, Neighbours::Pass, true);
        check_opaque(400, Neighbours::Pass, true);
        check_opaque(400, Neighbours::Fail, false);
    }

    #[test]
    fn a_lead_that_is_still_missing_after_a_new_look_up_is_parked() {
        let post = activity();
        let again = Situation { lead_renewed: true, ..situation(&post) };
        let missing = Outcome::NotApplied(Refusal::LeadMissing { detail: String::new() });
        assert_eq!(judge(again, &missing, NOW, 0).0, Verdict::Park { code: "lsq.lead_missing" });
    }
}
