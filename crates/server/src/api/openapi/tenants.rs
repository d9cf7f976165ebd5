//! Tenants, and how they reach LeadSquared.

use super::table::{Answer, COUNT, Field, LIMIT, Operation, Schema, field, optional};
use connector_core::scope::Scope;

const PAUSED: Schema = Schema::Object(&[&[
    field("code", Schema::Text),
    field("sentence", Schema::Text),
    field("detail", Schema::Text),
    field("since", Schema::Time),
]]);

const FIELDS: &[Field] = &[
    field("tenant", Schema::Text),
    field("name", Schema::Text),
    optional("paused", PAUSED).about("Why nothing is sent at the moment, if so."),
    field("leadsquared_api", Schema::Text),
    field("leadsquared_user", Schema::Maybe(&Schema::Staff)),
    field("leadsquared_account", Schema::Maybe(&Schema::Text)),
    field("time_zone", Schema::Text),
    field("created", Schema::Time),
];

const TENANT: Schema = Schema::Named("Tenant", &Schema::Object(&[FIELDS]));

const HELD: Schema =
    Schema::Object(&[&[field("code", Schema::Text), field("sentence", Schema::Text), field("until", Schema::Time)]]);

const LANE: &[Field] = &[
    field("waiting", COUNT).about("Deliveries to LeadSquared that wait, are under way, or whose answer was lost."),
    optional("complete_at", Schema::Time).about("When they will be delivered, by the plan and what was learned of it."),
    optional("held", HELD).about("Why nothing goes out at the moment, if so."),
];

const ID: Schema = Schema::Pattern("^[a-z0-9-]{1,40}$");

const KEYS: &[Field] = &[field("access_key", Schema::Text), field("secret_key", Schema::Text)];

const ADDRESSES: Schema = Schema::Named(
    "LeadSquaredAddresses",
    &Schema::Object(&[&[
        field("version", COUNT).about("Of the secret in them; a new secret is one more."),
        field("webhook", Schema::Text).about("For an automation's webhook, a lead's or a bulk action (POST)."),
        field("tasks", Schema::Text).about("For LeadSquared's webhooks about tasks (POST)."),
        field("schedule", Schema::Text).about("For a lead action that opens the form of a meeting."),
        field("add_lead", Schema::Text).about("For a lead action that opens the page to add the lead to a webinar."),
        field("add_list", Schema::Text).about("For a list action that opens the page to add the list to a webinar."),
    ]]),
);

const NEW: &[Field] = &[
    field("tenant", ID).about("Names it in addresses."),
    optional("name", Schema::Text),
    optional("leadsquared_api", Schema::Maybe(&Schema::Text)).about("Discovered when left out."),
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants", "listTenants", "All tenants by name. Needs a key that is bound to no tenant.")
        .query(&[optional("after", ID).about("`next` of the page before this one."), LIMIT])
        .answers(&[(200, Answer::Json(&Schema::Page(&TENANT)))]),
    Operation::post(
        "/tenants",
        "createTenant",
        "Set a tenant up: keys are tried, host and time zone discovered, activity types found or created. Needs a key that is \
         bound to no tenant.",
    )
    .body(
        &Schema::Object(&[NEW, KEYS]),
        r#"{"tenant": "sunrise", "name": "Sunrise Courses", "access_key": "u$r…", "secret_key": "…"}"#,
    )
    .answers(&[(201, Answer::Json(&TENANT))])
    .refuses(&[502]),
    Operation::get("/tenants/{tenant}", "showTenant", "One tenant, and what waits for its LeadSquared.")
        .answers(&[(200, Answer::Json(&Schema::Object(&[FIELDS, LANE])))]),
    Operation::put("/tenants/{tenant}/keys", "replaceLeadSquaredKeys", "Replace the LeadSquared keys, after trying them.")
        .body(&Schema::Object(&[KEYS]), r#"{"access_key": "u$r…", "secret_key": "…"}"#)
        .answers(&[(200, Answer::Json(&TENANT))])
        .refuses(&[502]),
    Operation::post("/tenants/{tenant}/set-up", "setUpTypes", "Find or create the activity types once more.")
        .answers(&[(200, Answer::Json(&super::settings::VERSIONED))])
        .refuses(&[502]),
    Operation::get(
        "/tenants/{tenant}/leadsquared/addresses",
        "showLeadSquaredAddresses",
        "The addresses for LeadSquared's actions and webhooks. They hold a secret.",
    )
    .needs(Scope::Admin)
    .answers(&[(200, Answer::Json(&ADDRESSES))]),
    Operation::post(
        "/tenants/{tenant}/leadsquared/secret",
        "renewLeadSquaredSecret",
        "A new secret for the addresses that LeadSquared calls: the old addresses are worthless at once. Answers the new ones.",
    )
    .needs(Scope::Admin)
    .answers(&[(200, Answer::Json(&ADDRESSES))])
    .refuses(&[502]),
];
