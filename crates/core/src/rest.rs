//! When the loops give way to the doors. On few processors translating and delivering compete with acknowledging, and only
//! acknowledging cannot wait: the journal is the buffer. So the loops rest while the doors are crowded, and never for more
//! than half of the time, so that what was taken in moves on whatever comes (docs/decisions/0006-answers-first.md).

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

#[cfg(test)]
mod tests {
    use super::*;

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
