//! What a tenant has to know, and where it is told.

use super::table::{Answer, COUNT, Operation, Schema, field};

const SENT: Schema = Schema::Choice(&["waiting", "sent", "failed"]);
const DETAIL: Schema = Schema::Maybe(&Schema::Text);

const ALERT: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("cause", Schema::Text),
    field("code", Schema::Text).about("docs/errors.md"),
    field("sentence", Schema::Text),
    field("detail", Schema::Words),
    field("raised", Schema::Time),
    field("resolved", Schema::Maybe(&Schema::Time)),
]]);

const ADDRESS: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("kind", Schema::Choice(&["web", "mail"])),
    field("address", Schema::Staff),
    field("added", Schema::Time),
    field("old_secret_until", Schema::Maybe(&Schema::Time))
        .about("Until when posts are signed with the secret before, too."),
]]);

const POST: Schema = Schema::Object(&[&[
    field("kind", Schema::Text),
    field("state", SENT),
    field("tries", COUNT),
    field("detail", DETAIL),
    field("address", DETAIL),
]]);

const MAIL: Schema = Schema::Object(&[&[
    field("to", Schema::Staff),
    field("subject", Schema::Text),
    field("state", SENT),
    field("tries", COUNT),
    field("detail", DETAIL),
]]);

const ALERTS: Schema = Schema::Object(&[&[
    field("alerts", Schema::List(&ALERT)),
    field("addresses", Schema::List(&ADDRESS)),
    field("posts", Schema::List(&POST)),
    field("mails", Schema::List(&MAIL)),
]]);

const REMOVAL: Schema = Schema::Object(&[&[
    field("app", Schema::Text),
    field("zoom_user", Schema::Maybe(&Schema::Text)).about("None where the owner of a shared account removed it."),
    field("proof", Schema::Text),
    field("told", Schema::Time),
    field("tokens_destroyed", Schema::Time),
    field("keep_until", Schema::Maybe(&Schema::Time)),
    field("signed_in_again", Schema::Maybe(&Schema::Time)),
    field("dropped", Schema::Maybe(&COUNT)).about("Deliveries that waited and were dropped."),
    field("erased", COUNT).about("Bodies in the journal that were erased so far."),
    field("erased_by", Schema::Maybe(&Schema::Time)),
]]);

const WAITING: Schema = Schema::Object(&[&[field("waiting", Schema::Choice(&["keep", "drop"]))]]);

const SECRET: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("secret", Schema::Maybe(&Schema::Text))
        .about("What posts are signed with, `whsec_…`, shown this once; none for a mail address."),
]]);

const REPLACED: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("secret", Schema::Text).about("What posts are signed with from now on, `whsec_…`, shown this once."),
    field("old_secret_until", Schema::Time).about("Until when they are signed with the old one, too."),
]]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get(
        "/tenants/{tenant}/alerts",
        "listAlerts",
        "Alerts, where they are told, and the posts and mails that tell of them, newest first.",
    )
    .answers(&[(200, Answer::Json(&ALERTS))]),
    Operation::post(
        "/tenants/{tenant}/alerts/addresses",
        "addAlertAddress",
        "Tell alerts at one more web or mail address; answers its id, and for a web address the secret.",
    )
    .body(&Schema::Object(&[&[field("address", Schema::Text)]]), r#"{"address": "https://hooks.example.org/zoom"}"#)
    .answers(&[(201, Answer::Json(&SECRET))]),
    Operation::post(
        "/tenants/{tenant}/alerts/addresses/{id}/secret",
        "replaceAlertSecret",
        "Replace the secret of a web address; for a day posts are signed with the old one, too.",
    )
    .answers(&[(200, Answer::Json(&REPLACED))]),
    Operation::delete("/tenants/{tenant}/alerts/addresses/{id}", "removeAlertAddress", "Tell alerts there no more.")
        .answers(&[(204, Answer::Nothing)]),
    Operation::post(
        "/tenants/{tenant}/alerts/test",
        "testAlerts",
        "Send a test to every address; six in an hour at the most.",
    )
    .answers(&[(202, Answer::Nothing)]),
    Operation::get("/tenants/{tenant}/removals", "listRemovals", "Evidence of apps that were removed in Zoom.")
        .answers(&[(200, Answer::Json(&Schema::Page(&REMOVAL)))]),
    Operation::get(
        "/tenants/{tenant}/removals/choice",
        "showRemovalChoice",
        "What becomes of deliveries that still wait when the app is removed in Zoom.",
    )
    .answers(&[(200, Answer::Json(&WAITING))]),
    Operation::put(
        "/tenants/{tenant}/removals/choice",
        "chooseRemoval",
        "Choose what becomes of deliveries that still wait when the app is removed in Zoom.",
    )
    .body(&WAITING, r#"{"waiting": "drop"}"#)
    .answers(&[(200, Answer::Json(&WAITING))]),
];
