//! Moving, renaming, cancelling and bringing back a meeting that was scheduled: what is offered, how far the last change is, and
//! taking a change in. What both systems are to say is agreed in the core; this page asks and shows.

use super::super::part::{Pill, Tone};
use super::super::schedule::{Back, CancelMeeting, Choose, Field, MoveForm, Offers, StepLine, Undo};
use super::scheduled::local_time;
use super::scheduler::Scheduler;
use super::{Failure, Fields, Page, address, see, show, tenant_of, words};
use crate::app::Shared;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::scheduled::{self as stored, Followed, Standing};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, connection, journal_list};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::delivery::State as Stands;
use connector_core::fact::agreed::{Part, Plan, Says, Side, Standing as Held};
use connector_core::ids::ZoomApp;
use connector_core::schedule_request::change::{self, ChangeRequest};
use connector_core::schedule_request::{Field as Named, WishId, Wrong, local_time as clocks};
use connector_core::translate::meeting::agree;
use serde::Deserialize;

const MINUTE_MS: i64 = 60_000;
/// The permission by which Zoom brings a deleted meeting back (docs/zoom-apps.md).
const BRING_BACK_SCOPE: &str = "meeting:update:status";

/// What the address of a meeting carries after a change: its wish, and what was before, to be offered again.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Changed {
    #[serde(default)]
    change: String,
    #[serde(default)]
    was_topic: String,
    was_start: Option<i64>,
    was_minutes: Option<i64>,
}

/// A meeting after Zoom made it.
pub(super) struct Now {
    /// What is agreed.
    pub(super) plan: Plan,
    /// How far the last change is; none while nothing was changed.
    pub(super) line: Option<StepLine>,
    /// Nothing more happens by itself.
    pub(super) settled: Settled,
    /// What may be changed.
    pub(super) offers: Option<Offers>,
}

/// Whether more happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing more.
    Yes,
    /// A change is under way.
    No,
}

/// How the meeting of a wish stands; none before Zoom made it.
async fn standing(shared: &Shared, tenant: &TenantRow, wish: &str) -> Result<Option<Standing>, Failure> {
    let Ok(key) = shared.keys.of(&shared.store, &tenant.tenant).await else { return Ok(None) };
    let keys = key.tenant_keys();
    let alias = agree::of_operation(&keys, wish);
    let id = tenant.tenant.clone();
    Ok(shared.store.read(move |unit| Box::pin(async move { stored::standing(unit, &id, &alias).await })).await?)
}

/// Whether the wish of a change is in the journal and was not looked at yet.
async fn is_noted(shared: &Shared, tenant: &TenantRow, change: &str) -> Result<bool, StoreError> {
    let Ok(wish) = WishId::parse(change) else { return Ok(false) };
    let (id, key) = (tenant.tenant.clone(), wish.journal_key());
    let row = shared.store.read(move |unit| Box::pin(async move { journal_list::by_key(unit, &id, &key).await }));
    Ok(row.await?.is_some_and(|row| row.state == "pending"))
}

/// How a meeting stands, and what may be done with it.
pub(super) async fn now(
    shared: &Shared,
    (tenant, wish): (&TenantRow, &str),
    followed: &Followed,
    changed: &Changed,
) -> Result<Option<Now>, Failure> {
    // Asked first: a change that is taken in between the two reads is in what stands, and none is taken for settled before it was.
    let noted = is_noted(shared, tenant, &changed.change).await?;
    let Some(standing) = standing(shared, tenant, wish).await? else { return Ok(None) };
    let is_open = |state: &str| Stands::parse(state).is_some_and(|state| !state.is_final());
    let settled =
        if noted || standing.changes.iter().any(|row| is_open(&row.state)) { Settled::No } else { Settled::Yes };
    let (pill, detail) = progress(noted, &standing);
    let shown = noted || !standing.changes.is_empty();
    let link = standing.changes.iter().find(|row| row.state == "parked").map(|row| row.id.clone());
    let line = shown.then(|| StepLine {
        what: "The meeting is changed".to_owned(),
        state: pill,
        detail,
        link: link.map(|id| format!("/t/{}/deliveries/{id}", tenant.tenant)),
    });
    let plan = standing.agreed.plan.clone();
    let path = format!("/t/{}/schedule/{wish}", tenant.tenant);
    let parked = standing.changes.iter().any(|row| row.state == "parked");
    let may = settled == Settled::Yes && !parked;
    let now_ms = shared.clock.now_ms();
    let offers = match may.then(|| offers(&path, &plan, followed, now_ms)).flatten() {
        None => None,
        Some(offers) => Some(Offers {
            undo: undo(&plan, changed, (&followed.wanted.timezone, now_ms)),
            back: if plan.standing == Held::Cancelled { back(shared, tenant).await? } else { Back::NotCancelled },
            ..offers
        }),
    };
    Ok(Some(Now { plan, line, settled, offers }))
}

