//! Keys of the API.

use super::table::{Answer, Field, Operation, Schema, field, optional};
use connector_core::scope::Scope;

const SCOPES: Schema = Schema::List(&Schema::Choice(&["read", "read_personal", "write", "admin"]));

const KEY: &[Field] = &[
    field("id", Schema::Text),
    field("name", Schema::Text),
    field("scopes", SCOPES),
    field("made_by", Schema::Staff),
    field("made", Schema::Time),
    field("used", Schema::Maybe(&Schema::Time)).about("To the minute."),
    field("expires", Schema::Maybe(&Schema::Time)),
];

const MADE: &[Field] = &[field("key", Schema::Text).about("The key itself, `zck_…`, shown this once.")];

const OWN: Schema = Schema::Object(&[&[
    field("name", Schema::Text),
    field("tenant", Schema::Maybe(&Schema::Text))
        .about("The tenant that it is bound to; none for a key that reaches all."),
    field("scopes", SCOPES),
]]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/key", "showOwnKey", "The key that asks: what it reaches and what it may do.")
        .answers(&[(200, Answer::Json(&OWN))]),
    Operation::get(
        "/tenants/{tenant}/api-keys",
        "listApiKeys",
        "The tenant's keys of the API, the newest first; 50 at most.",
    )
    .needs(Scope::Admin)
    .answers(&[(200, Answer::Json(&Schema::Page(&Schema::Object(&[KEY]))))]),
    Operation::post(
        "/tenants/{tenant}/api-keys",
        "makeApiKey",
        "Make a key of the API that is bound to the tenant. It hands on no scope that the asking key does not have.",
    )
    .needs(Scope::Admin)
    .body(
        &Schema::Object(&[&[
            field("name", Schema::Short(100)),
            field("scopes", SCOPES),
            optional("expires", Schema::Maybe(&Schema::Time)).about("When it ends by itself; never when left out."),
        ]]),
        r#"{"name": "reports", "scopes": ["read"]}"#,
    )
    .answers(&[(201, Answer::Json(&Schema::Object(&[MADE, KEY])))]),
    Operation::delete("/tenants/{tenant}/api-keys/{id}", "endApiKey", "End a key at once.")
        .needs(Scope::Admin)
        .answers(&[(204, Answer::Nothing)]),
];
