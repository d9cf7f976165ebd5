//! Who somebody is whom Zoom does not name: strangers of a webinar, or of a meeting that was scheduled for leads, wait for a person's decision, which frees what waits, is
//! remembered where that is safe, and can be undone.

use super::fields::topic;
use super::people::{self, About};
use super::{Context, Planned, Translated, attendance, meeting, stay};
use crate::fact::stranger::{Is, RememberedState, Review, StrangerState, safe_name, telling_name};
use crate::fact::{Alias, AttendanceState, Book, Person, PresenceState, State, TenantKeys};
use crate::ids::{Email, Kind};
use crate::leadsquared::command::{Activity, Command, Correction};
use crate::settings::{self, ActivityKind};
use crate::zoom::event::{Run, Stay};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person's decision, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decide {
    /// The stranger's fact.
    pub stranger: Alias,
    /// Who it is; `None` undoes the decision before.
    pub is: Option<Is>,
}

/// What names a stranger: the account, the run, the webinar's number, the Zoom user and the name.
struct Named<'a> {
    account: &'a str,
    uuid: &'a str,
    number: u64,
    zoom_user: Option<&'a str>,
    name: Option<&'a str>,
    /// The stay, where nothing else tells strangers of the same name apart.
    stay: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn of(state: &'a PresenceState, id: &'a Alias) -> Self {
        Self {
            account: &state.gathering.account,
            uuid: &state.uuid,
            number: state.gathering.number.0,
            zoom_user: state.zoom_user.as_deref(),
            name: state.name.as_deref(),
            stay: Some(&id.0),
        }
    }

    /// The stranger's fact: a Zoom user, or a name that tells something; else every stay is another stranger.
    fn stranger(&self, keys: &TenantKeys) -> Alias {
        let name = self.name.and_then(telling_name);
        match (self.zoom_user, name) {
            (Some(user), _) => keys.alias("stranger", &[self.account, self.uuid, "user", user]),
            (None, Some(name)) => keys.alias("stranger", &[self.account, self.uuid, "name", &name]),
            (None, None) => keys.alias("stranger", &[self.account, self.uuid, "stay", self.stay.unwrap_or_default()]),
        }
    }

    /// Where a decision about this one is remembered: by the Zoom user everywhere, by a whole name in the same webinar.
    fn remembered(&self, keys: &TenantKeys) -> Option<Alias> {
        match (self.zoom_user, self.name.and_then(safe_name)) {
            (Some(user), _) => Some(keys.alias("remembered_user", &[self.account, user])),
            (None, Some(name)) => Some(keys.alias("remembered_name", &[self.account, &self.number.to_string(), &name])),
            (None, None) => None,
        }
    }
}

/// The aliases that a stay without an address touches; the stay's own fact is named by its first alias.
pub fn needs(keys: &TenantKeys, account: &str, run: &Run, told: &Stay) -> Vec<Alias> {
    let named = |stay| Named {
        account,
        uuid: &run.uuid,
        number: run.number.0,
        zoom_user: told.zoom_user.as_ref().map(|user| user.0.as_str()),
        name: told.name.as_deref(),
        stay,
    };
    let ids = stay::presence_aliases(keys, account, run, told);
    let strangers = ids.iter().map(|id| named(Some(id.0.as_str())).stranger(keys));
    strangers.chain(named(None).remembered(keys)).collect()
}

/// The aliases that a stay which is known already touches as a stranger's.
pub fn needs_of_known(keys: &TenantKeys, id: &Alias, state: &PresenceState) -> Vec<Alias> {
    let named = Named::of(state, id);
    [Some(named.stranger(keys)), named.remembered(keys)].into_iter().flatten().collect()
}

/// The aliases that a stay touches as a stranger's when it merges into what is known of it.
pub fn needs_of_merged(keys: &TenantKeys, account: &str, (run, told): (&Run, &Stay), book: &Book) -> Vec<Alias> {
    let mut needs = Vec::new();
    let mut merged: Option<PresenceState> = None;
    for known in book.find_all(&stay::presence_aliases(keys, account, run, told)) {
        let State::Presence(state) = &known.state else { continue };
        needs.extend(needs_of_known(keys, &known.id, state));
        // Several that turn out to be one give each other what they lack, in the order in which they merge.
        let one = merged.get_or_insert_with(|| state.clone());
        one.name = one.name.take().or_else(|| state.name.clone());
        one.zoom_user = one.zoom_user.take().or_else(|| state.zoom_user.clone());
        let mut whole = one.clone();
        whole.name = whole.name.or_else(|| told.name.clone());
        whole.zoom_user = whole.zoom_user.or_else(|| told.zoom_user.as_ref().map(|user| user.0.clone()));
        needs.extend(needs_of_known(keys, &known.id, &whole));
    }
    needs
}