/// Whether a cancelled meeting can be brought back: Zoom asks for a permission of its own.
async fn back(shared: &Shared, tenant: &TenantRow) -> Result<Back, StoreError> {
    let id = tenant.tenant.clone();
    let read =
        shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &id, ZoomApp::Meetings).await }));
    let scopes = read.await?.map(|open| open.scopes).unwrap_or_default();
    let granted = scopes.split_whitespace().any(|scope| scope.trim_end_matches(":admin") == BRING_BACK_SCOPE);
    Ok(if granted { Back::Offered } else { Back::NoPermission })
}

/// How far the last change is, in words.
fn progress(noted: bool, standing: &Standing) -> (Pill, String) {
    let parked = |kind: &str| standing.changes.iter().find(|row| row.kind == kind && row.state == "parked");
    let why = |code: Option<&str>| words::reason(code, None);
    if noted {
        return (Pill::new(Tone::Wait, "Pending"), "Your change is noted; it goes to Zoom next.".to_owned());
    }
    if let Some(row) = parked("change_meeting") {
        let why = why(row.code.as_deref());
        return (
            Pill::new(Tone::Bad, "Refused"),
            format!("Zoom refused the change, and the meeting stays as it was there. {why}"),
        );
    }
    let (zoom, crm) = (standing.agreed.says(Side::Zoom), standing.agreed.says(Side::LeadSquared));
    let cancelled = standing.agreed.plan.standing == Held::Cancelled;
    match (zoom, crm) {
        (Says::NotYet, _) => {
            let waits = standing.changes.iter().find(|row| row.kind == "change_meeting" && row.state == "ready");
            let why = waits.map(|row| why(row.code.as_deref())).unwrap_or_default();
            (Pill::new(Tone::Busy, "Pending"), format!("It is on its way to Zoom. {why}").trim().to_owned())
        }
        (Says::Agrees, Says::NotYet) => match parked("change_task") {
            Some(row) => {
                let why = why(row.code.as_deref());
                (
                    Pill::new(Tone::Bad, "Refused"),
                    format!("Zoom has it, but LeadSquared refused to change the appointment. {why}"),
                )
            }
            None => (Pill::new(Tone::Busy, "Pending"), "Zoom has it; LeadSquared is being told.".to_owned()),
        },
        (Says::Agrees, Says::Agrees) if cancelled => {
            (Pill::new(Tone::Quiet, "Cancelled"), "It is cancelled in Zoom, and LeadSquared says so.".to_owned())
        }
        (Says::Agrees, Says::Agrees) => {
            (Pill::new(Tone::Good, "Agreed"), "Zoom and LeadSquared say the same.".to_owned())
        }
    }
}

/// What may be done with a meeting; nothing with one that is over.
fn offers(path: &str, plan: &Plan, followed: &Followed, now_ms: i64) -> Option<Offers> {
    if plan.start_ms + plan.minutes * MINUTE_MS <= now_ms {
        return None;
    }
    let plain = |value: String| Field { value, refusal: String::new() };
    let zone = &followed.wanted.timezone;
    let (start, _) = clocks::shown_in(plan.start_ms, zone);
    let planned = plan.standing == Held::Planned;
    let single = followed.wanted.options.repeat.is_none();
    let minutes = plan.minutes.to_string();
    Some(Offers {
        path: path.to_owned(),
        change: crate::dice::token(),
        moving: (planned && single).then(|| MoveForm {
            seen_start: start.clone(),
            seen_minutes: minutes.clone(),
            start: plain(start),
            minutes: plain(minutes),
            zone: plain(zone.clone()),
            choices: Vec::new(),
        }),
        renaming: planned.then(|| plain(plan.topic.clone())),
        back: Back::NotCancelled,
        series: !single,
        undo: None,
        refusal: None,
    })
}

