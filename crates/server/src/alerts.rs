//! Telling a tenant what it has to know, at its own addresses: mails go the way of `mail`, posts from here, signed by Standard
//! Webhooks and tried again with growing waits. A loop of its own, several side by side: each takes one address at a time, so an
//! address that is slow or fails holds up nothing else.

use crate::app::{Shared, Step, StepError};
use crate::connections::seal::Place;
use crate::outside::{Credentials, Forbidden, Outside};
use crate::store::alert_address::{self, ADDRESSES_MAX, AddressRow, Channel, OldSecret};
use crate::store::alert_post::{self, PostRow};
use crate::store::{StoreError, Unit, alert, audit};
use connector_core::exchange::{Body, Effect, Method, Reply, Request};
use connector_core::ids::{Email, TenantId};
use connector_core::letter::{self, News};
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Loops that tell side by side: so many slow addresses at once before anybody else waits for one of them.
pub const HERALDS: usize = 4;
/// How often the loop looks, in milliseconds.
const ROUND_MS: i64 = 5_000;
/// A receiver has so long to answer, in milliseconds.
const DEADLINE_MS: i64 = 10_000;
/// Who took an address and died has had it so long, in milliseconds: longer than one round of it can take.
const BUSY_MS: i64 = 5 * 60_000;
/// Waits after the tries, in milliseconds; after the last one a post is given up.
const WAITS_MS: [i64; 7] = [30_000, 120_000, 600_000, 3_600_000, 4 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000];
/// An address that failed rests so long at the most, in milliseconds: whatever is due there waits.
const REST_MS_MAX: i64 = 600_000;
/// The longest address of a receiver, in bytes.
const URL_BYTES_MAX: usize = 500;
/// Tests of one tenant within an hour: nobody is flooded from here.
pub const TESTS_PER_HOUR: i64 = 6;
/// One hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// So long a secret that was replaced is used beside the new one, in milliseconds: a receiver has this time to learn the new one.
pub const OLD_SECRET_MS: i64 = 24 * HOUR_MS;
/// What a test is called in the audit log, where tests are counted.
const TESTED: &str = "alerts.tested";

/// Why a tenant cannot be told at an address.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The address may not be called.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is neither a web address nor a mail address, or too long.
    #[error("the address cannot be read as a web address or a mail address")]
    NotAnAddress,
    /// The tenant is told there already.
    #[error("alerts go to this address already")]
    Known,
    /// There is no web address of that id.
    #[error("there is no such web address")]
    NoSuch,
    /// The secret was replaced already, and the one before it is still used.
    #[error(
        "its secret was replaced within the last day; both are used, and it can be replaced again when the day is over. Who lost the new one removes the address and adds it again"
    )]
    Replaced,
    /// The tenant has as many addresses as it may have.
    #[error("there are 10 addresses already; remove one first")]
    TooMany,
    /// The store failed, or the tenant's key does not open.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl From<StoreError> for AddressError {
    fn from(error: StoreError) -> Self {
        Self::Step(error.into())
    }
}

/// Where a secret is sealed for. The table's name is the one it had first.
fn place<'a>(tenant: &'a TenantId, id: &'a str) -> Place<'a> {
    Place { tenant: tenant.as_str(), table: "alert_hook", row: id, column: "secret" }
}

/// Where a secret is sealed for once it was replaced.
fn old_place<'a>(tenant: &'a TenantId, id: &'a str) -> Place<'a> {
    Place { tenant: tenant.as_str(), table: "alert_address", row: id, column: "old_secret" }
}

/// A new secret, and how it is shown to people.
fn new_secret() -> ([u8; 32], String) {
    let secret: [u8; 32] = crate::dice::bytes();
    (secret, format!("whsec_{}", BASE64.encode(&secret)))
}

/// The base address of a receiver, and the whole address.
fn split(outside: &Outside, url: &str) -> Result<(String, reqwest::Url), AddressError> {
    let parsed = reqwest::Url::parse(url.trim()).map_err(|_| AddressError::NotAnAddress)?;
    if url.len() > URL_BYTES_MAX || parsed.cannot_be_a_base() || parsed.fragment().is_some() {
        return Err(AddressError::NotAnAddress);
    }
    let mut bare = parsed.clone();
    bare.set_path("");
    bare.set_query(None);
    Ok((outside.base_address(bare.as_str())?, parsed))
}

/// An address that was added.
#[derive(Debug, Clone)]
pub struct Added {
    /// Its id.
    pub id: String,
    /// The secret that posts to it are signed with (`whsec_…`), which is shown this once; none for a person.
    pub secret: Option<String>,
}

