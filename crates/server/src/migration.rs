//! A tenant's migration off the old JWT app: what it is judged by is read here, the rules are the core's. Console, API and command
//! line all come through here.

pub mod review;

use crate::app::Shared;
use crate::connections::disconnect;
use crate::connections::keyring::NoKey;
use crate::connections::old_app::own_logic;
use crate::store::journal::{self, Filter, NewNotification};
use crate::store::old_app::{self, Switch};
use crate::store::trial::{self, TestLead};
use crate::store::{StoreError, Unit, alert, audit, connection, moving, settings};
use connector_core::fact::TenantKeys;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::migration::{self, Act, HOUR_MS, Migration, NotNow, Situation, Step, Test, Told};
use connector_core::schedule_request::WishId;
use connector_core::settings::difference::difference;
use connector_core::translate::{Source, Wish};
use serde::Serialize;

/// Notifications that are looked through for those of a test, the newest.
const LOOKED_MAX: i64 = 1_000;
/// Settings that differ, named at most.
const CHANGES_MAX: usize = 50;

/// So long after it was said to be deactivated the old app may still tell what was on its way, in milliseconds.
const ON_ITS_WAY_MS: i64 = 10 * 60 * 1000;
/// What the reminder is about, among a tenant's alerts.
const REMINDER: &str = "migration.old_app";

/// Whether the old app is there, and what it told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OldAppSeen {
    /// Its webhooks are taken.
    pub on: bool,
    /// Zoom can be called with its credentials.
    pub calls: bool,
    /// Notifications in all, and when the last came (epoch milliseconds).
    pub told: (i64, Option<i64>),
    /// Notifications since it was said to be deactivated.
    pub told_since_deactivated: i64,
}

/// A tenant's migration as it is now.
#[derive(Debug, Clone)]
pub struct View {
    version: i64,
    /// What was done.
    pub migration: Migration,
    /// What it is judged by.
    pub situation: Situation,
    /// The old app.
    pub old_app: OldAppSeen,
    /// Where it stands.
    pub step: Step,
    /// Who carries the records of the test in LeadSquared; nothing before a test.
    pub test_lead: Option<TestLead>,
}

/// Something was not done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// It is not the time for it.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// Somebody else did something meanwhile.
    #[error("Somebody else did something meanwhile. Look again.")]
    Meanwhile,
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
    /// The tenant's key could not be had.
    #[error("The tenant's key cannot be opened: {0}")]
    Key(#[from] NoKey),
}

/// A tenant's migration as it is now.
///
/// # Errors
/// [`NotDone::Store`] or [`NotDone::Key`].
pub async fn look(shared: &Shared, tenant: &TenantId) -> Result<View, NotDone> {
    let keys = shared.keys.of(&shared.store, tenant).await?.tenant_keys();
    let (tenant, now_ms) = (tenant.clone(), shared.clock.now_ms());
    let quiet_ms = i64::from(shared.config.migration.quiet_hours) * HOUR_MS;
    let read =
        shared.store.read(move |unit| Box::pin(async move { read(unit, (&tenant, &keys), (now_ms, quiet_ms)).await }));
    Ok(read.await?)
}

async fn read(
    unit: &mut Unit,
    (tenant, keys): (&TenantId, &TenantKeys),
    (now_ms, quiet_ms): (i64, i64),
) -> Result<View, StoreError> {
    let (version, migration) = moving::get(unit, tenant).await?;
    let current = settings::current(unit, tenant).await?;
    let mut connected = Vec::new();
    let mut both_from_ms = migration.began.as_ref().map_or(now_ms, |began| began.at_ms);
    for app in ZoomApp::ALL {
        if let Some(open) = connection::open(unit, tenant, app).await? {
            both_from_ms = both_from_ms.max(open.began_ms);
            connected.push(app);
        }
    }
    let row = old_app::get(unit, tenant).await?;
    let said_ms = migration.deactivated.as_ref().map(|mark| mark.at_ms);
    let told = old_app::told(unit, tenant, 0).await?;
    let since = old_app::told(unit, tenant, said_ms.unwrap_or(i64::MAX)).await?;
    let mut situation = Situation {
        now_ms,
        quiet_ms,
        own_logic: own_logic(&current.settings),
        settings_version: current.version,
        connected,
        old_last_ms: told.1,
        ..Situation::default()
    };
    if let Some(began) = &migration.began {
        let both = (both_from_ms, said_ms.unwrap_or(now_ms.saturating_add(1)));
        situation.parity = old_app::parity(unit, tenant, both).await?;
        (situation.written, situation.doubled) = moving::written(unit, tenant, began.at_ms).await?;
        let before = settings::at(unit, tenant, migration.settings_version).await?.unwrap_or_default();
        let changes = difference(&before, &current.settings);
        situation.changes = changes.iter().take(CHANGES_MAX).map(|change| change.words()).collect();
    }
    let mut test_lead = None;
    if let Some(test) = &migration.test {
        situation.trials = trial::became(unit, (tenant, keys), test, migration.uses).await?;
        test_lead = trial::lead(unit, (tenant, keys), test).await?;
        if migration.tested.is_none() {
            situation.ticks = ticks(unit, tenant, test).await?;
        }
    }
    let step = migration.step(&situation);
    let old_app = OldAppSeen {
        on: row.as_ref().is_some_and(|row| row.switch == Switch::On),
        calls: row.is_some_and(|row| row.calls),
        told,
        told_since_deactivated: since.0,
    };
    Ok(View { version, migration, situation, old_app, step, test_lead })
}

