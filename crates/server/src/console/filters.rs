//! How foreign text gets onto a page: clipped to a length, without characters that hide or turn other text around.
//! Escaping is not done here but by the templates, for everything.
//!
//! Used in templates as `{{ name|line }}`, `{{ why|sentence }}`, `{{ body|block }}` and `{{ typed|entered }}`.

use std::fmt::Display;

/// Characters of a name, topic, cause or any other text within a line.
pub const LINE_CHARS_MAX: usize = 160;
/// Characters of a whole sentence, which must not lose its end: that is where it says what to do.
pub const SENTENCE_CHARS_MAX: usize = 500;
/// Characters of a text with lines of its own, such as a raw body.
pub const BLOCK_CHARS_MAX: usize = 20_000;
/// Characters of what somebody typed, when a form is shown again.
pub const ENTERED_CHARS_MAX: usize = 500;

/// A text within a line: one line, at most [`LINE_CHARS_MAX`] characters.
#[askama::filter_fn]
pub fn line(text: impl Display, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(clip(text.to_string().chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }), LINE_CHARS_MAX))
}

/// A whole sentence or two: one line, at most [`SENTENCE_CHARS_MAX`] characters.
#[askama::filter_fn]
pub fn sentence(text: impl Display, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(clip(text.to_string().chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }), SENTENCE_CHARS_MAX))
}

/// A text with its lines: at most [`BLOCK_CHARS_MAX`] characters.
#[askama::filter_fn]
pub fn block(text: impl Display, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(clip(text.to_string().chars(), BLOCK_CHARS_MAX))
}

/// Characters of the addresses of leads that somebody pasted, when the form is shown again.
pub const ADDRESSES_CHARS_MAX: usize = 60_000;

/// Addresses that somebody pasted, line by line: at most [`ADDRESSES_CHARS_MAX`] characters, without an ellipsis.
#[askama::filter_fn]
pub fn addresses(text: impl Display, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(text.to_string().chars().map(plain).take(ADDRESSES_CHARS_MAX).collect())
}

/// What somebody typed, or an address: at most [`ENTERED_CHARS_MAX`] characters, without an ellipsis.
#[askama::filter_fn]
pub fn entered(text: impl Display, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(text.to_string().chars().map(plain).take(ENTERED_CHARS_MAX).collect())
}

/// A count with its thousands set apart: `12,345`.
#[askama::filter_fn]
pub fn count(number: &i64, _values: &dyn askama::Values) -> askama::Result<String> {
    Ok(thousands(*number))
}

/// A count with its thousands set apart: `12,345`.
#[must_use]
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn clip(text: impl Iterator<Item = char>, most: usize) -> String {
    let mut text = text.map(plain);
    let mut clipped: String = text.by_ref().take(most).collect();
    if text.next().is_some() {
        clipped.pop();
        clipped.push('…');
    }
    clipped
}

/// Shows characters that would hide, or turn the text after them around, as what they are: not to be read.
fn plain(c: char) -> char {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides =
        matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{feff}') || c.is_control() && c != '\n' && c != '\t';
    if turns || hides { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_clip(text: &str, most: usize, expected: &str) {
        assert_eq!(clip(text.chars(), most), expected);
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        check_clip("abc", 3, "abc");
        check_clip("abcd", 3, "ab…");
        check_clip("", 3, "");
        check_clip("éèêë", 3, "éè…");
    }

    #[test]
    fn a_character_that_turns_text_around_is_not_passed_on() {
        check_clip("a\u{202e}b\u{2066}c", 9, "a\u{fffd}b\u{fffd}c");
        check_clip("a\0b\u{1b}[2J", 9, "a\u{fffd}b\u{fffd}[2J");
        check_clip("שלום", 9, "שלום");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(thousands(number), expected);
        }
    }
}
