//! What Zoom and LeadSquared are to say of a meeting with an appointment. Each part of the plan carries the time of its
//! last change; the latest change wins wherever it was made and in whatever order it was heard of. What each side is known to say,
//! and what is being written to it, tells a person's change from the echo of our own.

pub mod dates;

use super::{Alias, Person};
use dates::Dates;
use serde::{Deserialize, Serialize};

/// Where a change was made. Of two changes in one millisecond the later of these wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Asked for through the console or the API.
    Asked,
    /// In LeadSquared.
    LeadSquared,
    /// In Zoom.
    Zoom,
}

/// Whether a meeting will be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It will.
    Planned,
    /// It was cancelled.
    Cancelled,
}

/// Some parts of a plan; what is absent was not told, or is not to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Start, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_ms: Option<i64>,
    /// Scheduled minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// Whether it will be held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// A whole plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The title.
    pub topic: String,
    /// Start, epoch milliseconds.
    pub start_ms: i64,
    /// Scheduled minutes.
    pub minutes: i64,
    /// Whether it will be held.
    pub standing: Standing,
}

impl Plan {
    fn take(&mut self, part: &Part) {
        self.topic = part.topic.clone().unwrap_or_else(|| self.topic.clone());
        self.start_ms = part.start_ms.unwrap_or(self.start_ms);
        self.minutes = part.minutes.unwrap_or(self.minutes);
        self.standing = part.standing.unwrap_or(self.standing);
    }

    /// What has to change in `other` to become this.
    fn beside(&self, other: &Self) -> Part {
        Part {
            topic: (self.topic != other.topic).then(|| self.topic.clone()),
            start_ms: (self.start_ms != other.start_ms).then_some(self.start_ms),
            minutes: (self.minutes != other.minutes).then_some(self.minutes),
            standing: (self.standing != other.standing).then_some(self.standing),
        }
    }
}

/// What one side says, beside what is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The same.
    Agrees,
    /// Something else still; what is to be written is on its way, or waits for a person.
    NotYet,
}

/// When and where a part of the plan was changed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The change's own time, epoch milliseconds.
    pub at_ms: i64,
    /// Where.
    pub side: Side,
}

/// The stamps of all parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamps {
    topic: Stamp,
    start: Stamp,
    minutes: Stamp,
    standing: Stamp,
}

/// What one system is known to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    plan: Plan,
    /// Writes on their way, by the key of their delivery, in their order.
    under_way: Vec<(String, Part)>,
    /// The last writes that arrived, at most [`RECENT_MAX`].
    recent: Vec<Part>,
    /// When the last of them was known to have arrived, epoch milliseconds.
    arrived_ms: i64,
}

/// Writes that are remembered after they arrived: their echoes may be late.
const RECENT_MAX: usize = 8;

impl Said {
    fn of(plan: &Plan) -> Self {
        Self { plan: plan.clone(), under_way: Vec::new(), recent: Vec::new(), arrived_ms: 0 }
    }

    /// What it will say when everything on its way has arrived.
    fn expected(&self) -> Plan {
        let mut plan = self.plan.clone();
        self.under_way.iter().for_each(|(_, part)| plan.take(part));
        plan
    }

    /// A write arrived, known at `now_ms`.
    fn arrived(&mut self, delivery: &str, now_ms: i64) {
        let Some(place) = self.under_way.iter().position(|(key, _)| key == delivery) else { return };
        // What was to arrive before it did not, and waits for a person: one side's writes go one after the other.
        let Some((_, part)) = self.under_way.drain(..=place).next_back() else { return };
        self.plan.take(&part);
        self.arrived_ms = self.arrived_ms.max(now_ms);
        if self.recent.len() >= RECENT_MAX {
            self.recent.remove(0);
        }
        self.recent.push(part);
    }

