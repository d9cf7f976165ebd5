//! The part of the Configure page about a tenant's own Zoom app: what it needs in Zoom, its credentials, its secret token.

use super::part::Moment;

/// The own app that is connected.
#[derive(Debug, Clone)]
pub struct Connected {
    /// Its client id.
    pub client_id: String,
    /// Until when the earlier secret token is accepted, where there is one.
    pub earlier_until: Option<Moment>,
}

/// What the page shows and takes of it.
#[derive(Debug, Clone)]
pub struct OwnAppFields {
    /// Where Zoom has to send its events.
    pub webhook_url: String,
    /// The events it has to subscribe to.
    pub events: &'static [&'static str],
    /// The scopes it has to have.
    pub scopes: Vec<String>,
    /// The one that is connected, if one is.
    pub connected: Option<Connected>,
    /// The account id that was entered.
    pub account: String,
    /// The client id that was entered.
    pub client_id: String,
    /// Why the credentials were not taken, as a sentence; empty when nothing is wrong.
    pub refusal: String,
    /// Why the secret token was not taken, as a sentence; empty when nothing is wrong.
    pub token_refusal: String,
}
