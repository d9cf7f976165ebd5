//! Failures seen together: what makes two of them alike, when a group that somebody muted is shown again, and what letting
//! all of a group go again would do.

use crate::redact::clip;

/// Characters of what a group of failures has in common.
const CAUSE_CHARS_MAX: usize = 200;
/// Stands in a cause for what differs from person to person.
const VARIES: &str = "…";

/// What failures with the same words have in common: the words without addresses, numbers and ids, which differ from person
/// to person. Empty where nothing was said.
#[must_use]
pub fn cause(detail: Option<&str>) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in detail.unwrap_or_default().split_whitespace() {
        let word = if varies(word) { VARIES } else { word };
        if word != VARIES || words.last() != Some(&VARIES) {
            words.push(word);
        }
    }
    clip(&words.join(" "), CAUSE_CHARS_MAX)
}

/// Whether a word is of one person: an address, a number, an id. The name of a field has digits too, and an underscore.
fn varies(word: &str) -> bool {
    let counts = word.chars().any(|c| c.is_ascii_digit()) && !word.contains('_');
    word.contains('@') || counts || word.chars().any(is_hidden)
}

/// Characters that hide, or turn the text after them around: no page hands them back as they are.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// A group smaller than this, when it was muted, comes back as if it had been as large.
const MUTED_FROM: i64 = 5;

/// Whether a group that was muted when it had `then` failures stays so with `now`: until there are twice as many.
#[must_use]
pub fn is_muted(then: i64, now: i64) -> bool {
    now < then.max(MUTED_FROM).saturating_mul(2)
}

/// Deliveries of one kind that would go again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The kind, as `Command::kind` says.
    pub kind: String,
    /// Whether they were ever sent: then each is looked for first.
    pub sent: bool,
    /// How many.
    pub count: i64,
}

/// What a delivery does to the remote system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Creates,
    Updates,
    Either,
    Reads,
}

/// What a kind of deliveries is called, one and several, and what it does.
fn of_kind(kind: &str) -> (&'static str, &'static str, Deed) {
    match kind {
        "lead" => ("lead", "leads", Deed::Either),
        "activity" => ("activity", "activities", Deed::Creates),
        "correction" => ("activity", "activities", Deed::Updates),
        "task" => ("task", "tasks", Deed::Creates),
        "change_task" => ("appointment", "appointments", Deed::Updates),
        "create_meeting" => ("Zoom meeting", "Zoom meetings", Deed::Creates),
        "change_meeting" => ("Zoom meeting", "Zoom meetings", Deed::Updates),
        "create_webinar" => ("Zoom webinar", "Zoom webinars", Deed::Creates),
        "delete_webinar" => ("Zoom webinar", "Zoom webinars", Deed::Updates),
        "add_registrant" => ("registration in Zoom", "registrations in Zoom", Deed::Creates),
        _ => ("look-up", "look-ups", Deed::Reads),
    }
}

/// What letting them go again does, in sentences: the sum first, then kind by kind.
#[must_use]
pub fn effects(again: &[Again]) -> Vec<String> {
    let sum = |takes: fn(&Again, Deed) -> bool| -> i64 {
        again.iter().filter(|one| takes(one, of_kind(&one.kind).2)).map(|one| one.count).sum()
    };
    let created = sum(|one, deed| deed == Deed::Creates && !one.sent);
    let updated = sum(|_, deed| deed == Deed::Updates);
    let looked_for = sum(|one, deed| deed == Deed::Creates && one.sent);
    let either = sum(|_, deed| deed == Deed::Either);
    let read = sum(|_, deed| deed == Deed::Reads);
    let mut first = vec![format!("{updated} will be updated"), format!("{created} created")];
    first.extend((either > 0).then(|| format!("{either} created or updated")));
    first.extend((looked_for > 0).then(|| format!("{looked_for} looked for and created only where missing")));
    first.extend((read > 0).then(|| format!("{read} only read")));
    let mut sentences = vec![format!("{}.", first.join(", "))];
    sentences.extend(again.iter().filter(|one| one.count > 0).map(sentence));
    sentences
}

fn sentence(again: &Again) -> String {
    let (one, many, deed) = of_kind(&again.kind);
    let (what, is) = if again.count == 1 { (one, "is") } else { (many, "are") };
    let count = again.count;
    match (deed, again.sent) {
        (Deed::Creates, false) => format!("{count} {what} {is} created: never sent before."),
        (Deed::Creates, true) => {
            format!("{count} {what} {is} looked for first, because a call was made before; created only where missing.")
        }
        (Deed::Updates, _) => format!("{count} {what} {is} updated in place."),
        (Deed::Either, _) => format!("{count} {what} {is} updated, or created where there is none."),
        (Deed::Reads, _) => format!("{count} {what}: nothing is changed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cause(detail: &str, expected: &str) {
        assert_eq!(cause(Some(detail)), expected);
    }

    #[test]
    fn what_differs_from_person_to_person_makes_no_other_cause() {
        check_cause("Task type 'Follow Up' does not exist", "Task type 'Follow Up' does not exist");
        check_cause("Phone +91-98450 12345 of asha@example.test is not valid", "Phone … of … is not valid");
        check_cause("Phone +91 9 of ravi@example.test is not valid", "Phone … of … is not valid");
        check_cause("mx_Custom_7 takes no text", "mx_Custom_7 takes no text");
        check_cause("lead 6f1d0c5e-2f0b-4e0e  not\nfound", "lead … not found");
        check_cause("a\u{202e}b is\u{0} wrong", "… wrong");
        check_cause("", "");
        assert_eq!(cause(None), "");
        assert_eq!(cause(Some(&"ä ".repeat(900))).chars().count(), CAUSE_CHARS_MAX);
    }

    #[test]
    fn a_muted_group_comes_back_when_it_has_doubled() {
        for (then, now, muted) in [(1, 1, true), (1, 9, true), (1, 10, false), (50, 99, true), (50, 100, false)] {
            assert_eq!(is_muted(then, now), muted, "{then} then, {now} now");
        }
        assert!(is_muted(i64::MAX, 1));
    }

    #[track_caller]
    fn check_effects(again: &[(&str, bool, i64)], expected: &[&str]) {
        let again: Vec<Again> = again
            .iter()
            .map(|(kind, sent, count)| Again { kind: (*kind).to_owned(), sent: *sent, count: *count })
            .collect();
        assert_eq!(effects(&again), expected);
    }

    #[test]
    fn the_effects_say_first_what_is_updated_and_what_is_created() {
        check_effects(
            &[("correction", true, 412)],
            &["412 will be updated, 0 created.", "412 activities are updated in place."],
        );
        check_effects(
            &[("activity", false, 1), ("task", true, 2), ("lead", true, 3), ("find", false, 1)],
            &[
                "0 will be updated, 1 created, 3 created or updated, 2 looked for and created only where missing, 1 only read.",
                "1 activity is created: never sent before.",
                "2 tasks are looked for first, because a call was made before; created only where missing.",
                "3 leads are updated, or created where there is none.",
                "1 look-up: nothing is changed.",
            ],
        );
        check_effects(&[], &["0 will be updated, 0 created."]);
    }
}
