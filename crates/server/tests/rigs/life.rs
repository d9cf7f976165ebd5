//! The load of the kill rig: webinars that are held one after the other as long as it runs, in a pretend Zoom that doubles
//! its webhooks, sends some late and does not hear some answers, for a LeadSquared that loses, breaks and refuses.

use connector_server::clock;
use connector_simulator::dice::Dice;
use connector_simulator::fault::{ANY, Fault};
use connector_simulator::preset::Preset;
use connector_simulator::zoom::{Approval, Mischief, NewEvent, NewRegistrant, Who};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const MINUTE_MS: i64 = 60_000;
/// People of one webinar.
const PEOPLE: u64 = 12;
/// Between two things that happen, milliseconds of life.
const APART_MS: i64 = 12;
/// Zoom's retries at so many thousandths of their time: five minutes become thirty seconds of the fast clock.
const RETRY_PER_1000: i64 = 100;

/// Sets the pretend Zoom's mischief.
pub fn prepare(preset: &Preset) {
    preset.zoom.set_retry_scale(RETRY_PER_1000);
    preset.zoom.set_mischief(Mischief {
        doubled_per_100: 20,
        late_per_100: 5,
        unheard_per_100: 8,
        shuffled: true,
        escaped_emoji: true,
        ..Mischief::default()
    });
}

/// Plans something that goes wrong in LeadSquared.
pub fn plan_fault(preset: &Preset, dice: &mut Dice) {
    let fault = match dice.below(7) {
        0 => Fault::Reset,
        1 => Fault::ApplyThenReset,
        2 => Fault::ApplyThen500,
        3 => Fault::ApplyThenTruncate,
        4 => Fault::ApplyThenWait(900),
        5 => Fault::Answer(502, "<html>Bad Gateway</html>".to_owned()),
        _ => Fault::Throttle,
    };
    preset.leadsquared.faults().plan(ANY, (0, 1), fault);
}

/// Lives until it is told to stop, and finishes what it has begun.
pub async fn live(preset: Preset, seed: u64, stop: Arc<AtomicBool>) {
    let mut dice = Dice::new(seed);
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        hold(&preset, &mut dice, number).await;
    }
}

/// One webinar that was held in the last hour, told piece by piece.
async fn hold(preset: &Preset, dice: &mut Dice, number: u64) {
    let zoom = &preset.zoom;
    let place = usize::try_from(dice.below(2)).unwrap_or(0);
    let begin_ms = zoom_now(preset) - 70 * MINUTE_MS;
    let new = NewEvent {
        topic: format!("Open day {number} 🎓"),
        start_ms: begin_ms,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let event = zoom.create_webinar(&preset.zoom_accounts[place].admin, new, begin_ms);
    let mut registrants = Vec::new();
    for person in 0..PEOPLE {
        let at_ms = begin_ms + i64::try_from(person).unwrap_or(0) * 1_000;
        let new = NewRegistrant {
            email: format!("P{person}.{number}@customers.example"),
            first_name: format!("Person{person}"),
            last_name: "Rao".to_owned(),
            ..NewRegistrant::default()
        };
        registrants.push(zoom.register(event, new, at_ms).unwrap());
        clock::sleep_ms(APART_MS).await;
    }
    let start_ms = begin_ms + 5 * MINUTE_MS;
    let uuid = zoom.start(event, start_ms).unwrap();
    for id in registrants {
        let join_ms = start_ms + i64::try_from(dice.below(300_000)).unwrap_or(0);
        let stay_min = if dice.chance(50) { 5 + dice.below(20) } else { 33 + dice.below(20) };
        let stay = zoom.join(&uuid, Who::Registrant(id), join_ms).unwrap();
        clock::sleep_ms(APART_MS).await;
        zoom.leave(&uuid, &stay, join_ms + i64::try_from(stay_min).unwrap_or(0) * MINUTE_MS);
    }
    zoom.end(&uuid, start_ms + 62 * MINUTE_MS);
}

fn zoom_now(_: &Preset) -> i64 {
    connector_simulator::clock::Clock::Fast(super::kill::SPEED).now_ms()
}
