//! One alert for one outage: however many deliveries fail of it, however often the loops come by, in however many processes, and
//! whatever is started anew meanwhile. Its end is told once, and only the next outage is told again.

use super::alerts::{Got, add, receiver};
use super::crm::hold;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::ids::ZoomApp;
use connector_server::alerts::{self, Herald};
use connector_server::app::{Shared, Step};
use connector_server::connections::disconnect;
use connector_server::courier::{Courier, Destination};
use connector_server::keeper::Keeper;
use connector_server::mail::Postman;
use connector_server::store::audit;
use connector_simulator::fault::{ANY, Fault};

const PERSON: &str = "asha@sunrise.example";
/// How often the loops come by while something is out.
const ROUNDS: usize = 12;
const NO_KEYS: &str =
    r#"{"Status":"Error","ExceptionType":"MXUnAuthorizedAccessException","ExceptionMessage":"Invalid keys"}"#;

/// What was told: subjects of mails, types and codes of posts, in order.
struct Told {
    posts: Got,
    mails: usize,
}

impl Told {
    /// Where the tenant is told, by post and by mail.
    async fn open(house: &House) -> (Self, connector_simulator::serve::Served) {
        let (url, posts, served) = receiver(Vec::new()).await;
        add(house, &url).await;
        alerts::add(&house.shared, &house.tenant(0), PERSON, "story").await.unwrap();
        (Self { posts, mails: 0 }, served)
    }

    /// What came since the last time, as type and code; the mails have to be as many.
    fn news(&mut self, house: &House) -> Vec<(String, String)> {
        let posts: Vec<[String; 4]> = std::mem::take(&mut *self.posts.lock().unwrap());
        let mails = house.preset.smtp.arrived();
        assert!(mails.iter().all(|mail| mail.to == PERSON));
        assert_eq!(mails.len() - self.mails, posts.len(), "a mail for each post: {mails:?}");
        self.mails = mails.len();
        let read = |body: &str| {
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&json["type"]), text(&json["data"]["code"]))
        };
        posts.iter().map(|post| read(&post[3])).collect()
    }
}

/// What the audit log says of pauses, oldest first.
async fn logged(house: &House) -> Vec<(String, String)> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { audit::latest(unit, &tenant, 500).await }));
    let lines = read.await.unwrap().into_iter().rev().filter(|row| row.action.starts_with("tenant."));
    let of_pauses = lines.filter(|row| ["tenant.paused", "tenant.resumed"].contains(&row.action.as_str()));
    of_pauses.map(|row| (row.action, row.detail)).collect()
}

fn one(kind: &str, code: &str) -> Vec<(String, String)> {
    vec![(format!("alert.{kind}"), code.to_owned())]
}

/// Everything of a process that could tell.
async fn come_by(process: &Shared) {
    Keeper::new(process.clone()).step().await.unwrap();
    for destination in [Destination::LeadSquared, Destination::Zoom] {
        Courier::new(process.clone(), destination).step().await.unwrap();
    }
    let mut herald = Herald::new(process.clone());
    while herald.step().await.unwrap() == Step::Worked {}
    Postman::new(process.clone()).step().await.unwrap();
}

/// Time passes over two processes, of which one is started anew each time.
async fn pass(house: &mut House, step_ms: i64) {
    for _ in 0..ROUNDS {
        house.advance(step_ms);
        house.settle().await;
        house.reopen().await;
        let other = house.another_process().await;
        let ours = house.shared.clone();
        tokio::join!(come_by(&ours), come_by(&other));
    }
}

