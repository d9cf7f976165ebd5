//! What came in and what follows from it.

use super::table::{Answer, BEFORE, COUNT, Field, LIMIT, Operation, Schema, field, optional};

const NOTIFICATION_FIELDS: &[Field] = &[
    field("id", Schema::Text).about("Sorts by arrival."),
    field("source", Schema::Text).about("Through which door it came."),
    field("event", Schema::Text),
    field("event_time", Schema::Text).about("When it was made, RFC 3339."),
    field("received", Schema::Time),
    field("copies", COUNT).about("How often it came."),
    field("late", Schema::Boolean).about("It came in the late lane."),
    field("outcome", Schema::Text).about("`pending`, `merged`, `ignored` or `quarantined`."),
    optional("code", Schema::Text).about("docs/errors.md"),
    optional("sentence", Schema::Text),
    optional("detail", Schema::Raw),
    optional("fact", Schema::Text),
];

const NOTIFICATION: Schema = Schema::Named("Notification", &Schema::Object(&[NOTIFICATION_FIELDS]));

/// What stands of every delivery.
pub(super) const DELIVERY_FIELDS: &[Field] = &[
    field("id", Schema::Text).about("Sorts by planning."),
    field("destination", Schema::Choice(&["leadsquared", "zoom"])),
    field("kind", Schema::Text),
    field("who", Schema::Person),
    field("what", Schema::Raw).about("In words."),
    field("state", Schema::Text),
    optional("code", Schema::Text).about("docs/errors.md"),
    optional("sentence", Schema::Text),
    optional("detail", Schema::Raw).about("What the remote system said."),
    field("tries", COUNT),
    optional("next_try", Schema::Time),
    optional("result", Schema::Text).about("What the remote system calls it."),
    optional("proof", Schema::Text).about("How it is known: `answer`, `marker`, `cache`."),
    field("fact", Schema::Text),
    field("settings_version", COUNT),
    field("planned", Schema::Time),
    field("updated", Schema::Time),
];

/// A delivery.
pub(super) const DELIVERY: Schema = Schema::Named("Delivery", &Schema::Object(&[DELIVERY_FIELDS]));

const ATTEMPT: Schema = Schema::Object(&[&[
    field("operation", Schema::Text),
    field("rows", COUNT).about("Deliveries in the call."),
    field("started", Schema::Time),
    optional("ended", Schema::Time),
    optional("outcome", Schema::Text),
    optional("detail", Schema::Raw),
]]);

const PARKED: Schema = Schema::Object(&[&[
    optional("code", Schema::Maybe(&Schema::Text)),
    optional("who", Schema::Maybe(&Schema::Text)),
    optional("confirm", Schema::Boolean).about("Without it they are only counted."),
]]);

const REPLAYED: Schema = Schema::Object(&[&[field("count", COUNT), field("replayed", Schema::Boolean)]]);

const FILTER: Schema = Schema::Short(200);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants/{tenant}/journal", "listNotifications", "Notifications, newest first.")
        .query(&[optional("outcome", FILTER), optional("event", FILTER), BEFORE, LIMIT])
        .answers(&[(200, Answer::Json(&Schema::Page(&NOTIFICATION)))]),
    Operation::get(
        "/tenants/{tenant}/journal/{id}",
        "showNotification",
        "One notification with its body and what followed.",
    )
    .answers(&[(
        200,
        Answer::Json(&Schema::Object(&[
            NOTIFICATION_FIELDS,
            &[
                field("body", Schema::Raw).about("As it came, its secrets covered."),
                field("deliveries", Schema::List(&DELIVERY)),
            ],
        ])),
    )]),
    Operation::post("/tenants/{tenant}/journal/{id}/replay", "replayNotification", "Read a notification once more.")
        .answers(&[(202, Answer::Nothing)]),
    Operation::get("/tenants/{tenant}/deliveries", "listDeliveries", "Deliveries, newest first.")
        .query(&[optional("state", FILTER), optional("code", FILTER), optional("who", FILTER), BEFORE, LIMIT])
        .answers(&[(200, Answer::Json(&Schema::Page(&DELIVERY)))]),
    Operation::post(
        "/tenants/{tenant}/deliveries/replay",
        "replayDeliveries",
        "Count, or with `confirm` replay, the parked deliveries that match.",
    )
    .body(&PARKED, r#"{"code": "crm.owner", "confirm": true}"#)
    .answers(&[(200, Answer::Json(&REPLAYED))]),
    Operation::get(
        "/tenants/{tenant}/deliveries/{id}",
        "showDelivery",
        "One delivery with its command and the calls that carried it.",
    )
    .answers(&[(
        200,
        Answer::Json(&Schema::Object(&[
            DELIVERY_FIELDS,
            &[field("command", Schema::Raw), field("attempts", Schema::List(&ATTEMPT))],
        ])),
    )]),
    Operation::post("/tenants/{tenant}/deliveries/{id}/replay", "replayDelivery", "Let a parked delivery go again.")
        .answers(&[(202, Answer::Nothing)]),
];
