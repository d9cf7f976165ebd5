//! What the commands need and the machine lacks: installed on Debian as root, elsewhere named with the command to type.

use crate::step;
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Command;

/// Something the commands need, and the Debian package that has it.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// PostgreSQL's server with `initdb` and `pg_ctl`.
    Postgres,
    /// Chromium, and chromedriver that drives it.
    Browser,
}

impl Need {
    fn package(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Browser => "chromium-driver",
        }
    }

    /// What other systems call it.
    fn elsewhere(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL (≥ 15), so that its bin folder",
            Self::Browser => "Chromium and chromedriver, so that chromedriver",
        }
    }
}

/// Installs what is needed, or says how.
///
/// # Errors
/// When this is not Debian or not root (the message has the command to type), or the installation fails.
pub fn install(need: Need) -> anyhow::Result<()> {
    let package = need.package();
    let is_debian = Path::new("/etc/debian_version").exists();
    if !is_debian {
        bail!("{package} is missing: install with your system's package manager {} is on PATH", need.elsewhere());
    }
    if !is_root() {
        bail!("{package} is missing: type `sudo apt-get update && sudo apt-get install -y {package}`, then again");
    }
    println!("{package} is missing; apt-get installs it");
    let apt_get = |arguments: &[&str]| {
        step::quietly(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt_get(&["update", "-qq"])?;
    apt_get(&["install", "-y", "-qq", "--no-install-recommends", package])
}

/// The version of axe-core that the pages are looked at with.
const AXE: &str = "axe-core@4.14.1";

/// Puts axe-core where the tests look for it, by npm, unless it is there. Nothing of it is shipped.
///
/// # Errors
/// When npm is missing or cannot fetch it.
pub fn axe() -> anyhow::Result<()> {
    let folder = step::root().join("target/axe");
    if folder.join("node_modules/axe-core/axe.min.js").exists() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&folder).arg(AXE);
    step::quietly(&mut npm).context("axe-core could not be installed")
}

/// The version of schemathesis that the API's answers are tried with.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Installs schemathesis, which makes up requests to the API from its description, into a folder of `target/`. Without Python
/// its test tries nothing, and a sentence says so.
///
/// # Errors
/// When the installation fails.
pub fn schemathesis(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/schemathesis");
    if step::answers(Command::new(folder.join("bin/schemathesis")).arg("--version")) {
        return Ok(());
    }
    if !step::answers(Command::new("python3").arg("--version")) {
        println!("there is no python3: requests made up by schemathesis are not tried");
        return Ok(());
    }
    println!("schemathesis is missing; pip installs it into {}", folder.display());
    step::quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    step::quietly(Command::new(folder.join("bin/pip")).args(["install", "--quiet", SCHEMATHESIS]))
}

/// Whether these commands run as root.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
