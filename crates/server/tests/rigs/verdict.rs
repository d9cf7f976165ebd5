//! What is wrong with a world that rests: LeadSquared compared with the truth, the journal's sum, promises that were broken.

use crate::connector;
use crate::script;
use crate::world::World;
use connector_server::dice::id_floor;
use connector_server::store::{delivery_list, journal};
use connector_simulator::truth::{Expectations, Scheduled, compare};
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Records that are missing.
    pub lost: usize,
    /// Records that are there too often.
    pub doubled: usize,
    /// Everything that is wrong, in words.
    pub wrong: Vec<String>,
    /// Webhooks that Zoom gave up: what they told of was never taken in, and nobody can have it.
    pub given_up: usize,
}

/// Looks at the world.
pub async fn judge(world: &World) -> Verdict {
    let mut verdict = Verdict { given_up: world.ground.preset.zoom.given_up(), ..Verdict::default() };
    verdict.wrong.extend(world.broken.clone());
    verdict.wrong.extend(world.ground.network.broken_promises());
    for place in 0..world.plan.tenants {
        compare_tenant(world, place, &mut verdict);
        count(world, place, &mut verdict).await;
    }
    verdict
}

fn compare_tenant(world: &World, place: usize, verdict: &mut Verdict) {
    let preset = &world.ground.preset;
    let mut scheduled = Vec::new();
    for wanted in world.script.wanted.iter().filter(|wanted| wanted.place == place) {
        let numbers = script::made(preset, &wanted.topic);
        match numbers.as_slice() {
            [] => {
                verdict.lost += 1;
                verdict.wrong.push(format!("the meeting {} was not made", wanted.topic));
            }
            [first, more @ ..] => {
                verdict.doubled += more.len();
                if !more.is_empty() {
                    verdict.wrong.push(format!("the meeting {} was made {} times", wanted.topic, numbers.len()));
                }
                let (number, email) = (*first, wanted.email.clone());
                scheduled.push(Scheduled { number, email, start_ms: wanted.start_ms });
            }
        }
    }
    let expect = Expectations {
        zoom_account: preset.zoom_accounts[place].id.clone(),
        follow_up_minutes: 30,
        follow_up_hours: 24,
        attendance: connector_simulator::truth::AttendanceTold::AsItHappens,
        no_shows_until_ms: None,
        scheduled,
    };
    let org = &preset.crm_accounts[place].org;
    let seen = compare(&preset.zoom.history(), &preset.leadsquared.snapshot(org).unwrap(), &expect);
    if verdict.given_up == 0 {
        verdict.lost += seen.lost;
        verdict.wrong.extend(seen.differences);
    }
    verdict.doubled += seen.duplicates;
    let throttled = preset.leadsquared.counters(org).throttled;
    if world.plan.keeps_limit() && throttled > 0 {
        verdict.wrong.push(format!("{throttled} calls of {org} were over the limit that we know"));
    }
}

async fn count(world: &World, place: usize, verdict: &mut Verdict) {
    let Some(connector) = &world.connector else { return };
    let (tenant, since) = (connector::tenant(&world.ground.preset, place), id_floor(0));
    let read = connector.shared.store.read(move |unit| {
        Box::pin(async move {
            let notifications = journal::counts(unit, &tenant, &since).await?;
            let deliveries = delivery_list::counts(unit, &tenant, &since).await?;
            Ok((notifications, deliveries))
        })
    });
    let (notifications, deliveries) = read.await.unwrap();
    for (state, count) in notifications {
        // Conservation: what came in was merged or left out for a reason; nothing is unreadable, nothing waits.
        if !["merged", "ignored"].contains(&state.as_str()) {
            verdict.wrong.push(format!("{count} notifications are {state}"));
        }
    }
    let deliveries: BTreeMap<String, i64> = deliveries.into_iter().collect();
    for (state, count) in deliveries {
        // Somebody whom Zoom does not name is waited for.
        if !["delivered", "suppressed", "waiting"].contains(&state.as_str()) {
            verdict.wrong.push(format!("{count} deliveries are {state}"));
        }
    }
}

/// Prints what a person would want to know of a world.
pub async fn picture(world: &World) {
    println!("{:#?}", world.plan);
    println!("crashes: {} between steps, {:?}", world.clean_crashes, world.crashes);
    let preset = &world.ground.preset;
    for account in preset.crm_accounts.iter().take(world.plan.tenants) {
        let crm = preset.leadsquared.snapshot(&account.org).unwrap();
        for lead in &crm.leads {
            println!("{} lead {} {:?}", account.org, lead.id, lead.fields);
        }
        for activity in &crm.activities {
            println!(
                "{} activity {} {} {} {:?}",
                account.org, activity.lead, activity.type_name, activity.at, activity.fields
            );
        }
        for task in &crm.tasks {
            println!("{} task {:?} {} {}", account.org, task.lead, task.due, task.name);
        }
    }
    let Some(connector) = &world.connector else { return };
    for place in 0..world.plan.tenants {
        let tenant = connector::tenant(preset, place);
        let filter = delivery_list::Filter { limit: 200, ..delivery_list::Filter::default() };
        let read = connector.shared.store.read(move |unit| {
            Box::pin(async move {
                let mut told = Vec::new();
                for row in delivery_list::page(unit, &tenant, &filter).await? {
                    let attempts = connector_server::store::attempt::of_delivery(unit, &tenant, &row.key).await?;
                    told.push((row, attempts));
                }
                Ok(told)
            })
        });
        for (row, attempts) in read.await.unwrap() {
            println!("{row:?}");
            for attempt in attempts {
                println!("    {attempt:?}");
            }
        }
    }
}
