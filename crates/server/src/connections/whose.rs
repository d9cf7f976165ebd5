//! Asking Zoom for what the rules of a shared account look at and no event tells: the groups of a host, the tracking fields of a meeting. What
//! waits for that is held in the journal under nobody, and handed to its tenant as soon as it is known whose it is; it is never guessed.

use super::tokens::NoAccess;
use crate::app::Shared;
use crate::store::held::{self, Held, nobody, undecided};
use crate::store::journal::{self, Done, NewNotification, NotificationRow};
use crate::store::known::{self, FRESH_MS, Kind};
use crate::store::{StoreError, Unit, connection, journal_erase};
use connector_core::exchange::{Reply, Request};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{self, About, By, Route, Whose, tenant_of, valid_at};
use connector_core::translate::Source;
use connector_core::zoom::reply::ZoomFault;
use connector_core::zoom::reply::about::{read_group_ids, read_groups, read_tracking};
use connector_core::zoom::{event, request};
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashSet};

/// Held notifications that are looked at in one round.
const HELD_MAX: i64 = 50;
/// After so long no further one is looked at in a round, in milliseconds.
const ASKING_MS_MAX: i64 = 3_000;
/// An account that could not be asked is asked again after this, in milliseconds.
const AGAIN_MS: i64 = 60_000;
/// So long it is tried, in milliseconds; it stays where the operator sees it then.
const HELD_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1000;
/// Pages of groups that are read.
const GROUP_PAGES_MAX: usize = 20;

/// Why it is not known yet.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// There is no token to ask with.
    #[error(transparent)]
    NoAccess(#[from] NoAccess),
    /// Zoom did not say.
    #[error("Zoom did not say: {}", .0.code())]
    Fault(ZoomFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotAsked {
    /// Whether Zoom refuses this host or meeting alone: of others it may say something.
    fn is_about_one_thing(&self) -> bool {
        match self {
            Self::NoAccess(_) | Self::Store(_) => false,
            Self::Fault(fault) => match fault {
                ZoomFault::PlanMissing { .. } | ZoomFault::NotFound { .. } | ZoomFault::Refused { .. } => true,
                ZoomFault::NotSent { .. }
                | ZoomFault::TokenUnusable
                | ZoomFault::ScopeMissing { .. }
                | ZoomFault::RateLimited { .. }
                | ZoomFault::Later { .. } => false,
            },
        }
    }
}

/// One round: hands on what is held and whose it is by now. Answers whether more may be due.
///
/// # Errors
/// [`StoreError`].
pub async fn round(shared: &Shared) -> Result<bool, StoreError> {
    let now_ms = shared.clock.now_ms();
    let due = shared.store.read(move |unit| Box::pin(held::due(unit, now_ms, HELD_MAX))).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let all = i64::try_from(due.len()).unwrap_or(HELD_MAX) == HELD_MAX;
    let mut silent: HashSet<(Option<TenantId>, ZoomApp, String)> = HashSet::new();
    for one in due {
        // Zoom may take its time; the keeper has other things to do.
        if shared.clock.now_ms() - now_ms >= ASKING_MS_MAX {
            return Ok(true);
        }
        let source = (one.door.clone(), one.app, one.account.clone());
        if silent.contains(&source) {
            continue;
        }
        match decide(shared, &one).await {
            Ok(Some(decided)) => conclude(shared, one, decided).await?,
            Ok(None) => postpone(shared, one).await?,
            Err(NotAsked::Store(error)) => return Err(error),
            Err(error) if error.is_about_one_thing() => postpone(shared, one).await?,
            Err(error) => {
                tracing::info!(app = one.app.as_str(), %error, "what a shared account's rule looks at is not known yet");
                silent.insert(source);
                postpone_all(shared, one).await?;
            }
        }
    }
    Ok(all)
}

/// What became of a held notification.
enum Decided {
    /// It is this tenant's.
    Of(TenantId, Box<NotificationRow>),
    /// Nothing says whose it is.
    Nobodys,
    /// Somebody handed it on already.
    Done,
}

async fn decide(shared: &Shared, held: &Held) -> Result<Option<Decided>, NotAsked> {
    let (nobody, one) = (shared.nobody.clone(), held.clone());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let row = journal::by_key(unit, &nobody, &one.key).await?;
            Ok((row, connection::routes_by(unit, one.door.as_ref(), (one.app, &one.account)).await?))
        })
    });
    let (row, routes) = read.await?;
    let Some(row) = row.filter(|row| row.state != "ignored") else { return Ok(Some(Decided::Done)) };
    if held.held_ms + HELD_MS_MAX <= shared.clock.now_ms() {
        return Ok(Some(Decided::Nobodys));
    }
    // Of a body that was erased nothing is known any more.
    if event::account_of(&row.body).is_none() {
        return Ok(Some(Decided::Nobodys));
    }
    let mut about = event::about_of(&row.body);
    let whose = |about: &About| tenant_of(&routes, held.app, &held.account, held.event_ts_ms, || about.clone());
    let mut found = whose(&about);
    if found == Whose::NotKnownYet {
        let valid = valid_at(&routes, held.event_ts_ms);
        look_up(shared, (&valid, held.app, &held.account), &mut about).await?;
        found = whose(&about);
    }
    Ok(match found {
        Whose::Of(tenant) => Some(Decided::Of(tenant.clone(), Box::new(row))),
        Whose::Nobody | Whose::Undecided => Some(Decided::Nobodys),
        Whose::NotKnownYet => None,
    })
}