type Ticks = Vec<(ZoomApp, Vec<(migration::Tick, bool)>)>;

/// The steps of a test, by what the new apps told since it began.
async fn ticks(unit: &mut Unit, tenant: &TenantId, test: &Test) -> Result<Ticks, StoreError> {
    let filter = Filter { limit: LOOKED_MAX, ..Filter::default() };
    let rows = journal::page(unit, tenant, &filter).await?;
    let mut ticks = Vec::new();
    for app in ZoomApp::ALL {
        let source = Source::Zoom(app).as_str();
        let mut told = Vec::new();
        for row in rows.iter().filter(|row| row.source == source && row.received_ms >= test.began_ms) {
            let Some(mut one) = Told::read(&row.body).filter(|one| one.is_of(test)) else { continue };
            if let Some(fact) = &row.fact {
                one.delivered = moving::stands(unit, tenant, fact).await?;
            }
            told.push(one);
        }
        ticks.push((app, migration::ticks(test, &told)));
    }
    Ok(ticks)
}

/// A code for the titles of a test: four letters and digits that cannot be mistaken for each other.
#[must_use]
pub fn test_code() -> String {
    let letters = crate::dice::token().to_uppercase();
    let plain = letters.chars().filter(|c| c.is_ascii_alphanumeric() && !"0O1IL".contains(*c));
    format!("MOVE-{}", plain.take(4).collect::<String>())
}

/// Reminds every tenant whose old app was said to be deactivated and tells all the same: once, until the migration ends.
///
/// # Errors
/// [`StoreError`].
pub async fn remind(shared: &Shared) -> Result<(), StoreError> {
    let waiting = shared.store.read(|unit| Box::pin(moving::waiting(unit))).await?;
    for (tenant, said_ms) in waiting {
        let now_ms = shared.clock.now_ms();
        let reminded = shared.store.write(move |unit| {
            Box::pin(async move {
                let (told, _) = old_app::told(unit, &tenant, said_ms + ON_ITS_WAY_MS).await?;
                if told == 0 {
                    return Ok(false);
                }
                let detail = "The old JWT app was said to be deactivated, and still tells of events. Look at its Activation page in Zoom.";
                alert::raise(unit, &tenant, REMINDER, ("zoom.old_app_tells", detail), now_ms).await
            })
        });
        reminded.await?;
    }
    Ok(())
}

/// What is wished for beside the act: the test's meeting and webinar are made when it begins, and go again when it is over, is begun
/// anew, or the tenant goes back.
fn wishes(act: &Act, (before, next): (&Migration, &Migration)) -> Vec<(WishId, Wish)> {
    let over = || before.test.iter().filter(|_| before.tested.is_none()).flat_map(|test| test.end(before.uses));
    match act {
        Act::StartTest { .. } => over().chain(next.test.iter().flat_map(|test| test.begin(next.uses))).collect(),
        Act::AcceptTest | Act::Back => over().collect(),
        Act::Begin { .. }
        | Act::Installed { .. }
        | Act::MarkCustom
        | Act::Release { .. }
        | Act::Deactivated
        | Act::Finish => Vec::new(),
    }
}