/// The way back from the change that was just made, where it is one that can still be gone.
fn undo(plan: &Plan, changed: &Changed, (zone, now_ms): (&str, i64)) -> Option<Undo> {
    if plan.standing == Held::Cancelled {
        return None;
    }
    if let Some(start_ms) = changed.was_start.filter(|at_ms| *at_ms > now_ms) {
        let minutes = changed.was_minutes.unwrap_or(plan.minutes);
        if (start_ms, minutes) == (plan.start_ms, plan.minutes) {
            return None;
        }
        let (start, offset) = clocks::shown_in(start_ms, zone);
        let when = local_time(start_ms, zone, "%-d %B %Y, %H:%M %Z");
        let fields =
            [("start", start), ("offset", offset), ("zone", zone.to_owned()), ("minutes", minutes.to_string())];
        return Some(Undo {
            act: "move".to_owned(),
            words: format!("Move it back to {when}, {minutes} minutes"),
            fields: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        });
    }
    let was = changed.was_topic.trim();
    (!was.is_empty() && was != plan.topic).then(|| Undo {
        act: "rename".to_owned(),
        words: format!("Call it “{was}” again"),
        fields: vec![("topic".to_owned(), was.to_owned())],
    })
}

/// What is done with a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Act {
    /// Another start or length.
    Move,
    /// Another topic.
    Rename,
    /// It will not be held.
    Cancel,
    /// It will be held after all.
    BringBack,
}

/// The form of a change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeForm {
    #[serde(default)]
    form_token: String,
    change: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    offset: String,
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    choice: String,
    #[serde(default)]
    seen_start: String,
    #[serde(default)]
    seen_minutes: String,
    #[serde(default)]
    seen_topic: String,
}

impl ChangeForm {
    /// What is asked for: what differs from what the person saw, so that nobody else's change is undone by an old page.
    fn part(&self, act: Act, now_ms: i64) -> Result<Part, Vec<Wrong>> {
        let request = match act {
            Act::Cancel => return Ok(Part { standing: Some(Held::Cancelled), ..Part::default() }),
            Act::BringBack => return Ok(Part { standing: Some(Held::Planned), ..Part::default() }),
            Act::Rename => {
                let topic = if self.topic.trim() == self.seen_topic { String::new() } else { self.topic.clone() };
                ChangeRequest { topic, ..ChangeRequest::default() }
            }
            Act::Move => {
                let (start, offset) = match self.choice.split_once('|') {
                    Some((start, offset)) => (start.to_owned(), offset.to_owned()),
                    None => (self.start.clone(), self.offset.clone()),
                };
                let start = if start == self.seen_start { String::new() } else { start };
                let typed = self.minutes.trim();
                // What is no number is refused as a length that no meeting has.
                let minutes = (typed != self.seen_minutes).then(|| typed.parse().unwrap_or(0));
                ChangeRequest { start, zone: self.zone.clone(), offset, minutes, ..ChangeRequest::default() }
            }
        };
        change::check(&request, now_ms)
    }
}

/// The page that asks before a meeting is cancelled.
pub(super) async fn confirm(
    State(shared): State<Shared>,
    who: Scheduler,
    Path((tenant, wish)): Path<(String, String)>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let followed = super::scheduled::known(&shared, &who, &tenant, &wish).await?;
    let missing = || Problem::not_found("meeting");
    let standing = standing(&shared, &tenant, &wish).await?.ok_or_else(missing)?;
    let plan = standing.agreed.plan;
    let path = format!("/t/{}/schedule/{wish}", tenant.tenant);
    if plan.standing == Held::Cancelled {
        return Ok(see(&path));
    }
    Ok(show(&CancelMeeting {
        frame: who.frame(&shared, "Cancel the meeting", &tenant).await?,
        when: local_time(plan.start_ms, &followed.wanted.timezone, "%-d %B %Y, %H:%M %Z"),
        topic: who.sight(&tenant.tenant).text(&plan.topic),
        series: followed.wanted.options.repeat.is_some(),
        path,
        change: crate::dice::token(),
    }))
}

