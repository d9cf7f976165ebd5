//! `demo`: the whole product against the pretend Zoom and the pretend LeadSquared, from an empty temporary folder. Two
//! tenants sign in through the real routes, a webinar's people register, join and leave, a meeting is scheduled and held;
//! then everything in the pretend LeadSquared is compared with what happened.
//!
//! `browser` is the person who clicks, `stage` what is set up, `script` what happens, `wait` how its end is found.

pub mod browser;
mod script;
pub mod stage;
mod wait;

use super::output::Output;
use super::serve::Stop;
use crate::running::Running;
use clap::Args;
use connector_simulator::leadsquared::Limit;
use connector_simulator::preset::Pretend;
use connector_simulator::truth::{Comparison, Expectations, compare};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use script::Told;
use serde::Serialize;
use stage::Stage;
use std::process::ExitCode;

/// The demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Registrants of the webinar
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    people: u32,
    /// What the pretend LeadSquared allows, as CALLS/SECONDSs (25/5s); without it there is no limit
    #[arg(long, value_name = "CALLS/5s", value_parser = parse_limit)]
    limit: Option<Limit>,
    /// End when everything has arrived; exit code 0 only if LeadSquared equals what happened
    #[arg(long)]
    once: bool,
}

/// Reads `25/5s`.
fn parse_limit(text: &str) -> Result<Limit, String> {
    let read = || {
        let (calls, window) = text.split_once('/')?;
        let (calls, window_s): (u32, u32) = (calls.parse().ok()?, window.trim_end_matches('s').parse().ok()?);
        let sensible = (1..=1_000).contains(&calls) && (1..=3_600).contains(&window_s);
        sensible.then_some(Limit { calls, bulk_calls: None, window_s })
    };
    read().ok_or_else(|| "a limit looks like 25/5s".to_owned())
}

/// What the demo came to: one line of JSON.
#[derive(Debug, Serialize)]
struct Report {
    people: u32,
    leads: usize,
    activities: usize,
    tasks: usize,
    meetings: usize,
    duplicates: usize,
    lost: usize,
    crm_calls: u64,
    seconds: f64,
}

/// Runs the demo. Told to stop in the middle, it ends all the same: what it set up goes with it.
pub(super) async fn run(demo: &Demo, out: &Output) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    crate::telemetry::logs(&crate::config::Log { level: log_level(demo), ..crate::config::Log::default() });
    let folder = Folder::new()?;
    let progress = bar(u64::from(demo.people), out.json);
    let stage = tokio::select! {
        stage = Stage::set(&folder.0, demo.limit) => stage?,
        () = stop.asked_for() => return Ok(ExitCode::FAILURE),
    };
    let ended = tokio::select! {
        ended = show(demo, out, &stage, &progress) => ended,
        () = stop.asked_for() => {
            end(stage).await;
            return Ok(ExitCode::FAILURE);
        }
    };
    if !demo.once && ended.is_ok() {
        stop.asked_for().await;
    }
    end(stage).await;
    ended
}

