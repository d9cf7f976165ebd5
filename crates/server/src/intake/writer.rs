//! The one writer of the journal: notifications that arrive together are committed together, because a flush to the
//! device costs the same for one as for a hundred. Which tenant an event belongs to is decided in the same transaction.

use crate::app::Wake;
use crate::clock::Clock;
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use crate::store::held::{self, Held, nobody};
use crate::store::journal::NewNotification;
use crate::store::{Store, StoreError, Unit, connection, journal, known};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::rest::CROWD_ROWS_MIN;
use connector_core::route::{About, By, Route, Whose, looks_at, tenant_of};
use connector_core::zoom::event;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Notifications in one commit.
pub const BATCH_MAX: usize = 128;
/// Notifications that may wait for the writer; one more is told to come again.
pub const WAITING_MAX: usize = 4_096;
/// A commit that takes longer than this is answered with 503: Zoom tries again, and the key makes that harmless.
pub const COMMIT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Where a notification belongs.
#[derive(Debug, Clone)]
pub enum Belongs {
    /// To a tenant that is known already.
    To(TenantId),
    /// To whoever holds the Zoom account by a sign-in, at the time of the event.
    Account(ZoomApp, String),
    /// To the tenant whose own Zoom app tells of its account, or to a guest that the tenant shares it with.
    OwnApp(TenantId, ZoomApp, String),
}

/// Whose doors an event came by, the service's (none) or those of a tenant's own app, and the account that it names.
type Told = (Option<TenantId>, ZoomApp, String);

/// A notification on its way into the journal.
#[derive(Debug)]
pub struct Append {
    /// Whose.
    pub belongs: Belongs,
    /// The same for the same notification.
    pub key: String,
    /// `zoom:meetings`, `zoom:webinars`, `wish`.
    pub source: &'static str,
    /// The event's name.
    pub event: String,
    /// Epoch milliseconds.
    pub event_ts_ms: i64,
    /// Epoch milliseconds.
    pub received_ms: i64,
    /// It came in the late lane.
    pub late: bool,
    /// The raw bytes.
    pub body: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the journal, flushed to the device.
    Durable,
    /// Nobody holds that Zoom account: nothing is kept.
    NobodysAccount,
}

/// The door could not keep it; the caller has to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many wait already.
    #[error("too many notifications wait for the journal")]
    Overloaded,
    /// The commit failed or took too long.
    #[error("the journal did not take it in time")]
    Failed,
}

type Waiting = (Append, oneshot::Sender<Option<Appended>>);

/// Nothing was crowded yet.
const NEVER_CROWDED_MS: i64 = i64::MIN;

/// The way to the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: mpsc::Sender<Waiting>,
    crowded_ms: Arc<AtomicI64>,
}

/// The writer's own end; [`Writer::run`] is its life.
#[derive(Debug)]
pub struct Writer {
    queue: mpsc::Receiver<Waiting>,
    store: Store,
    translator: Wake,
    clock: Clock,
    crowded_ms: Arc<AtomicI64>,
}

/// A writer and the way to it.
#[must_use]
pub fn writer(store: Store, translator: Wake, clock: Clock) -> (Journal, Writer) {
    let (send, receive) = mpsc::channel(WAITING_MAX);
    let crowded_ms = Arc::new(AtomicI64::new(NEVER_CROWDED_MS));
    let writer = Writer { queue: receive, store, translator, clock, crowded_ms: Arc::clone(&crowded_ms) };
    (Journal { queue: send, crowded_ms }, writer)
}

impl Journal {
    /// When a commit was last crowded, if ever: monotonic milliseconds of the service's clock.
    #[must_use]
    pub fn crowded_ms(&self) -> Option<i64> {
        Some(self.crowded_ms.load(Ordering::Relaxed)).filter(|at_ms| *at_ms != NEVER_CROWDED_MS)
    }

    /// Appends a notification; answers when it is durable.
    ///
    /// # Errors
    /// [`Refused`] when it was not, or not in time. It may still become durable then.
    pub async fn append(&self, append: Append) -> Result<Appended, Refused> {
        let (send, receive) = oneshot::channel();
        self.queue.try_send((append, send)).map_err(|_| Refused::Overloaded)?;
        match tokio::time::timeout(COMMIT_TIMEOUT, receive).await {
            Ok(Ok(Some(appended))) => Ok(appended),
            Ok(Ok(None) | Err(_)) | Err(_) => Err(Refused::Failed),
        }
    }
}

impl Writer {
    /// Commits what comes until every [`Journal`] is gone.
    pub async fn run(mut self) {
        let mut batch: Vec<Waiting> = Vec::with_capacity(BATCH_MAX);
        while self.queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
            failpoint::reached(Point::WriterTaken);
            let crowded = batch.len() >= CROWD_ROWS_MIN;
            self.note(crowded);
            let (appends, mut answers): (Vec<Append>, Vec<_>) = batch.drain(..).unzip();
            if planted::awake(Bug::AcknowledgeBeforeCommit) {
                answers.drain(..).for_each(|answer| {
                    let _ = answer.send(Some(Appended::Durable));
                });
            }
            let results = self.store.write(move |unit| Box::pin(commit(unit, appends))).await;
            // Once more: a commit may take long, and whoever was answered knocks again at once.
            self.note(crowded);
            match results {
                Ok(results) => {
                    failpoint::reached(Point::WriterBeforeAnswer);
                    self.translator.wake();
                    for (answer, result) in answers.into_iter().zip(results) {
                        // The caller may have left; the row is durable all the same.
                        let _ = answer.send(Some(result));
                    }
                    failpoint::reached(Point::WriterAnswered);
                }
                Err(error) => {
                    tracing::error!(%error, rows = answers.len(), "the journal refused a commit");
                    metrics::counter!("intake_commit_failures_total").increment(1);
                    for answer in answers {
                        let _ = answer.send(None);
                    }
                }
            }
        }
    }
}