pub(super) async fn ask(
    State(shared): State<Shared>,
    who: Scheduler,
    Path((tenant, wish, act)): Path<(String, String, Act)>,
    Fields(form): Fields<ChangeForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    who.sees_people(&tenant.tenant)?;
    let followed = super::scheduled::known(&shared, &who, &tenant, &wish).await?;
    let bad = |error: connector_core::schedule_request::NotAWishId| Problem::bad_request(error.to_string());
    let (of, change) = (WishId::parse(&wish).map_err(bad)?, WishId::parse(&form.change).map_err(bad)?);
    let Some(standing) = standing(&shared, &tenant, &wish).await? else {
        let why = "Zoom has not made this meeting yet. It can be changed once it stands; try again then.";
        return Err(Problem::new(StatusCode::CONFLICT, "meeting.not_made", why.to_owned()).into());
    };
    let plan = standing.agreed.plan;
    let part = match form.part(act, shared.clock.now_ms()) {
        Ok(part) => part,
        Err(wrong) => return refused(&shared, &who, (&tenant, &wish, &followed), (act, &plan, &form, &wrong)).await,
    };
    let path = format!("/t/{}/schedule/{wish}", tenant.tenant);
    match commands::change_meeting(&shared, &tenant.tenant, (&of, part.clone(), None), &change, who.actor()).await {
        Ok(()) => Ok(see(&address(&path, &after(&change, &part, &plan).each_ref().map(|(n, v)| (*n, v.as_str()))))),
        Err(NotScheduled::Store(error)) => Err(error.into()),
        Err(error @ (NotScheduled::Wrong(_) | NotScheduled::NotConnected(_) | NotScheduled::NotKept(_))) => {
            Err(Problem::from(error).into())
        }
    }
}

