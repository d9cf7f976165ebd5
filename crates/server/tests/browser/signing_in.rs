//! The first thing a person of the console does.

use super::chromium::{Chromium, Colours, Screen};
use super::world::{World, add_first_tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_of_the_console_signs_in_and_sees_the_tenants() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    place.json_with(&["user", "add", "asha@example.com", "--name", "Asha"], "a long enough pass word\n");
    let serving = place.serve();
    browser.open(&serving.url());
    browser.fill("#email", "asha@example.com");
    browser.fill("#password", "a wrong pass word");
    browser.click("main button[type=submit]");
    browser.says("do not fit together");
    browser.show(Screen::Phone, Colours::Dark);
    browser.fill("#password", "a long enough pass word");
    browser.click("main button[type=submit]");
    browser.says("Sunrise");
    assert_eq!(browser.filled(), 3);
    serving.stop();
}
