//! Fetching registrations from Zoom, asked for on the page of registrations.

use super::session::Admin;
use super::{Fields, Page, address, see, tenant_of};
use crate::app::Shared;
use crate::intake::commands::{self, NotAdded};
use axum::extract::{Path, State};
use connector_core::addition::request;
use connector_core::schedule_request::WishId;
use serde::Deserialize;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    form_token: String,
    #[serde(default)]
    webinar: String,
    /// Names the wish: the same form sent twice fetches once.
    wish: String,
}

pub(super) async fn fetch(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(asked): Fields<Asked>,
) -> Page {
    who.check(&asked.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?.tenant;
    let done = match (request::registrations(&asked.webinar), WishId::parse(&asked.wish)) {
        (Ok(wanted), Ok(wish)) => {
            match commands::fetch_registrants(&shared, &tenant, wanted, &wish, who.actor()).await {
                Ok(()) => "fetching",
                Err(NotAdded::NotConnected(_)) => "fetch_unconnected",
                Err(NotAdded::Wrong(_) | NotAdded::NotKept(_)) => "fetch_later",
                Err(NotAdded::Store(error)) => return Err(error.into()),
            }
        }
        (Err(_), _) | (_, Err(_)) => "fetch_number",
    };
    Ok(see(&address(&format!("/t/{tenant}/registrations"), &[("done", done)])))
}
