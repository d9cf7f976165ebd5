//! Bugs on purpose, to show that the rigs find them: each stands in exactly one place of the sources (a tidy test counts),
//! at most one is awake in a process, and without the feature `planted-bugs` nothing of them is left.
//!
//! `CONNECTOR_PLANTED_BUG=no_fence` wakes one.

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The journal's writer tells the doors before it commits.
    AcknowledgeBeforeCommit,
    /// A delivery that is planned already is planned once more.
    PlanTwice,
    /// Of the names by which a fact is known only one is kept.
    AliasesForgotten,
    /// The marker is another one at every try.
    MarkerNotStable,
    /// Results are recorded although somebody else holds the lane.
    NoFence,
    /// A lane that somebody holds is claimed.
    LeaseIgnored,
    /// What is planned wakes no lane.
    LostWakeUp,
    /// Deliveries are settled before the call.
    SettleBeforeCall,
    /// What a dead courier was sending is left as it is.
    NotRecovered,
    /// A lost answer is sent again at once.
    BlindResend,
    /// The first read that does not find a record decides that it is not there.
    DecideEarly,
    /// The last row of a bulk call gets the verdict of the first.
    RowWithoutVerdict,
    /// What LeadSquared refused for its limit is taken as done.
    ThrottledIsDone,
    /// The rate of calls is forgotten with every visit.
    RateNotKept,
    /// A grant is refreshed although somebody else does it.
    RefreshWithoutIntent,
    /// What Zoom made is not told to the translator.
    OutcomeNotTold,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AcknowledgeBeforeCommit,
        Self::PlanTwice,
        Self::AliasesForgotten,
        Self::MarkerNotStable,
        Self::NoFence,
        Self::LeaseIgnored,
        Self::LostWakeUp,
        Self::SettleBeforeCall,
        Self::NotRecovered,
        Self::BlindResend,
        Self::DecideEarly,
        Self::RowWithoutVerdict,
        Self::ThrottledIsDone,
        Self::RateNotKept,
        Self::RefreshWithoutIntent,
        Self::OutcomeNotTold,
    ];

    /// The name by which the environment knows it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AcknowledgeBeforeCommit => "acknowledge_before_commit",
            Self::PlanTwice => "plan_twice",
            Self::AliasesForgotten => "aliases_forgotten",
            Self::MarkerNotStable => "marker_not_stable",
            Self::NoFence => "no_fence",
            Self::LeaseIgnored => "lease_ignored",
            Self::LostWakeUp => "lost_wake_up",
            Self::SettleBeforeCall => "settle_before_call",
            Self::NotRecovered => "not_recovered",
            Self::BlindResend => "blind_resend",
            Self::DecideEarly => "decide_early",
            Self::RowWithoutVerdict => "row_without_verdict",
            Self::ThrottledIsDone => "throttled_is_done",
            Self::RateNotKept => "rate_not_kept",
            Self::RefreshWithoutIntent => "refresh_without_intent",
            Self::OutcomeNotTold => "outcome_not_told",
        }
    }
}

/// Whether that bug is awake.
#[cfg(not(feature = "planted-bugs"))]
#[inline(always)]
#[must_use]
pub const fn awake(_: Bug) -> bool {
    false
}

/// Whether that bug is awake.
#[cfg(feature = "planted-bugs")]
#[must_use]
pub fn awake(bug: Bug) -> bool {
    static AWAKE: std::sync::OnceLock<Option<Bug>> = std::sync::OnceLock::new();
    let awake = AWAKE.get_or_init(|| {
        let name = std::env::var("CONNECTOR_PLANTED_BUG").ok()?;
        Bug::ALL.into_iter().find(|bug| bug.as_str() == name)
    });
    *awake == Some(bug)
}
