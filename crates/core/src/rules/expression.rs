//! One expression: compiled once, evaluated without side effects over the variables it is given. `check` says what is wrong with
//! one before it is kept; what the library could do wrong with a hostile text ends here, in a sentence.

use super::check;
use super::variables::Variables;
use crate::redact::clip;
use cel::parser::Parser;
use cel::{Context, Env, ExecutionError, IdedExpr, Value};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

/// The longest text of an expression, in characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Signs (operators, dots, opening brackets) of an expression; each may nest it one deeper.
pub const SIGNS_MAX: usize = 150;
/// Brackets within brackets.
pub const BRACKETS_DEEP_MAX: usize = 16;
/// How deep the library lets an expression nest.
const PARSER_DEPTH_MAX: u16 = 24;
/// The longest sentence about what went wrong, in characters.
const SENTENCE_CHARS_MAX: usize = 300;

/// What an expression must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// True or false.
    Condition,
    /// A text or a number.
    Text,
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {sentence}")]
pub struct Wrong {
    /// Counts from 1.
    pub line: usize,
    /// In characters, counts from 1.
    pub column: usize,
    /// A sentence for people.
    pub sentence: String,
}

impl Wrong {
    /// Wrong at a place in `text`, in characters from its beginning.
    #[must_use]
    pub fn at(text: &str, offset_chars: usize, sentence: impl Into<String>) -> Self {
        let before: String = text.chars().take(offset_chars).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Self { line, column, sentence: clip(&sentence.into(), SENTENCE_CHARS_MAX) }
    }
}

/// Why an expression that was kept cannot be evaluated over what happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It asks for something that nobody told; it does not hold.
    Unknown(String),
}

/// A text that may be evaluated.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(super) tree: Arc<IdedExpr>,
    pub(super) names: BTreeSet<String>,
    pub(super) lead_fields: BTreeSet<String>,
}

/// The functions of the standard library; without regular expressions, whose cost nobody can foresee, and without dates, whose
/// only source would be a clock.
static FUNCTIONS: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Compiles a text that must come to what is wanted.
///
/// # Errors
/// [`Wrong`]: the first thing that is wrong with it.
pub fn compile(text: &str, wanted: Wanted) -> Result<Expression, Wrong> {
    before_parsing(text)?;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        Parser::new().max_recursion_depth(PARSER_DEPTH_MAX).parse_with_source_info(text)
    }));
    let parsed = caught.map_err(|_| Wrong::at(text, 0, "this cannot be read as an expression"))?;
    let (tree, places) = parsed.map_err(|errors| syntax(text, &errors))?;
    check::checked(text, tree, &places, wanted)
}

/// What is refused before the library sees the text: it nests as deep as a text allows.
fn before_parsing(text: &str) -> Result<(), Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::at(text, 0, "there is no expression"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        let sentence = format!("an expression has at most {TEXT_CHARS_MAX} characters");
        return Err(Wrong::at(text, TEXT_CHARS_MAX, sentence));
    }
    let (mut signs, mut depth, mut quote) = (0, 0_usize, None);
    for (place, c) in text.chars().enumerate() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => (signs, depth) = (signs + 1, depth + 1),
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '.' | '+' | '-' | '*' | '/' | '%' | '!' | '?' | '&' | '|' | '<' | '>' | '=') => signs += 1,
            (None, _) => {}
        }
        if depth > BRACKETS_DEEP_MAX {
            let sentence = format!("more than {BRACKETS_DEEP_MAX} brackets stand within each other");
            return Err(Wrong::at(text, place, sentence));
        }
        if signs > SIGNS_MAX {
            return Err(Wrong::at(text, place, "this is more than one expression may hold; make two rules of it"));
        }
    }
    Ok(())
}

/// The first of the library's complaints, at its place.
fn syntax(text: &str, errors: &cel::ParseErrors) -> Wrong {
    let Some(first) = errors.errors.first() else { return Wrong::at(text, 0, "this cannot be read as an expression") };
    let number = |place: isize| usize::try_from(place).unwrap_or(1).max(1);
    let sentence = first.msg.trim_start_matches("Syntax error: ");
    let sentence = sentence.split(" expecting {").next().unwrap_or(sentence);
    let sentence = match sentence.strip_suffix("'<EOF>'") {
        Some(_) => "the expression ends too early".to_owned(),
        None => format!("this is not understood: {sentence}"),
    };
    Wrong { line: number(first.pos.0), column: number(first.pos.1), sentence: clip(&sentence, SENTENCE_CHARS_MAX) }
}

impl Expression {
    /// Whether it asks for the lead, which only LeadSquared can tell.
    #[must_use]
    pub fn asks_lead(&self) -> bool {
        self.names.contains("lead")
    }

