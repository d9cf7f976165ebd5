//! `cargo xtask kill`: the real binary, killed again and again under load, over an embedded database and over PostgreSQL.

use crate::arguments::Kill;
use crate::testing::Surroundings;
use crate::{rigs, step};

/// Kills so many processes.
///
/// # Errors
/// When it does not build, or something was lost, doubled or else wrong in the end.
pub fn run(wanted: Kill) -> anyhow::Result<()> {
    let binary = rigs::build()?;
    let surroundings = Surroundings::bring_up()?;
    let arguments = ["kill", "--cycles", &wanted.cycles.to_string(), "--seed", &wanted.seed.to_string()];
    let mut kill = rigs::command(&binary, &arguments.map(str::to_owned));
    surroundings.tell(&mut kill);
    step::run("kill", &mut kill)
}
