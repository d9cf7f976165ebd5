//! Every page with plain and with hostile words: nothing foreign becomes markup, nothing overflows, every page keeps to
//! the rules that make it usable for everybody.

mod samples;

use samples::{Page, pages};
use std::collections::BTreeSet;

/// Names as people who mean harm would choose them.
const HOSTILE: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "a\u{202e}txt.exe\u{2066}\u{0}\u{1b}[31m",
    "{{ 7 * 7 }} </pre></textarea></title><!--",
];
/// Longer than any page shows, in characters.
const LONG_CHARS: usize = 10_000;
/// A page of samples with long names in every field, in bytes.
const PAGE_BYTES_MAX: usize = 300_000;

fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag)).collect()
}

/// The names of all tags, in order: what foreign text must not change.
fn skeleton(html: &str) -> Vec<&str> {
    tags(html).into_iter().map(|tag| tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).unwrap_or("")).collect()
}

#[track_caller]
fn check_hostile(plain: &Page, hostile: &Page) {
    assert_eq!(skeleton(&plain.html), skeleton(&hostile.html), "{}: foreign text became markup", plain.name);
    for word in
        ["<script>alert", "<img src=x", "onerror=alert(1)>", "' onmouseover", "\u{202e}", "\u{2066}", "\u{0}", "\u{1b}"]
    {
        assert!(!hostile.html.contains(word), "{}: {word:?} got through", plain.name);
    }
}

#[test]
fn foreign_text_never_becomes_markup() {
    let plain = pages(&|word| word.to_owned());
    for text in HOSTILE {
        for (plain, hostile) in plain.iter().zip(pages(&|_| text.to_owned())) {
            check_hostile(plain, &hostile);
        }
    }
}

#[test]
fn a_name_of_any_length_is_clipped() {
    let plain = pages(&|word| word.to_owned());
    for (plain, long) in plain.iter().zip(pages(&|_| "ß".repeat(LONG_CHARS))) {
        check_hostile(plain, &long);
        assert!(long.html.len() <= PAGE_BYTES_MAX, "{}: {} bytes", long.name, long.html.len());
        let most = if long.name == "notification"
            || long.name.starts_with("connect-failure")
            || long.name.starts_with("schedule")
            || long.name.starts_with("add-leads")
            || long.name.starts_with("rule-")
            || long.name.starts_with("sharing")
        {
            super::filters::BLOCK_CHARS_MAX
        } else {
            super::filters::ENTERED_CHARS_MAX
        };
        let run = long.html.split(|c| c != 'ß').map(|run| run.chars().count()).max().unwrap_or(0);
        assert!(run <= most, "{}: {run} characters in a row", long.name);
    }
}

#[track_caller]
fn check_page(page: &Page, holds: &str) {
    assert!(page.html.contains(holds), "{}: no {holds}", page.name);
}

#[test]
fn every_page_has_its_landmarks() {
    for page in pages(&|word| word.to_owned()) {
        for holds in
            ["<html lang=\"en\">", "<main id=\"main\"", "href=\"#main\"", "<title>", "<header", "name=\"viewport\""]
        {
            check_page(&page, holds);
        }
        assert_eq!(page.html.matches("<h1").count(), 1, "{}: one heading of the first order", page.name);
    }
}

