//! The translator: takes a tenant's pending notifications, merges them into facts by the core's rules, and puts what
//! follows into the queue; all of it in one transaction under the lane's fence. The only place that plans deliveries.

use crate::app::{Shared, Step, StepError};
use crate::failpoint::{self, Point};
use crate::store::delivery::Planning;
use crate::store::journal::{Done, Pending};
use crate::store::lane::{self, Claimed, NEVER_MS};
use crate::store::removal::{self, Proof};
use crate::store::{
    self, StoreError, Unit, calendar, connection, delivery, fact, handle, health, held, journal, settings, twin,
};
use connector_core::calendar::{Notes, notes};
use connector_core::fact::{Alias, Book, TenantKeys};
use connector_core::ids::{Email, TenantId, ZoomApp};
use connector_core::rest::Company;
use connector_core::rewind::look_first_ms;
use connector_core::settings::Versioned;
use connector_core::translate::handles;
use connector_core::translate::look_up::{follow_ups, freed, needs, registrations_behind, wholes, within};
use connector_core::translate::meeting::concern::own_domain;
use connector_core::translate::{self, Consequence, Context, Notification, Outcome, Planned, Source, Translated};
use connector_core::zoom::event::{self, Unreadable};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The lane's name.
pub const LANE: &str = "translator";
/// Notifications in one transaction.
pub const BATCH_MAX: i64 = 256;
/// Fewer are taken while a batch takes long, but not fewer than these.
const BATCH_MIN: i64 = 8;
/// Taken of one tenant while others wait or come often: what they want to write waits for the end of this batch.
const BATCH_SHARED: i64 = 8;
/// A batch that took longer is followed by one half as large, in milliseconds: other tenants wait no longer than about this.
const BATCH_LONG_MS: i64 = 30;
/// How long a claimed lane stays ours without a sign of life, in milliseconds.
pub const LEASE_MS: i64 = 30_000;

/// The translator's state between steps.
pub struct Translator {
    shared: Shared,
    /// Settings as they were last worked with, so that their rules are compiled once and not with every batch.
    settings: HashMap<TenantId, Arc<Versioned>>,
    /// Notifications in the next transaction.
    batch: i64,
    /// Tenants who had little lately.
    company: Company<TenantId>,
}

/// Tenants whose settings are kept in memory; with more of them, all are read anew.
const SETTINGS_KEPT_MAX: usize = 1_000;

/// What one batch came to.
struct Batch {
    book: Book,
    done: Vec<Done>,
    planned: Vec<Planned>,
    consequences: Vec<Consequence>,
    calendar: Notes,
    settings_version: i64,
    /// Under what a person finds the facts again.
    handles: Vec<(Alias, Alias)>,
}

