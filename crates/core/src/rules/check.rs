//! What is found when an expression is saved: names and functions that do not exist, more than it may cost, and values that cannot
//! be used as they are, found by evaluating every part of it over samples of every occasion.

use super::cost;
use super::expression::{self, Expression, Wanted, Wrong};
use super::task::Happened;
use super::variables::{self, Shape, Variables};
use cel::common::ast::{CallExpr, Expr, LiteralValue, SelectExpr, SourceInfo};
use cel::{Context, ExecutionError, IdedExpr, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Parts of an expression at the most.
pub const PARTS_MAX: usize = 400;
/// How deep its parts may stand within each other.
pub const DEPTH_MAX: usize = 64;
/// Loops (`exists`, `all`, `map`, `filter`) within each other.
pub const LOOPS_DEEP_MAX: usize = 2;

/// Functions and signs that may be used; the library's own names for signs stand in underscores.
const FUNCTIONS: &[&str] = &[
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "_-_",
    "_+_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_>=_",
    "_<=_",
    "_>_",
    "_<_",
    "-_",
    "_[_]",
    "@in",
    "@not_strictly_false",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "double",
    "string",
];

/// What a look through the tree gathers.
#[derive(Default)]
struct Seen {
    parts: usize,
    names: BTreeSet<String>,
    lead_fields: BTreeSet<String>,
    asked: BTreeSet<String>,
}

/// How far inside a look is: names that loops give, depth, loops.
#[derive(Clone)]
struct Inside<'a> {
    own: Vec<&'a str>,
    depth: usize,
    loops: usize,
}

struct Look<'a> {
    text: &'a str,
    places: &'a SourceInfo,
    seen: Seen,
}

/// The expression, if nothing is wrong with it.
///
/// # Errors
/// [`Wrong`]: the first thing that is.
pub(super) fn checked(text: &str, tree: IdedExpr, places: &SourceInfo, wanted: Wanted) -> Result<Expression, Wrong> {
    let mut look = Look { text, places, seen: Seen::default() };
    look.at(&tree, &Inside { own: Vec::new(), depth: 0, loops: 0 })?;
    if let Err(sentence) = cost::bounded(&tree) {
        return Err(Wrong::at(text, 0, sentence));
    }
    let Look { seen: Seen { names, lead_fields, asked, .. }, .. } = look;
    let compiled = Expression { tree: Arc::new(tree), names, lead_fields };
    tried(text, places, (&compiled, wanted), &asked)?;
    Ok(compiled)
}

impl Look<'_> {
    fn wrong(&self, part: &IdedExpr, sentence: impl Into<String>) -> Wrong {
        Wrong::at(self.text, place(self.places, part), sentence)
    }

    fn at<'t>(&mut self, part: &'t IdedExpr, inside: &Inside<'t>) -> Result<(), Wrong> {
        self.seen.parts += 1;
        if self.seen.parts > PARTS_MAX || inside.depth > DEPTH_MAX {
            return Err(self.wrong(part, "this is more than one expression may hold; make two rules of it"));
        }
        let deeper = Inside { depth: inside.depth + 1, ..inside.clone() };
        match &part.expr {
            Expr::Unspecified => Err(self.wrong(part, "something is missing here")),
            Expr::Literal(LiteralValue::Bytes(_)) => Err(self.wrong(part, "raw bytes cannot be used in a rule")),
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(part, name, inside),
            Expr::Select(select) => self.select(part, select, &deeper),
            Expr::Call(call) => self.call(part, call, &deeper),
            Expr::List(list) => list.elements.iter().try_for_each(|one| self.at(one, &deeper)),
            Expr::Map(_) | Expr::Struct(_) => Err(self.wrong(part, "curly brackets cannot be used in a rule")),
            Expr::Comprehension(each) => {
                if deeper.loops >= LOOPS_DEEP_MAX {
                    let sentence = format!("at most {LOOPS_DEEP_MAX} loops may stand within each other");
                    return Err(self.wrong(part, sentence));
                }
                self.at(&each.iter_range, &deeper)?;
                self.at(&each.accu_init, &deeper)?;
                let mut within = Inside { loops: deeper.loops + 1, ..deeper };
                within.own.extend([each.iter_var.as_str(), each.accu_var.as_str()]);
                within.own.extend(each.iter_var2.as_deref());
                [&each.loop_cond, &each.loop_step, &each.result].into_iter().try_for_each(|one| self.at(one, &within))
            }
        }
    }

    fn name(&mut self, part: &IdedExpr, name: &str, inside: &Inside<'_>) -> Result<(), Wrong> {
        if inside.own.contains(&name) {
            return Ok(());
        }
        if variables::shape(name).is_none() {
            return Err(self.wrong(part, unknown(name)));
        }
        self.seen.names.insert(name.to_owned());
        Ok(())
    }

    fn select(&mut self, part: &IdedExpr, select: &SelectExpr, inside: &Inside<'_>) -> Result<(), Wrong> {
        self.field(part, (&select.operand, &select.field), inside, select.test)?;
        self.at(&select.operand, inside)
    }

    /// A field asked for by its name, of a variable whose fields are known or are the tenant's own.
    fn field(
        &mut self,
        part: &IdedExpr,
        (of, field): (&IdedExpr, &str),
        inside: &Inside<'_>,
        only_whether: bool,
    ) -> Result<(), Wrong> {
        let Expr::Ident(name) = &of.expr else { return Ok(()) };
        if inside.own.contains(&name.as_str()) {
            return Ok(());
        }
        match variables::shape(name) {
            Some(Shape::Fields(fields)) if !fields.contains(&field) => {
                Err(self.wrong(part, format!("“{name}” has no “{field}”; it has {}", fields.join(", "))))
            }
            Some(Shape::Answers) => {
                self.seen.asked.insert(field.to_owned());
                if name == "lead" && !only_whether {
                    self.seen.lead_fields.insert(field.to_owned());
                }
                Ok(())
            }
            Some(Shape::Single | Shape::Texts | Shape::Fields(_)) | None => Ok(()),
        }
    }

    fn call<'t>(&mut self, part: &'t IdedExpr, call: &'t CallExpr, inside: &Inside<'t>) -> Result<(), Wrong> {
        if !FUNCTIONS.contains(&call.func_name.as_str()) {
            let sentence = format!(
                "there is no function “{}”; there are size, contains, startsWith, endsWith, int, double, string, has, \
                 exists, exists_one, all, map, filter",
                call.func_name
            );
            return Err(self.wrong(part, sentence));
        }
        if let ("_[_]", [of, key]) = (call.func_name.as_str(), call.args.as_slice())
            && let Expr::Literal(LiteralValue::String(field)) = &key.expr
        {
            self.field(part, (of, field.inner()), inside, false)?;
        }
        if let Some(target) = &call.target {
            self.at(target, inside)?;
        }
        call.args.iter().try_for_each(|one| self.at(one, inside))
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = variables::ALL.iter().map(|(name, _)| *name).collect();
    format!("“{name}” is not known; there are {}", known.join(", "))
}

