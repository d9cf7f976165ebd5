//! How a tenant fares: what is read for it, and the one sentence and the one step that follow from it.

use super::super::filters::thousands;
use super::super::overview::{Counts, NextStep};
use super::super::part::{Moment, Pill, Tone};
use super::super::plot::{HourLine, Hours, time_of_day};
use super::address;
use crate::store::connection::ConnectionRow;
use crate::store::hourly::{self, HOUR_MS};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, connection, issue};
use connector_core::code::sentence;
use connector_core::ids::ZoomApp;

/// What is counted together: the hour that is under way, and those before it.
pub(super) const HOURS: i64 = 24;
/// The same in milliseconds: a day.
pub(super) const DAY_MS: i64 = HOURS * HOUR_MS;

/// How one of the two sign-ins stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignedIn {
    /// Nobody did, or it was ended here.
    No,
    /// It works.
    Yes,
    /// Zoom refuses it.
    Broken,
    /// Zoom refuses the credentials of the tenant's own app.
    OwnAppBroken,
    /// Another tenant has it.
    TakenOver,
    /// The app was removed in Zoom.
    Removed,
}

impl SignedIn {
    /// Of the tenant's latest connection.
    pub(super) fn of(row: Option<&ConnectionRow>) -> Self {
        let Some(row) = row else { return Self::No };
        match (row.ended_ms, row.ended_code.as_deref()) {
            (None, _) if row.state == "broken" && row.own_app => Self::OwnAppBroken,
            (None, _) if row.state == "broken" => Self::Broken,
            (None, _) => Self::Yes,
            (Some(_), Some("taken_over")) => Self::TakenOver,
            (Some(_), Some("deauthorized")) => Self::Removed,
            (Some(_), _) => Self::No,
        }
    }

    /// As a status.
    pub(super) fn pill(self) -> Pill {
        match self {
            Self::No => Pill::new(Tone::Quiet, "Not connected"),
            Self::Yes => Pill::new(Tone::Good, "Connected"),
            Self::Broken => Pill::new(Tone::Bad, "Sign in again"),
            Self::OwnAppBroken => Pill::new(Tone::Bad, "Credentials refused"),
            Self::TakenOver => Pill::new(Tone::Bad, "Taken over"),
            Self::Removed => Pill::new(Tone::Bad, "Removed in Zoom"),
        }
    }

    /// What is wrong with it, as the end of a sentence; none where nothing is.
    fn trouble(self) -> Option<&'static str> {
        match self {
            Self::No | Self::Yes => None,
            Self::Broken => Some("Zoom refuses the sign-in"),
            Self::OwnAppBroken => Some("Zoom refuses the credentials of your own app"),
            Self::TakenOver => Some("another LeadSquared account signed in with the same Zoom user"),
            Self::Removed => Some("the app was removed in Zoom"),
        }
    }
}

/// What is known of a tenant.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    /// Why nothing is sent, if so: code, since when (epoch milliseconds).
    pub paused: Option<(String, i64)>,
    /// Meetings, webinars.
    pub connections: [Option<ConnectionRow>; 2],
    /// Of the last 24 hours.
    pub counts: Counts,
    /// Notifications of the last 24 hours that could not be read.
    pub unreadable: i64,
    /// Deliveries of the last 24 hours whose person Zoom has not named yet; they are among those that wait.
    pub nameless: i64,
    /// Deliveries that wait for a person, however old.
    pub parked: i64,
}

/// Reads what is known of a tenant. No row is counted that is over.
pub(super) async fn read(unit: &mut Unit, tenant: &TenantRow, now_ms: i64) -> Result<Situation, StoreError> {
    let id = &tenant.tenant;
    let first = first_hour(now_ms);
    let [meetings, webinars] = ZoomApp::ALL;
    let connections = [connection::latest(unit, id, meetings).await?, connection::latest(unit, id, webinars).await?];
    let moved = hourly::moved(unit, id, first).await?;
    let (since, end) = (crate::dice::id_floor(first * HOUR_MS), crate::dice::id_floor(now_ms + DAY_MS));
    let today = hourly::standing(unit, id, (&since, &end)).await?;
    let ever = hourly::standing(unit, id, ("", &end)).await?;
    Ok(Situation {
        paused: tenant.paused.as_ref().map(|(code, _, since_ms)| (code.clone(), *since_ms)),
        connections,
        counts: Counts {
            received: moved.values().map(|(received, _)| received).sum(),
            written: moved.values().map(|(_, written)| written).sum(),
            waiting: today.moving + today.nameless,
            failed: today.parked + today.unreadable,
        },
        unreadable: today.unreadable,
        nameless: today.nameless,
        parked: (ever.parked - issue::muted(unit, id).await?).max(0),
    })
}

/// The first of the hours that are counted together.
fn first_hour(now_ms: i64) -> i64 {
    hourly::hour_of(now_ms) - (HOURS - 1)
}

