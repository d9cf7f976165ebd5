//! Keys of the API: made, listed and ended by a tenant's admins for the tenant, and by operators for the whole installation. Nobody hands
//! on more than they may do themselves: who sees people masked makes no key that sees them.

use super::super::frame::Place;
use super::super::keys::{EndKey, KeyLine, Keys, MadeKey, ScopeChoice};
use super::super::part::{Moment, Pill, Tone};
use super::super::schedule::Field;
use super::session::{Admin, Operator};
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use crate::api_keys::{self, Made, NotMade, Wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::api_key::KeyRow;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::ids::TenantId;
use connector_core::scope::{Scope, Scopes};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Whose keys a page is about, and who looks at it.
struct About<'a> {
    shared: &'a Shared,
    who: &'a Admin,
    /// Without one, keys that reach every tenant.
    tenant: Option<&'a TenantRow>,
}

/// The form that makes a key; what is not ticked is not sent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NewKeyForm {
    form_token: String,
    name: String,
    last_day: String,
    read: String,
    read_personal: String,
    write: String,
    admin: String,
}

impl NewKeyForm {
    /// What a form begins with.
    fn fresh() -> Self {
        Self { read: "on".to_owned(), ..Self::default() }
    }

    fn has(&self, scope: Scope) -> bool {
        let ticked = match scope {
            Scope::Read => &self.read,
            Scope::ReadPersonal => &self.read_personal,
            Scope::Write => &self.write,
            Scope::Admin => &self.admin,
        };
        !ticked.is_empty()
    }
}

/// What is wrong with a form, beside the fields that it is about.
#[derive(Debug, Default)]
struct Wrong {
    name: &'static str,
    scopes: &'static str,
    last_day: &'static str,
    all: Option<&'static str>,
}

impl About<'_> {
    fn path(&self) -> String {
        self.tenant.map_or_else(|| "/keys".to_owned(), |tenant| format!("/t/{}/keys", tenant.tenant))
    }

    fn zone(&self) -> &str {
        self.tenant.map_or("UTC", |tenant| tenant.time_zone.as_str())
    }

    fn id(&self) -> Option<TenantId> {
        self.tenant.map(|tenant| tenant.tenant.clone())
    }

    fn line(&self, row: &KeyRow) -> KeyLine {
        let now_ms = self.shared.clock.now_ms();
        let moment = |at_ms: i64| Moment::new(at_ms, now_ms, self.zone());
        let is_over = row.expires_ms.is_some_and(|at_ms| at_ms <= now_ms);
        KeyLine {
            id: row.id().to_owned(),
            name: row.name.clone(),
            scopes: row.scopes.names().collect::<Vec<_>>().join(", "),
            made_by: row.made_by.clone(),
            made: moment(row.created_ms),
            used: row.used_ms.map(moment),
            // The last moment at which it works: what ends at midnight works through the day before.
            ends: row.expires_ms.map(|at_ms| moment(at_ms.saturating_sub(1))),
            over: is_over.then(|| Pill::new(Tone::Quiet, "Over")),
        }
    }

    async fn rows(&self) -> Result<Vec<KeyRow>, Failure> {
        Ok(api_keys::list(self.shared, self.id()).await?)
    }

    async fn view(&self, form: NewKeyForm, wrong: Wrong) -> Result<Keys, Failure> {
        let may = self.who.may_hand_on();
        let choice = |scope: Scope| ScopeChoice {
            name: scope.as_str(),
            words: scope.words(),
            on: form.has(scope),
            open: may.allow(scope),
        };
        Ok(Keys {
            frame: frame(self.shared, self.who, ("Keys of the API", Place::Keys), self.tenant).await?,
            path: self.path(),
            keys: self.rows().await?.iter().map(|row| self.line(row)).collect(),
            choices: Scope::ALL.map(choice).to_vec(),
            choices_refusal: wrong.scopes.to_owned(),
            name: Field { value: form.name, refusal: wrong.name.to_owned() },
            last_day: Field { value: form.last_day, refusal: wrong.last_day.to_owned() },
            made: None,
            refusal: wrong.all.map(str::to_owned),
        })
    }

    async fn page(&self, done: Option<&str>) -> Page {
        let mut page = self.view(NewKeyForm::fresh(), Wrong::default()).await?;
        page.frame = with_notice(page.frame, done);
        Ok(show(&page))
    }

    /// The key that a form asks for, or what is wrong with it.
    fn wanted(&self, form: &NewKeyForm) -> Result<Wanted, Wrong> {
        let names = Scope::ALL.into_iter().filter(|scope| form.has(*scope)).map(Scope::as_str);
        let scopes = Scopes::parse(names)
            .map_err(|_| Wrong { scopes: "Choose what it may do, one thing at least.", ..Wrong::default() })?;
        if !scopes.within(&self.who.may_hand_on()) {
            let scopes = "You cannot hand on what you may not do yourself: people are masked for you.";
            return Err(Wrong { scopes, ..Wrong::default() });
        }
        let expires_ms = match form.last_day.trim() {
            "" => None,
            day => Some(end_of(day, self.zone()).ok_or(Wrong { last_day: "This is no date.", ..Wrong::default() })?),
        };
        Ok(Wanted { name: form.name.clone(), tenant: self.id(), scopes, expires_ms })
    }

    /// Makes the key that a form asks for, or says what is wrong with the form.
    async fn made(&self, form: &NewKeyForm) -> Result<Result<Made, Wrong>, Failure> {
        let wanted = match self.wanted(form) {
            Ok(wanted) => wanted,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let wrong = match api_keys::make(self.shared, wanted, self.who.actor()).await {
            Ok(made) => return Ok(Ok(made)),
            Err(NotMade::Store(error)) => return Err(error.into()),
            Err(NotMade::Name) => Wrong { name: "Give it a name of at most 100 characters.", ..Wrong::default() },
            Err(NotMade::Over) => {
                Wrong { last_day: "This day is over. Choose one that is to come.", ..Wrong::default() }
            }
            Err(NotMade::TooMany) => {
                Wrong { all: Some("There are 50 keys already. End one first."), ..Wrong::default() }
            }
        };
        Ok(Err(wrong))
    }

    async fn make(&self, form: NewKeyForm) -> Page {
        match self.made(&form).await? {
            Ok(made) => {
                let page = self.view(NewKeyForm::fresh(), Wrong::default()).await?;
                Ok(show(&Keys { made: Some(MadeKey { name: made.row.name, key: made.key }), ..page }))
            }
            Err(wrong) => {
                let page = self.view(form, wrong).await?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
            }
        }
    }

    /// Asks whether a key is to be ended.
    async fn ask(&self, id: &str) -> Page {
        let rows = self.rows().await?;
        let row = rows.iter().find(|row| row.id() == id).ok_or_else(|| Problem::not_found("key"))?;
        let frame = frame(self.shared, self.who, ("End a key", Place::Keys), self.tenant).await?;
        Ok(show(&EndKey { frame, path: self.path(), key: self.line(row) }))
    }

    async fn end(&self, id: &str) -> Page {
        if !api_keys::end(self.shared, self.id(), id, self.who.actor()).await? {
            return Err(Problem::not_found("key").into());
        }
        Ok(see(&address(&self.path(), &[("done", "key-ended")])))
    }
}

