//! Following one person or one fact: from whatever somebody has in hand to everything that is known, by indexes alone.

use super::attempt::{self, AttemptRow};
use super::delivery_list::{self, ListedDelivery, read};
use super::journal::{self, NotificationRow};
use super::{StoreError, Unit, fact, handle};
use connector_core::fact::{Alias, State};
use connector_core::ids::TenantId;
use sqlx::Row;
use std::collections::BTreeSet;

/// People and facts that one search finds at the most.
pub const FOUND_MAX: usize = 20;
/// Deliveries of one page of somebody's way.
pub const DELIVERIES_MAX: usize = 60;
/// Rows that one way of looking takes at the most.
const ROWS_MAX: i64 = 20;

/// What somebody has in hand.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// As typed: the id of a delivery, a notification, a lead, an activity, a meeting; or a marker.
    pub text: String,
    /// The keys of the people it may name.
    pub persons: Vec<Alias>,
    /// The handles it may be.
    pub handles: Vec<Alias>,
}

/// Whom or what to follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Everything about a person, by the key.
    Person(String),
    /// One fact, by its id.
    Fact(String),
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whom or what.
    pub subject: Subject,
    /// The latest delivery about it, if there is one.
    pub latest: Option<ListedDelivery>,
    /// The fact, where it is one.
    pub state: Option<State>,
}

/// A fact with what told of it and what followed.
#[derive(Debug, Clone)]
pub struct Step {
    /// The fact's id.
    pub fact: String,
    /// What is known of it; none where it is gone.
    pub state: Option<State>,
    /// The notifications that told of it, oldest first.
    pub notifications: Vec<NotificationRow>,
    /// What followed, oldest first, each with its calls.
    pub deliveries: Vec<(ListedDelivery, Vec<AttemptRow>)>,
}

/// Somebody's way, a page of it.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Oldest first.
    pub steps: Vec<Step>,
    /// The person in words; empty where nobody is named.
    pub who: String,
    /// The person's lead in LeadSquared.
    pub lead: Option<String>,
    /// The delivery behind which the page of what was before begins.
    pub before: Option<String>,
}

