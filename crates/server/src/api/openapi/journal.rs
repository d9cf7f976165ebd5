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
    optional("detail", Schema::Words),
    optional("fact", Schema::Text),
];

const NOTIFICATION: Schema = Schema::Named("Notification", &Schema::Object(&[NOTIFICATION_FIELDS]));

/// What stands of every delivery.
pub(super) const DELIVERY_FIELDS: &[Field] = &[
    field("id", Schema::Text).about("Sorts by planning."),
    field("destination", Schema::Choice(&["leadsquared", "zoom"])),
    field("kind", Schema::Text),
    field("who", Schema::Person),
    field("what", Schema::Words).about("In words."),
    field("state", Schema::Text),
    optional("code", Schema::Text).about("docs/errors.md"),
    optional("sentence", Schema::Text),
    optional("detail", Schema::Words).about("What the remote system said."),
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
    optional("detail", Schema::Words),
]]);

const SENT: Schema =
    Schema::Object(&[DELIVERY_FIELDS, &[field("command", Schema::Raw), field("attempts", Schema::List(&ATTEMPT))]]);

const STEP: Schema = Schema::Object(&[&[
    field("fact", Schema::Text),
    optional("kind", Schema::Text),
    field("notifications", Schema::List(&NOTIFICATION)),
    field("deliveries", Schema::List(&SENT)),
]]);

const FOUND: Schema = Schema::Object(&[&[
    optional("person", Schema::Text).about("Give it as `person`."),
    optional("fact", Schema::Text).about("Give it as `fact`."),
    optional("kind", Schema::Text),
    optional("who", Schema::Person),
]]);

const FOLLOWED: Schema = Schema::Object(&[&[
    field("found", Schema::List(&FOUND)).about("Everybody that `q` may mean; empty where the address named one."),
    field("who", Schema::Person).about("Empty where it is one fact."),
    optional("lead", Schema::Text).about("The lead's id in LeadSquared."),
    field("steps", Schema::List(&STEP)).about("Oldest first."),
    optional("before", Schema::Text).about("Give it as `before` for what was before."),
]]);

const ISSUE: Schema = Schema::Object(&[&[
    field("code", Schema::Text).about("docs/errors.md"),
    field("cause", Schema::Text)
        .about("What the failures have in common, without what differs from person to person; may be empty."),
    field("sentence", Schema::Text),
    field("why", Schema::Text),
    field("repair", Schema::Text),
    field("count", COUNT),
    field("more", Schema::Boolean).about("There are more than were counted."),
    field("people", COUNT),
    field("few", Schema::List(&Schema::Person)),
    field("since", Schema::Time),
    field("last", Schema::Time),
    optional("muted_by", Schema::Staff),
]]);

const GROUP: Schema = Schema::Object(&[&[field("code", Schema::Text), field("cause", Schema::Text)]]);

const ISSUES: Schema = Schema::Object(&[&[
    field("items", Schema::List(&ISSUE)),
    optional("next", GROUP).about("The group behind which the next page begins."),
]]);

const MUTE: Schema =
    Schema::Object(&[&[field("code", Schema::Text), optional("cause", Schema::Text), field("muted", Schema::Boolean)]]);

const OF_GROUP: Schema = Schema::Object(&[&[field("code", Schema::Text), optional("cause", Schema::Text)]]);

const PARKED: Schema = Schema::Object(&[&[
    optional("code", Schema::Maybe(&Schema::Text)),
    optional("cause", Schema::Maybe(&Schema::Text)),
    optional("who", Schema::Maybe(&Schema::Text)).about("Needs `read_personal`."),
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
        .query(&[optional("state", FILTER), optional("code", FILTER), optional("who", FILTER).finds_people(), BEFORE, LIMIT])
        .answers(&[(200, Answer::Json(&Schema::Page(&DELIVERY)))]),
    Operation::post(
        "/tenants/{tenant}/deliveries/replay",
        "replayDeliveries",
        "Count, or with `confirm` replay, the parked deliveries that match.",
    )
    .body(&PARKED, r#"{"code": "crm.owner", "confirm": true}"#)
    .answers(&[(200, Answer::Json(&REPLAYED))]),
    Operation::get(
        "/tenants/{tenant}/issues",
        "listIssues",
        "What waits for a person, failures that are alike together, with cause and repair.",
    )
    .query(&[optional("code", FILTER), optional("cause", FILTER)])
    .answers(&[(200, Answer::Json(&ISSUES))]),
    Operation::post("/tenants/{tenant}/issues/mute", "muteIssue", "Mute a group of failures, or show it again.")
        .body(&MUTE, r#"{"code": "lsq.rejected", "cause": "No owner", "muted": true}"#)
        .answers(&[(204, Answer::Nothing)]),
    Operation::post(
        "/tenants/{tenant}/issues/read",
        "readIssueAgain",
        "Read the notifications of a group once more, the oldest first; 20,000 at most. `cause` is their event.",
    )
    .body(&OF_GROUP, r#"{"code": "quarantine.field", "cause": "webinar.started"}"#)
    .answers(&[(200, Answer::Json(&Schema::Object(&[&[field("count", COUNT)]])))]),
    Operation::get(
        "/tenants/{tenant}/follow",
        "follow",
        "Everything about one person or fact, oldest first: `q` is an address, a whole name, an id or a mark; `person` and `fact` \
         are of an earlier answer.",
    )
    .query(&[
        optional("q", FILTER).about("An address needs `read_personal`; without it a name finds nobody."),
        optional("person", FILTER),
        optional("fact", FILTER),
        BEFORE,
    ])
    .answers(&[(200, Answer::Json(&FOLLOWED))]),
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
