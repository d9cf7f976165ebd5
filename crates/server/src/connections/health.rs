//! Looking after the person behind a sign-in: once a day, and when Zoom says that something is with them, Zoom is asked who they
//! are. Also looks into notices of removal that could not be proven: only Zoom's own word that the tokens are dead proves one.

use super::tokens::NoAccess;
use crate::app::Shared;
use crate::store::connection::ConnectionRow;
use crate::store::health::{self, HealthRow};
use crate::store::removal::{self, Proof};
use crate::store::{StoreError, Unit, alert, audit, connection, grant};
use connector_core::grant::{self as rules, Health, LOOK_AGAIN_MS, LOOK_EVERY_MS};
use connector_core::ids::ZoomApp;
use connector_core::zoom::event::Retention;
use connector_core::zoom::reply::{self, ZoomFault};
use connector_core::zoom::request;

/// What an alert is about that tells of the person behind a sign-in.
#[must_use]
pub fn person_cause(app: ZoomApp) -> String {
    format!("admin:{}", app.as_str())
}

/// Somebody signed in just now: Zoom has said who it is.
pub(super) async fn began(
    unit: &mut Unit,
    new: &ConnectionRow,
    role: Option<String>,
    now_ms: i64,
) -> Result<(), StoreError> {
    health::note(unit, (&new.tenant, &new.id), &Health::Well { role }, now_ms).await?;
    alert::resolve(unit, &new.tenant, &person_cause(new.app), now_ms).await
}

/// One round: looks at the sign-ins whose turn it is.
///
/// # Errors
/// [`StoreError`].
pub async fn look(shared: &Shared) -> Result<(), StoreError> {
    let before_ms = shared.clock.now_ms() - LOOK_EVERY_MS;
    let due = shared.store.read(move |unit| Box::pin(health::due(unit, before_ms))).await?;
    for open in due {
        let (tenant, id) = (open.tenant.clone(), open.id.clone());
        let known =
            shared.store.read(move |unit| Box::pin(async move { health::of(unit, &tenant, &id).await })).await?;
        if known.notice_ms.is_some() && is_dead(shared, &open).await? {
            end_as_removed(shared, open, known).await?;
            continue;
        }
        let found = ask(shared, &open, &known).await;
        keep(shared, open, known, found).await?;
    }
    Ok(())
}

/// Whether Zoom says that the tokens are dead. A refresh tells, and costs nothing when they live.
async fn is_dead(shared: &Shared, open: &ConnectionRow) -> Result<bool, StoreError> {
    let (tenant, id) = (open.tenant.clone(), open.id.clone());
    let read = shared.store.read(move |unit| Box::pin(async move { grant::get(unit, &tenant, &id).await }));
    let Some(grant) = read.await? else { return Ok(false) };
    Ok(matches!(shared.tokens().refresh(&grant).await, Err(NoAccess::SignInAgain | NoAccess::CredentialsAgain)))
}

/// A notice that could not be proven proved true.
async fn end_as_removed(shared: &Shared, open: ConnectionRow, known: HealthRow) -> Result<(), StoreError> {
    let now_ms = shared.clock.now_ms();
    let told_ms = known.notice_ms.unwrap_or(now_ms);
    // Nothing of the notice is believed but what Zoom confirmed: what is kept is deleted in time.
    let proof = Proof { by: "token", told_ms, retention: Retention::NotGranted };
    let done = shared
        .store
        .write(move |unit| Box::pin(async move { removal::carry_out(unit, &open, proof, now_ms).await.map(|_| ()) }));
    done.await
}

/// Asks Zoom who the person is. A token that is refused is renewed once: only a fresh one's refusal says something.
async fn ask(shared: &Shared, open: &ConnectionRow, known: &HealthRow) -> Health {
    let mut answer = Err(ZoomFault::Later { why: "no token".to_owned() });
    for _ in 0..2 {
        let Ok(access) = shared.tokens().access(&open.tenant, open.app).await else { return Health::Unknown };
        let call = request::users_me();
        answer = reply::read_me(&shared.zoom.api_call(access.api_url.as_deref(), &access.token, &call).await);
        if !matches!(answer, Err(ZoomFault::TokenUnusable)) {
            break;
        }
        shared.tokens().refused(&open.tenant, open.app, &access.token).await;
    }
    rules::health(&answer, (&open.account, &open.zoom_user), known.role.as_deref())
}

async fn keep(shared: &Shared, open: ConnectionRow, known: HealthRow, found: Health) -> Result<(), StoreError> {
    let now_ms = shared.clock.now_ms();
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let checked_ms = match found {
                Health::Well { .. } | Health::Demoted | Health::Gone => now_ms,
                Health::Unknown => now_ms - LOOK_EVERY_MS + LOOK_AGAIN_MS,
            };
            // Whoever signed in meanwhile is not whom Zoom was asked about.
            if connection::open(unit, &open.tenant, open.app).await?.is_none_or(|now| now.id != open.id) {
                return Ok(());
            }
            health::note(unit, (&open.tenant, &open.id), &found, checked_ms).await?;
            tell(unit, &open, (&known, &found), now_ms).await
        })
    });
    done.await
}

/// Tells the tenant what changed.
async fn tell(
    unit: &mut Unit,
    open: &ConnectionRow,
    (known, found): (&HealthRow, &Health),
    now_ms: i64,
) -> Result<(), StoreError> {
    let (tenant, cause) = (&open.tenant, person_cause(open.app));
    let who = open.email.as_deref().unwrap_or(&open.zoom_user);
    let name = open.app.name_in_zoom();
    let (code, detail) = match found {
        Health::Unknown => return Ok(()),
        Health::Well { .. } => {
            if known.health.is_some() {
                let detail = format!("{who} has what {name} needs again");
                audit::write(unit, "keeper", Some(tenant), ("connection.admin", &detail), now_ms).await?;
            }
            return alert::resolve(unit, tenant, &cause, now_ms).await;
        }
        Health::Demoted => ("zoom.admin_demoted", format!("{who} signed in for {name} and lost the role.")),
        Health::Gone => ("zoom.admin_gone", format!("{who} signed in for {name} and is gone.")),
    };
    if super::stand_by::step_in(unit, (tenant, open.app), &detail, now_ms).await? {
        return Ok(());
    }
    if alert::raise(unit, tenant, &cause, (code, &detail), now_ms).await? {
        audit::write(unit, "keeper", Some(tenant), ("connection.admin", &detail), now_ms).await?;
    }
    Ok(())
}
