//! The console's routes: which address shows which page, what stands around a page, and what is shown when it cannot be.
//! One file a group of pages; each fills the view of its page and decides nothing else.
//!
//! Next: `guard` (headers of every answer, forms of other sites), `session` (who is asking), `words` (stored words as
//! people see them).

mod access;
pub(crate) mod account;
mod add_leads;
mod added;
mod alerts;
mod attendance;
mod audit;
mod changed;
mod configure;
mod connect;
mod crm;
mod deliveries;
mod delivery;
mod event;
mod events;
mod facts;
mod fetch;
mod follow;
mod guard;
mod guesses;
mod health;
mod invited;
mod issues;
mod journal;
mod keys;
mod lights;
mod list;
mod mapping;
mod meetings;
mod migration;
mod moves;
mod own;
mod own_app;
mod own_meetings;
mod people;
mod registrations;
mod review;
mod rule_form;
mod rules;
mod sales;
mod sales_users;
mod schedule;
mod scheduled;
mod scheduler;
mod session;
mod sight;
mod sharing;
mod tenants;
mod versions;
mod words;

use super::frame::{Frame, Notice, Person, Place, SWITCHER_TENANTS_MAX, TenantName};
use super::problem::ProblemPage;
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::tenant::{self, TenantRow};
use crate::store::tenant_list;
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Path, Request};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use connector_core::ids::TenantId;
use guesses::{Asks, Guesses};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use session::{Admin, Reaches};
use std::sync::Arc;

/// Rows of a list on one page.
const PAGE_ROWS: i64 = 50;

/// The console's routes. Everything it answers carries the protecting headers, unknown addresses included.
pub fn router(shared: Shared) -> Router<Shared> {
    Router::new()
        .route("/", get(tenants::home))
        .route("/assets/{name}", get(asset))
        .route("/first-run/{token}", get(account::first_run).post(account::first_run_post))
        .route("/sign-in", get(account::sign_in).post(account::sign_in_post))
        .route("/sign-out", post(account::sign_out))
        .route("/invited/{token}", get(invited::invited).post(invited::come_in))
        .route("/new-password/{token}", get(invited::new_password).post(invited::set_password))
        .route("/account", get(own::page))
        .route("/account/password", post(own::change_password))
        .route("/account/sessions/{id}/end", post(own::end_session))
        .route("/access", get(access::all))
        .route("/access/invite", post(access::invite_operator))
        .route("/access/{person}/{act}", post(access::act))
        .route("/keys", get(keys::page_of_all).post(keys::make_of_all))
        .route("/keys/{id}/end", get(keys::ask_of_all).post(keys::end_of_all))
        .route("/audit", get(audit::of_installation))
        .route("/audit.csv", get(audit::table_of_installation))
        .route("/tenants", get(tenants::list))
        .route("/migrations", get(moves::list))
        .route("/migrations.csv", get(moves::table))
        .route("/review/{token}", get(review::invite).post(review::come_in))
        .route("/reviews", get(review::list))
        .route("/reviews/sign-out", post(review::sign_out))
        .route("/reviews/{tenant}", get(review::page))
        .route("/reviews/{tenant}/release", post(review::release))
        .route("/tenants/new", get(tenants::new).post(tenants::new_post))
        .route("/t/{tenant}", get(tenants::overview))
        .merge(tenant_router())
        .merge(work_router())
        .route("/connect/{token}", get(connect::invite).post(connect::accept))
        .route("/oauth/zoom/{app}/callback", get(connect::callback))
        .route("/oauth/zoom/{app}/confirm", get(connect::confirm).post(connect::connect))
        .fallback(unknown_address)
        .layer(Extension(Arc::new(Guesses::default())))
        .layer(Extension(Arc::new(Asks::default())))
        .layer(middleware::from_fn_with_state(shared, guard::guard))
}

/// What came in, what goes out, what failed, and who it is about.
fn work_router() -> Router<Shared> {
    Router::new()
        .route("/t/{tenant}/events", get(events::list))
        .route("/t/{tenant}/events/{id}", get(event::one))
        .route("/t/{tenant}/journal", get(journal::list))
        .route("/t/{tenant}/journal.csv", get(journal::table))
        .route("/t/{tenant}/journal/{id}", get(journal::one))
        .route("/t/{tenant}/journal/{id}/replay", post(journal::replay))
        .route("/t/{tenant}/deliveries", get(deliveries::list))
        .route("/t/{tenant}/deliveries.csv", get(deliveries::table))
        .route("/t/{tenant}/issues", get(issues::list))
        .route("/t/{tenant}/issues.csv", get(issues::table))
        .route("/t/{tenant}/issues/read", get(issues::ask).post(issues::read_again))
        .route("/t/{tenant}/issues/mute", post(issues::mute))
        .route("/t/{tenant}/issues/unmute", post(issues::unmute))
        .route("/t/{tenant}/deliveries/replay", get(deliveries::ask).post(deliveries::replay_all))
        .route("/t/{tenant}/deliveries/{id}", get(delivery::one))
        .route("/t/{tenant}/deliveries/{id}/replay", post(delivery::replay))
        .route("/t/{tenant}/follow", get(follow::page))
        .route("/t/{tenant}/people", get(people::page))
        .route("/t/{tenant}/people.csv", get(people::table))
        .route("/t/{tenant}/people/{id}", post(people::decide))
}