fn notification(tenant: &TenantId, (id, wish): (WishId, Wish), now_ms: i64) -> Result<NewNotification, StoreError> {
    let event = match &wish {
        Wish::ScheduleMeeting(_) => "wish.schedule_meeting",
        Wish::ChangeMeeting(_) => "wish.change_meeting",
        Wish::TryWebinar(_) => "wish.try_webinar",
        Wish::RemoveWebinar(_) => "wish.remove_webinar",
        Wish::Decide(_) | Wish::AddToWebinar(_) | Wish::FetchRegistrants(_) | Wish::TaskTold(_) => "wish",
    };
    let body =
        serde_json::to_vec(&wish).map_err(|error| StoreError::Unreadable { what: "wish", why: error.to_string() })?;
    Ok(NewNotification {
        tenant: tenant.clone(),
        key: id.journal_key(),
        id: crate::dice::id(now_ms),
        source: Source::Wish.as_str(),
        event: event.to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body,
    })
}

/// What an act changes, in one transaction.
struct Deed {
    tenant: TenantId,
    act: Act,
    by: String,
    detail: String,
    version: i64,
    next: Migration,
    wishes: Vec<NewNotification>,
    now_ms: i64,
}

impl Deed {
    /// Stores what follows; fenced off, and nothing of it stored, when somebody else did something meanwhile. With the finish the old app's credentials are
    /// destroyed, with the way back the sign-ins end.
    async fn store(self, unit: &mut Unit) -> Result<(), StoreError> {
        let (tenant, now_ms) = (&self.tenant, self.now_ms);
        // Before all else: the translator, too, locks its own lane first.
        if !self.wishes.is_empty() {
            journal::append(unit, &self.wishes).await?;
        }
        if !moving::save(unit, tenant, (self.version, &self.next), now_ms).await? {
            return Err(StoreError::Fenced);
        }
        match &self.act {
            Act::Finish => drop(old_app::destroy(unit, tenant).await?),
            Act::Back => {
                for app in ZoomApp::ALL {
                    disconnect::end(unit, (tenant, app), &self.by, now_ms).await?;
                }
            }
            Act::Begin { .. }
            | Act::Installed { .. }
            | Act::MarkCustom
            | Act::Release { .. }
            | Act::StartTest { .. }
            | Act::AcceptTest
            | Act::Deactivated => {}
        }
        if matches!(self.act, Act::Finish | Act::Back) {
            alert::resolve(unit, tenant, REMINDER, now_ms).await?;
        }
        audit::write(unit, &self.by, Some(tenant), (self.act.as_str(), &self.detail), now_ms).await
    }
}

/// Does what a person wants. What was done is in the audit log; with the finish the old app's credentials are destroyed, with the
/// way back the sign-ins end, in the same transaction; Zoom is told behind it.
///
/// # Errors
/// [`NotDone`].
pub async fn act(shared: &Shared, tenant: &TenantId, act: &Act, actor: &str) -> Result<View, NotDone> {
    let view = look(shared, tenant).await?;
    let next = view.migration.act(act, &view.situation, actor)?;
    let detail = match act {
        Act::Release { reviewer, reason } => format!("reviewed by {}: {}", reviewer.trim(), reason.trim()),
        Act::Installed { on } => on.clone(),
        Act::Begin { .. }
        | Act::MarkCustom
        | Act::StartTest { .. }
        | Act::AcceptTest
        | Act::Deactivated
        | Act::Finish
        | Act::Back => String::new(),
    };
    let now_ms = view.situation.now_ms;
    let wishes = wishes(act, (&view.migration, &next)).into_iter().map(|wish| notification(tenant, wish, now_ms));
    let wishes = wishes.collect::<Result<Vec<_>, _>>()?;
    let mut returned = Vec::new();
    if *act == Act::Back {
        for app in ZoomApp::ALL {
            returned.extend(disconnect::access_of(shared, tenant, app).await?.map(|access| (app, access)));
        }
    }
    let (tells, version) = (!wishes.is_empty(), view.version);
    let (owned, act, by) = (tenant.clone(), act.clone(), actor.to_owned());
    let deed = Deed { tenant: owned, act, by, detail, version, next, wishes, now_ms };
    match shared.store.write(move |unit| Box::pin(deed.store(unit))).await {
        Err(StoreError::Fenced) => return Err(NotDone::Meanwhile),
        done => done?,
    }
    if tells {
        shared.wakes.translator.wake();
    }
    for (app, access) in &returned {
        disconnect::give_back(shared, (tenant, *app), access).await;
    }
    look(shared, tenant).await
}
