//! What lies behind each code and what a person does about it: one place for the console, the API and
//! [docs/errors.md](../../../../docs/errors.md), which a test compares with this.
//!
//! Next: `zoom`, the advice on what Zoom answered.

mod zoom;

/// What lies behind a code, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// The code.
    pub code: &'static str,
    /// Why it comes to that, for people.
    pub cause: &'static str,
    /// What to do about it, for people.
    pub repair: &'static str,
}

/// Every advice, area by area.
const ALL: [&[Advice]; 11] = [
    IGNORED,
    QUARANTINED,
    LEFT_OUT,
    WAITING,
    REMINDED,
    LEADSQUARED,
    RESTING,
    zoom::ZOOM,
    zoom::REGISTRATION,
    OWN,
    SET_UP,
];

/// The advice on a code; none where it is none of ours.
#[must_use]
pub fn of(code: &str) -> Option<&'static Advice> {
    ALL.into_iter().flatten().find(|known| known.code == code)
}

/// Where in the console a cause is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The keys of LeadSquared, and its activity types.
    LeadSquared,
    /// The mapping of answers to lead fields.
    Registrations,
    /// The sign-ins with Zoom.
    SignIn,
    /// The tenant's own rules.
    Rules,
    /// Zoom accounts that several tenants use.
    Sharing,
    /// People whom Zoom does not name.
    People,
}

/// Where the cause behind a code is mended; none where that is in Zoom, in LeadSquared, or nowhere.
#[must_use]
pub fn place(code: &str) -> Option<Place> {
    match code {
        "lsq.unauthorized" | "lsq.malformed" | "setup.activity_type" => Some(Place::LeadSquared),
        "lsq.rejected" | "lsq.field_refused" | "zoom.answers" => Some(Place::Registrations),
        "zoom.not_connected" | "zoom.token" | "zoom.own_app" | "zoom.scope" | "zoom.removed" | "zoom.owner_gone"
        | "zoom.admin_gone" | "zoom.admin_demoted" | "zoom.taken_over" | "zoom.not_host" => Some(Place::SignIn),
        "rule.failed" | "suppressed.rule" | "suppressed.filter" => Some(Place::Rules),
        "quarantine.whose" | "quarantine.asked" => Some(Place::Sharing),
        "waiting.identity" | "suppressed.nobody" => Some(Place::People),
        _ => None,
    }
}

/// Of notifications that were ignored.
const IGNORED: &[Advice] = &[
    Advice {
        code: "ignored.unknown_event",
        cause: "Zoom subscribes the app to an event that is newer than this version.",
        repair: "Nothing to do. After an upgrade that knows the event, replay it from the journal.",
    },
    Advice {
        code: "ignored.not_needed",
        cause: "Zoom sends whole families of events; some of them (a user removed, a meeting without leads) lead to nothing here.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "ignored.other_app",
        cause: "A meeting's event came through the app for webinars, or the other way round.",
        repair: "Sign in on the other tab of Configure too, if its events are wanted.",
    },
    Advice {
        code: "ignored.host",
        cause: "The one who joined is the host or another of the Zoom account's own people.",
        repair: "Nothing to do. The settings name the domains of your staff.",
    },
    Advice {
        code: "ignored.repeat",
        cause: "Zoom delivered it again, or another event told the same before.",
        repair: "Nothing to do: this is how doubles are avoided.",
    },
    Advice {
        code: "ignored.handed_on",
        cause: "A rule of the shared Zoom account looks at a group or a tracking field, which Zoom had to be asked for.",
        repair: "Nothing to do: the notification stands with the LeadSquared account that it belongs to.",
    },
];

/// Of notifications that could not be read.
const QUARANTINED: &[Advice] = &[
    Advice {
        code: "quarantine.not_json",
        cause: "The signature holds, the body is no JSON: Zoom changed a form, or something rewrote the body on the way.",
        repair: "Look at the raw body on the notification's page; check proxies in front of the service. Replay after a repair or an upgrade.",
    },
    Advice {
        code: "quarantine.field",
        cause: "Zoom left out or renamed a field; the detail names it.",
        repair: "Report it with the detail. Replay after an upgrade that reads it.",
    },
    Advice {
        code: "quarantine.whose",
        cause: "Two accounts are signed in with different users of one Zoom account, and a third user is the host.",
        repair: "Share the account with rules by host, group, topic or tracking field instead of signing in twice; the connection check says where an event would go.",
    },
    Advice {
        code: "quarantine.asked",
        cause: "No event tells the groups of a host, and hardly one the tracking fields: they are asked of Zoom once an hour. Zoom does not answer, or refuses because a scope is missing.",
        repair: "Nothing to do as a rule: it is asked again every minute and handed on by itself. If it lasts, look at the owner's sign-in, and give its app the scopes for groups (docs/zoom-apps.md).",
    },
];