/// Adds an address where a tenant is told: a web address, or a person's mail address.
///
/// # Errors
/// [`AddressError`] when it cannot be.
pub async fn add(shared: &Shared, tenant: &TenantId, address: &str, actor: &str) -> Result<Added, AddressError> {
    let (id, now_ms) = (crate::dice::id(shared.clock.now_ms()), shared.clock.now_ms());
    let (channel, address, secret) = match Email::parse(address) {
        Some(email) => (Channel::Mail, email.as_str().to_owned(), None),
        None => {
            split(&shared.outside, address)?;
            let (secret, shown) = new_secret();
            let key = shared.keys.of(&shared.store, tenant).await.map_err(StepError::from)?;
            let sealed = key.seal(&secret, place(tenant, &id));
            (Channel::Web { secret: sealed, old: None }, address.trim().to_owned(), Some(shown))
        }
    };
    let row =
        AddressRow { tenant: tenant.clone(), id: id.clone(), channel, address, added_ms: now_ms, next_at_ms: now_ms };
    let actor = actor.to_owned();
    let added = shared.store.write(move |unit| Box::pin(async move { keep(unit, &row, &actor).await }));
    added.await??;
    Ok(Added { id, secret })
}

async fn keep(unit: &mut Unit, row: &AddressRow, actor: &str) -> Result<Result<(), AddressError>, StoreError> {
    let known = alert_address::all(unit, &row.tenant).await?;
    if known.iter().any(|one| one.address == row.address) {
        return Ok(Err(AddressError::Known));
    }
    if known.len() >= ADDRESSES_MAX {
        return Ok(Err(AddressError::TooMany));
    }
    alert_address::add(unit, row).await?;
    let action = ("alerts.address", "alerts go to one more address");
    audit::write(unit, actor, Some(&row.tenant), action, row.added_ms).await?;
    Ok(Ok(()))
}

/// A secret that was replaced.
#[derive(Debug, Clone)]
pub struct ReplacedSecret {
    /// The address that posts go to.
    pub address: String,
    /// The new secret (`whsec_…`), which is shown this once.
    pub secret: String,
    /// Until when posts are signed with the old one too, epoch milliseconds.
    pub old_until_ms: i64,
}

/// Replaces the secret that posts to a web address are signed with; for [`OLD_SECRET_MS`] they are signed with the old one too.
///
/// # Errors
/// [`AddressError`] when it cannot be.
pub async fn replace_secret(
    shared: &Shared,
    tenant: &TenantId,
    id: &str,
    actor: &str,
) -> Result<ReplacedSecret, AddressError> {
    let (wanted, now_ms) = (tenant.clone(), shared.clock.now_ms());
    let rows = shared.store.read(move |unit| Box::pin(async move { alert_address::all(unit, &wanted).await })).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or(AddressError::NoSuch)?;
    let Channel::Web { secret, .. } = &row.channel else { return Err(AddressError::NoSuch) };
    let key = shared.keys.of(&shared.store, tenant).await.map_err(StepError::from)?;
    // A secret that does not open signs nothing; there is only a new one then.
    let opened = key.open(secret, place(tenant, id)).unwrap_or_default();
    let old = OldSecret { secret: key.seal(&opened, old_place(tenant, id)), until_ms: now_ms + OLD_SECRET_MS };
    let (secret, shown) = new_secret();
    let (sealed, actor) = (key.seal(&secret, place(tenant, id)), actor.to_owned());
    let replaced = ReplacedSecret { address: row.address.clone(), secret: shown, old_until_ms: old.until_ms };
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            if !alert_address::replace_secret(unit, &row, (&sealed, &old), now_ms).await? {
                return Ok(false);
            }
            let action = ("alerts.secret", "the secret of an address for alerts was replaced");
            audit::write(unit, &actor, Some(&row.tenant), action, now_ms).await?;
            Ok(true)
        })
    });
    if done.await? { Ok(replaced) } else { Err(AddressError::Replaced) }
}

/// Tells a tenant at an address no more. Answers whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn remove(shared: &Shared, tenant: &TenantId, id: &str, actor: &str) -> Result<bool, StoreError> {
    let (tenant, id, actor, now_ms) = (tenant.clone(), id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let removed = shared.store.write(move |unit| {
        Box::pin(async move {
            if alert_address::remove(unit, &tenant, &id).await?.is_none() {
                return Ok(false);
            }
            let action = ("alerts.address", "alerts go to one address less");
            audit::write(unit, &actor, Some(&tenant), action, now_ms).await?;
            Ok(true)
        })
    });
    removed.await
}

/// What became of the wish for a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tested {
    /// A test is on its way to every address.
    OnItsWay,
    /// There is no address.
    NoAddress,
    /// There were [`TESTS_PER_HOUR`] within the last hour.
    TooOften,
}

