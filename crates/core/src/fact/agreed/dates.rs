//! Single dates of a series that are not as the series says: moved or cancelled in Zoom, or asked for here. Each is agreed like the
//! meeting itself, by the time of its last change. LeadSquared has one appointment for a series, so that a date is only named there.

use super::{End, Part, Plan, Said, Side, Stamp, Stamps, Standing, due, weigh_part};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Dates of one series that are remembered; Zoom's series have at most sixty.
const DATES_MAX: usize = 100;
/// Changes of a meeting that are remembered until it is known whether it is one of ours: that takes moments.
const EARLY_MAX: usize = 10;

/// The dates of a series that differ from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dates {
    /// By the id under which each was known first.
    known: BTreeMap<String, Date>,
    /// When the whole series was last laid out anew in Zoom, epoch milliseconds: what single dates were before is over.
    laid_out_ms: i64,
}

/// What Zoom told of a meeting that was not known to be one of ours yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Early {
    /// Of the meeting itself, with the time of each change (epoch milliseconds), the latest `EARLY_MAX` in their order.
    pub parts: Vec<(Part, i64)>,
    /// Of single dates.
    pub dates: Dates,
    /// Of its end, and when, epoch milliseconds.
    pub end: Option<(End, i64)>,
}

impl Early {
    /// Takes in what Zoom says of the meeting since `at_ms`.
    pub fn tell(&mut self, part: Part, at_ms: i64) {
        let told = (part, at_ms);
        if told.0 == Part::default() || self.parts.contains(&told) {
            return;
        }
        let place = self.parts.partition_point(|(_, other_ms)| *other_ms <= at_ms);
        self.parts.insert(place, told);
        if self.parts.len() > EARLY_MAX {
            self.parts.remove(0);
        }
    }

    /// Whether nothing was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A date of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Date {
    /// Zoom's id of it; some say that it changes when the date is moved.
    id: String,
    /// Ids that it had before.
    names: BTreeSet<String>,
    origin: Origin,
    /// When it was to begin by the series, epoch milliseconds.
    planned_ms: i64,
    plan: Plan,
    stamps: Stamps,
    zoom: Said,
}

/// Whence the first id is that a date was known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    /// The series had a date of that id.
    Series,
    /// Nobody knows: it may be the later id of a date that was moved before.
    Unknown,
}

/// One date as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTold {
    /// Zoom's id of it, as it was before.
    pub before: String,
    /// Zoom's id of it now.
    pub id: String,
    /// What it is now: start, minutes, whether it is held.
    pub part: Part,
}

/// What holds for the dates of a series that nothing else is said of.
#[derive(Debug, Clone, Copy)]
pub struct Usual<'a> {
    /// The starts by Zoom's ids, epoch milliseconds.
    pub starts: &'a BTreeMap<String, i64>,
    /// The length.
    pub minutes: i64,
}

/// A date that differs from its series, in words for people to be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differs {
    /// When it was to begin, epoch milliseconds.
    pub planned_ms: i64,
    /// When it begins, epoch milliseconds.
    pub start_ms: i64,
    /// Its length.
    pub minutes: i64,
    /// Whether it is held.
    pub standing: Standing,
}

