//! The project's own commands: `cargo xtask test`, `cargo xtask ci`, `cargo xtask screenshots`. Plain processes, no
//! library of the product.
//!
//! Next: `testing` (what the tests need around them), `ci` (the steps), `step` (how one is run and shown).
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line, it speaks to people")]

mod arguments;
mod ci;
mod rigs;
mod seeds;
mod kill;
mod planted;
mod testing;
mod postgres;
mod screenshots;
mod webdriver;
mod install;
mod step;
mod clock;

use arguments::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", arguments::HELP);
            Ok(())
        }
        Ok(Command::Test { filters }) => testing::run(&filters),
        Ok(Command::Seeds(wanted)) => seeds::run(wanted),
        Ok(Command::Kill(wanted)) => kill::run(wanted),
        Ok(Command::PlantedBugs) => planted::run(),
        Ok(Command::Ci) => ci::run(),
        Ok(Command::Screenshots) => screenshots::run(),
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::HELP);
            return ExitCode::from(arguments::EXIT_MISUSED);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
