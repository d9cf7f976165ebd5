//! The form of the page of registrations: settings as its fields, and its fields as settings. What the form does not show
//! stays as it is.

use super::super::registrations::Choice;
use connector_core::ids::Email;
use connector_core::settings::mapping::{FieldPolicy, REGISTRATION_FIELDS, Target};
use connector_core::settings::registration::{ChangeTold, Matching, OwnerRule, Pending, Unlisted};
use connector_core::settings::{CaptureBehaviour, Settings};
use std::collections::BTreeMap;

/// Questions in the form at the most.
pub(super) const QUESTIONS_MAX: usize = 60;
/// The longest title of a question that the form shows, in characters.
pub(super) const TITLE_CHARS_MAX: usize = 500;
/// Lines of a list at the most.
const LINES_MAX: usize = 1_000;

/// The fields of the form, by name.
pub(super) type Form = BTreeMap<String, String>;

/// Words of a choice with its value; the order is the page's.
type Words<T> = &'static [(&'static str, &'static str, T)];

/// What may be said of a lead that is there.
pub(super) const CAPTURE: Words<CaptureBehaviour> = &[
    ("overwrite", "Write every field", CaptureBehaviour::Overwrite),
    ("update_only_empty_fields", "Fill only empty fields", CaptureBehaviour::UpdateOnlyEmptyFields),
    ("do_not_update_unique_fields", "Write all but unique fields", CaptureBehaviour::DoNotUpdateUniqueFields),
    ("do_not_update", "Leave it as it is", CaptureBehaviour::DoNotUpdate),
];
/// What a field of its own may do.
pub(super) const POLICY: Words<Option<FieldPolicy>> = &[
    ("", "As for all", None),
    ("overwrite", "Overwrite", Some(FieldPolicy::Overwrite)),
    ("if_blank", "Only if blank", Some(FieldPolicy::IfBlank)),
    ("never", "Never", Some(FieldPolicy::Never)),
];
/// How a lead is found.
pub(super) const MATCHING: Words<Matching> = &[
    ("email", "its e-mail address", Matching::Email),
    ("email_then_phone", "its e-mail address, then its phone number", Matching::EmailThenPhone),
];
/// What tracking sources become that no rule names.
pub(super) const UNLISTED: Words<Unlisted> =
    &[("lead_source", "The lead source above", Unlisted::LeadSource), ("as_told", "Their own name", Unlisted::AsTold)];
/// What waits for approval.
pub(super) const PENDING: Words<Pending> = &[
    ("counts", "Becomes a lead at once", Pending::Counts),
    ("waits", "Becomes a lead when it is approved", Pending::Waits),
];
/// How a change is told.
pub(super) const TOLD: Words<ChangeTold> = &[
    ("correction", "Written into the registration's activity", ChangeTold::Correction),
    ("activity", "An activity of its own", ChangeTold::Activity),
    ("nothing", "Not told", ChangeTold::Nothing),
];
/// Whose new leads are.
pub(super) const OWNER: Words<OwnerIs> = &[
    ("nobody", "As LeadSquared says", OwnerIs::Nobody),
    ("user", "Always the same user", OwnerIs::User),
    ("host", "The user of the webinar's host", OwnerIs::Host),
];

/// The owner rule without its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnerIs {
    Nobody,
    User,
    Host,
}

impl OwnerIs {
    pub fn of(rule: &OwnerRule) -> Self {
        match rule {
            OwnerRule::Nobody => Self::Nobody,
            OwnerRule::User(_) => Self::User,
            OwnerRule::Host => Self::Host,
        }
    }
}

/// A list of choices with the one that holds.
pub(super) fn choices<T: Copy + PartialEq>(words: Words<T>, holds: T) -> Vec<Choice> {
    words.iter().map(|(value, text, one)| Choice { value, text, chosen: *one == holds }).collect()
}

pub(super) fn chosen<T: Copy>(words: Words<T>, form: &Form, name: &str) -> Result<T, String> {
    let value = form.get(name).map_or("", String::as_str);
    let found = words.iter().find(|(known, _, _)| *known == value).map(|(_, _, one)| *one);
    found.ok_or_else(|| format!("The choice “{value}” of {name} is not known. Load the page again."))
}

