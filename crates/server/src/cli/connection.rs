//! `connection`: sign-ins with Zoom. `sign-in` asks a person to open Zoom and paste the address they end up at; `begin`,
//! `complete` do the same in two steps for scripts; `own-app` connects by server-to-server credentials; `link` makes an address for a Zoom admin without an account here.

use super::output::Output;
use super::{ACTOR, OfApp, OfTenant, known, read_line};
use crate::api::own_app::OwnAppView;
use crate::api::view::{ConnectionView, OfferView};
use crate::api::{self, look};
use crate::app::Shared;
use crate::connections::sign_in::Offer;
use crate::connections::{disconnect, own_app, script, sign_in};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::OwnApp;

/// Sign-ins with Zoom.
#[derive(Debug, Subcommand)]
pub(super) enum Connection {
    /// List a tenant's sign-ins
    List(OfTenant),
    /// Sign in: prints the address to open at Zoom and asks for the one you were sent to
    SignIn(OfApp),
    /// Begin a sign-in in a script: prints the address to open and a secret for `complete`
    Begin(OfApp),
    /// Finish a sign-in in a script
    Complete(Complete),
    /// Make a link by which a Zoom admin without an account here signs in
    Link(OfApp),
    /// Connect by the own Zoom app instead; asks for its server-to-server credentials on standard input
    OwnApp(GiveOwnApp),
    /// Show what an own Zoom app needs: webhook address, events, scopes
    OwnAppNeeds(OfApp),
    /// Replace the secret token of the own Zoom app; asks for the new one on standard input
    SecretToken(OfApp),
    /// Disconnect; the tokens are destroyed
    Disconnect(OfApp),
}

/// What finishes a sign-in.
#[derive(Debug, Args)]
pub(super) struct Complete {
    #[command(flatten)]
    of: OfApp,
    /// The secret that `begin` printed
    // One in sixty-four begins with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    secret: String,
    /// The whole address that Zoom sent the browser to
    #[arg(long, value_name = "URL")]
    callback_url: String,
    /// Connect without asking
    #[arg(long)]
    yes: bool,
}

/// An own Zoom app to connect by.
#[derive(Debug, Args)]
pub(super) struct GiveOwnApp {
    #[command(flatten)]
    of: OfApp,
    /// Connect without asking
    #[arg(long)]
    yes: bool,
}

impl Connection {
    fn tenant(&self) -> &TenantId {
        match self {
            Self::List(of) => &of.tenant,
            Self::SignIn(of)
            | Self::Begin(of)
            | Self::Link(of)
            | Self::OwnAppNeeds(of)
            | Self::SecretToken(of)
            | Self::Disconnect(of) => &of.tenant,
            Self::OwnApp(given) => &given.of.tenant,
            Self::Complete(complete) => &complete.of.tenant,
        }
    }
}

/// Runs the command.
pub(super) async fn run(command: Connection, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    known(shared, command.tenant()).await?;
    match command {
        Connection::List(of) => list(shared, out, of.tenant).await,
        Connection::SignIn(of) => {
            let secret = crate::dice::token();
            let url = sign_in::begin(shared, &of.tenant, of.app, &secret, ACTOR).await?;
            out.line(&format!("Open this address as a Zoom admin, within ten minutes:\n\n{url}\n"))?;
            let callback_url = read_line("Paste the address that Zoom sent you to: ")?;
            complete(shared, out, Complete { of, secret, callback_url, yes: false }).await
        }
        Connection::Begin(of) => {
            let secret = crate::dice::token();
            let authorize_url = sign_in::begin(shared, &of.tenant, of.app, &secret, ACTOR).await?;
            let begun = serde_json::json!({ "authorize_url": authorize_url, "secret": secret });
            out.show(&begun, |_| vec![format!("open    {authorize_url}"), format!("secret  {secret}")])
        }
        Connection::Complete(wanted) => complete(shared, out, wanted).await,
        Connection::Link(of) => {
            let (url, expires_ms) = script::make_link(shared, &of.tenant, of.app, ACTOR).await?;
            let link = serde_json::json!({ "url": url, "expires": crate::api::view::time(expires_ms) });
            out.show(&link, |_| vec![url.clone()])
        }
        Connection::OwnApp(given) => connect_own_app(shared, out, given).await,
        Connection::OwnAppNeeds(of) => {
            let view = own_app_view(shared, &of).await?;
            out.show(&view, |view| {
                let head = format!("webhook address  {}", view.webhook_url);
                let events = view.events.iter().map(|event| format!("event            {event}"));
                let scopes = view.scopes.iter().map(|scope| format!("scope            {scope}"));
                std::iter::once(head).chain(events).chain(scopes).collect()
            })
        }
        Connection::SecretToken(of) => {
            let secret_token = read_line("Secret token: ")?;
            own_app::replace_secret_token(shared, (&of.tenant, of.app), &secret_token, ACTOR).await?;
            out.done("Replaced; the earlier secret token is accepted for a day.")
        }
        Connection::Disconnect(of) => {
            let ended = disconnect::disconnect(shared, &of.tenant, of.app, ACTOR).await?;
            anyhow::ensure!(ended, "{} is not connected", of.app.name_in_zoom());
            out.done("Disconnected; the tokens are destroyed.")
        }
    }
}

