//! Exceptions of a rule: which functions of the store break it for a reason, and which of these exceptions nothing needs any more.

use super::source::{Source, Violation};

/// A file of the store, a function in it, and the reason.
pub type Exception = (&'static str, &'static str, &'static str);

/// The exceptions of a rule, as far as they were needed.
pub struct Exceptions {
    all: Vec<Exception>,
    unused: Vec<Exception>,
}

impl Exceptions {
    /// None of them was needed yet.
    pub fn new(all: &[Exception]) -> Self {
        Self { all: all.to_vec(), unused: all.to_vec() }
    }

    /// Whether a function is one of them; it is needed then.
    pub fn cover(&mut self, source: &Source, function: &str) -> bool {
        let is_it = |(file, name, _): &Exception| source.path.ends_with(&format!("/{file}")) && *name == function;
        self.unused.retain(|one| !is_it(one));
        self.all.iter().any(is_it)
    }

    /// Those that nothing needed, listed in the file of that path.
    pub fn stale(self, path: &str) -> impl Iterator<Item = Violation> {
        let stale = |(file, function, _)| Violation {
            path: path.to_owned(),
            line: 0,
            what: format!("the exception for {file}:{function} is not needed any more"),
        };
        self.unused.into_iter().map(stale)
    }
}
