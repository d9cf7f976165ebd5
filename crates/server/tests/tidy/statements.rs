//! Statements: each one on a table of a tenant names the tenant, so that no account ever sees another's rows.

use super::exceptions::{Exception, Exceptions};
use super::source::{Literal, Repository, Source, Violation};
use std::collections::HashMap;

/// Where the exceptions stand.
const PATH: &str = "crates/server/tests/tidy/statements.rs";

/// Tables whose primary key begins with the tenant, or that belong to one.
const TABLES: [&str; 32] = [
    "journal",
    "calendar_entry",
    "ledger",
    "written_hour",
    "fact",
    "alias",
    "lead",
    "delivery",
    "muted",
    "handle",
    "attempt",
    "attempt_row",
    "connection",
    "zoom_grant",
    "settings",
    "sign_in",
    "host_day",
    "old_app",
    "own_app",
    "migration",
    "reviewer",
    "tenant_admin",
    "zoom_share",
    "removal",
    "removal_choice",
    "stand_by",
    "alert",
    "alert_address",
    "mail",
    "alert_post",
    "sales_session",
    "sales_ask",
];

/// Statements that cross tenants on purpose: file, function, reason.
const CROSSING: &[Exception] = &[
    ("sign_in.rs", "get", "found by the hash of a random state; the row names the tenant"),
    ("sign_in.rs", "advance", "found by the hash of a random state"),
    ("sign_in.rs", "offer", "found by the hash of a random state"),
    ("sign_in.rs", "fail", "found by the hash of a random state"),
    ("sign_in.rs", "forget_offer", "found by the hash of a random state"),
    ("sign_in.rs", "prune", "removes what has expired, of all tenants"),
    ("connection.rs", "held_by", "one Zoom user is connected once, whoever's it is: the answer is the tenant to warn"),
    ("connection.rs", "routes", "an event names a Zoom account; this is how its tenant is found"),
    (
        "own_app.rs",
        "holder",
        "one Zoom app gives its tokens to one connection, whoever's it is: the answer is the tenant to warn",
    ),
    ("share.rs", "offered", "found by the hash of a random code; the row names the owner"),
    ("share.rs", "of_guest", "the tenant who asks is the guest; the row names the owner"),
    ("share.rs", "routes", "an event names a Zoom account; this is how its tenant is found"),
    ("alert_address.rs", "next_due", "the loop tells the addresses of all tenants"),
    ("alert_address.rs", "forget_old_secrets", "forgets what is over, of all tenants"),
    ("alert.rs", "prune", "removes what is over, of all tenants"),
    ("alert_post.rs", "prune", "removes what has ended, of all tenants"),
    ("mail.rs", "due", "the loop sends the mails of all tenants"),
    ("mail.rs", "prune", "removes what has ended, of all tenants"),
    ("sales.rs", "session", "found by the hash of a random cookie; the row names the tenant"),
    ("sales.rs", "prune", "removes what has expired, of all tenants"),
    ("reviewer.rs", "tenants", "the tenants of whoever was invited; the answer is the tenants"),
    ("tenant_admin.rs", "tenants", "the tenants of one person; the answer is the tenants"),
    ("tenant_admin.rs", "remove_all", "takes every tenant away from one person"),
    ("tenant_list.rs", "count", "the tenants that one person may see, counted"),
    ("grant.rs", "due", "the keeper refreshes the grants of all tenants"),
    ("health.rs", "due", "the keeper looks after the sign-ins of all tenants"),
    (
        "health.rs",
        "heard_unproven",
        "an unproven notice names a Zoom user; nothing of it is believed, and Zoom is asked",
    ),
    (
        "removal.rs",
        "guests_returned",
        "the rows are guests' copies of what the tenant's sign-in brought; each names it as owner",
    ),
    ("removal.rs", "to_erase", "the keeper erases for all tenants"),
    ("stand_by.rs", "of_user", "one Zoom user gives one grant, whoever's it is: the answer is the tenant to warn"),
    ("stand_by.rs", "grants_due", "the keeper refreshes the grants of all tenants"),
    ("ledger.rs", "balances", "the service checks its own books, for all tenants"),
    ("ledger.rs", "fold", "puts together what is old, of all tenants"),
    ("calendar_list.rs", "due", "the keeper counts for all tenants"),
    ("calendar_list.rs", "facts_after", "the keeper fills in, once, what was there before, for all tenants"),
    ("hourly.rs", "prune", "removes what is old, of all tenants"),
    ("moving.rs", "waiting", "the keeper reminds all tenants"),
    ("delivery.rs", "look_first", "the whole database went back in time, for all tenants"),
    ("backup.rs", "contents", "a backup is of the whole database"),
    ("sealed.rs", "page", "a new master key takes the place of the one before for all tenants"),
];

