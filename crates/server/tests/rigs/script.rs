//! What happens in a simulated world's Zoom accounts: a webinar or two with few people, a meeting that a sales user asks
//! for. All of it follows from the seed; people's stays are such that the truth does not depend on the order of telling.

use connector_simulator::dice::Dice;
use connector_simulator::preset::Preset;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Stay, Who};
use std::collections::{BTreeMap, VecDeque};

/// One minute, milliseconds.
pub const MINUTE_MS: i64 = 60_000;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Happening {
    /// Somebody registers for a webinar.
    Register(usize, usize),
    /// A webinar begins.
    Start(usize),
    /// Somebody, or an unnamed guest, comes with a device.
    Join(usize, Guest, usize),
    /// That device leaves.
    Leave(usize, Guest, usize),
    /// A webinar ends.
    End(usize),
    /// A sales user of a tenant asks for a meeting.
    Wish(usize),
    /// The meeting that was asked for begins.
    HoldMeeting(usize),
    /// It ends.
    EndMeeting(usize),
}

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guest {
    /// The registrant of that place.
    Registrant(usize),
    /// Somebody whom Zoom does not name.
    Unnamed,
}

/// A webinar of the script.
#[derive(Debug, Clone, Default)]
struct Webinar {
    number: u64,
    uuid: Option<String>,
    registrants: BTreeMap<usize, String>,
    stays: BTreeMap<(Guest, usize), Stay>,
}

/// A meeting that is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The tenant's number.
    pub place: usize,
    /// The wish's id.
    pub wish: String,
    /// Its title, of its own.
    pub topic: String,
    /// The lead's address.
    pub email: String,
    /// Planned start, epoch milliseconds, a whole minute.
    pub start_ms: i64,
    uuid: Option<String>,
}

/// What happens when, epoch milliseconds.
type Happenings = Vec<(i64, Happening)>;

/// The script.
pub struct Script {
    left: VecDeque<(i64, Happening)>,
    webinars: Vec<Webinar>,
    /// Meetings that are asked for.
    pub wanted: Vec<Wanted>,
}

impl Script {
    /// A script for so many tenants, from `begin_ms` on.
    pub fn new(dice: &mut Dice, preset: &Preset, tenants: usize, begin_ms: i64) -> Self {
        let mut script = Self { left: VecDeque::new(), webinars: Vec::new(), wanted: Vec::new() };
        let mut all = Vec::new();
        for _ in 0..1 + dice.below(2) {
            script.webinar(dice, preset, (tenants, begin_ms), &mut all);
        }
        for _ in 0..dice.below(3) {
            script.meeting(dice, tenants, begin_ms, &mut all);
        }
        all.sort_by_key(|(at_ms, _)| *at_ms);
        script.left = all.into();
        script
    }

    fn webinar(&mut self, dice: &mut Dice, preset: &Preset, (tenants, begin_ms): (usize, i64), all: &mut Happenings) {
        let (event, place) = (self.webinars.len(), below(dice, tenants));
        let start_ms = begin_ms + minutes(dice, 1, 20);
        let new = NewEvent {
            topic: format!("Webinar {event} 🎓"),
            start_ms,
            duration_min: 60,
            timezone: "Asia/Kolkata".to_owned(),
            approval: if dice.chance(80) { Approval::Automatic } else { Approval::Manual },
            questions: Vec::new(),
            agenda: String::new(),
        };
        let number = preset.zoom.create_webinar(&preset.zoom_accounts[place].admin, new, begin_ms);
        self.webinars.push(Webinar { number, ..Webinar::default() });
        all.push((start_ms, Happening::Start(event)));
        let mut last_ms = start_ms;
        let mut stay = |guest: Guest, device: usize, (join_ms, leave_ms): (i64, i64)| {
            all.push((join_ms, Happening::Join(event, guest, device)));
            all.push((leave_ms, Happening::Leave(event, guest, device)));
            last_ms = last_ms.max(leave_ms);
        };
        let people = 1 + below(dice, 5);
        let mut registered = Vec::new();
        for person in 0..people {
            let at_ms = begin_ms + i64::try_from(dice.below((start_ms - begin_ms).unsigned_abs())).unwrap_or(0);
            registered.push((at_ms, Happening::Register(event, person)));
            let join_ms = start_ms + 1 + minutes(dice, 0, 8) + i64::try_from(dice.below(50_000)).unwrap_or(0);
            let guest = Guest::Registrant(person);
            match dice.below(8) {
                0 => {}
                // Two devices; the longer stay ends last, and it alone is long enough.
                1 => {
                    stay(guest, 0, (join_ms, join_ms + minutes(dice, 31, 50)));
                    stay(guest, 1, (join_ms + 2 * MINUTE_MS, join_ms + minutes(dice, 3, 29)));
                }
                // Drops out and comes back; only both together are long enough.
                2 => {
                    let out_ms = join_ms + minutes(dice, 10, 25);
                    stay(guest, 0, (join_ms, out_ms));
                    stay(guest, 0, (out_ms + 2 * MINUTE_MS, out_ms + minutes(dice, 4, 28)));
                }
                3 | 4 => stay(guest, 0, (join_ms, join_ms + minutes(dice, 1, 28))),
                _ => stay(guest, 0, (join_ms, join_ms + minutes(dice, 32, 55))),
            }
        }
        if dice.chance(20) {
            stay(Guest::Unnamed, 0, (start_ms + MINUTE_MS, start_ms + 9 * MINUTE_MS));
        }
        all.extend(registered);
        all.push((last_ms + MINUTE_MS, Happening::End(event)));
    }

