//! Grants under many callers: one token call for each expiry, whoever asks and from however many processes.

use super::house::{HOUR_MS, House, On};
use super::on_both;
use connector_core::ids::ZoomApp;
use connector_server::app::Shared;
use connector_server::connections::tokens::NoAccess;
use connector_server::store::{connection, grant};
use connector_simulator::fault::Fault;
use futures_util::future::join_all;

/// Processes over one database.
const PROCESSES: usize = 5;
/// What a caller got: a token that works, or the advice to come again.
#[derive(Debug, PartialEq, Eq)]
enum Got {
    Access,
    Later,
}

async fn call(process: Shared, house: &House) -> Got {
    match process.tokens().access(&house.tenant(0), ZoomApp::Webinars).await {
        Ok(_) => Got::Access,
        Err(NoAccess::Later) => Got::Later,
        Err(other) => panic!("{other}"),
    }
}

/// How often the tenant's grant was refreshed, and the connection's state.
async fn refreshed(house: &House) -> (i64, String) {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let open = connection::open(unit, &tenant, ZoomApp::Webinars).await?.unwrap();
            let grant = grant::get(unit, &tenant, &open.id).await?.unwrap();
            Ok((grant.version - 1, open.state))
        })
    });
    read.await.unwrap()
}

/// Whether somebody has begun to refresh the tenant's grant.
async fn has_begun(house: &House) -> bool {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let open = connection::open(unit, &tenant, ZoomApp::Webinars).await?.unwrap();
            Ok(grant::get(unit, &tenant, &open.id).await?.unwrap().intent.is_some())
        })
    });
    read.await.unwrap()
}

/// The token runs out so often, and each time `callers` of each process want it at once.
async fn run_out(house: &mut House, expiries: u32, callers: usize) {
    let mut processes = vec![house.shared.clone()];
    while processes.len() < PROCESSES {
        processes.push(house.another_process().await);
    }
    // One call more than there are expiries, and Zoom ends the grant.
    let ended = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#.to_owned();
    house.preset.zoom.faults().plan("oauth.token", (expiries, u32::MAX), Fault::Answer(400, ended));
    for _ in 0..expiries {
        house.advance(HOUR_MS);
        let calls = processes.iter().flat_map(|process| (0..callers).map(|_| call(process.clone(), house)));
        let got = join_all(calls).await;
        assert!(got.contains(&Got::Access), "whoever refreshes has a token");
        // Whoever was told to come again finds the token there.
        for process in &processes {
            assert_eq!(call(process.clone(), house).await, Got::Access);
        }
    }
    assert_eq!(refreshed(house).await, (i64::from(expiries), "active".to_owned()));
}

#[tokio::test]
async fn five_processes_with_a_hundred_callers_each_refresh_once_for_each_of_a_hundred_expiries() {
    if let Some(mut house) = House::open(On::Postgres).await {
        run_out(&mut house, 100, 100).await;
    }
}

#[tokio::test]
async fn the_same_holds_on_both_databases_with_fewer_callers() {
    on_both(async |mut house| run_out(&mut house, 5, 10).await).await;
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_cut_a_refresh_short() {
    on_both(async |house| {
        house.advance(HOUR_MS);
        house.preset.zoom.faults().plan("oauth.token", (0, 1), Fault::ApplyThenWait(300));
        let mut leaving = Box::pin(call(house.shared.clone(), &house));
        while !has_begun(&house).await {
            tokio::select! {
                biased;
                _ = &mut leaving => panic!("it was answered before its caller left"),
                () = tokio::task::yield_now() => {}
            }
        }
        drop(leaving);
        assert_eq!(call(house.shared.clone(), &house).await, Got::Access, "who comes then waits for it");
        assert_eq!(refreshed(&house).await, (1, "active".to_owned()));
    })
    .await;
}
