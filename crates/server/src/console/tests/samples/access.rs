//! Who has access, one's own account, links that were handed over, and the audit log.

use super::{Page, Say, frame, moment, page};
use crate::console::access::{Access, Account, Asks, Everybody, Invited, MadeLink, OtherLine, PersonLine, SessionLine};
use crate::console::audit::{Audit, AuditLine};
use crate::console::frame::{Frame, Place, Reach};
use crate::console::schedule::Field;

fn person(say: Say<'_>, (id, name, email): (&str, &str, &str), role: &'static str, is_self: bool) -> PersonLine {
    PersonLine {
        id: say(id),
        name: say(name),
        email: say(email),
        role,
        since: moment(9 * 86_400),
        seen: is_self.then(|| moment(60)),
        sessions: i64::from(is_self),
        is_self,
    }
}

fn field(say: Say<'_>, value: &str, refusal: &str) -> Field {
    Field { value: say(value), refusal: say(refusal) }
}

fn link(say: Say<'_>, url: Option<&str>) -> MadeLink {
    MadeLink { email: say("bela@acme.example"), url: url.map(say), expires: moment(-7 * 86_400) }
}

/// All of them.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let mut pages = access(say);
    pages.extend(own(say));
    pages.extend(invited(say));
    pages.extend(audit(say));
    pages
}

fn access(say: Say<'_>) -> Vec<Page> {
    let asha = ("1", "Asha Rao", "asha@acme.example");
    let own = Access {
        frame: Frame { reach: Reach::Tenants, ..frame(say, "People with access", Place::Access) },
        admins: vec![
            person(say, asha, "Tenant admin", true),
            person(say, ("2", "Bela Nagy", "bela@acme.example"), "Tenant admin", false),
        ],
        managers: vec![OtherLine {
            name: say("Ann Lee"),
            email: say("ann@manager.example"),
            since: moment(2 * 86_400),
        }],
        sales_users: 2,
        email: field(say, "", ""),
        by_mail: true,
        made: Some(link(say, None)),
        refusal: None,
    };
    let refused = Access {
        frame: Frame { masked: true, ..frame(say, "People with access", Place::Access) },
        admins: Vec::new(),
        managers: Vec::new(),
        sales_users: 0,
        email: field(say, "bela", "That is not a whole e-mail address."),
        by_mail: false,
        made: None,
        ..own.clone()
    };
    let handed = Access { made: Some(link(say, Some("https://connector.example/invited/abc"))), ..refused.clone() };
    let everybody = Everybody {
        frame: Frame { tenant: None, ..frame(say, "People of the console", Place::Access) },
        people: vec![person(say, asha, "Operator", true)],
        email: field(say, "", ""),
        made: Some(link(say, Some("https://connector.example/new-password/abc"))),
        refusal: Some(say("The last operator cannot be removed. Invite another one first.")),
    };
    vec![
        page("access", &own),
        page("access-refused", &refused),
        page("access-link", &handed),
        page("access-everybody", &everybody),
    ]
}

fn own(say: Say<'_>) -> Vec<Page> {
    let session = |id: &str, is_this: bool| SessionLine {
        id: say(id),
        since: moment(86_400),
        seen: is_this.then(|| moment(30)),
        is_this,
    };
    let account = Account {
        frame: Frame { tenant: None, ..frame(say, "Your account", Place::Account) },
        name: say("Asha Rao"),
        email: say("asha@acme.example"),
        role: "Tenant admin",
        sessions: vec![session("a", true), session("b", false)],
        refusal: Some(say("That is not your password.")),
    };
    vec![page("account", &account)]
}

fn invited(say: Say<'_>) -> Vec<Page> {
    let one = |asks: Asks, tenant: &str, refusal: Option<&str>| Invited {
        frame: Frame::outside(&say("Invitation"), &say("token")),
        asks,
        action: format!("/invited/{}", say("abc")),
        email: say("bela@acme.example"),
        tenant: say(tenant),
        name: say("Bela"),
        refusal: refusal.map(say),
    };
    vec![
        page("invited-ended", &one(Asks::Ended, "", None)),
        page("invited-new", &one(Asks::NewAccount, "Acme India", Some("Say what you are called."))),
        page("invited-known", &one(Asks::Password, "Acme India", None)),
        page("invited-operator", &one(Asks::NewAccount, "", None)),
        page("invited-password", &one(Asks::NewPassword, "", None)),
    ]
}

fn audit(say: Say<'_>) -> Vec<Page> {
    let line = |number: i64, actor: &str, action: &str, detail: &str| AuditLine {
        number,
        at: moment(3_600 * number),
        actor: say(actor),
        action: say(action),
        detail: say(detail),
    };
    let own = Audit {
        frame: frame(say, "Audit log", Place::Access),
        lines: vec![
            line(2, "asha@acme.example", "settings.saved", "version 2 saved"),
            line(1, "command line", "tenant.created", "set up"),
        ],
        path: "/t/acme/audit".to_owned(),
        table: "/t/acme/audit.csv".to_owned(),
        who: say("asha"),
        what: say(""),
        newest: Some("/t/acme/audit".to_owned()),
        older: Some("/t/acme/audit?before=1".to_owned()),
        head: Some(say("acme:2:0f3a9c")),
    };
    let installation = Audit {
        frame: Frame { tenant: None, ..frame(say, "Audit log", Place::Access) },
        lines: Vec::new(),
        path: "/audit".to_owned(),
        table: "/audit.csv".to_owned(),
        who: say(""),
        newest: None,
        older: None,
        head: None,
        ..own.clone()
    };
    vec![page("audit", &own), page("audit-installation", &installation)]
}