/// What the address carries after a change.
fn after(change: &WishId, part: &Part, before: &Plan) -> [(&'static str, String); 4] {
    let moved = part.start_ms.is_some() || part.minutes.is_some();
    let text = |number: i64| if moved { number.to_string() } else { String::new() };
    [
        ("change", change.as_str().to_owned()),
        ("was_topic", part.topic.as_ref().map(|_| before.topic.clone()).unwrap_or_default()),
        ("was_start", text(before.start_ms)),
        ("was_minutes", text(before.minutes)),
    ]
}

/// The page of the meeting with what is to be mended.
async fn refused(
    shared: &Shared,
    who: &Scheduler,
    (tenant, wish, followed): (&TenantRow, &str, &Followed),
    (act, plan, form, wrong): (Act, &Plan, &ChangeForm, &[Wrong]),
) -> Page {
    let sentence = |named: Named| {
        let found = wrong.iter().find(|wrong| wrong.field == named);
        found.map(|wrong| wrong.sentence.clone()).unwrap_or_default()
    };
    // That nothing differs is said where the person was.
    let start = if act == Act::Move { sentence(Named::Start) + &sentence(Named::Topic) } else { String::new() };
    let path = format!("/t/{}/schedule/{wish}", tenant.tenant);
    let offers = offers(&path, plan, followed, shared.clock.now_ms()).map(|offers| {
        let moving = offers.moving.map(|moving| MoveForm {
            start: Field { value: typed_or(&form.start, &moving.start.value), refusal: start },
            minutes: Field { value: typed_or(&form.minutes, &moving.minutes.value), refusal: sentence(Named::Minutes) },
            zone: Field { value: typed_or(&form.zone, &moving.zone.value), refusal: sentence(Named::Zone) },
            choices: wrong
                .iter()
                .flat_map(|wrong| &wrong.choices)
                .map(|choice| Choose {
                    value: format!("{}|{}", choice.start, choice.offset),
                    text: choice.words.clone(),
                    chosen: false,
                })
                .collect(),
            ..moving
        });
        let refusal = if act == Act::Rename { sentence(Named::Topic) } else { String::new() };
        let topic = Field { value: typed_or(&form.topic, &plan.topic), refusal };
        let refusal = Some("Nothing was changed; please correct what is marked.".to_owned());
        Offers { moving, renaming: offers.renaming.map(|_| topic), refusal, ..offers }
    });
    let page = super::scheduled::view(shared, who, (tenant, wish), followed, &Changed::default()).await?;
    let page = super::super::schedule::Scheduled { offers: offers.or(page.offers.clone()), ..page };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// What was typed, or what stands where nothing was.
fn typed_or(typed: &str, stands: &str) -> String {
    if typed.is_empty() { stands.to_owned() } else { typed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_514_400_000;

    fn form() -> ChangeForm {
        ChangeForm {
            form_token: String::new(),
            change: "c".to_owned(),
            topic: String::new(),
            start: "2026-12-01T10:00".to_owned(),
            zone: "UTC".to_owned(),
            offset: String::new(),
            minutes: "30".to_owned(),
            choice: String::new(),
            seen_start: "2026-12-01T10:00".to_owned(),
            seen_minutes: "30".to_owned(),
            seen_topic: "Intro".to_owned(),
        }
    }

    #[track_caller]
    fn check(act: Act, form: &ChangeForm, expected: &Result<Part, Named>) {
        let part = form.part(act, NOW_MS).map_err(|wrong| wrong[0].field);
        assert_eq!(part, *expected);
    }

    #[test]
    fn only_what_the_person_changed_is_asked_for() {
        let minutes = |minutes| Part { minutes: Some(minutes), ..Part::default() };
        check(Act::Move, &form(), &Err(Named::Topic));
        check(Act::Move, &ChangeForm { minutes: "45".to_owned(), ..form() }, &Ok(minutes(45)));
        check(Act::Move, &ChangeForm { minutes: "soon".to_owned(), ..form() }, &Err(Named::Minutes));
        check(Act::Move, &ChangeForm { start: "2020-01-01T10:00".to_owned(), ..form() }, &Err(Named::Start));
        let moved = Part { start_ms: Some(1_796_122_800_000), ..Part::default() };
        check(Act::Move, &ChangeForm { start: "2026-12-01T11:00".to_owned(), ..form() }, &Ok(moved));
        check(Act::Rename, &form(), &Err(Named::Topic));
        check(Act::Rename, &ChangeForm { topic: "Intro".to_owned(), ..form() }, &Err(Named::Topic));
        let named = Part { topic: Some("Tour".to_owned()), ..Part::default() };
        check(Act::Rename, &ChangeForm { topic: "Tour".to_owned(), ..form() }, &Ok(named));
        check(Act::Cancel, &form(), &Ok(Part { standing: Some(Held::Cancelled), ..Part::default() }));
        check(Act::BringBack, &form(), &Ok(Part { standing: Some(Held::Planned), ..Part::default() }));
    }

    #[track_caller]
    fn check_undo(standing: Held, changed: &Changed, expected: Option<&str>) {
        let plan = Plan { topic: "Tour".to_owned(), start_ms: NOW_MS + 2 * 3_600_000, minutes: 30, standing };
        let undo = undo(&plan, changed, ("UTC", NOW_MS));
        assert_eq!(undo.map(|undo| undo.words).as_deref(), expected);
    }

    #[test]
    fn only_a_way_back_that_can_still_be_gone_is_offered() {
        let was = |topic: &str, start_ms: Option<i64>, minutes: Option<i64>| Changed {
            change: "c".to_owned(),
            was_topic: topic.to_owned(),
            was_start: start_ms,
            was_minutes: minutes,
        };
        let hour = NOW_MS + 3_600_000;
        check_undo(Held::Planned, &was("", None, None), None);
        check_undo(Held::Planned, &was("Intro", None, None), Some("Call it “Intro” again"));
        check_undo(Held::Planned, &was("Tour", None, None), None);
        check_undo(Held::Cancelled, &was("Intro", None, None), None);
        check_undo(Held::Planned, &was("", Some(NOW_MS - 1), Some(30)), None);
        check_undo(Held::Planned, &was("", Some(NOW_MS + 2 * 3_600_000), Some(30)), None);
        let words = "Move it back to 24 November 2026, 11:00 UTC, 30 minutes";
        check_undo(Held::Planned, &was("", Some(hour), Some(30)), Some(words));
    }
}
