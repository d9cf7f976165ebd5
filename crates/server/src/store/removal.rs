//! Evidence of apps removed in Zoom: what proved it, when the tokens were destroyed, and until when what is kept here may be
//! kept. A sign-in that follows stops that clock.

use super::connection::ConnectionRow;
use super::tenant::tenant_id;
use super::{StoreError, Unit, alert, audit, connection, held, known, share, stand_by};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::Held;
use connector_core::translate::Source;
use connector_core::zoom::event::Retention;
use sqlx::Row;

/// So long after a removal what is kept of the Zoom account may be kept, in milliseconds: ten days (zoom.md § 2.2).
pub const KEEP_MS: i64 = 10 * 24 * 60 * 60 * 1000;

/// A removal as people see it.
#[derive(Debug, Clone)]
pub struct RemovalRow {
    /// Its id.
    pub id: String,
    /// For which app.
    pub app: String,
    /// The Zoom user who removed it; none where it was the sign-in of another tenant, which this one is or was a guest of.
    pub zoom_user: Option<String>,
    /// What proved it: `signature`, or `token`: the tokens were dead when an unproven notice was looked into.
    pub proof: String,
    /// When Zoom says that it happened, epoch milliseconds.
    pub told_ms: i64,
    /// When the tokens were destroyed, epoch milliseconds.
    pub destroyed_ms: i64,
    /// Until when what is kept may be kept, epoch milliseconds; none where Zoom granted that it may be kept.
    pub keep_until_ms: Option<i64>,
    /// When somebody signed in again, which ended the clock.
    pub returned_ms: Option<i64>,
    /// Deliveries that waited and were dropped; none where they were kept.
    pub dropped: Option<i64>,
    /// Bodies in the journal that were erased so far, of webhooks and of what was read.
    pub erased: i64,
    /// When the last one was erased, epoch milliseconds.
    pub erased_ms: Option<i64>,
}

/// What proves a removal, and what is said of it.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// `signature` or `token`.
    pub by: &'static str,
    /// When Zoom says that it happened, epoch milliseconds.
    pub told_ms: i64,
    /// Whether what is kept of the account may be kept.
    pub retention: Retention,
}

/// What a tenant wants for deliveries that still wait when the app is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waiting {
    /// They go out, those to Zoom once somebody has signed in again.
    #[default]
    Keep,
    /// They are left out.
    Drop,
}

