//! Meetings and webinars by time, and who was in them.

use super::table::{AFTER, Answer, COUNT, Field, LIMIT, Operation, Schema, field, optional};

const FIELDS: &[Field] = &[
    field("id", Schema::Text),
    field("stage", Schema::Choice(&["planned", "cancelled", "run", "rehearsal"])),
    field("kind", Schema::Choice(&["meeting", "webinar"])),
    field("number", COUNT).about("In Zoom."),
    field("topic", Schema::Words).about("Empty while nobody told it."),
    field("host", Schema::Person).about("Empty while nobody told it."),
    field("starts", Schema::Time).about("When it is planned, or began."),
    optional("ended", Schema::Time),
    optional("counted", Schema::Time).about("When its numbers were counted; without it they are not known."),
    field("registered", COUNT),
    field("came", COUNT),
    field("no_show", COUNT).about("Registered, and did not come."),
    field("unnamed", COUNT).about("Came, and is not named by Zoom."),
    optional("zoom", COUNT).about("Came as Zoom's report says, where that was read."),
    field("written", COUNT).about("Of those who came: stand in LeadSquared."),
    field("waiting", COUNT).about("Of those who came: something still waits."),
    field("failed", COUNT).about("Of those who came: something waits for a person."),
];

const STAY: Schema = Schema::Object(&[&[field("from", Schema::Time), optional("to", Schema::Time)]]);

const GUEST: Schema = Schema::Object(&[&[
    field("email", Schema::Person).about("Empty where Zoom does not tell it."),
    field("name", Schema::Person),
    field("stands", Schema::Text).about("In words."),
    field("stayed_s", COUNT).about("The union of the stays, in seconds."),
    field("stays", Schema::List(&STAY)),
]]);

const EVENT: Schema = Schema::Named("Event", &Schema::Object(&[FIELDS]));

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get(
        "/tenants/{tenant}/events",
        "listEvents",
        "Meetings and webinars, those to come or those that were.",
    )
    .query(&[
        optional("when", Schema::Choice(&["coming", "past"])),
        optional("kind", Schema::Choice(&["meeting", "webinar"])),
        optional("search", Schema::Short(200))
            .about("In topic, host or number; without `read_personal` in what is shown of the topic, or number."),
        AFTER,
        LIMIT,
    ])
    .answers(&[(200, Answer::Json(&Schema::Page(&EVENT)))]),
    Operation::get("/tenants/{tenant}/events/{id}", "showEvent", "One meeting or webinar with its people.")
        .query(&[AFTER, LIMIT])
        .answers(&[(
            200,
            Answer::Json(&Schema::Object(&[
                FIELDS,
                &[
                    field("people", Schema::List(&GUEST))
                        .about("Whoever came by when they came, then who registered; on the first page before them, and beyond its limit, the first twenty whom Zoom does not name. All of those stand under people."),
                    optional("known", COUNT).about("People altogether, once they were counted with the numbers."),
                    optional("next", Schema::Text).about("Where the next page of people begins; absent on the last."),
                ],
            ])),
        )]),
];
