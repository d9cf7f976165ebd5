//! What there is to choose from while somebody fills in a page: the coming webinars and their questions in Zoom, lists and lead
//! fields in LeadSquared. Reads only: nothing is changed here, and nothing waits in a queue.

use crate::app::Shared;
use crate::connections::tokens::Reach;
use connector_core::addition::WebinarView;
use connector_core::ids::{Email, MeetingNumber, TenantId, ZoomApp};
use connector_core::leadsquared::members::{LeadList, read_lists};
use connector_core::leadsquared::setup::{read_lead_fields, read_users};
use connector_core::settings::mapping::LeadField;
use connector_core::zoom::reply::registrants::{ListedWebinar, read_webinar, read_webinars};
use connector_core::zoom::request::registrants as zoom;

/// Pages of webinars that are read for one choice.
const WEBINAR_PAGES_MAX: u32 = 5;
/// Lists offered at the most.
const LISTS_MAX: usize = 500;

/// The coming webinars of whoever signed in for webinars, the next one first.
///
/// # Errors
/// Why they cannot be listed, as a sentence.
pub async fn webinars(shared: &Shared, tenant: &TenantId) -> Result<Vec<ListedWebinar>, String> {
    let access =
        shared.tokens().access_or_old(tenant, ZoomApp::Webinars, Reach::Own).await.map_err(|no| format!("{no}."))?;
    let mut webinars: Vec<ListedWebinar> = Vec::new();
    let mut token: Option<String> = None;
    for page in 1..=WEBINAR_PAGES_MAX {
        let request = zoom::list_webinars((page, token.as_deref()));
        let reply = shared.zoom.api_call(access.api_url.as_deref(), &access.token, &request).await;
        let (rows, next) = read_webinars(&reply).map_err(|fault| format!("{fault}."))?;
        let fresh: Vec<ListedWebinar> =
            rows.into_iter().filter(|row| webinars.iter().all(|known| known.number != row.number)).collect();
        // Zoom may know no tokens here, and answer the same page again.
        let over = fresh.is_empty() || next.is_none();
        webinars.extend(fresh);
        if over {
            break;
        }
        token = next;
    }
    let now_ms = shared.clock.now_ms();
    webinars.retain(|webinar| webinar.start_ms.is_none_or(|start_ms| start_ms >= now_ms - 24 * 3_600_000));
    webinars.sort_by_key(|webinar| webinar.start_ms.unwrap_or(i64::MAX));
    Ok(webinars)
}

/// A webinar and what its form asks.
///
/// # Errors
/// Why nobody can be added to it, as a sentence.
pub async fn webinar(shared: &Shared, tenant: &TenantId, number: MeetingNumber) -> Result<WebinarView, String> {
    let access =
        shared.tokens().access_or_old(tenant, ZoomApp::Webinars, Reach::Own).await.map_err(|no| format!("{no}."))?;
    let api_url = access.api_url.as_deref();
    let webinar = shared.zoom.api_call(api_url, &access.token, &zoom::get_webinar(number)).await;
    let form = shared.zoom.api_call(api_url, &access.token, &zoom::questions(number)).await;
    let read = read_webinar(&webinar, &form, &access.account);
    read.map_err(|fault| format!("{} ({fault})", connector_core::code::sentence(fault.code())))
}

/// The tenant's lists of leads, by name.
///
/// # Errors
/// Why they cannot be listed, as a sentence.
pub async fn lists(shared: &Shared, tenant: &TenantId) -> Result<Vec<LeadList>, String> {
    let crm = shared.crm(tenant).await.map_err(|error| error.to_string())?;
    let reply = crm.call(&connector_core::leadsquared::request::lists()).await;
    let mut lists = read_lists(&reply).map_err(|refusal| format!("LeadSquared's lists cannot be read: {refusal}."))?;
    lists.sort_by_key(|list| list.name.to_lowercase());
    lists.truncate(LISTS_MAX);
    Ok(lists)
}

/// The tenant's lead fields: schema name, and how people see it.
///
/// # Errors
/// Why they cannot be listed, as a sentence.
pub async fn lead_fields(shared: &Shared, tenant: &TenantId) -> Result<Vec<(String, String)>, String> {
    let crm = shared.crm(tenant).await.map_err(|error| error.to_string())?;
    let reply = crm.call(&connector_core::leadsquared::request::lead_fields()).await;
    let fields = read_lead_fields(&reply);
    let named = |fields: Vec<LeadField>| fields.into_iter().map(|field| (field.schema, field.name)).collect();
    fields.map(named).map_err(|refusal| format!("LeadSquared's lead fields cannot be read: {refusal}."))
}

/// Whether LeadSquared knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrmUser {
    /// An active user.
    Active,
    /// Nobody, or no longer.
    Nobody,
}

/// Whether the address is that of an active user of the tenant's LeadSquared account.
///
/// # Errors
/// Why LeadSquared could not be asked, as a sentence.
pub async fn crm_user(shared: &Shared, tenant: &TenantId, email: &Email) -> Result<CrmUser, String> {
    let crm = shared.crm(tenant).await.map_err(|error| error.to_string())?;
    let reply = crm.call(&connector_core::leadsquared::request::user_by_email(email)).await;
    let users = read_users(&reply).map_err(|refusal| format!("LeadSquared's users cannot be read: {refusal}."))?;
    let known = users.iter().any(|(known, _)| known == email);
    Ok(if known { CrmUser::Active } else { CrmUser::Nobody })
}