/// Fills in what the rules of an account look at: what is known and fresh, and otherwise what Zoom says now.
///
/// # Errors
/// [`NotAsked`]; what Zoom had said until then is kept.
pub async fn look_up(
    shared: &Shared,
    (routes, app, account): (&[Route], ZoomApp, &str),
    about: &mut About,
) -> Result<(), NotAsked> {
    let now_ms = shared.clock.now_ms();
    let (of_account, mut filled) = (account.to_owned(), about.clone());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            known::fill(unit, (app, &of_account), &mut [&mut filled], now_ms).await?;
            Ok(filled)
        })
    });
    *about = read.await?;
    let asking = |by| Asking { shared, owners: owners_of(routes, by), app, account };
    if let (None, true, Some(host)) = (&about.groups, route::looks_at(routes, By::Group), about.host_asked_for()) {
        about.groups = Some(asking(By::Group).groups(host).await?);
    }
    if let (None, true, Some(meeting)) = (&about.tracking, route::looks_at(routes, By::TrackingField), about.meeting) {
        about.tracking = Some(asking(By::TrackingField).tracking(meeting).await?);
    }
    Ok(())
}

/// Whose grants may be asked with, one after the other: the owners of the shares that look at it.
fn owners_of(routes: &[Route], by: By) -> BTreeSet<TenantId> {
    let shares = routes.iter().filter(|route| route::looks_at(std::slice::from_ref(route), by));
    let owner = |route: &Route| match &route.held {
        route::Held::Guest(owner, _) => Some(owner.clone()),
        route::Held::Own(_) => None,
    };
    shares.filter_map(owner).collect()
}

/// Questions to Zoom about one account.
struct Asking<'a> {
    shared: &'a Shared,
    /// By whose grants: the first that is not dead.
    owners: BTreeSet<TenantId>,
    app: ZoomApp,
    account: &'a str,
}

impl Asking<'_> {
    /// Names and ids of the groups of a host.
    async fn groups(&self, host: &str) -> Result<Vec<String>, NotAsked> {
        let Some(mut groups) = self.call(&request::user(host), read_group_ids).await? else {
            // Who left the account is told of still; what Zoom said last counts.
            let last: Vec<String> = self.known((Kind::GroupsOf, host), 0).await?.unwrap_or_default();
            self.keep((Kind::GroupsOf, host), &last).await?;
            return Ok(last);
        };
        if !groups.is_empty() {
            let names = self.group_names().await?;
            let named = names.into_iter().filter(|(id, _)| groups.contains(id)).map(|(_, name)| name);
            let named: Vec<String> = named.collect();
            groups.extend(named);
        }
        self.keep((Kind::GroupsOf, host), &groups).await?;
        Ok(groups)
    }

    /// The account's groups, id and name.
    async fn group_names(&self) -> Result<Vec<(String, String)>, NotAsked> {
        let since_ms = self.shared.clock.now_ms() - FRESH_MS;
        if let Some(names) = self.known((Kind::GroupNames, ""), since_ms).await? {
            return Ok(names);
        }
        let (mut names, mut next) = (Vec::new(), None);
        for _ in 0..GROUP_PAGES_MAX {
            let (page, more) = self.call(&request::groups(next.as_deref()), read_groups).await?;
            names.extend(page);
            next = more;
            if next.is_none() {
                break;
            }
        }
        self.keep((Kind::GroupNames, ""), &names).await?;
        Ok(names)
    }

    /// The tracking fields of a meeting or webinar. Where Zoom does not know it any more, what it said last counts.
    async fn tracking(&self, meeting: connector_core::ids::MeetingNumber) -> Result<Vec<(String, String)>, NotAsked> {
        let call = match self.app {
            ZoomApp::Meetings => request::get_meeting(meeting),
            ZoomApp::Webinars => request::registrants::get_webinar(meeting),
        };
        let name = meeting.to_string();
        let fields = match self.call(&call, read_tracking).await? {
            Some(fields) => fields,
            None => self.known((Kind::TrackingOf, &name), 0).await?.unwrap_or_default(),
        };
        self.keep((Kind::TrackingOf, &name), &fields).await?;
        Ok(fields)
    }

    /// A call with the token of the first owner who has one.
    async fn call<T>(&self, request: &Request, read: impl Fn(&Reply) -> Result<T, ZoomFault>) -> Result<T, NotAsked> {
        let mut answer = Err(NotAsked::NoAccess(NoAccess::NotConnected));
        for owner in &self.owners {
            answer = self.call_as(owner, request, &read).await;
            if !matches!(answer, Err(NotAsked::NoAccess(_))) {
                break;
            }
        }
        answer
    }

    /// A call with the owner's token. One that is refused is renewed once: only a fresh one's refusal says something.
    async fn call_as<T>(
        &self,
        owner: &TenantId,
        request: &Request,
        read: impl Fn(&Reply) -> Result<T, ZoomFault>,
    ) -> Result<T, NotAsked> {
        let mut again = true;
        loop {
            let access = self.shared.tokens().access(owner, self.app).await?;
            // Whoever signed in with another account cannot be asked about this one.
            if access.account != self.account {
                return Err(NotAsked::NoAccess(NoAccess::NotConnected));
            }
            let reply = self.shared.zoom.api_call(access.api_url.as_deref(), &access.token, request).await;
            match read(&reply) {
                Err(ZoomFault::TokenUnusable) if again => again = false,
                answer => return answer.map_err(NotAsked::Fault),
            }
            self.shared.tokens().refused(owner, self.app, &access.token).await;
        }
    }

    async fn known<T: DeserializeOwned + Send + 'static>(
        &self,
        (kind, name): (Kind, &str),
        since_ms: i64,
    ) -> Result<Option<T>, StoreError> {
        let (app, account, name) = (self.app, self.account.to_owned(), name.to_owned());
        let read = self.shared.store.read(move |unit| {
            Box::pin(async move {
                let mut known = known::of(unit, (app, &account), (kind, &[&name]), since_ms).await?;
                Ok(known.remove(&name))
            })
        });
        read.await
    }

    async fn keep(&self, (kind, name): (Kind, &str), value: &impl serde::Serialize) -> Result<(), StoreError> {
        let (app, account, name, now_ms) =
            (self.app, self.account.to_owned(), name.to_owned(), self.shared.clock.now_ms());
        let value = serde_json::to_string(value).map_err(|error| StoreError::Unfit(error.to_string()))?;
        let write = self.shared.store.write(move |unit| {
            Box::pin(async move { known::keep(unit, (app, &account), (kind, &name), &value, now_ms).await })
        });
        write.await
    }
}

