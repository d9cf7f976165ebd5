//! Attacks on the way from the button to the connection, played as scripts: none of them connects anything, and none uses
//! up a code that it was not meant for.

use super::consent::consent;
use super::house::House;
use super::on_both;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::ZoomApp;
use connector_server::connections::script::{self, Callback};
use connector_server::connections::sign_in::{self, SignInError};
use connector_server::store::{connection, sign_in as stored};
use futures_util::future::join_all;

const ATTACKER: &str = "attacker's browser";
const VICTIM: &str = "victim's browser";
const APP: ZoomApp = ZoomApp::Webinars;

/// The attacker signs in as the admin of their own Zoom account, for the tenant of that number, and stops at the callback.
async fn lured(house: &House, place: usize, app: ZoomApp) -> (String, Callback) {
    let url = sign_in::begin(&house.shared, &house.tenant(place), app, ATTACKER, "attacker").await.unwrap();
    let callback = consent(&url, &house.preset.zoom_accounts[1].admin).await;
    let read = script::read_callback(&callback).unwrap();
    (url, read)
}

/// Nothing is connected but what was before any attack: each tenant with its own Zoom account.
async fn check_untouched(house: &House, attack: &str) {
    for place in 0..2 {
        for app in ZoomApp::ALL {
            let tenant = house.tenant(place);
            let read = house
                .shared
                .store
                .read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
            let open = read.await.unwrap().unwrap();
            assert_eq!(open.account, house.preset.zoom_accounts[place].id, "{attack}");
            assert_eq!((open.state.as_str(), open.began_ms), ("active", super::house::BEGIN_MS), "{attack}");
        }
    }
}

async fn come_back(house: &House, app: ZoomApp, back: &Callback, browser: &str) -> Result<(), SignInError> {
    let code = back.outcome.clone().unwrap();
    sign_in::come_back(&house.shared, app, &code, (&back.state, browser)).await.map(|_| ())
}

#[track_caller]
fn check_not_known(result: &Result<(), SignInError>, attack: &str) {
    assert!(matches!(result, Err(SignInError::NotKnown)), "{attack}: {result:?}");
}

#[tokio::test]
async fn a_callback_opened_in_another_browser_exchanges_nothing() {
    on_both(async |house| {
        // Forced linking: the victim's browser opens the attacker's callback. And the sent link: the victim finishes it.
        let (_, back) = lured(&house, 0, APP).await;
        check_not_known(&come_back(&house, APP, &back, VICTIM).await, "forced linking");
        check_not_known(&come_back(&house, APP, &back, "").await, "no cookie at all");
        let url = format!(
            "/oauth/zoom/webinars/callback?code={}&state={}&return_to=//evil.example",
            back.outcome.clone().unwrap(),
            back.state
        );
        let answer = house.answer(Request::get(&url).body(Body::empty()).unwrap()).await;
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let location = header("location").unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert!(location.starts_with("/oauth/zoom/webinars/confirm?state="), "no way out: {location}");
        assert!(!location.contains("code=") && !location.contains("evil"), "{location}");
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
        assert!(header("cache-control").unwrap().contains("no-store"));
        let (status, page) = house.ask(Request::get(&location).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            !page.contains(&house.preset.zoom_accounts[1].id),
            "the page says nothing about the attacker's account"
        );
        check_untouched(&house, "forced linking").await;
        // The code was not used up by any of it: whoever began may still go on, and connects nothing by coming back.
        come_back(&house, APP, &back, ATTACKER).await.unwrap();
        let confirmed = sign_in::confirm(&house.shared, APP, (&back.state, VICTIM)).await.map(|_| ());
        check_not_known(&confirmed, "confirmed by another browser");
        check_untouched(&house, "not confirmed").await;
    })
    .await;
}

