//! How a place ends the program: the whole process by the environment, or one thread of a rig by unwinding it. Only with
//! the feature `failpoints`.

use super::Point;
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names the place at which the process aborts and how often it is reached until then: `store.begin:12`.
pub const VARIABLE: &str = "CONNECTOR_FAILPOINT";

/// What unwinds a thread that was struck; no panic hook is told.
#[derive(Debug, Clone, Copy)]
pub struct Struck(pub Point);

thread_local! {
    static ARMED: Cell<Option<(Point, u64)>> = const { Cell::new(None) };
    static STRUCK: Cell<Option<Point>> = const { Cell::new(None) };
    static REACHED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct Abort {
    point: Point,
    left: AtomicU64,
}

static ABORT: OnceLock<Option<Abort>> = OnceLock::new();

pub(super) fn reached(point: Point) {
    let abort = ABORT.get_or_init(|| read(&std::env::var(VARIABLE).ok()?));
    if let Some(abort) = abort
        && abort.point == point
        && abort.left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
    REACHED.with_borrow_mut(|reached| {
        reached.resize(Point::ALL.len(), 0);
        if let Some(count) = reached.get_mut(point as usize) {
            *count += 1;
        }
    });
    if let Some((armed, left)) = ARMED.get()
        && armed == point
    {
        ARMED.set((left > 1).then(|| (point, left - 1)));
        if left <= 1 {
            STRUCK.set(Some(point));
        }
    }
    if STRUCK.get().is_some() {
        std::panic::resume_unwind(Box::new(Struck(point)));
    }
}

fn read(text: &str) -> Option<Abort> {
    let (name, count) = text.rsplit_once(':')?;
    Some(Abort { point: Point::parse(name)?, left: AtomicU64::new(count.parse().ok()?) })
}

/// From now on this thread ends when it reaches the place for the `count`-th time.
pub fn arm(point: Point, count: u64) {
    ARMED.set(Some((point, count)));
}

/// Where this thread ended, if it did.
#[must_use]
pub fn struck() -> Option<Point> {
    STRUCK.get()
}

/// The thread may go on: everything that lived on it is gone. Nothing is armed any more.
pub fn revive() {
    ARMED.set(None);
    STRUCK.set(None);
}

/// How often this thread reached the place.
#[must_use]
pub fn count(point: Point) -> u64 {
    REACHED.with_borrow(|reached| reached.get(point as usize).copied().unwrap_or(0))
}
