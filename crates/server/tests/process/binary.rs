//! The binary as processes: a folder and an environment of its own for each test, commands that end, services that are
//! killed when the test lets go of them.

use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a process may take to say or do what it is waited for; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// An empty folder and the environment that commands are run with.
pub struct Place {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Nothing configured but a data folder, any free port and no metrics.
    pub fn empty() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        std::fs::create_dir(place.path("tmp")).unwrap();
        let data = place.path("data").display().to_string();
        place
            .with("ZOOM_CONNECTOR__SERVER__LISTEN", "127.0.0.1:0")
            .with("ZOOM_CONNECTOR__SERVER__METRICS_LISTEN", "")
            .with("ZOOM_CONNECTOR__STORE__DATA_FOLDER", &data)
    }

    /// With a variable of the environment set, or set anew.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A place of its own for one more process of the service at that address: on any free port, with that address for people.
    pub fn beside(other: &Self, public_url: &str) -> Self {
        let own = Self::empty();
        let kept = ["ZOOM_CONNECTOR__SERVER__LISTEN", "ZOOM_CONNECTOR__STORE__DATA_FOLDER"];
        let variables = other.variables.iter().filter(|(name, _)| !kept.contains(&name.as_str()));
        let own = variables.fold(own, |place, (name, value)| place.with(name, value));
        own.with("ZOOM_CONNECTOR__SERVER__PUBLIC_URL", public_url)
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command, ready to be run: in the folder, with no environment but its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        // Another build of it where one is named, so that what is measured is what people run.
        let named = std::env::var_os("CONNECTOR_TEST_BINARY");
        let mut command = Command::new(named.unwrap_or_else(|| env!("CARGO_BIN_EXE_zoom-connector").into()));
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(self.variables.clone());
        command.env("TMPDIR", self.path("tmp")).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// Runs a command to its end, with something on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command with `--json`; what it printed.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.json_with(arguments, "")
    }

    /// Runs a command with `--json` and something on standard input; what it printed.
    #[track_caller]
    pub fn json_with(&self, arguments: &[&str], input: &str) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let ended = self.run_with(&all, input);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout.lines().count(), 1, "{arguments:?} prints one line: {}", ended.stdout);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// Runs a command that has to be refused: exit code 1, nothing printed, one sentence to act on.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], input: &str) -> String {
        let ended = self.run_with(arguments, input);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
        let said = ended.stderr.split_once("zoom-connector: ").map(|(_, sentence)| sentence.to_owned());
        said.unwrap_or_else(|| panic!("{arguments:?} says why: {}", ended.stderr))
    }

    /// Starts a command that stays.
    pub fn start(&self, arguments: &[&str]) -> Process {
        let stderr = OpenOptions::new().create(true).append(true).open(self.path("stderr")).unwrap();
        Process::start(self.command(arguments), stderr, self.path("stderr"))
    }

    /// Starts the service and waits until it listens.
    pub fn serve(&self) -> Serving {
        let process = self.start(&["serve"]);
        let line = process.line_with("listens at http://");
        let (_, address) = line.split_once("http://").unwrap();
        Serving { address: address.trim().parse().unwrap(), process }
    }
}

/// A process that stays until it is told to end; it is killed when this is dropped.
pub struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
    stderr: PathBuf,
}

impl Process {
    fn start(mut command: Command, stderr: File, path: PathBuf) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let (told, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        // Ends with the process: nobody else has the other side of the pipe.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, stderr: path }
    }

    /// Waits for a line that holds these words.
    #[track_caller]
    pub fn line_with(&self, words: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(_) => {}
                Err(why) => panic!("no line with {words:?} ({why}): {}", self.stderr()),
            }
        }
    }

    /// Sends it a signal, by the name of `kill`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own, because not every system has it as a program.
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status().unwrap();
        assert!(sent.success(), "{name} could not be sent");
    }

    /// Waits until it has ended by itself; its exit code.
    #[track_caller]
    pub fn end(mut self) -> Option<i32> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return self.child.wait().unwrap().code(),
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.stderr()),
            }
        }
    }

    /// Ends it in the middle of whatever it does, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it and its predecessors in this place logged.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service that listens.
pub struct Serving {
    pub process: Process,
    pub address: SocketAddr,
}

impl Serving {
    /// Its base address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells it to stop as a system does; it has to end well.
    #[track_caller]
    pub fn stop(self) {
        self.process.signal("TERM");
        assert_eq!(self.process.end(), Some(0));
    }
}
