//! Who has access: the page of a tenant's admins, and the operators' page of everybody.

use super::super::access::{Access, Everybody, MadeLink, OtherLine, PersonLine};
use super::super::frame::Place;
use super::super::part::Moment;
use super::super::schedule::Field;
use super::session::{Admin, Operator};
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use crate::access::{self, Made, NotDone};
use crate::app::Shared;
use crate::mail;
use crate::problem::Problem;
use crate::store::person::PersonRow;
use crate::store::tenant::TenantRow;
use crate::store::{person, reviewer, sales, tenant_admin};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

fn line(row: &PersonRow, who: &Admin, (now_ms, zone): (i64, &str)) -> PersonLine {
    PersonLine {
        id: row.id.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        role: row.role.words(),
        since: Moment::new(row.created_ms, now_ms, zone),
        seen: row.seen_ms.map(|at_ms| Moment::new(at_ms, now_ms, zone)),
        sessions: row.sessions,
        is_self: row.email == who.actor(),
    }
}

fn made_link(made: Made, now_ms: i64, zone: &str) -> MadeLink {
    MadeLink { email: made.email, url: made.url, expires: Moment::new(made.expires_ms, now_ms, zone) }
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<Access, Failure> {
    let (id, now_ms, zone) = (tenant.tenant.clone(), shared.clock.now_ms(), tenant.time_zone.as_str());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let admins = tenant_admin::of_tenant(unit, &id, now_ms).await?;
            let managers = reviewer::of_tenant(unit, &id).await?;
            Ok((admins, managers, sales::signed_in(unit, &id, now_ms).await?.len()))
        })
    });
    let (admins, managers, sales_users) = read.await?;
    let admin = |row: &tenant_admin::AdminRow| PersonLine {
        since: Moment::new(row.since_ms, now_ms, zone),
        ..line(&row.person, who, (now_ms, zone))
    };
    let manager = |row: &reviewer::ReviewerRow| OtherLine {
        name: row.name.clone(),
        email: row.email.clone(),
        since: Moment::new(row.invited_ms, now_ms, zone),
    };
    Ok(Access {
        frame: frame(shared, who, ("People with access", Place::Access), Some(tenant)).await?,
        admins: admins.iter().map(admin).collect(),
        managers: managers.iter().map(manager).collect(),
        sales_users,
        email: Field { value: String::new(), refusal: String::new() },
        by_mail: mail::is_set_up(shared),
        made: None,
        refusal: None,
    })
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

/// The form of an invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InviteForm {
    #[serde(default)]
    form_token: String,
    email: String,
}

/// Why somebody was not invited, beside the field.
fn beside(typed: String, error: &NotDone) -> Field {
    Field { value: typed, refusal: error.to_string() }
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<InviteForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let made = access::invite(&shared, Some(&tenant), &form.email, who.actor()).await;
    let mut page = view(&shared, &who, &tenant).await?;
    match made {
        Ok(made) => {
            page.made = Some(made_link(made, shared.clock.now_ms(), &tenant.time_zone));
            Ok(show(&page))
        }
        Err(NotDone::Store(error)) => Err(error.into()),
        Err(error) => {
            page.email = beside(form.email, &error);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}

pub(super) async fn remove(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, person)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    access::remove_admin(&shared, &tenant.tenant, &person, who.actor()).await?;
    Ok(see(&address(&format!("/t/{}/access", tenant.tenant), &[("done", "access-removed")])))
}

pub(super) async fn sign_out(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, person)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    access::end_sessions(&shared, Some(&tenant.tenant), &person, who.actor()).await?;
    Ok(see(&address(&format!("/t/{}/access", tenant.tenant), &[("done", "access-ended")])))
}

async fn everybody(shared: &Shared, who: &Operator) -> Result<Everybody, Failure> {
    let now_ms = shared.clock.now_ms();
    let rows = shared.store.read(move |unit| Box::pin(async move { person::all(unit, now_ms).await })).await?;
    Ok(Everybody {
        frame: frame(shared, who, ("People of the console", Place::Access), None).await?,
        people: rows.iter().map(|row| line(row, who, (now_ms, "UTC"))).collect(),
        email: Field { value: String::new(), refusal: String::new() },
        made: None,
        refusal: None,
    })
}

pub(super) async fn all(State(shared): State<Shared>, who: Operator, Query(query): Query<DoneQuery>) -> Page {
    let mut page = everybody(&shared, &who).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

pub(super) async fn invite_operator(
    State(shared): State<Shared>,
    who: Operator,
    Fields(form): Fields<InviteForm>,
) -> Page {
    who.check(&form.form_token)?;
    let made = access::invite(&shared, None, &form.email, who.actor()).await;
    let mut page = everybody(&shared, &who).await?;
    match made {
        Ok(made) => {
            page.made = Some(made_link(made, shared.clock.now_ms(), "UTC"));
            Ok(show(&page))
        }
        Err(NotDone::Store(error)) => Err(error.into()),
        Err(error) => {
            page.email = beside(form.email, &error);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}

/// What an operator does with a person.
pub(super) async fn act(
    State(shared): State<Shared>,
    who: Operator,
    Path((person, act)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let done = |word: &str| Ok(see(&address("/access", &[("done", word)])));
    match act.as_str() {
        "sign-out" => {
            access::end_sessions(&shared, None, &person, who.actor()).await?;
            done("access-ended")
        }
        "remove" => match access::remove(&shared, &person, who.actor()).await {
            Ok(()) => done("access-removed"),
            Err(error @ NotDone::LastOperator) => {
                let page = Everybody { refusal: Some(error.to_string()), ..everybody(&shared, &who).await? };
                Ok((StatusCode::CONFLICT, show(&page)).into_response())
            }
            Err(error) => Err(error.into()),
        },
        "new-password" => {
            let made = access::reset_link(&shared, &person, who.actor()).await?;
            let made = Some(made_link(made, shared.clock.now_ms(), "UTC"));
            Ok(show(&Everybody { made, ..everybody(&shared, &who).await? }))
        }
        _ => Err(Problem::not_found("page").into()),
    }
}