/// Who somebody is whom Zoom does not name, as it was decided before.
pub fn remembered(keys: &TenantKeys, book: &Book, (account, run): (&str, &Run), told: &Stay) -> Option<Is> {
    let named = Named {
        account,
        uuid: &run.uuid,
        number: run.number.0,
        zoom_user: told.zoom_user.as_ref().map(|user| user.0.as_str()),
        name: told.name.as_deref(),
        stay: None,
    };
    match book.find(&[named.remembered(keys)?]).map(|fact| &fact.state) {
        Some(State::Remembered(remembered)) => remembered.is.clone(),
        _ => None,
    }
}

/// Notes a stay of somebody whom Zoom does not name; one that Zoom names after all waits no more.
pub fn note(context: &Context<'_>, book: &mut Book, id: &Alias, state: &PresenceState) {
    if state.host {
        return;
    }
    // Of other meetings nobody cares who was there without a name.
    let expected: BTreeSet<Email> = match state.gathering.kind {
        Kind::Webinar => BTreeSet::new(),
        Kind::Meeting if meeting::concern::scheduled_for(context.keys, book, &state.gathering).is_empty() => return,
        Kind::Meeting => meeting::concern::may_be_expected(context.keys, book, &state.gathering).into_iter().collect(),
    };
    let alias = Named::of(state, id).stranger(context.keys);
    let known = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Stranger(known)) => Some(known.clone()),
        _ => None,
    };
    let named = state.email.is_some() && !state.review.decided;
    let mut stranger = match (known, state.email.is_some()) {
        (Some(known), _) => known,
        // Whoever was named from the beginning never was a stranger.
        (None, true) => return,
        (None, false) => StrangerState {
            gathering: state.gathering.clone(),
            uuid: state.uuid.clone(),
            series: meeting::definition(context.keys, &state.gathering.account, state.gathering.number.0),
            name: state.name.clone(),
            zoom_user: state.zoom_user.clone(),
            stays: BTreeSet::new(),
            decided: state.review.nobody.then_some(Is::Nobody),
            named: false,
            expected: BTreeSet::new(),
        },
    };
    stranger.expected.extend(expected);
    if named {
        stranger.stays.remove(id);
    } else {
        stranger.stays.insert(id.clone());
    }
    stranger.named = stranger.stays.is_empty();
    book.put(&[alias], State::Stranger(stranger));
}

