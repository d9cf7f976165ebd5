//! The page on which an admin lets sales users in: the address for LeadSquared's action, who hosts, links that work once, who is
//! signed in.

use super::super::frame::Place;
use super::super::part::Moment;
use super::super::sales::{MadeLink, PersonLine, SalesUsers};
use super::super::schedule::{Choose, Field};
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, address, attendance, frame, see, show, tenant_of, with_notice};
use crate::actions;
use crate::app::Shared;
use crate::problem::Problem;
use crate::sales_users::{self, NotMade};
use crate::setup::{self, SetupError};
use crate::store::sales::{self, Person};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::ids::Email;
use connector_core::settings::scheduling::HostChoice;
use serde::Deserialize;

/// How long it is shown that somebody asked for a link, in milliseconds.
const ASKED_SHOWN_MS: i64 = 24 * 60 * 60_000;

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<SalesUsers, Failure> {
    let current = attendance::in_force(shared, &tenant.tenant).await?;
    let (id, now_ms) = (tenant.tenant.clone(), shared.clock.now_ms());
    let (asked, signed_in) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let asked = sales::asked_since(unit, &id, now_ms - ASKED_SHOWN_MS).await?;
                Ok((asked, sales::signed_in(unit, &id, now_ms).await?))
            })
        })
        .await?;
    let line = |person: Person| PersonLine {
        at: Moment::new(person.at_ms, now_ms, &tenant.time_zone),
        email: person.email,
        count: person.count,
    };
    let host = &current.settings.scheduling.host;
    // Without the tenant's key there is no address.
    let action = actions::addresses(shared, &tenant.tenant, current.settings.actions_version).await;
    Ok(SalesUsers {
        frame: frame(shared, who, ("Sales users", Place::Configure), Some(tenant)).await?,
        action: action.map(|all| all.schedule).unwrap_or_default(),
        version: current.version,
        host: hosts(host),
        named: Field { value: named(host), refusal: String::new() },
        refusal: None,
        email: Field::default(),
        made: None,
        asked: asked.into_iter().map(line).collect(),
        signed_in: signed_in.into_iter().map(line).collect(),
    })
}

/// The choices of who hosts, and the words of the form.
fn hosts(host: &HostChoice) -> Vec<Choose> {
    let choose =
        |value: &str, text: &str, chosen: bool| Choose { value: value.to_owned(), text: text.to_owned(), chosen };
    vec![
        choose("sales_user", "The sales user's own Zoom user, by e-mail address", *host == HostChoice::SalesUser),
        choose("signed_in", "Whoever signed in with Zoom", *host == HostChoice::SignedIn),
        choose("named", "Always the Zoom user named here", matches!(host, HostChoice::Named(_))),
    ]
}

fn named(host: &HostChoice) -> String {
    match host {
        HostChoice::Named(email) => email.as_str().to_owned(),
        HostChoice::SalesUser | HostChoice::SignedIn => String::new(),
    }
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

fn done(tenant: &TenantRow, word: &str) -> Response {
    see(&address(&format!("/t/{}/sales-users", tenant.tenant), &[("done", word)]))
}

/// Who hosts, as the form names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Host {
    SalesUser,
    SignedIn,
    Named,
}

/// The form of who hosts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostForm {
    #[serde(default)]
    form_token: String,
    version: i64,
    host: Host,
    #[serde(default)]
    named: String,
}

pub(super) async fn host(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<HostForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let wanted = match form.host {
        Host::SalesUser => Some(HostChoice::SalesUser),
        Host::SignedIn => Some(HostChoice::SignedIn),
        Host::Named => Email::parse(&form.named).map(HostChoice::Named),
    };
    let Some(wanted) = wanted else {
        let mut page = view(&shared, &who, &tenant).await?;
        page.host = page.host.into_iter().map(|one| Choose { chosen: one.value == "named", ..one }).collect();
        page.named = Field { value: form.named, refusal: "Name the Zoom user by a whole e-mail address.".to_owned() };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
    };
    let mut settings = attendance::in_force(&shared, &tenant.tenant).await?.settings;
    settings.scheduling.host = wanted;
    match setup::save_settings_after(&shared, &tenant.tenant, form.version, settings, who.actor()).await {
        Ok(_) => Ok(done(&tenant, "settings")),
        Err(error @ SetupError::Store(_)) => Err(error.into()),
        Err(error) => {
            let page = SalesUsers { refusal: Some(error.to_string()), ..view(&shared, &who, &tenant).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}

/// A form about one person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonForm {
    #[serde(default)]
    form_token: String,
    email: String,
}

/// Makes a link for somebody. It is shown once, on the page that answers.
pub(super) async fn link(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<PersonForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let made = match sales_users::make_link(&shared, &tenant.tenant, &form.email, who.actor()).await {
        Ok(made) => made,
        Err(NotMade::Store(error)) => return Err(error.into()),
        Err(why @ (NotMade::Address | NotMade::Nobody | NotMade::NotAnswered(_))) => {
            return refused(&shared, &who, &tenant, (&form.email, &why.to_string())).await;
        }
    };
    let mut page = view(&shared, &who, &tenant).await?;
    page.made = Some(MadeLink {
        email: made.email.as_str().to_owned(),
        url: made.url,
        expires: Moment::new(made.expires_ms, shared.clock.now_ms(), &tenant.time_zone),
    });
    Ok(show(&page))
}

async fn refused(shared: &Shared, who: &Admin, tenant: &TenantRow, (typed, why): (&str, &str)) -> Page {
    let mut page = view(shared, who, tenant).await?;
    page.email = Field { value: typed.to_owned(), refusal: why.to_owned() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// Ends every session of somebody.
pub(super) async fn end(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<PersonForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let email = Email::parse(&form.email).ok_or_else(|| Problem::not_found("person"))?;
    sales_users::end(&shared, &tenant.tenant, email, who.actor()).await?;
    Ok(done(&tenant, "sales-ended"))
}