/// The same hours one by one, as a picture.
pub(super) async fn hours(unit: &mut Unit, tenant: &TenantRow, now_ms: i64) -> Result<Hours, StoreError> {
    let first = first_hour(now_ms);
    let moved = hourly::moved(unit, &tenant.tenant, first).await?;
    let mut lines = Vec::new();
    for hour in first..first + HOURS {
        let (from, to) = (crate::dice::id_floor(hour * HOUR_MS), crate::dice::id_floor((hour + 1) * HOUR_MS));
        let standing = hourly::standing(unit, &tenant.tenant, (&from, &to)).await?;
        let (received, written) = moved.get(&hour).copied().unwrap_or_default();
        lines.push(HourLine {
            began: time_of_day(hour * HOUR_MS, &tenant.time_zone),
            received,
            written,
            waiting: standing.moving + standing.nameless,
            failed: standing.parked + standing.unreadable,
        });
    }
    Ok(Hours::new(lines))
}

/// How a tenant fares.
#[derive(Debug, Clone)]
pub(super) struct Health {
    /// Good, waiting or bad.
    pub tone: Tone,
    /// As a sentence.
    pub sentence: String,
    /// The one thing to do, if there is one.
    pub next: Option<NextStep>,
}

impl Health {
    /// As a status in a list.
    pub(super) fn pill(&self) -> Pill {
        match self.tone {
            Tone::Good | Tone::Quiet => Pill::new(Tone::Good, "Healthy"),
            Tone::Busy | Tone::Wait => Pill::new(Tone::Wait, "Attention"),
            Tone::Bad => Pill::new(Tone::Bad, "In trouble"),
        }
    }
}

/// The sentence and the step that follow, the most urgent first.
pub(super) fn health(tenant: &TenantRow, situation: &Situation, now_ms: i64) -> Health {
    let base = format!("/t/{}", tenant.tenant);
    let step = |sentence: &str, action: &str, link: String| {
        Some(NextStep { sentence: sentence.to_owned(), action: action.to_owned(), link })
    };
    if let Some((code, since_ms)) = &situation.paused {
        let since = Moment::new(*since_ms, now_ms, &tenant.time_zone).exact;
        let sentence = format!("Nothing is written to LeadSquared since {since}. What comes in is kept.");
        return Health { tone: Tone::Bad, sentence, next: paused_step(code, &base) };
    }
    let signed_in = situation.connections.each_ref().map(|row| SignedIn::of(row.as_ref()));
    let tabs = [("Meetings", "authentication"), ("Webinars", "webinar-settings")];
    for ((name, tab), signed_in) in tabs.into_iter().zip(signed_in) {
        let Some(trouble) = signed_in.trouble() else { continue };
        let sentence = format!("{name} are not connected any more: {trouble}.");
        let link = format!("{base}/configure/{tab}");
        let next = if signed_in == SignedIn::OwnAppBroken {
            step("Give the credentials again; what Zoom sends meanwhile is kept.", "Open Configure", link)
        } else {
            step(
                "Sign in with Zoom again; what was missed in between cannot be told by Zoom later.",
                "Sign in with Zoom",
                link,
            )
        };
        return Health { tone: Tone::Bad, sentence, next };
    }
    if signed_in == [SignedIn::No; 2] {
        let next = step(
            "Sign in with Zoom: for meetings under Authentication, for webinars under Webinar Settings. At least one is needed.",
            "Open Configure",
            format!("{base}/configure"),
        );
        return Health {
            tone: Tone::Wait,
            sentence: "Zoom is not connected yet, so nothing comes in.".to_owned(),
            next,
        };
    }
    waits(situation, &base).unwrap_or_else(|| well(situation))
}

fn paused_step(code: &str, base: &str) -> Option<NextStep> {
    let sentence = sentence(code).to_owned();
    Some(NextStep { sentence, action: "Open LeadSquared".to_owned(), link: format!("{base}/leadsquared") })
}

/// What waits for a person.
fn waits(situation: &Situation, base: &str) -> Option<Health> {
    let (count, what, next) = if situation.parked > 0 {
        let next = NextStep {
            sentence: "Look at what keeps failing, mend the cause, then replay.".to_owned(),
            action: "Show them".to_owned(),
            link: format!("{base}/issues"),
        };
        (situation.parked, ["delivery waits for a person", "deliveries wait for a person"], next)
    } else if situation.unreadable > 0 {
        let next = NextStep {
            sentence: "They are kept as they came, and can be read once more after an upgrade.".to_owned(),
            action: "Show them".to_owned(),
            link: address(&format!("{base}/journal"), &[("outcome", "quarantined")]),
        };
        (situation.unreadable, ["notification could not be read", "notifications could not be read"], next)
    } else {
        return None;
    };
    let [one, many] = what;
    let sentence = format!("{} {}.", thousands(count), if count == 1 { one } else { many });
    Some(Health { tone: Tone::Wait, sentence, next: Some(next) })
}

