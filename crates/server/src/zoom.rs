//! The client of Zoom: sends what the core wrote, to the sign-in with an app's credentials, to the API with a token.
//! Looks at neither JSON nor status.

use crate::config::{Config, ZoomAppConfig};
use crate::outside::{Credentials, Outside};
use connector_core::delivery::schedule::CALL_DEADLINE_MS;
use connector_core::exchange::{Reply, Request};
use connector_core::ids::ZoomApp;
use connector_core::own_app::OwnApp;

/// Zoom's global API, which serves every account.
pub const ZOOMS_OWN_API: &str = "https://api.zoom.us";
/// How long a token call may take. Longer than other calls: a lost answer costs the connection (zoom.md § 1.4).
pub const TOKEN_DEADLINE_MS: i64 = 15_000;

/// Calls Zoom for all tenants.
#[derive(Debug, Clone)]
pub struct Zoom {
    outside: Outside,
    api_url: String,
    oauth_url: String,
    meetings: ZoomAppConfig,
    webinars: ZoomAppConfig,
}

impl Zoom {
    /// The client for the configured addresses and apps.
    #[must_use]
    pub fn new(outside: &Outside, config: &Config) -> Self {
        Self {
            outside: outside.clone(),
            api_url: config.zoom.api_url.trim_end_matches('/').to_owned(),
            oauth_url: config.zoom.oauth_url.trim_end_matches('/').to_owned(),
            meetings: config.zoom.meetings.clone(),
            webinars: config.zoom.webinars.clone(),
        }
    }

    /// Base address of the sign-in.
    #[must_use]
    pub fn oauth_url(&self) -> &str {
        &self.oauth_url
    }

    /// The app's configuration.
    #[must_use]
    pub fn app(&self, app: ZoomApp) -> &ZoomAppConfig {
        match app {
            ZoomApp::Meetings => &self.meetings,
            ZoomApp::Webinars => &self.webinars,
        }
    }

    /// Makes a call to the token endpoint as the app.
    pub async fn token_call(&self, app: ZoomApp, request: &Request) -> Reply {
        let config = self.app(app);
        metrics::counter!("zoom_calls_total", "operation" => request.operation).increment(1);
        let credentials = Credentials::Basic(config.client_id.clone(), config.client_secret.clone());
        self.outside.send(&self.oauth_url, &credentials, request, TOKEN_DEADLINE_MS).await
    }

    /// Makes a call to the token endpoint with the credentials of a tenant's own app.
    pub async fn own_token_call(&self, own: &OwnApp, request: &Request) -> Reply {
        metrics::counter!("zoom_calls_total", "operation" => request.operation).increment(1);
        let credentials = Credentials::Basic(own.client_id.clone(), own.client_secret.clone());
        self.outside.send(&self.oauth_url, &credentials, request, TOKEN_DEADLINE_MS).await
    }

    /// Makes a call to the API with an access token, at the connection's regional address if it has one.
    pub async fn api_call(&self, api_url: Option<&str>, access: &str, request: &Request) -> Reply {
        metrics::counter!("zoom_calls_total", "operation" => request.operation).increment(1);
        // Whoever configures another Zoom means it for all calls: a region is followed from Zoom's own address only.
        let regional = api_url.filter(|_| self.api_url == ZOOMS_OWN_API);
        let base = format!("{}/v2", regional.unwrap_or(&self.api_url));
        self.outside.send(&base, &Credentials::Bearer(access.to_owned()), request, CALL_DEADLINE_MS).await
    }
}