/// Where a part begins, in characters; the library counts bytes.
fn place(places: &SourceInfo, part: &IdedExpr) -> usize {
    let start = places.offset_for(part.id).map_or(0, |(start, _)| start);
    let start = usize::try_from(start).unwrap_or(0);
    places.source.char_indices().take_while(|(byte, _)| *byte < start).count()
}

/// Tries the expression with samples of every occasion.
fn tried(
    text: &str,
    places: &SourceInfo,
    (compiled, wanted): (&Expression, Wanted),
    asked: &BTreeSet<String>,
) -> Result<(), Wrong> {
    let samples: Vec<Variables> = Happened::ALL.iter().map(|happened| variables::sample(*happened, asked)).collect();
    let mut came = false;
    for sample in &samples {
        let context = expression::context(sample, &compiled.names);
        if let Some((part, sentence)) = blamed(&compiled.tree, &context) {
            return Err(Wrong::at(text, place(places, part), sentence));
        }
        let Ok(value) = expression::resolve(&compiled.tree, &context) else { continue };
        came = true;
        match wanted {
            Wanted::Condition if !matches!(value, Value::Bool(_)) => {
                let sentence = format!("a condition is true or false, and this comes to {}", expression::a(&value));
                return Err(Wrong::at(text, 0, sentence));
            }
            Wanted::Text if expression::as_text(&value).is_none() => {
                let sentence = format!("a field takes a text or a number, and this comes to {}", expression::a(&value));
                return Err(Wrong::at(text, 0, sentence));
            }
            Wanted::Condition | Wanted::Text => {}
        }
    }
    if came { Ok(()) } else { Err(Wrong::at(text, 0, "this comes to nothing, whatever happens")) }
}

/// The innermost part that no value could make right: of the wrong kind, or with the wrong number of values. What depends on the
/// value alone (a division by zero, a text that is no number) is left for when it happens.
fn blamed<'t>(part: &'t IdedExpr, context: &Context<'_, '_>) -> Option<(&'t IdedExpr, String)> {
    let below = match &part.expr {
        Expr::Call(call) => {
            call.target.iter().map(AsRef::as_ref).chain(&call.args).find_map(|one| blamed(one, context))
        }
        Expr::Select(select) => blamed(&select.operand, context),
        Expr::List(list) => list.elements.iter().find_map(|one| blamed(one, context)),
        Expr::Comprehension(each) => blamed(&each.iter_range, context),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) => None,
    };
    below.or_else(|| match expression::resolve(part, context) {
        Err(error) if never_right(&error) => Some((part, expression::sentence(&error))),
        Ok(_) | Err(_) => None,
    })
}

fn never_right(error: &ExecutionError) -> bool {
    !matches!(
        error,
        ExecutionError::NoSuchKey(_)
            | ExecutionError::UndeclaredReference(_)
            | ExecutionError::FunctionError { .. }
            | ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_)
    )
}