fn well(situation: &Situation) -> Health {
    let counts = situation.counts;
    let sentence = match (counts.received, counts.written, counts.waiting - situation.nameless, situation.nameless) {
        (0, 0, 0, 0) => "All is well. Nothing came in during the last 24 hours.".to_owned(),
        (_, 0, 0, 0) => "All is well: nothing that came in had to be written.".to_owned(),
        (_, _, 0, 0) => "All is well: everything that came in was written.".to_owned(),
        (_, _, 0, 1) => "All is well. 1 delivery waits until Zoom names the person.".to_owned(),
        (_, _, 0, nameless) => {
            format!("All is well. {} deliveries wait until Zoom names the person.", thousands(nameless))
        }
        (_, _, moving, _) => format!("All is well: {} on the way.", thousands(moving)),
    };
    Health { tone: Tone::Good, sentence, next: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::ids::TenantId;

    const NOW_MS: i64 = 1_786_704_800_000;

    fn tenant() -> TenantRow {
        TenantRow {
            tenant: TenantId::parse("acme").unwrap(),
            name: "Acme".to_owned(),
            paused: None,
            created_ms: 0,
            data_key: Vec::new(),
            crm_api: String::new(),
            crm_app: None,
            crm_keys: Vec::new(),
            crm_user: None,
            org_name: None,
            time_zone: "UTC".to_owned(),
        }
    }

    fn connection(state: &str, ended_code: Option<&str>) -> ConnectionRow {
        ConnectionRow {
            tenant: TenantId::parse("acme").unwrap(),
            id: "c".to_owned(),
            app: ZoomApp::Meetings,
            account: "A".to_owned(),
            zoom_user: "u".to_owned(),
            email: None,
            user_name: None,
            scopes: String::new(),
            licences: "null".to_owned(),
            state: state.to_owned(),
            broken_code: None,
            began_ms: 0,
            ended_ms: ended_code.map(|_| 1),
            ended_code: ended_code.map(str::to_owned),
            own_app: false,
        }
    }

    fn connected() -> Situation {
        Situation {
            paused: None,
            connections: [Some(connection("active", None)), None],
            counts: Counts::default(),
            unreadable: 0,
            nameless: 0,
            parked: 0,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Situation), tone: Tone, says: &str, leads_to: Option<&str>) {
        let mut situation = connected();
        change(&mut situation);
        let health = health(&tenant(), &situation, NOW_MS);
        assert_eq!(
            (health.tone, health.next.map(|next| next.link).as_deref()),
            (tone, leads_to),
            "{}",
            health.sentence
        );
        assert!(health.sentence.contains(says), "{}", health.sentence);
    }

    #[test]
    fn the_most_urgent_trouble_is_said_first() {
        check(|_| (), Tone::Good, "Nothing came in", None);
        check(|s| s.counts.received = 5, Tone::Good, "nothing that came in", None);
        check(|s| (s.counts.received, s.counts.written) = (5, 7), Tone::Good, "everything", None);
        let nameless = |s: &mut Situation| (s.counts.received, s.counts.waiting, s.nameless) = (5, 2, 2);
        check(nameless, Tone::Good, "2 deliveries wait until Zoom names", None);
        check(
            |s| s.counts = Counts { received: 5, waiting: 1_200, ..Counts::default() },
            Tone::Good,
            "1,200 on the way",
            None,
        );
        check(|s| s.unreadable = 1, Tone::Wait, "1 notification could", Some("/t/acme/journal?outcome=quarantined"));
        let parked = |s: &mut Situation| (s.parked, s.unreadable) = (2, 1);
        check(parked, Tone::Wait, "2 deliveries wait", Some("/t/acme/issues"));
        check(|s| s.connections = [None, None], Tone::Wait, "not connected yet", Some("/t/acme/configure"));
        let broken = |s: &mut Situation| (s.connections[0], s.parked) = (Some(connection("broken", None)), 2);
        check(broken, Tone::Bad, "Zoom refuses", Some("/t/acme/configure/authentication"));
        let own_app = |s: &mut Situation| {
            s.connections[1] = Some(ConnectionRow { own_app: true, ..connection("broken", None) });
        };
        check(own_app, Tone::Bad, "credentials of your own app", Some("/t/acme/configure/webinar-settings"));
        let taken = |s: &mut Situation| s.connections[1] = Some(connection("active", Some("taken_over")));
        check(taken, Tone::Bad, "same Zoom user", Some("/t/acme/configure/webinar-settings"));
        let paused = |s: &mut Situation| (s.paused, s.parked) = (Some(("lsq.unauthorized".to_owned(), NOW_MS)), 2);
        check(paused, Tone::Bad, "Nothing is written", Some("/t/acme/leadsquared"));
    }

    #[test]
    fn a_connection_that_was_ended_here_is_no_trouble() {
        check(|s| s.connections[1] = Some(connection("active", Some("disconnected"))), Tone::Good, "All is well", None);
    }
}
