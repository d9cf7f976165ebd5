//! A PostgreSQL to throw away, with its own settings: a commit is flushed to the device, as in life. It listens on a
//! socket in its folder and nowhere else, and ends with the bench, however that ends.

use anyhow::{Context as _, bail, ensure};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Root may not run PostgreSQL; this user does instead.
const USER: &str = "postgres";
/// The longest time to come up, in seconds.
const START_S_MAX: u32 = 60;

/// A running PostgreSQL. It is stopped and its folder removed when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    guard: Child,
}

impl Postgres {
    /// Makes and starts one.
    ///
    /// # Errors
    /// When it is not installed or does not come up.
    pub fn start() -> anyhow::Result<Self> {
        let binaries = binaries().context("PostgreSQL is not installed (initdb and pg_ctl are nowhere)")?;
        // A socket's path may have some 100 bytes, so the folder stands here and not below a longer temporary folder.
        let folder = tempfile::Builder::new().prefix("connector-bench-").tempdir_in("/tmp")?.keep();
        let user = is_root()?.then_some(USER);
        let postgres = Self { guard: guard(&binaries, &folder, user)?, folder };
        if let Some(user) = user {
            chown(&postgres.folder, Some(id_of(user, "-u")?), Some(id_of(user, "-g")?))?;
        }
        postgres.fill(&binaries, user)?;
        Ok(postgres)
    }

    /// The address of its maintenance database.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@{}/postgres", self.folder.display().to_string().replace('/', "%2F"))
    }

    fn fill(&self, binaries: &Path, user: Option<&str>) -> anyhow::Result<()> {
        let (data, log) = (self.folder.join("data"), self.folder.join("log"));
        let mut initdb = as_user(user, &binaries.join("initdb"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER, "-D"]).arg(&data);
        let made = initdb.current_dir(&self.folder).output().context("initdb cannot be started")?;
        ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim());
        let options = format!("-c listen_addresses= -c unix_socket_directories={}", self.folder.display());
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
            crate::figures::progress(&format!("{} may be left behind: {error}", self.folder.display()));
        }
    }
}

/// Starts the process that stops PostgreSQL and removes its folder as soon as our end of its input is gone, also when we
/// are killed.
fn guard(binaries: &Path, folder: &Path, user: Option<&str>) -> anyhow::Result<Child> {
    let mut stop = as_user(user, &binaries.join("pg_ctl"));
    stop.args(["stop", "-w", "-m", "immediate", "-D"]).arg(folder.join("data"));
    Command::new("sh")
        .args(["-c", "trap '' HUP INT TERM; read -r _; \"$@\" >/dev/null 2>&1; rm -rf -- \"$0\""])
        .arg(folder)
        .arg(stop.get_program())
        .args(stop.get_args())
        .current_dir("/tmp")
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

fn id(arguments: &[&str]) -> anyhow::Result<u32> {
    let output = Command::new("id").args(arguments).output().context("id cannot be started")?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("id names no such user")
}

fn id_of(user: &str, which: &str) -> anyhow::Result<u32> {
    id(&[which, user])
}

fn is_root() -> anyhow::Result<bool> {
    Ok(id(&["-u"])? == 0)
}

/// The folder with PostgreSQL's programs: on `PATH`, or the newest of Debian's.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    let number = |folder: &Path| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.sort_by_key(|folder| std::cmp::Reverse(number(folder)));
    let folders = std::env::split_paths(&path).chain(versions.into_iter().map(|folder| folder.join("bin")));
    let has_all = |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    folders.into_iter().find(has_all)
}
