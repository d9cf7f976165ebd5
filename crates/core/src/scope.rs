//! What a key of the API may do, in scopes.

use serde::{Deserialize, Serialize};

/// One thing that a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything; people stay masked.
    Read,
    /// Look at everything, people included.
    ReadPersonal,
    /// Change settings, sign in, schedule, add, replay.
    Write,
    /// Keys, links and who has access.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::ReadPersonal, Self::Write, Self::Admin];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadPersonal => "read_personal",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// What it allows, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Read => "look at everything; names, addresses and numbers of people are masked",
            Self::ReadPersonal => "look at everything, people included",
            Self::Write => "change settings, sign in, schedule, add leads, replay",
            Self::Admin => "keys of the API, links for people, new secrets",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The scopes of a key, each once, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

/// Scopes that cannot be read, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotScopes {
    /// There is no such scope.
    #[error("there is no scope `{0}`; scopes are read, read_personal, write, admin")]
    Unknown(String),
    /// A key that may do nothing.
    #[error("a key needs one scope at least: read, read_personal, write, admin")]
    Empty,
}

impl Scopes {
    /// Every scope.
    #[must_use]
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

    /// All of these but one.
    #[must_use]
    pub fn without(self, scope: Scope) -> Self {
        Self(self.0.into_iter().filter(|one| *one != scope).collect())
    }

    /// Scopes by name; each counts once.
    ///
    /// # Errors
    /// [`NotScopes`].
    pub fn parse<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Self, NotScopes> {
        let mut scopes = Vec::new();
        for name in names {
            let unknown = || NotScopes::Unknown(name.chars().take(40).collect());
            scopes.push(Scope::parse(name).ok_or_else(unknown)?);
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() { Err(NotScopes::Empty) } else { Ok(Self(scopes)) }
    }

    /// As they are stored: names with blanks between them.
    #[must_use]
    pub fn stored(&self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.as_str())
    }

    /// Whether a key with these may do what needs that one. Who sees people sees everything else, too.
    #[must_use]
    pub fn allow(&self, needed: Scope) -> bool {
        let enough: &[Scope] = match needed {
            Scope::Read => &[Scope::Read, Scope::ReadPersonal],
            Scope::ReadPersonal => &[Scope::ReadPersonal],
            Scope::Write => &[Scope::Write],
            Scope::Admin => &[Scope::Admin],
        };
        enough.iter().any(|scope| self.0.contains(scope))
    }

    /// Whether these hold nothing that the others do not allow: nobody hands on more than it has.
    #[must_use]
    pub fn within(&self, others: &Self) -> bool {
        self.0.iter().all(|scope| others.allow(*scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &str, allowed: &[Scope]) {
        let scopes = Scopes::parse(names.split_whitespace()).unwrap();
        for scope in Scope::ALL {
            assert_eq!(scopes.allow(scope), allowed.contains(&scope), "{names}: {scope:?}");
        }
        assert_eq!(Scopes::parse(scopes.stored().split_whitespace()), Ok(scopes.clone()));
        assert_eq!(
            serde_json::to_string(&scopes).unwrap(),
            format!("{:?}", scopes.names().collect::<Vec<_>>()).replace(", ", ",")
        );
    }

    #[test]
    fn a_key_may_do_what_its_scopes_say_and_nothing_else() {
        check("read", &[Scope::Read]);
        check("read_personal", &[Scope::Read, Scope::ReadPersonal]);
        check("write", &[Scope::Write]);
        check("admin", &[Scope::Admin]);
        check("write read write", &[Scope::Read, Scope::Write]);
        check("read read_personal write admin", &Scope::ALL);
    }

    #[test]
    fn scopes_that_are_none_are_refused() {
        assert_eq!(Scopes::parse([]), Err(NotScopes::Empty));
        for name in ["", "READ", "all", "read,write", " read"] {
            assert_eq!(Scopes::parse([name]), Err(NotScopes::Unknown(name.to_owned())));
        }
    }

    #[test]
    fn nobody_hands_on_more_than_it_has() {
        let of = |names: &str| Scopes::parse(names.split_whitespace()).unwrap();
        assert!(of("read").within(&of("read_personal")));
        assert!(!of("read_personal").within(&of("read write admin")));
        assert!(!of("write").within(&of("admin")));
        assert!(of("read write").within(&Scopes::all()));
        assert!(!of("read_personal").within(&Scopes::all().without(Scope::ReadPersonal)));
        assert!(of("read write admin").within(&Scopes::all().without(Scope::ReadPersonal)));
    }
}
