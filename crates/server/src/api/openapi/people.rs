//! People whom Zoom does not name.

use super::table::{Answer, COUNT, MILLISECONDS, Operation, Schema, field, optional};

const INSTANT: Schema = Schema::Maybe(&MILLISECONDS);

const STAY: Schema = Schema::Object(&[&[field("joined_ms", INSTANT), field("left_ms", INSTANT)]]);

const PERSON: Schema = Schema::Named(
    "Stranger",
    &Schema::Object(&[&[
        field("id", Schema::Text),
        field("name", Schema::Maybe(&Schema::Person)).about("As shown in Zoom; a number for a caller."),
        field("signed_in", Schema::Boolean).about("Signed in to Zoom: a decision holds wherever the same user comes."),
        field("webinar", COUNT).about("The number of the webinar or meeting."),
        field("topic", Schema::Maybe(&Schema::Words)),
        field("start_ms", INSTANT),
        field("stays", Schema::List(&STAY)),
        field(
            "suggestions",
            Schema::List(&Schema::Object(&[&[
                field("email", Schema::Person),
                field("score", COUNT).about("How much speaks for it, from 1 to 99."),
                field("why", Schema::Words),
            ]])),
        )
        .about("The surest first; none for a key without `read_personal`."),
        field("decided", Schema::Maybe(&Schema::Words)).about("An address, or `nobody`."),
        field("named", Schema::Boolean).about("Zoom named the person after all."),
    ]]),
);

const PEOPLE: Schema =
    Schema::Object(&[&[field("waiting", Schema::List(&PERSON)), field("known", Schema::List(&PERSON))]]);

const DECISION: Schema = Schema::Object(&[&[
    optional("email", Schema::Maybe(&Schema::Text)),
    optional("nobody", Schema::Boolean),
    optional("undo", Schema::Boolean),
]]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get(
        "/tenants/{tenant}/people",
        "listStrangers",
        "Who waits for a decision, and who is known by now: 100 of each at the most.",
    )
    .answers(&[(200, Answer::Json(&PEOPLE))]),
    Operation::post(
        "/tenants/{tenant}/people/{id}",
        "decideStranger",
        "Say who somebody is: one of `email`, `nobody`, `undo`.",
    )
    .body(&DECISION, r#"{"email": "meera@example.org"}"#)
    .answers(&[(202, Answer::Nothing)]),
];
