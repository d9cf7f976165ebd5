//! A server in a process of its own: started, measured, ended.

use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use tokio::sync::oneshot;

/// Ticks of processor time a second in /proc, on every Linux there is.
const TICKS_PER_S: f64 = 100.0;
/// Lines that a server may print before it says where it listens.
const LINES_MAX: usize = 20;
/// What stands before the address.
const LISTENS: &str = "listens at http://";

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts this program again with other arguments and waits until it says where it listens.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(arguments: &[&str], variables: &[(String, String)], folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).envs(variables.iter().cloned()).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().context("the server cannot be started")?;
        let output = process.stdout.take().context("the server has no output")?;
        let (tell, told) = oneshot::channel();
        tokio::task::spawn_blocking(move || read(output, tell));
        let address = told.await.ok().flatten();
        match address {
            Some(address) => Ok(Self { process, address }),
            None => {
                let _ = process.kill();
                let _ = process.wait();
                bail!("the server did not come up")
            }
        }
    }

    /// Processor time used so far, in microseconds.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn cpu_us(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in brackets may hold blanks; what follows it does not.
        let (_, fields) = text.rsplit_once(')').context("an unreadable stat")?;
        let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks * 1_000_000.0 / TICKS_PER_S)
    }

    /// Memory in use, in megabytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn rss_mb(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Reads what a server prints, to its end: nobody shall write into a pipe that is closed or full. Tells the address as soon
/// as it is said, or that the first lines do not say it.
fn read(output: ChildStdout, tell: oneshot::Sender<Option<SocketAddr>>) {
    let mut tell = Some(tell);
    for (place, line) in BufReader::new(output).lines().map_while(Result::ok).enumerate() {
        let address = line.split_once(LISTENS).and_then(|(_, address)| address.trim().parse().ok());
        if (address.is_some() || place + 1 >= LINES_MAX)
            && let Some(tell) = tell.take()
        {
            // Whoever started the server may have given up.
            let _ = tell.send(address);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to be done about that here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
