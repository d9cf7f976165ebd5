//! The page Alerts: an address is added, and its secret replaced.

use super::chromium::{Chromium, Scripts};
use super::world::{World, add_first_tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_of_an_address_is_replaced_and_the_page_says_until_when_the_old_one_is_used() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    place.json_with(&["user", "add", "asha@example.com", "--name", "Asha"], "a long enough pass word\n");
    let serving = place.serve();
    browser.open(&format!("{}/t/sunrise/alerts", serving.url()));
    browser.fill("#email", "asha@example.com");
    browser.fill("#password", "a long enough pass word");
    browser.click("main button[type=submit]");
    browser.fill("#address", "https://alerts.sunrise.example/zoom");
    browser.press("Add");
    browser.says("It is shown this once");
    browser.look("alerts-added");
    browser.open(&format!("{}/t/sunrise/alerts", serving.url()));
    browser.look("alerts");
    // Without a script nobody asks once more.
    browser.scripts(Scripts::Off);
    browser.reload();
    browser.click("form[action$='/secret'] button");
    browser.says("everything is signed with the old one, too");
    browser.scripts(Scripts::Run);
    browser.look("alerts-replaced");
    browser.open(&format!("{}/t/sunrise/alerts", serving.url()));
    browser.says("the old one is used too until");
    assert_eq!(browser.count("form[action$='/secret']"), 0, "it cannot be replaced again today");
    serving.stop();
}