    fn meeting(&mut self, dice: &mut Dice, tenants: usize, begin_ms: i64, all: &mut Happenings) {
        let (place, wish) = (below(dice, tenants), self.wanted.len());
        let asked_ms = begin_ms + minutes(dice, 1, 30);
        let start_ms = (asked_ms + minutes(dice, 60, 120)) / MINUTE_MS * MINUTE_MS;
        all.push((asked_ms, Happening::Wish(wish)));
        if dice.chance(70) {
            all.push((start_ms + 1, Happening::HoldMeeting(wish)));
            all.push((start_ms + minutes(dice, 5, 30), Happening::EndMeeting(wish)));
        }
        self.wanted.push(Wanted {
            place,
            wish: format!("wish-{wish}"),
            topic: format!("Intro call {wish}"),
            email: format!("p{}@customers.example", dice.below(4)),
            start_ms,
            uuid: None,
        });
    }

    /// When the next thing happens.
    pub fn next_ms(&self) -> Option<i64> {
        self.left.front().map(|(at_ms, _)| *at_ms)
    }

    /// Lets the next thing happen in Zoom if it is due, at the time the script says, and answers it; a wish is for the
    /// caller to make.
    pub fn play(&mut self, preset: &Preset, now_ms: i64) -> Option<Happening> {
        let (now_ms, happening) = self.left.pop_front_if(|(at_ms, _)| *at_ms <= now_ms)?;
        let zoom = &preset.zoom;
        match &happening {
            Happening::Register(event, person) => {
                let webinar = &mut self.webinars[*event];
                // Few numbers for many people: a number may be another lead's.
                let answers = BTreeMap::from([
                    ("org".to_owned(), "Kite Systems".to_owned()),
                    ("phone".to_owned(), format!("+91-900000000{}", person / 2)),
                ]);
                let new = NewRegistrant {
                    email: format!("P{person}@Customers.example"),
                    first_name: format!("Person{person}"),
                    last_name: "Rao".to_owned(),
                    answers,
                    ..NewRegistrant::default()
                };
                let id = zoom.register(webinar.number, new, now_ms).unwrap();
                webinar.registrants.insert(*person, id);
            }
            Happening::Start(event) => {
                let webinar = &mut self.webinars[*event];
                webinar.uuid = zoom.start(webinar.number, now_ms);
            }
            Happening::Join(event, guest, device) => {
                let webinar = &mut self.webinars[*event];
                let who = match guest {
                    Guest::Registrant(person) => Who::Registrant(webinar.registrants[person].clone()),
                    Guest::Unnamed => Who::Guest { name: "iPhone".to_owned() },
                };
                let stay = zoom.join(webinar.uuid.as_ref().unwrap(), who, now_ms);
                if let Some(stay) = stay {
                    webinar.stays.insert((*guest, *device), stay);
                }
            }
            Happening::Leave(event, guest, device) => {
                let webinar = &mut self.webinars[*event];
                if let Some(stay) = webinar.stays.remove(&(*guest, *device)) {
                    zoom.leave(webinar.uuid.as_ref().unwrap(), &stay, now_ms);
                }
            }
            Happening::End(event) => zoom.end(self.webinars[*event].uuid.as_ref().unwrap(), now_ms),
            Happening::Wish(_) => {}
            Happening::HoldMeeting(wish) => {
                let number = made(preset, &self.wanted[*wish].topic).first().copied();
                self.wanted[*wish].uuid = number.and_then(|number| zoom.start(number, now_ms));
            }
            Happening::EndMeeting(wish) => {
                if let Some(uuid) = &self.wanted[*wish].uuid {
                    zoom.end(uuid, now_ms);
                }
            }
        }
        Some(happening)
    }
}

/// The numbers of the meetings of that title that were made through the API.
pub fn made(preset: &Preset, topic: &str) -> Vec<u64> {
    let meetings = preset.zoom.history().meetings.into_iter();
    meetings.filter(|meeting| meeting.created_by_api && meeting.topic == topic).map(|meeting| meeting.number).collect()
}

fn below(dice: &mut Dice, bound: usize) -> usize {
    usize::try_from(dice.below(bound as u64)).unwrap_or(0)
}

/// So many whole minutes, from the least to below the most, in milliseconds.
fn minutes(dice: &mut Dice, least: i64, most: i64) -> i64 {
    (least + i64::try_from(dice.below((most - least).unsigned_abs())).unwrap_or(0)) * MINUTE_MS
}
