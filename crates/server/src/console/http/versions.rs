//! The versions of the settings: the list, the same as a table, what one changed, and the way back to it.

use super::super::frame::Place;
use super::super::list::Total;
use super::super::part::Moment;
use super::super::registrations::{Version, VersionLine, Versions};
use super::list::{Asked, Found, TABLE_PAGE_ROWS, Table};
use super::session::Admin;
use super::{Failure, Fields, PAGE_ROWS, Page, address, frame, see, show, tenant_of};
use crate::app::Shared;
use crate::problem::Problem;
use crate::setup::{SetupError, versions};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::settings::difference::Change;
use serde::Deserialize;

/// Which page of the list.
#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<Before>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let newest = versions::list(&shared, &tenant.tenant, None, 1).await?;
    let mut rows = versions::list(&shared, &tenant.tenant, query.before, PAGE_ROWS + 1).await?;
    let more = rows.len() > usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX));
    let now_ms = shared.clock.now_ms();
    let line = |row: &crate::store::settings::VersionRow| VersionLine {
        version: row.version,
        author: row.author.clone(),
        at: Moment::new(row.created_ms, now_ms, &tenant.time_zone),
    };
    let (path, current) = (format!("/t/{}/versions", tenant.tenant), newest.first().map_or(0, |row| row.version));
    let before = query.before.map(|before| before.to_string()).unwrap_or_default();
    let asked = Asked { path: &path, filters: &[], cursor: "before", before: &before, order: None };
    let page = Versions {
        list: asked.list(Found {
            noun: "versions",
            total: Total::Exactly(current),
            rows: Some(rows.len()),
            next: rows.last().filter(|_| more).map(|row| row.version.to_string()),
        }),
        frame: frame(&shared, &who, ("Versions", Place::Configure), Some(&tenant)).await?,
        lines: rows.iter().map(line).collect(),
        current,
    };
    Ok(show(&page))
}

/// The versions as a table.
pub(super) async fn table(State(shared): State<Shared>, who: Admin, Path(tenant): Path<String>) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let now_ms = shared.clock.now_ms();
    let (mut table, mut before) = (Table::new(&["version", "when", "who"]), None);
    while !table.is_full() {
        let rows = versions::list(&shared, &tenant.tenant, before, TABLE_PAGE_ROWS).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.version);
        for row in &rows {
            let at = Moment::new(row.created_ms, now_ms, &tenant.time_zone).iso;
            table.push(&[&row.version.to_string(), &at, &row.author]);
        }
    }
    Ok(table.answer("versions"))
}

fn number(text: &str) -> Result<i64, Failure> {
    let number = text.parse().ok().filter(|version| *version > 0);
    Ok(number.ok_or_else(|| Problem::not_found("version"))?)
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow, version: i64) -> Result<Version, Failure> {
    let newest = versions::list(shared, &tenant.tenant, None, 1).await?;
    let current = newest.first().map_or(0, |row| row.version);
    let words = |changes: Vec<Change>| changes.iter().map(Change::words).collect();
    Ok(Version {
        frame: frame(shared, who, ("Version of the settings", Place::Configure), Some(tenant)).await?,
        version,
        current,
        changed: words(versions::between(shared, &tenant.tenant, version - 1, version).await?),
        back: words(versions::between(shared, &tenant.tenant, current, version).await?),
        refusal: None,
    })
}

pub(super) async fn one(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, version)): Path<(String, String)>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    Ok(show(&view(&shared, &who, &tenant, number(&version)?).await?))
}

/// The form that goes back to a version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackForm {
    #[serde(default)]
    form_token: String,
    /// The version in force when the form was shown.
    version: i64,
}

pub(super) async fn go_back(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, version)): Path<(String, String)>,
    Fields(form): Fields<BackForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, version) = (tenant_of(&shared, &who, &tenant).await?, number(&version)?);
    match versions::go_back(&shared, &tenant.tenant, (version, form.version), who.actor()).await {
        Ok(_) => {
            shared.wakes.courier.wake();
            Ok(see(&address(&format!("/t/{}/registrations", tenant.tenant), &[("done", "settings")])))
        }
        Err(error @ (SetupError::Store(_) | SetupError::NoVersion(_))) => Err(error.into()),
        Err(error) => {
            let page = Version { refusal: Some(error.to_string()), ..view(&shared, &who, &tenant, version).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}
