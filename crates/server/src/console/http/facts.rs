//! Facts as people see them: what happened as a sentence, and what is known of it as names and values.

use super::super::notification::Pair;
use super::super::part::Moment;
use connector_core::fact::stranger::{Is, StrangerState};
use connector_core::fact::{AttendanceState, Gathering, Person, State};
use connector_core::redact::mask::Sight;
use connector_core::zoom::event::RegistrationStatus;
use connector_core::zoom::listed::Wanted;

const MINUTE_MS: i64 = 60_000;

/// What happened.
pub(super) fn what(state: &State, sight: Sight) -> String {
    let called = |gathering: &Gathering| called(gathering, sight);
    match state {
        State::Run(run) => format!("A run of the {}", called(&run.gathering)),
        State::Definition(definition) if definition.deleted => {
            format!("The {} was deleted", called(&definition.gathering))
        }
        State::Definition(definition) => format!("The {} as it is planned", called(&definition.gathering)),
        State::Registration(registration) => {
            format!(
                "{} registered for the {}",
                sight.person(registration.email.as_str()),
                called(&registration.gathering)
            )
        }
        State::Presence(presence) => {
            let email = presence.email.as_ref().map(|email| email.as_str());
            let who = email.or(presence.name.as_deref());
            let who = who.map_or_else(|| "Somebody".to_owned(), |who| sight.person(who));
            format!("{who} was in the {}", called(&presence.gathering))
        }
        State::Attendance(attendance) => {
            format!("{} attended the {}", sight.person(attendance.email.as_str()), called(&attendance.gathering))
        }
        State::Scheduling(scheduling) => format!("A meeting was asked for: “{}”", sight.text(&scheduling.wanted.topic)),
        State::Recording(recording) => format!("A recording of the {}", called(&recording.gathering)),
        State::Awaiting(_) => "Somebody whose registration has not come yet".to_owned(),
        State::Stranger(stranger) => {
            let name = stranger.name.as_deref().map_or_else(|| "Somebody".to_owned(), |name| sight.person(name));
            format!("{name}, whom Zoom does not name, was in the {}", called(&stranger.gathering))
        }
        State::Remembered(_) => "Who somebody is was decided".to_owned(),
        State::Deauthorization { .. } => "The app was removed in Zoom".to_owned(),
        State::Adding(adding) => match &adding.webinar {
            Some(webinar) => format!("Leads were to be added to the webinar “{}”", webinar.topic),
            None => format!("Leads were to be added to the webinar {}", adding.wanted.webinar),
        },
        State::Addition(addition) => format!("{} was to be added to a webinar", sight.person(addition.email.as_str())),
        State::Fetching(fetching) => match &fetching.wanted {
            Wanted::Webinar { webinar } => {
                format!("The registrations of webinar {webinar} were to be fetched from Zoom")
            }
            Wanted::Coming => "The registrations of all planned webinars were to be fetched from Zoom".to_owned(),
            Wanted::Missed(gap) => {
                format!("What happened with {}s while Zoom was not connected was to be read", gap.kind.as_str())
            }
        },
        State::Trial(trial) => format!("The test webinar “{}” of the migration", trial.wanted.topic),
    }
}

fn called(gathering: &Gathering, sight: Sight) -> String {
    let kind = gathering.kind.as_str();
    match &gathering.topic {
        Some(topic) => format!("{kind} “{}”", sight.text(topic)),
        None => format!("{kind} {}", gathering.number),
    }
}

/// A person of LeadSquared in words.
pub(super) fn person(person: &Person) -> String {
    match person {
        Person::Email(email) => email.as_str().to_owned(),
        Person::Lead(lead) => format!("lead {}", lead.0),
    }
}

/// Names and values, those without a value left out.
struct Pairs<'a> {
    pairs: Vec<Pair>,
    now_ms: i64,
    zone: &'a str,
}

impl Pairs<'_> {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.push(Pair { name: name.to_owned(), value: value.into() });
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.add(name, value);
        }
    }

    fn moment(&mut self, name: &str, at_ms: Option<i64>) {
        if let Some(at_ms) = at_ms {
            let moment = Moment::new(at_ms, self.now_ms, self.zone);
            self.add(name, moment.exact);
        }
    }

    fn minutes(&mut self, name: &str, minutes: Option<i64>) {
        if let Some(minutes) = minutes {
            self.add(name, format!("{minutes} min"));
        }
    }

    fn gathering(&mut self, gathering: &Gathering) {
        self.add(gathering.kind.title(), gathering.number.to_string());
        self.text("Topic", gathering.topic.as_deref());
        self.moment("Planned start", gathering.start_ms);
    }
}

