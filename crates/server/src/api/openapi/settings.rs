//! Settings and their versions, trying settings that are not in force yet, the lead fields that answers may go to.

use super::table::{Answer, COUNT, Field, LIMIT, MILLISECONDS, Operation, Schema, field, optional};

const ACTIVITY_NUMBERS: Schema = Schema::Map(&Schema::Integer(0, i64::MAX));
const TARGETS: Schema = Schema::Map(&Schema::Any);
const TEXTS: Schema = Schema::List(&Schema::Text);
const OBJECTS: Schema = Schema::List(&Schema::AnyObject);

/// The settings; what is left out has its default. What stands in each is told on the pages of the console, and in docs/.
const FIELDS: &[Field] = &[
    optional(
        "capture",
        Schema::Choice(&["do_not_update", "update_only_empty_fields", "do_not_update_unique_fields", "overwrite"]),
    )
    .about("What registrations do to leads that exist."),
    optional("lead_source", Schema::Text).about("Source of leads that registrations create."),
    optional("registration_fields", TARGETS).about("Zoom's registration field → where the answer goes."),
    optional("custom_questions", TARGETS).about("Title of a custom question → where the answer goes."),
    optional("registration", Schema::AnyObject).about("docs/registrations.md"),
    optional("attendees_become_leads", Schema::Boolean),
    optional("excluded_domains", TEXTS),
    optional("staff", TEXTS).about("Addresses and domains of people who never become leads."),
    optional("activity_codes", ACTIVITY_NUMBERS)
        .about("LeadSquared's codes of our activity types; set-up fills them in."),
    optional("rules", OBJECTS).about("docs/rules.md"),
    optional("filters", OBJECTS).about("docs/rules.md"),
    optional("computed_fields", OBJECTS).about("docs/rules.md"),
    optional("time_zone", Schema::Maybe(&Schema::Text)).about("IANA zone."),
    optional("working_days", TEXTS),
    optional("task_types", TEXTS),
    optional("appointment_type", Schema::Text),
    optional("task_owner", Schema::Maybe(&Schema::Text)),
    optional("plan", Schema::AnyObject).about("The calls that the LeadSquared plan allows."),
    optional("join_link_field", Schema::Maybe(&Schema::Text)),
    optional("actions_version", COUNT).about(
        "Of the secret that LeadSquared calls by. Saved settings never raise it: `renewLeadSquaredSecret` does.",
    ),
    optional("learned", Schema::AnyObject).about("What set-up learned; cannot be written."),
    optional("attendance", Schema::AnyObject).about("docs/attendance.md"),
    optional("meetings", Schema::AnyObject).about("docs/meetings.md"),
    optional("tasks", Schema::AnyObject).about("docs/appointments.md"),
    optional("scheduling", Schema::AnyObject).about("docs/scheduling.md"),
];

const SETTINGS: Schema = Schema::Named("Settings", &Schema::Object(&[FIELDS]));

/// Settings with their version.
pub(super) const VERSIONED: Schema =
    Schema::Named("VersionedSettings", &Schema::Object(&[&[field("version", COUNT), field("settings", SETTINGS)]]));

const TRIED: &[Field] = &[field("settings", SETTINGS)];

const VERSION: Schema =
    Schema::Object(&[&[field("version", COUNT), field("author", Schema::Staff), field("created_ms", MILLISECONDS)]]);

const CHANGE: Schema = Schema::Object(&[&[
    field("name", Schema::Text),
    field("before", Schema::Maybe(&Schema::Text)),
    field("after", Schema::Maybe(&Schema::Text)),
]]);

const TALLY: Schema =
    Schema::Object(&[&[field("same", COUNT), field("changed", COUNT), field("new", COUNT), field("gone", COUNT)]]);

const PICTURE: Schema = Schema::Named(
    "Picture",
    &Schema::Object(&[&[
        field("made", Schema::Choice(&["lead", "activity", "correction", "task"])),
        field("what", Schema::Words),
        field("who", Schema::Person),
        field("fields", Schema::Map(&Schema::Value)),
        field("held", Schema::Maybe(&Schema::Text)).about("Why it would be left out or held, as a code."),
    ]]),
);

const REHEARSAL: Schema = Schema::Object(&[&[
    field("webinar", COUNT),
    field("topic", Schema::Maybe(&Schema::Words)),
    field("notifications", COUNT),
    field("cut", Schema::Boolean).about("Only the newest notifications were run."),
    field("notifications_max", COUNT),
    field("tallies", Schema::Map(&TALLY)),
    field(
        "differences",
        Schema::List(&Schema::Object(&[&[
            field("before", Schema::Maybe(&PICTURE)),
            field("after", Schema::Maybe(&PICTURE)),
            field("differs", TEXTS).about("Names of the fields that are not the same before and after."),
        ]])),
    ),
]]);

