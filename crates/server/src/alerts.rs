//! Telling a tenant what it has to know: posts to its own address, signed by Standard Webhooks, tried again with growing
//! waits. A loop of its own: an address that does not answer holds up nothing else.

use crate::app::{Shared, Step, StepError};
use crate::connections::seal::Place;
use crate::outside::{Credentials, Forbidden, Outside};
use crate::store::alert::{self, HookRow, PostRow};
use crate::store::{StoreError, audit};
use connector_core::exchange::{Body, Effect, Method, Reply, Request};
use connector_core::ids::TenantId;
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// How often the loop looks, in milliseconds.
const ROUND_MS: i64 = 5_000;
/// A receiver has so long to answer, in milliseconds.
const DEADLINE_MS: i64 = 10_000;
/// Waits after the tries, in milliseconds; after the last one a post is given up.
const WAITS_MS: [i64; 7] = [30_000, 120_000, 600_000, 3_600_000, 4 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000];
/// The longest address of a receiver, in bytes.
const URL_BYTES_MAX: usize = 500;

/// Why a tenant cannot be told at an address.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The address may not be called.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is no web address, or too long.
    #[error("the address cannot be read as a web address")]
    NotAnAddress,
    /// The store failed, or the tenant's key does not open.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl From<StoreError> for HookError {
    fn from(error: StoreError) -> Self {
        Self::Step(error.into())
    }
}

fn place(tenant: &TenantId) -> Place<'_> {
    Place { tenant: tenant.as_str(), table: "alert_hook", row: tenant.as_str(), column: "secret" }
}

/// The base address of a receiver, and the whole address.
fn split(outside: &Outside, url: &str) -> Result<(String, reqwest::Url), HookError> {
    let parsed = reqwest::Url::parse(url.trim()).map_err(|_| HookError::NotAnAddress)?;
    if url.len() > URL_BYTES_MAX || parsed.cannot_be_a_base() || parsed.fragment().is_some() {
        return Err(HookError::NotAnAddress);
    }
    let mut bare = parsed.clone();
    bare.set_path("");
    bare.set_query(None);
    Ok((outside.base_address(bare.as_str())?, parsed))
}

/// Sets where a tenant is told. Answers the secret that posts are signed with (`whsec_…`), which is shown this once.
///
/// # Errors
/// [`HookError`] when the address may not be called.
pub async fn set_hook(shared: &Shared, tenant: &TenantId, url: &str, actor: &str) -> Result<String, HookError> {
    split(&shared.outside, url)?;
    let secret: [u8; 32] = crate::dice::bytes();
    let key = shared.keys.of(&shared.store, tenant).await.map_err(StepError::from)?;
    let row = HookRow { url: url.trim().to_owned(), secret: key.seal(&secret, place(tenant)) };
    let (owned, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                alert::set_hook(unit, &owned, &row, now_ms).await?;
                audit::write(unit, &actor, Some(&owned), ("alerts.address", "alerts go to another address"), now_ms)
                    .await
            })
        })
        .await?;
    Ok(format!("whsec_{}", BASE64.encode(&secret)))
}

/// Puts a test on its way to the tenant's address.
///
/// # Errors
/// [`StoreError`].
pub async fn test_hook(shared: &Shared, tenant: &TenantId) -> Result<(), StoreError> {
    let (tenant, now_ms) = (tenant.clone(), shared.clock.now_ms());
    let data = serde_json::json!({ "tenant": tenant.as_str(), "sentence": "This is a test. Nothing is wrong." });
    shared
        .store
        .write(move |unit| Box::pin(async move { alert::post(unit, &tenant, ("alert.test", data), now_ms).await }))
        .await
}

/// What a receiver compares: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
#[must_use]
pub fn signature(secret: &[u8], id: &str, timestamp_s: i64, body: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).expect("any length");
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// The loop that sends posts.
pub struct Herald {
    shared: Shared,
}

impl Herald {
    /// A herald over the shared store.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared }
    }

    /// One round: every post that is due is tried once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let due = self.shared.store.read(move |unit| Box::pin(alert::due(unit, now_ms))).await?;
        for row in due {
            self.send(row).await?;
        }
        Ok(Step::IdleUntil(now_ms + ROUND_MS))
    }

    async fn send(&self, row: PostRow) -> Result<(), StepError> {
        let now_ms = self.shared.clock.now_ms();
        let wait_ms = usize::try_from(row.tries).ok().and_then(|tries| WAITS_MS.get(tries)).copied();
        let (mine, next_at_ms) = (row.clone(), now_ms + wait_ms.unwrap_or(DEADLINE_MS * 2));
        let ours = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { alert::begin_try(unit, &mine, next_at_ms).await }))
            .await?;
        if !ours {
            return Ok(());
        }
        let came = self.attempt(&row, now_ms.div_euclid(1000)).await?;
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
            .write(move |unit| Box::pin(async move { alert::note(unit, &row, (state, &detail), now_ms).await }));
        Ok(noted.await?)
    }

    /// Makes one try; says in words why it did not arrive.
    async fn attempt(&self, row: &PostRow, timestamp_s: i64) -> Result<Result<(), String>, StepError> {
        let tenant = row.tenant.clone();
        let hook =
            self.shared.store.read(move |unit| Box::pin(async move { alert::hook(unit, &tenant).await })).await?;
        let Some(hook) = hook else { return Ok(Err("there is no address any more".to_owned())) };
        let Ok(key) = self.shared.keys.of(&self.shared.store, &row.tenant).await else {
            return Ok(Err("the tenant's key cannot be had".to_owned()));
        };
        let Ok(secret) = key.open(&hook.secret, place(&row.tenant)) else {
            return Ok(Err("the secret does not open; set the address again".to_owned()));
        };
        let (base, address) = match split(&self.shared.outside, &hook.url) {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let request = Request {
            operation: "alert.post",
            method: Method::Post,
            path: address.path().to_owned(),
            query: address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            body: Body::Json(row.body.clone()),
            effect: Effect::Write,
            bulk: false,
        };
        let signature = signature(&secret, &row.id, timestamp_s, &row.body);
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