async fn complete(shared: &Shared, out: &Output, wanted: Complete) -> anyhow::Result<()> {
    let (tenant, app) = (wanted.of.tenant, wanted.of.app);
    let back =
        script::read_callback(&wanted.callback_url).context("that is no address with a code or error and a state")?;
    let keys = (back.state.as_str(), wanted.secret.as_str());
    script::belongs(shared, &tenant, keys).await?;
    let (_, offer) = match &back.outcome {
        Ok(code) => sign_in::come_back(shared, app, code, keys).await?,
        Err(error) => sign_in::declined(shared, app, error, keys).await?,
    };
    connect(shared, (&tenant, app), (&offer, wanted.yes), keys).await?;
    list(shared, out, tenant).await
}

/// Connects, after a question unless it is answered already.
async fn connect(
    shared: &Shared,
    (tenant, app): (&TenantId, ZoomApp),
    (offer, yes): (&Offer, bool),
    keys: (&str, &str),
) -> anyhow::Result<()> {
    if !yes {
        let question = format!("{}Connect? [y/N] ", question(&OfferView::from(offer), tenant, app));
        let answer = read_line(&question)?;
        anyhow::ensure!(matches!(answer.trim(), "y" | "Y" | "yes"), "not connected");
    }
    sign_in::confirm(shared, app, keys).await?;
    Ok(())
}

async fn connect_own_app(shared: &Shared, out: &Output, wanted: GiveOwnApp) -> anyhow::Result<()> {
    let GiveOwnApp { of: OfApp { tenant, app }, yes } = wanted;
    let account = read_line("Account ID: ")?;
    let (client_id, client_secret) = (read_line("Client ID: ")?, read_line("Client Secret: ")?);
    let given = OwnApp::given([&account, &client_id, &client_secret, &read_line("Secret Token: ")?]);
    let secret = crate::dice::token();
    let (state, offer) = own_app::try_out(shared, &tenant, app, given, (&secret, ACTOR)).await?;
    connect(shared, (&tenant, app), (&offer, yes), (&state, &secret)).await?;
    list(shared, out, tenant).await
}

async fn own_app_view(shared: &Shared, of: &OfApp) -> anyhow::Result<OwnAppView> {
    api::own_app::look(shared, &of.tenant, of.app).await.map_err(|problem| anyhow::anyhow!(problem.detail))
}

fn question(offer: &OfferView, tenant: &TenantId, app: ZoomApp) -> String {
    let who = offer.email.as_deref().unwrap_or(&offer.zoom_user);
    let mut text =
        format!("Zoom user {who} of account {} for tenant {tenant}, {} only.\n", offer.zoom_account, app.as_str());
    for (feature, scopes) in &offer.missing {
        text.push_str(&format!("Missing for “{feature}”: {}.\n", scopes.join(", ")));
    }
    if offer.takes_over {
        text.push_str("Another tenant is connected with this Zoom user and will be disconnected.\n");
    }
    text
}

async fn list(shared: &Shared, out: &Output, tenant: TenantId) -> anyhow::Result<()> {
    let views: Vec<ConnectionView> = look::connections(shared, tenant).await?;
    out.list(&views, &["APP", "STATE", "ZOOM USER", "ZOOM ACCOUNT", "SINCE", "REASON"], |view| {
        let user = view.email.clone().unwrap_or_else(|| view.zoom_user.clone());
        let reason = view.reason.clone().unwrap_or_default();
        vec![view.app.clone(), view.state.clone(), user, view.zoom_account.clone(), view.began.clone(), reason]
    })
}