fn tenant_router() -> Router<Shared> {
    Router::new()
        .route("/t/{tenant}/configure", get(configure::first))
        .route("/t/{tenant}/configure/{tab}", get(configure::page))
        .route("/t/{tenant}/configure/webinar-settings/attendance", post(attendance::save))
        .route("/t/{tenant}/configure/authentication/meetings", post(meetings::save))
        .route("/t/{tenant}/configure/{tab}/sign-in", post(configure::begin))
        .route("/t/{tenant}/configure/{tab}/link", post(configure::link))
        .route("/t/{tenant}/configure/{tab}/stand-by", post(configure::begin_stand_by))
        .route("/t/{tenant}/configure/{tab}/stand-by/end", post(configure::end_stand_by))
        .route("/t/{tenant}/configure/{tab}/own-app", post(own_app::try_out))
        .route("/t/{tenant}/configure/{tab}/own-app/secret-token", post(own_app::replace_secret_token))
        .route("/t/{tenant}/alerts/removal", post(alerts::removal))
        .route("/t/{tenant}/configure/{tab}/disconnect", post(configure::disconnect))
        .route("/t/{tenant}/alerts", get(alerts::page))
        .route("/t/{tenant}/alerts/addresses", post(alerts::add))
        .route("/t/{tenant}/alerts/addresses/{id}/remove", post(alerts::remove))
        .route("/t/{tenant}/alerts/addresses/{id}/secret", post(alerts::replace_secret))
        .route("/t/{tenant}/alerts/test", post(alerts::test))
        .route("/t/{tenant}/sharing", get(sharing::page))
        .route("/t/{tenant}/sharing/accept", post(sharing::accept))
        .route("/t/{tenant}/sharing/{app}/offer", post(sharing::offer))
        .route("/t/{tenant}/sharing/{app}/leave", post(sharing::leave))
        .route("/t/{tenant}/sharing/{app}/{id}/end", post(sharing::end))
        .route("/t/{tenant}/leadsquared", get(crm::page))
        .route("/t/{tenant}/leadsquared/keys", post(crm::keys))
        .route("/t/{tenant}/leadsquared/types", post(crm::types))
        .route("/t/{tenant}/registrations", get(registrations::page).post(registrations::save))
        .route("/t/{tenant}/registrations/preview", post(registrations::preview))
        .route("/t/{tenant}/registrations/rehearsal", post(registrations::rehearse))
        .route("/t/{tenant}/registrations/fields", post(registrations::read_fields))
        .route("/t/{tenant}/registrations/fetch", post(fetch::fetch))
        .route("/t/{tenant}/migration", get(migration::page))
        .route("/t/{tenant}/migration/old-app", post(migration::old_app))
        .route("/t/{tenant}/migration/invite", post(migration::invite))
        .route("/t/{tenant}/migration/{act}", post(migration::act))
        .route("/t/{tenant}/access", get(access::page))
        .route("/t/{tenant}/access/invite", post(access::invite))
        .route("/t/{tenant}/access/{person}/remove", post(access::remove))
        .route("/t/{tenant}/access/{person}/sign-out", post(access::sign_out))
        .route("/t/{tenant}/keys", get(keys::page).post(keys::make))
        .route("/t/{tenant}/keys/{id}/end", get(keys::ask).post(keys::end))
        .route("/t/{tenant}/show-people", post(sight::show_people))
        .route("/t/{tenant}/audit", get(audit::of_tenant))
        .route("/t/{tenant}/audit.csv", get(audit::table_of_tenant))
        .route("/t/{tenant}/versions", get(versions::list))
        .route("/t/{tenant}/versions.csv", get(versions::table))
        .route("/t/{tenant}/versions/{version}", get(versions::one).post(versions::go_back))
        .route("/t/{tenant}/rules", get(rules::list))
        .route("/t/{tenant}/rules/change", post(rules::change))
        .route("/t/{tenant}/rules/days", post(rules::days))
        .route("/t/{tenant}/rules/{part}/{place}", get(rules::edit).post(rules::edited))
        .route("/t/{tenant}/schedule", get(schedule::form).post(schedule::send))
        .route("/t/{tenant}/schedule/{wish}", get(scheduled::follow))
        .route("/t/{tenant}/schedule/{wish}/meeting.ics", get(scheduled::calendar))
        .route("/t/{tenant}/schedule/{wish}/cancel", get(changed::confirm))
        .route("/t/{tenant}/schedule/{wish}/change/{act}", post(changed::ask))
        .route("/t/{tenant}/own-meetings", get(own_meetings::page))
        .route("/t/{tenant}/sales", get(sales::enter).post(sales::ask))
        .route("/t/{tenant}/sales/sign-out", post(sales::sign_out))
        .route("/sales/{token}", get(sales::link).post(sales::take))
        .route("/t/{tenant}/sales-users", get(sales_users::page))
        .route("/t/{tenant}/sales-users/host", post(sales_users::host))
        .route("/t/{tenant}/sales-users/link", post(sales_users::link))
        .route("/t/{tenant}/sales-users/end", post(sales_users::end))
        .route("/t/{tenant}/add-leads", get(add_leads::form).post(add_leads::send))
        .route("/t/{tenant}/add-leads/{wish}", get(added::follow))
        .route("/t/{tenant}/add-leads/{wish}/leads.csv", get(added::table))
        .route("/t/{tenant}/leadsquared/actions", post(crm::new_secret))
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = super::asset::find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, super::asset::CACHE_FOR_GOOD)];
    (headers, asset.text).into_response()
}