/// Statements that do not name the tenant, and exceptions that nothing needs any more.
pub fn name_the_tenant(repository: &Repository) -> Vec<Violation> {
    judge(repository, CROSSING)
}

fn judge(repository: &Repository, crossing: &[Exception]) -> Vec<Violation> {
    let mut crossing = Exceptions::new(crossing);
    let mut found = Vec::new();
    for source in repository.sources.iter().filter(|source| source.path.starts_with("crates/server/src/store/")) {
        let constants = constants(source);
        for literal in source.production_literals() {
            let statement = plain(literal, &constants);
            let Some(table) = table_of(&statement) else { continue };
            if names_tenant(&statement) {
                continue;
            }
            let function = source.function_at(literal.line);
            if !crossing.cover(source, function) {
                found.push(
                    source.violation(literal.line, format!("`{function}` touches {table} without naming the tenant")),
                );
            }
        }
    }
    found.extend(crossing.stale(PATH));
    found
}

/// Statements that look for deliveries under way without the words of the index over those: SQLite goes through all that
/// was ever delivered then.
pub fn use_the_index_of_open_deliveries(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in repository.sources.iter().filter(|source| source.path.starts_with("crates/server/src/store/")) {
        let constants = constants(source);
        for literal in source.production_literals() {
            let statement = plain(literal, &constants);
            let Some((_, condition)) = statement.split_once(" where ") else { continue };
            let open = ["state = 'unknown'", "state = 'sending'"].iter().any(|state| condition.contains(state));
            if open && !condition.contains("state in ('sending', 'unknown')") {
                found.push(source.violation(literal.line, "say `state in ('sending', 'unknown')` as the index does"));
            }
        }
    }
    found
}

/// Functions that read all rows of an answer with no limit in their statement, and why that is bounded all the same.
const BOUNDED: &[Exception] = &[
    ("addition.rs", "counts", "one row for each standing"),
    ("addition.rs", "reads", "one row for each state"),
    ("twin.rs", "sides", "what one fact led to"),
    ("alert_address.rs", "all", "addresses of a tenant are counted before one is added"),
    ("calendar_list.rs", "arrivals", "the facts that were asked for, once for each state"),
    ("delivery.rs", "posted", "as many as were asked for by key"),
    ("delivery.rs", "occupied", "as many as were asked for by person"),
    ("delivery_count.rs", "waiting", "one row for each kind"),
    ("delivery_list.rs", "counts", "one row for each state"),
    ("delivery_list.rs", "again", "one row for each kind"),
    ("fact.rs", "load", "as many as were asked for by alias"),
    ("fact.rs", "states", "as many as were asked for by id"),
    ("fact.rs", "load_parts", "the parts of the facts that were asked for"),
    ("held.rs", "among", "as many as were asked for by key"),
    ("hourly.rs", "moved", "one row for each hour of a day and state"),
    ("known.rs", "of", "as many as were asked for by name"),
    ("journal.rs", "counts", "one row for each state"),
    ("share.rs", "routes", "the shares of the accounts that were asked for"),
    ("stand_by.rs", "of_user", "a Zoom user stands by once for each app"),
];

/// Statements whose answer grows with the table: whoever reads all rows says how many at the most.
pub fn have_a_limit(repository: &Repository) -> Vec<Violation> {
    let mut bounded = Exceptions::new(BOUNDED);
    let mut found = Vec::new();
    for source in repository.sources.iter().filter(|source| source.path.starts_with("crates/server/src/store/")) {
        let constants = constants(source);
        let limited: Vec<String> = source
            .production_literals()
            .filter(|literal| plain(literal, &constants).contains(" limit "))
            .map(|literal| source.function_at(literal.line).to_owned())
            .collect();
        for (index, _) in source.code.lines().enumerate().filter(|(_, line)| line.contains(".fetch_all(")) {
            let function = source.function_at(index + 1);
            if limited.iter().any(|name| name == function) {
                continue;
            }
            if !bounded.cover(source, function) {
                found.push(source.violation(index + 1, format!("`{function}` reads all rows without a limit")));
            }
        }
    }
    found.extend(bounded.stale(PATH));
    found
}