async fn postpone(shared: &Shared, held: Held) -> Result<(), StoreError> {
    let due_ms = shared.clock.now_ms() + AGAIN_MS;
    shared.store.write(move |unit| Box::pin(async move { held::postpone(unit, &held.key, due_ms).await })).await
}

/// Everything that came the same way waits with it.
async fn postpone_all(shared: &Shared, held: Held) -> Result<(), StoreError> {
    let now_ms = shared.clock.now_ms();
    shared.store.write(move |unit| Box::pin(held::postpone_all(unit, held, (now_ms, now_ms + AGAIN_MS)))).await
}

async fn conclude(shared: &Shared, held: Held, decided: Decided) -> Result<(), StoreError> {
    let now_ms = shared.clock.now_ms();
    let handed = matches!(decided, Decided::Of(..));
    let write = shared.store.write(move |unit| {
        Box::pin(async move {
            // Lanes first, nobody's among them, as everybody does who writes these rows.
            let nobody = nobody()?;
            let mut lanes = vec![(&nobody, now_ms)];
            if let Decided::Of(tenant, _) = &decided {
                lanes.push((tenant, now_ms));
            }
            lanes.sort_unstable();
            crate::store::lane::wake_all(unit, "translator", &lanes).await?;
            // Another process may have been faster.
            if !held::remove(unit, &held.key).await? {
                return Ok(());
            }
            match decided {
                Decided::Of(tenant, row) => hand_on(unit, tenant, *row, now_ms).await,
                Decided::Nobodys => journal::amend(unit, &nobody, &undecided(held.key), None, now_ms).await,
                Decided::Done => Ok(()),
            }
        })
    });
    write.await?;
    if handed {
        shared.wakes.translator.wake();
    }
    Ok(())
}

/// The tenant gets it as if it had come just so; under nobody the line stays, and its body, which is another's, goes.
async fn hand_on(unit: &mut Unit, tenant: TenantId, row: NotificationRow, now_ms: i64) -> Result<(), StoreError> {
    let source = Source::parse(&row.source).ok_or(StoreError::Unreadable { what: "source", why: row.source })?;
    let done =
        Done { key: row.key.clone(), state: "ignored", code: Some("ignored.handed_on"), detail: None, fact: None };
    journal::amend(unit, &nobody()?, &done, Some(journal_erase::HANDED_ON), now_ms).await?;
    let notification = NewNotification {
        tenant,
        key: row.key,
        id: crate::dice::id(now_ms),
        source: source.as_str(),
        event: row.event,
        event_ts_ms: row.event_ts_ms,
        received_ms: row.received_ms,
        late: row.late,
        body: row.body,
    };
    journal::append(unit, &[notification]).await
}
