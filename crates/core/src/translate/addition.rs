//! Leads out: a wish to add leads to a webinar becomes a look at the webinar, then leads that are read, then registrants; what
//! Zoom made of each merges into the same registration that Zoom's own webhook tells of.

use super::answers::behaviour_for;
use super::fields::topic;
use super::occasion::Occasion;
use super::people::About;
use super::registration::TellingAt;
use super::{Command, Context, Planned, Start, Translated, custom, registration};
use crate::addition::registrant::{self, Cannot, Registrant};
use crate::addition::{
    AddToWebinar, AddingState, AdditionState, Chosen, GatheredLead, LIST_PAGES_MAX, ListRead, WebinarView,
};
use crate::fact::{Alias, Book, Person, RegistrationState, State, TenantKeys};
use crate::ids::{Email, Kind, LeadId, MeetingNumber};
use crate::leadsquared::command::{Command as Crm, Gather, LeadWrite, Members};
use crate::redact::clip;
use crate::rules::task::Happened;
use crate::settings::{CaptureBehaviour, JOIN_LINK_CHARS_MAX};
use crate::zoom::command::{Before, Command as Zoom, Deed, NewRegistrant, ReadWebinar};
use crate::zoom::event::{Registration, RegistrationStatus, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Leads that were read for a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatheredLeads {
    /// Which were asked for.
    pub members: Members,
    /// The leads.
    pub leads: Vec<GatheredLead>,
    /// Whether another page may follow.
    pub more: bool,
    /// Leads on the whole list, if LeadSquared says so.
    pub total: Option<u64>,
}

/// What Zoom made of one registrant of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRegistration {
    /// Zoom account.
    pub account: String,
    /// The webinar.
    pub webinar: MeetingNumber,
    /// Its title.
    pub topic: String,
    /// Its start, epoch milliseconds.
    pub start_ms: Option<i64>,
    /// The occurrence.
    pub occurrence: Option<String>,
    /// Who.
    pub email: Email,
    /// Zoom's id of it.
    pub registrant: String,
    /// Its own link.
    pub join_url: Option<String>,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// What was answered, by Zoom's field names.
    pub answers: BTreeMap<String, String>,
    /// Custom questions.
    pub custom: Vec<(String, String)>,
    /// When Zoom answered, epoch milliseconds.
    pub at_ms: i64,
}

impl OwnRegistration {
    /// The same as if Zoom had told of it.
    #[must_use]
    pub fn as_told(&self) -> Registration {
        Registration {
            run: Run {
                kind: Kind::Webinar,
                number: self.webinar,
                uuid: String::new(),
                host_id: None,
                host_email: None,
                topic: Some(self.topic.clone()),
                start_ms: self.start_ms,
                end_ms: None,
                duration_min: None,
                timezone: None,
            },
            occurrence: self.occurrence.clone(),
            registrant_id: Some(self.registrant.clone()),
            email: self.email.clone(),
            status: self.status,
            answers: self.answers.clone(),
            custom_questions: self.custom.clone(),
            join_url: self.join_url.clone(),
            tracking_source: None,
        }
    }
}

/// Alias of a wish to add leads.
#[must_use]
pub fn adding(keys: &TenantKeys, operation: &str) -> Alias {
    keys.alias("adding", &[operation])
}

/// Alias of a lead that was to be added to a webinar.
pub fn addition(keys: &TenantKeys, account: &str, webinar: MeetingNumber, email: &Email) -> Alias {
    keys.alias("addition", &[account, &webinar.to_string(), email.as_str()])
}

fn registered_email(keys: &TenantKeys, account: &str, wanted: &AddToWebinar, email: &Email) -> Alias {
    let (number, occurrence) = (wanted.webinar.to_string(), wanted.occurrence.as_deref().unwrap_or(""));
    let kind = Kind::Webinar.as_str();
    keys.alias("registration_email", &[account, kind, &number, occurrence, email.as_str()])
}