impl Translator {
    /// A translator over the shared store.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared, settings: HashMap::new(), batch: BATCH_MAX, company: Company::default() }
    }

    /// Translates one batch of one tenant.
    ///
    /// # Errors
    /// When the store fails; nothing of the batch is recorded then, and the lane is due again when its lease ends.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let (owner, most, little) = (self.shared.owner.clone(), self.batch, self.company.anybody(now_ms));
        let claimed = self
            .shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let Some(claimed) = lane::claim(unit, LANE, &owner, now_ms, LEASE_MS).await? else {
                        return Ok(Err(lane::next_due(unit, LANE).await?));
                    };
                    failpoint::reached(Point::TranslatorClaimed);
                    let others_wait = little || lane::next_due(unit, LANE).await? <= now_ms;
                    let most = if others_wait { most.min(BATCH_SHARED) } else { most };
                    // What comes in between this and the end of the batch wakes the lane once more.
                    let pending = journal::pending(unit, &claimed.tenant, most).await?;
                    Ok(Ok((claimed, pending, most)))
                })
            })
            .await?;
        let (claimed, pending, taken) = match claimed {
            Ok(claimed) => claimed,
            Err(due_ms) => return Ok(Step::IdleUntil(due_ms)),
        };
        failpoint::reached(Point::TranslatorLoaded);
        if pending.is_empty() {
            self.give_back(claimed, NEVER_MS).await?;
            return Ok(Step::Worked);
        }
        let more = i64::try_from(pending.len()).unwrap_or(taken) >= taken;
        let batch = self.translate(&claimed.tenant, pending).await?;
        failpoint::reached(Point::TranslatorTranslated);
        let planned = !batch.planned.is_empty();
        let ended_ms = self.shared.clock.now_ms();
        // Behind those who became due meanwhile, and with room for those who come often with little.
        let next_at_ms = if more {
            ended_ms + self.company.pause_ms(&claimed.tenant, ended_ms - now_ms, ended_ms)
        } else {
            self.company.note(&claimed.tenant, ended_ms);
            NEVER_MS
        };
        match self.record(claimed, batch, next_at_ms).await {
            Err(StoreError::Fenced) => tracing::warn!("a translation came too late: the lane has a new holder"),
            other => other?,
        }
        failpoint::reached(Point::TranslatorRecorded);
        let took_ms = self.shared.clock.now_ms() - now_ms;
        // A few notifications say nothing of how long many take.
        if more {
            self.batch = if took_ms > BATCH_LONG_MS { most / 2 } else { most * 2 }.clamp(BATCH_MIN, BATCH_MAX);
        }
        if planned {
            self.shared.wakes.courier.wake();
        }
        Ok(Step::Worked)
    }

    async fn give_back(&self, claimed: Claimed, next_at_ms: i64) -> Result<(), StoreError> {
        let now_ms = self.shared.clock.now_ms();
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move { lane::release(unit, &claimed, LANE, (next_at_ms, "{}"), now_ms).await })
            })
            .await
    }

    /// Reads what the batch needs and applies the rules to it, notification by notification.
    async fn translate(&mut self, tenant: &TenantId, pending: Vec<Pending>) -> Result<Batch, StepError> {
        if *tenant == self.shared.nobody {
            let keys: Vec<String> = pending.iter().map(|one| one.key.clone()).collect();
            let read = self.shared.store.read(move |unit| {
                Box::pin(async move { held::among(unit, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await })
            });
            return Ok(nobodys(pending, &read.await?));
        }
        let keys = self.shared.keys.of(&self.shared.store, tenant).await?.tenant_keys();
        let read: Vec<(Pending, Result<Notification, Unreadable>)> = pending
            .into_iter()
            .map(|one| {
                let source = Source::parse(&one.source);
                let unknown = || Unreadable::NotJson(format!("unknown source {}", one.source));
                let read =
                    source.ok_or_else(unknown).and_then(|source| translate::read(source, &one.body, one.received_ms));
                (one, read)
            })
            .collect();
        let (owner, tenant) = (tenant.clone(), tenant.clone());
        let readable: Vec<Notification> = read.iter().filter_map(|(_, read)| read.clone().ok()).collect();
        let unit_keys = keys.clone();
        // A whole run is read beside the writer: on its connection the doors would wait meanwhile.
        let whole = readable.iter().any(|one| !wholes(&keys, one).is_empty());
        let store = &self.shared.store;
        let Loaded { mut book, settings, own_domains } = if whole {
            store.read(move |unit| Box::pin(load(unit, tenant, unit_keys, readable))).await?
        } else {
            store.read_warm(move |unit| Box::pin(load(unit, tenant, unit_keys, readable))).await?
        };
        let settings = self.compiled(&owner, settings);
        let context = Context { keys: &keys, settings: &settings, own_domains: &own_domains };
        let mut batch = Batch {
            book: Book::default(),
            done: Vec::with_capacity(read.len()),
            planned: Vec::new(),
            consequences: Vec::new(),
            calendar: Notes::default(),
            settings_version: settings.version,
            handles: Vec::new(),
        };
        for (pending, read) in read {
            match read {
                Ok(notification) => {
                    let translated = translate::translate(&context, &mut book, &notification);
                    batch.handles.extend(handles::of(&keys, &notification, &book));
                    batch.take(pending.key, translated);
                }
                Err(unreadable) => batch.done.push(quarantined(pending.key, &unreadable)),
            }
        }
        batch.calendar = notes(&keys, book.changes().0);
        batch.book = book;
        Ok(batch)
    }

    /// The settings with their rules compiled, where they are the ones that were worked with before.
    fn compiled(&mut self, tenant: &TenantId, read: Versioned) -> Arc<Versioned> {
        if let Some(known) = self.settings.get(tenant).filter(|known| ***known == read) {
            return Arc::clone(known);
        }
        if self.settings.len() >= SETTINGS_KEPT_MAX {
            self.settings.clear();
        }
        let read = Arc::new(read);
        self.settings.insert(tenant.clone(), Arc::clone(&read));
        read
    }

    async fn record(&self, claimed: Claimed, batch: Batch, next_at_ms: i64) -> Result<(), StoreError> {
        let now_ms = self.shared.clock.now_ms();
        for done in &batch.done {
            metrics::counter!("notifications_total", "outcome" => done.state).increment(1);
        }
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let tenant = claimed.tenant.clone();
                    lane::hold(unit, &claimed, LANE, "{}", now_ms + LEASE_MS).await?;
                    fact::store(unit, &tenant, &batch.book, now_ms).await?;
                    handle::remember(unit, &tenant, &batch.handles).await?;
                    calendar::note(unit, &tenant, &batch.calendar, now_ms).await?;
                    failpoint::reached(Point::TranslatorAfterFacts);
                    twin::absorb(unit, &tenant, batch.book.absorbed()).await?;
                    let look_first_ms = look_first_ms(store::beat::verify_first_until_ms(unit).await?, now_ms);
                    let planning = Planning { settings_version: batch.settings_version, now_ms, look_first_ms };
                    delivery::plan(unit, &tenant, batch.planned, planning).await?;
                    failpoint::reached(Point::TranslatorPlanned);
                    let twice = twin::settle(unit, &tenant, batch.book.absorbed(), now_ms).await?;
                    if twice > 0 {
                        metrics::counter!("found_twice_total").increment(twice);
                        tracing::error!(tenant = %tenant, twice, "what proved to be one thing was delivered twice before");
                    }
                    for consequence in batch.consequences {
                        carry_out(unit, &tenant, consequence, now_ms).await?;
                    }
                    journal::finish(unit, &tenant, &batch.done, now_ms).await?;
                    failpoint::reached(Point::TranslatorFinished);
                    lane::release(unit, &claimed, LANE, (next_at_ms, "{}"), now_ms).await
                })
            })
            .await
    }
}

