//! Expressions as tables: what is kept, what is refused and where, what each comes to.

use super::*;
use crate::rules::task::Happened;
use crate::rules::variables;
use serde_json::json;

fn told() -> Variables {
    let mut variables = variables::sample(Happened::Attended, &BTreeSet::new());
    let values = [
        ("attended_minutes", json!(35)),
        ("questions", json!(["What does it cost?", "Is there a trial?"])),
        ("question", json!({ "Budget?": "10k" })),
        ("lead", json!({ "ProspectStage": "Customer", "mx_Score": "70", "mx_Empty": "" })),
    ];
    variables.0.extend(values.map(|(name, value)| (name.to_owned(), value)));
    variables.0.remove("registered_minutes_before_start");
    variables
}

#[track_caller]
fn check(text: &str, expected: &Result<Holds, Failed>) {
    let compiled = compile(text, Wanted::Condition).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    assert_eq!(&compiled.holds(&told()), expected, "{text}");
}

#[track_caller]
fn check_wrong(text: &str, wanted: Wanted, (line, column): (usize, usize), sentence: &str) {
    let wrong = compile(text, wanted).expect_err(text);
    assert!(wrong.sentence.contains(sentence), "{text}: {wrong}");
    assert_eq!((wrong.line, wrong.column), (line, column), "{text}: {wrong}");
}

#[test]
fn a_condition_holds_or_does_not() {
    let (yes, no) = (Ok(Holds::Yes), Ok(Holds::No));
    check("attended_minutes >= 30", &yes);
    check("attended_minutes >= 36", &no);
    check("happened == 'attended' && attended_minutes > 30 && !(domain in ['sunrise.example'])", &yes);
    check("webinar.topic.contains('results') ? attended_percent > 50 : false", &yes);
    check("questions.exists(q, q.contains('cost'))", &yes);
    check("questions.exists(q, ['trial', 'price'].exists(w, q.contains(w)))", &yes);
    check("question['Budget?'] == '10k' && size(questions) == 2", &yes);
    check("lead['ProspectStage'] != 'Customer' || int(lead.mx_Score) > 60", &yes);
    check("lead.mx_Empty == ''", &yes);
    check("has(lead.mx_Other)", &no);
    check("attended_minutes > 29.5", &yes);
}

#[test]
fn what_nobody_told_makes_a_condition_not_hold_unless_something_else_does() {
    let unknown = |name: &str| Ok(Holds::Unknown(name.to_owned()));
    check("registered_minutes_before_start < 60", &unknown("registered_minutes_before_start"));
    check("registered_minutes_before_start < 60 || attended_minutes > 30", &Ok(Holds::Yes));
    check("question['Team size?'] == '5'", &unknown("Team size?"));
}

#[test]
fn what_depends_on_the_value_fails_when_it_happens_in_a_sentence_that_shows_no_value() {
    let failed = |sentence: &str| Err(Failed(sentence.to_owned()));
    check("int(lead.ProspectStage) > 5", &failed("“int” cannot read the value it was given"));
    check("100 / (attended_minutes - 35) > 5", &failed("a division by zero"));
    check(
        "size(questions) > 1 && questions[size(questions) + attended_minutes] == ''",
        &failed("a list has no such place"),
    );
}

#[test]
fn a_wrong_text_is_refused_with_its_place() {
    use Wanted::{Condition, Text};
    check_wrong("", Condition, (1, 1), "there is no expression");
    check_wrong("attended_minutes >=", Condition, (1, 20), "ends too early");
    check_wrong("attended_minutes >= 30 and true", Condition, (1, 24), "not understood");
    check_wrong("attended_minutes > 30 &&\n  attendet > 5", Condition, (2, 3), "“attendet” is not known");
    check_wrong("happened == 'é' && topick == ''", Condition, (1, 20), "“topick” is not known");
    check_wrong("'éé' == happened ands true", Condition, (1, 18), "not understood");
    check_wrong("webinar.topik == ''", Condition, (1, 8), "“webinar” has no “topik”; it has topic, number");
    check_wrong("email.matches('(a+)+$')", Condition, (1, 14), "no function “matches”");
    check_wrong("attended_minutes > '30'", Condition, (1, 18), "cannot be");
    check_wrong(
        "false && attended_minutes.contains('3')",
        Condition,
        (1, 35),
        "“contains” cannot be used with a number",
    );
    check_wrong("attended_minutes + 1", Condition, (1, 1), "comes to a number");
    check_wrong("questions", Text, (1, 1), "comes to a list");
    check_wrong("attended_minutes > 1", Text, (1, 1), "comes to true or false");
    check_wrong("{'a': 1}['a'] == 1", Condition, (1, 1), "curly brackets");
    check_wrong("b'abc' == b'abc'", Condition, (1, 1), "raw bytes");
}

#[test]
fn an_expression_that_may_cost_too_much_is_refused_before_it_is_evaluated() {
    let wrong = |text: &str, place, sentence: &str| check_wrong(text, Wanted::Condition, place, sentence);
    let within = "questions.exists(a, questions.exists(b, questions.exists(c, a == b + c)))";
    wrong(within, (1, 57), "at most 2 loops");
    wrong("lead.exists(a, lead.exists(b, a == b))", (1, 1), "cost too much");
    let long = "questions".to_owned() + &" + questions".repeat(60);
    wrong(&format!("({long}).exists(q, q == '')"), (1, 1), "cost too much");
    wrong(&("true".to_owned() + &" || true".repeat(80)), (1, 606), "more than one expression may hold");
    wrong(&format!("{}true{}", "(".repeat(17), ")".repeat(17)), (1, 17), "brackets");
    wrong(&format!("email == '{}'", "a".repeat(1_000)), (1, 1_001), "at most 1000 characters");
}

#[test]
fn a_computed_value_is_a_text_without_blanks_around_it() {
    let text = |text: &str| compile(text, Wanted::Text).unwrap().text(&told());
    assert_eq!(text("registration.city + ' / ' + question['Budget?']"), Ok(Some("1 / 10k".to_owned())));
    assert_eq!(text("attended_minutes > 30 ? 'hot' : 'warm'"), Ok(Some("hot".to_owned())));
    assert_eq!(text("attended_minutes * 2"), Ok(Some("70".to_owned())));
    assert_eq!(text("' '"), Ok(None));
    assert_eq!(text("question['Team size?']"), Ok(None));
}

/// Texts that nest, each as far as the limits allow and beyond.
#[test]
fn a_text_that_nests_does_not_exhaust_a_small_stack() {
    let texts: Vec<String> = [1_usize, 16, 100, 149, 500, 900]
        .into_iter()
        .flat_map(|times| {
            [
                format!("{}true", "!".repeat(times)),
                format!("{}1 > 0", "-".repeat(times)),
                format!("{}true{}", "(".repeat(times), ")".repeat(times)),
                format!("{}1{} == []", "[".repeat(times), "]".repeat(times)),
                format!("1{} > 0", "+1".repeat(times)),
                format!("true{}", "&&true".repeat(times)),
                format!("email{} == ''", ".a".repeat(times)),
                format!("lead{} == ''", "['a']".repeat(times)),
                format!("true{}", "?true:false".repeat(times)),
                format!("{}1", "1 in ".repeat(times)),
                "(".repeat(times),
                "size(".repeat(times),
            ]
        })
        .collect();
    let small = std::thread::Builder::new().stack_size(1024 * 1024);
    let ended = small.spawn(move || {
        for text in &texts {
            let _ = compile(text, Wanted::Condition).map(|compiled| compiled.holds(&told()));
        }
    });
    ended.unwrap().join().unwrap();
}
