//! Many waiting deliveries of one account hold up no other.

use super::house::House;
use super::on_both;
use connector_core::fact::Alias;
use connector_core::ids::{Email, TenantId};
use connector_core::leadsquared::command::{Command, LeadWrite, Task};
use connector_core::settings::CaptureBehaviour;
use connector_core::translate::{self, Planned, Start};
use connector_server::store::delivery::{self, Planning};
use std::collections::BTreeMap;

/// So many leads, each with a task: two calls at least for each.
fn leads(people: usize) -> Vec<Planned> {
    let mut planned = Vec::new();
    for n in 0..people {
        let email = Email::parse(&format!("p{n}@customers.example")).unwrap();
        let marker = format!("zmarker{n}");
        let task = Task {
            name: "Call back".to_owned(),
            description: marker.clone(),
            due_ms: 0,
            end_ms: 0,
            task_type: "Follow Up".to_owned(),
            owner_email: None,
            location: None,
            reminder_min: None,
            marker,
            undecided: None,
        };
        let write = LeadWrite::by_email(email.clone(), BTreeMap::new(), CaptureBehaviour::default());
        for (kind, command) in [("lead", Command::UpsertLead(write)), ("task", Command::CreateTask(task))] {
            planned.push(Planned {
                key: format!("{kind}{n}"),
                fact: Alias(format!("f{n}")),
                command: translate::Command::LeadSquared { command },
                person: Some(Alias(format!("person{n}"))),
                lead: None,
                who: email.as_str().to_owned(),
                what: kind.to_owned(),
                start: Start::Ready,
                detail: None,
            });
        }
    }
    planned
}

async fn plan(house: &House, tenant: &TenantId, people: usize) {
    let (tenant, planning) =
        (tenant.clone(), Planning { settings_version: 1, now_ms: house.now_ms(), look_first_ms: None });
    let stored = house
        .shared
        .store
        .write(move |unit| Box::pin(async move { delivery::plan(unit, &tenant, leads(people), planning).await }));
    stored.await.unwrap();
}

async fn done(house: &House, tenants: &[TenantId]) -> bool {
    for tenant in tenants {
        let counts = house.deliveries_of(tenant.clone()).await;
        if counts.keys().any(|state| state != "delivered") {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn one_account_with_very_many_deliveries_does_not_starve_twenty_others() {
    on_both(async |mut house| {
        let heavy = house.tenant(0);
        let mut light = Vec::new();
        for n in 0..20 {
            light.push(house.add_account(&format!("light-{n}")).await);
        }
        plan(&house, &heavy, 1_000).await;
        house.crm_step().await;
        for tenant in &light {
            plan(&house, tenant, 5).await;
        }
        let mut steps = 0;
        while !done(&house, &light).await {
            steps += 1;
            assert!(steps <= 45, "a light account waits for more than two turns of everybody");
            house.crm_step().await;
        }
        assert!(!done(&house, std::slice::from_ref(&heavy)).await, "the heavy one is still at it");
        // Somebody who comes while it is at it is next.
        plan(&house, &light[0], 6).await;
        house.advance(100);
        house.crm_step().await;
        house.crm_step().await;
        assert!(done(&house, &light[..1]).await);
        house.settle().await;
        assert!(done(&house, &[heavy]).await);
    })
    .await;
}
