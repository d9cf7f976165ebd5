//! `cargo xtask screenshots`: starts the demo, looks at its main pages with a real browser, and keeps what it sees in
//! `docs/screenshots/`. Everything it started ends with it.

use crate::step;
use crate::webdriver::Browser;
use anyhow::{Context as _, ensure};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The folder of the pictures, from the root of the repository.
const FOLDER: &str = "docs/screenshots";
/// How large a page is shown, in pixels.
const WINDOW: (u32, u32) = (1280, 860);
/// People of the demo's webinar.
const PEOPLE: &str = "50";
/// Somebody who registers for it and comes.
const SOMEBODY: &str = "dev.okafor.3@customers.example";
/// The company that holds the demo's webinar.
const TENANT: &str = "sunrise";
/// A picture of the documentation should not weigh more, in bytes.
const PICTURE_BYTES_MAX: u64 = 200 * 1024;
/// So long after the last change the numbers of an event are counted at the latest.
const COUNTED: Duration = Duration::from_secs(25);
/// The demo's last line, when everything has arrived.
const ALL_THERE: &str = "Look around";

/// Takes the pictures of the README.
///
/// # Errors
/// When the demo or the browser does not start, a page is not as expected, or a picture is too heavy.
pub fn run() -> anyhow::Result<()> {
    step::run("build", &mut step::cargo(&["build", "--release", "--package", "connector-server"]))?;
    let demo = Demo::start()?;
    let browser = Browser::start(WINDOW)?;
    let folder = step::root().join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let keep = |name: &str, address: &str| {
        browser.open(address)?;
        keep(&folder.join(name), &browser.picture()?).with_context(|| name.to_owned())
    };
    browser.open(&format!("{}/sign-in", demo.console))?;
    browser.fill("#email", &demo.email)?;
    browser.fill("#password", &demo.password)?;
    browser.click("main button[type=submit]")?;
    let tenant = format!("{}/t/{TENANT}", demo.console);
    keep("overview.png", &tenant)?;
    keep("configure.png", &format!("{tenant}/configure/webinar-settings"))?;
    keep("deliveries.png", &format!("{tenant}/deliveries"))?;
    std::thread::sleep(COUNTED);
    browser.open(&format!("{tenant}/events?view=past&kind=webinar"))?;
    keep("event.png", &browser.link("main table a.strong")?)?;
    keep("people.png", &format!("{tenant}/people"))?;
    keep("follow.png", &format!("{tenant}/follow?q={SOMEBODY}"))?;
    // Who was active last stands first. The list with a search does not refresh itself under our hands.
    browser.open(&format!("{}/crm/{TENANT}?q=", demo.leadsquared))?;
    keep("lead.png", &browser.link("main a.row")?)
}

/// A running demo with what it said of itself.
#[derive(Debug)]
struct Demo {
    process: Child,
    console: String,
    email: String,
    password: String,
    leadsquared: String,
}

impl Demo {
    /// Starts it and waits until everything has arrived.
    fn start() -> anyhow::Result<Self> {
        let process = Command::new(step::root().join("target/release/zoom-connector"))
            .args(["demo", "--people", PEOPLE])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the demo cannot be started")?;
        let empty = String::new;
        let mut demo = Self { process, console: empty(), email: empty(), password: empty(), leadsquared: empty() };
        let output = demo.process.stdout.take().context("the demo has no output")?;
        let mut there = false;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if line.starts_with(ALL_THERE) {
                there = true;
                break;
            }
            demo.hear(&line);
        }
        ensure!(there, "the demo ended early");
        ensure!(
            ![&demo.console, &demo.email, &demo.password, &demo.leadsquared].iter().any(|told| told.is_empty()),
            "the demo did not say where to look"
        );
        Ok(demo)
    }

    fn hear(&mut self, line: &str) {
        if let Some(address) = line.strip_prefix("Console:") {
            address.trim().clone_into(&mut self.console);
        } else if let Some(address) = line.strip_prefix("Pretend LeadSquared:") {
            address.trim().clone_into(&mut self.leadsquared);
        } else if let Some((email, password)) =
            line.trim().strip_prefix("sign in as ").and_then(|rest| rest.split_once(" with "))
        {
            email.clone_into(&mut self.email);
            password.clone_into(&mut self.password);
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Asked politely it deletes its folder.
        let asked = step::quietly(Command::new("kill").args(["-TERM", &self.process.id().to_string()]));
        if asked.is_err() {
            drop(self.process.kill());
        }
        drop(self.process.wait());
    }
}

/// Writes a picture, as small as the tools of the machine can make it.
fn keep(path: &Path, picture: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, picture)?;
    // Without these the picture is only heavier; the limit below says whether that matters. The first one refuses what
    // it would make larger, which is no failure.
    drop(step::quietly(
        Command::new("pngquant").args(["--force", "--skip-if-larger", "--strip", "--output"]).arg(path).arg(path),
    ));
    drop(step::quietly(Command::new("optipng").args(["-quiet", "-o2"]).arg(path)));
    let bytes = std::fs::metadata(path)?.len();
    println!("{}: {} KiB", path.display(), bytes / 1024);
    ensure!(bytes <= PICTURE_BYTES_MAX, "{bytes} bytes are too many; install pngquant and optipng");
    Ok(())
}
