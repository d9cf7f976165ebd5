//! When what was sent stood in the pretend LeadSquared.

use crate::load::Ack;
use crate::webhook::Webhooks;
use crate::world::World;
use anyhow::bail;
use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

/// How often it is looked whether everything has arrived.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// When each person's first activity was there, by e-mail address; epoch milliseconds.
pub type Arrived = HashMap<String, i64>;

/// What is there now, in the accounts of those tenants.
pub fn arrived(world: &World, tenants: Range<usize>) -> anyhow::Result<Arrived> {
    let mut arrived = Arrived::new();
    for number in tenants {
        let Some(crm) = world.preset.leadsquared.snapshot(world.tenant(number)?.as_str()) else { continue };
        let emails: HashMap<&str, &String> =
            crm.leads.iter().filter_map(|lead| Some((lead.id.as_str(), lead.fields.get("EmailAddress")?))).collect();
        for activity in &crm.activities {
            let Some(email) = emails.get(activity.lead.as_str()) else { continue };
            arrived.entry((*email).clone()).or_insert(activity.created_ms);
        }
    }
    Ok(arrived)
}

/// Waits until so many have arrived.
///
/// # Errors
/// When they have not, within `most`.
pub async fn wait_for(
    world: &World,
    tenants: Range<usize>,
    expected: usize,
    most: Duration,
) -> anyhow::Result<Arrived> {
    let watch = crate::clock::Stopwatch::start();
    loop {
        let arrived = arrived(world, tenants.clone())?;
        if arrived.len() >= expected {
            return Ok(arrived);
        }
        if watch.elapsed() > most {
            bail!("{} of {expected} events had arrived after {} s", arrived.len(), most.as_secs());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// How long each acknowledged webhook took to the CRM, in milliseconds.
pub fn latencies_ms(acks: &[Ack], webhooks: &Webhooks, arrived: &Arrived) -> Vec<f64> {
    let took = acks.iter().filter_map(|ack| Some(arrived.get(&webhooks.email(ack.number))? - ack.sent_ms));
    took.map(|ms| ms as f64).collect()
}
