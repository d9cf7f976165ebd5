//! A store in memory for the rules: it loads what they name, keeps what they change, and nothing else, the way the
//! translator and the tables do. The stories beside it and `tests/laws.rs` share it.

use super::core_rules::fact::{Alias, Book, Fact, State, TenantKeys};
use super::core_rules::ids::ZoomApp;
use super::core_rules::settings::{ActivityKind, Settings, Versioned};
use super::core_rules::translate::look_up::{follow_ups, freed, needs, registrations_behind, wholes, within};
use super::core_rules::translate::{
    Command, Consequence, Context, Notification, Planned, Source, Start, Translated, read, translate,
};
use std::collections::BTreeMap;

/// What is stored between two batches.
pub struct Bench {
    pub keys: TenantKeys,
    pub settings: Versioned,
    pub own_domains: Vec<String>,
    pub facts: BTreeMap<Alias, State>,
    pub aliases: BTreeMap<Alias, Alias>,
    pub queue: BTreeMap<String, Planned>,
    pub consequences: Vec<Consequence>,
}

/// Settings as they stand after set-up: each activity type has a code, counted from 101.
pub fn set_up() -> Settings {
    let codes = (101..).zip(ActivityKind::ALL).map(|(code, kind)| (kind, code));
    Settings { activity_codes: codes.collect(), ..Settings::default() }
}

impl Bench {
    /// An empty store of a tenant with these settings.
    pub fn new(settings: Settings) -> Self {
        Self {
            keys: TenantKeys { alias: [7; 32], marker: [8; 32] },
            settings: Versioned { version: 1, settings },
            own_domains: Vec::new(),
            facts: BTreeMap::new(),
            aliases: BTreeMap::new(),
            queue: BTreeMap::new(),
            consequences: Vec::new(),
        }
    }

    /// Translates one batch, as the translator does in one transaction.
    pub fn take(&mut self, batch: &[Notification]) -> Vec<Translated> {
        let mut book = self.book(batch);
        let context = Context { keys: &self.keys, settings: &self.settings, own_domains: &self.own_domains };
        let translated: Vec<Translated> = batch.iter().map(|one| translate(&context, &mut book, one)).collect();
        let (facts, aliases) = book.changes();
        for fact in facts {
            self.facts.insert(fact.id.clone(), fact.state.clone());
        }
        for (alias, fact) in aliases {
            self.aliases.entry(alias.clone()).or_insert_with(|| fact.clone());
        }
        for planned in translated.iter().flat_map(|one| &one.planned) {
            self.plan(planned);
        }
        self.consequences.extend(translated.iter().filter_map(|one| one.consequence.clone()));
        translated
    }

    fn book(&self, batch: &[Notification]) -> Book {
        let mut book = Book::default();
        let wanted: Vec<Alias> = batch.iter().flat_map(|one| needs(&self.keys, one)).collect();
        self.load(&mut book, &wanted);
        let wholes: Vec<Alias> = batch.iter().flat_map(|one| wholes(&self.keys, one)).collect();
        self.load_parts(&mut book, &wholes);
        let (facts, further): (Vec<_>, Vec<_>) = batch.iter().map(|one| follow_ups(&self.keys, one, &book)).unzip();
        let facts: Vec<Alias> = facts.into_iter().flatten().collect();
        let further: Vec<Alias> = further.into_iter().flatten().chain(within(&self.keys, batch)).collect();
        self.load(&mut book, &further);
        self.load(&mut book, &facts);
        let touched: Vec<Alias> = batch.iter().flat_map(|one| freed(&self.keys, one, &facts, &book)).collect();
        self.load(&mut book, &touched);
        let behind = registrations_behind(&self.keys, &book);
        self.load(&mut book, &behind);
        book
    }

    fn load_parts(&self, book: &mut Book, wholes: &[Alias]) {
        let is_part = |state: &State| state.part_of().is_some_and(|whole| wholes.contains(whole));
        let parts: Vec<Alias> =
            self.facts.iter().filter(|(_, state)| is_part(state)).map(|(id, _)| id.clone()).collect();
        self.load(book, &parts);
        book.loaded_whole(wholes);
    }

