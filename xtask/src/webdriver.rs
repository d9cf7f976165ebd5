//! A real browser to look at pages with: headless Chromium, driven through chromedriver's WebDriver protocol, which is
//! JSON over plain HTTP on loopback. Both end when this is dropped.

use crate::install::{self, Need};
use crate::step;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The longest answer of the driver, in bytes; a picture of a page is the largest.
const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The longest wait for an answer; starting the browser takes longest.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Under this name WebDriver hands out an element (its standard fixes the number).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What keeps Chromium quiet: no first-run page, nothing fetched on its own account.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A running browser with one page.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts one whose page is `width` by `height` pixels and light.
    ///
    /// # Errors
    /// When chromedriver is missing and cannot be installed, or the browser does not start.
    pub fn start((width, height): (u32, u32)) -> anyhow::Result<Self> {
        if !step::answers(Command::new("chromedriver").arg("--version")) {
            install::install(Need::Browser)?;
        }
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver cannot be started")?;
        let port = driver
            .stdout
            .take()
            .and_then(|output| BufReader::new(output).lines().find_map(|line| port_in(&line.ok()?)));
        // From here on dropping it ends the driver.
        let mut browser = Self { driver, port: port.unwrap_or(0), session: String::new() };
        if browser.port == 0 {
            bail!("chromedriver does not say on which port it listens");
        }
        let mut arguments: Vec<&str> = ARGUMENTS.to_vec();
        if install::is_root() {
            // Chromium refuses to put root into its sandbox.
            arguments.push("--no-sandbox");
        }
        let wanted = json!({ "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": { "args": arguments } } });
        let session = browser.call("POST", "/session", &json!({ "capabilities": wanted }))?;
        let session = session.get("sessionId").and_then(Value::as_str).context("the browser did not start")?;
        browser.session = format!("/session/{session}");
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.developer("Emulation.setDeviceMetricsOverride", &size)?;
        let light = json!({ "features": [{ "name": "prefers-color-scheme", "value": "light" }] });
        browser.developer("Emulation.setEmulatedMedia", &light)?;
        Ok(browser)
    }

    /// Opens an address and waits until its page is there.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, address: &str) -> anyhow::Result<()> {
        self.on_page("POST", "/url", &json!({ "url": address })).map(drop)
    }

    /// Types a text into the field that the selector names.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn fill(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        let element = self.element(selector)?;
        self.on_page("POST", &format!("/element/{element}/value"), &json!({ "text": text })).map(drop)
    }

    /// Clicks what the selector names.
    ///
    /// # Errors
    /// When there is nothing to click.
    pub fn click(&self, selector: &str) -> anyhow::Result<()> {
        let element = self.element(selector)?;
        self.on_page("POST", &format!("/element/{element}/click"), &json!({})).map(drop)
    }

    /// The address that the link leads to which the selector names.
    ///
    /// # Errors
    /// When there is no such link.
    pub fn link(&self, selector: &str) -> anyhow::Result<String> {
        let element = self.element(selector)?;
        let address = self.on_page("GET", &format!("/element/{element}/property/href"), &Value::Null)?;
        Ok(address.as_str().with_context(|| format!("{selector} is not a link"))?.to_owned())
    }

    /// What is seen of the page, as PNG.
    ///
    /// # Errors
    /// When the browser gives no picture.
    pub fn picture(&self) -> anyhow::Result<Vec<u8>> {
        let picture = self.on_page("GET", "/screenshot", &Value::Null)?;
        let text = picture.as_str().context("the browser gave no picture")?;
        data_encoding::BASE64.decode(text.as_bytes()).context("the picture cannot be read")
    }

    fn element(&self, selector: &str) -> anyhow::Result<String> {
        let found = self.on_page("POST", "/element", &json!({ "using": "css selector", "value": selector }))?;
        Ok(found.get(ELEMENT).and_then(Value::as_str).with_context(|| format!("no {selector}"))?.to_owned())
    }

    fn developer(&self, command: &str, parameters: &Value) -> anyhow::Result<()> {
        self.on_page("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).map(drop)
    }

    fn on_page(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(method, &format!("{}{path}", self.session), body)
    }

    /// One call: JSON there, and the `value` that comes back.
    fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let mut stream =
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).context("chromedriver does not answer")?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes())?;
        let answer = read_answer(&mut BufReader::new(stream)).with_context(|| format!("{method} {path}"))?;
        let value = answer.get("value").cloned().unwrap_or(Value::Null);
        if let Some(error) = value.get("error").and_then(Value::as_str) {
            let why = value.get("message").and_then(Value::as_str).unwrap_or_default();
            bail!("{method} {path}: {error}: {}", why.lines().next().unwrap_or_default());
        }
        Ok(value)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ending the session ends the browser; without an answer it ends with the driver.
            drop(self.on_page("DELETE", "", &Value::Null));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// The port in the line by which chromedriver says that it is there.
fn port_in(line: &str) -> Option<u16> {
    line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

/// Reads one HTTP answer and the JSON in it, as long as its head says.
fn read_answer(reader: &mut impl std::io::BufRead) -> anyhow::Result<Value> {
    let mut length = None;
    for line in reader.by_ref().take(ANSWER_BYTES_MAX).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<u64>()?);
        }
    }
    let length = length.context("an answer of unknown length")?;
    if length > ANSWER_BYTES_MAX {
        bail!("an answer of {length} bytes is too long");
    }
    serde_json::from_reader(reader.take(length)).context("the answer is no JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_what_chromedriver_prints() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 39127."), Some(39_127));
        assert_eq!(port_in("Starting ChromeDriver 148.0 on port 0"), None);
    }

    #[test]
    fn an_answer_is_read_to_its_length_and_no_further() {
        let mut bytes = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"value\":1}trailing".as_bytes();
        assert_eq!(read_answer(&mut bytes).unwrap(), json!({ "value": 1 }));
        assert!(read_answer(&mut "HTTP/1.1 200 OK\r\n\r\n{}".as_bytes()).is_err());
        assert!(read_answer(&mut "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}".as_bytes()).is_err());
    }
}