/// Of deliveries left out on purpose.
const LEFT_OUT: &[Advice] = &[
    Advice {
        code: "suppressed.excluded_domain",
        cause: "The address belongs to a domain that the settings exclude, as a rule your own.",
        repair: "Nothing to do; or take the domain out of the settings, for what comes later.",
    },
    Advice {
        code: "suppressed.staff",
        cause: "The address, or its domain, stands in the settings' list of staff.",
        repair: "Nothing to do; or take it off the list, for what comes later.",
    },
    Advice {
        code: "suppressed.not_a_lead",
        cause: "LeadSquared has no lead with this address, and the settings only look leads up at this place.",
        repair: "Create the lead in LeadSquared, or let the settings create leads; it holds for what comes later.",
    },
    Advice {
        code: "suppressed.not_posted",
        cause: "The activity itself was left out before, for example by a filter.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "suppressed.no_licence",
        cause: "Webinars are an add-on of the Zoom host who signed in.",
        repair: "Nothing to do; with the add-on, start the test anew to try a webinar, too.",
    },
    Advice {
        code: "suppressed.registered",
        cause: "Zoom told of the registration before, whoever made it.",
        repair: "Nothing to do: the lead has its join link.",
    },
    Advice {
        code: "suppressed.no_email",
        cause: "The lead's e-mail address is empty, masked, or longer than Zoom allows.",
        repair: "Fill in the address in LeadSquared, then add the lead again.",
    },
    Advice {
        code: "suppressed.unanswered",
        cause: "A required question of the form is answered by a lead field, and that is empty or none of the answers to choose from; the delivery names the question.",
        repair: "Fill the lead's field, or give everybody the same answer, then add the lead again.",
    },
    Advice {
        code: "suppressed.filter",
        cause: "The detail names the filter.",
        repair: "Nothing to do; or change the filter under Rules, for what comes later.",
    },
    Advice {
        code: "suppressed.rule",
        cause: "The lead was read when the task was about to be sent; the detail names the rule.",
        repair: "Nothing to do; or change the rule under Rules, for what comes later.",
    },
    Advice {
        code: "suppressed.twin",
        cause: "Zoom named the same stay or registration in two ways, and only later in one notification.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "suppressed.removed",
        cause: "The Alerts page says “drop what still waits” for this case.",
        repair: "Nothing to do; or replay it, and choose to keep it the next time.",
    },
    Advice {
        code: "suppressed.not_attendee",
        cause: "Zoom lists the person as a panelist or host of the webinar, or it was a practice session.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "suppressed.nobody",
        cause: "In the list of people whom Zoom does not name, this one was set aside.",
        repair: "Nothing to do. Undo the decision in the list if it was wrong.",
    },
];

/// Of deliveries that wait.
const WAITING: &[Advice] = &[Advice {
    code: "waiting.identity",
    cause: "A guest, or an account whose address Zoom hides.",
    repair: "Nothing to do: a registration that names the same registrant frees it. Ask for registration if it happens often.",
}];

/// Of what a migration reminds of.
const REMINDED: &[Advice] = &[Advice {
    code: "zoom.old_app_tells",
    cause: "Somebody said on the migration's page that it is deactivated, and more than ten minutes later it still sent webhooks.",
    repair: "Open its Activation page in the Zoom Marketplace and deactivate it. The silence begins anew with each event.",
}];

/// Of what LeadSquared answered.
const LEADSQUARED: &[Advice] = &[
    Advice {
        code: "lsq.not_sent",
        cause: "No connection: name resolution, network, firewall, or LeadSquared is down. No byte of the call left.",
        repair: "Nothing to do if it passes. Else see whether this machine reaches the API host that Configure shows.",
    },
    Advice {
        code: "lsq.unauthorized",
        cause: "The access or secret key was changed or withdrawn, or its user lost a right. All deliveries of the account pause; every five minutes it is tried whether the keys work again.",
        repair: "Enter working keys under Configure. Everything that waits goes out by itself.",
    },
    Advice {
        code: "lsq.rate_limited",
        cause: "Something else uses the same account's calls, or the plan allows fewer than the settings say. Nothing goes out for a window, and a limit that LeadSquared names is remembered.",
        repair: "Nothing to do. If it happens often, lower the calls in the settings, or raise the plan.",
    },
    Advice {
        code: "lsq.duplicate_lead",
        cause: "Phone or Mobile is unique in your account and stands on another lead.",
        repair: "If it is parked even so: merge the two leads in LeadSquared, then replay.",
    },
    Advice {
        code: "lsq.field_refused",
        cause: "The field changed in LeadSquared after it was mapped: another length, other options.",
        repair: "Read the lead fields again under Configure → Registrations; the value that was left out stands in the delivery.",
    },
    Advice {
        code: "lsq.phone_taken",
        cause: "The registrant's address is new, their phone number is not, and the settings match by phone too.",
        repair: "Nothing to do; that lead keeps its address and phone number.",
    },
    Advice {
        code: "lsq.lead_missing",
        cause: "Somebody deleted the lead or merged it into another after it was found.",
        repair: "If it is parked: the new lookup found none either. Create the lead, then replay.",
    },
    Advice {
        code: "lsq.rejected",
        cause: "A required field, a wrong value, or a rule of your account; the detail has LeadSquared's own words.",
        repair: "Mend what the detail names (field, mapping, owner), then replay; all with this cause can be replayed at once.",
    },
    Advice {
        code: "lsq.malformed",
        cause: "An answer of 400, 404, 405, 413 or 415 without a name: as a rule the address or a type code is wrong. Five alike in a row pause the account.",
        repair: "Check API host, activity types and task type under Configure and run set-up again, then replay.",
    },
    Advice {
        code: "lsq.unknown",
        cause: "A time-out, a broken connection, or an error page after the call had left.",
        repair: "Nothing to do: it is looked for by its marker, and only a complete read that does not find it sends it again.",
    },
    Advice {
        code: "lsq.found_twice",
        cause: "Two records carry the same marker: somebody copied one, or a call was repeated outside of this service.",
        repair: "Remove one of them in LeadSquared.",
    },
    Advice {
        code: "lsq.opaque",
        cause: "It was sent five times, at last alone; each time LeadSquared answered with an error that names nothing, and reading showed that nothing was applied.",
        repair: "Look at the values of the record (odd characters, lengths), or ask LeadSquared with the time of the attempts; then replay.",
    },
];

