//! How far a wish to add leads is: counts of what became of its leads, and in one word where the whole stands.

use super::{AddingState, Chosen, ListRead};
use serde::Serialize;

/// What became of one lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Registered, with a link.
    Added,
    /// Registered; the host has to approve.
    Pending,
    /// Was registered before.
    Registered,
    /// Cannot be added as it is: no address, no lead, no answer.
    LeftOut,
    /// Zoom or LeadSquared refused; a person may replay it.
    Refused,
    /// On its way.
    Waiting,
}

impl Standing {
    /// All of them, as a page shows them.
    pub const ALL: [Self; 6] =
        [Self::Added, Self::Pending, Self::Registered, Self::LeftOut, Self::Refused, Self::Waiting];

    /// In addresses, in the API and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Pending => "pending",
            Self::Registered => "registered",
            Self::LeftOut => "left_out",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Pending => "Waits for approval",
            Self::Registered => "Registered before",
            Self::LeftOut => "Left out",
            Self::Refused => "Refused",
            Self::Waiting => "On the way",
        }
    }
}

/// Where the whole stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Zoom is asked what the webinar is.
    Looking,
    /// Leads are read and registered.
    Adding,
    /// Nothing more happens by itself.
    Done,
    /// A required question is answered by nothing: nobody was added.
    Unanswered,
    /// The webinar, or a page of the list, could not be read: a person has to look.
    Failed,
}

/// What is counted of a wish's deliveries besides the leads themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    /// Reads on their way.
    pub open: u64,
    /// Reads that were given up.
    pub parked: u64,
}

/// How far a wish is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where the whole stands.
    pub stage: Stage,
    /// Leads in all, as far as known.
    pub total: u64,
    /// Leads by what became of them; those that are still to be read are on the way.
    pub counts: Vec<(Standing, u64)>,
}

/// Says how far a wish is. `counts` are its leads as they are in the queue.
#[must_use]
pub fn progress(state: &AddingState, counts: &[(Standing, u64)], reads: Reads) -> Progress {
    let len = |named: &Vec<_>| u64::try_from(named.len()).unwrap_or(u64::MAX);
    let known: u64 = counts.iter().map(|(_, count)| count).sum();
    let total = match &state.wanted.leads {
        // Named twice, by address and by id, or on two pages of a list: once all were read, those that are known are all.
        Chosen::Named(named) if state.gathered < len(named) => len(named).max(known),
        Chosen::List { .. } if state.list == ListRead::Open => state.gathered.max(known),
        Chosen::Named(_) | Chosen::List { .. } => known,
    };
    let unread = total - known;
    let count_of = |standing: Standing| {
        let counted = counts.iter().find(|(one, _)| *one == standing).map_or(0, |(_, count)| *count);
        counted + if standing == Standing::Waiting && state.unanswered.is_empty() { unread } else { 0 }
    };
    let all_read = match &state.wanted.leads {
        Chosen::Named(_) => unread == 0,
        Chosen::List { .. } => state.list != ListRead::Open && unread == 0,
    };
    let stage = if reads.open > 0 {
        if state.webinar.is_none() { Stage::Looking } else { Stage::Adding }
    } else if !state.unanswered.is_empty() {
        Stage::Unanswered
    } else if reads.parked > 0 {
        Stage::Failed
    } else if state.webinar.is_none() {
        Stage::Looking
    } else if !all_read || count_of(Standing::Waiting) > 0 {
        Stage::Adding
    } else {
        Stage::Done
    };
    Progress { stage, total, counts: Standing::ALL.map(|standing| (standing, count_of(standing))).to_vec() }
}

#[cfg(test)]
mod tests {
    use super::super::{AddToWebinar, Approval, Company, WebinarView, Who};
    use super::*;
    use crate::ids::{LeadId, MeetingNumber};

    fn state(named: usize) -> AddingState {
        let named = (0..named).map(|n| Who::Lead(LeadId(n.to_string()))).collect();
        AddingState {
            wanted: AddToWebinar {
                operation: "o".to_owned(),
                webinar: MeetingNumber(1),
                occurrence: None,
                leads: Chosen::Named(named),
                answers: std::collections::BTreeMap::new(),
            },
            asked_ms: 0,
            webinar: Some(WebinarView {
                account: "A".to_owned(),
                topic: "T".to_owned(),
                start_ms: None,
                approval: Approval::Automatic,
                company: Company::Batch,
                questions: Vec::new(),
            }),
            unanswered: Vec::new(),
            pages: 0,
            gathered: 0,
            list: ListRead::Open,
        }
    }

    fn list(gathered: u64, read: ListRead) -> AddingState {
        let mut state = state(0);
        state.wanted.leads = Chosen::List { id: "l".to_owned(), name: String::new() };
        AddingState { gathered, list: read, ..state }
    }

    #[track_caller]
    fn check(state: &AddingState, counts: &[(Standing, u64)], reads: Reads, expected: (Stage, u64)) {
        let progress = progress(state, counts, reads);
        assert_eq!((progress.stage, progress.total), expected);
    }

    #[test]
    fn a_wish_is_done_when_nothing_more_happens_by_itself() {
        use Standing::{Added, Refused, Waiting};
        let none = Reads::default();
        let open = Reads { open: 1, parked: 0 };
        let parked = Reads { open: 0, parked: 1 };
        check(&AddingState { webinar: None, ..state(2) }, &[], open, (Stage::Looking, 2));
        check(&AddingState { webinar: None, ..state(2) }, &[], parked, (Stage::Failed, 2));
        check(&AddingState { unanswered: vec!["?".to_owned()], ..state(2) }, &[], none, (Stage::Unanswered, 2));
        check(&state(2), &[], open, (Stage::Adding, 2));
        check(&state(2), &[(Added, 1)], none, (Stage::Adding, 2));
        check(&state(2), &[(Added, 1), (Waiting, 1)], none, (Stage::Adding, 2));
        check(&state(2), &[(Added, 1), (Refused, 1)], none, (Stage::Done, 2));
        check(&list(200, ListRead::Open), &[(Added, 200)], open, (Stage::Adding, 200));
        check(&list(200, ListRead::Open), &[(Added, 200)], parked, (Stage::Failed, 200));
        check(&list(200, ListRead::Complete), &[(Added, 200)], none, (Stage::Done, 200));
        check(&list(0, ListRead::Complete), &[], none, (Stage::Done, 0));
    }
}