impl Batch {
    fn take(&mut self, key: String, translated: Translated) {
        let (state, code) = match translated.outcome {
            Outcome::Merged => ("merged", None),
            Outcome::Ignored(code) => ("ignored", Some(code)),
        };
        let fact = translated.fact.map(|fact| fact.0);
        self.done.push(Done { key, state, code, detail: None, fact });
        self.planned.extend(translated.planned);
        self.consequences.extend(translated.consequence);
    }
}

fn quarantined(key: String, unreadable: &Unreadable) -> Done {
    let code = match unreadable {
        Unreadable::NotJson(_) => "quarantine.not_json",
        Unreadable::Field { .. } => "quarantine.field",
    };
    Done { key, state: "quarantined", code: Some(code), detail: Some(unreadable.to_string()), fact: None }
}

/// Notifications that name no account are shown, with what is wrong with them.
fn nobodys(pending: Vec<Pending>, waits: &HashSet<String>) -> Batch {
    let done = pending.into_iter().map(|one| {
        let source = Source::parse(&one.source).unwrap_or(Source::Outcome);
        let unreadable = match translate::read(source, &one.body, one.received_ms) {
            Err(unreadable) => unreadable,
            Ok(_) => Unreadable::Field { event: "?".to_owned(), field: "payload.account_id" },
        };
        match &unreadable {
            Unreadable::Field { .. } if waits.contains(&one.key) => held::asked(one.key),
            Unreadable::Field { .. } if event::account_of(&one.body).is_some() => held::undecided(one.key),
            Unreadable::Field { .. } | Unreadable::NotJson(_) => quarantined(one.key, &unreadable),
        }
    });
    Batch {
        done: done.collect(),
        book: Book::default(),
        planned: Vec::new(),
        consequences: Vec::new(),
        calendar: Notes::default(),
        settings_version: 0,
        handles: Vec::new(),
    }
}

