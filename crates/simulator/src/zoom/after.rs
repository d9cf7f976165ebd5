//! The driver's calls about what comes after a webinar, about series and invitations: panelists, questions, polls, withheld permissions.

use super::Zoom;
use super::change::Asker;
use super::state::Said;
use super::words::{Kind, NewEvent};

impl Zoom {
    /// Plans a webinar series with occurrences at these starts, epoch milliseconds; its number, 0 for an unknown host.
    pub fn create_series(&self, host: &str, new: NewEvent, starts_ms: &[i64], at_ms: i64) -> u64 {
        let at = self.at(at_ms);
        self.change(|state| {
            let mut plan = state.plan(new);
            plan.occurrences = starts_ms.to_vec();
            state.create((Kind::Webinar, host), plan, Asker::Person, at)
        })
    }

    /// Plans a meeting that people were invited to in Zoom; its number, 0 for an unknown host. Sends `meeting.created` with them.
    pub fn create_meeting_for(&self, host: &str, new: NewEvent, invited: &[&str], at_ms: i64) -> u64 {
        let at = self.at(at_ms);
        self.change(|state| {
            let mut plan = state.plan(new);
            plan.invitees = invited.iter().map(|email| (*email).to_owned()).collect();
            state.create((Kind::Meeting, host), plan, Asker::Person, at)
        })
    }

    /// Makes somebody a panelist of a webinar. Zoom tells nobody.
    pub fn invite_panelist(&self, number: u64, name: &str, email: &str) {
        self.change(|state| state.invite(number, name.to_owned(), email.to_owned()));
    }

    /// Somebody asks a question in a run; without an address the person is not named.
    pub fn ask(&self, uuid: &str, (name, email): (&str, &str), (question, answer): (&str, &str)) {
        self.change(|state| {
            if let Some(run) = state.runs.get_mut(uuid) {
                run.questions.push(said((name, email), (question, answer)));
            }
        });
    }

    /// Somebody answers a poll in a run; without an address the person is not named.
    pub fn answer_poll(&self, uuid: &str, (name, email): (&str, &str), (question, answer): (&str, &str)) {
        self.change(|state| {
            if let Some(run) = state.runs.get_mut(uuid) {
                run.polls.push(said((name, email), (question, answer)));
            }
        });
    }

    /// Takes a permission from every token, whatever its app declares; or gives all of them back.
    pub fn withhold(&self, scopes: &[&str]) {
        self.state().settings.withheld = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }
}

fn said((name, email): (&str, &str), (question, answer): (&str, &str)) -> Said {
    Said { name: name.to_owned(), email: email.to_owned(), question: question.to_owned(), answer: answer.to_owned() }
}