/// Puts a test on its way to all of the tenant's addresses.
///
/// # Errors
/// [`StoreError`].
pub async fn test(shared: &Shared, tenant: &TenantId, actor: &str) -> Result<Tested, StoreError> {
    let (tenant, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let data = serde_json::json!({ "tenant": tenant.as_str(), "sentence": "This is a test. Nothing is wrong." });
    let tested = shared.store.write(move |unit| {
        Box::pin(async move {
            if audit::count(unit, &tenant, TESTED, now_ms - HOUR_MS).await? >= TESTS_PER_HOUR {
                return Ok(Tested::TooOften);
            }
            let words = letter::of_alert(tenant.as_str(), "", "", News::Test);
            if alert::tell(unit, &tenant, (alert::TEST, &data), words, now_ms).await? == 0 {
                return Ok(Tested::NoAddress);
            }
            audit::write(unit, &actor, Some(&tenant), (TESTED, "a test went to all addresses"), now_ms).await?;
            Ok(Tested::OnItsWay)
        })
    });
    tested.await
}

/// What a receiver compares: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
#[must_use]
pub fn signature(secret: &[u8], id: &str, timestamp_s: i64, body: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).expect("any length");
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// The header: one signature for each secret, the newest first, with spaces between. A receiver that knows one of them is content.
fn signatures(secrets: &[&[u8]], id: &str, timestamp_s: i64, body: &str) -> String {
    let signed: Vec<String> = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .map(|secret| signature(secret, id, timestamp_s, body))
        .collect();
    signed.join(" ")
}

/// A loop that sends posts.
pub struct Herald {
    shared: Shared,
}

impl Herald {
    /// A herald over the shared store.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared }
    }

    /// One round: takes the address that waits longest and sends what is due there, until it fails.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let any = self.shared.store.read(move |unit| Box::pin(alert_address::any_due(unit, now_ms))).await?;
        if !any {
            return Ok(Step::IdleUntil(now_ms + ROUND_MS));
        }
        let claim = self.shared.store.write(move |unit| Box::pin(alert_address::claim(unit, now_ms, now_ms + BUSY_MS)));
        let Some(address) = claim.await? else { return Ok(Step::Worked) };
        let (tenant, id) = (address.tenant.clone(), address.id.clone());
        let due = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { alert_post::due(unit, (&tenant, &id), now_ms).await }))
            .await?;
        let mut rest_ms = 0;
        for row in due {
            rest_ms = self.send(&address, row).await?;
            if rest_ms > 0 {
                break;
            }
        }
        let next_at_ms = self.shared.clock.now_ms() + rest_ms;
        let freed = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { alert_address::set_next(unit, &address, next_at_ms).await }));
        freed.await?;
        Ok(Step::Worked)
    }

    /// Tries a post. Answers how long the address rests, in milliseconds: not at all when it took the post.
    async fn send(&self, address: &AddressRow, row: PostRow) -> Result<i64, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let wait_ms = usize::try_from(row.tries).ok().and_then(|tries| WAITS_MS.get(tries)).copied();
        let (mine, next_at_ms) = (row.clone(), now_ms + wait_ms.unwrap_or(DEADLINE_MS * 2));
        let ours = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { alert_post::begin_try(unit, &mine, next_at_ms).await }))
            .await?;
        if !ours {
            return Ok(0);
        }
        let came = self.attempt(address, &row, now_ms.div_euclid(1000)).await?;
        let rest_ms = if came.is_ok() { 0 } else { wait_ms.unwrap_or(REST_MS_MAX).min(REST_MS_MAX) };
        let (state, detail) = match (came, wait_ms) {
            (Ok(()), _) => ("sent", String::new()),
            (Err(why), Some(_)) => ("waiting", why),
            (Err(why), None) => ("failed", why),
        };
        metrics::counter!("alert_posts_total", "state" => state).increment(1);
        let now_ms = self.shared.clock.now_ms();
        let noted = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { alert_post::note(unit, &row, (state, &detail), now_ms).await }));
        noted.await?;
        Ok(rest_ms)
    }

    /// Makes one try; says in words why it did not arrive.
    async fn attempt(
        &self,
        address: &AddressRow,
        row: &PostRow,
        timestamp_s: i64,
    ) -> Result<Result<(), String>, StepError> {
        let Channel::Web { secret, old } = &address.channel else {
            return Ok(Err("this is no web address".to_owned()));
        };
        let Ok(key) = self.shared.keys.of(&self.shared.store, &row.tenant).await else {
            return Ok(Err("the tenant's key cannot be had".to_owned()));
        };
        let Ok(secret) = key.open(secret, place(&row.tenant, &address.id)) else {
            return Ok(Err("the secret does not open; add the address again".to_owned()));
        };
        let old = old.as_ref().filter(|old| old.until_ms > timestamp_s * 1000);
        let old = old.and_then(|old| key.open(&old.secret, old_place(&row.tenant, &address.id)).ok());
        let (base, url) = match split(&self.shared.outside, &address.address) {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let request = Request {
            operation: "alert.post",
            method: Method::Post,
            path: url.path().to_owned(),
            query: url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            body: Body::Json(row.body.clone()),
            effect: Effect::Write,
            bulk: false,
        };
        let secrets: Vec<&[u8]> = [Some(secret.as_slice()), old.as_deref()].into_iter().flatten().collect();
        let signature = signatures(&secrets, &row.id, timestamp_s, &row.body);
        let signed = Credentials::Webhook { id: row.id.clone(), timestamp_s, signature };
        Ok(match self.shared.outside.send(&base, &signed, &request, DEADLINE_MS).await {
            Reply::Answer(answer) if (200..300).contains(&answer.status) => Ok(()),
            Reply::Answer(answer) => Err(format!("the address answered {}", answer.status)),
            Reply::NotSent { why } | Reply::Lost { why } => Err(why),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // The example of the standard's own libraries.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