    /// Whether a value that was told is one that we wrote: on its way, or late news of what arrived.
    fn is_echo(&self, at_ms: i64, same: impl Fn(&Part) -> bool) -> Echo {
        if self.under_way.iter().any(|(_, part)| same(part)) {
            Echo::OnItsWay
        } else if at_ms <= self.arrived_ms && self.recent.iter().any(same) {
            Echo::Late
        } else {
            Echo::None
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// Somebody changed it.
    None,
    /// We did, just now.
    OnItsWay,
    /// We did, and wrote something else since.
    Late,
}

/// What the status of a task says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing of consequence.
    #[default]
    Open,
    /// That it is cancelled.
    Cancelled,
}

/// Why a meeting will not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Zoom has deleted it for good.
    Gone,
    /// It was turned into a webinar.
    Webinar,
}

/// A meeting with an appointment, and what both sides are to say of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The fact of the wish it was scheduled by.
    pub wish: Alias,
    /// For whom.
    pub person: Person,
    /// The other leads it is for.
    #[serde(default)]
    pub others: Vec<Person>,
    /// When it was asked for, epoch milliseconds.
    pub asked_ms: i64,
    /// Who hosts it in Zoom, as asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The task that a person made, where the meeting is made of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Whether LeadSquared said lastly that the task is cancelled by its status, which no call takes back.
    #[serde(default)]
    pub status: Status,
    /// Why it will not come back, where it will not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<(End, i64)>,
    /// The text of the appointment beside the join link; absent where an older version made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Single dates of a series.
    #[serde(default, skip_serializing_if = "Dates::is_empty")]
    pub dates: Dates,
    /// What was last written of single dates and of the end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// What both are to say.
    pub plan: Plan,
    stamps: Stamps,
    zoom: Said,
    crm: Said,
    /// Writes that were planned, which names the next one.
    writes: u32,
}

/// Takes one value that was told into the side's own picture, and into the agreed plan where it wins.
fn weigh<T: PartialEq + Clone>(
    told: &T,
    (known, agreed): (&mut T, &mut T),
    (stamp, told_at): (&mut Stamp, Stamp),
    echo: Echo,
) {
    // Late news of one side about itself.
    let overtaken = stamp.side == told_at.side && told_at.at_ms < stamp.at_ms;
    if *known == *told {
        // Zoom says when it was made so again; LeadSquared only when anything of the task was changed.
        let again = told_at.side == Side::Zoom && echo == Echo::None && *agreed == *told;
        *stamp = if again { told_at.max(*stamp) } else { *stamp };
        return;
    }
    if overtaken || echo == Echo::Late {
        return;
    }
    if echo == Echo::None && told_at > *stamp {
        *stamp = told_at;
        agreed.clone_from(told);
    }
    known.clone_from(told);
}

/// Takes what one side says of each part of a plan.
fn weigh_part(said: &mut Said, (plan, stamps): (&mut Plan, &mut Stamps), part: &Part, told_at: Stamp) {
    if let Some(topic) = &part.topic {
        let echo = said.is_echo(told_at.at_ms, |other| other.topic.as_ref() == Some(topic));
        weigh(topic, (&mut said.plan.topic, &mut plan.topic), (&mut stamps.topic, told_at), echo);
    }
    if let Some(start_ms) = &part.start_ms {
        let echo = said.is_echo(told_at.at_ms, |other| other.start_ms.as_ref() == Some(start_ms));
        weigh(start_ms, (&mut said.plan.start_ms, &mut plan.start_ms), (&mut stamps.start, told_at), echo);
    }
    if let Some(minutes) = &part.minutes {
        let echo = said.is_echo(told_at.at_ms, |other| other.minutes.as_ref() == Some(minutes));
        weigh(minutes, (&mut said.plan.minutes, &mut plan.minutes), (&mut stamps.minutes, told_at), echo);
    }
    if let Some(standing) = &part.standing {
        let echo = said.is_echo(told_at.at_ms, |other| other.standing.as_ref() == Some(standing));
        weigh(standing, (&mut said.plan.standing, &mut plan.standing), (&mut stamps.standing, told_at), echo);
    }
}

impl Agreed {
    /// What was asked for, before anybody changed it.
    #[must_use]
    pub fn new(wish: Alias, person: Person, asked_ms: i64, plan: Plan) -> Self {
        let stamp = Stamp { at_ms: asked_ms, side: Side::Asked };
        let stamps = Stamps { topic: stamp, start: stamp, minutes: stamp, standing: stamp };
        Self {
            wish,
            person,
            others: Vec::new(),
            asked_ms,
            host: None,
            task: None,
            status: Status::Open,
            end: None,
            text: None,
            dates: Dates::default(),
            said: String::new(),
            stamps,
            zoom: Said::of(&plan),
            crm: Said::of(&plan),
            plan,
            writes: 0,
        }
    }

