//! What the demo and the stories set up: the pretend systems, a connector over an empty folder, an operator, an API key,
//! two tenants; and the way to sign them in with Zoom through the real pages.

use super::super::user::add_person;
use super::browser::Browser;
use crate::api_keys::{self, Wanted};
use crate::clock::Clock;
use crate::config::{Config, Mail, Security};
use crate::running::Running;
use anyhow::{Context as _, ensure};
use connector_core::scope::Scopes;
use connector_core::settings::Settings;
use connector_simulator::leadsquared::Limit;
use connector_simulator::preset::{Preset, Pretend};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// The operator's address.
pub const OPERATOR_EMAIL: &str = "operator@demo.example";
/// The seed of the pretend world.
const SEED: u64 = 20_26;

/// Everything that runs.
pub struct Stage {
    /// The pretend world.
    pub preset: Preset,
    /// Its servers.
    pub pretend: Pretend,
    /// The connector.
    pub running: Running,
    /// The operator's pass word.
    pub password: String,
    /// An operator's key of the JSON API.
    pub api_key: String,
    client: reqwest::Client,
}

/// The configuration of a connector over the pretend world: loopback, any free port, no metrics.
///
/// # Errors
/// When an environment name is none of the connector's.
pub fn config(preset: &Preset, zoom_url: &str, folder: &Path) -> anyhow::Result<Config> {
    let mut variables = preset.connector_environment(zoom_url);
    variables.push(("ZOOM_CONNECTOR__SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
    variables.push(("ZOOM_CONNECTOR__SERVER__METRICS_LISTEN".to_owned(), String::new()));
    variables.push(("ZOOM_CONNECTOR__STORE__DATA_FOLDER".to_owned(), folder.display().to_string()));
    Ok(Config::load_environment(variables.into_iter())?)
}

/// A connector's way to the pretend mail server.
#[must_use]
pub fn mail_config(address: SocketAddr) -> Mail {
    Mail {
        host: address.ip().to_string(),
        port: address.port(),
        security: Security::None,
        from: "connector@demo.example".to_owned(),
        ..Mail::default()
    }
}

impl Stage {
    /// Sets everything up but the sign-ins.
    ///
    /// # Errors
    /// When something cannot be started or set up, with the sentence that says why.
    pub async fn set(folder: &Path, limit: Option<Limit>) -> anyhow::Result<Self> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let preset = Preset::new(connector_simulator::clock::Clock::Machine, SEED, limit);
        let pretend = preset.serve(any, any).await?;
        let mut config = config(&preset, &pretend.zoom.url(), folder)?;
        config.mail = mail_config(pretend.smtp.address);
        let running = Running::start(config, Clock::machine()).await?;
        preset.point_at(&running.shared.config.public_url());
        let password = crate::dice::token().chars().take(16).collect::<String>();
        add_person(&running.shared, OPERATOR_EMAIL, "Demo Operator", password.clone()).await?;
        let wanted = Wanted { name: "demo".to_owned(), tenant: None, scopes: Scopes::all(), expires_ms: None };
        let api_key = api_keys::make(&running.shared, wanted, "demo").await?.key;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let stage = Self { preset, pretend, running, password, api_key, client };
        for account in stage.preset.crm_accounts.clone() {
            let wanted = json!({
                "tenant": account.org,
                "access_key": account.access_key,
                "secret_key": account.secret_key,
                "leadsquared_api": stage.pretend.leadsquared.url(),
            });
            stage.api("POST", "/tenants", Some(&wanted)).await?;
            stage.set_plan(&account.org, limit.as_ref()).await?;
        }
        Ok(stage)
    }

    /// Tells the connector what the pretend LeadSquared allows.
    async fn set_plan(&self, org: &str, limit: Option<&Limit>) -> anyhow::Result<()> {
        let mut current = self.api("GET", &format!("/tenants/{org}/settings"), None).await?;
        let version = current.get("version").cloned();
        let mut settings: Settings =
            serde_json::from_value(current.get_mut("settings").map_or(Value::Null, Value::take))?;
        // Nobody waits half an hour for a demo: who did not come is told at once.
        settings.attendance.grace_min = 0;
        settings.plan.calls = limit.map(|limit| limit.calls);
        settings.plan.bulk_calls = limit.map(|limit| limit.bulk_calls.unwrap_or(limit.calls));
        if let Some(limit) = limit {
            settings.plan.window_s = limit.window_s;
        }
        let next = json!({ "version": version, "settings": settings });
        self.api("PUT", &format!("/tenants/{org}/settings"), Some(&next)).await?;
        Ok(())
    }

    /// Makes a call of the connector's own JSON API.
    ///
    /// # Errors
    /// When it refuses, with its sentence.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let url = format!("http://{}/api/v1{path}", self.running.address);
        let mut call = self.client.request(method.parse()?, url).bearer_auth(&self.api_key);
        if let Some(body) = body {
            call = call.json(body);
        }
        let response = call.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "{method} {path} answered {status}: {text}");
        if text.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&text).context("an answer that is not JSON")
        }
    }

    /// Signs both tenants in with Zoom on both tabs, as a person would: console, Zoom's consent, confirmation.
    ///
    /// # Errors
    /// When a page says no, with its sentence.
    pub async fn sign_everybody_in(&self) -> anyhow::Result<()> {
        let browser = self.operator().await?;
        for (crm, zoom) in self.preset.crm_accounts.iter().zip(&self.preset.zoom_accounts) {
            for tab in ["authentication", "webinar-settings"] {
                self.sign_in_with_zoom(&browser, (&crm.org, tab), &zoom.admin).await?;
            }
        }
        Ok(())
    }

    /// A browser in which the operator has signed in to the console.
    ///
    /// # Errors
    /// When the console does not let the operator in.
    pub async fn operator(&self) -> anyhow::Result<Browser> {
        let browser = Browser::new()?;
        let page = browser.open(&format!("{}/sign-in", self.running.shared.config.public_url())).await?.good()?;
        let filled = [("email", OPERATOR_EMAIL), ("password", self.password.as_str())];
        browser.send(&page, &page.form("/sign-in")?, &filled).await?.good()?;
        Ok(browser)
    }

    /// Clicks from a tab of the Configure page through Zoom's consent to the confirmation.
    ///
    /// # Errors
    /// When a page says no, with its sentence.
    pub async fn sign_in_with_zoom(
        &self,
        browser: &Browser,
        (tenant, tab): (&str, &str),
        zoom_user: &str,
    ) -> anyhow::Result<()> {
        let address = format!("{}/t/{tenant}/configure/{tab}", self.running.shared.config.public_url());
        let page = browser.open(&address).await?.good()?;
        let consent = browser.send(&page, &page.form("/sign-in")?, &[]).await?.good()?;
        let filled = [("user", zoom_user), ("decision", "allow")];
        let confirm = browser.send(&consent, &consent.form("/oauth/authorize")?, &filled).await?.good()?;
        browser.send(&confirm, &confirm.form("/confirm")?, &[]).await?.good()?;
        Ok(())
    }
}
