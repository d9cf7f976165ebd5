//! Laws of expressions: whatever somebody writes, it is refused with a place within the text, or it can be evaluated over whatever
//! happens, and comes to a value or to a sentence.

use super::config;
use connector_core::rules::expression::{Wanted, compile};
use connector_core::rules::task::Happened;
use connector_core::rules::variables::{self, Variables};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Pieces of expressions, right and wrong.
const PIECES: [&str; 52] = [
    "attended_minutes",
    "happened",
    "questions",
    "polls",
    "webinar.topic",
    "registration.city",
    "question['a']",
    "lead.mx_A",
    "lead",
    "email",
    "x",
    "q",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    " && ",
    " || ",
    "!",
    "-",
    " + ",
    " * ",
    " / ",
    " % ",
    " == ",
    " != ",
    " < ",
    " >= ",
    " in ",
    " ? ",
    " : ",
    "1",
    "9223372036854775807",
    "-9223372036854775808",
    "0",
    "1.5e308",
    "'a'",
    "\"é\"",
    "'",
    "true",
    "null",
    "size(",
    "int(",
    "string(",
    ".exists(q, ",
    ".map(x, ",
    ".contains(",
    "\n",
];

fn text() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..25);
    prop_oneof![4 => pieces.prop_map(|pieces| pieces.concat()), 1 => ".{0,80}"]
}

/// An expression that can be kept more often than not.
fn sound() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "attended_minutes",
        "size(questions)",
        "int(question['a'])",
        "size(lead)",
        "0",
        "7",
        "9223372036854775807",
        "webinar.hour",
        "size(webinar.topic + email)",
        "questions.map(q, size(q))[0]",
    ]);
    let number = leaf.prop_map(str::to_owned).prop_recursive(4, 24, 2, |inner| {
        let sign = proptest::sample::select(vec!["+", "-", "*", "/", "%"]);
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(left, sign, right)| format!("({left} {sign} {right})")),
            inner.clone().prop_map(|inner| format!("-({inner})")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("({left} > 3 ? {left} : {right})")),
        ]
    });
    let compared = proptest::sample::select(vec!["<", "<=", "==", "!=", ">"]);
    (number.clone(), compared, number).prop_map(|(left, sign, right)| format!("{left} {sign} {right}"))
}

fn happening() -> impl Strategy<Value = Variables> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(|text| json!(text)),
        proptest::collection::vec(".{0,6}", 0..4).prop_map(|list| json!(list)),
        proptest::collection::btree_map("[ab]", ".{0,6}", 0..3).prop_map(|fields| json!(fields)),
    ];
    let names = variables::ALL.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
    proptest::collection::btree_map(proptest::sample::select(names), value, 0..8).prop_map(Variables)
}

#[track_caller]
fn check(text: &str, wanted: Wanted, happened: &Variables) {
    match compile(text, wanted) {
        Ok(compiled) => {
            let _ = compiled.holds(happened);
            let _ = compiled.text(happened);
            for sample in Happened::ALL.map(|happened| variables::sample(happened, &BTreeSet::new())) {
                let _ = compiled.holds(&sample);
            }
        }
        Err(wrong) => {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!(!wrong.sentence.is_empty(), "{text:?}");
            assert!((1..=lines.len()).contains(&wrong.line), "{text:?}: {wrong}");
            let chars = lines.get(wrong.line - 1).map_or(0, |line| line.chars().count());
            assert!((1..=chars + 1).contains(&wrong.column), "{text:?}: {wrong}");
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn no_text_gets_past_its_limits_or_is_refused_without_a_place(text in text(), happened in happening()) {
        check(&text, Wanted::Condition, &happened);
        check(&text, Wanted::Text, &happened);
    }

    #[test]
    fn whatever_is_kept_comes_to_a_value_or_a_sentence(text in sound(), happened in happening()) {
        check(&text, Wanted::Condition, &happened);
    }
}