/// Of why deliveries to LeadSquared rest.
const RESTING: &[Advice] = &[
    Advice {
        code: "lsq.quota",
        cause: "The settings name a number of calls for each day (plan.calls_per_day), and 95 in a hundred of them were made today; the rest is left for people and other integrations. That LeadSquared counts by UTC days is an assumption.",
        repair: "Nothing to do. If it happens often, raise the plan and the number in the settings.",
    },
    Advice {
        code: "lsq.silent",
        cause: "Five calls in a row could not be made, or their answers were lost. It is asked by a read only, at most every half minute; when that is answered, calls begin again one by one.",
        repair: "Nothing to do if it passes. Else see whether this machine reaches the API host that Configure shows, and LeadSquared's status page.",
    },
];

/// Of the delivery's own life.
const OWN: &[Advice] = &[
    Advice {
        code: "delivery.too_old",
        cause: "LeadSquared could not be reached, or refused the keys, for all that time.",
        repair: "Repair the cause first, then replay: nothing is lost.",
    },
    Advice {
        code: "delivery.unreadable",
        cause: "It was planned by a newer version, which then was taken back.",
        repair: "Upgrade again, then replay.",
    },
    Advice {
        code: "delivery.verify_first",
        cause: "The database was restored, failed over to an older copy, or nobody served it for more than ten minutes.",
        repair: "Nothing to do: it costs one read a record, and ends by itself after two days.",
    },
    Advice {
        code: "delivery.not_posted",
        cause: "A stay's length became known later, and the activity that says when it ended is parked or was left out.",
        repair: "Repair and replay the activity first, then this; if it was left out on purpose, there is nothing to do.",
    },
    Advice {
        code: "rule.failed",
        cause: "A value that the rule cannot use: a text where it reads a number, a division by zero, a field that leads do not have.",
        repair: "Mend the rule under Rules, then replay: a task is decided by the rule as it stands then. A lead or an activity goes out as it is, without the computed field that failed.",
    },
    Advice {
        code: "delivery.replayed",
        cause: "Somebody pressed Replay in the console or used the API.",
        repair: "Nothing to do: the next try says how it went. What was ever sent is looked for first.",
    },
];

/// Of the set-up.
const SET_UP: &[Advice] = &[Advice {
    code: "setup.activity_type",
    cause: "The settings hold no code for this kind of activity: set-up has not run, or could not create the type.",
    repair: "Run set-up on Configure, then replay all with this cause.",
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_advice_once_and_nothing_else_has() {
        let mut advised: Vec<&str> = ALL.into_iter().flatten().map(|advice| advice.code).collect();
        let mut known: Vec<&str> = super::super::ALL.iter().map(|code| code.code).collect();
        advised.sort_unstable();
        known.sort_unstable();
        assert_eq!(advised, known);
        for advice in ALL.into_iter().flatten() {
            assert!(advice.cause.ends_with('.') && advice.repair.ends_with('.'), "{}", advice.code);
        }
    }

    #[test]
    fn what_is_mended_here_is_mended_at_its_place() {
        for (code, expected) in [
            ("lsq.unauthorized", Some(Place::LeadSquared)),
            ("lsq.rejected", Some(Place::Registrations)),
            ("zoom.token", Some(Place::SignIn)),
            ("zoom.full", None),
            ("lsq.found_twice", None),
            ("none.of_ours", None),
        ] {
            assert_eq!(place(code), expected, "{code}");
        }
    }
}
