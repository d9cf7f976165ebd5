//! Sign-in, tokens, and what ends them.

use super::{BACK, SCOPES, VERIFIER, app, names, plan, read, text, world};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{AppKind, Approval, LicenceRefusal, Role};
use serde_json::{Value, json};

#[tokio::test]
async fn a_sign_in_with_pkce_gives_tokens_that_work() {
    let world = world().await;
    let code = world.code("meet", "host@acme.test").await;
    let (status, tokens) = world.exchange("meet", &code, VERIFIER).await;
    assert_eq!((status, &tokens["token_type"], &tokens["expires_in"]), (200, &json!("bearer"), &json!(3599)));
    assert_eq!(tokens["scope"], SCOPES.join(" "));
    let access = text(&tokens["access_token"]);
    let (status, me) = world.get(&access, "users/me").await;
    assert_eq!((status, &me["account_id"], &me["id"]), (200, &json!(world.account), &json!(world.admin)));
    assert_eq!(world.exchange("meet", &code, VERIFIER).await.1["error"], "invalid_grant", "a code works once");
    let code = world.code("meet", "host@acme.test").await;
    assert_eq!(world.exchange("meet", &code, "another").await.1["error"], "invalid_grant");
    let code = world.code("meet", "host@acme.test").await;
    assert_eq!(world.exchange("web", &code, VERIFIER).await.1["error"], "invalid_grant", "another app's code");
    let code = world.code("meet", "host@acme.test").await;
    world.clock.advance(300_000);
    assert_eq!(world.exchange("meet", &code, VERIFIER).await.1["reason"], "Invalid authorization code");
    world.clock.advance(3_600_000);
    let late = world.get(&access, "users/me").await;
    assert_eq!(late, (401, json!({"code": 124, "message": "Access token is expired."})));
}

#[tokio::test]
async fn a_refresh_kills_the_old_pair_even_when_its_answer_is_lost() {
    let world = world().await;
    let first = world.sign_in("meet").await;
    let (status, second) = world.refresh("meet", &text(&first["refresh_token"])).await;
    assert_eq!(status, 200);
    let (status, refused) = world.refresh("meet", &text(&first["refresh_token"])).await;
    assert_eq!((status, refused), (400, json!({"reason": "Invalid Token!", "error": "invalid_grant"})));
    assert_eq!(world.get(&text(&first["access_token"]), "users/me").await.1["code"], 124);
    assert_eq!(world.get(&text(&second["access_token"]), "users/me").await.0, 200);
    world.zoom.faults().plan("oauth.token", (0, 1), Fault::ApplyThenReset);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", second["refresh_token"].as_str().unwrap())];
    let request = world.client.post(format!("{}/oauth/token", world.served.url())).basic_auth("meet", Some("s3cret"));
    assert!(request.form(&fields).send().await.is_err());
    assert_eq!(world.refresh("meet", &text(&second["refresh_token"])).await.0, 400);
}

#[tokio::test]
async fn a_second_sign_in_with_the_same_app_kills_the_first() {
    let world = world().await;
    let (first, other) = (world.sign_in("meet").await, world.access("web").await);
    let second = world.access("meet").await;
    let dead = (401, json!({"code": 124, "message": "Invalid access token."}));
    assert_eq!(world.get(&text(&first["access_token"]), "users/me").await, dead);
    assert_eq!(world.refresh("meet", &text(&first["refresh_token"])).await.1["error"], "invalid_grant");
    assert_eq!(world.get(&second, "users/me").await.0, 200);
    assert_eq!(world.get(&other, "users/me").await.0, 200, "another app has its own tokens");
}

#[tokio::test]
async fn whoever_may_not_install_never_comes_back_and_a_refusal_does() {
    let world = world().await;
    let member = world.authorize(&world.form("meet", "member@acme.test")).await;
    assert!(!member.headers().contains_key("location"));
    assert!(member.text().await.unwrap().contains("an admin of your account"));
    let mut declined = world.form("meet", "host@acme.test");
    declined.last_mut().unwrap().1 = "decline".to_owned();
    let back = world.authorize(&declined).await.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(back, format!("{BACK}?error=access_denied&state=s%261"));
    let mut astray = world.form("meet", "host@acme.test");
    astray[1].1 = format!("{BACK}/");
    let astray = world.authorize(&astray).await;
    assert!(astray.status() == 400 && !astray.headers().contains_key("location"));
    let path = format!("/oauth/authorize?client_id=meet&redirect_uri={BACK}&state=x");
    let consent = world.page(&path).await;
    assert!(consent.contains("The &#60;b&#62;connector&#60;/b&#62;"), "{consent}");
    assert!(consent.contains("member@acme.test") && consent.contains("pretend Zoom"), "{consent}");
    assert!(world.page(&format!("{path}&scope=x")).await.contains("Invalid scope"));
}

#[tokio::test]
async fn the_token_address_takes_its_fields_from_the_body_and_knows_its_clients() {
    let world = world().await;
    let url = format!("{}/oauth/token", world.served.url());
    let fields = [("grant_type", "account_credentials"), ("account_id", world.account.as_str())];
    let in_query = world.client.post(format!("{url}?account_id=x")).basic_auth("meet", Some("s3cret")).form(&fields);
    assert_eq!(in_query.send().await.unwrap().status(), 400);
    let stranger = world.client.post(url).basic_auth("meet", Some("wrong")).form(&fields);
    let (status, body) = read(stranger.send().await.unwrap()).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    let (status, body) = world.token("meet", &fields).await;
    assert_eq!((status, &body["error"]), (400, &json!("unsupported_grant_type")), "people sign in with this app");
}

