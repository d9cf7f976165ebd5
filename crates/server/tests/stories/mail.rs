//! Mail: what somebody has to know arrives once, links stay sealed until they leave, and a mail server that is away loses nothing.

use super::house::{House, MINUTE_MS};
use super::on_both;
use connector_core::ids::Email;
use connector_server::alerts;
use connector_server::mail::{Postman, with_link};
use connector_server::store::mail::{self, NewMail, Purpose, SentRow};
use connector_simulator::smtp::Arrived;

const PERSON: &str = "asha@sunrise.example";

async fn add(house: &House, address: &str) {
    let added = alerts::add(&house.shared, &house.tenant(0), address, "story").await.unwrap();
    assert_eq!(added.secret, None, "a person needs no secret");
}

/// Zoom tells that the tenant's app was removed.
async fn lose(house: &mut House) {
    let (app, admin) = (&house.preset.apps[1].client_id, &house.preset.zoom_accounts[0].admin);
    house.preset.zoom.deauthorize(app, admin, house.now_ms());
    house.settle().await;
}

async fn sent(house: &House) -> Vec<SentRow> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { mail::latest(unit, &tenant).await }));
    read.await.unwrap()
}

fn arrived(house: &House) -> Vec<Arrived> {
    house.preset.smtp.arrived()
}

#[tokio::test]
async fn an_alert_and_its_end_reach_every_person_once() {
    on_both(async |mut house| {
        add(&house, PERSON).await;
        add(&house, "ravi@sunrise.example").await;
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        let mut postman = Postman::new(house.shared.clone());
        for _ in 0..3 {
            postman.step().await.unwrap();
        }
        house.advance(MINUTE_MS);
        house.sign_in(0, "webinars").await;
        postman.step().await.unwrap();
        let got = arrived(&house);
        let mine: Vec<&Arrived> = got.iter().filter(|mail| mail.to == PERSON).collect();
        assert_eq!((got.len(), mine.len()), (4, 2));
        assert_eq!(mine[0].subject, "sunrise: The app was removed in Zoom; its tokens are destroyed here.");
        assert!(mine[0].text.contains("http://connector.test/t/sunrise/alerts"), "{}", mine[0].text);
        assert_eq!(mine[1].subject, "sunrise: works again");
        assert_ne!(mine[0].id, mine[1].id);
        assert!(sent(&house).await.iter().all(|row| row.sent_ms.is_some() && row.attempts == 1));
    })
    .await;
}

#[tokio::test]
async fn a_mail_server_that_is_away_loses_nothing_and_is_not_hammered() {
    on_both(async |mut house| {
        add(&house, PERSON).await;
        add(&house, "ravi@sunrise.example").await;
        house.preset.smtp.greet_with(Some("421 4.3.2 too busy"));
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        let mut postman = Postman::new(house.shared.clone());
        for _ in 0..5 {
            postman.step().await.unwrap();
        }
        assert_eq!(house.preset.smtp.asked(), 1, "one no is everybody's");
        house.preset.smtp.greet_with(None);
        house.advance(2 * MINUTE_MS);
        postman.step().await.unwrap();
        assert_eq!(arrived(&house).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_refused_for_good_is_given_up_and_others_are_not_held_up() {
    on_both(async |house| {
        for (address, answer) in
            [("gone@sunrise.example", "550 5.1.1 no such user"), ("full@sunrise.example", "452 4.2.2 full")]
        {
            add(&house, address).await;
            house.preset.smtp.refuse(address, Some(answer));
        }
        add(&house, PERSON).await;
        alerts::test(&house.shared, &house.tenant(0), "story").await.unwrap();
        let mut postman = Postman::new(house.shared.clone());
        postman.step().await.unwrap();
        assert_eq!(arrived(&house).iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [PERSON]);
        let rows = sent(&house).await;
        let row = |to: &str| rows.iter().find(|row| row.to == to).unwrap().clone();
        assert!(row("gone@sunrise.example").ended_ms.is_some());
        assert!(row("gone@sunrise.example").detail.unwrap().contains("no such user"));
        assert!(row("full@sunrise.example").ended_ms.is_none());
        house.preset.smtp.refuse("full@sunrise.example", None);
        house.advance(2 * MINUTE_MS);
        postman.step().await.unwrap();
        assert_eq!(arrived(&house).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_readable_only_in_the_mail_that_arrives() {
    on_both(async |house| {
        let link = "http://connector.test/in/secret-of-one-person";
        let mail = NewMail {
            tenant: house.tenant(0),
            id: "m1".to_owned(),
            to: Email::parse(PERSON).unwrap(),
            subject: "Your link".to_owned(),
            body: "Sign in here: {link}".to_owned(),
            link: None,
            purpose: Purpose::Link,
        };
        let mail = with_link(&house.shared, mail, link);
        let sealed = mail.link.clone().unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        let now_ms = house.now_ms();
        let put = house.shared.store.write(move |unit| Box::pin(async move { mail::put(unit, &mail, now_ms).await }));
        put.await.unwrap();
        let mut postman = Postman::new(house.shared.clone());
        postman.step().await.unwrap();
        assert_eq!(arrived(&house)[0].text, format!("Sign in here: {link}"));
        let left = house.shared.store.read(move |unit| Box::pin(mail::due(unit, i64::MAX))).await.unwrap();
        assert!(left.is_empty() && sent(&house).await.is_empty(), "nothing is left of it, and alerts do not show it");
    })
    .await;
}

#[tokio::test]
async fn a_removed_address_hears_nothing_more() {
    on_both(async |mut house| {
        let added = alerts::add(&house.shared, &house.tenant(0), PERSON, "story").await.unwrap();
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        assert!(alerts::remove(&house.shared, &house.tenant(0), &added.id, "story").await.unwrap());
        assert!(!alerts::remove(&house.shared, &house.tenant(1), &added.id, "story").await.unwrap());
        Postman::new(house.shared.clone()).step().await.unwrap();
        assert!(arrived(&house).is_empty());
    })
    .await;
}
