//! Who administers a tenant, sales users without an account, and the audit log.

use super::table::{Answer, COUNT, LIMIT, Operation, Schema, field, optional};
use connector_core::scope::Scope;

const ADMIN: Schema = Schema::Named(
    "TenantAdmin",
    &Schema::Object(&[&[
        field("id", Schema::Text),
        field("email", Schema::Staff),
        field("name", Schema::Staff),
        field("since", Schema::Time),
        field("last_seen", Schema::Maybe(&Schema::Time)),
        field("sessions", COUNT).about("Browsers that are signed in."),
    ]]),
);

const MADE: Schema = Schema::Object(&[&[
    field("email", Schema::Text),
    optional("url", Schema::Text).about("To be handed over; absent when it went by mail."),
    field("expires", Schema::Time),
]]);

const LINK: Schema = Schema::Object(&[&[
    field("email", Schema::Text),
    field("url", Schema::Text).about("To be handed over, shown this once: whoever opens it first is signed in."),
    field("expires", Schema::Time),
]]);

const LINE: Schema = Schema::Named(
    "AuditLine",
    &Schema::Object(&[&[
        field("number", COUNT).about("Its place in the tenant's log, counted from 1."),
        field("at", Schema::Time),
        field("actor", Schema::Staff),
        field("action", Schema::Text),
        field("detail", Schema::Text),
    ]]),
);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants/{tenant}/access", "listTenantAdmins", "The admins of the tenant.")
        .answers(&[(200, Answer::Json(&Schema::Page(&ADMIN)))]),
    Operation::post(
        "/tenants/{tenant}/access",
        "inviteTenantAdmin",
        "Invite somebody to administer the tenant. The link works once, for a week; an earlier one ends.",
    )
    .needs(Scope::Admin)
    .body(&Schema::Object(&[&[field("email", Schema::Text)]]), r#"{"email": "asha@example.org"}"#)
    .answers(&[(201, Answer::Json(&MADE))]),
    Operation::delete(
        "/tenants/{tenant}/access/{person}",
        "removeTenantAdmin",
        "Take the tenant away from one of its admins.",
    )
    .needs(Scope::Admin)
    .answers(&[(204, Answer::Nothing)]),
    Operation::delete(
        "/tenants/{tenant}/access/{person}/sessions",
        "endSessions",
        "Sign one of the admins out of every browser.",
    )
    .needs(Scope::Admin)
    .answers(&[(204, Answer::Nothing)]),
    Operation::post(
        "/tenants/{tenant}/sales-users/links",
        "makeSalesUserLink",
        "A link that signs an active user of LeadSquared in to schedule meetings. It works once, for a day.",
    )
    .needs(Scope::Admin)
    .body(&Schema::Object(&[&[field("email", Schema::Text)]]), r#"{"email": "ravi@example.org"}"#)
    .answers(&[(201, Answer::Json(&LINK))])
    .refuses(&[502]),
    Operation::delete(
        "/tenants/{tenant}/sales-users/{email}",
        "endSalesUser",
        "Sign a sales user out of every browser; links that were not used yet end, too.",
    )
    .needs(Scope::Admin)
    .answers(&[(204, Answer::Nothing)]),
    Operation::get("/tenants/{tenant}/audit", "listAuditLines", "Who did what to the tenant, newest first.")
        .query(&[
            optional("who", Schema::Short(100)).about("Only lines of whoever's name or address holds this."),
            optional("what", Schema::Short(100)).about("Only deeds whose word or sentence holds this."),
            optional("before", Schema::Integer(1, i64::MAX)).about("`next` of the page before this one."),
            LIMIT,
        ])
        .answers(&[(200, Answer::Json(&Schema::Page(&LINE)))]),
];
