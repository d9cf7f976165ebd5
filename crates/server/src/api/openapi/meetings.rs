//! Meetings that are scheduled from here.

use super::journal::DELIVERY;
use super::table::{Answer, COUNT, Field, Operation, Schema, WISH, field, optional};

const TEXT: Schema = Schema::Text;
const NUMBER: Schema = Schema::Maybe(&Schema::Integer(0, i64::MAX));
const OWN_WISH: Field =
    optional("wish", Schema::Maybe(&WISH)).about("Names the wish: the same name twice is one. Made up when left out.");

const WANTED: Schema = Schema::Object(&[&[
    OWN_WISH,
    field("lead", TEXT).about("Addresses or LeadSquared ids, with commas between them."),
    field("topic", TEXT),
    field("start", TEXT).about("Local time: `2026-12-01T10:30`."),
    field("zone", TEXT).about("IANA zone."),
    field("minutes", Schema::Integer(0, i64::MAX)),
    optional("host", TEXT).about("Address or Zoom user id; whoever signed in when left out."),
    optional("agenda", TEXT),
    optional("owner_email", TEXT),
    optional("offset", TEXT).about("`+05:30`: which of two, where the clocks show a start twice."),
    optional("guests", TEXT),
    optional("alternative_hosts", TEXT),
    optional("waiting_room", Schema::Choice(&["account", "on", "off", ""])),
    optional("sign_up", Schema::Choice(&["off", "automatic", "manual", ""])),
    optional("passcode", TEXT),
    optional("repeat", Schema::Choice(&["once", "daily", "weekly", "monthly", ""])),
    optional("every", NUMBER),
    optional("times", NUMBER),
    optional("until", TEXT),
]]);

const FOLLOWED: Schema = Schema::Named(
    "ScheduledMeeting",
    &Schema::Object(&[&[
        field("wish", TEXT),
        field("state", Schema::Choice(&["pending", "created", "failed"])),
        optional("reason", TEXT).about("Why it waits or failed."),
        optional("waits_until", Schema::Time),
        optional("meeting_number", COUNT),
        optional("join_url", TEXT),
        field("deliveries", Schema::List(&DELIVERY)),
    ]]),
);

const CHANGE: Schema = Schema::Object(&[&[
    OWN_WISH,
    optional("topic", TEXT),
    optional("start", TEXT),
    optional("zone", TEXT),
    optional("offset", TEXT),
    optional("minutes", NUMBER),
]]);

const ASKED: Schema =
    Schema::Object(&[&[field("wish", TEXT), field("of", TEXT).about("The wish that the meeting was scheduled by.")]]);

const OCCURRENCE: Field = optional("occurrence", Schema::Short(200)).about("One date of a series; all of it without.");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::post(
        "/tenants/{tenant}/meetings",
        "scheduleMeeting",
        "Schedule a Zoom meeting for leads; waits some seconds for Zoom (201), else answers that it is pending (202).",
    )
    .body(
        &WANTED,
        r#"{"lead": "meera@example.org", "topic": "Campus tour", "start": "2026-12-01T10:30", "zone": "Asia/Kolkata",
            "minutes": 30}"#,
    )
    .answers(&[(201, Answer::Json(&FOLLOWED)), (202, Answer::Json(&FOLLOWED))]),
    Operation::get("/tenants/{tenant}/meetings/{wish}", "showMeeting", "What became of a scheduled meeting.")
        .answers(&[(200, Answer::Json(&FOLLOWED))]),
    Operation::patch(
        "/tenants/{tenant}/meetings/{wish}",
        "changeMeeting",
        "Move or rename a meeting that was scheduled here; what is left out stays.",
    )
    .query(&[OCCURRENCE])
    .body(&CHANGE, r#"{"start": "2026-12-02T11:00", "zone": "Asia/Kolkata"}"#)
    .answers(&[(202, Answer::Json(&ASKED))]),
    Operation::delete(
        "/tenants/{tenant}/meetings/{wish}",
        "cancelMeeting",
        "Cancel a meeting that was scheduled here. Twice is once.",
    )
    .query(&[OCCURRENCE])
    .answers(&[(202, Answer::Json(&ASKED))]),
    Operation::get(
        "/tenants/{tenant}/meetings/{wish}/meeting.ics",
        "showMeetingFile",
        "The meeting as a calendar file; for a key without `read_personal` people in its title are masked, and it has no description.",
    )
    .answers(&[(200, Answer::Calendar)]),
];
