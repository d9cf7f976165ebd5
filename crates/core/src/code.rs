//! Stable codes of everything that can go wrong or be left out: stored with deliveries and notifications, shown in the
//! console, listed with sentence, cause and repair in `docs/errors.md` (a test compares).
//!
//! Next: `advice`, the cause behind each code and its repair.

pub mod advice;

/// One code and its plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `area.name`, lower-case.
    pub code: &'static str,
    /// What it means, for people.
    pub sentence: &'static str,
}

/// Every code that may stand in a stored row.
pub const ALL: &[Code] = &[
    // Notifications that were ignored.
    Code {
        code: "ignored.unknown_event",
        sentence: "Zoom sent an event that this version does not know; it is kept and can be replayed after an upgrade.",
    },
    Code { code: "ignored.not_needed", sentence: "Zoom sent an event that changes nothing for leads." },
    Code {
        code: "ignored.other_app",
        sentence: "The event belongs to the other Zoom app: each sign-in captures either meetings or webinars.",
    },
    Code { code: "ignored.host", sentence: "The host is staff and never becomes a lead." },
    Code { code: "ignored.repeat", sentence: "Everything in this notification was known already." },
    Code {
        code: "ignored.handed_on",
        sentence: "The notification was held until Zoom was asked whose it is, and went to that LeadSquared account.",
    },
    // Notifications that could not be read.
    Code { code: "quarantine.not_json", sentence: "The notification is genuine, but not readable as JSON." },
    Code {
        code: "quarantine.field",
        sentence: "The notification is genuine, but a field that is needed is missing or unusable.",
    },
    Code {
        code: "quarantine.whose",
        sentence: "Several LeadSquared accounts share this Zoom account, and nothing says whose the event is.",
    },
    Code {
        code: "quarantine.asked",
        sentence: "A rule of the shared Zoom account looks at a group or a tracking field, and Zoom is being asked for it.",
    },
    // Deliveries left out on purpose.
    Code { code: "suppressed.excluded_domain", sentence: "The person's e-mail domain is excluded in the settings." },
    Code { code: "suppressed.staff", sentence: "The person is staff by the settings, and never becomes a lead." },
    Code {
        code: "suppressed.not_a_lead",
        sentence: "The person is not a lead in LeadSquared, and the settings do not create one here.",
    },
    Code {
        code: "suppressed.twin",
        sentence: "What was taken for two things in Zoom proved to be one; the other one's record stands for both.",
    },
    Code {
        code: "suppressed.removed",
        sentence: "The app was removed in Zoom, and by the account's choice what still waited was dropped.",
    },
    Code {
        code: "suppressed.not_attendee",
        sentence: "One of the webinar's own people, or a rehearsal: nothing that an attendee does.",
    },
    Code { code: "suppressed.nobody", sentence: "Somebody decided that this is nobody to write about." },
    Code {
        code: "suppressed.not_posted",
        sentence: "What is to be corrected was left out, so there is nothing to correct.",
    },
    Code {
        code: "suppressed.no_licence",
        sentence: "The Zoom host has no webinar licence, so the migration is tested with a meeting alone.",
    },
    Code { code: "suppressed.registered", sentence: "The lead is registered for this webinar already." },
    Code { code: "suppressed.no_email", sentence: "The lead has no e-mail address that Zoom takes." },
    Code {
        code: "suppressed.unanswered",
        sentence: "The webinar's form asks something that the lead has no answer to. Fill the lead's field, then add it again.",
    },
    Code { code: "suppressed.filter", sentence: "A filter of the tenant's rules leaves this person out." },
    Code { code: "suppressed.rule", sentence: "The rule asks for the lead, and does not hold for it." },
    // Deliveries that wait.
    Code {
        code: "waiting.identity",
        sentence: "Zoom does not say who this is; it waits until a registration or a report names the person.",
    },
    // What a migration reminds of.
    Code {
        code: "zoom.old_app_tells",
        sentence: "The old JWT app was said to be deactivated, and still tells of events.",
    },
    // What LeadSquared answered.
    Code { code: "lsq.not_sent", sentence: "LeadSquared could not be reached; nothing was sent. It is tried again." },
    Code {
        code: "lsq.unauthorized",
        sentence: "LeadSquared refuses the keys. Check them under Configure; nothing is lost meanwhile.",
    },
    Code {
        code: "lsq.rate_limited",
        sentence: "LeadSquared's call limit was reached; it goes on when the window is over.",
    },
    Code {
        code: "lsq.duplicate_lead",
        sentence: "Another lead already has this phone number or e-mail; the lead is written without it.",
    },
    Code {
        code: "lsq.field_refused",
        sentence: "LeadSquared does not take one field of this lead; the lead is written without it.",
    },
    Code {
        code: "lsq.phone_taken",
        sentence: "Another lead already has this phone number; by the settings that lead is the person's, and is written.",
    },
    Code {
        code: "lsq.lead_missing",
        sentence: "The lead was deleted or merged in LeadSquared; it is looked up again.",
    },
    Code {
        code: "lsq.rejected",
        sentence: "LeadSquared refuses this record. Mend what its message names, then replay.",
    },
    Code {
        code: "lsq.malformed",
        sentence: "LeadSquared does not accept the form of the call; if it happens to everything, the set-up is wrong.",
    },
    Code {
        code: "lsq.unknown",
        sentence: "LeadSquared's answer was lost; whether it was applied is read back before anything is sent again.",
    },
    Code {
        code: "lsq.found_twice",
        sentence: "The same activity stands twice in LeadSquared. Remove one; nothing was sent again.",
    },
    Code {
        code: "lsq.opaque",
        sentence: "LeadSquared fails on this record without saying why, while others pass. Look at it, then replay.",
    },
    // Why a lane to LeadSquared rests.
    Code {
        code: "lsq.quota",
        sentence: "The day's calls to LeadSquared are used up; it goes on after midnight (UTC), and nothing is lost.",
    },
    Code {
        code: "lsq.silent",
        sentence: "LeadSquared does not answer; it is asked again every half minute, and everything waits.",
    },
    // What Zoom answered.
    Code {
        code: "zoom.taken_over",
        sentence: "Another LeadSquared account signed in with the same Zoom user: the last one stays connected.",
    },
    Code {
        code: "zoom.admin_demoted",
        sentence: "Whoever signed in with Zoom lost the role that the connector needs. Ask for the role back, or sign in as another admin.",
    },
    Code {
        code: "zoom.admin_gone",
        sentence: "Whoever signed in with Zoom has left the Zoom account. Sign in as another admin.",
    },
    Code {
        code: "zoom.stand_by_lost",
        sentence: "The stand-by's Zoom sign-in does not work any more. Add another stand-by.",
    },
    Code {
        code: "zoom.stand_by_used",
        sentence: "The Zoom sign-in did not work any more, so the stand-by's is used now. Add another stand-by.",
    },
    Code { code: "zoom.removed", sentence: "The app was removed in Zoom; its tokens are destroyed here." },
    Code {
        code: "zoom.owner_gone",
        sentence: "The Zoom sign-in that another LeadSquared account shares does not work.",
    },
    Code { code: "zoom.not_connected", sentence: "Zoom is not connected for this. Sign in with Zoom under Configure." },
    Code { code: "zoom.not_sent", sentence: "Zoom could not be reached; nothing was sent. It is tried again." },
    Code { code: "zoom.token", sentence: "Zoom refuses the sign-in. Sign in with Zoom again." },
    Code {
        code: "zoom.own_app",
        sentence: "Zoom refuses the credentials of your own Zoom app. Give them again on Configure.",
    },
    Code {
        code: "zoom.scope",
        sentence: "The Zoom sign-in lacks a permission. Ask the Zoom account's owner to grant it, then sign in again.",
    },
    Code { code: "zoom.rate_limited", sentence: "Zoom's call limit was reached; it goes on when Zoom allows it." },
    Code { code: "zoom.plan", sentence: "The Zoom host lacks the licence this needs." },
    Code { code: "zoom.not_found", sentence: "Zoom does not know this meeting, webinar or user (any more)." },
    Code {
        code: "zoom.host_unknown",
        sentence: "The host is no user of this Zoom account (any more). Schedule again with another host.",
    },
    Code {
        code: "zoom.not_host",
        sentence: "Who signed in with Zoom may not schedule for this host. Allow it in Zoom, or choose another host.",
    },
    Code {
        code: "zoom.host_day",
        sentence: "This host has had the 100 meetings that Zoom lets one host make or change in a day; it goes on at 00:00 UTC.",
    },
    Code { code: "zoom.refused", sentence: "Zoom refuses this. Mend what its message names, then replay." },
    Code { code: "zoom.later", sentence: "Zoom cannot answer now; it is tried again." },
    Code {
        code: "zoom.unknown",
        sentence: "Zoom's answer was lost; whether it was applied is read back before anything is sent again.",
    },
    Code {
        code: "zoom.found_twice",
        sentence: "The same meeting stands twice in Zoom. Remove one; nothing was sent again.",
    },
    // What Zoom answered to a registration.
    Code {
        code: "zoom.registration_off",
        sentence: "Registration is not switched on for this webinar. Switch it on in Zoom, then replay.",
    },
    Code { code: "zoom.full", sentence: "The webinar has as many registrants as it takes." },
    Code { code: "zoom.closed", sentence: "The webinar is over, or takes no more registrations." },
    Code { code: "zoom.host_registers", sentence: "This is the host's own address; a host cannot register." },
    Code {
        code: "zoom.denied_before",
        sentence: "The registration was denied or cancelled before, and Zoom does not take it again. Approve it in Zoom, or replay.",
    },
    Code {
        code: "zoom.too_often_today",
        sentence: "Zoom lets an address be registered three times a day; it goes on after midnight (UTC).",
    },
    Code { code: "zoom.answers", sentence: "Zoom does not take the answers to the webinar's questions." },
    Code { code: "zoom.pending", sentence: "Registered; the host has to approve it before there is a join link." },
    Code { code: "zoom.approving", sentence: "Cancelled or denied before; it is being approved again." },
    // The delivery's own life.
    Code { code: "delivery.too_old", sentence: "It could not be delivered for 30 days." },
    Code { code: "delivery.unreadable", sentence: "The stored command cannot be read by this version." },
    Code {
        code: "delivery.verify_first",
        sentence: "The database may have gone back in time; whether this stands there already is looked up before it is sent.",
    },
    Code {
        code: "delivery.not_posted",
        sentence: "The activity that this corrects was never posted. Replay both, or leave both.",
    },
    Code { code: "delivery.replayed", sentence: "A person asked for it to be tried again." },
    Code {
        code: "rule.failed",
        sentence: "A rule could not be evaluated for this. Mend the rule that its detail names, then replay.",
    },
    Code {
        code: "setup.activity_type",
        sentence: "The activity type is not set up in LeadSquared yet. Run set-up on the Configure page, then replay.",
    },
];

/// The sentence of a code; the code itself if it is none of ours.
#[must_use]
pub fn sentence(code: &str) -> &str {
    ALL.iter().find(|known| known.code == code).map_or(code, |known| known.sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_twice() {
        let mut codes: Vec<_> = ALL.iter().map(|code| code.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
