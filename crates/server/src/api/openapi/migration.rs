//! A tenant's way off the old JWT app.

use super::table::{APP, Answer, COUNT, Field, MILLISECONDS, Operation, Schema, field, optional};
use connector_core::scope::Scope;

const MARK: Schema =
    Schema::Named("Mark", &Schema::Object(&[&[field("by", Schema::Staff), field("at_ms", MILLISECONDS)]]));
const MARKED: Schema = Schema::Maybe(&MARK);

const PARITY: Schema = Schema::Named(
    "Parity",
    &Schema::Object(&[&[field("both", COUNT), field("only_old", COUNT), field("only_new", COUNT)]]),
);

const CUSTOM_LOGIC: Schema = Schema::OneOf(&[
    Schema::Object(&[&[field("is", Schema::Choice(&["absent", "waits"]))]]),
    Schema::Object(&[&[
        field("is", Schema::Choice(&["released"])),
        field("reviewer", Schema::Staff),
        field("reason", Schema::Text),
        field("mark", MARK),
    ]]),
]);

const TRIAL: Schema = Schema::OneOf(&[
    Schema::Object(&[&[field("is", Schema::Choice(&["coming", "gone", "left_out"]))]]),
    Schema::Object(&[&[field("is", Schema::Choice(&["stands"])), field("number", COUNT)]]),
    Schema::Object(&[&[field("is", Schema::Choice(&["stuck"])), field("code", Schema::Text)]]),
]);

const CERTIFICATE: Schema = Schema::Object(&[&[
    field("mark", MARK),
    field("began_ms", MILLISECONDS),
    field("parity", PARITY),
    field("written", COUNT),
    field("doubled", COUNT),
    field("changes", Schema::List(&Schema::Text)),
]]);

const OLD_APP_SEEN: Schema = Schema::Object(&[&[
    field("on", Schema::Boolean),
    field("calls", Schema::Boolean),
    field("told", Schema::Places(&[COUNT, Schema::Maybe(&MILLISECONDS)])),
    field("told_since_deactivated", COUNT),
]]);

const TICKS: Schema =
    Schema::List(&Schema::Places(&[Schema::Choice(&["planned", "began", "ended", "found"]), Schema::Boolean]));

const TEST: Schema = Schema::Object(&[&[field("code", Schema::Text), field("began_ms", MILLISECONDS)]]);

const USES: Schema = Schema::Choice(&["meetings", "webinars", "both"]);

const MIGRATION: Schema = Schema::Named(
    "Migration",
    &Schema::Object(&[&[
        field("step", Schema::Choice(&["begin", "review", "sign_in", "test", "deactivate", "quiet", "finish", "done"])),
        field("installed", Schema::Text).about("A day; empty where nobody said."),
        field("began", MARKED),
        field("uses", USES),
        field("settings_version", COUNT),
        field("custom_logic", CUSTOM_LOGIC),
        field("test", Schema::Maybe(&TEST)),
        field("tested", MARKED),
        field("deactivated", MARKED),
        field("certificate", Schema::Maybe(&CERTIFICATE)),
        field("old_app", OLD_APP_SEEN),
        field("connected", Schema::List(&APP)),
        field("ticks", Schema::List(&Schema::Places(&[APP, TICKS]))),
        field("trials", Schema::List(&Schema::Places(&[APP, TRIAL]))),
        field(
            "test_lead",
            Schema::Maybe(&Schema::Object(&[&[
                field("email", Schema::Staff),
                field("lead", Schema::Maybe(&Schema::Text)),
            ]])),
        ),
        field("parity", PARITY),
        field("written", COUNT),
        field("doubled", COUNT),
        field("changes", Schema::List(&Schema::Text)),
    ]]),
);

const ACT: Field = field(
    "act",
    Schema::Choice(&[
        "begin",
        "installed",
        "mark_custom",
        "release",
        "start_test",
        "accept_test",
        "deactivated",
        "finish",
        "back",
    ]),
);

const OLD_APP: Schema = Schema::Object(&[&[
    optional("account", Schema::Text),
    optional("verification_token", Schema::Text),
    optional("secret_token", Schema::Text),
    optional("api_key", Schema::Text),
    optional("api_secret", Schema::Text),
]]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get(
        "/tenants/{tenant}/migration",
        "showMigration",
        "How far the tenant is on its way off the old JWT app.",
    )
    .answers(&[(200, Answer::Json(&MIGRATION))]),
    Operation::post("/tenants/{tenant}/migration", "stepMigration", "Do a step.")
        .body(
            &Schema::Object(&[&[
                ACT,
                optional("uses", USES).about("For `begin`."),
                optional("on", Schema::Text).about("For `installed`: a day."),
                optional("reviewer", Schema::Text).about("For `release`."),
                optional("reason", Schema::Text).about("For `release`."),
            ]]),
            r#"{"act": "begin", "uses": "both"}"#,
        )
        .answers(&[(200, Answer::Json(&MIGRATION))]),
    Operation::post(
        "/tenants/{tenant}/migration/invite",
        "inviteReviewer",
        "Invite an account manager to review custom logic: a link that works once.",
    )
    .needs(Scope::Admin)
    .body(
        &Schema::Object(&[&[field("email", Schema::Text), field("name", Schema::Text)]]),
        r#"{"email": "am@example.org", "name": "Asha"}"#,
    )
    .answers(&[(200, Answer::Json(&Schema::Object(&[&[field("url", Schema::Text)]])))]),
    Operation::put("/tenants/{tenant}/migration/old-app", "saveOldApp", "Listen to the old JWT app.")
        .body(&OLD_APP, r#"{"account": "abc", "verification_token": "…"}"#)
        .answers(&[(204, Answer::Nothing)]),
    Operation::delete(
        "/tenants/{tenant}/migration/old-app",
        "forgetOldApp",
        "Do not listen to it; its credentials are destroyed.",
    )
    .answers(&[(204, Answer::Nothing)]),
];
