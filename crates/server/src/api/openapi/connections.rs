//! Signing in with Zoom, second admins, and one Zoom account for several tenants.

use super::table::{APP, Answer, Field, Operation, Schema, field, optional};
use connector_core::scope::Scope;

const CONNECTION: Schema = Schema::Named(
    "Connection",
    &Schema::Object(&[&[
        field("app", APP),
        field("state", Schema::Text).about("`active`, `broken` (sign in again) or `ended`."),
        optional("reason", Schema::Text),
        field("zoom_account", Schema::Text),
        field("zoom_user", Schema::Text),
        field("email", Schema::Maybe(&Schema::Staff)),
        field("own_app", Schema::Boolean).about("By the tenant's own Zoom app instead of a person's sign-in."),
        field("scopes", Schema::List(&Schema::Text)),
        field("licences", Schema::Any),
        field("began", Schema::Time),
        optional("ended", Schema::Time),
    ]]),
);

const BEGUN: Schema = Schema::Object(&[&[
    field("authorize_url", Schema::Text).about("To be opened by a Zoom admin."),
    field("secret", Schema::Text).about("For complete and confirm; whoever has it can finish the sign-in."),
]]);

/// What would be connected, as groups of fields.
const OFFER: &[Field] = &[
    field("state", Schema::Text).about("To be handed to confirm."),
    field("email", Schema::Maybe(&Schema::Staff)),
    field("zoom_user", Schema::Text),
    field("zoom_account", Schema::Text),
    field("role", Schema::Maybe(&Schema::Text)),
    field("missing", Schema::List(&Schema::Places(&[Schema::Text, Schema::List(&Schema::Text)])))
        .about("Scopes that are missing, by feature."),
    field("takes_over", Schema::Boolean)
        .about("Another tenant is signed in with this Zoom user, and would be no more."),
];
const OFFERED: Schema = Schema::Object(&[OFFER]);
const TRIED: Schema =
    Schema::Object(&[&[field("secret", Schema::Text).about("To be handed to confirm with the state.")], OFFER]);

const OWN_APP: Schema = Schema::Object(&[&[
    field("webhook_url", Schema::Text).about("Where Zoom has to send its events."),
    field("events", Schema::List(&Schema::Text)).about("What it has to subscribe to."),
    field("scopes", Schema::List(&Schema::Text)).about("What it has to be allowed, as Zoom names it."),
    optional("client_id", Schema::Text).about("Of the one that is connected."),
    optional("account_id", Schema::Text),
    optional("earlier_secret_token_until", Schema::Time).about("Until then the earlier secret token is accepted."),
]]);

const RULE: Schema = Schema::Named(
    "ShareRule",
    &Schema::Object(&[&[
        field("by", Schema::Choice(&["host", "topic", "group", "tracking_field"])),
        field("is", Schema::Short(200)),
    ]]),
);
const TRACKING_FIELD: Schema = Schema::Object(&[&[field("field", Schema::Text), field("value", Schema::Text)]]);
const RULES: Schema = Schema::List(&RULE);

const SHARE: Schema = Schema::Object(&[&[
    field("id", Schema::Text),
    field("state", Schema::Choice(&["offered", "shared"])),
    field("rules", RULES),
    field("offered", Schema::Time),
    field("expires", Schema::Time),
    field("shared_since", Schema::Maybe(&Schema::Time)),
]]);

const SHARES: Schema = Schema::Object(&[&[
    field("offered", Schema::List(&SHARE)),
    field("guest_of", Schema::Maybe(&RULES)).about("What comes here from another tenant's sign-in."),
]]);