fn text<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map(|value| value.trim()).unwrap_or_default()
}

fn lines<'a>(form: &'a Form, name: &str) -> Result<Vec<&'a str>, String> {
    let lines: Vec<&str> = text(form, name).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > LINES_MAX {
        return Err(format!("A list may have {LINES_MAX} lines; this one has {}.", lines.len()));
    }
    Ok(lines)
}

/// Lines of the form `this = that`.
fn pairs<'a>(form: &'a Form, name: &str) -> Result<Vec<(&'a str, &'a str)>, String> {
    let pair = |line: &'a str| match line.rsplit_once('=').map(|(left, right)| (left.trim(), right.trim())) {
        Some((left, right)) if !left.is_empty() && !right.is_empty() => Ok((left, right)),
        Some(_) | None => Err(format!("“{line}” has no “=” between two names.")),
    };
    lines(form, name)?.into_iter().map(pair).collect()
}

fn target(form: &Form, stem: &str) -> Result<Target, String> {
    let named = |name: &str| Some(text(form, &format!("{stem}.{name}")).to_owned()).filter(|text| !text.is_empty());
    let policy = chosen(POLICY, form, &format!("{stem}.policy"))?;
    let lead = named("lead");
    if lead.as_deref() == Some("EmailAddress") {
        return Err(
            "The e-mail address is the person, and is always taken: no answer can go to EmailAddress.".to_owned()
        );
    }
    Ok(Target { policy: policy.filter(|_| lead.is_some()), lead, activity: named("activity") })
}

/// The settings with what the form says.
pub(super) fn edited(current: &Settings, form: &Form) -> Result<Settings, String> {
    let mut next = current.clone();
    for (place, (zoom, _)) in REGISTRATION_FIELDS.iter().enumerate() {
        let target = target(form, &format!("s{place}"))?;
        next.registration_fields.remove(*zoom);
        if !target.is_empty() {
            next.registration_fields.insert((*zoom).to_owned(), target);
        }
    }
    next.custom_questions.retain(|title, _| !is_shown(title));
    for place in 0..QUESTIONS_MAX {
        let stem = format!("q{place}");
        let title = text(form, &format!("{stem}.title"));
        if title.is_empty() {
            continue;
        }
        let target = target(form, &stem)?;
        if !target.is_empty() {
            next.custom_questions.insert(title.to_owned(), target);
        }
    }
    next.capture = chosen(CAPTURE, form, "capture")?;
    next.lead_source = text(form, "lead_source").to_owned();
    next.excluded_domains = lines(form, "excluded")?.into_iter().map(str::to_lowercase).collect();
    next.staff = lines(form, "staff")?.into_iter().map(str::to_lowercase).collect();
    rules(&mut next, form)?;
    Ok(next)
}

fn rules(next: &mut Settings, form: &Form) -> Result<(), String> {
    let rules = &mut next.registration;
    rules.matching = chosen(MATCHING, form, "matching")?;
    rules.pending = chosen(PENDING, form, "pending")?;
    rules.changes.approved = chosen(TOLD, form, "approved")?;
    rules.changes.denied = chosen(TOLD, form, "denied")?;
    rules.changes.cancelled = chosen(TOLD, form, "cancelled")?;
    rules.source.unlisted = chosen(UNLISTED, form, "unlisted")?;
    rules.source.policy = chosen(POLICY, form, "source_policy")?;
    let tracking = pairs(form, "by_tracking")?;
    rules.source.by_tracking =
        tracking.into_iter().map(|(tracking, source)| (tracking.to_owned(), source.to_owned())).collect();
    let field = text(form, "tracking_field");
    rules.source.field.lead = Some(field.to_owned()).filter(|field| !field.is_empty());
    let address = |text: &str| Email::parse(text).ok_or_else(|| format!("“{text}” is no e-mail address."));
    rules.owner.rule = match chosen(OWNER, form, "owner")? {
        OwnerIs::Nobody => OwnerRule::Nobody,
        OwnerIs::User => OwnerRule::User(address(text(form, "owner_user"))?),
        OwnerIs::Host => OwnerRule::Host,
    };
    let mut hosts = BTreeMap::new();
    for (host, user) in pairs(form, "hosts")? {
        hosts.insert(host.to_owned(), address(user)?);
    }
    rules.owner.hosts = hosts;
    Ok(())
}