const PREVIEW: Schema = Schema::Object(&[&[
    field("registrant", Schema::Person),
    field("topic", Schema::Maybe(&Schema::Words)),
    field("pictures", Schema::List(&PICTURE)),
    field("registrants", Schema::List(&Schema::Person))
        .about("The latest first; only that one without `read_personal`."),
]]);

const LEAD_FIELD: Schema = Schema::Object(&[&[
    field("schema", Schema::Text),
    field("name", Schema::Text),
    field("kind", Schema::Text),
    field("chars_max", Schema::Maybe(&COUNT)),
    field("options", TEXTS),
    field("mandatory", Schema::Boolean),
    field("unique", Schema::Boolean),
]]);

const READ_AT: Field =
    field("version", COUNT).about("The version that was read: whoever changed it meanwhile is told so.");

const TRY_EXAMPLE: &str = r#"{"settings": {"lead_source": "Spring webinars"}}"#;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants/{tenant}/settings", "showSettings", "The settings in force and their version.")
        .answers(&[(200, Answer::Json(&VERSIONED))]),
    Operation::put("/tenants/{tenant}/settings", "saveSettings", "Save settings read at that version.")
        .body(
            &Schema::Object(&[&[READ_AT, field("settings", SETTINGS)]]),
            r#"{"version": 3, "settings": {"lead_source": "Spring webinars"}}"#,
        )
        .answers(&[(200, Answer::Json(&VERSIONED))])
        .refuses(&[502]),
    Operation::get(
        "/tenants/{tenant}/settings/versions",
        "listSettingsVersions",
        "Versions of the settings, newest first.",
    )
    .query(&[optional("before", COUNT).about("`next` of the page before this one."), LIMIT])
    .answers(&[(200, Answer::Json(&Schema::Page(&VERSION)))]),
    Operation::get(
        "/tenants/{tenant}/settings/versions/{version}",
        "showSettingsVersion",
        "The settings of one version.",
    )
    .answers(&[(200, Answer::Json(&VERSIONED))]),
    Operation::get(
        "/tenants/{tenant}/settings/versions/{version}/difference",
        "compareSettingsVersions",
        "What changed from that version to another one.",
    )
    .query(&[field("with", COUNT).about("The other version.")])
    .answers(&[(
        200,
        Answer::Json(&Schema::Object(&[&[field("changes", Schema::List(&CHANGE)), field("words", TEXTS)]])),
    )]),
    Operation::post(
        "/tenants/{tenant}/settings/versions/{version}/restore",
        "restoreSettingsVersion",
        "Make an earlier version the newest.",
    )
    .body(&Schema::Object(&[&[READ_AT]]), r#"{"version": 3}"#)
    .answers(&[(200, Answer::Json(&VERSIONED))])
    .refuses(&[502]),
    Operation::post(
        "/tenants/{tenant}/settings/rehearsal",
        "rehearseSettings",
        "Run the last webinar under settings that are not saved: what would change. Writes nothing.",
    )
    .body(&Schema::Object(&[TRIED]), TRY_EXAMPLE)
    .answers(&[(200, Answer::Json(&REHEARSAL))]),
    Operation::post(
        "/tenants/{tenant}/settings/preview",
        "previewSettings",
        "What a registrant of the last webinar would become under settings that are not saved. Writes nothing.",
    )
    .body(
        &Schema::Object(&[
            TRIED,
            &[optional("registrant", Schema::Maybe(&Schema::Text)).about("An e-mail address; needs `read_personal`.")],
        ]),
        TRY_EXAMPLE,
    )
    .answers(&[(200, Answer::Json(&PREVIEW))]),
    Operation::post(
        "/tenants/{tenant}/settings/check",
        "checkSettings",
        "Say what is wrong with settings, their rules included; nothing is saved.",
    )
    .body(&Schema::Object(&[TRIED]), TRY_EXAMPLE)
    .answers(&[(200, Answer::Json(&Schema::Object(&[&[field("right", Schema::Boolean)]])))]),
    Operation::get(
        "/tenants/{tenant}/lead-fields",
        "listLeadFields",
        "The lead fields of the LeadSquared account, read now.",
    )
    .answers(&[(200, Answer::Json(&Schema::Page(&LEAD_FIELD)))])
    .refuses(&[502, 409]),
];
