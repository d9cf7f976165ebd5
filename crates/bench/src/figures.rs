//! Medians and percentiles, and how figures are printed: a table for people, one line of JSON for machines.

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Figures with their names, in the order in which they are printed.
pub type Figures = Map<String, Value>;

/// The middle of some values; 0 for none.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// The value below which so many of a hundred lie (nearest rank); 0 for none.
pub fn percentile(values: &[f64], per_100: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * per_100).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(0.0)
}

/// A number with so many digits behind the point.
pub fn rounded(value: f64, digits: i32) -> Value {
    let scale = 10_f64.powi(digits);
    json!((value * scale).round() / scale)
}

/// Prints figures.
///
/// # Errors
/// When they cannot be written.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub fn print(figures: &Figures, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string(figures).context("figures that are no JSON")?);
        return Ok(());
    }
    for (name, value) in figures {
        match value {
            Value::Object(inner) => {
                println!("{name}");
                for (name, value) in inner {
                    println!("  {name:<24} {value:>12}");
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                println!("{name:<26} {value:>12}");
            }
        }
    }
    Ok(())
}

/// Says a line on standard output, for whoever started this process.
#[expect(clippy::print_stdout, reason = "how a server says where it listens")]
pub fn say(line: &str) {
    println!("{line}");
}

/// Tells a person how far a long measurement is.
#[expect(clippy::print_stderr, reason = "progress; standard output is for results")]
pub fn progress(text: &str) {
    eprintln!("{text}");
}

/// Says why nothing was measured.
pub fn failed(error: &anyhow::Error) -> ExitCode {
    progress(&format!("connector-bench: {error:#}"));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], per_100: usize, expected: f64) {
        assert!((percentile(values, per_100) - expected).abs() < f64::EPSILON);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        check(&[], 50, 0.0);
        check(&[3.0, 1.0, 2.0], 50, 2.0);
        check(&[1.0, 2.0, 3.0, 4.0], 99, 4.0);
        check(&[1.0, 2.0, 3.0, 4.0], 25, 1.0);
    }
}
