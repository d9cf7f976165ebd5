//! The command line: a closed list of things to measure.

use clap::{Parser, Subcommand};
use connector_simulator::leadsquared::{Limit, Throttle};

/// Measures the connector against the pretend Zoom and the pretend LeadSquared, on loopback only.
#[derive(Debug, Parser)]
#[command(name = "connector-bench", version, max_term_width = 110)]
pub struct Arguments {
    /// Print one line of JSON instead of a table
    #[arg(long, global = true)]
    pub json: bool,
    /// What to measure.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A webinar whose people register, join and leave, against a rate limit; a virtual clock carries the waiting
    Webinar(Webinar),
    /// Durable acknowledgements a second, beside a bare group commit
    Intake {
        /// Seconds of each round
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
        seconds: u64,
    },
    /// From an event to the CRM, and how many events a second pass from end to end
    Latency {
        /// Events a second
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=20_000))]
        rate: u64,
        /// Seconds
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
        seconds: u64,
    },
    /// What an event costs as the journal and the number of tenants grow
    Growth,
    /// Light tenants beside one with a great backlog
    Fairness {
        /// Seconds of each of the two runs
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
        seconds: u64,
    },
    /// LeadSquared away for hours or days while a webinar is held, and its return; a virtual clock carries the waiting
    Outage {
        /// Who register, join and leave: each makes a lead and three activities
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
        people: u32,
        /// Hours of absence
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(i64).range(1..=600))]
        hours: i64,
    },
    /// The bare group commit that `intake` compares with
    #[command(hide = true)]
    Bare {
        /// The database
        #[arg(long)]
        store: String,
    },
}

/// A webinar to be measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Webinar {
    /// Who register, join and leave
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub people: u32,
    /// Calls that the pretend LeadSquared allows, as CALLS/SECONDS
    #[arg(long, default_value = "25/5s", value_parser = parse_limit)]
    pub limit: (u32, u32),
    /// Bulk calls that it allows in the same window, counted apart
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub bulk: Option<u32>,
    /// The status of a call over the limit
    #[arg(long, default_value = "429", value_parser = parse_throttle)]
    pub throttle: Throttle,
}

impl Webinar {
    /// The limit as the pretend LeadSquared takes it.
    pub fn limit(&self) -> Limit {
        Limit { calls: self.limit.0, bulk_calls: self.bulk, window_s: self.limit.1 }
    }
}

fn parse_limit(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is not a limit: write it like 25/5s");
    let (calls, seconds) = text.trim_end_matches('s').split_once('/').ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..=10_000).contains(number));
    Ok((number(calls).ok_or_else(wrong)?, number(seconds).ok_or_else(wrong)?))
}

fn parse_throttle(text: &str) -> Result<Throttle, String> {
    match text {
        "429" => Ok(Throttle::Status429),
        "200" => Ok(Throttle::Status200),
        _ => Err("the status of a refused call is 429 or 200".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u32, u32)>) {
        assert_eq!(parse_limit(text).ok(), expected, "{text}");
    }

    #[test]
    fn limits_are_calls_in_seconds() {
        check("25/5s", Some((25, 5)));
        check("10/5", Some((10, 5)));
        check("25", None);
        check("0/5s", None);
        check("25/xs", None);
    }
}
