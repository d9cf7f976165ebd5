//! An admin's way off the old JWT app, from the first page to the certificate, and how many clicks it takes. Clicks on Zoom's own
//! pages are counted apart: nobody can take those away.

use super::chromium::Chromium;
use super::world::{World, add_first_tenant};
use connector_simulator::zoom::NewOldApp;
use std::io::Write as _;

/// Clicks that the way may take beside Zoom's own pages.
const CLICKS_MAX: usize = 12;
const PASSWORD: &str = "a long enough pass word";

/// A hand on the browser that counts.
struct Hand {
    browser: Chromium,
    ours: usize,
    zooms: usize,
}

impl Hand {
    /// Presses something of ours.
    #[track_caller]
    fn press(&mut self, words: &str) {
        self.browser.press(words);
        self.ours += 1;
    }

    /// Presses something of Zoom's.
    #[track_caller]
    fn press_at_zoom(&mut self, words: &str) {
        self.browser.press(words);
        self.zooms += 1;
    }

    /// Signs in with Zoom and says yes on both sides.
    #[track_caller]
    fn sign_in(&mut self, button: &str, connect: &str) {
        self.press(button);
        self.press_at_zoom("Allow");
        self.press(connect);
        self.browser.says("Where you are");
    }

    /// Follows the link to Zoom's page on which the host starts and ends it, in this tab, and comes back.
    #[track_caller]
    fn hold(&mut self, link: &str, back: &str) {
        let address = self.browser.property(link, "href");
        self.ours += 1;
        self.browser.open(&address);
        self.press_at_zoom("Start");
        self.press_at_zoom("End for all");
        // Before it says so, the way back would be overtaken by Zoom's answer.
        self.browser.says("It was held.");
        self.browser.open(back);
    }
}

/// The old app, on in Zoom and at the tenant: the connector as it was installed.
fn as_it_was(world: &World, place: &super::binary::Place, url: &str) {
    let account = world.first().1.id.clone();
    let old = NewOldApp {
        account: account.clone(),
        api_key: "old-key".to_owned(),
        api_secret: "old-secret".to_owned(),
        verification_token: "old-verification-token".to_owned(),
        url: format!("{url}/zoom/legacy/sunrise/webhook"),
    };
    world.preset.zoom.add_old_app(old);
    let credentials = format!("{account}\nold-verification-token\n\nold-key\nold-secret\n");
    place.json_with(&["migration", "old-app", "sunrise"], &credentials);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_migrates_from_the_first_page_to_the_certificate_in_at_most_twelve_clicks() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    // The day of silence has a story of its own; nobody can wait for it here.
    let place = world.place().with("ZOOM_CONNECTOR__MIGRATION__QUIET_HOURS", "0");
    add_first_tenant(&world, &place);
    place.json_with(&["user", "add", "asha@example.com", "--name", "Asha"], &format!("{PASSWORD}\n"));
    let serving = place.serve();
    as_it_was(&world, &place, &serving.url());
    let migration = format!("{}/t/sunrise/migration", serving.url());
    browser.open(&migration);
    browser.fill("#email", "asha@example.com");
    browser.fill("#password", PASSWORD);
    browser.click("main button[type=submit]");
    let mut hand = Hand { browser, ours: 0, zooms: 0 };

    hand.browser.says("Who is concerned, and why");
    hand.browser.look("migration-begin");
    hand.press("Begin");
    hand.browser.says("Who may sign in?");
    hand.browser.look("migration-sign-in");
    hand.sign_in("Sign in with Zoom: meetings", "Connect meetings");
    hand.sign_in("Sign in with Zoom: webinars", "Connect webinars");

    hand.browser.says("Test the connection");
    hand.press("Start the test");
    // Both are made in Zoom; the page shows the links by itself.
    let (meeting, webinar) = (r#"[data-test="Meetings"] a"#, r#"[data-test="Webinars"] a"#);
    hand.browser.text(meeting);
    hand.browser.text(webinar);
    hand.browser.look("migration-test");
    hand.hold(meeting, &migration);
    hand.hold(webinar, &migration);
    hand.browser.text("form[action$=accept-test] button.main");
    hand.browser.look("migration-tested");
    hand.press("The test is good");

    hand.browser.says("Deactivate the old app in Zoom");
    hand.browser.look("migration-deactivate");
    world.preset.zoom.deactivate_old_app(&world.first().1.id);
    world
        .until("the test is removed in Zoom", |world| {
            let history = world.preset.zoom.history();
            !history.meetings.is_empty() && history.meetings.iter().all(|one| one.deleted)
        })
        .await;
    hand.press("It is deactivated");
    hand.browser.says("The old app is silent");
    hand.browser.look("migration-finish");
    hand.press("Finish");
    hand.browser.says("Certificate");
    hand.browser.says("the same as before");
    hand.browser.look("migration-certificate");

    let shown = place.json(&["migration", "show", "sunrise"]);
    assert_eq!((shown["step"].as_str(), shown["doubled"].as_i64()), (Some("done"), Some(0)));
    assert_eq!(shown["old_app"]["on"], false, "its credentials are destroyed");
    let (ours, zooms) = (hand.ours, hand.zooms);
    // Straight to the terminal: what a passing test prints is not shown.
    let _ = writeln!(std::io::stderr(), "from start to certificate: {ours} clicks, and {zooms} on Zoom's own pages");
    assert!(hand.ours <= CLICKS_MAX, "{} clicks", hand.ours);
    serving.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_manager_comes_in_by_the_invitation_and_releases() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    let filters = r#"{"filters":[{"name":"Students","on":true,"condition":"email.startsWith('student')"}]}"#;
    place.json_with(&["connector", "set", "sunrise", "-"], filters);
    place.json(&["migration", "do", "sunrise", "begin"]);
    let invited = place.json(&["migration", "invite", "sunrise", "ann@manager.example", "--name", "Ann Lee"]);
    let serving = place.serve();
    // The command line does not know at which port the service listens in a test.
    let token = invited["url"].as_str().unwrap().rsplit_once("/review/").unwrap().1.to_owned();
    browser.open(&format!("{}/review/{token}", serving.url()));
    browser.says("Please review custom logic");
    browser.look("review-invite");
    browser.press("Go on");
    browser.says("Leaves out: Students");
    browser.says("email.startsWith('student')");
    browser.look("review");
    browser.fill("#reason", "the results are the same");
    browser.press("Release as Ann Lee");
    browser.says("Released by Ann Lee: the results are the same");
    browser.look("review-released");
    browser.press("All reviews");
    browser.says("released");
    browser.look("reviews");
    browser.open(&format!("{}/t/sunrise/migration", serving.url()));
    browser.says("Sign in");
    assert!(browser.address().contains("/sign-in"), "the tenant's own pages are not theirs");
    let shown = place.json(&["migration", "show", "sunrise"]);
    assert_eq!((shown["step"].as_str(), shown["custom_logic"]["is"].as_str()), (Some("sign_in"), Some("released")));
    serving.stop();
}
