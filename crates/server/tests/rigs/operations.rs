//! Backup, restore and a new master key, ended at each of their places: whatever they leave, there is one whole database that the keys open, and
//! the same command, run again, comes to its end.

use connector_server::app;
use connector_server::clock::Clock;
use connector_server::config::Config;
use connector_server::connections::keyring;
use connector_server::failpoint::Point;
use connector_server::failpoint::strike::VARIABLE;
use connector_server::store::tenant;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

const SIGABRT: i32 = 6;
/// The file that backups are written to.
const FILE: &str = "copy.db";
/// The places, and the command that comes by.
const PLACES: [(Point, &[&str]); 9] = [
    (Point::BackupCopied, &["backup", FILE, "--overwrite"]),
    (Point::BackupFinished, &["backup", FILE, "--overwrite"]),
    (Point::RestoreCopied, &["restore", FILE]),
    (Point::RestoreKept, &["restore", FILE]),
    (Point::RestoreFinished, &["restore", FILE]),
    (Point::RotationKept, &["rotate-key"]),
    (Point::RotationBegun, &["rotate-key"]),
    (Point::RotationPage, &["rotate-key"]),
    (Point::RotationSealed, &["rotate-key"]),
];

/// A stopped connector with an embedded database and its key in a file.
pub struct Stopped<'p> {
    /// Where its commands are run.
    pub folder: &'p Path,
    /// Their environment.
    pub variables: &'p [(String, String)],
}

impl Stopped<'_> {
    /// Ends each command at each of its places. Answers at how many it ended, and what was wrong.
    pub async fn end_everywhere(&self) -> (usize, Vec<String>) {
        let (mut ended, mut wrong) = (0, Vec::new());
        if let Err(why) = self.done(&["backup", FILE, "--overwrite"]) {
            return (0, vec![why]);
        }
        for (point, arguments) in PLACES {
            let mut at = |what: String| wrong.push(format!("{}: {what}", point.as_str()));
            if self.run(arguments, Some(point)).signal() == Some(SIGABRT) {
                ended += 1;
            } else {
                at("the place was not reached".to_owned());
            }
            if let Err(what) = self.look().await {
                at(what);
            }
            if let Err(what) = self.done(arguments) {
                at(what);
            }
            if let Err(what) = self.look().await {
                at(what);
            }
            if arguments == ["rotate-key"] {
                // The backup is under the key before from now on.
                for arguments in [&["rotate-key", "--finish"][..], &["backup", FILE, "--overwrite"]] {
                    self.done(arguments).unwrap_or_else(&mut at);
                }
            }
        }
        (ended, wrong)
    }

    fn run(&self, arguments: &[&str], place: Option<Point>) -> ExitStatus {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-connector"));
        command.args(arguments).current_dir(self.folder).envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(point) = place {
            command.env(VARIABLE, format!("{}:1", point.as_str()));
        }
        command.status().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> Result<(), String> {
        let status = self.run(arguments, None);
        if status.success() { Ok(()) } else { Err(format!("{arguments:?} ended with {status}")) }
    }

    /// Whether the database is whole, and every account's key opens.
    async fn look(&self) -> Result<(), String> {
        let config = Config::load_environment(self.variables.iter().cloned()).unwrap();
        let masters = config.master_keys().read().map_err(|error| error.to_string())?.ok_or("there is no key")?;
        let (shared, _) = app::open(config, Clock::machine()).await.map_err(|error| format!("{error:#}"))?;
        let rows = shared.store.read(|unit| Box::pin(tenant::all(unit))).await.map_err(|error| error.to_string())?;
        shared.store.close().await;
        let open = rows.iter().filter(|row| keyring::opens(&masters, &row.tenant, &row.data_key)).count();
        if rows.len() == 2 && open == 2 { Ok(()) } else { Err(format!("{open} of {} accounts open", rows.len())) }
    }
}
