//! What the description of the API is written in: one `Operation` for each route, `Schema`s for what goes in and out. The gate
//! asks the same table what a route needs, so that what is described is what holds.

use connector_core::scope::Scope;

/// One route of the API.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// `get`, `post`, `put`, `patch`, `delete`.
    pub method: &'static str,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// Its name in generated clients.
    pub id: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What a key needs for it.
    pub scope: Scope,
    /// What may stand behind the `?`.
    pub query: &'static [Field],
    /// The JSON that is sent, and an example of it.
    pub body: Option<(&'static Schema, &'static str)>,
    /// What is answered when it is done.
    pub answers: &'static [(u16, Answer)],
    /// Refusals beyond those that every route has.
    pub refusals: &'static [u16],
}

/// What is answered.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// Nothing but the status.
    Nothing,
    /// JSON.
    Json(&'static Schema),
    /// A calendar file.
    Calendar,
}

/// A field of an object, or a parameter.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub schema: Schema,
    /// Whether it is always there.
    pub required: bool,
    /// What it is, where the name does not say.
    pub about: &'static str,
    /// Whether only those may ask by it who see people: what is found tells as much as what is shown.
    pub finds_people: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// Any text.
    Text,
    /// Text that says who a lead, a registrant, a participant is: a name, an address, a number.
    Person,
    /// Text that says who of those who look after something it is: an admin, an operator, a key. It is shown to every key.
    Staff,
    /// Text in which people may be named among other things.
    Words,
    /// Text that says something of a lead, a registrant, a participant, whatever it is.
    Value,
    /// Text of a form: a regular expression.
    Pattern(&'static str),
    /// A text of at most so many characters, and at least one.
    Short(u32),
    /// RFC 3339, in UTC.
    Time,
    /// A whole number from, to.
    Integer(i64, i64),
    /// Yes or no.
    Boolean,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// Anything that JSON can say.
    Any,
    /// Any object; its fields are told elsewhere.
    AnyObject,
    /// Something that came from outside, as it came, with whatever it says of people.
    Raw,
    /// A list.
    List(&'static Self),
    /// An object with names of the data's own.
    Map(&'static Self),
    /// A list with one thing in each place.
    Places(&'static [Self]),
    /// It, or null.
    Maybe(&'static Self),
    /// An object with these groups of fields and no others.
    Object(&'static [&'static [Field]]),
    /// One of several.
    OneOf(&'static [Self]),
    /// One that has a name, for generated clients.
    Named(&'static str, &'static Self),
    /// A page of a list of these.
    Page(&'static Self),
}

impl Operation {
    const fn new(
        (method, scope): (&'static str, Scope),
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { method, path, id, summary, scope, query: &[], body: None, answers: &[], refusals: &[] }
    }

    /// Looks; needs `read`.
    pub const fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(("get", Scope::Read), path, id, summary)
    }

    /// Does something; needs `write`.
    pub const fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(("post", Scope::Write), path, id, summary)
    }

    /// Puts something in the place of what is there; needs `write`.
    pub const fn put(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(("put", Scope::Write), path, id, summary)
    }

    /// Changes a part; needs `write`.
    pub const fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(("patch", Scope::Write), path, id, summary)
    }

    /// Ends or removes; needs `write`.
    pub const fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new(("delete", Scope::Write), path, id, summary)
    }

    /// Needs another scope.
    pub const fn needs(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// What may stand behind the `?`.
    pub const fn query(self, query: &'static [Field]) -> Self {
        Self { query, ..self }
    }

    /// What is sent, and an example of it.
    pub const fn body(self, schema: &'static Schema, example: &'static str) -> Self {
        Self { body: Some((schema, example)), ..self }
    }

    /// What is answered when it is done.
    pub const fn answers(self, answers: &'static [(u16, Answer)]) -> Self {
        Self { answers, ..self }
    }

    /// Refusals beyond those that every route has.
    pub const fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    /// Whether it changes something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != "get"
    }

    /// In which form it is answered.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        let is_file = self.answers.iter().any(|(_, answer)| matches!(answer, Answer::Calendar));
        if is_file { "text/calendar" } else { "application/json" }
    }

    /// The statuses of refusals that callers may meet here, each once, in order.
    #[must_use]
    pub fn refused_with(&self) -> Vec<u16> {
        // The key, its scope, what is not there, what it does not answer in, the database.
        let mut all = vec![400, 401, 403, 404, 406, 503];
        if self.is_write() {
            // The body's time and size, and the key that names a request.
            all.extend([408, 409, 413, 422, 429]);
        }
        if self.body.is_some() {
            all.push(415);
        }
        all.extend(self.refusals);
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Schema {
    /// Whether a text from an address is of this kind, as far as it can be told without the data.
    #[must_use]
    pub fn takes(&self, text: &str) -> bool {
        match self {
            Self::Short(most) => {
                !text.is_empty() && text.chars().count() <= usize::try_from(*most).unwrap_or(usize::MAX)
            }
            Self::Integer(least, most) => text.parse::<i64>().is_ok_and(|number| (*least..=*most).contains(&number)),
            Self::Choice(choices) => choices.contains(&text),
            Self::Boolean => ["true", "false"].contains(&text),
            Self::Text
            | Self::Person
            | Self::Staff
            | Self::Words
            | Self::Value
            | Self::Pattern(_)
            | Self::Time
            | Self::Any
            | Self::AnyObject
            | Self::Raw
            | Self::List(_)
            | Self::Map(_)
            | Self::Places(_)
            | Self::Maybe(_)
            | Self::Object(_)
            | Self::OneOf(_)
            | Self::Named(..)
            | Self::Page(_) => true,
        }
    }
}

/// A field that is always there.
pub const fn field(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: true, about: "", finds_people: false }
}

/// A field that may be left out.
pub const fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: false, about: "", finds_people: false }
}

impl Field {
    /// With a sentence.
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Only for those who see people.
    pub const fn finds_people(self) -> Self {
        Self { finds_people: true, ..self }
    }
}

/// How many rows of a list.
pub const LIMIT: Field = optional("limit", Schema::Integer(1, 500)).about("Rows of the page; 50 when nothing is said.");
/// Where a page of a list begins that goes from new to old.
pub const BEFORE: Field = optional("before", Schema::Short(200)).about("`next` of the page before this one.");
/// Where a page of a list begins that goes forward.
pub const AFTER: Field = optional("after", Schema::Short(200)).about("`next` of the page before this one.");
/// A whole number that counts.
pub const COUNT: Schema = Schema::Integer(0, i64::MAX);
/// Milliseconds since 1970.
pub const MILLISECONDS: Schema = Schema::Integer(i64::MIN, i64::MAX);
/// One of the two Zoom apps.
pub const APP: Schema = Schema::Choice(&["meetings", "webinars"]);
/// The name of a wish.
pub const WISH: Schema = Schema::Pattern("^[A-Za-z0-9_-]{1,64}$");
