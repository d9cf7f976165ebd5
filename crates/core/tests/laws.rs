//! Laws of the core over generated input: reading never panics, telling twice changes nothing, the order of telling does
//! not matter, limits are kept, signatures hold.
#![expect(clippy::unwrap_used, reason = "a law that cannot be set up has failed")]

#[path = "laws/after.rs"]
mod after;
#[path = "laws/appointments.rs"]
mod appointments;
#[path = "../src/translate/tests/bench.rs"]
mod bench;
#[path = "laws/order.rs"]
mod order;
#[path = "laws/reading.rs"]
mod reading;
#[path = "laws/rules.rs"]
mod rules;

use connector_core as core_rules;
use connector_core::delivery::limiter::{RateState, next_at_ms, note_call, note_refused};
use connector_core::fact::TenantKeys;
use connector_core::leadsquared::reply::RateLimit;
use connector_core::redact::clip;
use connector_core::settings::Plan;
use connector_core::zoom::signature::{Headers, SecretToken, sign, verify};
use proptest::prelude::*;

/// Cases for each law, and no file of past failures: a failure found becomes a test of its own.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// One thing that happens to a limiter: time passes, then a call is wanted or a refusal comes in.
#[derive(Debug, Clone)]
enum Step {
    Call { after_ms: i64, bulk: bool },
    Refused { after_ms: i64, limit: Option<RateLimit> },
}

fn step() -> impl Strategy<Value = Step> {
    let limit = (0_u32..40, 0_u32..10).prop_map(|(calls, seconds)| RateLimit { calls, seconds });
    prop_oneof![
        9 => (0_i64..3_000, any::<bool>()).prop_map(|(after_ms, bulk)| Step::Call { after_ms, bulk }),
        1 => (0_i64..3_000, proptest::option::of(limit)).prop_map(|(after_ms, limit)| Step::Refused { after_ms, limit }),
    ]
}

/// The most calls of `made` in any window of that length.
fn most_in_a_window(made: &[i64], window_ms: i64) -> usize {
    let within = |start: i64| made.iter().filter(|at| (start..start + window_ms).contains(*at)).count();
    made.iter().map(|start| within(*start)).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn the_limiter_never_exceeds_the_plan_in_any_window(
        calls in 1_u32..30,
        bulk_calls in 1_u32..30,
        window_s in 1_u32..8,
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let plan = Plan { calls: Some(calls), bulk_calls: Some(bulk_calls), window_s, ..Plan::default() };
        let (mut state, mut now_ms) = (RateState::default(), 1_000_000);
        let (mut made, mut bulk_made) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Call { after_ms, bulk } => {
                    now_ms += after_ms;
                    let at_ms = next_at_ms(&state, &plan, bulk, now_ms);
                    prop_assert!(at_ms >= now_ms && at_ms >= state.shut_until_ms);
                    now_ms = at_ms;
                    note_call(&mut state, &plan, bulk, now_ms);
                    made.push(now_ms);
                    bulk_made.extend(bulk.then_some(now_ms));
                }
                Step::Refused { after_ms, limit } => {
                    now_ms += after_ms;
                    note_refused(&mut state, &plan, limit, now_ms);
                }
            }
        }
        let window_ms = i64::from(window_s) * 1_000;
        prop_assert!(most_in_a_window(&made, window_ms) <= usize::try_from(calls).unwrap());
        prop_assert!(most_in_a_window(&bulk_made, window_ms) <= usize::try_from(bulk_calls.min(calls)).unwrap());
        prop_assert!(state.calls.len() <= usize::try_from(calls).unwrap(), "the state does not grow");
        prop_assert!(state.learned_calls.is_none_or(|learned| (1..=calls).contains(&learned)));
    }

    #[test]
    fn a_clipped_text_is_within_the_limit_and_begins_as_before(text in any::<String>(), chars_max in 1_usize..60) {
        let clipped = clip(&text, chars_max);
        prop_assert!(clipped.chars().count() <= chars_max);
        if text.chars().count() <= chars_max {
            prop_assert_eq!(clipped, text);
        } else {
            prop_assert!(text.starts_with(clipped.strip_suffix('…').unwrap()));
        }
    }

    #[test]
    fn different_fields_have_different_aliases(
        one in proptest::collection::vec("[ab]{0,3}", 0..4),
        other in proptest::collection::vec("[ab]{0,3}", 0..4),
        (kind, other_kind) in ("[ab]{1,2}", "[ab]{1,2}"),
    ) {
        let keys = TenantKeys { alias: [1; 32], marker: [2; 32] };
        let stranger = TenantKeys { alias: [3; 32], marker: [4; 32] };
        let alias = |keys: &TenantKeys, kind: &str, fields: &[String]| {
            keys.alias(kind, &fields.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let same = one == other && kind == other_kind;
        prop_assert_eq!(alias(&keys, &kind, &one) == alias(&keys, &other_kind, &other), same);
        prop_assert_ne!(alias(&keys, &kind, &one), alias(&stranger, &kind, &one));
    }

    #[test]
    fn what_is_signed_verifies_and_a_flipped_bit_anywhere_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..300),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        const NOW_MS: i64 = 1_785_578_401_000;
        let secret = SecretToken::new("demo-secret-token").unwrap();
        let secrets = [SecretToken::new("the-next-one").unwrap(), secret.clone()];
        let signature = sign(&secret, "1785578401", &body);
        let headers = |signature| Headers { timestamp: Some("1785578401"), signature: Some(signature), doubled: false };
        let verified = verify(&body, &headers(&signature), &secrets, NOW_MS).unwrap();
        prop_assert_eq!((verified.bytes(), verified.secret_index()), (body.as_slice(), 1));

        let mut flipped = body.clone();
        *place.get_mut(&mut flipped) ^= 1 << bit;
        prop_assert!(verify(&flipped, &headers(&signature), &secrets, NOW_MS).is_err());

        let mut forged = signature.clone().into_bytes();
        *place.get_mut(&mut forged) ^= 1 << (bit % 7);
        let forged = String::from_utf8(forged).unwrap();
        prop_assert!(verify(&body, &headers(&forged), &secrets, NOW_MS).is_err());

        let other_time = Headers { timestamp: Some("1785578402"), signature: Some(&signature), doubled: false };
        prop_assert!(verify(&body, &other_time, &secrets, NOW_MS).is_err());
        prop_assert!(verify(&body, &headers(&signature), &secrets[..1], NOW_MS).is_err());
    }
}