impl Writer {
    fn note(&self, crowded: bool) {
        if crowded {
            self.crowded_ms.store(self.clock.monotonic_ms(), Ordering::Relaxed);
        }
    }
}

async fn commit(unit: &mut Unit, appends: Vec<Append>) -> Result<Vec<Appended>, StoreError> {
    let routes = routes(unit, &appends).await?;
    let mut abouts = abouts(unit, &routes, &appends).await?.into_iter();
    failpoint::reached(Point::WriterRouted);
    let mut results = Vec::with_capacity(appends.len());
    let mut rows = Vec::with_capacity(appends.len());
    let mut asked = Vec::new();
    let mut seen = HashSet::new();
    for append in appends {
        let about = abouts.next().flatten();
        let tenant = match told_of(&append.belongs) {
            Err(tenant) => Some(tenant),
            Ok(told) => match holder(&routes, &told, (append.event_ts_ms, &append.body), about) {
                Whose::Of(tenant) => Some(tenant.clone()),
                Whose::Nobody => None,
                // Held where the operator sees it; it goes to nobody's LeadSquared account.
                Whose::Undecided => Some(nobody()?),
                Whose::NotKnownYet => {
                    asked.push(held(&append, told));
                    Some(nobody()?)
                }
            },
        };
        let Some(tenant) = tenant else {
            results.push(Appended::NobodysAccount);
            continue;
        };
        results.push(Appended::Durable);
        // The same notification twice in one batch is one row; two statements on one row cannot be one statement.
        if !seen.insert((tenant.clone(), append.key.clone())) {
            continue;
        }
        rows.push(NewNotification {
            tenant,
            key: append.key,
            id: crate::dice::id(append.received_ms),
            source: append.source,
            event: append.event,
            event_ts_ms: append.event_ts_ms,
            received_ms: append.received_ms,
            late: append.late,
            body: append.body,
        });
    }
    journal::append(unit, &rows).await?;
    held::insert(unit, &asked).await?;
    Ok(results)
}

/// By which door it came and what account it names; or the tenant whose it is anyway.
fn told_of(belongs: &Belongs) -> Result<Told, TenantId> {
    match belongs {
        Belongs::To(tenant) => Err(tenant.clone()),
        Belongs::Account(app, account) => Ok((None, *app, account.clone())),
        Belongs::OwnApp(tenant, app, account) => Ok((Some(tenant.clone()), *app, account.clone())),
    }
}

fn held(append: &Append, (door, app, account): Told) -> Held {
    let (key, held_ms) = (append.key.clone(), append.received_ms);
    Held { key, app, account, door, event_ts_ms: append.event_ts_ms, held_ms }
}

/// Whose an event is by those who held its account.
fn holder<'r>(
    routes: &'r HashMap<Told, Vec<Route>>,
    told: &Told,
    (event_ts_ms, body): (i64, &[u8]),
    about: Option<About>,
) -> Whose<'r> {
    let found = routes.get(told).map_or(&[][..], Vec::as_slice);
    let (_, app, account) = told;
    tenant_of(found, *app, account, event_ts_ms, || about.unwrap_or_else(|| event::about_of(body)))
}

/// What the events are about, with what Zoom was asked, where a rule looks at that; in the order of the events.
async fn abouts(
    unit: &mut Unit,
    routes: &HashMap<Told, Vec<Route>>,
    appends: &[Append],
) -> Result<Vec<Option<About>>, StoreError> {
    let mut abouts: Vec<Option<About>> = appends.iter().map(|_| None).collect();
    let looking: Vec<&Told> = routes
        .iter()
        .filter(|(_, routes)| looks_at(routes, By::Group) || looks_at(routes, By::TrackingField))
        .map(|(told, _)| told)
        .collect();
    let now_ms = appends.iter().map(|append| append.received_ms).max().unwrap_or(0);
    for told in looking {
        let mut these = Vec::new();
        for (append, about) in appends.iter().zip(&mut abouts) {
            if told_of(&append.belongs).as_ref() == Ok(told) {
                these.push(about.insert(event::about_of(&append.body)));
            }
        }
        let (_, app, account) = told;
        known::fill(unit, (*app, account), &mut these, now_ms).await?;
    }
    Ok(abouts)
}

/// Who held the accounts that are named.
async fn routes(unit: &mut Unit, appends: &[Append]) -> Result<HashMap<Told, Vec<Route>>, StoreError> {
    let mut routes: HashMap<Told, Vec<Route>> = HashMap::new();
    for wanted in ZoomApp::ALL {
        let accounts: BTreeSet<&str> = appends
            .iter()
            .filter_map(|append| match &append.belongs {
                Belongs::Account(app, account) if *app == wanted => Some(account.as_str()),
                Belongs::Account(..) | Belongs::OwnApp(..) | Belongs::To(_) => None,
            })
            .collect();
        let accounts: Vec<&str> = accounts.into_iter().collect();
        for route in connection::routes(unit, wanted, &accounts).await? {
            routes.entry((None, wanted, route.account.clone())).or_default().push(route);
        }
    }
    for append in appends {
        let Belongs::OwnApp(tenant, app, account) = &append.belongs else { continue };
        let told = (Some(tenant.clone()), *app, account.clone());
        if let Entry::Vacant(place) = routes.entry(told) {
            place.insert(connection::own_app_routes(unit, (tenant, *app), account).await?);
        }
    }
    Ok(routes)
}
