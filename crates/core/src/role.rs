//! What a person of the console may reach. Account managers and sales users are no persons of the console: each has a
//! session of its own kind, which reaches the pages of that kind and no others.

/// The role of a person of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reaches every tenant, adds tenants, and looks after the installation.
    Operator,
    /// Reaches every page of the tenants that the person was made an admin of, and nothing else.
    TenantAdmin,
}

impl Role {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Operator, Self::TenantAdmin];

    /// The role as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::TenantAdmin => "tenant_admin",
        }
    }

    /// The role of a stored word. A word that is not known is none: nobody reaches more because of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The role as people read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Operator => "Operator",
            Self::TenantAdmin => "Tenant admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_as_it_was_written_and_nothing_else_is_one() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        for text in ["", "Operator", "admin", "operator ", "reviewer"] {
            assert_eq!(Role::parse(text), None, "{text:?}");
        }
    }
}