#[tokio::test]
async fn a_server_to_server_app_asks_with_its_own_account_and_each_token_ends_the_one_before() {
    let world = world().await;
    world.zoom.add_own_app(&world.account, app(AppKind::Meetings, "own"), super::NOWHERE);
    let of = |account: &'static str| [("grant_type", "account_credentials"), ("account_id", account)];
    let fields = [("grant_type", "account_credentials"), ("account_id", world.account.as_str())];
    let (status, body) = world.token("own", &of("AnotherAccount")).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
    let (status, first) = world.token("own", &fields).await;
    assert_eq!((status, first.get("refresh_token")), (200, None));
    let first = text(&first["access_token"]);
    let (status, me) = world.get(&first, "users/me").await;
    assert_eq!((status, &me["id"], &me["account_id"]), (200, &json!(world.admin), &json!(world.account)));
    let second = text(&world.token("own", &fields).await.1["access_token"]);
    assert_eq!((world.get(&first, "users/me").await.0, world.get(&second, "users/me").await.0), (401, 200));
    assert_eq!(world.authorize(&world.form("own", "host@acme.test")).await.status(), 400, "nobody signs in with it");
    world.zoom.create_meeting("host@acme.test", plan("One", Approval::None), super::START_MS);
    world.zoom.set_secret_token("own", "another-secret-token");
    world.zoom.create_meeting("host@acme.test", plan("Two", Approval::None), super::START_MS);
    let told = world.zoom.take_due(2);
    assert_eq!(told.len(), 2, "it hears without anybody's consent");
    let signed = |place: usize, secret: &str| {
        let header = |name: &str| told[place].headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
        let text = [format!("v0:{}:", header("x-zm-request-timestamp")).as_bytes(), &told[place].body].concat();
        header("x-zm-signature") == format!("v0={}", super::webhooks::hmac(secret, &[&text]))
    };
    assert!(signed(0, super::SECRET) && signed(1, "another-secret-token"), "each has the secret token of its time");
}

#[tokio::test]
async fn removing_an_app_ends_its_tokens_and_its_events() {
    let world = world().await;
    world.zoom.set_webhook_url("meet", super::NOWHERE);
    let token = world.access("meet").await;
    world.zoom.create_meeting("host@acme.test", plan("One", Approval::None), super::START_MS);
    assert_eq!(names(&world.told()), ["meeting.created"]);
    let revoke = world.client.post(format!("{}/oauth/revoke", world.served.url())).basic_auth("meet", Some("s3cret"));
    let (status, body) = read(revoke.form(&[("token", &token)]).send().await.unwrap()).await;
    assert_eq!((status, body), (200, json!({"status": "success"})));
    assert_eq!(world.get(&token, "users/me").await.0, 401);
    let told = world.told();
    assert_eq!((names(&told), &told[0]["payload"]["user_id"]), (vec!["app_deauthorized"], &json!(world.admin)));
    assert_eq!(told[0]["payload"].get("user_data_retention"), Some(&Value::Null));
    world.zoom.create_meeting("host@acme.test", plan("Two", Approval::None), super::START_MS);
    assert!(world.told().is_empty());
}

#[tokio::test]
async fn scopes_licences_and_demotions_are_refused_in_zooms_words() {
    let world = world().await;
    let mut narrow = app(AppKind::Meetings, "narrow");
    narrow.scopes = vec!["user:read:user:admin".to_owned()];
    world.zoom.add_app(narrow);
    let token = world.access("narrow").await;
    let message = "Invalid access token, does not contain scopes:[meeting:read:list_meetings, \
                   meeting:read:list_meetings:admin].";
    assert_eq!(world.get(&token, "users/me/meetings").await, (400, json!({"code": 4711, "message": message})));
    let token = world.access("web").await;
    let (path, body) = ("users/member@acme.test/webinars", json!({"topic": "No seats"}));
    let (status, refused) = world.post(&token, path, body.clone()).await;
    assert_eq!((status, &refused["code"]), (400, &json!(200)));
    assert!(text(&refused["message"]).contains("Webinar plan is missing"));
    world.zoom.set_licence_refusal(LicenceRefusal::Status200);
    let (status, refused) = world.post(&token, path, body).await;
    assert_eq!((status, &refused["code"]), (200, &json!(200)));
    assert_eq!(world.get(&token, "users/nobody@acme.test").await.1["code"], 1001);
    assert_eq!(world.get(&token, "no/such/call").await.0, 404);
    assert_eq!(world.get(&token, "users/host@acme.test/settings").await.1["feature"]["webinar_capacity"], 500);
    world.zoom.set_role(&world.admin, Role::Member);
    assert_eq!(world.get(&token, "users/me").await.1["code"], 4711);
}

#[tokio::test]
async fn a_user_who_is_switched_off_loses_the_tokens() {
    let world = world().await;
    world.zoom.set_webhook_url("web", super::NOWHERE);
    let token = world.access("web").await;
    world.zoom.deactivate_user(&world.admin, super::START_MS);
    assert_eq!(names(&world.told()), ["user.deactivated"]);
    assert_eq!(world.get(&token, "users/me").await.1["code"], 124);
    let again = world.authorize(&world.form("web", "host@acme.test")).await;
    assert!(!again.headers().contains_key("location"));
}
