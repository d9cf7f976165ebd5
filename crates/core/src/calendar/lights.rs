//! Whether a meeting or webinar that is to come is ready: five lights, each with a sentence. What nobody told is shown as not known, never as
//! well.

use crate::ids::Kind;

/// What a light is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Whether the sign-in with Zoom works, and LeadSquared takes what comes.
    Connection,
    /// Whether people can register.
    Registration,
    /// Whether what the form asks is written somewhere.
    Questions,
    /// Whether the host may hold it.
    Host,
    /// Whether LeadSquared's daily limit has room for it.
    Quota,
}

/// How a light stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glow {
    /// As it should be.
    Good,
    /// Wants attention before it begins.
    Attention,
    /// Stands in the way.
    Bad,
    /// Nobody told.
    Unknown,
    /// Does not apply.
    NotNeeded,
}

/// A light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Light {
    /// What it is about.
    pub about: About,
    /// How it stands.
    pub glow: Glow,
    /// What that means, as a sentence.
    pub sentence: String,
}

/// How the sign-in for the kind stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// It works, and LeadSquared takes what comes.
    Works,
    /// Nobody signed in.
    Missing,
    /// Zoom refuses it, or it ended.
    Broken,
    /// It works, but nothing is written to LeadSquared.
    Paused,
}

/// Whether the host has the licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// Zoom says so, for so many people if it tells.
    There(Option<i64>),
    /// Zoom says that it is missing.
    Missing,
    /// Zoom was not asked about this host.
    NotAsked,
}

/// What is known of a date that is to come, and of what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Meeting or webinar.
    pub kind: Kind,
    /// The sign-in.
    pub sign_in: SignIn,
    /// Registrations, those that wait among them.
    pub registered: i64,
    /// Of questions that somebody answered, those that go nowhere.
    pub unmapped: Vec<String>,
    /// Questions that somebody answered.
    pub answered: usize,
    /// The host's licence.
    pub licence: Licence,
    /// Calls to LeadSquared that are left today and on each later day; none without a limit.
    pub calls_per_day: Option<i64>,
    /// Rows that go into one call.
    pub rows_per_call: i64,
}

/// Rows that are written for one person who registers and comes: the lead, the registration, joined, left.
const ROWS_PER_PERSON: i64 = 4;
/// Questions that are named in a sentence.
const NAMED_MAX: usize = 3;

/// The five lights, what stands in the way of everything first.
#[must_use]
pub fn lights(known: &Known) -> Vec<Light> {
    let light = |about: About, (glow, sentence): (Glow, String)| Light { about, glow, sentence };
    vec![
        light(About::Connection, connection(known)),
        light(About::Registration, registration(known)),
        light(About::Questions, questions(known)),
        light(About::Host, host(known)),
        light(About::Quota, quota(known)),
    ]
}

fn connection(known: &Known) -> (Glow, String) {
    let kind = known.kind.as_str();
    match known.sign_in {
        SignIn::Works => (Glow::Good, "Zoom is connected, and LeadSquared takes what comes.".to_owned()),
        SignIn::Missing => {
            (Glow::Bad, format!("Nobody has signed in with Zoom for {kind}s: nothing of it will arrive."))
        }
        SignIn::Broken => (Glow::Bad, format!("The sign-in for {kind}s does not work: nothing of it will arrive.")),
        SignIn::Paused => {
            (Glow::Bad, "Nothing is written to LeadSquared at the moment. What comes in is kept.".to_owned())
        }
    }
}

fn registration(known: &Known) -> (Glow, String) {
    match (known.kind, known.registered) {
        (_, count) if count > 0 => {
            let people = if count == 1 { "person has" } else { "people have" };
            (Glow::Good, format!("Registration is on: {count} {people} registered."))
        }
        (Kind::Meeting, _) => (Glow::NotNeeded, "A meeting needs no registration.".to_owned()),
        (Kind::Webinar, _) => (
            Glow::Unknown,
            "Not known: nobody has registered yet, and Zoom does not tell whether registration is on.".to_owned(),
        ),
    }
}