/// Everybody and everything that `wanted` may name.
pub async fn find(unit: &mut Unit, tenant: &TenantId, wanted: &Wanted) -> Result<Vec<Found>, StoreError> {
    let mut subjects: Vec<Subject> = Vec::new();
    for person in &wanted.persons {
        subjects.push(Subject::Person(person.0.clone()));
    }
    for person in persons_of_lead(unit, tenant, &wanted.text).await? {
        subjects.push(Subject::Person(person));
    }
    for row in named(unit, tenant, &wanted.text).await? {
        subjects.push(row.person_key.map_or(Subject::Fact(row.fact), Subject::Person));
    }
    if let Some(told) = journal::get(unit, tenant, &wanted.text).await? {
        subjects.extend(told.fact.map(Subject::Fact));
    }
    for one in &wanted.handles {
        for fact in handle::facts(unit, tenant, one, ROWS_MAX).await? {
            subjects.push(person_of_fact(unit, tenant, &fact).await?.map_or(Subject::Fact(fact), Subject::Person));
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for subject in subjects {
        let whose = whose(unit, tenant, &subject).await?;
        if found.len() >= FOUND_MAX || seen.contains(&whose) {
            continue;
        }
        if let Some(one) = look_at(unit, tenant, subject).await? {
            seen.insert(whose);
            found.push(one);
        }
    }
    Ok(found)
}

/// What tells subjects apart: somebody who is known by an address and by the lead's id is one person.
async fn whose(unit: &mut Unit, tenant: &TenantId, subject: &Subject) -> Result<String, StoreError> {
    Ok(match subject {
        Subject::Fact(id) => format!("fact {id}"),
        Subject::Person(person) => match super::lead::of(unit, tenant, person).await? {
            Some(lead) => format!("lead {lead}"),
            None => format!("person {person}"),
        },
    })
}

/// What is known of a subject; none where there is nothing.
async fn look_at(unit: &mut Unit, tenant: &TenantId, subject: Subject) -> Result<Option<Found>, StoreError> {
    Ok(match &subject {
        Subject::Person(person) => {
            let latest = of_person(unit, tenant, person, None, 1).await?.into_iter().next();
            latest.map(|latest| Found { subject, latest: Some(latest), state: None })
        }
        Subject::Fact(id) => {
            let state = fact::get(unit, tenant, id).await?;
            state.map(|state| Found { subject, latest: None, state: Some(state) })
        }
    })
}

/// A delivery that something names: whom it is about, and its fact.
struct Named {
    person_key: Option<String>,
    fact: String,
}

/// Deliveries of that id, of that mark, or that made what LeadSquared or Zoom calls so.
async fn named(unit: &mut Unit, tenant: &TenantId, text: &str) -> Result<Vec<Named>, StoreError> {
    const BY: [&str; 3] = [
        "select person, fact from delivery where tenant = $1 and id = $2 limit $3",
        "select person, fact from delivery where tenant = $1 and marker = $2 limit $3",
        "select person, fact from delivery where tenant = $1 and result = $2 limit $3",
    ];
    let mut named = Vec::new();
    for statement in BY.into_iter().filter(|_| !text.is_empty()) {
        let rows =
            sqlx::query(statement).bind(tenant.as_str()).bind(text).bind(ROWS_MAX).fetch_all(&mut *unit.tx).await?;
        for row in rows {
            named.push(Named { person_key: row.try_get("person")?, fact: row.try_get("fact")? });
        }
    }
    Ok(named)
}

/// The people whose lead LeadSquared calls so.
async fn persons_of_lead(unit: &mut Unit, tenant: &TenantId, lead: &str) -> Result<Vec<String>, StoreError> {
    // In order they would be read along the key, which goes through all leads.
    let rows = sqlx::query("select person from lead where tenant = $1 and lead = $2 limit $3")
        .bind(tenant.as_str())
        .bind(lead)
        .bind(ROWS_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    let mut persons = rows.iter().map(|row| Ok(row.try_get("person")?)).collect::<Result<Vec<String>, StoreError>>()?;
    persons.sort_unstable();
    Ok(persons)
}

/// Whom a fact is about: one person, or nobody where it is about several.
async fn person_of_fact(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Option<String>, StoreError> {
    let rows = sqlx::query(
        "select distinct person from delivery where tenant = $1 and fact = $2 and person is not null limit 2",
    )
    .bind(tenant.as_str())
    .bind(fact)
    .fetch_all(&mut *unit.tx)
    .await?;
    match rows.as_slice() {
        [one] => Ok(Some(one.try_get("person")?)),
        [] | [_, ..] => Ok(None),
    }
}

/// Deliveries about a person before that id, newest first.
async fn of_person(
    unit: &mut Unit,
    tenant: &TenantId,
    person: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<ListedDelivery>, StoreError> {
    let rows = sqlx::query(
        "select * from delivery where tenant = $1 and person = $2 and ($3 = '' or id < $3) order by id desc limit $4",
    )
    .bind(tenant.as_str())
    .bind(person)
    .bind(before.unwrap_or_default())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// The way of a subject, the page before that delivery; none where there is nothing.
pub async fn way(
    unit: &mut Unit,
    tenant: &TenantId,
    subject: &Subject,
    before: Option<&str>,
) -> Result<Option<Way>, StoreError> {
    match subject {
        Subject::Person(person) => of_whole_person(unit, tenant, person, before).await,
        Subject::Fact(id) => {
            let mut deliveries = delivery_list::of_fact(unit, tenant, id).await?;
            deliveries.truncate(DELIVERIES_MAX);
            let step = step(unit, tenant, id.clone(), deliveries).await?;
            let is_nothing = step.state.is_none() && step.notifications.is_empty() && step.deliveries.is_empty();
            Ok((!is_nothing).then(|| Way { steps: vec![step], ..Way::default() }))
        }
    }
}

/// Somebody may be known by an address and by the lead's id: both lead to the same lead.
async fn of_whole_person(
    unit: &mut Unit,
    tenant: &TenantId,
    person: &str,
    before: Option<&str>,
) -> Result<Option<Way>, StoreError> {
    let lead = super::lead::of(unit, tenant, person).await?;
    let mut persons = match &lead {
        Some(lead) => persons_of_lead(unit, tenant, lead).await?,
        None => Vec::new(),
    };
    if !persons.iter().any(|one| one == person) {
        persons.push(person.to_owned());
    }
    let mut rows = Vec::new();
    for person in &persons {
        rows.extend(of_person(unit, tenant, person, before, DELIVERIES_MAX + 1).await?);
    }
    rows.sort_by(|one, other| other.id.cmp(&one.id));
    let more = rows.len() > DELIVERIES_MAX;
    rows.truncate(DELIVERIES_MAX);
    rows.reverse();
    let who = rows.iter().find(|row| row.who.contains('@')).or(rows.first()).map(|row| row.who.clone());
    let Some(who) = who else { return Ok(None) };
    let before = rows.first().filter(|_| more).map(|row| row.id.clone());
    let mut facts: Vec<String> = Vec::new();
    for row in &rows {
        if !facts.contains(&row.fact) {
            facts.push(row.fact.clone());
        }
    }
    let mut steps = Vec::with_capacity(facts.len());
    for id in facts {
        let of_fact = rows.iter().filter(|row| row.fact == id).cloned().collect();
        steps.push(step(unit, tenant, id, of_fact).await?);
    }
    Ok(Some(Way { steps, who, lead, before }))
}

async fn step(
    unit: &mut Unit,
    tenant: &TenantId,
    id: String,
    deliveries: Vec<ListedDelivery>,
) -> Result<Step, StoreError> {
    let mut notifications = journal::of_fact(unit, tenant, &id).await?;
    notifications.reverse();
    let state = fact::get(unit, tenant, &id).await?;
    let mut with_calls = Vec::with_capacity(deliveries.len());
    for row in deliveries {
        let calls = attempt::of_delivery(unit, tenant, &row.key).await?;
        with_calls.push((row, calls));
    }
    Ok(Step { fact: id, state, notifications, deliveries: with_calls })
}