#[tokio::test]
async fn leadsquared_that_refuses_the_keys_is_one_alert_and_one_end() {
    on_both(async |mut house| {
        let (mut told, _served) = Told::open(&house).await;
        for outage in 0..2 {
            house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), Fault::Answer(401, NO_KEYS.to_owned()));
            hold(&house, 20);
            house.settle().await;
            pass(&mut house, 6 * MINUTE_MS).await;
            assert_eq!(told.news(&house), one("raised", "lsq.unauthorized"), "outage {outage}");
            house.preset.leadsquared.faults().clear();
            pass(&mut house, 6 * MINUTE_MS).await;
            assert_eq!(told.news(&house), one("resolved", "lsq.unauthorized"), "outage {outage}");
        }
        pass(&mut house, HOUR_MS).await;
        assert_eq!(told.news(&house), []);
        let lines = logged(&house).await;
        let actions: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
        assert_eq!(actions, ["tenant.paused", "tenant.resumed", "tenant.paused", "tenant.resumed"], "{lines:?}");
        assert!(lines.iter().all(|line| line.0 == "tenant.paused" || line.1.contains(" after 1 h ")), "{lines:?}");
    })
    .await;
}

/// The probe and the leads get through all the while: neither says that activities are taken again.
#[tokio::test]
async fn leadsquared_that_refuses_every_activity_is_one_alert_although_it_answers_the_probe() {
    on_both(async |mut house| {
        let (mut told, _served) = Told::open(&house).await;
        for operation in ["ProspectActivity.Create", "Bulk/CustomActivity/Add/ByLeadId"] {
            let refused = Fault::Answer(404, "<html>Not Found</html>".to_owned());
            house.preset.leadsquared.faults().plan(operation, (0, u32::MAX), refused);
        }
        for _ in 0..3 {
            hold(&house, 8);
            house.settle().await;
            pass(&mut house, 6 * MINUTE_MS).await;
        }
        assert_eq!(told.news(&house), one("raised", "lsq.malformed"));
        // Paused again every five minutes, for three hours and more: that is one pause.
        let lines = logged(&house).await;
        assert!(matches!(lines.as_slice(), [(action, _)] if action == "tenant.paused"), "{lines:?}");
        house.preset.leadsquared.faults().clear();
        hold(&house, 8);
        pass(&mut house, 6 * MINUTE_MS).await;
        assert_eq!(told.news(&house), one("resolved", "lsq.malformed"));
        let lines = logged(&house).await;
        let [_, (action, detail)] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(action == "tenant.resumed" && detail.contains("takes again what it refused after 3 h"), "{lines:?}");
    })
    .await;
}

#[tokio::test]
async fn leadsquared_that_does_not_answer_is_one_alert_after_a_quarter_of_an_hour_and_one_end() {
    on_both(async |mut house| {
        let (mut told, _served) = Told::open(&house).await;
        for outage in 0..2 {
            house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), Fault::Reset);
            hold(&house, 20);
            house.settle().await;
            pass(&mut house, 20_000).await;
            assert_eq!(told.news(&house), [], "what passes soon is nobody's work: outage {outage}");
            pass(&mut house, 6 * MINUTE_MS).await;
            assert_eq!(told.news(&house), one("raised", "lsq.silent"), "outage {outage}");
            house.preset.leadsquared.faults().clear();
            pass(&mut house, 6 * MINUTE_MS).await;
            assert_eq!(told.news(&house), one("resolved", "lsq.silent"), "outage {outage}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_dead_grant_is_one_alert_until_somebody_signs_in_again() {
    on_both(async |mut house| {
        let (mut told, _served) = Told::open(&house).await;
        disconnect::disconnect(&house.shared, &house.tenant(0), ZoomApp::Meetings, "story").await.unwrap();
        for outage in 0..2 {
            let dead = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#.to_owned();
            house.preset.zoom.faults().plan("oauth.token", (0, u32::MAX), Fault::Answer(400, dead));
            pass(&mut house, HOUR_MS).await;
            assert_eq!(told.news(&house), one("raised", "zoom.token"), "outage {outage}");
            house.preset.zoom.faults().clear();
            house.sign_in(0, "webinars").await;
            pass(&mut house, MINUTE_MS).await;
            assert_eq!(told.news(&house), one("resolved", "zoom.token"), "outage {outage}");
        }
    })
    .await;
}
