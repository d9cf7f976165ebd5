//! Samples of the pages of rules.

use super::{Page, Say, frame, page};
use crate::console::frame::Place;
use crate::console::rules::{DayChoice, EditRule, Group, Input, Mark, Part, RuleLine, Rules, Shape};
use crate::console::schedule::Field;

/// The lists, empty and full, and a form as it is opened and as it is refused.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let line = |place: usize, on: bool, last: bool| RuleLine {
        place,
        name: say("Call no-shows"),
        on,
        last,
        says: vec![("when", say("somebody did not come")), ("and", say("domain != 'acme.test'"))],
    };
    let group = |part: Part| Group { part, lines: vec![line(0, true, false), line(1, false, true)] };
    let full = Rules {
        frame: frame(say, "Rules", Place::Rules),
        version: 4,
        groups: Part::ALL.map(group).to_vec(),
        zone: Field { value: say("Asia/Kolkata"), refusal: String::new() },
        days: vec![
            DayChoice { name: "monday", title: "Monday", on: true },
            DayChoice { name: "sunday", title: "Sunday", on: false },
        ],
        refusal: None,
    };
    let empty = Rules {
        groups: Part::ALL.map(|part| Group { part, lines: vec![] }).to_vec(),
        zone: Field { value: say("Nowhere"), refusal: say("This is no time zone.") },
        refusal: Some(say("Somebody else changed the settings meanwhile.")),
        ..full.clone()
    };
    let input = |name: &'static str, value: &str, shape: Shape| Input {
        name,
        label: "Name",
        hint: "As people say it.",
        field: Field { value: say(value), refusal: String::new() },
        shape,
        mark: None,
    };
    let choice = Shape::Choice(vec![(say("attended"), say("somebody attended")), (say("left"), say("somebody left"))]);
    let opened = EditRule {
        frame: frame(say, "Rules", Place::Rules),
        part: Part::Tasks,
        place: "new".to_owned(),
        version: 4,
        inputs: vec![
            input("name", "Call", Shape::Line),
            input("when", "attended", choice),
            input("condition", "attendet > 5", Shape::Area),
            input("due", "24", Shape::Number),
        ],
        refusal: None,
    };
    let mut refused = EditRule { refusal: Some(say("Please correct what is marked below.")), ..opened.clone() };
    for input in &mut refused.inputs {
        input.field.refusal = say("“attendet” is not known.");
        input.mark = Some(Mark { before: say("a && "), from: say("attendet"), place: "line 1, column 6".to_owned() });
    }
    vec![page("rules", &full), page("rules-empty", &empty), page("rule-new", &opened), page("rule-refused", &refused)]
}
