//! The Configure page in all its states, and the pages of a sign-in with Zoom.

use super::{Page, Say, frame, moment, page};
use crate::console::configure::{
    AttendanceFields, Configure, Connection, FailedSignIn, Feature, ForwardLink, Licence, MeetingFields, PendingSignIn,
    Permission, Tab, ZoomIdentity,
};
use crate::console::connect::{Confirm, Done, Failure, Invite};
use crate::console::frame::{Frame, Place};
use crate::console::own_app::{Connected, OwnAppFields};
use crate::console::part::{Pill, Tone};
use crate::console::registrations::Choice;
use crate::console::schedule::Field;

pub fn configure(say: Say<'_>) -> Vec<Page> {
    let never = never(say);
    let (connected, webinars) = connected(say);
    let ended =
        |connection: Connection| Configure { connection, features: vec![], licences: vec![], ..webinars.clone() };
    let at = || moment(2 * 3_600);
    let pending = |expired: bool| Some(PendingSignIn { began: moment(240), expires: moment(-360), expired });
    vec![
        page("configure-never", &never),
        page("configure-pending", &Configure { pending: pending(false), ..never.clone() }),
        page("configure-expired", &Configure { pending: pending(true), ..never.clone() }),
        page(
            "configure-failed",
            &Configure {
                failed: Some(FailedSignIn {
                    began: moment(240),
                    sentence: say("Zoom did not grant the access (access_denied)."),
                }),
                ..never.clone()
            },
        ),
        page(
            "configure-no-app",
            &Configure {
                app_missing: Some(say(
                    "The client ID of the Zoom app is not configured. Set zoom.meetings.client_id and start again.",
                )),
                ..never
            },
        ),
        page("configure-meetings", &connected),
        page("configure-webinars", &webinars),
        page(
            "configure-broken",
            &ended(Connection::Broken {
                identity: identity(say),
                why: say("Asha Rao no longer has an admin role in Zoom."),
            }),
        ),
        page(
            "configure-own-app",
            &Configure {
                own_app: own_app(
                    say,
                    Some(Connected { client_id: say("own-client"), earlier_until: Some(moment(-86_400)) }),
                ),
                ..ended(Connection::Broken { identity: identity(say), why: say("Zoom said: invalid_client") })
            },
        ),
        page("configure-taken-over", &ended(Connection::TakenOver { identity: identity(say), at: at() })),
        page("configure-removed", &ended(Connection::RemovedInZoom { identity: identity(say), at: at() })),
        page("configure-disconnected", &ended(Connection::Disconnected { identity: identity(say), at: at() })),
    ]
}

fn never(say: Say<'_>) -> Configure {
    Configure {
        frame: frame(say, "Configure", Place::Configure),
        tab: Tab::Authentication,
        connection: Connection::Never,
        trouble: String::new(),
        stand_by: None,
        other_connected: false,
        app_missing: None,
        pending: None,
        failed: None,
        link: None,
        features: vec![],
        licences: vec![],
        own_app: own_app(say, None),
        attendance: None,
        meetings: None,
    }
}

fn own_app(say: Say<'_>, connected: Option<Connected>) -> OwnAppFields {
    OwnAppFields {
        webhook_url: say("https://connector.acme.test/zoom/own/acme/meetings/webhook"),
        events: &["meeting.started", "meeting.ended"],
        scopes: vec![say("meeting:read:meeting:admin")],
        connected,
        account: say("AcctDemo00000000000001"),
        client_id: say("own-client"),
        refusal: say("Zoom does not accept these credentials (invalid_client)."),
        token_refusal: say("One of these is not what Zoom shows."),
    }
}

fn attendance(say: Say<'_>) -> AttendanceFields {
    let switch = |on: bool| {
        vec![Choice { value: "yes", text: "Yes", chosen: on }, Choice { value: "no", text: "No", chosen: !on }]
    };
    AttendanceFields {
        version: 3,
        refusal: Some(say("Please correct what is marked below.")),
        told: vec![Choice { value: "both", text: "Both", chosen: true }],
        threshold: Field { value: say("101"), refusal: say("A share is a whole number from 1 to 100 per cent.") },
        unit: vec![Choice { value: "percent", text: "per cent of the webinar", chosen: true }],
        read_after_end: switch(true),
        grace_min: Field { value: say("30"), refusal: String::new() },
        no_shows: switch(true),
        recording_links: switch(false),
        guests: switch(true),
    }
}

fn meetings(say: Say<'_>) -> MeetingFields {
    let one = |value, text| vec![Choice { value, text, chosen: true }];
    MeetingFields {
        version: 3,
        refusal: Some(say("Somebody saved other settings meanwhile.")),
        concerned: one("scheduled", "Scheduled leads only"),
        show: one("attended", "One activity, with the minutes"),
        no_shows: one("yes", "Yes"),
        grace_min: Some(30),
        appointments: one("yes", "Yes"),
        task_type: say("Zoom Meeting"),
        poll_minutes: say("15"),
    }
}