/// The end of a day in a zone, epoch milliseconds.
fn end_of(day: &str, zone: &str) -> Option<i64> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let next = day.parse::<Date>().ok()?.tomorrow().ok()?;
    Some(zone.to_timestamp(next.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    About { shared: &shared, who: &who, tenant: Some(&tenant) }.page(query.done.as_deref()).await
}

pub(super) async fn make(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<NewKeyForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    About { shared: &shared, who: &who, tenant: Some(&tenant) }.make(form).await
}

pub(super) async fn ask(State(shared): State<Shared>, who: Admin, Path((tenant, id)): Path<(String, String)>) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    About { shared: &shared, who: &who, tenant: Some(&tenant) }.ask(&id).await
}

pub(super) async fn end(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    About { shared: &shared, who: &who, tenant: Some(&tenant) }.end(&id).await
}

pub(super) async fn page_of_all(State(shared): State<Shared>, who: Operator, Query(query): Query<DoneQuery>) -> Page {
    About { shared: &shared, who: &who, tenant: None }.page(query.done.as_deref()).await
}

pub(super) async fn make_of_all(State(shared): State<Shared>, who: Operator, Fields(form): Fields<NewKeyForm>) -> Page {
    who.check(&form.form_token)?;
    About { shared: &shared, who: &who, tenant: None }.make(form).await
}

pub(super) async fn ask_of_all(State(shared): State<Shared>, who: Operator, Path(id): Path<String>) -> Page {
    About { shared: &shared, who: &who, tenant: None }.ask(&id).await
}

pub(super) async fn end_of_all(
    State(shared): State<Shared>,
    who: Operator,
    Path(id): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    About { shared: &shared, who: &who, tenant: None }.end(&id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_works_through_its_last_day_where_the_tenant_is() {
        assert_eq!(end_of("2026-08-14", "UTC"), Some(1_786_752_000_000));
        assert_eq!(end_of("2026-08-14", "Asia/Kolkata"), Some(1_786_752_000_000 - 19_800_000));
        for text in ["", "14.8.2026", "2026-02-30", "9999-12-31"] {
            assert_eq!(end_of(text, "UTC"), None, "{text:?}");
        }
    }
}
