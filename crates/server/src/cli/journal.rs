//! `journal`: what came in, and what became of it.

use super::output::Output;
use super::{ACTOR, OfTenant, known};
use crate::api::look;
use crate::api::registrants::ask;
use crate::api::view::NotificationView;
use crate::app::Shared;
use crate::store::journal;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::addition::request;
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;

/// What came in.
#[derive(Debug, Subcommand)]
pub(super) enum Journal {
    /// List notifications, newest first
    List(List),
    /// Show one with its body and what followed
    Show(One),
    /// Read one once more
    Replay(One),
    /// Fetch registrations from Zoom that it did not tell of
    FetchRegistrants(Fetch),
    /// Count notifications by their outcome
    Count(OfTenant),
}

/// What to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The tenant's id; `unassigned` for what names no Zoom account
    tenant: TenantId,
    /// Only this outcome: pending, merged, ignored, quarantined
    #[arg(long)]
    outcome: Option<String>,
    /// Only this event
    #[arg(long)]
    event: Option<String>,
    /// Only what came before this id
    #[arg(long)]
    before: Option<String>,
    /// Rows at the most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=5000))]
    limit: i64,
}

/// One notification.
#[derive(Debug, Args)]
pub(super) struct One {
    /// The tenant's id
    tenant: TenantId,
    /// The notification's id
    id: String,
}

/// Which registrations.
#[derive(Debug, Args)]
pub(super) struct Fetch {
    /// The tenant's id
    tenant: TenantId,
    /// Only this webinar's; without it those of all that are planned
    #[arg(long)]
    webinar: Option<String>,
}

impl Journal {
    fn tenant(&self) -> &TenantId {
        match self {
            Self::List(list) => &list.tenant,
            Self::Show(one) | Self::Replay(one) => &one.tenant,
            Self::FetchRegistrants(fetch) => &fetch.tenant,
            Self::Count(of) => &of.tenant,
        }
    }
}

/// Runs the command.
pub(super) async fn run(command: Journal, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    if *command.tenant() != shared.nobody {
        known(shared, command.tenant()).await?;
    }
    match command {
        Journal::List(list) => {
            let filter = journal::Filter {
                state: list.outcome,
                event: list.event,
                before: list.before,
                limit: list.limit,
                ..journal::Filter::default()
            };
            let tenant = list.tenant;
            let rows = shared
                .store
                .read(move |unit| Box::pin(async move { journal::page(unit, &tenant, &filter).await }))
                .await?;
            let views: Vec<NotificationView> = rows.iter().map(NotificationView::from).collect();
            out.list(&views, &["ID", "RECEIVED", "EVENT", "COPIES", "OUTCOME", "REASON"], |view| {
                let reason = view.code.clone().unwrap_or_default();
                let copies = view.copies.to_string();
                vec![view.id.clone(), view.received.clone(), view.event.clone(), copies, view.outcome.clone(), reason]
            })
        }
        Journal::Show(one) => {
            let found = look::notification(shared, one.tenant, one.id).await?;
            let detail = found.context("there is no such notification")?;
            out.show(&detail, |detail| vec![serde_json::to_string_pretty(detail).unwrap_or_default()])
        }
        Journal::Replay(one) => {
            let replayed = look::replay_notification(shared, one.tenant, one.id).await?;
            anyhow::ensure!(replayed, "there is no such notification, or it waits already");
            out.done("It is read once more.")
        }
        Journal::FetchRegistrants(fetch) => {
            let wanted = request::registrations(&fetch.webinar.unwrap_or_default()).map_err(anyhow::Error::msg)?;
            let wish = WishId::parse(&crate::dice::token())?;
            ask(shared, &fetch.tenant, wanted, &wish, ACTOR).await?;
            out.done("Asked for; the connector reads them from Zoom.")
        }
        Journal::Count(of) => {
            let since = crate::dice::id_floor(0);
            let counts = shared
                .store
                .read(move |unit| Box::pin(async move { journal::counts(unit, &of.tenant, &since).await }))
                .await?;
            out.list(&counts, &["OUTCOME", "COUNT"], |(state, count)| vec![state.clone(), count.to_string()])
        }
    }
}