#[test]
fn no_page_has_a_style_or_script_of_its_own() {
    for page in pages(&|word| word.to_owned()) {
        for tag in tags(&page.html) {
            assert!(!tag.contains(" style=") && !tag.contains(" on") || tag.contains("one"), "{}: <{tag}>", page.name);
            assert!(!tag.starts_with("style"), "{}: <{tag}>", page.name);
            assert!(!tag.starts_with("script") || tag.contains("src=\"/assets/"), "{}: <{tag}>", page.name);
            let address =
                tag.split_once("src=\"").or_else(|| tag.split_once("action=\"")).map_or("/", |(_, rest)| rest);
            assert!(address.starts_with('/'), "{}: <{tag}> leads elsewhere", page.name);
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for page in pages(&|word| word.to_owned()) {
        for form in page.html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or("");
            let changes = form.contains("method=\"post\"");
            assert_eq!(changes, form.contains("name=\"form_token\""), "{}: {form}", page.name);
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_id_stands_once() {
    for page in pages(&|word| word.to_owned()) {
        let tags = tags(&page.html);
        let ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{}: id {id} stands twice", page.name);
        }
        for tag in tags.iter().filter(|tag| ["input", "select", "textarea"].iter().any(|name| tag.starts_with(name))) {
            let id = attribute(tag, "id").unwrap_or("");
            let labelled = tag.contains("type=\"hidden\"") || page.html.contains(&format!("<label for=\"{id}\""));
            assert!(labelled, "{}: <{tag}> has no label", page.name);
        }
        let pointers = ["aria-labelledby", "aria-describedby", "list", "data-copy"];
        for (tag, name) in tags.iter().flat_map(|tag| pointers.map(|name| (tag, name))) {
            for id in attribute(tag, name).unwrap_or("").split_whitespace() {
                assert!(ids.contains(&id), "{}: <{tag}> points to {id}, which is not there", page.name);
            }
        }
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// Contrast that text needs (WCAG 2.2, 1.4.3), and borders of fields and what has the focus (1.4.11).
const TEXT_CONTRAST_MIN: f64 = 4.5;
const EDGE_CONTRAST_MIN: f64 = 3.0;

/// The last value of a custom property within a part of the style sheet.
fn colour(style: &str, name: &str) -> [f64; 3] {
    let (_, rest) = style.rsplit_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("no --{name}"));
    let hex = rest.split(';').next().unwrap();
    let hex: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[track_caller]
fn check_contrast(style: &str, (above, below): (&str, &str), least: f64) {
    let (one, other) = (luminance(colour(style, above)), luminance(colour(style, below)));
    let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
    assert!(contrast >= least, "{above} on {below}: {contrast:.2}, {least} is needed");
}

#[test]
fn every_pair_of_colours_can_be_read_in_light_and_dark() {
    let style = super::asset::find("console.css").unwrap().text;
    let (light, rest) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("*, ::before").unwrap();
    for style in [light, dark] {
        for below in ["ground", "card", "sunk"] {
            for above in ["ink", "soft", "accent", "accent-deep", "bad"] {
                check_contrast(style, (above, below), TEXT_CONTRAST_MIN);
            }
            check_contrast(style, ("edge", below), EDGE_CONTRAST_MIN);
        }
        for tone in ["good", "busy", "wait", "bad", "quiet"] {
            for above in [tone, "ink", "accent"] {
                check_contrast(style, (above, &format!("{tone}-tint")), TEXT_CONTRAST_MIN);
            }
        }
        for above in ["ink", "accent"] {
            check_contrast(style, (above, "tint"), TEXT_CONTRAST_MIN);
        }
        check_contrast(style, ("accent-ink", "accent"), TEXT_CONTRAST_MIN);
        check_contrast(style, ("accent-ink", "accent-deep"), TEXT_CONTRAST_MIN);
    }
}

/// The classes that the selectors of the style sheet name.
fn classes_of(style: &str) -> BTreeSet<&str> {
    let selectors = style.split('{').map(|part| part.rsplit('}').next().unwrap_or(part));
    let named = selectors.flat_map(|selector| selector.split('.').skip(1));
    named
        .map(|text| text.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or(""))
        .filter(|class| !class.is_empty())
        .collect()
}

/// What no page uses goes, so that there is room for what one does.
#[test]
fn every_class_of_the_style_sheet_stands_on_a_page() {
    let pages = pages(&|word| word.to_owned());
    let used: BTreeSet<&str> = pages
        .iter()
        .flat_map(|page| tags(&page.html))
        .filter_map(|tag| attribute(tag, "class"))
        .flat_map(str::split_whitespace)
        .collect();
    let named = classes_of(super::asset::find("console.css").unwrap().text);
    assert!(named.contains("card") && named.len() > 50, "{named:?}");
    assert_eq!(named.difference(&used).collect::<Vec<_>>(), Vec::<&&str>::new());
}
