//! What an expression may take, said before it is ever evaluated: steps, entries and bytes, each at the worst that the limits of
//! the variables allow.

use super::variables::{self, LEAD_FIELDS_MAX, LIST_MAX, Shape, VALUE_CHARS_MAX};
use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, Expr, LiteralValue};

/// Steps of one evaluation at the most.
pub const STEPS_MAX: u64 = 200_000;
/// Entries of any list that comes to be on the way.
pub const ENTRIES_MAX: u64 = 5_000;
/// Bytes of any value that comes to be on the way.
pub const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of a character at the most.
const CHAR_BYTES: u64 = 4;

/// The worst that a part of an expression may come to.
#[derive(Debug, Clone, Copy, Default)]
struct Worst {
    steps: u64,
    entries: u64,
    bytes: u64,
}

const ONE: Worst = Worst { steps: 1, entries: 1, bytes: 16 };

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn single() -> Worst {
    Worst { bytes: wide(VALUE_CHARS_MAX) * CHAR_BYTES, ..ONE }
}

fn many(entries: usize) -> Worst {
    Worst { entries: wide(entries), bytes: wide(entries).saturating_mul(single().bytes), ..ONE }
}

impl Worst {
    fn and(self, other: Self) -> Self {
        Self {
            steps: self.steps.saturating_add(other.steps),
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Whether an expression stays within its limits.
///
/// # Errors
/// The sentence.
pub(super) fn bounded(tree: &IdedExpr) -> Result<(), String> {
    let mut own = Vec::new();
    worst(tree, &mut own).map(|_| ())
}

fn within(worst: Worst) -> Result<Worst, String> {
    if worst.steps > STEPS_MAX || worst.entries > ENTRIES_MAX || worst.bytes > BYTES_MAX {
        return Err(
            "this may cost too much: it goes through long lists, or lists within lists; ask for less".to_owned()
        );
    }
    Ok(worst)
}

fn worst<'t>(part: &'t IdedExpr, own: &mut Vec<(&'t str, Worst)>) -> Result<Worst, String> {
    let found = match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Worst { bytes: wide(text.inner().len()) + 16, ..ONE },
        Expr::Literal(_) | Expr::Unspecified => ONE,
        Expr::Ident(name) => of_name(name, own),
        Expr::Select(select) if is_variable(&select.operand, own) => single(),
        Expr::Select(select) => worst(&select.operand, own)?,
        Expr::List(list) => of_all(list.elements.iter(), own)?,
        Expr::Call(call) => {
            let inner = of_all(call.target.iter().map(AsRef::as_ref).chain(&call.args), own)?;
            let looked_at = inner.entries.saturating_add(inner.bytes / 64);
            let steps = inner.steps.saturating_add(looked_at);
            match (call.func_name.as_str(), call.args.first().map(|one| &one.expr)) {
                ("_+_" | "_?_:_", _) => Worst { steps, ..inner },
                ("_[_]", Some(Expr::Ident(name))) if own.iter().all(|(known, _)| known != name) => {
                    Worst { steps, ..single() }
                }
                ("_[_]", _) => Worst { steps, ..inner },
                ("string", _) => Worst { steps, entries: 1, bytes: inner.bytes.saturating_add(32) },
                _ => Worst { steps, ..ONE },
            }
        }
        Expr::Comprehension(each) => of_loop(each, own)?,
        // Not allowed in a rule.
        Expr::Map(_) | Expr::Struct(_) => Worst { steps: u64::MAX, ..ONE },
    };
    within(found)
}

/// Whether it is one of the variables itself, whose entries are single values.
fn is_variable(part: &IdedExpr, own: &[(&str, Worst)]) -> bool {
    matches!(&part.expr, Expr::Ident(name) if own.iter().all(|(known, _)| known != name))
}

fn of_name(name: &str, own: &[(&str, Worst)]) -> Worst {
    if let Some((_, known)) = own.iter().rev().find(|(known, _)| *known == name) {
        return Worst { steps: 1, ..*known };
    }
    match variables::shape(name) {
        Some(Shape::Single) | None => single(),
        Some(Shape::Texts) => many(LIST_MAX),
        Some(Shape::Fields(fields)) => many(fields.len()),
        Some(Shape::Answers) => many(LEAD_FIELDS_MAX),
    }
}

fn of_all<'t>(parts: impl Iterator<Item = &'t IdedExpr>, own: &mut Vec<(&'t str, Worst)>) -> Result<Worst, String> {
    let mut sum = ONE;
    for part in parts {
        sum = sum.and(worst(part, own)?);
    }
    Ok(sum)
}

/// A loop: its body as often as the range has entries, and what it gathers copied with each.
fn of_loop<'t>(each: &'t ComprehensionExpr, own: &mut Vec<(&'t str, Worst)>) -> Result<Worst, String> {
    let range = worst(&each.iter_range, own)?;
    let entry = if is_variable(&each.iter_range, own) { single() } else { range };
    let before = own.len();
    own.push((&each.iter_var, entry));
    own.extend(each.iter_var2.as_deref().map(|name| (name, entry)));
    own.push((&each.accu_var, Worst::default()));
    let step = worst(&each.loop_step, own)?.and(worst(&each.loop_cond, own)?);
    own.truncate(before);
    let rounds = range.entries;
    let entries = rounds.saturating_mul(step.entries);
    let copied = rounds.saturating_mul(entries) / 16;
    Ok(Worst {
        steps: range.steps.saturating_add(rounds.saturating_mul(step.steps)).saturating_add(copied),
        entries,
        bytes: rounds.saturating_mul(step.bytes),
    })
}
