//! The rigs that try to lose and to double records. `cargo xtask seeds`, `kill` and `planted-bugs` run them.
//!
//! `seeds` lives through many small worlds on a virtual clock (`plan`, `script`, `network`, `connector`, `world`, `verdict`);
//! `kill` kills the real binary under load, and `operations` what is done to a stopped one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a rig that cannot go on has failed"
)]

mod connector;
mod front;
mod kill;
mod life;
mod network;
mod operations;
mod plan;
mod script;
mod seeds;
mod verdict;
mod world;

use connector_server::planted::Bug;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    match arguments.first().map(String::as_str) {
        Some("seeds") => {
            seeds::run(number("--from", 1), number("--count", 1_000), (number("--seconds", 0), number("--first", 5)))
        }
        Some("kill") => kill::run(number("--cycles", 40), number("--seed", 1)),
        Some("bugs") => {
            Bug::ALL.into_iter().for_each(|bug| println!("{}", bug.as_str()));
            ExitCode::SUCCESS
        }
        // What a test runner asks: nothing here is a test of its own.
        Some("--list") | None => ExitCode::SUCCESS,
        Some(other) => {
            println!("there is no rig {other}");
            ExitCode::from(2)
        }
    }
}
