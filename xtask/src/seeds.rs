//! `cargo xtask seeds`: small worlds on a virtual clock, one for each seed, on all cores.

use crate::arguments::Seeds;
use crate::{rigs, step};

/// Lives through the seeds.
///
/// # Errors
/// When it does not build, or something was lost, doubled or else wrong in a world.
pub fn run(wanted: Seeds) -> anyhow::Result<()> {
    let binary = rigs::build()?;
    let arguments = ["seeds", "--count", &wanted.count.to_string(), "--from", &wanted.from.to_string()];
    let mut arguments = arguments.map(str::to_owned).to_vec();
    arguments.extend(["--seconds".to_owned(), wanted.seconds.to_string()]);
    step::run("seeds", &mut rigs::command(&binary, &arguments))
}