/// What the tenant wants.
pub async fn choice(unit: &mut Unit, tenant: &TenantId) -> Result<Waiting, StoreError> {
    let row = sqlx::query("select waiting from removal_choice where tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    let word: Option<String> = row.map(|row| row.try_get("waiting")).transpose()?;
    Ok(if word.as_deref() == Some("drop") { Waiting::Drop } else { Waiting::Keep })
}

/// Sets what the tenant wants.
pub async fn choose(unit: &mut Unit, tenant: &TenantId, waiting: Waiting) -> Result<(), StoreError> {
    let word = match waiting {
        Waiting::Keep => "keep",
        Waiting::Drop => "drop",
    };
    sqlx::query(
        "insert into removal_choice (tenant, waiting) values ($1, $2) on conflict (tenant) do update set waiting = excluded.waiting",
    )
    .bind(tenant.as_str())
    .bind(word)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The app was removed, and that is proven: the connection ends, its tokens are destroyed, what waits is handled by the tenant's
/// choice, and evidence, alert and audit line are written; for its guests, too. Answers whether the connection was open.
pub async fn carry_out(unit: &mut Unit, gone: &ConnectionRow, proof: Proof, now_ms: i64) -> Result<bool, StoreError> {
    let tenant = &gone.tenant;
    if !connection::end(unit, tenant, &gone.id, "deauthorized", now_ms).await? {
        return Ok(false);
    }
    let detail = format!("{} was removed in Zoom; its tokens are destroyed", gone.app.name_in_zoom());
    // What was removed from the account is not used by another of its admins either.
    stand_by::remove(unit, tenant, gone.app).await?;
    let dropped = handle_waiting(unit, tenant, gone.app, now_ms).await?;
    insert(unit, (tenant, gone), proof, dropped, now_ms).await?;
    guests_copies(unit, gone, proof, now_ms).await?;
    nobodys_copies(unit, gone, proof, now_ms).await?;
    alert::connection_lost(unit, (tenant, gone.app), ("zoom.removed", &detail), now_ms).await?;
    // The tokens may have been found dead before that was known.
    alert::amend(unit, tenant, &alert::connection_cause(gone.app), ("zoom.removed", &detail)).await?;
    audit::write(unit, "Zoom", Some(tenant), ("connection.deauthorized", &detail), now_ms).await?;
    Ok(true)
}

/// The clock runs for what guests hold of the account as well, those who have left included; not for a guest that holds the account
/// by another sign-in, which goes on.
async fn guests_copies(unit: &mut Unit, gone: &ConnectionRow, proof: Proof, now_ms: i64) -> Result<(), StoreError> {
    for guest in share::ever_guests(unit, &gone.tenant, (gone.app, &gone.account)).await? {
        let share = share::of_guest(unit, &guest, gone.app).await?;
        let is_still = share.as_ref().is_some_and(|share| share.tenant == gone.tenant);
        let holder = share.filter(|_| !is_still).map_or(guest.clone(), |share| share.tenant);
        let open = connection::open(unit, &holder, gone.app).await?;
        if open.is_some_and(|open| open.account == gone.account) {
            continue;
        }
        // Whoever has left has nothing waiting that came of this sign-in alone.
        let dropped = if is_still { handle_waiting(unit, &guest, gone.app, now_ms).await? } else { None };
        insert(unit, (&guest, gone), proof, dropped, now_ms).await?;
        let detail = format!("{} was removed in Zoom by the owner of what was shared", gone.app.name_in_zoom());
        audit::write(unit, "Zoom", Some(&guest), ("connection.deauthorized", &detail), now_ms).await?;
    }
    Ok(())
}

/// The clock runs for what is held of the account under nobody as well, and what Zoom was asked is forgotten; not while another tenant
/// is signed in to the account.
async fn nobodys_copies(unit: &mut Unit, gone: &ConnectionRow, proof: Proof, now_ms: i64) -> Result<(), StoreError> {
    let routes = connection::routes(unit, gone.app, &[&gone.account]).await?;
    if routes.iter().any(|route| matches!(route.held, Held::Own(_)) && route.ended_ms.is_none()) {
        return Ok(());
    }
    known::forget(unit, (gone.app, &gone.account)).await?;
    let nobody = held::nobody()?;
    insert(unit, (&nobody, gone), proof, None, now_ms).await
}

/// What waits goes out or is dropped as the tenant chose; answers how many were dropped, where that was chosen.
async fn handle_waiting(
    unit: &mut Unit,
    tenant: &TenantId,
    app: ZoomApp,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    match choice(unit, tenant).await? {
        Waiting::Keep => Ok(None),
        Waiting::Drop => drop_waiting(unit, tenant, app, now_ms).await.map(Some),
    }
}

/// Leaves out what came of the app and was not begun yet: what its webhooks led to, and its calls to Zoom.
async fn drop_waiting(unit: &mut Unit, tenant: &TenantId, app: ZoomApp, now_ms: i64) -> Result<i64, StoreError> {
    let told = sqlx::query(
        "update delivery set state = 'suppressed', code = 'suppressed.removed', updated_ms = $3 where tenant = $1 \
         and state in ('ready', 'waiting') and fact in (select fact from journal where tenant = $1 and source = $2 and fact is not null)",
    )
    .bind(tenant.as_str())
    .bind(Source::Zoom(app).as_str())
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    // Calls that a person's wish led to; what is about a meeting says so in its kind.
    let calls = match app {
        ZoomApp::Meetings => "like '%meeting%'",
        ZoomApp::Webinars => "not like '%meeting%'",
    };
    let text = format!(
        "update delivery set state = 'suppressed', code = 'suppressed.removed', updated_ms = $2 where tenant = $1 \
         and state in ('ready', 'waiting') and destination = 'zoom' and kind {calls}"
    );
    let asked =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).bind(now_ms).execute(&mut *unit.tx).await?;
    Ok(i64::try_from(told.rows_affected() + asked.rows_affected()).unwrap_or(i64::MAX))
}

/// Records a removal that was proven, in the unit that destroys the tokens, for a tenant: the sign-in's own, or a guest.
pub async fn insert(
    unit: &mut Unit,
    (tenant, gone): (&TenantId, &ConnectionRow),
    proof: Proof,
    dropped: Option<i64>,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into removal (tenant, id, connection, app, account, zoom_user, proof, told_ms, destroyed_ms, keep_until_ms, retention, dropped, owner) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tenant.as_str())
    .bind(crate::dice::id(now_ms))
    .bind(&gone.id)
    .bind(gone.app.as_str())
    .bind(&gone.account)
    .bind(&gone.zoom_user)
    .bind(proof.by)
    .bind(proof.told_ms)
    .bind(now_ms)
    .bind(now_ms + KEEP_MS)
    .bind(proof.retention.as_str())
    .bind(dropped)
    .bind(Some(gone.tenant.as_str()).filter(|owner| *owner != tenant.as_str()))
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Somebody signed in again with that app to the same Zoom account: what is kept of it may be kept on.
pub async fn returned(
    unit: &mut Unit,
    tenant: &TenantId,
    (app, account): (ZoomApp, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update removal set returned_ms = $4 where tenant = $1 and app = $2 and account = $3 and returned_ms is null",
    )
    .bind(tenant.as_str())
    .bind(app.as_str())
    .bind(account)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The owner of a sign-in signed in again to the same Zoom account: what its guests hold of it may be kept on, too. Names the owner
/// instead of the tenant: the rows are the guests'.
pub async fn guests_returned(
    unit: &mut Unit,
    owner: &TenantId,
    (app, account): (ZoomApp, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update removal set returned_ms = $4 where owner = $1 and app = $2 and account = $3 and returned_ms is null",
    )
    .bind(owner.as_str())
    .bind(app.as_str())
    .bind(account)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Removals that are shown.
const REMOVALS_MAX: i64 = 50;

/// The tenant's removals, the latest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<RemovalRow>, StoreError> {
    let rows = sqlx::query(
        "select id, app, zoom_user, proof, told_ms, destroyed_ms, keep_until_ms, returned_ms, retention, dropped, owner, \
         coalesce(erased, 0) as erased, erased_ms from removal where tenant = $1 order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(REMOVALS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            let retention: Option<String> = row.try_get("retention")?;
            let keep_until_ms: i64 = row.try_get("keep_until_ms")?;
            let owner: Option<String> = row.try_get("owner")?;
            let zoom_user: String = row.try_get("zoom_user")?;
            let is_granted = retention.as_deref() == Some(Retention::Granted.as_str());
            Ok(RemovalRow {
                id: row.try_get("id")?,
                app: row.try_get("app")?,
                zoom_user: owner.is_none().then_some(zoom_user),
                proof: row.try_get("proof")?,
                told_ms: row.try_get("told_ms")?,
                destroyed_ms: row.try_get("destroyed_ms")?,
                keep_until_ms: Some(keep_until_ms).filter(|_| !is_granted),
                returned_ms: row.try_get("returned_ms")?,
                dropped: row.try_get("dropped")?,
                erased: row.try_get("erased")?,
                erased_ms: row.try_get("erased_ms")?,
            })
        })
        .collect()
}

/// A removal whose data is to be erased.
#[derive(Debug, Clone)]
pub struct DueRow {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: String,
    /// The app.
    pub app: ZoomApp,
    /// Zoom account id.
    pub account: String,
    /// Everything up to this id in the journal is erased.
    pub erased_to: String,
}

/// A removal whose data is to be erased by now and is not yet, the oldest first. Crosses tenants: the keeper erases for all.
pub async fn to_erase(unit: &mut Unit, now_ms: i64) -> Result<Option<DueRow>, StoreError> {
    let row = sqlx::query(
        "select tenant, id, app, account, coalesce(erased_to, '') as erased_to from removal where keep_until_ms <= $1 \
         and returned_ms is null and erased_ms is null and coalesce(retention, '') <> 'granted' order by keep_until_ms limit 1",
    )
    .bind(now_ms)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (tenant, app): (String, String) = (row.try_get("tenant")?, row.try_get("app")?);
    let app = ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?;
    Ok(Some(DueRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        app,
        account: row.try_get("account")?,
        erased_to: row.try_get("erased_to")?,
    }))
}

/// Records how far the data of a removal is erased: so many more bodies, up to that id, and whether that was the last.
pub async fn note_erased(
    unit: &mut Unit,
    due: &DueRow,
    (more, erased_to, ended_ms): (i64, &str, Option<i64>),
) -> Result<(), StoreError> {
    sqlx::query(
        "update removal set erased = coalesce(erased, 0) + $3, erased_to = $4, erased_ms = $5 where tenant = $1 and id = $2",
    )
    .bind(due.tenant.as_str())
    .bind(&due.id)
    .bind(more)
    .bind(erased_to)
    .bind(ended_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}
