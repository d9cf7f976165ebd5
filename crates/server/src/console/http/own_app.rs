//! A tenant's own Zoom app on the Configure page: what is shown of it, trying credentials, replacing the secret token. What was tried goes
//! to the page that asks before it connects, as every sign-in does.

use super::super::configure::Tab;
use super::super::own_app::{Connected, OwnAppFields};
use super::super::part::Moment;
use super::configure::{BROWSER_S, app_of, parse_tab, tab_address, view};
use super::connect::confirm_address;
use super::session::{Admin, BROWSER, cookie, set_cookie};
use super::{Failure, Fields, Page, address, see, show, tenant_of};
use crate::app::Shared;
use crate::connections::own_app::{self, NotReplaced};
use crate::connections::sign_in::SignInError;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use connector_core::own_app::{OwnApp, events};
use connector_core::zoom::reply::scopes::features_of;
use serde::Deserialize;

/// What the page shows of it.
pub(super) async fn shown(shared: &Shared, tenant: &TenantRow, tab: Tab) -> Result<OwnAppFields, Failure> {
    let app = app_of(tab);
    let own = shared.own_app(&tenant.tenant, app).await.map_err(SignInError::from)?;
    let now_ms = shared.clock.now_ms();
    let moment = |at_ms| Moment::new(at_ms, now_ms, &tenant.time_zone);
    let scopes = features_of(app).iter().flat_map(|feature| feature.scopes.iter());
    Ok(OwnAppFields {
        webhook_url: own_app::webhook_url(shared, &tenant.tenant, app),
        events: events(app),
        scopes: scopes.map(|(scope, _)| format!("{scope}:admin")).collect(),
        account: own.as_ref().map_or_else(String::new, |own| own.account.clone()),
        client_id: own.as_ref().map_or_else(String::new, |own| own.client_id.clone()),
        connected: own.map(|own| Connected {
            earlier_until: own.earlier_at(now_ms).map(|earlier| moment(earlier.until_ms)),
            client_id: own.client_id,
        }),
        refusal: String::new(),
        token_refusal: String::new(),
    })
}

/// Credentials as the Zoom Marketplace shows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    #[serde(default)]
    form_token: String,
    account_id: String,
    client_id: String,
    client_secret: String,
    secret_token: String,
}

pub(super) async fn try_out(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    headers: HeaderMap,
    Fields(form): Fields<Given>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    let given = OwnApp::given([&form.account_id, &form.client_id, &form.client_secret, &form.secret_token]);
    match own_app::try_out(&shared, &tenant.tenant, app_of(tab), given, (&browser, who.actor())).await {
        Ok((state, _)) => {
            let to = see(&confirm_address(app_of(tab), &state));
            Ok(([set_cookie(&shared, BROWSER, &browser, BROWSER_S)], to).into_response())
        }
        Err(SignInError::Refused(sentence)) => {
            let mut page = view(&shared, &who, &tenant, tab).await?;
            let entered = (form.account_id, form.client_id);
            (page.own_app.account, page.own_app.client_id, page.own_app.refusal) = (entered.0, entered.1, sentence);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A secret token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    #[serde(default)]
    form_token: String,
    secret_token: String,
}

pub(super) async fn replace_secret_token(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    Fields(form): Fields<NewToken>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let of = (&tenant.tenant, app_of(tab));
    match own_app::replace_secret_token(&shared, of, &form.secret_token, who.actor()).await {
        Ok(()) => Ok(see(&address(&tab_address(&tenant.tenant, tab), &[("done", "secret-token")]))),
        Err(NotReplaced::Wrong(sentence)) => {
            let mut page = view(&shared, &who, &tenant, tab).await?;
            page.own_app.token_refusal = sentence.to_owned();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
