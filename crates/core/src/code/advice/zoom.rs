//! What lies behind what Zoom answered, and what a person does about it.

use super::Advice;

/// Of what Zoom answered.
pub(super) const ZOOM: &[Advice] = &[
    Advice {
        code: "zoom.taken_over",
        cause: "The same Zoom user was used for two LeadSquared accounts.",
        repair: "Sign in with another admin of the Zoom account, or agree to share the account.",
    },
    Advice {
        code: "zoom.admin_demoted",
        cause: "Zoom shows the person as a plain member now, or refuses the daily look for a missing permission.",
        repair: "Give the role back in Zoom, or sign in on Configure as another admin. The alert ends by itself at the next look.",
    },
    Advice {
        code: "zoom.admin_gone",
        cause: "The user was deleted, switched off, or moved to another Zoom account.",
        repair: "Sign in on Configure as another admin; what waits goes on.",
    },
    Advice {
        code: "zoom.stand_by_lost",
        cause: "The second admin left, withdrew the sign-in, or signed in for another LeadSquared account.",
        repair: "Nothing stands still. Add another stand-by on Configure.",
    },
    Advice {
        code: "zoom.stand_by_used",
        cause: "The admin who had signed in left, lost the role, or withdrew the sign-in.",
        repair: "Nothing is lost. Add another stand-by on Configure.",
    },
    Advice {
        code: "zoom.removed",
        cause: "Somebody removed the app in the Zoom Marketplace.",
        repair: "Sign in with Zoom again to go on. What is kept here is due for deletion ten days after the removal otherwise.",
    },
    Advice {
        code: "zoom.owner_gone",
        cause: "Its owner disconnected, lost it, or has to sign in again.",
        repair: "Ask the owner, or sign in with Zoom yourself.",
    },
    Advice {
        code: "zoom.not_connected",
        cause: "Nobody has signed in for meetings, or the sign-in was ended or taken over.",
        repair: "Sign in with Zoom on the Authentication tab of Configure. What waits goes on by itself.",
    },
    Advice {
        code: "zoom.not_sent",
        cause: "No connection to Zoom: name resolution, network or firewall.",
        repair: "Nothing to do if it passes. Else see whether this machine reaches Zoom's API.",
    },
    Advice {
        code: "zoom.token",
        cause: "The app was removed in Zoom, its user was deactivated, or the grant was withdrawn.",
        repair: "Sign in with Zoom again. Settings and history stay as they are.",
    },
    Advice {
        code: "zoom.own_app",
        cause: "The client secret was regenerated in Zoom, or the server-to-server app was deactivated or deleted.",
        repair: "Copy the app's credentials from the Zoom Marketplace into Configure, on the tab that the alert names. What Zoom sends meanwhile is kept; what waits goes on by itself.",
    },
    Advice {
        code: "zoom.scope",
        cause: "The app in the Zoom Marketplace, or the role of who signed in, does not cover the call; the detail names the scope.",
        repair: "Add the scope to the app or the right to the role, sign in again, then replay.",
    },
    Advice {
        code: "zoom.rate_limited",
        cause: "Zoom counts calls by second and by day for the whole Zoom account, other apps included.",
        repair: "Nothing to do. A daily limit ends at midnight UTC.",
    },
    Advice {
        code: "zoom.plan",
        cause: "The host has a basic licence, or no webinar licence.",
        repair: "Give the host the licence in Zoom, or choose another host, then replay.",
    },
    Advice {
        code: "zoom.not_found",
        cause: "It was deleted in Zoom, or the host has left the Zoom account.",
        repair: "Schedule again with a host of this Zoom account.",
    },
    Advice {
        code: "zoom.host_unknown",
        cause: "The address is misspelt, belongs to another Zoom account, or the user was removed.",
        repair: "Use \"Change and schedule again\" on the meeting's page, with a host of this Zoom account.",
    },
    Advice {
        code: "zoom.not_host",
        cause: "The role of who signed in does not cover other users' meetings.",
        repair: "Give the role the right, or sign in with Zoom as an administrator; then replay.",
    },
    Advice {
        code: "zoom.host_day",
        cause: "Zoom counts meetings made and changed for each host and UTC day.",
        repair: "Nothing to do; or schedule with another host.",
    },
    Advice {
        code: "zoom.refused",
        cause: "A value that Zoom does not take, or a setting of the Zoom account; the detail has Zoom's own words.",
        repair: "Mend what the detail names, then replay.",
    },
    Advice {
        code: "zoom.later",
        cause: "Zoom answers with a failure of its own, or the sign-in is just being refreshed.",
        repair: "Nothing to do. If it lasts, see Zoom's status page.",
    },
    Advice {
        code: "zoom.unknown",
        cause: "A time-out or a broken connection after the call had left.",
        repair: "Nothing to do: the host's meetings are looked through for its marker before it is sent again.",
    },
    Advice {
        code: "zoom.found_twice",
        cause: "Two meetings carry the same marker in their agenda: somebody copied one.",
        repair: "Remove one of them in Zoom.",
    },
];

/// Of what Zoom answered to a registration.
pub(super) const REGISTRATION: &[Advice] = &[
    Advice {
        code: "zoom.registration_off",
        cause: "The webinar asks for no registration, or it was closed; Zoom's default is off.",
        repair: "Switch registration on in the webinar's settings in Zoom, then replay.",
    },
    Advice {
        code: "zoom.full",
        cause: "The number of registrants is limited in the webinar, or by the host's licence.",
        repair: "Raise the limit in Zoom, then replay all with this cause.",
    },
    Advice { code: "zoom.closed", cause: "It was held already.", repair: "Choose another webinar." },
    Advice {
        code: "zoom.host_registers",
        cause: "The lead has the address of the webinar's host.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "zoom.denied_before",
        cause: "The host denied it, or approving a cancelled one again did not hold.",
        repair: "Approve the registrant in Zoom; or replay, which approves it again.",
    },
    Advice {
        code: "zoom.too_often_today",
        cause: "The address was registered three times today, perhaps for other webinars.",
        repair: "Nothing to do.",
    },
    Advice {
        code: "zoom.answers",
        cause: "A question became required after it was looked at, or an answer is none that the form offers; the detail has Zoom's words.",
        repair: "See the questions of the form in Zoom, mend the mapping, and add the lead again.",
    },
    Advice {
        code: "zoom.pending",
        cause: "The webinar approves by hand.",
        repair: "Approve it in Zoom; the link follows by itself.",
    },
    Advice {
        code: "zoom.approving",
        cause: "Zoom does not register anew who cancelled; the registration is approved again instead.",
        repair: "Nothing to do.",
    },
];