    /// Takes in what `side` says since `at_ms`, which is the change's own time. What has come to its end comes back in Zoom or
    /// not at all.
    pub fn tell(&mut self, side: Side, part: &Part, at_ms: i64) {
        let told_at = Stamp { at_ms, side };
        let comes_back = part.standing == Some(Standing::Planned);
        if let Some((_, ended_ms)) = self.end.filter(|_| comes_back) {
            if side == Side::Zoom && at_ms > ended_ms {
                self.end = None;
            } else if side == Side::LeadSquared {
                self.crm.plan.standing = Standing::Planned;
            }
        }
        let part = &match self.end {
            Some(_) => Part { standing: part.standing.filter(|_| !comes_back), ..part.clone() },
            None => part.clone(),
        };
        let mut asked = Said::of(&self.plan);
        let said = match side {
            Side::Asked => &mut asked,
            Side::LeadSquared => &mut self.crm,
            Side::Zoom => &mut self.zoom,
        };
        weigh_part(said, (&mut self.plan, &mut self.stamps), part, told_at);
    }

    /// It came to its end at `at_ms`, as Zoom says; nothing where Zoom brought it back since.
    pub fn ended(&mut self, end: End, at_ms: i64) {
        let stamp = Stamp { at_ms, side: Side::Zoom };
        let back = self.plan.standing == Standing::Planned && self.stamps.standing.side == Side::Zoom;
        let known = self.end.is_some_and(|(known, known_ms)| (known_ms, known) >= (at_ms, end));
        if known || (back && self.stamps.standing.at_ms > at_ms) {
            return;
        }
        self.end = Some((end, at_ms));
        self.plan.standing = Standing::Cancelled;
        self.zoom.plan.standing = Standing::Cancelled;
        self.stamps.standing = stamp;
        // Whatever was to bring it back does not any more.
        self.zoom.under_way.retain(|(_, part)| part.standing != Some(Standing::Planned));
    }

    /// Why it will not come back, where it will not.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.end.map(|(end, _)| end)
    }

    /// Since when both sides say, or are about to say, that it is cancelled, while it can still come back; epoch milliseconds.
    #[must_use]
    pub fn cancelled_ms(&self) -> Option<i64> {
        let cancelled = self.plan.standing == Standing::Cancelled && self.end.is_none();
        cancelled.then_some(self.stamps.standing.at_ms)
    }

    /// A write of ours arrived, known at `now_ms`.
    pub fn arrived(&mut self, delivery: &str, now_ms: i64) {
        self.zoom.arrived(delivery, now_ms);
        self.crm.arrived(delivery, now_ms);
        self.dates.arrived(delivery, now_ms);
    }

    /// What is to be written to Zoom next, if anything; `key` names the write by its number. What is cancelled gets
    /// nothing else, and what comes back comes back before it is changed.
    pub fn due_in_zoom(&mut self, key: impl Fn(u32) -> String) -> Option<(String, Part)> {
        let expected = self.zoom.expected();
        let all = self.plan.beside(&expected);
        let part = match (all.standing, expected.standing) {
            (Some(standing), _) => Part { standing: Some(standing), ..Part::default() },
            (None, Standing::Cancelled) => Part::default(),
            (None, Standing::Planned) => all,
        };
        due(&mut self.zoom, &mut self.writes, part, key)
    }

    /// What is to be written to LeadSquared next, if anything.
    pub fn due_in_leadsquared(&mut self, key: impl Fn(u32) -> String) -> Option<(String, Part)> {
        let part = self.plan.beside(&self.crm.expected());
        due(&mut self.crm, &mut self.writes, part, key)
    }

    /// Whether a side says what is agreed, as far as is known.
    #[must_use]
    pub fn says(&self, side: Side) -> Says {
        let said = match side {
            Side::Asked => return Says::Agrees,
            Side::LeadSquared => &self.crm,
            Side::Zoom => &self.zoom,
        };
        if said.plan == self.plan && said.under_way.is_empty() { Says::Agrees } else { Says::NotYet }
    }

    /// What is to be written to Zoom next about a single date, if anything: its id, the key of the write, the change.
    pub fn due_of_dates(&mut self, key: impl Fn(u32) -> String) -> Option<(String, String, Part)> {
        if self.plan.standing == Standing::Cancelled {
            return None;
        }
        self.dates.due_in_zoom(&mut self.writes, key)
    }

    /// The last write to Zoom that is on its way: the next one waits for it.
    #[must_use]
    pub fn on_its_way_to_zoom(&self) -> Option<&str> {
        self.zoom.under_way.last().map(|(key, _)| key.as_str()).or_else(|| self.dates.on_its_way())
    }

    /// The key of a write that changes no part of the plan.
    pub fn further_write(&mut self, key: impl Fn(u32) -> String) -> String {
        self.writes = self.writes.saturating_add(1);
        key(self.writes)
    }
}

