//! Sealing of tokens and keys: XChaCha20-Poly1305 under a key of the tenant, which is itself sealed under the master key.
//! Where a value stands is part of it (tenant, table, row, column), so that it cannot be moved to another row.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use connector_core::fact::TenantKeys;
use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The form of sealed values: one byte in front.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 24;

/// A key of 32 bytes that is never printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A sealed value that does not open: wrong key, another place, or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: the master key is another one, or the value was changed or moved")]
pub struct DoesNotOpen;

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Tenant, or empty for what belongs to the service.
    pub tenant: &'a str,
    /// Table.
    pub table: &'a str,
    /// The row's key within the tenant.
    pub row: &'a str,
    /// Column.
    pub column: &'a str,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.tenant, self.table, self.row, self.column, "1"] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// 64 hex digits as a key.
#[must_use]
pub fn parse_key(text: &str) -> Option<Key> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    Some(Key(bytes.try_into().ok()?))
}

impl Key {
    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        Self(crate::dice::bytes())
    }

    /// Another key, made from this one for a purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.0).expect("any length");
        mac.update(purpose.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// The tenant's keys for aliases and markers, made from its data key.
    #[must_use]
    pub fn tenant_keys(&self) -> TenantKeys {
        TenantKeys { alias: self.derive("alias").0, marker: self.derive("marker").0 }
    }

    /// Seals a value for its place.
    #[must_use]
    #[expect(clippy::expect_used, reason = "sealing fails only for values of 256 GiB")]
    pub fn seal(&self, value: &[u8], place: Place<'_>) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = crate::dice::bytes();
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place.bytes() })
            .expect("a value of ours is short");
        [&[FORM][..], &nonce, &sealed].concat()
    }

    /// Opens a value that was sealed for its place.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<Vec<u8>, DoesNotOpen> {
        let (form, rest) = sealed.split_first().ok_or(DoesNotOpen)?;
        let (nonce, value) = rest.split_at_checked(NONCE_BYTES).ok_or(DoesNotOpen)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| DoesNotOpen)?;
        if *form != FORM {
            return Err(DoesNotOpen);
        }
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place.bytes() }).map_err(|_| DoesNotOpen)
    }

    /// The key's bytes, to be sealed under another key.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key from bytes that were sealed under another key.
    ///
    /// # Errors
    /// [`DoesNotOpen`] when they are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DoesNotOpen> {
        Ok(Self(bytes.try_into().map_err(|_| DoesNotOpen)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_under_its_key_and_in_its_place() {
        let key = Key::random();
        let place = Place { tenant: "a", table: "zoom_grant", row: "1", column: "access" };
        let sealed = key.seal(b"token", place);
        assert_eq!(key.open(&sealed, place).unwrap(), b"token");
        assert_ne!(key.seal(b"token", place), sealed);
        assert_eq!(Key::random().open(&sealed, place), Err(DoesNotOpen));
        for moved in [
            Place { tenant: "b", ..place },
            Place { table: "tenant", ..place },
            Place { row: "2", ..place },
            Place { column: "refresh", ..place },
            Place { tenant: "az", table: "oom_grant", ..place },
        ] {
            assert_eq!(key.open(&sealed, moved), Err(DoesNotOpen));
        }
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert_eq!(key.open(&changed, place), Err(DoesNotOpen));
        }
    }
}
