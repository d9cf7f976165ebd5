//! When the loops give way to the doors. On few processors translating and delivering compete with acknowledging, and only
//! acknowledging cannot wait: the journal is the buffer. So the loops rest while the doors are crowded, and never for more
//! than half of the time, so that what was taken in moves on whatever comes (docs/decisions/0006-answers-first.md).
//! In the same way a tenant with a backlog gives way to those that have little ([`Company`]).

/// Notifications in one commit from which on the doors are crowded.
pub const CROWD_ROWS_MIN: usize = 16;
/// So long after a crowded commit the doors still count as crowded, in milliseconds.
pub const CROWDED_MS: i64 = 100;
/// How long a loop rests at the most before it works for as long, in milliseconds.
pub const REST_MS_MAX: i64 = 10_000;
/// How soon a resting loop looks again, in milliseconds.
pub const LOOK_MS: i64 = 20;

/// What a loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A step.
    Work,
    /// Nothing, for [`LOOK_MS`].
    Rest,
}

/// How much one loop has rested. Times are milliseconds of a clock that never goes back.
#[derive(Debug, Default)]
pub struct Rested {
    /// Rest that was not worked off yet.
    rested_ms: i64,
    /// It rested as long as it may, and has not worked that off.
    owes: bool,
    last: Option<(i64, Turn)>,
}

impl Rested {
    /// What the loop does at `now_ms`; `crowded_ms` is when a commit was last crowded, if ever.
    pub fn turn(&mut self, crowded_ms: Option<i64>, now_ms: i64) -> Turn {
        match self.last {
            Some((since_ms, Turn::Rest)) => self.rested_ms += (now_ms - since_ms).max(0),
            Some((since_ms, Turn::Work)) => self.rested_ms = (self.rested_ms - (now_ms - since_ms).max(0)).max(0),
            None => {}
        }
        if self.rested_ms >= REST_MS_MAX {
            self.owes = true;
        } else if self.rested_ms == 0 {
            self.owes = false;
        }
        let crowded = crowded_ms.is_some_and(|at_ms| now_ms - at_ms <= CROWDED_MS);
        let turn = if crowded && !self.owes { Turn::Rest } else { Turn::Work };
        self.last = Some((now_ms, turn));
        turn
    }
}

/// So long after a turn of somebody who had little, those with a backlog leave room for the next, in milliseconds.
pub const COMPANY_MS: i64 = 1_000;
/// After a turn that took one millisecond, a tenant with a backlog waits so many while others have little.
const PAUSE_PER_MS: i64 = 3;
/// But not longer than this, in milliseconds.
pub const PAUSE_MS_MAX: i64 = 1_000;

/// Who had turns in a loop lately with little to do: the last of them, and the last before that was somebody else.
#[derive(Debug)]
pub struct Company<T> {
    last: Option<(T, i64)>,
    other: Option<(T, i64)>,
}

impl<T> Default for Company<T> {
    fn default() -> Self {
        Self { last: None, other: None }
    }
}

impl<T: PartialEq + Clone> Company<T> {
    /// Notes a turn at `now_ms` after which nothing waited.
    pub fn note(&mut self, who: &T, now_ms: i64) {
        if let Some((last, _)) = &self.last
            && last != who
        {
            self.other = self.last.take();
        }
        self.last = Some((who.clone(), now_ms));
    }

    /// Whether anybody had little lately.
    #[must_use]
    pub fn anybody(&self, now_ms: i64) -> bool {
        self.last.as_ref().is_some_and(|(_, at_ms)| now_ms - at_ms <= COMPANY_MS)
    }

    /// How long somebody with a backlog waits after a turn that took `took_ms`, in milliseconds: nothing while nobody else
    /// has little to do, otherwise a multiple of it, so that those find processor and database free most of the time.
    pub fn pause_ms(&self, who: &T, took_ms: i64, now_ms: i64) -> i64 {
        let recent = |turn: &Option<(T, i64)>| {
            turn.as_ref().is_some_and(|(other, at_ms)| other != who && now_ms - at_ms <= COMPANY_MS)
        };
        if recent(&self.last) || recent(&self.other) {
            took_ms.max(1).saturating_mul(PAUSE_PER_MS).min(PAUSE_MS_MAX)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_gives_way_to_those_who_have_little_and_to_nobody_else() {
        let mut company = Company::default();
        assert_eq!(company.pause_ms(&"heavy", 20, 0), 0, "alone");
        company.note(&"light", 1_000);
        assert!(company.anybody(1_000 + COMPANY_MS) && !company.anybody(1_001 + COMPANY_MS));
        assert_eq!(company.pause_ms(&"heavy", 20, 1_000 + COMPANY_MS), 20 * PAUSE_PER_MS);
        assert_eq!(company.pause_ms(&"heavy", 20, 1_001 + COMPANY_MS), 0, "long ago");
        assert_eq!(company.pause_ms(&"light", 20, 1_001), 0, "not to itself");
        assert_eq!(company.pause_ms(&"heavy", 60_000, 1_001), PAUSE_MS_MAX);
        company.note(&"heavy", 1_500);
        assert_eq!(
            company.pause_ms(&"heavy", 20, 1_600),
            20 * PAUSE_PER_MS,
            "its own small turns do not hide the others"
        );
    }

    /// Looks every [`LOOK_MS`] for so long with the doors crowded all the time; answers how long the loop worked.
    #[track_caller]
    fn check_worked(lasting_ms: i64, expected_ms: i64) {
        let mut rested = Rested::default();
        let looks = (0..lasting_ms / LOOK_MS).map(|look| look * LOOK_MS);
        let worked = looks.filter(|now_ms| rested.turn(Some(*now_ms), *now_ms) == Turn::Work).count();
        assert_eq!(i64::try_from(worked).unwrap() * LOOK_MS, expected_ms, "in {lasting_ms} ms");
    }

    #[test]
    fn a_loop_works_half_of_the_time_however_crowded_the_doors_are() {
        check_worked(REST_MS_MAX, 0);
        check_worked(2 * REST_MS_MAX, REST_MS_MAX);
        check_worked(3 * REST_MS_MAX, REST_MS_MAX);
        check_worked(40 * REST_MS_MAX, 20 * REST_MS_MAX);
    }

    #[test]
    fn a_loop_works_while_nobody_crowds_the_doors() {
        let mut rested = Rested::default();
        assert_eq!(rested.turn(None, 1_000), Turn::Work);
        assert_eq!(rested.turn(Some(1_000), 1_000 + CROWDED_MS), Turn::Rest);
        assert_eq!(rested.turn(Some(1_000), 1_001 + CROWDED_MS), Turn::Work);
    }

    #[test]
    fn a_loop_that_rested_long_works_it_off_before_it_rests_again() {
        let mut rested = Rested::default();
        assert_eq!(rested.turn(Some(0), 0), Turn::Rest);
        assert_eq!(rested.turn(Some(REST_MS_MAX), REST_MS_MAX), Turn::Work);
        assert_eq!(rested.turn(Some(REST_MS_MAX + 5_000), REST_MS_MAX + 5_000), Turn::Work);
        assert_eq!(rested.turn(Some(2 * REST_MS_MAX), 2 * REST_MS_MAX), Turn::Rest);
    }
}
