//! A limit against guessing pass words: failures are counted for each caller and address, in memory, for a quarter of an
//! hour. The table is bounded; what is counted is forgotten at a restart.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// Failures after which one address cannot sign in from one place for a while.
pub(super) const ADDRESS_FAILURES_MAX: u32 = 10;
/// Failures after which one place cannot sign in at all for a while: a network may be many people.
pub(super) const CALLER_FAILURES_MAX: u32 = 100;
/// How long failures are counted together, in milliseconds.
pub(super) const WINDOW_MS: i64 = 15 * 60_000;
/// Entries kept at once.
const ENTRIES_MAX: usize = 10_000;

/// Who failed: a place and the address it tried, or a place as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Caller(Option<IpAddr>),
    Address(Option<IpAddr>, String),
}

/// The counted failures.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    /// How many, and when the first of them was (epoch milliseconds).
    failures: Mutex<HashMap<Key, (u32, i64)>>,
}

/// Links that were asked for: counted apart, so that whoever asks for many shuts nobody out of the console.
#[derive(Debug, Default)]
pub(super) struct Asks(pub(super) Guesses);

impl Guesses {
    /// Lets that place try that address, and counts it as a failure until it succeeded, so that many tries at once count
    /// as many.
    ///
    /// # Errors
    /// When it may be tried again, epoch milliseconds; nothing is counted then.
    pub(super) fn try_now(&self, caller: Option<IpAddr>, address: &str, now_ms: i64) -> Result<(), i64> {
        let Ok(mut failures) = self.failures.lock() else { return Err(now_ms + WINDOW_MS) };
        let shut_until_ms = limits(caller, address).into_iter().filter_map(|(key, most)| {
            let (count, since_ms) = *failures.get(&key)?;
            let until_ms = since_ms + WINDOW_MS;
            (count >= most && now_ms < until_ms).then_some(until_ms)
        });
        if let Some(until_ms) = shut_until_ms.max() {
            return Err(until_ms);
        }
        for (key, _) in limits(caller, address) {
            if failures.len() >= ENTRIES_MAX && !failures.contains_key(&key) {
                make_room(&mut failures, now_ms);
            }
            let entry = failures.entry(key).or_insert((0, now_ms));
            if now_ms >= entry.1 + WINDOW_MS {
                *entry = (0, now_ms);
            }
            entry.0 = entry.0.saturating_add(1);
        }
        Ok(())
    }

    /// Takes a try back that was no failure, and forgets the failures of the address.
    pub(super) fn succeeded(&self, caller: Option<IpAddr>, address: &str) {
        let Ok(mut failures) = self.failures.lock() else { return };
        failures.remove(&Key::Address(caller, address.to_owned()));
        if let Some((count, _)) = failures.get_mut(&Key::Caller(caller)) {
            *count = count.saturating_sub(1);
        }
    }
}

fn limits(caller: Option<IpAddr>, address: &str) -> [(Key, u32); 2] {
    [(Key::Address(caller, address.to_owned()), ADDRESS_FAILURES_MAX), (Key::Caller(caller), CALLER_FAILURES_MAX)]
}

/// What is over goes first; if nothing is, the entries with the fewest failures, so that no flood of invented addresses
/// frees one that is shut.
fn make_room(failures: &mut HashMap<Key, (u32, i64)>, now_ms: i64) {
    failures.retain(|_, (_, since_ms)| now_ms < *since_ms + WINDOW_MS);
    let mut most = 1;
    while failures.len() >= ENTRIES_MAX {
        failures.retain(|_, (count, _)| *count > most);
        most = most.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[track_caller]
    fn fail(guesses: &Guesses, address: &str, times: u32) {
        for _ in 0..times {
            assert_eq!(guesses.try_now(CALLER, address, 0), Ok(()));
        }
    }

    #[test]
    fn an_address_is_shut_after_ten_failures_and_open_again_after_the_window() {
        let guesses = Guesses::default();
        fail(&guesses, "a@b.test", ADDRESS_FAILURES_MAX);
        assert_eq!(guesses.try_now(CALLER, "a@b.test", 0), Err(WINDOW_MS));
        assert_eq!(guesses.try_now(CALLER, "c@d.test", 0), Ok(()));
        assert_eq!(guesses.try_now(None, "a@b.test", 0), Ok(()));
        assert_eq!(guesses.try_now(CALLER, "a@b.test", WINDOW_MS), Ok(()));
        assert_eq!(guesses.try_now(CALLER, "a@b.test", WINDOW_MS), Ok(()));
    }

    #[test]
    fn a_place_is_shut_whatever_addresses_it_tries() {
        let guesses = Guesses::default();
        for number in 0..CALLER_FAILURES_MAX {
            assert_eq!(guesses.try_now(CALLER, &number.to_string(), 0), Ok(()));
        }
        assert_eq!(guesses.try_now(CALLER, "a@b.test", 0), Err(WINDOW_MS));
    }

    #[test]
    fn whoever_signs_in_is_not_counted() {
        let guesses = Guesses::default();
        for _ in 0..2 * CALLER_FAILURES_MAX {
            assert_eq!(guesses.try_now(CALLER, "a@b.test", 0), Ok(()));
            guesses.succeeded(CALLER, "a@b.test");
        }
    }

    #[test]
    fn a_flood_of_invented_addresses_neither_grows_the_table_nor_frees_a_shut_one() {
        let guesses = Guesses::default();
        fail(&guesses, "a@b.test", ADDRESS_FAILURES_MAX);
        for number in 0..u32::try_from(2 * ENTRIES_MAX).unwrap() {
            let place = IpAddr::V4(std::net::Ipv4Addr::from(number));
            assert_eq!(guesses.try_now(Some(place), "x@y.test", 0), Ok(()));
        }
        assert!(guesses.failures.lock().unwrap().len() <= ENTRIES_MAX);
        assert_eq!(guesses.try_now(CALLER, "a@b.test", 0), Err(WINDOW_MS));
    }
}
