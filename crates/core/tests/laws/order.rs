//! Telling twice changes nothing, and the order of telling does not matter.
//!
//! The order law is narrowed where the rules decide otherwise on purpose. It speaks of people whose stays carry the
//! registrant id of their registration, as Zoom's do, and it counts activities and tasks, but not how often a lead is
//! written: the key of a registrant's lead holds what is written, and an approval read before its registration
//! knows less; a stay read between a withdrawal and the registration that it withdraws writes a lead of its own. Who is
//! shown with an address but without a registrant id may be written once more as well, only where fields are empty.

use super::bench::{Bench, Device, registration, set_up, stay};
use super::config;
use connector_core::fact::{Alias, State};
use connector_core::translate::Notification;
use connector_core::zoom::event::What;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What one person does around one webinar, minutes after it began.
#[derive(Debug, Clone)]
struct Life {
    registers: Registers,
    /// Joined, and left after so many minutes.
    stays: Vec<(i64, i64)>,
    /// The registration is refused afterwards.
    cancelled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Registers {
    Created,
    CreatedAndApproved,
    Approved,
    Never,
}

fn life() -> impl Strategy<Value = Life> {
    let registers = prop_oneof![
        Just(Registers::Created),
        Just(Registers::CreatedAndApproved),
        Just(Registers::Approved),
        Just(Registers::Never)
    ];
    let stays = proptest::collection::vec((0_i64..60, 0_i64..60), 0..4);
    (registers, stays, any::<bool>()).prop_map(|(registers, stays, cancelled)| Life { registers, stays, cancelled })
}

/// Everything Zoom tells of these lives, some of it twice.
fn told(lives: &[Life]) -> Vec<Notification> {
    let mut told = Vec::new();
    for (number, life) in lives.iter().enumerate() {
        let (id, email) = (format!("Reg{number}"), format!("person{number}@example.test"));
        let registrant = (id.as_str(), email.as_str());
        if matches!(life.registers, Registers::Created | Registers::CreatedAndApproved) {
            told.push(registration("created", registrant, 1_000));
        }
        if matches!(life.registers, Registers::Approved | Registers::CreatedAndApproved) {
            told.push(registration("approved", registrant, 2_000));
        }
        if life.cancelled {
            told.push(registration("cancelled", registrant, 3_000));
        }
        for (turn, (from, minutes)) in life.stays.iter().enumerate() {
            let handle = format!("{number}-{turn}");
            let device = Device { handle: &handle, registrant: &id, email: "", user: "" };
            told.push(stay("joined", device, *from));
            told.push(stay("left", device, from + minutes));
        }
    }
    let doubled: Vec<Notification> = told.iter().step_by(3).cloned().collect();
    told.extend(doubled);
    told
}

/// A shuffled copy of everything told, cut into batches.
fn shuffled() -> impl Strategy<Value = (Vec<Notification>, Vec<Notification>, usize)> {
    proptest::collection::vec(life(), 1..5).prop_flat_map(|lives| {
        let told = told(&lives);
        (Just(told.clone()), Just(told).prop_shuffle(), 1_usize..9)
    })
}

fn tell(batches: &[&[Notification]]) -> Bench {
    let mut bench = Bench::new(set_up());
    for batch in batches {
        bench.take(batch);
    }
    bench
}

/// Keys of activities and tasks, with the person each is about and how it begins. What was said too early is corrected later:
/// how often depends on the order.
fn settled(bench: &Bench) -> BTreeMap<&str, (&str, String)> {
    let queue = bench.queue.iter().filter(|(_, planned)| !matches!(planned.command.kind(), "lead" | "correction"));
    queue.map(|(key, planned)| (key.as_str(), (planned.who.as_str(), format!("{:?}", planned.start)))).collect()
}

/// People who become leads.
fn leads(bench: &Bench) -> BTreeSet<&str> {
    let leads = bench.queue.values().filter(|planned| planned.command.kind() == "lead");
    leads.map(|planned| planned.who.as_str()).collect()
}

/// What is known in the end; who waited for whom meanwhile is no knowledge.
fn known(bench: &Bench) -> BTreeMap<&Alias, &State> {
    bench.facts.iter().filter(|(_, state)| !matches!(state, State::Awaiting(_) | State::Stranger(_))).collect()
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn the_order_of_telling_does_not_change_what_is_delivered((told, shuffled, size) in shuffled()) {
        let straight = tell(&[&told]);
        let batches: Vec<&[Notification]> = shuffled.chunks(size).collect();
        let crooked = tell(&batches);
        prop_assert_eq!(settled(&straight), settled(&crooked));
        prop_assert_eq!(leads(&straight), leads(&crooked));
        prop_assert_eq!(known(&straight), known(&crooked));
    }

    #[test]
    fn telling_everything_twice_changes_nothing_and_plans_nothing_new((_, shuffled, size) in shuffled()) {
        let batches: Vec<&[Notification]> = shuffled.chunks(size).collect();
        let mut bench = tell(&batches);
        let (facts, aliases, queue) = (bench.facts.clone(), bench.aliases.clone(), bench.queue.clone());
        for batch in batches {
            bench.take(batch);
        }
        prop_assert_eq!(bench.facts, facts);
        prop_assert_eq!(bench.aliases, aliases);
        prop_assert_eq!(bench.queue, queue);
        prop_assert_eq!(bench.consequences, []);
    }
}

/// Which apps of the account told of something while both were on.
#[derive(Debug, Clone, Copy)]
enum By {
    New,
    Old,
    Both,
}

/// The same as the old app tells it: it came before stays had a uuid of their own.
fn by_the_old_app(notification: &Notification) -> Notification {
    let Notification::Zoom(_, event) = notification else { return notification.clone() };
    let mut event = (**event).clone();
    if let What::Joined(_, stay) | What::Left(_, stay) = &mut event.what {
        stay.participant_uuid = None;
    }
    let (app, event) = connector_core::legacy::believed(event);
    Notification::Zoom(app, Box::new(event))
}

/// Everything as the new app tells it, and the same told by either or both, in any order, cut into batches.
fn two_apps() -> impl Strategy<Value = (Vec<Notification>, Vec<Notification>, usize)> {
    proptest::collection::vec(life(), 1..4).prop_flat_map(|lives| {
        let told = told(&lives);
        let by = prop_oneof![Just(By::New), Just(By::Old), Just(By::Both)];
        let by = proptest::collection::vec(by, told.len());
        (Just(told), by).prop_flat_map(|(told, by)| {
            let mixed: Vec<Notification> = told
                .iter()
                .zip(by)
                .flat_map(|(one, by)| match by {
                    By::New => vec![one.clone()],
                    By::Old => vec![by_the_old_app(one)],
                    By::Both => vec![one.clone(), by_the_old_app(one)],
                })
                .collect();
            (Just(told), Just(mixed).prop_shuffle(), 1_usize..9)
        })
    })
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn whichever_app_tells_and_in_any_order_the_same_is_delivered_once((told, mixed, size) in two_apps()) {
        let straight = tell(&[&told]);
        let batches: Vec<&[Notification]> = mixed.chunks(size).collect();
        let crooked = tell(&batches);
        prop_assert_eq!(settled(&straight).len(), settled(&crooked).len());
        prop_assert_eq!(leads(&straight), leads(&crooked));
        prop_assert_eq!(crooked.consequences, []);
    }
}