fn due(said: &mut Said, writes: &mut u32, part: Part, key: impl Fn(u32) -> String) -> Option<(String, Part)> {
    if part == Part::default() {
        return None;
    }
    *writes = writes.saturating_add(1);
    let key = key(*writes);
    said.under_way.push((key.clone(), part.clone()));
    Some((key, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::LeadId;

    fn agreed() -> Agreed {
        let plan = Plan { topic: "Intro".to_owned(), start_ms: 1_000, minutes: 30, standing: Standing::Planned };
        Agreed::new(Alias("w".to_owned()), Person::Lead(LeadId("l".to_owned())), 0, plan)
    }

    fn named(topic: &str) -> Part {
        Part { topic: Some(topic.to_owned()), ..Part::default() }
    }

    fn at(start_ms: i64) -> Part {
        Part { start_ms: Some(start_ms), ..Part::default() }
    }

    fn cancelled() -> Part {
        Part { standing: Some(Standing::Cancelled), ..Part::default() }
    }

    /// Lets both systems take every write, each of which comes back as an echo, until nothing is due.
    fn settle(agreed: &mut Agreed, now_ms: i64) -> usize {
        for round in 0..20 {
            let zoom = agreed.due_in_zoom(|number| number.to_string());
            let crm = agreed.due_in_leadsquared(|number| number.to_string());
            if zoom.is_none() && crm.is_none() {
                return round;
            }
            if let Some((key, part)) = zoom {
                agreed.tell(Side::Zoom, &part, now_ms);
                agreed.arrived(&key, now_ms);
                agreed.tell(Side::Zoom, &part, now_ms);
            }
            if let Some((key, part)) = crm {
                agreed.tell(Side::LeadSquared, &part, now_ms);
                agreed.arrived(&key, now_ms);
                agreed.tell(Side::LeadSquared, &part, now_ms);
            }
        }
        panic!("the two sides go on changing each other");
    }

    #[test]
    fn a_write_that_never_arrives_does_not_make_the_sides_write_for_ever() {
        for side in [Side::LeadSquared, Side::Zoom] {
            let mut agreed = agreed();
            agreed.tell(side, &at(2_000), 10);
            let refused = match side {
                Side::Zoom => agreed.due_in_leadsquared(|number| number.to_string()),
                Side::LeadSquared | Side::Asked => agreed.due_in_zoom(|number| number.to_string()),
            };
            assert!(refused.is_some(), "it is refused, and waits for a person");
            agreed.tell(side, &at(3_000), 20);
            settle(&mut agreed, 30);
            assert_eq!(agreed.plan.start_ms, 3_000);
        }
    }

    #[test]
    fn whatever_the_order_of_hearing_both_sides_end_with_the_latest_change_of_each_part() {
        let changes = [
            (Side::Zoom, named("In Zoom"), 5_000),
            (Side::LeadSquared, named("In LeadSquared"), 5_400),
            (Side::LeadSquared, at(9_000), 5_400),
            (Side::Zoom, at(8_000), 5_400),
            (Side::Zoom, Part { minutes: Some(45), ..Part::default() }, 5_100),
        ];
        for first in 0..changes.len() {
            for step in [1, 2, 3, 4] {
                let mut agreed = agreed();
                for place in 0..changes.len() {
                    let (side, part, at_ms) = &changes[(first + place * step) % changes.len()];
                    agreed.tell(*side, part, *at_ms);
                    if place % 2 == 0 {
                        settle(&mut agreed, 6_000);
                    }
                }
                settle(&mut agreed, 6_000);
                let plan = &agreed.plan;
                assert_eq!((plan.topic.as_str(), plan.start_ms, plan.minutes), ("In LeadSquared", 8_000, 45));
                assert_eq!((&agreed.zoom.plan, &agreed.crm.plan), (plan, plan));
            }
        }
    }

    #[test]
    fn a_side_agrees_once_what_was_written_to_it_arrived() {
        let mut agreed = agreed();
        agreed.tell(Side::Asked, &named("A"), 5_000);
        assert_eq!((agreed.says(Side::Zoom), agreed.says(Side::LeadSquared)), (Says::NotYet, Says::NotYet));
        let (key, _) = agreed.due_in_zoom(|number| number.to_string()).unwrap();
        assert_eq!(agreed.says(Side::Zoom), Says::NotYet);
        agreed.arrived(&key, 6_000);
        assert_eq!((agreed.says(Side::Zoom), agreed.says(Side::LeadSquared)), (Says::Agrees, Says::NotYet));
        settle(&mut agreed, 7_000);
        assert_eq!(agreed.says(Side::LeadSquared), Says::Agrees);
    }

    #[test]
    fn an_echo_changes_nothing_even_when_it_is_late() {
        let mut agreed = agreed();
        agreed.tell(Side::LeadSquared, &named("A"), 5_000);
        assert_eq!(settle(&mut agreed, 6_000), 1);
        agreed.tell(Side::LeadSquared, &named("B"), 5_500);
        assert_eq!(settle(&mut agreed, 7_000), 1);
        agreed.tell(Side::Zoom, &named("A"), 6_000);
        assert_eq!(agreed.plan.topic, "B");
        assert_eq!(settle(&mut agreed, 8_000), 0);
        // Somebody who sets the old title later means it.
        agreed.tell(Side::Zoom, &named("A"), 9_000);
        assert_eq!(settle(&mut agreed, 9_100), 1);
        assert_eq!(agreed.plan.topic, "A");
    }

    #[test]
    fn a_move_survives_a_renaming_on_the_other_side_that_is_still_on_its_way() {
        let mut agreed = agreed();
        agreed.tell(Side::Zoom, &named("New"), 5_000);
        let (_, part) = agreed.due_in_leadsquared(|number| number.to_string()).unwrap();
        assert_eq!(part, named("New"));
        let whole = Part { topic: Some("Intro".to_owned()), ..at(7_000) };
        agreed.tell(Side::LeadSquared, &whole, 5_001);
        assert_eq!((agreed.plan.topic.as_str(), agreed.plan.start_ms), ("New", 7_000));
        assert_eq!(agreed.due_in_leadsquared(|number| number.to_string()), None);
        assert_eq!(agreed.due_in_zoom(|number| number.to_string()).map(|(_, part)| part), Some(at(7_000)));
    }

    #[test]
    fn what_is_cancelled_gets_nothing_else_in_zoom_and_comes_back_before_it_is_changed() {
        let mut agreed = agreed();
        agreed.tell(Side::LeadSquared, &cancelled(), 5_000);
        agreed.tell(Side::LeadSquared, &named("Off"), 5_000);
        let key = |number: u32| number.to_string();
        assert_eq!(agreed.due_in_zoom(key).map(|(_, part)| part), Some(cancelled()));
        assert_eq!(agreed.due_in_zoom(key), None);
        let back = Part { standing: Some(Standing::Planned), ..Part::default() };
        agreed.tell(Side::LeadSquared, &back, 6_000);
        assert_eq!(agreed.due_in_zoom(key).map(|(_, part)| part), Some(back));
        assert_eq!(agreed.due_in_zoom(key).map(|(_, part)| part), Some(named("Off")));
        assert_eq!(agreed.due_in_zoom(key), None);
    }
}
