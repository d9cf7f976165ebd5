//! Headless Chromium, driven through chromedriver's WebDriver protocol, which is JSON over plain HTTP on loopback. Both end
//! when this is dropped. Finding something on a page waits for it inside the browser, so that no test looks again and again.
//!
//! Without chromedriver a test fails and says what to install; `CONNECTOR_TEST_BROWSER=none` leaves these tests out instead.
//! With `CONNECTOR_TEST_PICTURES` naming a folder, [`Chromium::look`] keeps pictures of the pages there.
#![allow(dead_code, reason = "each way through the pages uses its part")]

use super::axe::{Axe, Rules};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Set to `none` it leaves the tests with a browser out.
const VARIABLE: &str = "CONNECTOR_TEST_BROWSER";
/// Names a folder in which pictures are kept.
const PICTURES: &str = "CONNECTOR_TEST_PICTURES";
/// The longest answer of the driver, in bytes; a picture of a page is the largest.
const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The longest wait for an answer; longer than the browser itself waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// How long the browser waits for what it is to find, in milliseconds; the machine may be busy.
const FIND_MS: u64 = 60_000;
/// Under this name WebDriver hands out an element (its standard fixes the number).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What keeps Chromium quiet: no first-run page, nothing fetched on its own account.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How large a page is shown, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A desk's.
    Desk,
    /// A phone's.
    Phone,
}

/// What a person's system asks pages to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// They may.
    Run,
    /// They may not.
    Off,
}

/// A running browser with one page and cookies of its own.
pub struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    filled: AtomicUsize,
    scripts_off: AtomicBool,
}

