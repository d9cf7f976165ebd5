//! The driver's calls about groups of users and about tracking fields.

use super::Zoom;

/// A group of users of an account.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) name: String,
    pub(super) users: Vec<String>,
}

impl Zoom {
    /// Makes a group of users of an account; its id. Zoom tells nobody.
    pub fn add_group(&self, account: &str, name: &str, users: &[&str]) -> String {
        self.change(|state| {
            let id = state.new_uuid();
            let users = users.iter().map(|user| (*user).to_owned()).collect();
            state.groups.push(Group { id: id.clone(), account: account.to_owned(), name: name.to_owned(), users });
            id
        })
    }

    /// Takes a user out of a group. Zoom tells nobody.
    pub fn leave_group(&self, group: &str, user: &str) {
        self.change(|state| {
            for group in state.groups.iter_mut().filter(|known| known.id == group) {
                group.users.retain(|member| member != user);
            }
        });
    }

    /// Sets the tracking fields of a meeting or webinar, field and value. Zoom tells nobody.
    pub fn track(&self, number: u64, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
        self.change(|state| state.tracking.insert(number, fields));
    }
}
