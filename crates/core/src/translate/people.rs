//! Who is who: the person behind a stay, who is staff, and how deliveries about a person are made.

use super::{Command, Consequence, Context, Planned, Start, Translated};
use crate::fact::{Alias, Book, Gathering, Person, RegistrationState, State, TenantKeys};
use crate::ids::{Email, ZoomApp};
use crate::leadsquared;
use crate::settings::{ActivityKind, CaptureBehaviour};
use crate::zoom::event::{Deauthorized, Run, Stay};
use std::collections::BTreeMap;

/// The keyed hash under which a person's lead is remembered.
pub fn person_key(keys: &TenantKeys, person: &Person) -> Alias {
    match person {
        Person::Email(email) => keys.alias("person", &[email.as_str()]),
        Person::Lead(lead) => keys.alias("person_by_lead", &[&lead.0.to_lowercase()]),
    }
}

/// The person in words.
pub fn words(person: &Person) -> String {
    match person {
        Person::Email(email) => email.as_str().to_owned(),
        Person::Lead(lead) => format!("lead {}", lead.0),
    }
}

/// Alias of the attendance of one person in one run.
pub fn attendance(keys: &TenantKeys, account: &str, uuid: &str, email: &Email) -> Alias {
    keys.alias("attendance", &[account, uuid, email.as_str()])
}

/// Alias of the list of facts that wait for a registration.
pub fn awaiting(keys: &TenantKeys, account: &str, run: &Run, registrant_id: Option<&str>) -> Option<Alias> {
    let number = run.number.to_string();
    registrant_id.map(|id| keys.alias("awaiting", &[account, run.kind.as_str(), &number, id]))
}

/// Aliases under which the registration behind a stay may be found; occurrences are looked up by the series.
pub fn registration_look_ups(keys: &TenantKeys, account: &str, run: &Run, stay: &Stay) -> Vec<Alias> {
    let number = run.number.to_string();
    let by_id =
        stay.registrant_id.iter().map(|id| keys.alias("registration_id", &[account, run.kind.as_str(), &number, id]));
    let by_email = stay
        .email
        .iter()
        .map(|email| keys.alias("registration_email", &[account, run.kind.as_str(), &number, "", email.as_str()]));
    by_id.chain(by_email).collect()
}

/// The address behind a stay: the registration's where the registrant id leads to one, else Zoom's.
pub fn email_of(keys: &TenantKeys, account: &str, run: &Run, stay: &Stay, book: &Book) -> Option<Email> {
    let registered = book.find(&registration_look_ups(keys, account, run, stay));
    match registered.map(|fact| &fact.state) {
        Some(State::Registration(registration)) => Some(registration.email.clone()),
        _ => stay.email.clone(),
    }
}

/// The aliases of the registration of an address for an occurrence, and for the webinar or all of its series.
pub fn registration_aliases(
    keys: &TenantKeys,
    (gathering, occurrence): (&Gathering, Option<&str>),
    email: &Email,
) -> Vec<Alias> {
    let (number, kind) = (gathering.number.to_string(), gathering.kind.as_str());
    let of = |occurrence: &str| {
        keys.alias("registration_email", &[&gathering.account, kind, &number, occurrence, email.as_str()])
    };
    occurrence.into_iter().chain(std::iter::once("")).map(of).collect()
}

/// The registration of an address, where it is loaded.
pub fn registration_of(
    keys: &TenantKeys,
    book: &Book,
    gathering: (&Gathering, Option<&str>),
    email: &Email,
) -> Option<RegistrationState> {
    let aliases = registration_aliases(keys, gathering, email);
    let loaded: Vec<Alias> = aliases.into_iter().filter(|alias| book.knows_alias(alias)).collect();
    match book.find(&loaded).map(|fact| &fact.state) {
        Some(State::Registration(known)) => Some(known.clone()),
        _ => None,
    }
}

/// Why a person gets nothing, if so.
pub fn left_out(context: &Context<'_>, person: &Person) -> Option<&'static str> {
    let Person::Email(email) = person else { return None };
    let settings = &context.settings.settings;
    if settings.is_staff(email) {
        return Some("suppressed.staff");
    }
    settings.is_excluded(email).then_some("suppressed.excluded_domain")
}

/// A delivery to LeadSquared about a person, still without its fact's peculiarities.
pub struct About<'a> {
    /// The fact it follows from.
    pub fact: &'a Alias,
    /// The person, if known.
    pub person: Option<&'a Person>,
    /// Shown when the person is not known.
    pub name: Option<&'a str>,
    /// What it is in words.
    pub what: String,
}