/// Text constants of the file, by name, so that a statement that is put together can be read as a whole.
pub fn constants(source: &Source) -> HashMap<String, String> {
    let mut constants = HashMap::new();
    for (index, line) in source.code.lines().enumerate() {
        let Some((head, _)) = line.split_once(": &str =") else { continue };
        let Some(name) = head.split_whitespace().last().filter(|_| head.contains("const ")) else { continue };
        let value = source.literals.iter().find(|literal| literal.line > index);
        constants.extend(value.map(|value| (name.to_owned(), value.text.clone())));
    }
    constants
}

/// The statement in one line, with the file's constants in their places.
pub fn plain(literal: &Literal, constants: &HashMap<String, String>) -> String {
    let mut text = literal.text.clone();
    for (name, value) in constants {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tenant's table that a statement touches.
fn table_of(statement: &str) -> Option<&'static str> {
    let words: Vec<&str> = statement.split([' ', '(', ')', ',']).collect();
    let named = words.windows(2).find_map(|pair| {
        let [before, name] = pair else { return None };
        let is_before = ["from", "into", "update", "join"].contains(before);
        TABLES.into_iter().find(|table| is_before && table == name)
    });
    let begins = ["select ", "insert ", "update ", "delete ", "with "].iter().any(|word| statement.starts_with(word));
    named.filter(|_| begins)
}

/// An insert has the tenant as its first column; everything else asks for one tenant, and joins only its own rows.
fn names_tenant(statement: &str) -> bool {
    let joins = statement.matches(" join ").count();
    let joined = statement.matches(".tenant = ").count() - statement.matches(".tenant = $").count();
    let asks = statement.split_once(" where ").is_some_and(|(_, condition)| condition.contains("tenant = $"));
    let inserts = statement.starts_with("insert into ") && statement.contains("(tenant, ")
        || statement.starts_with("insert into sign_in (state_hash, tenant, ");
    (asks || inserts) && joins <= joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, violations: usize) {
        let text =
            format!("const COLUMNS: &str = \"tenant, id\";\npub async fn a() {{\n    query(\"{statement}\");\n}}\n");
        let repository = Repository::of(&[("crates/server/src/store/a.rs", &text)]);
        assert_eq!(judge(&repository, &[]).len(), violations, "{statement}");
    }

    #[test]
    fn only_statements_that_ask_for_one_tenant_pass() {
        check("select {COLUMNS} from journal where tenant = $1 and id = $2", 0);
        check("select {COLUMNS} from journal where id = $1", 1);
        check("update lead set lead = $2 where person = $1", 1);
        check("delete from fact", 1);
        check("insert into lead ({COLUMNS}) values ($1, $2)", 0);
        check("insert into lead (person) values ($1)", 1);
        check("select * from delivery d join lead l on l.person = d.person where d.tenant = $1", 1);
        check("select * from delivery d join lead l on l.tenant = d.tenant where d.tenant = $1", 0);
        check("select * from operator where email = $1", 0);
        check("an outcome from delivery in words", 0);
    }

    #[test]
    fn an_exception_that_is_not_needed_any_more_is_named() {
        let repository = Repository::of(&[("crates/server/src/store/a.rs", "//! Nothing.")]);
        assert_eq!(judge(&repository, &[("a.rs", "b", "once needed")]).len(), 1);
    }

    #[test]
    fn a_statement_says_the_words_of_the_index_it_needs() {
        let violations = |condition: &str| {
            let text = format!("pub async fn a() {{\n    query(\"select key from delivery where {condition}\");\n}}\n");
            use_the_index_of_open_deliveries(&Repository::of(&[("crates/server/src/store/a.rs", &text)])).len()
        };
        assert_eq!(violations("tenant = $1 and state = 'unknown'"), 1);
        assert_eq!(violations("tenant = $1 and state in ('sending', 'unknown') and state = 'unknown'"), 0);
    }
}
