//! What stands around every page: title, navigation, tenant switcher, user menu, and what was just done.
//!
//! Next: `templates/base.html`, `templates/plain.html` (nobody is signed in) and `templates/layout.html`.

use super::part::Tone;

/// Where in the navigation a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// How a tenant's connector fares.
    Overview,
    /// Its meetings and webinars.
    Events,
    /// Its two tabs.
    Configure,
    /// Its rules.
    Rules,
    /// What came in.
    Journal,
    /// What goes out.
    Deliveries,
    /// What keeps failing.
    Issues,
    /// One person's way.
    Follow,
    /// People whom Zoom does not name.
    People,
    /// A meeting for a lead.
    Schedule,
    /// What one scheduled oneself.
    OwnMeetings,
    /// Leads for a webinar.
    AddLeads,
    /// Who has access, and the audit log.
    Access,
    /// Keys of the API.
    Keys,
    /// One's own account.
    Account,
    /// The list of tenants.
    Tenants,
    /// Nowhere: sign-in, problems.
    Outside,
}

impl Place {
    /// The place as the templates name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Events => "events",
            Self::Configure => "configure",
            Self::Rules => "rules",
            Self::Journal => "journal",
            Self::Deliveries => "deliveries",
            Self::Issues => "issues",
            Self::Follow => "follow",
            Self::People => "people",
            Self::Schedule => "schedule",
            Self::OwnMeetings => "own-meetings",
            Self::AddLeads => "add-leads",
            Self::Access => "access",
            Self::Keys => "keys",
            Self::Account => "account",
            Self::Tenants => "tenants",
            Self::Outside => "outside",
        }
    }
}

/// How far the person's session reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// The whole console.
    #[default]
    Console,
    /// Every page of some tenants: a tenant admin.
    Tenants,
    /// The schedule pages of one tenant: a sales user.
    Schedule,
}

/// A tenant by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantName {
    /// Its id, as in addresses.
    pub id: String,
    /// Shown to people.
    pub name: String,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// A sentence about what was just done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it went well.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

/// Tenants in the switcher; all of them are on the page of tenants.
pub const SWITCHER_TENANTS_MAX: usize = 12;

/// What stands around a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// Where it stands.
    pub place: Place,
    /// The tenant it is about.
    pub tenant: Option<TenantName>,
    /// Tenants to switch to, at most [`SWITCHER_TENANTS_MAX`].
    pub tenants: Vec<TenantName>,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The token that every form carries.
    pub form_token: String,
    /// What was just done.
    pub notice: Option<Notice>,
    /// How far the session reaches.
    pub reach: Reach,
    /// Whether the tenant's people are masked.
    pub masked: bool,
}

impl Frame {
    /// The frame of a page for people who are not signed in.
    #[must_use]
    pub fn outside(title: &str, form_token: &str) -> Self {
        Self {
            title: title.to_owned(),
            place: Place::Outside,
            tenant: None,
            tenants: Vec::new(),
            person: None,
            form_token: form_token.to_owned(),
            notice: None,
            reach: Reach::Console,
            masked: false,
        }
    }

    /// Whether it is a sales user's: only scheduling stands in the navigation.
    #[must_use]
    pub fn is_sales(&self) -> bool {
        self.reach == Reach::Schedule
    }

    /// Whether it is an operator's: what concerns the whole installation stands in the navigation.
    #[must_use]
    pub fn is_operators(&self) -> bool {
        self.reach == Reach::Console
    }

    /// The address of a file of the page, with its hash.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        super::asset::url(name)
    }

    /// Whether the page stands there in the navigation.
    #[must_use]
    pub fn is_at(&self, place: &str) -> bool {
        self.place.as_str() == place
    }

    /// Whether it is the place of what belongs to nobody: it has a journal and nothing else.
    #[must_use]
    pub fn is_nobodys(&self) -> bool {
        self.tenant_id() == crate::store::held::NOBODY
    }

    /// The id of the page's tenant, for addresses; empty where there is none.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        self.tenant.as_ref().map_or("", |tenant| tenant.id.as_str())
    }
}
