//! A webinar in the pretend Zoom, told bit by bit.

use super::world::World;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Stay, Who};
use std::collections::BTreeMap;

pub const MINUTE_MS: i64 = 60_000;

/// The webinar, which lasts 45 minutes.
pub struct Webinar<'w> {
    world: &'w World,
    number: u64,
    began_ms: i64,
    registrants: Vec<String>,
    uuid: String,
    stays: Vec<Stay>,
}

impl<'w> Webinar<'w> {
    /// One that began so many minutes ago.
    pub fn plan(world: &'w World, minutes_ago: i64) -> Self {
        let began_ms = world.now_ms() - minutes_ago * MINUTE_MS;
        let new = NewEvent {
            topic: "Told bit by bit".to_owned(),
            start_ms: began_ms,
            duration_min: 45,
            timezone: "Asia/Kolkata".to_owned(),
            approval: Approval::Automatic,
            questions: Vec::new(),
            agenda: String::new(),
        };
        let number = world.preset.zoom.create_webinar(&world.first().1.admin, new, began_ms - MINUTE_MS);
        Self { world, number, began_ms, registrants: Vec::new(), uuid: String::new(), stays: Vec::new() }
    }

    pub fn register(&mut self, count: i64) {
        for _ in 0..count {
            let place = i64::try_from(self.registrants.len()).unwrap();
            let person = NewRegistrant {
                email: format!("person{place}@customers.example"),
                first_name: format!("Person {place}"),
                last_name: "Rao".to_owned(),
                answers: BTreeMap::new(),
                custom_questions: Vec::new(),
                tracking_source: None,
                occurrence: None,
            };
            let at_ms = self.began_ms - 30_000 + place;
            self.registrants.push(self.world.preset.zoom.register(self.number, person, at_ms).unwrap());
        }
    }

    pub fn everybody_joins(&mut self) {
        let zoom = &self.world.preset.zoom;
        self.uuid = zoom.start(self.number, self.began_ms).unwrap();
        for (place, id) in (0_i64..).zip(&self.registrants) {
            let join_ms = self.began_ms + place * 1_000;
            self.stays.push(zoom.join(&self.uuid, Who::Registrant(id.clone()), join_ms).unwrap());
        }
    }

    /// The next `count` people leave, every second of them soon.
    pub fn leave(&mut self, count: usize) {
        for (place, stay) in (0_i64..).zip(self.stays.drain(..count)) {
            let minutes = if place % 2 == 0 { 40 } else { 10 };
            let leave_ms = self.began_ms + minutes * MINUTE_MS + place * 1_000;
            self.world.preset.zoom.leave(&self.uuid, &stay, leave_ms);
        }
    }

    /// When it ends, epoch milliseconds.
    pub fn ends_ms(&self) -> i64 {
        self.began_ms + 45 * MINUTE_MS
    }

    /// It is over.
    pub fn end(&self) {
        self.world.preset.zoom.end(&self.uuid, self.ends_ms());
    }
}
