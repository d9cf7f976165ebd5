//! A PostgreSQL to throw away: a fresh folder, a socket in it and no port, nothing flushed to the device. It never
//! outlives the command that started it, however that ends.

use crate::install::{self, Need};
use crate::step;
use anyhow::{Context as _, bail};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Root may not run PostgreSQL; this user does instead.
const USER: &str = "postgres";
/// Connections at once: many tests run side by side, each with a pool of its own.
const CONNECTIONS_MAX: u32 = 400;
/// The longest time to come up, in seconds.
const START_S_MAX: u32 = 60;
/// A socket's path may have some 100 bytes, so the folder stands here and not below the system's temporary folder.
const PARENT: &str = "/tmp";
/// Folders tried before giving up.
const FOLDERS_MAX: u32 = 100;

/// A running PostgreSQL. It is stopped and deleted when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    guard: Child,
}

impl Postgres {
    /// Makes and starts one.
    ///
    /// # Errors
    /// When it is not installed and cannot be, or does not come up.
    pub fn start() -> anyhow::Result<Self> {
        let binaries = match binaries() {
            Some(folder) => folder,
            None => {
                install::install(Need::Postgres)?;
                binaries().context("PostgreSQL was installed, but initdb, pg_ctl and postgres are nowhere")?
            }
        };
        let folder = fresh_folder()?;
        let user = if install::is_root() { Some(USER) } else { None };
        // From here on the guard deletes the folder, whatever happens.
        let postgres = Self { guard: guard(&binaries, &folder, user)?, folder };
        if let Some(user) = user {
            chown(&postgres.folder, Some(id_of(user, "-u")?), Some(id_of(user, "-g")?))?;
        }
        postgres.fill(&binaries, user)?;
        Ok(postgres)
    }

    /// The address of its maintenance database. The host is the folder of the socket, percent-encoded, so that a test
    /// may put another database's name behind the last slash.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@{}/postgres", self.folder.display().to_string().replace('/', "%2F"))
    }

    fn fill(&self, binaries: &Path, user: Option<&str>) -> anyhow::Result<()> {
        let (data, log) = (self.folder.join("data"), self.folder.join("log"));
        let mut initdb = as_user(user, &binaries.join("initdb"));
        initdb
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER, "-D"])
            .arg(&data);
        step::quietly(initdb.current_dir(&self.folder))?;
        let socket = self.folder.display();
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={socket} -c max_connections={CONNECTIONS_MAX} \
             -c fsync=off -c full_page_writes=off"
        );
        let mut start = as_user(user, &binaries.join("pg_ctl"));
        start.args(["start", "-w", "-t"]).arg(START_S_MAX.to_string()).arg("-D").arg(&data);
        start.arg("-l").arg(&log).arg("-o").arg(options).current_dir(&self.folder);
        // The server keeps what it inherits: a pipe here would never end.
        let status = start.stdin(Stdio::null()).stdout(Stdio::null()).status().context("pg_ctl cannot be started")?;
        if !status.success() {
            bail!("PostgreSQL did not come up: {}", std::fs::read_to_string(&log).unwrap_or_default().trim());
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("{} may be left behind: {error}", self.folder.display());
        }
    }
}

/// Starts the process that stops PostgreSQL and deletes its folder as soon as our end of its input is gone. That
/// happens when [`Postgres`] is dropped, and just so when we are interrupted or killed, when nothing of ours runs any more.
fn guard(binaries: &Path, folder: &Path, user: Option<&str>) -> anyhow::Result<Child> {
    let mut stop = as_user(user, &binaries.join("pg_ctl"));
    stop.args(["stop", "-w", "-m", "immediate", "-D"]).arg(folder.join("data"));
    let script = "trap '' HUP INT TERM; read -r _; \"$@\" >/dev/null 2>&1; rm -rf -- \"$0\"";
    Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(folder)
        .arg(stop.get_program())
        .args(stop.get_args())
        .current_dir(PARENT)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("sh cannot be started")
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--init-groups", "--"]).arg(program);
    command
}

fn id_of(user: &str, which: &str) -> anyhow::Result<u32> {
    let output = Command::new("id").args([which, user]).output().context("id cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("root may not run PostgreSQL, and there is no user {user} to run it"))
}

fn fresh_folder() -> anyhow::Result<PathBuf> {
    for number in 0..FOLDERS_MAX {
        let folder = Path::new(PARENT).join(format!("connector-test-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
        }
    }
    bail!("{PARENT} is full of folders that earlier tests left behind: connector-test-*")
}

/// The folder with PostgreSQL's programs: on `PATH`, where `pg_config` says, or the newest of Debian's.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    versions.sort_by_key(|folder| std::cmp::Reverse(version_of(folder)));
    folders.extend(versions.into_iter().map(|folder| folder.join("bin")));
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

fn version_of(folder: &Path) -> u32 {
    folder.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version_of(Path::new("/usr/lib/postgresql/15")) > version_of(Path::new("/usr/lib/postgresql/9")));
        assert_eq!(version_of(Path::new("/usr/lib/postgresql/beta")), 0);
    }
}