impl Pairs<'_> {
    fn stranger(&mut self, stranger: &StrangerState) {
        self.gathering(&stranger.gathering);
        self.text("Name", stranger.name.as_deref());
        self.add("Stays", stranger.stays.len().to_string());
        self.text("Is", stranger.decided.as_ref().map(decided));
    }

    fn attendance(&mut self, attendance: &AttendanceState) {
        self.gathering(&attendance.gathering);
        self.add("Person", attendance.email.as_str());
        self.add("Stays", attendance.stays.len().to_string());
        self.minutes("Attended", Some(attendance.attended_ms() / MINUTE_MS));
        self.text("Of the webinar", attendance.percent().map(|percent| format!("{percent} %")).as_deref());
        if attendance.about.absent {
            self.add("Zoom's list", "registered, and did not come");
        }
        let questions: Vec<&str> = attendance.about.questions.iter().map(String::as_str).collect();
        self.text("Asked", Some(&questions.join("; ")));
    }
}

/// What is known of it; moments are told in `zone`, seen from `now_ms` (epoch milliseconds).
pub(super) fn pairs(state: &State, now_ms: i64, zone: &str) -> Vec<Pair> {
    let mut pairs = Pairs { pairs: Vec::new(), now_ms, zone };
    match state {
        State::Run(run) => {
            pairs.gathering(&run.gathering);
            pairs.moment("Started", run.started_ms);
            pairs.moment("Ended", run.ended_ms);
            if run.show.closed {
                pairs.add("After the end", "read from Zoom");
            }
            if !run.people.is_empty() {
                pairs.add("People with an address", run.people.len().to_string());
            }
        }
        State::Definition(definition) => {
            pairs.gathering(&definition.gathering);
            pairs.minutes("Length", definition.duration_min);
            pairs.text("Time zone", definition.timezone.as_deref());
            let people: Vec<String> = definition.concerned.iter().map(person).collect();
            pairs.text("Scheduled for", Some(&people.join(", ")));
        }
        State::Registration(registration) => {
            pairs.gathering(&registration.gathering);
            pairs.add("Registrant", registration.email.as_str());
            pairs.add("Status", status(registration.status));
            pairs.moment("Registered", Some(registration.registered_ms));
            pairs.text("Tracking source", registration.tracking_source.as_deref());
        }
        State::Presence(presence) => {
            pairs.gathering(&presence.gathering);
            pairs.text("Name", presence.name.as_deref());
            pairs.text("E-mail", presence.email.as_ref().map(|email| email.as_str()));
            pairs.moment("Joined", presence.join_ms);
            pairs.moment("Left", presence.leave_ms);
        }
        State::Attendance(attendance) => pairs.attendance(attendance),
        State::Scheduling(scheduling) => {
            let wanted = &scheduling.wanted;
            pairs.add("For", person(&wanted.person));
            pairs.moment("Start", Some(wanted.start_ms));
            pairs.minutes("Length", Some(wanted.duration_min));
            pairs.add("Host", if wanted.host == "me" { "who signed in with Zoom" } else { &wanted.host });
            pairs.text("Meeting", scheduling.created.as_ref().map(|created| created.number.to_string()).as_deref());
        }
        State::Recording(recording) => pairs.gathering(&recording.gathering),
        State::Awaiting(awaiting) => pairs.add("Stays that wait", awaiting.presences.len().to_string()),
        State::Stranger(stranger) => pairs.stranger(stranger),
        State::Remembered(remembered) => pairs.text("Is", remembered.is.as_ref().map(decided)),
        State::Deauthorization { time } => pairs.text("When", time.as_deref()),
        State::Adding(adding) => {
            pairs.add("Webinar", adding.wanted.webinar.to_string());
            pairs.text("Topic", adding.webinar.as_ref().map(|webinar| webinar.topic.as_str()));
            pairs.moment("Asked for", Some(adding.asked_ms));
            pairs.text("Nothing answers", Some(&adding.unanswered.join(", ")));
        }
        State::Addition(addition) => pairs.add("Lead", addition.lead.0.clone()),
        State::Fetching(fetching) => pairs.moment("Asked for", Some(fetching.asked_ms)),
        State::Trial(trial) => {
            pairs.add("Test lead", trial.wanted.guest.as_str());
            pairs.text("Webinar", trial.created.as_ref().map(|created| created.number.to_string()).as_deref());
            pairs.moment("Asked for", Some(trial.asked_ms));
        }
    }
    pairs.pairs
}

fn decided(is: &Is) -> &str {
    match is {
        Is::Person(email) => email.as_str(),
        Is::Nobody => "nobody to write about",
    }
}

fn status(status: RegistrationStatus) -> &'static str {
    match status {
        RegistrationStatus::Approved => "approved",
        RegistrationStatus::Pending => "pending",
        RegistrationStatus::Denied => "denied",
        RegistrationStatus::Cancelled => "cancelled",
    }
}