/// What a batch is translated with.
struct Loaded {
    book: Book,
    settings: Versioned,
    own_domains: Vec<String>,
}

/// The domain of whoever signed in with Zoom for meetings, where the batch tells of meetings: only there it makes a difference.
async fn own_domains(
    unit: &mut Unit,
    tenant: &TenantId,
    notifications: &[Notification],
) -> Result<Vec<String>, StoreError> {
    let of_meetings = |one: &Notification| match one {
        Notification::Zoom(app, _) => *app == ZoomApp::Meetings,
        Notification::Wish(..) => false,
        Notification::Outcome(_) => true,
    };
    if !notifications.iter().any(of_meetings) {
        return Ok(Vec::new());
    }
    let signed_in = connection::open(unit, tenant, ZoomApp::Meetings).await?.and_then(|open| open.email);
    let email = signed_in.as_deref().and_then(Email::parse);
    Ok(email.as_ref().and_then(own_domain).map(str::to_owned).into_iter().collect())
}

/// Loads what the notifications need: facts by their aliases, then what those lead to.
async fn load(
    unit: &mut Unit,
    tenant: TenantId,
    keys: TenantKeys,
    notifications: Vec<Notification>,
) -> Result<Loaded, StoreError> {
    let settings = settings::current(unit, &tenant).await?;
    let own_domains = own_domains(unit, &tenant, &notifications).await?;
    let mut book = Book::default();
    let aliases: Vec<Alias> = notifications.iter().flat_map(|one| needs(&keys, one)).collect();
    fact::load(unit, &tenant, &aliases, &mut book).await?;
    let parts: Vec<Alias> = notifications.iter().flat_map(|one| wholes(&keys, one)).collect();
    fact::load_parts(unit, &tenant, &parts, &mut book).await?;
    let (facts, further): (Vec<Vec<Alias>>, Vec<Vec<Alias>>) =
        notifications.iter().map(|one| follow_ups(&keys, one, &book)).unzip();
    let facts: Vec<Alias> = facts.into_iter().flatten().collect();
    let further: Vec<Alias> = further.into_iter().flatten().chain(within(&keys, &notifications)).collect();
    fact::load(unit, &tenant, &further, &mut book).await?;
    // A fact's id is its first alias.
    fact::load(unit, &tenant, &facts, &mut book).await?;
    let touched: Vec<Alias> = notifications.iter().flat_map(|one| freed(&keys, one, &facts, &book)).collect();
    fact::load(unit, &tenant, &touched, &mut book).await?;
    let behind = registrations_behind(&keys, &book);
    fact::load(unit, &tenant, &behind, &mut book).await?;
    Ok(Loaded { book, settings, own_domains })
}

async fn carry_out(
    unit: &mut Unit,
    tenant: &TenantId,
    consequence: Consequence,
    now_ms: i64,
) -> Result<(), StoreError> {
    match consequence {
        Consequence::EndConnection { app, user, at_ms, retention } => {
            let Some(open) = connection::open(unit, tenant, app).await? else { return Ok(()) };
            // Whoever signed in again meanwhile holds another grant; the news is late, or was read once more.
            if at_ms > 0 && open.began_ms > at_ms {
                return Ok(());
            }
            if open.zoom_user == user.0 {
                // The journal holds nothing whose signature did not hold.
                let proof = Proof { by: "signature", told_ms: at_ms, retention };
                removal::carry_out(unit, &open, proof, now_ms).await?;
            }
            Ok(())
        }
        Consequence::LookAtSignIn { app, user } => health::look_soon(unit, tenant, (app, &user.0)).await,
    }
}