async fn unknown_address() -> Failure {
    Problem::not_found("page").into()
}

/// A page that could not be shown: the problem as a page.
#[derive(Debug)]
struct Failure(Problem);

impl<T: Into<Problem>> From<T> for Failure {
    fn from(problem: T) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = ProblemPage {
            frame: Frame::outside("Something is in the way", ""),
            status: self.0.status.as_u16(),
            sentence: self.0.detail,
            repair: "Go back and try again, or start from the first page.".to_owned(),
            code: self.0.code.to_owned(),
            id: crate::dice::id(0),
            back: "/".to_owned(),
        };
        if self.0.status.is_server_error() {
            tracing::warn!(status = page.status, code = page.code, id = page.id, "a page could not be shown");
        } else {
            tracing::debug!(status = page.status, code = page.code, id = page.id, "a page could not be shown");
        }
        (self.0.status, show(&page)).into_response()
    }
}

type Page = Result<Response, Failure>;

/// The fields of a form that was sent; one that is missing or unknown refuses the form.
struct Fields<T>(T);

impl<T: DeserializeOwned> FromRequest<Shared> for Fields<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Failure> {
        let read: Result<Form<T>, FormRejection> = Form::from_request(request, shared).await;
        let Form(fields) = read.map_err(|rejection| {
            tracing::debug!(why = rejection.body_text(), "a form could not be read");
            Problem::bad_request("This form could not be read. Load the page again.")
        })?;
        Ok(Self(fields))
    }
}

/// A form that holds nothing but its token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenForm {
    #[serde(default)]
    form_token: String,
}

/// What was just done, as an address says it.
#[derive(Deserialize)]
struct DoneQuery {
    done: Option<String>,
}

/// Renders a page.
fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn see(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// An address of this console with its query; parameters without a value are left out.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    let pairs = query.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// A text as a value of a query.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}

/// The tenant of an address as far as whoever asks reaches it, or 404: one that is not reached looks as one that is not there.
async fn tenant_of(shared: &Shared, who: &impl Reaches, text: &str) -> Result<TenantRow, Failure> {
    let id = TenantId::parse(text).map_err(|_| Problem::not_found("tenant"))?;
    if !who.reaches(&id) {
        return Err(Problem::not_found("tenant").into());
    }
    tenant_unasked(shared, id).await
}

/// The tenant whoever asks, or 404. Only for those who proved by something else that it is theirs: by a link, by a key in the
/// address, by an invitation.
async fn tenant_unasked(shared: &Shared, id: TenantId) -> Result<TenantRow, Failure> {
    let missing = || Problem::not_found("tenant");
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &id).await })).await?;
    Ok(row.ok_or_else(missing)?)
}

/// What stands around a page of the console.
async fn frame(
    shared: &Shared,
    who: &Admin,
    (title, place): (&str, Place),
    tenant: Option<&TenantRow>,
) -> Result<Frame, Failure> {
    let most = i64::try_from(SWITCHER_TENANTS_MAX).unwrap_or(1);
    let whose = who.whose();
    let some = shared
        .store
        .read(move |unit| Box::pin(async move { tenant_list::page(unit, &whose, "", None, most).await }))
        .await?;
    let named = |row: &TenantRow| TenantName { id: row.tenant.to_string(), name: row.name.clone() };
    Ok(Frame {
        title: title.to_owned(),
        place,
        tenant: tenant.map(named),
        tenants: some.iter().map(named).collect(),
        person: Some(Person { name: who.name().to_owned(), email: who.actor().to_owned() }),
        form_token: who.form_token().to_owned(),
        notice: None,
        reach: who.reach(),
        masked: tenant.is_some_and(|row| who.sight(&row.tenant).is_masked()),
    })
}

/// The frame with a sentence about what was just done, if the address carries one that we know.
fn with_notice(mut frame: Frame, done: Option<&str>) -> Frame {
    frame.notice = done.and_then(words::done).map(|(tone, text)| Notice { tone, text: text.to_owned() });
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_is_chosen_and_nothing_else() {
        assert_eq!(address("/t/a/journal", &[("outcome", ""), ("event", "")]), "/t/a/journal");
        assert_eq!(
            address("/t/a/journal", &[("who", "a&b=ß"), ("code", "x.y")]),
            "/t/a/journal?who=a%26b%3D%C3%9F&code=x.y"
        );
    }
}
