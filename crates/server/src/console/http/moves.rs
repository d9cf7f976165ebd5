//! The operator's list of all tenants with their step off the old JWT app, and the same as a table.

use super::super::frame::Place;
use super::super::list::Total;
use super::super::migration::{MoveLine, MovesPage};
use super::super::part::{Moment, Pill, Tone};
use super::list::{Asked, Found, TABLE_ROWS_MAX, Table, answer};
use super::session::Operator;
use super::{Failure, PAGE_ROWS, Page, frame, show};
use crate::app::Shared;
use crate::migration::{self, View};
use crate::store::tenant::TenantRow;
use crate::store::tenant_list::{self, Whose};
use axum::extract::{Query, State};
use connector_core::ids::TenantId;
use connector_core::migration::{Concerned, Step};
use serde::Deserialize;

/// Tenants that one page of the list looks through at most.
const LOOKED_MAX: usize = 1_000;

/// Which tenants are listed.
#[derive(Deserialize)]
pub(super) struct MovesQuery {
    #[serde(default)]
    step: String,
    #[serde(default)]
    concerned: String,
    #[serde(default)]
    after: String,
}

/// What is chosen of the list; nothing chooses all.
#[derive(Clone, Copy)]
struct Chosen {
    step: Option<Step>,
    concerned: Option<Concerned>,
}

impl Chosen {
    fn of(query: &MovesQuery) -> Self {
        Self {
            step: Step::ALL.into_iter().find(|step| step.as_str() == query.step),
            concerned: Concerned::ALL.into_iter().find(|concerned| concerned.as_str() == query.concerned),
        }
    }

    fn takes(self, seen: &View, concerned: Concerned) -> bool {
        self.step.is_none_or(|step| step == seen.step) && self.concerned.is_none_or(|wanted| wanted == concerned)
    }

    /// As the address says it.
    fn filters(self) -> [(&'static str, &'static str); 2] {
        let step = self.step.map_or("", Step::as_str);
        [("step", step), ("concerned", self.concerned.map_or("", Concerned::as_str))]
    }
}

type Moves = Vec<(TenantRow, View, Concerned)>;

/// Tenants that are chosen behind `after`: at most `most`, and the last one looked at if there may be more.
async fn moves(
    shared: &Shared,
    chosen: Chosen,
    after: &str,
    most: usize,
) -> Result<(Moves, Option<TenantId>), Failure> {
    let (mut found, mut looked, mut after) = (Vec::new(), 0, TenantId::parse(after).ok());
    let before = &shared.config.migration.installed_before;
    loop {
        let from = after.clone();
        let read = shared.store.read(move |unit| {
            Box::pin(async move { tenant_list::page(unit, &Whose::Operators, "", from.as_ref(), PAGE_ROWS).await })
        });
        let rows = read.await?;
        let last_page = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE_ROWS);
        for row in rows {
            if row.tenant == shared.nobody {
                continue;
            }
            let seen = migration::look(shared, &row.tenant).await?;
            let concerned = seen.migration.concerned(before);
            (looked, after) = (looked + 1, Some(row.tenant.clone()));
            if chosen.takes(&seen, concerned) {
                found.push((row, seen, concerned));
            }
            if found.len() >= most || looked >= LOOKED_MAX.max(most) {
                return Ok((found, after));
            }
        }
        if last_page {
            return Ok((found, None));
        }
    }
}

pub(super) async fn list(State(shared): State<Shared>, who: Operator, Query(query): Query<MovesQuery>) -> Page {
    let (chosen, now_ms) = (Chosen::of(&query), shared.clock.now_ms());
    let (rows, next) = moves(&shared, chosen, &query.after, usize::try_from(PAGE_ROWS).unwrap_or(1)).await?;
    let line = |(row, seen, concerned): &(TenantRow, View, Concerned)| MoveLine {
        id: row.tenant.to_string(),
        name: row.name.clone(),
        concerned: concerned.words(),
        step: Pill::new(if seen.step == Step::Done { Tone::Good } else { Tone::Wait }, seen.step.title()),
        told: seen.old_app.told.0,
        last: seen.old_app.told.1.map(|at_ms| Moment::new(at_ms, now_ms, &row.time_zone)),
    };
    let filters = chosen.filters();
    let asked = Asked { path: "/migrations", filters: &filters, cursor: "after", before: &query.after, order: None };
    let list = asked.list(Found {
        noun: "tenants",
        total: Total::Unknown,
        rows: Some(rows.len()),
        next: next.map(|next| next.to_string()),
    });
    let page = MovesPage {
        frame: frame(&shared, &who, ("Migrations", Place::Tenants), None).await?,
        lines: rows.iter().map(line).collect(),
        choices: Step::ALL.into_iter().map(|step| (step.as_str(), step.title(), chosen.step == Some(step))).collect(),
        whether: Concerned::ALL
            .into_iter()
            .map(|one| (one.as_str(), one.words(), chosen.concerned == Some(one)))
            .collect(),
        list,
    };
    let empty = page.list.empty;
    Ok(answer(show(&page), empty))
}

pub(super) async fn table(State(shared): State<Shared>, _who: Operator, Query(query): Query<MovesQuery>) -> Page {
    let (rows, _) = moves(&shared, Chosen::of(&query), "", TABLE_ROWS_MAX).await?;
    let head =
        ["tenant", "name", "installed", "concerned", "step", "old app told", "records written", "records doubled"];
    let mut table = Table::new(&head);
    for (row, seen, concerned) in &rows {
        let counts =
            [seen.old_app.told.0, seen.situation.written, seen.situation.doubled].map(|count| count.to_string());
        let [told, written, doubled] = &counts;
        let (installed, concerned) = (&seen.migration.installed, concerned.words());
        table.push(&[row.tenant.as_str(), &row.name, installed, concerned, seen.step.title(), told, written, doubled]);
    }
    Ok(table.answer("migrations"))
}
