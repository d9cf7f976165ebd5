//! Webinars: recordings, a link each. Registrations are told in `registration`, who was there in `stay` and `attendance`.

use super::{Context, Outcome, Translated, after, fields, gathering};
use crate::fact::{Alias, Book, RecordingState, State, TenantKeys};
use crate::ids::Kind;
use crate::zoom::event::Recording;

/// Alias of a recording: its files, never its links or tokens.
pub fn recording(keys: &TenantKeys, account: &str, recording: &Recording) -> Alias {
    let mut fields = vec![account, recording.run.uuid.as_str()];
    fields.extend(recording.file_ids.iter().map(String::as_str));
    keys.alias("recording", &fields)
}

/// A recording is ready: its link stands with the run, and where the settings say so in the activities of those who attended.
pub fn recorded(context: &Context<'_>, book: &mut Book, account: &str, told: &Recording) -> Translated {
    let state = RecordingState {
        gathering: gathering(account, &told.run, None),
        uuid: told.run.uuid.clone(),
        share_url: told.share_url.clone(),
    };
    let fact = book.put(&[recording(context.keys, account, told)], State::Recording(state));
    let planned = match (told.run.kind, &told.share_url) {
        (Kind::Webinar, Some(link)) => after::recorded(context, book, account, &told.run, link),
        (Kind::Meeting, _) | (Kind::Webinar, None) => Vec::new(),
    };
    let translated = Translated::merged(fact, planned);
    debug_assert!(translated.outcome != Outcome::Ignored("ignored.not_needed"));
    translated
}

/// The note's limit is part of this module's promise to LeadSquared.
const _: () = assert!(fields::NOTE_CHARS_MAX <= 2_000);