/// The facts of the stays that a decision is about.
pub fn stays(decide: &Decide, book: &Book) -> Vec<Alias> {
    match book.find(std::slice::from_ref(&decide.stranger)).map(|fact| &fact.state) {
        Some(State::Stranger(stranger)) => stranger.stays.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// What a decision touches besides, once the stays are loaded.
pub fn touched(keys: &TenantKeys, decide: &Decide, book: &Book) -> Vec<Alias> {
    let mut aliases = Vec::new();
    for id in stays(decide, book) {
        let Some(State::Presence(state)) = book.get(&id).map(|fact| &fact.state) else { continue };
        let decided = match &decide.is {
            Some(Is::Person(email)) => Some(email),
            Some(Is::Nobody) | None => None,
        };
        let account = &state.gathering.account;
        for email in state.email.iter().chain(decided) {
            aliases.push(people::attendance(keys, account, &state.uuid, email));
            aliases.extend(people::registration_aliases(keys, (&state.gathering, None), email));
            if state.gathering.kind == Kind::Meeting {
                aliases.extend(meeting::present::of_other_runs(keys, book, (&state.gathering, &state.uuid), email));
            }
        }
        aliases.push(keys.alias("run", &[account, state.gathering.kind.as_str(), &state.uuid]));
        aliases.push(meeting::definition(keys, account, state.gathering.number.0));
        aliases.extend(needs_of_known(keys, &id, state));
        if state.gathering.kind == Kind::Meeting {
            let expected = meeting::concern::may_be_expected(keys, book, &state.gathering);
            aliases.extend(expected.iter().map(|email| people::attendance(keys, account, &state.uuid, email)));
        }
    }
    aliases
}

/// The meeting or webinar that a decision is about.
pub fn series(decide: &Decide, book: &Book) -> Vec<Alias> {
    match book.find(std::slice::from_ref(&decide.stranger)).map(|fact| &fact.state) {
        Some(State::Stranger(stranger)) => vec![stranger.series.clone()],
        _ => Vec::new(),
    }
}

/// A person decided who somebody is, or took the decision back.
pub fn decide(context: &Context<'_>, book: &mut Book, decide: &Decide) -> Translated {
    let alias = decide.stranger.clone();
    let Some(State::Stranger(mut stranger)) = book.find(std::slice::from_ref(&alias)).map(|fact| fact.state.clone())
    else {
        return Translated::ignored("ignored.not_needed");
    };
    if stranger.decided == decide.is || stranger.named {
        return Translated::ignored("ignored.repeat");
    }
    let mut planned = Vec::new();
    for id in stranger.stays.clone() {
        let Some(State::Presence(mut state)) = book.find(std::slice::from_ref(&id)).map(|fact| fact.state.clone())
        else {
            continue;
        };
        if let Some(memory) = Named::of(&state, &id).remembered(context.keys) {
            book.put(&[memory], State::Remembered(RememberedState { is: decide.is.clone() }));
        }
        if stranger.decided.is_some() {
            planned.extend(withdraw(context, book, &id, &state));
            state.email = None;
            state.review = Review { undone: state.review.undone + 1, ..Review::default() };
        }
        match &decide.is {
            Some(Is::Person(email)) => {
                state.email = Some(email.clone());
                state.review.decided = true;
            }
            Some(Is::Nobody) => state.review.nobody = true,
            None => {}
        }
        book.put(std::slice::from_ref(&id), State::Presence(state.clone()));
        planned.extend(stay::plan_presence(context, book, &id, &state, None));
    }
    if stranger.gathering.kind == Kind::Meeting {
        planned.extend(meeting::present::mend_unsure(context, book, &stranger.gathering, &stranger.uuid));
    }
    stranger.decided.clone_from(&decide.is);
    let fact = book.put(&[alias], State::Stranger(stranger));
    Translated::merged(fact, planned)
}

/// What was written about a stay whose person proves to be another: it says so. LeadSquared does not let us remove it.
fn withdraw(context: &Context<'_>, book: &mut Book, id: &Alias, state: &PresenceState) -> Vec<Planned> {
    let Some(email) = state.email.clone().filter(|_| state.review.decided) else { return Vec::new() };
    let mut planned = Vec::new();
    if attendance::told_as_it_happens(context) && state.gathering.kind == Kind::Webinar {
        for (kind, verb, at_ms) in [
            (ActivityKind::WebinarJoined, "joined", state.join_ms),
            (ActivityKind::WebinarLeft, "left", state.leave_ms),
        ] {
            planned.extend(at_ms.map(|at_ms| withdrawn(context, (id, state, &email), (kind, verb), at_ms)));
        }
    }
    let alias = people::attendance(context.keys, &state.gathering.account, &state.uuid, &email);
    if let Some(State::Attendance(known)) = book.find(std::slice::from_ref(&alias)).map(|fact| fact.state.clone()) {
        let known: AttendanceState = known;
        planned.extend(attendance::change(context, book, (alias, known), |attendance| {
            attendance.stays.remove(id);
        }));
    }
    planned
}

fn withdrawn(
    context: &Context<'_>,
    (id, state, email): (&Alias, &PresenceState, &Email),
    (kind, verb): (ActivityKind, &str),
    at_ms: i64,
) -> Planned {
    let of = stay::activity_key(context, verb, id, state);
    let marker = context.keys.marker(&of);
    let (code, parked) = people::activity_code(context, kind);
    let note = format!("Withdrawn: who came to the webinar “{}” was not this person.", topic(&state.gathering));
    let fields = BTreeMap::from([(settings::FIELD_MARKER.to_owned(), marker.clone())]);
    let activity = Activity { code, note, at_ms, fields, marker };
    let key = context.keys.alias("delivery", &["withdrawn", &of]).0;
    let person = Person::Email(email.clone());
    let what = format!("Withdraw: {} · {}", kind.type_name(), topic(&state.gathering));
    let about = About { fact: id, person: Some(&person), name: state.name.as_deref(), what };
    let mut delivery = about.plan(context, key, Command::CorrectActivity(Correction { of, activity }));
    people::park(&mut delivery, parked);
    delivery
}