    fn load(&self, book: &mut Book, aliases: &[Alias]) {
        for alias in aliases {
            let Some(id) = self.aliases.get(alias) else { continue };
            let Some(state) = self.facts.get(id) else { continue };
            // What is stored is JSON: a state that does not survive it would not survive a restart.
            let json = serde_json::to_string(state).unwrap();
            book.load(Fact { id: id.clone(), state: serde_json::from_str(&json).unwrap() });
            book.load_alias(alias.clone(), id.clone());
        }
        book.looked_up(aliases);
    }

    /// The queue's rule: a key that is there already stays as it is, unless it waits and is freed.
    fn plan(&mut self, planned: &Planned) {
        let json = serde_json::to_string(&planned.command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), planned.command, "a command survives its storing");
        let frees =
            |known: &Planned| known.start == Start::WaitsForIdentity && planned.start != Start::WaitsForIdentity;
        if self.queue.get(&planned.key).is_none_or(frees) {
            self.queue.insert(planned.key.clone(), planned.clone());
        }
    }
}

/// A notification of the app that the event's name belongs to, read from JSON text as Zoom sends it.
pub fn told(name: &str, event_ts_ms: i64, object: &str) -> Notification {
    let app = if name.starts_with("webinar.") { ZoomApp::Webinars } else { ZoomApp::Meetings };
    let body = format!(
        r#"{{"event":"{name}","event_ts":{event_ts_ms},"payload":{{"account_id":"AcctDemo00000000000001","object":{object}}}}}"#
    );
    read(Source::Zoom(app), body.as_bytes(), 1_795_600_000_000).unwrap()
}

/// The webinar's own fields as they stand in every event of it.
pub const WEBINAR: &str = r#""uuid":"Demo+Web00000000000000==","id":86000000002,"host_id":"UserDemo00000000000001","topic":"Demo webinar",
"type":5,"start_time":"2026-08-02T10:00:00Z","duration":60,"timezone":"Asia/Kolkata""#;

/// A registration event: `created`, `approved`, `cancelled` or `denied` for a registrant id and an address.
pub fn registration(how: &str, (id, email): (&str, &str), event_ts_ms: i64) -> Notification {
    let more = if how == "created" {
        r#","phone":"+91 1","org":"","custom_questions":[{"title":"Budget?","value":"10k"}],"status":"pending","join_url":"",
"tracking_source":{"id":"1","source_name":"newsletter","tracking_url":"https://example.test/r/1"}"#
    } else {
        ""
    };
    let object = format!(
        r#"{{{WEBINAR},"registrant":{{"id":"{id}","first_name":"Asha","last_name":"Rao","email":"{email}"{more}}}}}"#
    );
    told(&format!("webinar.registration_{how}"), event_ts_ms, &object)
}

/// One device of one person, as a participant event names it.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// `user_id`: the handle of the stay; its `participant_uuid` is made of it.
    pub handle: &'a str,
    /// `registrant_id`, may be empty.
    pub registrant: &'a str,
    /// `email`, may be empty.
    pub email: &'a str,
    /// `id`: the Zoom user, may be empty.
    pub user: &'a str,
}

/// A participant event of the webinar: `joined` or `left`, at a minute after ten o'clock.
pub fn stay(how: &str, device: Device<'_>, minute: i64) -> Notification {
    let at = format!("2026-08-02T{:02}:{:02}:00Z", 10 + minute.div_euclid(60), minute.rem_euclid(60));
    let key = if how == "joined" { "join_time" } else { "leave_time" };
    let Device { handle, registrant, email, user } = device;
    let object = format!(
        r#"{{{WEBINAR},"participant":{{"customer_key":"","user_id":"{handle}","user_name":"Asha Rao","registrant_id":"{registrant}",
"participant_user_id":"{user}","id":"{user}","{key}":"{at}","email":"{email}","participant_uuid":"UUID-{handle}"}}}}"#
    );
    told(&format!("webinar.participant_{how}"), 1_785_664_800_000 + minute * 60_000, &object)
}