const EXPIRES: Field = field("expires", Schema::Time);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/tenants/{tenant}/connections", "listConnections", "The latest sign-in of each Zoom app.")
        .answers(&[(200, Answer::Json(&Schema::Page(&CONNECTION)))]),
    Operation::delete("/tenants/{tenant}/connections/{app}", "disconnect", "Disconnect.")
        .answers(&[(204, Answer::Nothing)]),
    Operation::post("/tenants/{tenant}/connections/{app}/sign-in", "beginSignIn", "Begin a sign-in with Zoom.")
        .answers(&[(201, Answer::Json(&BEGUN))]),
    Operation::post(
        "/tenants/{tenant}/connections/{app}/sign-in/complete",
        "completeSignIn",
        "Hand over the address that Zoom sent the browser to; answers what would be connected.",
    )
    .body(
        &Schema::Object(&[&[field("callback_url", Schema::Text), field("secret", Schema::Text)]]),
        r#"{"callback_url": "https://connector.example.org/oauth/zoom/webinars/callback?code=…&state=…", "secret": "…"}"#,
    )
    .answers(&[(200, Answer::Json(&OFFERED))]),
    Operation::post("/tenants/{tenant}/connections/{app}/sign-in/confirm", "confirmSignIn", "Connect.")
        .body(
            &Schema::Object(&[&[field("state", Schema::Text), field("secret", Schema::Text)]]),
            r#"{"state": "…", "secret": "…"}"#,
        )
        .answers(&[(200, Answer::Json(&CONNECTION))]),
    Operation::get(
        "/tenants/{tenant}/connections/{app}/own-app",
        "showOwnApp",
        "What an own Zoom app needs, and which one is connected.",
    )
    .answers(&[(200, Answer::Json(&OWN_APP))]),
    Operation::post(
        "/tenants/{tenant}/connections/{app}/own-app",
        "tryOwnApp",
        "Try server-to-server credentials of the own Zoom account; answers what would be connected, for confirm.",
    )
    .needs(Scope::Admin)
    .body(
        &Schema::Object(&[&[
            field("account_id", Schema::Text),
            field("client_id", Schema::Text),
            field("client_secret", Schema::Text),
            field("secret_token", Schema::Text),
        ]]),
        r#"{"account_id": "…", "client_id": "…", "client_secret": "…", "secret_token": "…"}"#,
    )
    .answers(&[(201, Answer::Json(&TRIED))]),
    Operation::put(
        "/tenants/{tenant}/connections/{app}/own-app/secret-token",
        "replaceOwnAppSecretToken",
        "Replace the secret token of the own Zoom app; the earlier one is accepted for a day.",
    )
    .needs(Scope::Admin)
    .body(&Schema::Object(&[&[field("secret_token", Schema::Text)]]), r#"{"secret_token": "…"}"#)
    .answers(&[(204, Answer::Nothing)]),
    Operation::post(
        "/tenants/{tenant}/connections/{app}/link",
        "makeSignInLink",
        "A link for a Zoom admin without an account here.",
    )
    .needs(Scope::Admin)
    .answers(&[(201, Answer::Json(&Schema::Object(&[&[field("url", Schema::Text), EXPIRES]])))]),
    Operation::post(
        "/tenants/{tenant}/connections/{app}/stand-by",
        "beginStandBy",
        "Begin the sign-in of a second admin, who stands by; complete and confirm it as any other.",
    )
    .answers(&[(201, Answer::Json(&BEGUN))]),
    Operation::delete("/tenants/{tenant}/connections/{app}/stand-by", "endStandBy", "Nobody stands by any more.")
        .answers(&[(204, Answer::Nothing)]),
    Operation::get(
        "/tenants/{tenant}/connections/{app}/shares",
        "listShares",
        "What is shared of a sign-in, and with it.",
    )
    .answers(&[(200, Answer::Json(&SHARES))]),
    Operation::post(
        "/tenants/{tenant}/connections/{app}/shares",
        "offerShare",
        "Offer a sign-in to another tenant; answers a code that it accepts once.",
    )
    .needs(Scope::Admin)
    .body(&Schema::Object(&[&[field("rules", RULES)]]), r#"{"rules": [{"by": "topic", "is": "Sunrise"}]}"#)
    .answers(&[(201, Answer::Json(&Schema::Object(&[&[field("code", Schema::Text), EXPIRES]])))]),
    Operation::delete("/tenants/{tenant}/connections/{app}/shares/{id}", "endShare", "End a share.")
        .needs(Scope::Admin)
        .answers(&[(204, Answer::Nothing)]),
    Operation::delete(
        "/tenants/{tenant}/connections/{app}/guest",
        "leaveShare",
        "Leave what another tenant shares: its events come here no more.",
    )
    .needs(Scope::Admin)
    .answers(&[(204, Answer::Nothing)]),
    Operation::post("/tenants/{tenant}/connections/{app}/where", "askWhere", "Say where an event would go.")
        .body(
            &Schema::Object(&[&[
                optional("host", Schema::Maybe(&Schema::Text)).about("The host's Zoom user id."),
                optional("host_email", Schema::Maybe(&Schema::Text)),
                optional("topic", Schema::Maybe(&Schema::Text)),
                optional("meeting", Schema::Maybe(&Schema::Integer(0, i64::MAX))).about("The number of the meeting or webinar."),
                optional("groups", Schema::Maybe(&Schema::List(&Schema::Text)))
                    .about("Names or ids; without them, what Zoom said of the host in the last hour."),
                optional("tracking_fields", Schema::Maybe(&Schema::List(&TRACKING_FIELD)))
                    .about("Without them, what Zoom said of the meeting in the last hour."),
            ]]),
            r#"{"host_email": "ana@example.org", "topic": "Sunrise: open day"}"#,
        )
        .answers(&[(
            200,
            Answer::Json(&Schema::Object(&[&[field(
                "goes",
                Schema::Choice(&["here", "elsewhere", "nowhere", "held", "asked_first"]),
            )]])),
        )]),
    Operation::post("/tenants/{tenant}/shares/accept", "acceptShare", "Accept what another tenant offers.")
        .needs(Scope::Admin)
        .body(&Schema::Object(&[&[field("code", Schema::Text)]]), r#"{"code": "…"}"#)
        .answers(&[(200, Answer::Json(&Schema::Object(&[&[field("app", APP)]])))]),
];