/// What must be loaded for leads that were read, once their wish is: who is registered already.
pub fn of_gathered(keys: &TenantKeys, book: &Book, fact: &Alias, told: &GatheredLeads) -> Vec<Alias> {
    let Some(State::Adding(state)) = book.find(std::slice::from_ref(fact)).map(|fact| &fact.state) else {
        return Vec::new();
    };
    let Some(view) = &state.webinar else { return Vec::new() };
    let emails = told.leads.iter().filter_map(email_of);
    let of = |email: Email| {
        [
            registered_email(keys, &view.account, &state.wanted, &email),
            addition(keys, &view.account, state.wanted.webinar, &email),
        ]
    };
    emails.flat_map(of).collect()
}

fn email_of(lead: &GatheredLead) -> Option<Email> {
    Email::parse(lead.fields.get(registrant::FIELD_EMAIL)?)
}

fn known(book: &Book, alias: &Alias) -> Option<AddingState> {
    match book.find(std::slice::from_ref(alias)).map(|fact| &fact.state) {
        Some(State::Adding(known)) => Some(known.clone()),
        _ => None,
    }
}

/// A sales user wants leads in a webinar: Zoom is asked what it is first.
pub fn add(context: &Context<'_>, book: &mut Book, wanted: &AddToWebinar, asked_ms: i64) -> Translated {
    let alias = adding(context.keys, &wanted.operation);
    let state = known(book, &alias).unwrap_or_else(|| AddingState {
        wanted: wanted.clone(),
        asked_ms,
        webinar: None,
        unanswered: Vec::new(),
        pages: 0,
        gathered: 0,
        list: ListRead::Open,
    });
    let webinar = state.wanted.webinar;
    let Some((fact, changed)) = book.put(&[alias], State::Adding(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    let key = context.keys.alias("delivery", &["read_webinar", &fact.0]).0;
    let command = Zoom::ReadWebinar(ReadWebinar { webinar });
    let planned = Planned::in_zoom((key, &fact), command, (String::new(), format!("Look at Zoom webinar {webinar}")));
    Translated::merged(Some((fact, changed)), vec![planned])
}

/// Zoom said what the webinar is: its questions are checked, and the leads are read.
pub fn seen(context: &Context<'_>, book: &mut Book, wish: &Alias, view: &WebinarView) -> Translated {
    let Some(mut state) = known(book, wish) else { return Translated::ignored("ignored.not_needed") };
    let view = state.webinar.get_or_insert_with(|| view.clone()).clone();
    let settings = &context.settings.settings;
    state.unanswered = registrant::unanswered(&view, &state.wanted, settings);
    let answered = state.unanswered.is_empty();
    let wanted = state.wanted.clone();
    let Some((fact, changed)) = book.put(std::slice::from_ref(wish), State::Adding(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    let planned = match &wanted.leads {
        _ if !answered => Vec::new(),
        Chosen::Named(named) => {
            named.iter().map(|who| plan_gather(context, (&fact, &view), &wanted, Members::One(who.clone()))).collect()
        }
        Chosen::List { id, .. } => {
            vec![plan_gather(context, (&fact, &view), &wanted, Members::List { list: id.clone(), page: 1 })]
        }
    };
    Translated::merged(Some((fact, changed)), planned)
}

fn plan_gather(
    context: &Context<'_>,
    (fact, view): (&Alias, &WebinarView),
    wanted: &AddToWebinar,
    members: Members,
) -> Planned {
    let (who, what, name) = match (&members, &wanted.leads) {
        (Members::One(who), _) => (who.words(), "Read the lead".to_owned(), who.words()),
        (Members::List { page, .. }, Chosen::List { name, .. }) => {
            (String::new(), format!("Read page {page} of the list “{name}”"), format!("page {page}"))
        }
        (Members::List { page, .. }, Chosen::Named(_)) => {
            (String::new(), format!("Read page {page} of a list"), format!("page {page}"))
        }
    };
    let key = context.keys.alias("delivery", &["gather", &fact.0, &name]).0;
    let columns = registrant::columns(view, wanted, &context.settings.settings);
    let command = Command::LeadSquared { command: Crm::Gather(Gather { members, columns }) };
    Planned { key, fact: fact.clone(), command, person: None, lead: None, who, what, detail: None, start: Start::Ready }
}

/// Leads were read: each becomes a registrant, or is left out with the reason.
pub fn gathered(context: &Context<'_>, book: &mut Book, wish: &Alias, told: &GatheredLeads) -> Translated {
    let Some(mut state) = known(book, wish) else { return Translated::ignored("ignored.not_needed") };
    let Some(view) = state.webinar.clone() else { return Translated::ignored("ignored.not_needed") };
    let mut planned = Vec::new();
    match &told.members {
        Members::One(who) if told.leads.is_empty() => {
            let members = told.members.clone();
            planned.push(left_out(context, wish, (members, who.words()), ("suppressed.not_a_lead", None)));
            state.gathered += 1;
        }
        Members::One(_) => state.gathered += 1,
        Members::List { list, page } => {
            if *page == state.pages + 1 {
                state.pages = *page;
                state.gathered += u64::try_from(told.leads.len()).unwrap_or(0);
            }
            let more = told.more || told.total.is_some_and(|total| state.gathered < total && !told.leads.is_empty());
            if state.pages == *page {
                state.list = match (more, *page < LIST_PAGES_MAX) {
                    (true, true) => ListRead::Open,
                    (true, false) => ListRead::CutOff,
                    (false, _) => ListRead::Complete,
                };
            }
            if more && *page < LIST_PAGES_MAX {
                let members = Members::List { list: list.clone(), page: page + 1 };
                planned.push(plan_gather(context, (wish, &view), &state.wanted, members));
            }
        }
    }
    for lead in &told.leads {
        planned.extend(plan_lead(context, book, (wish, &state.wanted, &view), lead));
    }
    Translated::merged(book.put(std::slice::from_ref(wish), State::Adding(state)), planned)
}

/// The registration of one lead.
fn plan_lead(
    context: &Context<'_>,
    book: &mut Book,
    (wish, wanted, view): (&Alias, &AddToWebinar, &WebinarView),
    lead: &GatheredLead,
) -> Vec<Planned> {
    let registrant = match registrant::of_lead(lead, view, wanted, &context.settings.settings) {
        Ok(registrant) => registrant,
        Err(cannot) => {
            let members = Members::One(crate::addition::Who::Lead(lead.id.clone()));
            let who = email_of(lead).map_or_else(|| format!("lead {}", lead.id.0), |email| email.as_str().to_owned());
            let reason = match cannot {
                Cannot::NoEmail => ("suppressed.no_email", None),
                Cannot::Unanswered(question) => ("suppressed.unanswered", Some(question)),
            };
            return vec![left_out(context, wish, (members, who), reason)];
        }
    };
    let email = registrant.email.clone();
    let known = book.find(&[registered_email(context.keys, &view.account, wanted, &email)]);
    let known = known.map(|fact| (fact.id.clone(), fact.state.clone()));
    let (start, before, link) = match &known {
        Some((id, State::Registration(known))) => match known.status {
            RegistrationStatus::Approved | RegistrationStatus::Pending => {
                let link = allowed_link(context, (id, known), &lead.id);
                (Start::Suppressed("suppressed.registered"), Before::Unknown, link)
            }
            // The host said no: a person has to say that it is meant all the same.
            RegistrationStatus::Denied => (Start::Parked("zoom.denied_before"), Before::Denied, None),
            RegistrationStatus::Cancelled => (Start::Ready, Before::Cancelled, None),
        },
        _ => (Start::Ready, Before::Unknown, None),
    };
    let alias = addition(context.keys, &view.account, wanted.webinar, &email);
    // Whoever is registered already, or may not be, was not added by us: what the form said stays theirs to say.
    if start == Start::Ready && book.find(std::slice::from_ref(&alias)).is_none() {
        let operation = wanted.operation.clone();
        book.put(&[alias], State::Addition(AdditionState { operation, lead: lead.id.clone(), email: email.clone() }));
    }
    let key = context.keys.alias("delivery", &["add_registrant", &wish.0, email.as_str()]).0;
    let what = format!("Register for {}", view.topic);
    let command = Zoom::AddRegistrant(NewRegistrant { before, ..command(registrant, wanted, view) });
    let planned = Planned::in_zoom((key, wish), command, (email.as_str().to_owned(), what));
    std::iter::once(Planned { start, ..planned }).chain(link).collect()
}

fn command(registrant: Registrant, wanted: &AddToWebinar, view: &WebinarView) -> NewRegistrant {
    let plain = registrant.custom.is_empty() && registrant.answers.keys().all(|field| field == "last_name");
    let together = plain && wanted.occurrence.is_none();
    NewRegistrant {
        webinar: wanted.webinar,
        topic: clip(&view.topic, 200),
        start_ms: view.start_ms,
        occurrence: wanted.occurrence.clone(),
        approval: view.approval,
        company: if together { view.company } else { crate::addition::Company::Single },
        email: registrant.email,
        first_name: registrant.first_name,
        answers: registrant.answers,
        custom: registrant.custom,
        deed: Deed::Register,
        before: Before::Unknown,
    }
}

/// A lead that is not added, as a delivery that says why.
fn left_out(
    context: &Context<'_>,
    wish: &Alias,
    (members, who): (Members, String),
    (code, question): (&'static str, Option<String>),
) -> Planned {
    let name = match &members {
        Members::One(who) => who.words(),
        Members::List { page, .. } => page.to_string(),
    };
    let key = context.keys.alias("delivery", &["left_out", &wish.0, &name]).0;
    let what = match question {
        Some(question) => format!("Register for the webinar · nothing answers “{}”", clip(&question, 100)),
        None => "Register for the webinar".to_owned(),
    };
    let command = Command::LeadSquared { command: Crm::Gather(Gather { members, columns: Vec::new() }) };
    Planned {
        key,
        fact: wish.clone(),
        command,
        person: None,
        lead: None,
        who,
        what,
        detail: None,
        start: Start::Suppressed(code),
    }
}

/// What Zoom made of a registrant merges into its registration.
pub fn registered(context: &Context<'_>, book: &mut Book, own: &OwnRegistration) -> Translated {
    registration::registration(context, book, &own.account, &own.as_told(), TellingAt::Event(own.at_ms))
}

/// The lead behind a registration, if it was added from LeadSquared.
pub fn added_lead(context: &Context<'_>, book: &Book, account: &str, told: &Registration) -> Option<LeadId> {
    match book.find(&[addition(context.keys, account, told.run.number, &told.email)]).map(|fact| &fact.state) {
        Some(State::Addition(known)) => Some(known.lead.clone()),
        _ => None,
    }
}

/// The join link of somebody who is registered already, held against the tenant's filters as everything about a registration is.
fn allowed_link(context: &Context<'_>, (fact, state): (&Alias, &RegistrationState), lead: &LeadId) -> Option<Planned> {
    let mut link: Vec<Planned> = link_write(context, fact, state, lead).into_iter().collect();
    let occasion = Occasion {
        registration: Some(state),
        ..Occasion::new(Happened::Registered, fact, &state.gathering, &state.email, state.registered_ms)
    };
    custom::sieve(context, &occasion, &mut link);
    link.pop()
}

/// What a registration writes to a lead that was added from LeadSquared: the join link and nothing else, since what its form
/// says came from the lead itself. The link's field follows the rule that holds for it, as every other field.
pub fn link_write(context: &Context<'_>, fact: &Alias, state: &RegistrationState, lead: &LeadId) -> Option<Planned> {
    let field = context.settings.settings.join_link_field.clone()?;
    let link = state.join_url.as_deref()?;
    let behaviour = behaviour_for(&context.settings.settings, &field);
    // The lead is there already.
    if behaviour == CaptureBehaviour::DoNotUpdate {
        return None;
    }
    let person = Person::Email(state.email.clone());
    let key = context.keys.alias("delivery", &["join_link", &fact.0, link]).0;
    let fields = BTreeMap::from([(field, clip(link, JOIN_LINK_CHARS_MAX))]);
    let write = LeadWrite::by_email(state.email.clone(), fields, behaviour);
    let what = format!("Join link · {}", topic(&state.gathering));
    let about = About { fact, person: Some(&person), name: None, what };
    Some(Planned { lead: Some(lead.clone()), ..about.plan(context, key, Crm::UpsertLead(write)) })
}
