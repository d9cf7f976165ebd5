//! Adding leads to webinars, and what there is to choose from.

use super::journal::DELIVERY_FIELDS;
use super::table::{AFTER, Answer, COUNT, Field, LIMIT, MILLISECONDS, Operation, Schema, WISH, field, optional};

const START: Field = field("start_ms", Schema::Maybe(&MILLISECONDS));

const WEBINAR: Schema = Schema::Object(&[&[field("number", COUNT), field("topic", Schema::Words), START]]);

const FORM: Schema = Schema::Object(&[&[
    field("topic", Schema::Words),
    START,
    field(
        "questions",
        Schema::List(&Schema::Object(&[&[
            field("name", Schema::Text),
            field("kind", Schema::Choice(&["standard", "custom"])),
            field("needed", Schema::Choice(&["required", "optional"])),
            field("choices", Schema::List(&Schema::Text)),
        ]])),
    ),
]]);

const OWN_WISH: Field =
    optional("wish", Schema::Maybe(&WISH)).about("Names the wish: the same name twice is one. Made up when left out.");

const ANSWER_FROM: Schema = Schema::OneOf(&[
    Schema::Object(&[&[field("constant", Schema::Text)]]),
    Schema::Object(&[&[field("lead_field", Schema::Text)]]),
]);

const WANTED: Schema = Schema::Object(&[&[
    OWN_WISH,
    optional("leads", Schema::List(&Schema::Text)).about("E-mail addresses and LeadSquared ids."),
    optional("list", Schema::Text).about("The id of a list, in the place of leads."),
    optional("list_name", Schema::Text),
    optional("occurrence", Schema::Text),
    optional("answers", Schema::Map(&ANSWER_FROM)).about("Where the answer to a question of the form comes from."),
]]);

const STANDING: Schema = Schema::Choice(&["added", "pending", "registered", "left_out", "refused", "waiting"]);

const ADDITION: Schema = Schema::Named(
    "Addition",
    &Schema::Object(&[&[
        field("wish", Schema::Text),
        field("stage", Schema::Choice(&["looking", "adding", "done", "unanswered", "failed"])),
        field("webinar", COUNT),
        optional("topic", Schema::Words),
        field("total", COUNT),
        field("counts", Schema::Map(&COUNT)),
        field("unanswered", Schema::List(&Schema::Text)).about("Required questions that nothing answers."),
    ]]),
);

const LEAD: Schema = Schema::Object(&[
    &[
        field("standing", STANDING),
        optional("join_url", Schema::Text).about(
            "The registrant's own link, which lets whoever has it in; absent for a key without `read_personal`.",
        ),
    ],
    DELIVERY_FIELDS,
]);

const LIST: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("name", Schema::Text),
    field("members", Schema::Maybe(&COUNT)),
]]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants/{tenant}/webinars", "listWebinars", "The coming webinars, asked of Zoom.")
        .answers(&[(200, Answer::Json(&Schema::Page(&WEBINAR)))])
        .refuses(&[502]),
    Operation::get(
        "/tenants/{tenant}/webinars/{webinar}/questions",
        "showWebinarForm",
        "What a webinar's registration form asks.",
    )
    .answers(&[(200, Answer::Json(&FORM))])
    .refuses(&[502]),
    Operation::post(
        "/tenants/{tenant}/webinars/{webinar}/leads",
        "addLeads",
        "Add leads or a whole list to a webinar; the same wish again adds nobody twice.",
    )
    .body(&WANTED, r#"{"leads": ["meera@example.org"], "answers": {"org": {"lead_field": "Company"}}}"#)
    .answers(&[(202, Answer::Json(&ADDITION))]),
    Operation::get("/tenants/{tenant}/lists", "listLists", "The lists of leads, asked of LeadSquared.")
        .answers(&[(200, Answer::Json(&Schema::Page(&LIST)))])
        .refuses(&[502]),
    Operation::get("/tenants/{tenant}/additions/{wish}", "showAddition", "How far the adding of leads is, in counts.")
        .answers(&[(200, Answer::Json(&ADDITION))]),
    Operation::get("/tenants/{tenant}/additions/{wish}/leads", "listAddedLeads", "What became of each lead.")
        .query(&[optional("standing", STANDING), optional("who", Schema::Short(200)).finds_people(), AFTER, LIMIT])
        .answers(&[(200, Answer::Json(&Schema::Page(&LEAD)))]),
    Operation::post(
        "/tenants/{tenant}/registrants",
        "fetchRegistrants",
        "Fetch registrations from Zoom: of one webinar, or of all that are planned. The same wish again fetches once.",
    )
    .body(
        &Schema::Object(&[&[OWN_WISH, optional("webinar", Schema::Text).about("Its number; all when left out.")]]),
        r#"{"webinar": "86000000002"}"#,
    )
    .answers(&[(202, Answer::Json(&Schema::Object(&[&[field("wish", Schema::Text)]])))]),
];