/// Plays the script and tells what came of it.
async fn show(demo: &Demo, out: &Output, stage: &Stage, progress: &ProgressBar) -> anyhow::Result<ExitCode> {
    let began_ms = stage.running.shared.clock.monotonic_ms();
    if !demo.once && !out.json {
        welcome(stage, out)?;
    }
    progress.set_message("two tenants sign in with Zoom");
    stage.sign_everybody_in().await?;
    let told = script::play(stage, demo.people, progress).await?;
    let arrived = wait::until_settled(stage, progress).await?;
    progress.finish_and_clear();
    let took_ms = stage.running.shared.clock.monotonic_ms() - began_ms;
    let comparisons = compare_all(stage, &told);
    let report = report(demo, stage, &comparisons, took_ms);
    let good = arrived && report.duplicates == 0 && report.lost == 0;
    tell(out, &report, &comparisons, arrived)?;
    if !demo.once && !out.json {
        script::prepare_next(stage);
        out.line("")?;
        welcome(stage, out)?;
        out.line("Look around; Ctrl-C ends it and deletes everything.")?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Quiet unless asked: `ZOOM_CONNECTOR__LOG__LEVEL` says otherwise.
fn log_level(demo: &Demo) -> String {
    let asked = std::env::var("ZOOM_CONNECTOR__LOG__LEVEL").ok();
    asked.unwrap_or_else(|| if demo.once { "error".to_owned() } else { "warn".to_owned() })
}

fn compare_all(stage: &Stage, told: &Told) -> Vec<Comparison> {
    let history = stage.preset.zoom.history();
    let accounts = stage.preset.crm_accounts.iter().zip(&stage.preset.zoom_accounts);
    accounts
        .filter_map(|(crm, zoom)| {
            let expect = Expectations {
                zoom_account: zoom.id.clone(),
                follow_up_minutes: 30,
                follow_up_hours: 24,
                attendance: connector_simulator::truth::AttendanceTold::AsItHappens,
                no_shows_until_ms: Some(i64::MAX),
                scheduled: told
                    .scheduled
                    .iter()
                    .filter(|(org, _)| *org == crm.org)
                    .map(|(_, one)| one.clone())
                    .collect(),
            };
            Some(compare(&history, &stage.preset.leadsquared.snapshot(&crm.org)?, &expect))
        })
        .collect()
}

fn report(demo: &Demo, stage: &Stage, comparisons: &[Comparison], took_ms: i64) -> Report {
    let sum = |of: fn(&Comparison) -> usize| comparisons.iter().map(of).sum();
    let history = stage.preset.zoom.history();
    let ended = history.runs.iter().filter(|run| run.ended_ms.is_some());
    let by_api =
        |number: u64| history.meetings.iter().any(|meeting| meeting.number == number && meeting.created_by_api);
    let calls = |org: &str| stage.preset.leadsquared.counters(org).calls;
    Report {
        people: demo.people,
        leads: sum(|one| one.leads),
        activities: sum(|one| one.activities),
        tasks: sum(|one| one.tasks),
        meetings: ended.filter(|run| by_api(run.number)).count(),
        duplicates: sum(|one| one.duplicates),
        lost: sum(|one| one.lost),
        crm_calls: stage.preset.crm_accounts.iter().map(|account| calls(&account.org)).sum(),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a demo are few")]
        seconds: took_ms as f64 / 1000.0,
    }
}

fn tell(out: &Output, report: &Report, comparisons: &[Comparison], arrived: bool) -> anyhow::Result<()> {
    if out.json {
        return out.value(report);
    }
    out.line(&format!(
        "{} people, {} meeting: {} leads, {} activities, {} tasks in LeadSquared by {} calls in {:.1} s.",
        report.people, report.meetings, report.leads, report.activities, report.tasks, report.crm_calls, report.seconds
    ))?;
    if !arrived {
        out.line("Not everything arrived: nothing moved any more.")?;
    }
    if report.duplicates == 0 && report.lost == 0 {
        return out.line("Compared with what happened in Zoom: nothing lost, nothing doubled.");
    }
    out.line(&format!("DIFFERENT from what happened in Zoom: {} lost, {} doubled.", report.lost, report.duplicates))?;
    for difference in comparisons.iter().flat_map(|one| &one.differences) {
        out.line(&format!("  {difference}"))?;
    }
    Ok(())
}

fn welcome(stage: &Stage, out: &Output) -> anyhow::Result<()> {
    out.line(&format!("Console:             {}", stage.running.shared.config.public_url()))?;
    out.line(&format!("                     sign in as {} with {}", stage::OPERATOR_EMAIL, stage.password))?;
    out.line(&format!("Pretend LeadSquared: {}", stage.pretend.leadsquared.url()))?;
    out.line(&format!("Pretend mailbox:     {}", stage.pretend.mailbox.url()))?;
    out.line(&format!("Pretend Zoom:        {}\n", stage.pretend.zoom.url()))
}

async fn end(stage: Stage) {
    let Stage { running, pretend, .. } = stage;
    let pretend: Pretend = pretend;
    let running: Running = running;
    drop(pretend);
    running.stop().await;
}

fn bar(people: u64, hidden: bool) -> ProgressBar {
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(people * 3), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// An empty folder that goes with the demo.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("zoom-connector-demo-{}", crate::dice::id(0)));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left-overs in the system's temporary folder are the system's business.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_calls_in_seconds() {
        let limit = parse_limit("25/5s").unwrap();
        assert_eq!((limit.calls, limit.window_s), (25, 5));
        for text in ["", "25", "0/5s", "25/0s", "x/5s", "25/5m"] {
            assert!(parse_limit(text).is_err(), "{text}");
        }
    }
}