impl Dates {
    /// Whether nothing is known of single dates.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether that date was moved or cancelled before.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.key_of(id).is_some()
    }

    fn key_of(&self, id: &str) -> Option<String> {
        let by = |is: &dyn Fn(&Date) -> bool| self.known.iter().find(|(_, date)| is(date)).map(|(key, _)| key.clone());
        // The id may have been another date's before.
        let now = by(&|date| date.id == id);
        let first = || self.known.contains_key(id).then(|| id.to_owned());
        now.or_else(first).or_else(|| by(&|date| date.names.contains(id)))
    }

    /// Takes in what `side` says of a date since `at_ms`.
    pub fn tell(&mut self, side: Side, told: &DateTold, usual: Usual<'_>, at_ms: i64) {
        if at_ms <= self.laid_out_ms {
            return;
        }
        let key = self.key_of(&told.before).unwrap_or_else(|| told.before.clone());
        if !self.known.contains_key(&key) && self.known.len() >= DATES_MAX {
            return;
        }
        // What was heard of under the new id before the change to it was heard of is the same date.
        let is_later = |date: &Date| told.id != key && date.origin == Origin::Unknown;
        let later = if self.known.get(&told.id).is_some_and(is_later) { self.known.remove(&told.id) } else { None };
        let date = self.known.entry(key).or_insert_with(|| Date::usual(&told.before, usual));
        date.tell(side, (&told.part, &told.id), at_ms);
        if let Some(later) = later {
            date.join(later);
        }
    }

    /// The whole series was laid out anew in Zoom at `at_ms`.
    pub fn laid_out(&mut self, at_ms: i64) {
        self.laid_out_ms = self.laid_out_ms.max(at_ms);
        let since_ms = self.laid_out_ms;
        self.known.retain(|_, date| date.changed_ms() > since_ms);
    }

    /// A write of ours arrived.
    pub(super) fn arrived(&mut self, delivery: &str, now_ms: i64) {
        self.known.values_mut().for_each(|date| date.zoom.arrived(delivery, now_ms));
    }

    /// What is to be written to Zoom next, if anything: the date's id, the key of the write, the change. A date that is
    /// cancelled cannot be brought back.
    pub(super) fn due_in_zoom(
        &mut self,
        writes: &mut u32,
        key: impl Fn(u32) -> String,
    ) -> Option<(String, String, Part)> {
        for date in self.known.values_mut() {
            let expected = date.zoom.expected();
            let all = date.plan.beside(&expected);
            let part = match (all.standing, expected.standing) {
                (Some(Standing::Cancelled), _) => Part { standing: all.standing, ..Part::default() },
                (Some(Standing::Planned), _) | (None, Standing::Cancelled) => Part::default(),
                (None, Standing::Planned) => all,
            };
            if let Some((key, part)) = due(&mut date.zoom, writes, part, &key) {
                return Some((date.id.clone(), key, part));
            }
        }
        None
    }

    /// The last write to Zoom that is on its way.
    pub(super) fn on_its_way(&self) -> Option<&str> {
        self.known.values().filter_map(|date| date.zoom.under_way.last()).map(|(key, _)| key.as_str()).next_back()
    }

    /// The dates that differ from the series, in their order; those of which no length was told have that of the series.
    #[must_use]
    pub fn differing(&self, minutes: i64) -> Vec<Differs> {
        let mut differing: Vec<Differs> = self.known.values().filter_map(|date| date.differs(minutes)).collect();
        differing.sort_by_key(|one| one.planned_ms);
        differing
    }
}

impl Date {
    fn usual(id: &str, usual: Usual<'_>) -> Self {
        // Zoom names a date by its start, in epoch milliseconds as text.
        let start_ms = usual.starts.get(id).copied().or_else(|| id.parse().ok()).unwrap_or(0);
        let plan = Plan { topic: String::new(), start_ms, minutes: usual.minutes, standing: Standing::Planned };
        let stamp = Stamp { at_ms: i64::MIN, side: Side::Asked };
        let stamps = Stamps { topic: stamp, start: stamp, minutes: stamp, standing: stamp };
        let origin = if usual.starts.contains_key(id) { Origin::Series } else { Origin::Unknown };
        let (id, names) = (id.to_owned(), BTreeSet::new());
        Self { id, names, origin, planned_ms: start_ms, zoom: Said::of(&plan), plan, stamps }
    }

    fn tell(&mut self, side: Side, (part, id): (&Part, &str), at_ms: i64) {
        let told_at = Stamp { at_ms, side };
        if side == Side::Zoom && part.start_ms.is_some() {
            self.names.insert(id.to_owned());
            if told_at >= self.stamps.start {
                id.clone_into(&mut self.id);
            }
        }
        let mut asked = Said::of(&self.plan);
        let said = match side {
            Side::Asked | Side::LeadSquared => &mut asked,
            Side::Zoom => &mut self.zoom,
        };
        weigh_part(said, (&mut self.plan, &mut self.stamps), part, told_at);
    }

    /// Takes over what was heard of the same date under a later id.
    fn join(&mut self, later: Self) {
        let Self { id, names, origin: _, planned_ms: _, plan, stamps, zoom: _ } = later;
        self.names.extend(names);
        let of = |stamp: Stamp, part: Part| (stamp.at_ms > i64::MIN).then_some((stamp, part));
        let parts = [
            of(stamps.start, Part { start_ms: Some(plan.start_ms), ..Part::default() }),
            of(stamps.minutes, Part { minutes: Some(plan.minutes), ..Part::default() }),
            of(stamps.standing, Part { standing: Some(plan.standing), ..Part::default() }),
        ];
        for (stamp, part) in parts.into_iter().flatten() {
            self.tell(stamp.side, (&part, &id), stamp.at_ms);
        }
    }