fn connected(say: Say<'_>) -> (Configure, Configure) {
    let feature = |name: &str, scopes: &[(&str, bool)]| Feature {
        name: say(name),
        permissions: scopes
            .iter()
            .map(|(scope, granted)| Permission { scope: say(scope), granted: *granted })
            .collect(),
    };
    let connected = Configure {
        connection: Connection::Connected {
            identity: identity(say),
            since: moment(7 * 86_400),
            refreshed: Some(moment(1_500)),
        },
        other_connected: true,
        features: vec![
            feature("Know who signed in", &[("user:read:user:admin", true), ("user:read:settings:admin", true)]),
            feature(
                "Schedule meetings",
                &[("meeting:write:meeting:admin", true), ("meeting:update:meeting:admin", true)],
            ),
            feature("Meeting started and ended", &[("meeting:read:meeting:admin", true)]),
        ],
        licences: vec![Licence {
            state: Pill::new(Tone::Good, "There"),
            sentence: say("Meetings: licensed for asha@acme.test"),
        }],
        meetings: Some(meetings(say)),
        link: Some(ForwardLink {
            url: say("https://connector.acme.test/connect/8c1f0a4be2d97731"),
            expires: moment(-3 * 86_400),
        }),
        ..never(say)
    };
    let webinars = Configure {
        tab: Tab::WebinarSettings,
        attendance: Some(attendance(say)),
        meetings: None,
        features: vec![
            feature(
                "Registrations become leads",
                &[("webinar:read:list_registrants:admin", true), ("webinar:read:webinar:admin", true)],
            ),
            feature(
                "Add leads to a webinar",
                &[("webinar:write:registrant:admin", false), ("webinar:write:batch_registrants:admin", false)],
            ),
        ],
        licences: vec![Licence {
            state: Pill::new(Tone::Bad, "Missing"),
            sentence: say("Webinars: add-on missing for host ravi@acme.test"),
        }],
        link: None,
        ..connected.clone()
    };
    (connected, webinars)
}

pub fn connect(say: Say<'_>) -> Vec<Page> {
    let invite = Invite {
        frame: Frame::outside("Connect Zoom", &say("token")),
        tab: Some(Tab::WebinarSettings),
        tenant: say("Acme India"),
        action: format!("/connect/{}", say("8c1f0a4b")),
        expires: Some(moment(-3 * 86_400)),
    };
    let confirm = Confirm {
        frame: Frame::outside("Connect these two?", &say("token")),
        tab: Tab::WebinarSettings,
        tenant: say("Acme India"),
        identity: identity(say),
        own_app: None,
        takes_over: true,
        stands_by: true,
        replaces: Some(say("ravi@acme.test")),
        missing_scopes: vec![say("webinar:write:registrant:admin")],
        action: format!("/connect/confirm/{}", say("8c1f0a4b")),
        cancel: say("/t/acme/configure/webinar-settings"),
        expires: moment(-500),
    };
    let failure = Failure {
        frame: Frame::outside("Not connected", &say("token")),
        tab: Tab::Authentication,
        sentence: say("Zoom let Ravi Iyer sign in, but the user is not an admin of the Zoom account."),
        causes: vec![
            say("The user has the role Member in Zoom."),
            say("The role of the user lacks the permission to see other users."),
        ],
        ask: say(
            "Please sign in for us with the link below as a Zoom admin, or give ravi@acme.test a role with these permissions:\n- Users: view\n- Meetings: view and edit",
        ),
        answer: Some(say("Invalid access token, does not contain scopes:[user:read:list_users:admin].")),
        retry: say("/t/acme/configure/authentication"),
    };
    let by_link = Confirm { cancel: String::new(), replaces: None, takes_over: false, ..confirm.clone() };
    let by_own_app = Confirm { own_app: Some(say("own-client")), ..confirm.clone() };
    let failure_by_link = Failure { retry: String::new(), answer: None, ..failure.clone() };
    let done =
        Done { frame: Frame::outside("Connected", &say("token")), tab: Tab::Authentication, tenant: say("Acme India") };
    let expired = Invite { tab: None, expires: None, ..invite.clone() };
    vec![
        page("connect-invite", &invite),
        page("connect-invite-expired", &expired),
        page("connect-confirm", &confirm),
        page("connect-confirm-by-link", &by_link),
        page("connect-confirm-own-app", &by_own_app),
        page("connect-done", &done),
        page("connect-failure", &failure),
        page("connect-failure-by-link", &failure_by_link),
    ]
}

fn identity(say: Say<'_>) -> ZoomIdentity {
    ZoomIdentity { user: say("Asha Rao"), email: say("asha@acme.test"), account: say("Zx81kQpLRT2d0aacctA1") }
}
