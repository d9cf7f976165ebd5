//! Sign-in: the consent page for people, the same as a form for scripts, tokens and their revocation.

use super::super::Zoom;
use super::super::change::At;
use super::super::limits::{Class, UsedUp};
use super::super::oauth::{Consent, NoTokens, Pair, SignIn};
use super::problem::Problem;
use super::reply::{Reply, carry_out};
use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Users that the consent page offers.
const USERS_SHOWN_MAX: usize = 50;

#[derive(Template)]
#[template(path = "zoom/consent.html")]
struct ConsentPage {
    app: String,
    scopes: Vec<String>,
    users: Vec<Choice>,
    sign_in: SignIn,
}

struct Choice {
    id: String,
    name: String,
    email: String,
    role: &'static str,
    account: String,
}

#[derive(Template)]
#[template(path = "zoom/refusal.html")]
struct RefusalPage<'a> {
    title: &'a str,
    text: &'a str,
}

fn refusal(status: u16, title: &str, text: &str) -> Response {
    Reply::html(status, RefusalPage { title, text }.render().unwrap_or_default()).into_response()
}

/// Zoom's own page for a sign-in that cannot begin; none when it can.
fn hindered(zoom: &Zoom, sign_in: &SignIn) -> Option<Response> {
    if sign_in.scope.is_some() {
        return Some(refusal(400, "Invalid scope", "Invalid scope. (4,700)"));
    }
    if zoom.state().app_for(sign_in).is_none() {
        let text = "Invalid redirect: this address or this app is not known. (4,700)";
        return Some(refusal(400, "Invalid redirect", text));
    }
    None
}

/// `GET /oauth/authorize`
pub(super) async fn ask(State(zoom): State<Zoom>, sign_in: Result<Query<SignIn>, QueryRejection>) -> Response {
    let Ok(Query(sign_in)) = sign_in else {
        return refusal(400, "Invalid request", "client_id and redirect_uri are needed. (4,700)");
    };
    if let Some(page) = hindered(&zoom, &sign_in) {
        return page;
    }
    let page = {
        let state = zoom.state();
        let app = state.app_for(&sign_in);
        let (name, scopes) = app.map(|app| (app.name.clone(), app.scopes.clone())).unwrap_or_default();
        let of = |account: &super::super::state::Account| {
            let users = account.users.iter().filter_map(|id| state.users.get(id));
            let choice = |user: &super::super::state::User| Choice {
                id: user.id.clone(),
                name: user.name(),
                email: user.is.email.clone(),
                role: user.is.role.as_str(),
                account: account.name.clone(),
            };
            users.map(choice).collect::<Vec<_>>()
        };
        let users = state.accounts.values().flat_map(of).take(USERS_SHOWN_MAX).collect();
        ConsentPage { app: name, scopes, users, sign_in }
    };
    Reply::html(200, page.render().unwrap_or_default()).into_response()
}

/// What the consent page sends.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    user: String,
    decision: String,
    client_id: String,
    redirect_uri: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
}

/// `POST /oauth/authorize`
pub(super) async fn decide(State(zoom): State<Zoom>, decision: Result<Form<Decision>, FormRejection>) -> Response {
    let Ok(Form(decision)) = decision else {
        return refusal(400, "Invalid request", "A user and a decision are needed.");
    };
    let Decision { user, decision, client_id, redirect_uri, state, code_challenge, code_challenge_method } = decision;
    let sign_in = SignIn { client_id, redirect_uri, state, code_challenge, code_challenge_method, scope: None };
    if let Some(page) = hindered(&zoom, &sign_in) {
        return page;
    }
    let back = |answer: &str| {
        let mark = if sign_in.redirect_uri.contains('?') { '&' } else { '?' };
        let state = encode(&sign_in.state);
        Reply::found(format!("{}{mark}{answer}&state={state}", sign_in.redirect_uri)).into_response()
    };
    if decision != "allow" {
        return back("error=access_denied");
    }
    let now_ms = zoom.clock.now_ms();
    match zoom.change(|state| state.allow(sign_in.clone(), &user, now_ms)) {
        Consent::Code(code) => back(&format!("code={code}")),
        Consent::AdminNeeded => {
            let text = "You cannot authorize this app. It is managed by the account: an admin of your account must \
                        install it.";
            refusal(403, "An admin is needed", text)
        }
        Consent::Stranger => refusal(403, "No such user", "This user is not known, or switched off."),
    }
}

/// Percent-encodes all but the unreserved characters.
fn encode(text: &str) -> String {
    let piece = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(piece).collect()
}

#[derive(Serialize)]
struct TokensShown {
    access_token: String,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    expires_in: i64,
    scope: String,
    api_url: String,
}

#[derive(Serialize)]
struct NoTokensShown {
    reason: &'static str,
    error: &'static str,
}

#[derive(Serialize)]
struct Revoked {
    status: &'static str,
}

type Fields = HashMap<String, String>;

fn refused(why: NoTokens) -> Reply {
    let (status, error, reason) = why.answer();
    Reply::json(status, &NoTokensShown { reason, error })
}

/// The client of the basic credentials, when they are right.
fn client(zoom: &Zoom, headers: &HeaderMap) -> Option<String> {
    let basic = headers.get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(data_encoding::BASE64.decode(basic.as_bytes()).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    zoom.state().is_client(client_id, secret).then(|| client_id.to_owned())
}

/// `POST /oauth/token`
pub(super) async fn token(
    State(zoom): State<Zoom>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let apply = || {
        let Some(client_id) = client(&zoom, &headers) else { return refused(NoTokens::Client) };
        // Parameters in the address are refused since 2025, whatever stands in the body.
        let Some(Form(fields)) = fields.ok().filter(|_| query.is_empty()) else { return refused(NoTokens::Request) };
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let now_ms = zoom.clock.now_ms();
        let (pair, api_url) = zoom.change(|state| {
            let pair = match field("grant_type") {
                "authorization_code" => {
                    state.by_code((&client_id, field("code")), (field("redirect_uri"), field("code_verifier")), now_ms)
                }
                "refresh_token" => state.by_refresh(&client_id, field("refresh_token"), now_ms),
                "account_credentials" => state.by_account(&client_id, field("account_id"), now_ms),
                _ => Err(NoTokens::GrantType),
            };
            (pair, state.settings.api_url.clone())
        });
        match pair {
            Ok(Pair { access_token, refresh_token, expires_in, scope }) => {
                let token_type = "bearer";
                Reply::json(200, &TokensShown { access_token, token_type, refresh_token, expires_in, scope, api_url })
            }
            Err(why) => refused(why),
        }
    };
    carry_out(zoom.faults.next("oauth.token"), Problem::calls(Class::Light, UsedUp::Second(1)).reply(), apply).await
}

/// `POST /oauth/revoke`
pub(super) async fn revoke(
    State(zoom): State<Zoom>,
    headers: HeaderMap,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let apply = || {
        let Some(client_id) = client(&zoom, &headers) else { return refused(NoTokens::Client) };
        let token = fields.ok().and_then(|Form(mut fields)| fields.remove("token")).unwrap_or_default();
        let now_ms = zoom.clock.now_ms();
        let revoked = zoom.change(|state| {
            let user = state.owner_of(&client_id, &token)?;
            state.deauthorize(&client_id, &user, At { ms: now_ms, now_ms });
            Some(())
        });
        match revoked {
            Some(()) => Reply::json(200, &Revoked { status: "success" }),
            None => refused(NoTokens::Refresh),
        }
    };
    carry_out(zoom.faults.next("oauth.revoke"), Problem::calls(Class::Light, UsedUp::Second(1)).reply(), apply).await
}