    /// Whether it asks for the variable of that name.
    #[must_use]
    pub fn asks(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The fields of the lead that it names, those asked for with `has` left out.
    #[must_use]
    pub fn lead_fields(&self) -> &BTreeSet<String> {
        &self.lead_fields
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// [`Failed`] with a sentence.
    pub fn holds(&self, variables: &Variables) -> Result<Holds, Failed> {
        match self.evaluate(variables) {
            Ok(Value::Bool(true)) => Ok(Holds::Yes),
            Ok(Value::Bool(false)) => Ok(Holds::No),
            Ok(other) => Err(Failed(format!("it came to {} instead of true or false", a(&other)))),
            Err(Stopped::Unknown(name)) => Ok(Holds::Unknown(name)),
            Err(Stopped::Failed(failed)) => Err(failed),
        }
    }

    /// The text it comes to; `None` where it asks for something that nobody told, or comes to an empty text.
    ///
    /// # Errors
    /// [`Failed`] with a sentence.
    pub fn text(&self, variables: &Variables) -> Result<Option<String>, Failed> {
        match self.evaluate(variables) {
            Ok(value) => match as_text(&value) {
                Some(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
                None => Err(Failed(format!("it came to {} instead of a text or a number", a(&value)))),
            },
            Err(Stopped::Unknown(_)) => Ok(None),
            Err(Stopped::Failed(failed)) => Err(failed),
        }
    }

    fn evaluate(&self, variables: &Variables) -> Result<Value, Stopped> {
        let context = context(variables, &self.names);
        resolve(&self.tree, &context).map_err(|error| {
            if let ExecutionError::UndeclaredReference(name) | ExecutionError::NoSuchKey(name) = &error {
                return Stopped::Unknown(name.to_string());
            }
            Stopped::Failed(Failed(sentence(&error)))
        })
    }
}

enum Stopped {
    Unknown(String),
    Failed(Failed),
}

/// The variables that are named, as the library wants them.
pub(super) fn context(variables: &Variables, names: &BTreeSet<String>) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(&FUNCTIONS));
    for name in names {
        if let Some(value) = variables.0.get(name) {
            context.add_variable_from_value(name.clone(), value_of(value));
        }
    }
    context
}

/// Evaluates a tree; a panic of the library is a failure like any other.
pub(super) fn resolve(tree: &IdedExpr, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
    let caught = catch_unwind(AssertUnwindSafe(|| Value::resolve(tree, context)));
    caught.unwrap_or_else(|_| Err(ExecutionError::function_error("evaluation", "it cannot be evaluated")))
}

fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::String(Arc::new(text.clone())),
        serde_json::Value::Array(list) => Value::List(Arc::new(list.iter().map(value_of).collect())),
        serde_json::Value::Object(fields) => {
            let entries = fields.iter().map(|(name, value)| (cel::objects::Key::from(name.clone()), value_of(value)));
            Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
    }
}

/// A result as text, where it is one.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null => Some(String::new()),
        Value::List(_)
        | Value::Map(_)
        | Value::Function(..)
        | Value::Bytes(_)
        | Value::Bool(_)
        | Value::Opaque(_)
        | Value::Struct(_) => None,
    }
}

/// A result by its kind: `a list`.
pub(super) fn a(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "a list",
        Value::Map(_) | Value::Struct(_) => "a set of fields",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
        Value::String(_) | Value::Bytes(_) => "a text",
        Value::Bool(_) => "true or false",
        Value::Null => "nothing",
        Value::Function(..) | Value::Opaque(_) => "something else",
    }
}

/// What the library says, in words that show no value: a value may be about a person.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors is open")]
pub(super) fn sentence(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchOverload(overload) => {
            let kinds: Vec<&str> = overload.argument_types().iter().map(|kind| kind_name(kind)).collect();
            let sign = overload.function().trim_matches(|c| matches!(c, '_' | '@'));
            format!("“{sign}” cannot be used with {}", kinds.join(" and "))
        }
        ExecutionError::UndeclaredReference(name) => format!("“{name}” is not known"),
        ExecutionError::NoSuchKey(name) => format!("there is no field “{name}”"),
        ExecutionError::UnsupportedBinaryOperator(sign, left, right) | ExecutionError::Overflow(sign, left, right) => {
            format!("“{sign}” cannot be used with {} and {}", a(left), a(right))
        }
        ExecutionError::ValuesNotComparable(left, right) => {
            format!("{} cannot be compared with {}", a(left), a(right))
        }
        ExecutionError::UnexpectedType { got, want } => {
            format!("{} stands where {} is wanted", kind_name(got), kind_name(want))
        }
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            format!("a function takes {expected} values and was given {actual}")
        }
        ExecutionError::UnsupportedTargetType { target } => format!("this cannot be done with {}", a(target)),
        ExecutionError::NotSupportedAsMethod { method, target } => {
            format!("“{method}” cannot be used with {}", a(target))
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "a division by zero".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list has no such place".to_owned(),
        ExecutionError::FunctionError { function, .. } => format!("“{function}” cannot read the value it was given"),
        _ => "it cannot be evaluated".to_owned(),
    }
}

fn kind_name(kind: &str) -> &str {
    match kind {
        "int" | "uint" | "double" => "a number",
        "string" | "bytes" => "a text",
        "bool" => "true or false",
        "list" => "a list",
        "map" => "a set of fields",
        "null_type" | "null" => "nothing",
        other => other,
    }
}

#[cfg(test)]
mod tests;