impl About<'_> {
    /// The delivery of `command` under `key`.
    pub fn plan(&self, context: &Context<'_>, key: String, command: leadsquared::command::Command) -> Planned {
        let start = match self.person {
            None => Start::WaitsForIdentity,
            Some(person) => left_out(context, person).map_or(Start::Ready, Start::Suppressed),
        };
        Planned {
            key,
            fact: self.fact.clone(),
            command: Command::LeadSquared { command },
            person: self.person.map(|person| person_key(context.keys, person)),
            lead: match self.person {
                Some(Person::Lead(lead)) => Some(lead.clone()),
                Some(Person::Email(_)) | None => None,
            },
            who: self.person.map_or_else(|| format!("unknown ({})", self.name.unwrap_or("no name")), words),
            what: self.what.clone(),
            start,
            detail: None,
        }
    }
}

/// The code of an activity type, or 0 with the reason why a delivery has to be parked.
pub fn activity_code(context: &Context<'_>, kind: ActivityKind) -> (i64, Option<Start>) {
    match context.settings.settings.activity_codes.get(&kind) {
        Some(code) => (*code, None),
        None => (0, Some(Start::Parked("setup.activity_type"))),
    }
}

/// Parks a delivery that would go out, where something is missing in the set-up. Who gets nothing still gets nothing, and
/// what waits for its person goes on waiting: it is planned anew when the person is known.
pub fn park(delivery: &mut Planned, parked: Option<Start>) {
    if delivery.start == Start::Ready {
        delivery.start = parked.unwrap_or(Start::Ready);
    }
}

/// Makes sure of a lead for somebody who did not register: created from address and name without touching what is
/// there, or only looked up, once for each person and `reason`.
pub fn lead_of(context: &Context<'_>, about: &About<'_>, create: bool, reason: &[&str]) -> Option<Planned> {
    let Some(Person::Email(email)) = about.person else { return None };
    if create {
        let key = context.keys.alias("delivery", &["attendee_lead", email.as_str()]).0;
        let fields = about.name.map_or_else(BTreeMap::new, super::fields::split_name);
        let mut fields = fields;
        fields.insert("Source".to_owned(), context.settings.settings.lead_source.clone());
        // Whoever is there already is left alone: what is typed into Zoom on joining is worth little.
        let behaviour = CaptureBehaviour::DoNotUpdate;
        let write = leadsquared::command::LeadWrite::by_email(email.clone(), fields, behaviour);
        Some(about.plan(context, key, leadsquared::command::Command::UpsertLead(write)))
    } else {
        let key_fields: Vec<&str> = ["find_lead", email.as_str()].into_iter().chain(reason.iter().copied()).collect();
        let key = context.keys.alias("delivery", &key_fields).0;
        Some(about.plan(context, key, leadsquared::command::Command::FindLead(email.clone())))
    }
}

/// Alias of a deauthorization.
pub fn deauthorization(keys: &TenantKeys, app: ZoomApp, account: &str, gone: &Deauthorized) -> Alias {
    let client = gone.client_id.as_deref().unwrap_or(app.as_str());
    let time = gone.deauthorization_time.as_deref().unwrap_or("");
    keys.alias("deauthorization", &[client, account, &gone.user.0, time])
}

/// The app was removed in Zoom (row S22): the connection ends.
pub fn deauthorized(
    context: &Context<'_>,
    book: &mut Book,
    (app, account): (ZoomApp, &str),
    gone: &Deauthorized,
    at_ms: i64,
) -> Translated {
    let alias = deauthorization(context.keys, app, account, gone);
    let fact = book.put(&[alias], State::Deauthorization { time: gone.deauthorization_time.clone() });
    let mut translated = Translated::merged(fact, Vec::new());
    translated.consequence =
        Some(Consequence::EndConnection { app, user: gone.user.clone(), at_ms, retention: gone.retention });
    translated
}