/// Whether the form shows a question of that title.
pub(super) fn is_shown(title: &str) -> bool {
    title.chars().count() <= TITLE_CHARS_MAX && title.trim() == title
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form as it is shown for the default settings, with changes.
    fn form(changes: &[(&str, &str)]) -> Form {
        let mut form = Form::new();
        for (place, (zoom, _)) in REGISTRATION_FIELDS.iter().enumerate() {
            let settings = Settings::default();
            let lead = settings.registration_fields.get(*zoom).and_then(|target| target.lead.clone());
            form.insert(format!("s{place}.lead"), lead.unwrap_or_default());
        }
        let choices = [
            ("capture", "overwrite"),
            ("matching", "email"),
            ("pending", "counts"),
            ("approved", "correction"),
            ("denied", "correction"),
            ("cancelled", "correction"),
            ("unlisted", "lead_source"),
            ("owner", "nobody"),
            ("lead_source", "Zoom Webinar"),
        ];
        for (name, value) in choices.iter().chain(changes) {
            form.insert((*name).to_owned(), (*value).to_owned());
        }
        form
    }

    #[test]
    fn a_form_that_nobody_changed_changes_nothing() {
        assert_eq!(edited(&Settings::default(), &form(&[])).unwrap(), Settings::default());
    }

    #[test]
    fn what_is_entered_becomes_settings() {
        let changes = [
            ("s0.policy", "if_blank"),
            ("q0.title", "Budget?"),
            ("q0.lead", "mx_Budget"),
            ("q0.activity", "mx_Custom_7"),
            ("q1.title", "Not mapped"),
            ("staff", "US.example\n\n a@b.test "),
            ("by_tracking", "news = a = E-mail"),
            ("owner", "user"),
            ("owner_user", "Rep@crm.test"),
            ("hosts", "h1 = rep@crm.test"),
            ("cancelled", "activity"),
        ];
        let next = edited(&Settings::default(), &form(&changes)).unwrap();
        assert_eq!(next.registration_fields["first_name"].policy, Some(FieldPolicy::IfBlank));
        let budget = Target { activity: Some("mx_Custom_7".to_owned()), ..Target::lead("mx_Budget") };
        assert_eq!(next.custom_questions, BTreeMap::from([("Budget?".to_owned(), budget)]));
        assert_eq!(next.staff, ["us.example", "a@b.test"]);
        assert_eq!(next.registration.source.by_tracking["news = a"], "E-mail");
        assert_eq!(next.registration.owner.rule, OwnerRule::User(Email::parse("rep@crm.test").unwrap()));
        assert_eq!(next.registration.owner.hosts["h1"].as_str(), "rep@crm.test");
        assert_eq!(next.registration.changes.cancelled, ChangeTold::Activity);
    }

    #[track_caller]
    fn check_refused(change: (&str, &str), words: &str) {
        let refused = edited(&Settings::default(), &form(&[change])).unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_sentence() {
        check_refused(("capture", "guess"), "“guess” of capture");
        check_refused(("owner", "user"), "is no e-mail address");
        check_refused(("hosts", "h1 rep@crm.test"), "has no “=”");
        check_refused(("s3.lead", "EmailAddress"), "no answer can go to EmailAddress");
    }

    #[test]
    fn a_question_that_the_form_cannot_show_stays() {
        let mut settings = Settings::default();
        let title = "x".repeat(TITLE_CHARS_MAX + 1);
        settings.custom_questions.insert(title.clone(), Target::lead("mx_X"));
        settings.custom_questions.insert("Shown".to_owned(), Target::lead("mx_Y"));
        let next = edited(&settings, &form(&[])).unwrap();
        assert_eq!(next.custom_questions.keys().collect::<Vec<_>>(), [&title]);
    }
}