    fn changed_ms(&self) -> i64 {
        self.stamps.start.at_ms.max(self.stamps.minutes.at_ms).max(self.stamps.standing.at_ms)
    }

    fn differs(&self, usual: i64) -> Option<Differs> {
        let Plan { topic: _, start_ms, minutes, standing } = self.plan;
        let own_length = self.stamps.minutes.at_ms > i64::MIN;
        let moved = start_ms != self.planned_ms || own_length;
        let minutes = if own_length { minutes } else { usual };
        let differs = standing == Standing::Cancelled || moved;
        differs.then_some(Differs { planned_ms: self.planned_ms, start_ms, minutes, standing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts() -> BTreeMap<String, i64> {
        [("1000", 1_000), ("2000", 2_000)].map(|(id, at_ms)| (id.to_owned(), at_ms)).into()
    }

    fn tell(dates: &mut Dates, side: Side, (before, id): (&str, &str), part: Part, at_ms: i64) {
        let told = DateTold { before: before.to_owned(), id: id.to_owned(), part };
        dates.tell(side, &told, Usual { starts: &starts(), minutes: 30 }, at_ms);
    }

    fn at(start_ms: i64) -> Part {
        Part { start_ms: Some(start_ms), ..Part::default() }
    }

    fn cancelled() -> Part {
        Part { standing: Some(Standing::Cancelled), ..Part::default() }
    }

    #[track_caller]
    fn check(dates: &Dates, expected: &[(i64, i64, Standing)]) {
        let told = dates.differing(30).into_iter().map(|one| (one.planned_ms, one.start_ms, one.standing));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_date_that_was_moved_twice_is_one_date_in_whatever_order_it_is_heard_and_whether_its_id_moves_or_not() {
        for ids in [["1000", "1500", "1700"], ["1000", "1000", "1000"]] {
            let moves = [((ids[0], ids[1]), 1_500, 10), ((ids[1], ids[2]), 1_700, 20)];
            for order in [[0, 1], [1, 0]] {
                let mut dates = Dates::default();
                for place in order {
                    let (names, start_ms, at_ms) = moves[place];
                    tell(&mut dates, Side::Zoom, names, at(start_ms), at_ms);
                    tell(&mut dates, Side::Zoom, names, at(start_ms), at_ms);
                }
                check(&dates, &[(1_000, 1_700, Standing::Planned)]);
                assert!(dates.knows(ids[2]) && dates.due_in_zoom(&mut 0, |number| number.to_string()).is_none());
            }
        }
    }

    #[test]
    fn what_is_asked_for_goes_to_zoom_once_and_its_echo_changes_nothing() {
        let (mut dates, mut writes) = (Dates::default(), 0);
        let key = |number: u32| number.to_string();
        tell(&mut dates, Side::Asked, ("2000", "2000"), at(2_500), 10);
        assert_eq!(dates.due_in_zoom(&mut writes, key), Some(("2000".to_owned(), "1".to_owned(), at(2_500))));
        assert_eq!((dates.due_in_zoom(&mut writes, key), dates.on_its_way()), (None, Some("1")));
        tell(&mut dates, Side::Zoom, ("2000", "2500"), at(2_500), 12);
        dates.arrived("1", 13);
        tell(&mut dates, Side::Asked, ("2500", "2500"), cancelled(), 20);
        assert_eq!(dates.due_in_zoom(&mut writes, key), Some(("2500".to_owned(), "2".to_owned(), cancelled())));
        tell(&mut dates, Side::Zoom, ("2500", "2500"), cancelled(), 21);
        assert_eq!(dates.due_in_zoom(&mut writes, key), None);
        check(&dates, &[(2_000, 2_500, Standing::Cancelled)]);
    }

    #[test]
    fn a_series_that_is_laid_out_anew_forgets_its_single_dates_whichever_is_heard_first() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut dates = Dates::default();
            for step in order {
                match step {
                    0 => tell(&mut dates, Side::Zoom, ("1000", "1000"), cancelled(), 10),
                    1 => dates.laid_out(20),
                    _ => tell(&mut dates, Side::Zoom, ("2000", "2000"), cancelled(), 30),
                }
            }
            check(&dates, &[(2_000, 2_000, Standing::Cancelled)]);
        }
    }
}