#[tokio::test]
async fn the_apps_and_the_tenants_are_not_mixed_up() {
    on_both(async |house| {
        let (_, meetings) = lured(&house, 0, ZoomApp::Meetings).await;
        let (_, webinars) = lured(&house, 0, APP).await;
        check_not_known(&come_back(&house, APP, &meetings, ATTACKER).await, "the state of the other app");
        let mixed = Callback { state: webinars.state, outcome: meetings.outcome.clone() };
        let refused = come_back(&house, APP, &mixed, ATTACKER).await;
        assert!(matches!(refused, Err(SignInError::Refused(_))), "the code of the other app: {refused:?}");
        // A person of two tenants hands the sign-in of one to the other.
        let other = script::belongs(&house.shared, &house.tenant(1), (&meetings.state, ATTACKER)).await;
        check_not_known(&other, "the sign-in of another tenant");
        let (_, second) = lured(&house, 1, APP).await;
        come_back(&house, APP, &second, ATTACKER).await.unwrap();
        let other = script::belongs(&house.shared, &house.tenant(0), (&second.state, ATTACKER)).await;
        check_not_known(&other, "the offer of another tenant");
        check_untouched(&house, "mix-ups").await;
    })
    .await;
}

#[tokio::test]
async fn a_state_that_is_missing_guessed_old_or_used_is_refused() {
    on_both(async |house| {
        let (_, back) = lured(&house, 0, APP).await;
        let mut guess = back.state.clone();
        let last = if guess.ends_with('A') { 'B' } else { 'A' };
        guess.pop();
        guess.push(last);
        for state in ["", "none", guess.as_str(), "%00", "' or 1=1 --"] {
            let tried = Callback { state: state.to_owned(), outcome: back.outcome.clone() };
            check_not_known(&come_back(&house, APP, &tried, ATTACKER).await, state);
        }
        assert!(back.state.len() * 6 >= 128, "128 bits and more: {}", back.state);
        // Begun in the Zoom Marketplace: a code, and no state of ours.
        let uninvited = format!("/oauth/zoom/webinars/callback?code={}", back.outcome.clone().unwrap());
        let (status, _) = house.ask(Request::get(&uninvited).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        check_untouched(&house, "no state").await;
        // Fifty times at once: exchanged once, and that code is good although all of the above went before.
        let answers = join_all((0..50).map(|_| come_back(&house, APP, &back, ATTACKER))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.iter().filter(|answer| answer.is_err()) {
            check_not_known(refused, "used");
        }
        let (_, late) = lured(&house, 0, APP).await;
        house.advance(sign_in::SIGN_IN_MS);
        check_not_known(&come_back(&house, APP, &late, ATTACKER).await, "old");
        let confirmed = sign_in::confirm(&house.shared, APP, (&back.state, ATTACKER)).await.map(|_| ());
        check_not_known(&confirmed, "an offer that is old");
        check_untouched(&house, "states").await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_code_is_worth_nothing_without_the_verifier_that_never_leaves() {
    on_both(async |house| {
        let (url, back) = lured(&house, 0, APP).await;
        let url = reqwest::Url::parse(&url).unwrap();
        let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!(value("code_challenge_method"), "S256");
        let state_hash = sign_in::hash(&back.state);
        let read = house.shared.store.read(move |unit| Box::pin(async move { stored::get(unit, &state_hash).await }));
        let row = read.await.unwrap().unwrap();
        let challenge = value("code_challenge");
        for word in [back.state.as_str(), challenge.as_str()] {
            assert!(!row.verifier.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "sealed");
        }
        // The code in the attacker's own sign-in, whose verifier is another one.
        let own = sign_in::begin(&house.shared, &house.tenant(1), APP, ATTACKER, "attacker").await.unwrap();
        let own = reqwest::Url::parse(&own).unwrap();
        let state = own.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let injected = Callback { state, outcome: back.outcome.clone() };
        let refused = come_back(&house, APP, &injected, ATTACKER).await;
        assert!(matches!(refused, Err(SignInError::Refused(_))), "{refused:?}");
        check_untouched(&house, "a stolen code").await;
    })
    .await;
}