impl Chromium {
    /// Starts one; `None` where the tests with a browser are left out.
    pub fn start() -> Option<Self> {
        if std::env::var(VARIABLE).is_ok_and(|value| value == "none") {
            // Straight to the terminal: what a passing test prints is not shown.
            let _ = writeln!(std::io::stderr(), "tests with a browser are left out: {VARIABLE} is `none`");
            return None;
        }
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "chromedriver cannot be started ({error}): install it (on Debian `apt-get install chromium-driver`; \
                     `cargo xtask test` does), or set {VARIABLE}=none to leave these tests out"
                )
            });
        let output = BufReader::new(driver.stdout.take().unwrap());
        let port = output.lines().map_while(Result::ok).find_map(|line| port_in(&line));
        // From here on dropping it ends the driver.
        let mut browser = Self {
            driver,
            port: port.unwrap_or(0),
            session: String::new(),
            filled: AtomicUsize::new(0),
            scripts_off: AtomicBool::new(false),
        };
        assert_ne!(browser.port, 0, "chromedriver does not say on which port it listens");
        let mut arguments = ARGUMENTS.to_vec();
        if is_root() {
            // Chromium refuses to put root into its sandbox.
            arguments.push("--no-sandbox");
        }
        let wanted = json!({ "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": { "args": arguments } } });
        let session = browser.call("POST", "/session", &json!({ "capabilities": wanted })).unwrap();
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        browser.on_page("POST", "/timeouts", &json!({ "implicit": FIND_MS, "script": FIND_MS }));
        browser.show(Screen::Desk, Colours::Light);
        Some(browser)
    }

    /// Shows pages on that screen, in those colours.
    pub fn show(&self, screen: Screen, colours: Colours) {
        let (width, height) = match screen {
            Screen::Desk => (1280, 900),
            Screen::Phone => (390, 844),
        };
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == Screen::Phone });
        self.developer("Emulation.setDeviceMetricsOverride", &size);
        let value = match colours {
            Colours::Light => "light",
            Colours::Dark => "dark",
        };
        // Without motion a picture shows no colour that is only passed through.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }, still] });
        self.developer("Emulation.setEmulatedMedia", &media);
    }

    /// Lets pages run scripts, or not; from the next page on.
    pub fn scripts(&self, scripts: Scripts) {
        self.scripts_off.store(scripts == Scripts::Off, Ordering::SeqCst);
        self.developer("Emulation.setScriptExecutionDisabled", &json!({ "value": scripts == Scripts::Off }));
    }

    /// Opens an address and waits until its page is there.
    pub fn open(&self, address: &str) {
        self.on_page("POST", "/url", &json!({ "url": address }));
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.on_page("POST", "/refresh", &json!({}));
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        self.on_page("GET", "/url", &Value::Null).as_str().unwrap().to_owned()
    }

    /// Fills the field that the selector names, over what stands in it. It counts as filled by hand, see [`Self::filled`].
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        self.filled.fetch_add(1, Ordering::SeqCst);
        let element = self.element(selector);
        self.on_page("POST", &format!("/element/{element}/clear"), &json!({}));
        self.on_page("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Fills a field of date and time, `YYYY-MM-DDTHH:MM`: what keys mean in it depends on the language of the machine.
    #[track_caller]
    pub fn fill_time(&self, selector: &str, text: &str) {
        self.filled.fetch_add(1, Ordering::SeqCst);
        let script =
            "const field = document.querySelector(arguments[0]); field.value = arguments[1]; return field.value";
        let set = self.on_page("POST", "/execute/sync", &json!({ "script": script, "args": [selector, text] }));
        assert_eq!(set, text, "{selector} does not take {text}");
    }

    /// How many fields were filled by hand so far.
    pub fn filled(&self) -> usize {
        self.filled.load(Ordering::SeqCst)
    }

    /// Clicks what the selector names, and waits for the page that follows.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.follow(&element);
    }

    /// Clicks the first button or link in the page's main part with these words, and waits for the page that follows.
    #[track_caller]
    pub fn press(&self, words: &str) {
        let path = format!("//main//*[self::a or self::button][contains(normalize-space(.), \"{words}\")]");
        let element = self.find("xpath", &path);
        self.follow(&element);
    }

    /// Presses a key, wherever the keyboard is.
    pub fn key(&self, key: &str) {
        let stroke = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": stroke }] });
        self.on_page("POST", "/actions", &actions);
    }

    /// Presses a key, and waits for the page that follows.
    #[track_caller]
    pub fn key_to_page(&self, key: &str) {
        self.ask("document.documentElement.setAttribute('data-left', '')");
        self.key(key);
        self.element("html:not([data-left])");
    }

    /// Opens what is folded up under these words.
    #[track_caller]
    pub fn unfold(&self, words: &str) {
        let element = self.find("xpath", &format!("//main//summary[contains(normalize-space(.), \"{words}\")]"));
        self.on_page("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks, and waits until the page that was left is gone: what it said is not to be taken for what the next one says.
    #[track_caller]
    fn follow(&self, element: &str) {
        self.ask("document.documentElement.setAttribute('data-left', '')");
        self.on_page("POST", &format!("/element/{element}/click"), &json!({}));
        self.element("html:not([data-left])");
    }

    /// The text that is seen of what the selector names.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        self.on_page("GET", &format!("/element/{element}/text"), &Value::Null).as_str().unwrap().to_owned()
    }

    /// The value of a field, or another property of what the selector names; empty where it has none.
    #[track_caller]
    pub fn property(&self, selector: &str, name: &str) -> String {
        let element = self.element(selector);
        let value = self.on_page("GET", &format!("/element/{element}/property/{name}"), &Value::Null);
        value.as_str().map(str::to_owned).unwrap_or_default()
    }

    /// Waits until the page's main part says these words.
    #[track_caller]
    pub fn says(&self, words: &str) {
        self.find("xpath", &format!("//main[contains(normalize-space(.), \"{words}\")]"));
    }

    /// What a script on the page answers.
    pub fn ask(&self, script: &str) -> Value {
        self.on_page("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a script on the page answers in the end: it is given a function to call with the answer as its last argument.
    pub fn ask_and_wait(&self, script: &str) -> Value {
        self.on_page("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script on every page from now on, before any of the page's own.
    pub fn before_each_page(&self, script: &str) {
        self.developer("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
    }

    /// How many there are of what the selector names, now.
    pub fn count(&self, selector: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.on_page("POST", "/execute/sync", &json!({ "script": script, "args": [selector] })).as_u64().unwrap()
    }

    /// Looks at the page light and dark, on a desk and on a phone: nothing of it may be cut off at the side, and axe-core may not
    /// object to anything.
    #[track_caller]
    pub fn look(&self, name: &str) {
        // It is a script itself.
        let axe = if self.scripts_off.load(Ordering::SeqCst) { None } else { Axe::load() };
        for (screen, colours, suffix) in [
            (Screen::Desk, Colours::Light, "light"),
            (Screen::Desk, Colours::Dark, "dark"),
            (Screen::Phone, Colours::Light, "phone"),
            (Screen::Phone, Colours::Dark, "phone-dark"),
        ] {
            self.show(screen, colours);
            let wide = self.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert_eq!(wide, 0, "{name} ({suffix}) is wider than the screen");
            if let Some(axe) = &axe {
                assert_eq!(axe.look(self, Rules::All), Vec::<String>::new(), "axe-core at {name} ({suffix})");
            }
            if let Some(folder) = std::env::var_os(PICTURES) {
                let folder = std::path::PathBuf::from(folder);
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(format!("{name}-{suffix}.png")), self.picture()).unwrap();
            }
        }
        self.show(Screen::Desk, Colours::Light);
    }

    /// The whole page, as PNG.
    fn picture(&self) -> Vec<u8> {
        let wanted = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.developer("Page.captureScreenshot", &wanted);
        data_encoding::BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap()
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        self.find("css selector", selector)
    }

    #[track_caller]
    fn find(&self, using: &str, value: &str) -> String {
        let found = self.call("POST", &format!("{}/element", self.session), &json!({ "using": using, "value": value }));
        let found = found.unwrap_or_else(|why| panic!("no {value} at {}: {why}\n{}", self.address(), self.page_text()));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    fn page_text(&self) -> String {
        self.ask("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    fn developer(&self, command: &str, parameters: &Value) -> Value {
        self.on_page("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    #[track_caller]
    fn on_page(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("{}{path}", self.session), body).unwrap()
    }

    /// One call: JSON there, and the `value` that comes back, or why not.
    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let value = read_answer(&mut BufReader::new(stream))["value"].take();
        match value["error"].as_str() {
            None => Ok(value),
            Some(error) => {
                let why = value["message"].as_str().and_then(|message| message.lines().next()).unwrap_or_default();
                Err(format!("{method} {path}: {error}: {why}"))
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ending the session ends the browser; without an answer it ends with the driver.
            drop(self.call("DELETE", &self.session, &Value::Null));
        }
        // It may be gone already.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The port in the line by which chromedriver says that it is there.
fn port_in(line: &str) -> Option<u16> {
    line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Reads one HTTP answer and the JSON in it, as long as its head says.
fn read_answer(reader: &mut impl std::io::BufRead) -> Value {
    let mut length = None;
    for line in reader.by_ref().take(ANSWER_BYTES_MAX).lines() {
        let line = line.unwrap();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let length = length.filter(|length| *length <= ANSWER_BYTES_MAX).unwrap();
    serde_json::from_reader(reader.take(length)).unwrap()
}