fn questions(known: &Known) -> (Glow, String) {
    if known.answered == 0 {
        return match known.kind {
            Kind::Meeting => (Glow::NotNeeded, "Nobody was asked anything.".to_owned()),
            Kind::Webinar => (Glow::Unknown, "Not known: nobody has answered the form's questions yet.".to_owned()),
        };
    }
    if known.unmapped.is_empty() {
        return (Glow::Good, "Every question that was answered so far is written to LeadSquared.".to_owned());
    }
    let named: Vec<String> = known.unmapped.iter().take(NAMED_MAX).map(|name| format!("“{name}”")).collect();
    let more = known.unmapped.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (Glow::Attention, format!("Answers that are written nowhere: {}{more}.", named.join(", ")))
}

fn host(known: &Known) -> (Glow, String) {
    let registered = known.registered;
    match known.licence {
        Licence::There(Some(room)) if registered > room => {
            (Glow::Attention, format!("The host's licence lets {room} people in, and {registered} have registered."))
        }
        Licence::There(Some(room)) => (Glow::Good, format!("The host is licensed for up to {room} people.")),
        Licence::There(None) => (Glow::Good, "The host is licensed.".to_owned()),
        Licence::Missing => {
            (Glow::Bad, format!("Zoom says that the host's licence for {}s is missing.", known.kind.as_str()))
        }
        Licence::NotAsked => {
            (Glow::Unknown, "Not known: Zoom was only asked about the licence of whoever signed in.".to_owned())
        }
    }
}

fn quota(known: &Known) -> (Glow, String) {
    let Some(calls) = known.calls_per_day else {
        return (Glow::Good, "No daily limit is set for LeadSquared.".to_owned());
    };
    let rows = known.registered.saturating_mul(ROWS_PER_PERSON);
    let needed = rows.saturating_add(known.rows_per_call - 1) / known.rows_per_call.max(1);
    if known.registered == 0 {
        return (Glow::Unknown, format!("Not known: nobody has registered yet. {calls} calls are left in a day."));
    }
    let sentence = format!("About {needed} calls are needed for those who registered; {calls} are left in a day.");
    if needed > calls {
        (Glow::Attention, format!("{sentence} The rest is written later."))
    } else {
        (Glow::Good, sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Known {
        Known {
            kind: Kind::Webinar,
            sign_in: SignIn::Works,
            registered: 12,
            unmapped: Vec::new(),
            answered: 2,
            licence: Licence::There(Some(500)),
            calls_per_day: Some(1_000),
            rows_per_call: 25,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Known), about: About, glow: Glow, says: &str) {
        let mut known = ready();
        change(&mut known);
        let light = lights(&known).into_iter().find(|light| light.about == about).unwrap();
        assert_eq!(light.glow, glow, "{}", light.sentence);
        assert!(light.sentence.contains(says), "{}", light.sentence);
    }

    #[test]
    fn a_webinar_that_lacks_nothing_has_five_good_lights() {
        assert!(lights(&ready()).iter().all(|light| light.glow == Glow::Good));
    }

    #[test]
    fn what_nobody_told_is_not_known() {
        let nobody = |known: &mut Known| (known.registered, known.answered) = (0, 0);
        check(nobody, About::Registration, Glow::Unknown, "Not known");
        check(nobody, About::Questions, Glow::Unknown, "Not known");
        check(nobody, About::Quota, Glow::Unknown, "1000 calls");
        check(|known| known.licence = Licence::NotAsked, About::Host, Glow::Unknown, "Not known");
    }

    #[test]
    fn what_is_wrong_is_named() {
        check(|known| known.sign_in = SignIn::Missing, About::Connection, Glow::Bad, "Nobody has signed in");
        check(|known| known.sign_in = SignIn::Broken, About::Connection, Glow::Bad, "does not work");
        check(|known| known.sign_in = SignIn::Paused, About::Connection, Glow::Bad, "is kept");
        check(|known| known.licence = Licence::Missing, About::Host, Glow::Bad, "missing");
        check(|known| known.registered = 600, About::Host, Glow::Attention, "lets 500 people in");
        let many = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        check(|known| known.unmapped = many, About::Questions, Glow::Attention, "“c” and 1 more");
        check(|known| known.registered = 10_000, About::Quota, Glow::Attention, "About 1600 calls");
        check(|known| known.calls_per_day = None, About::Quota, Glow::Good, "No daily limit");
    }

    #[test]
    fn a_meeting_needs_no_registration() {
        let meeting = |known: &mut Known| (known.kind, known.registered, known.answered) = (Kind::Meeting, 0, 0);
        check(meeting, About::Registration, Glow::NotNeeded, "no registration");
        check(meeting, About::Questions, Glow::NotNeeded, "Nobody");
    }
}
