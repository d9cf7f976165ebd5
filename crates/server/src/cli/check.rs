//! `check`: tries everything a service depends on, and says what to repair.

use super::output::Output;
use crate::app::{self, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::tokens::NoAccess;
use crate::store::tenant::{self, TenantRow};
use connector_core::exchange::Reply;
use connector_core::ids::ZoomApp;
use connector_core::leadsquared::request;
use connector_core::leadsquared::setup::read_who;
use connector_core::zoom;
use serde::Serialize;
use std::process::ExitCode;

/// How one thing fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Fares {
    Good,
    Look,
    Bad,
}

/// One thing that was tried.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    fares: Fares,
    sentence: String,
}

fn finding(what: &str, fares: Fares, sentence: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), fares, sentence: sentence.into() }
}

/// Tries everything. Exit code 1 when something is bad.
pub(super) async fn run(config: Config, out: &Output) -> anyhow::Result<ExitCode> {
    let mut findings = vec![finding("configuration", Fares::Good, "readable")];
    findings.extend(ZoomApp::ALL.map(|app| zoom_app(&config, app)));
    match app::open(config, Clock::machine()).await {
        Err(error) => findings.push(finding("database and keys", Fares::Bad, format!("{error:#}"))),
        Ok((shared, _writer)) => {
            findings.push(finding("database and keys", Fares::Good, "open, schema up to date"));
            look_outside(&shared, &mut findings).await?;
            shared.store.close().await;
        }
    }
    out.list(&findings, &["", "WHAT", ""], |finding| {
        let mark = match finding.fares {
            Fares::Good => "ok",
            Fares::Look => "look",
            Fares::Bad => "BAD",
        };
        vec![mark.to_owned(), finding.what.clone(), finding.sentence.clone()]
    })?;
    let bad = findings.iter().any(|finding| finding.fares == Fares::Bad);
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn zoom_app(config: &Config, app: ZoomApp) -> Finding {
    let (known, name) = (config.app(app), app.as_str());
    let lacking: Vec<String> = [
        ("client_id", &known.client_id),
        ("client_secret", &known.client_secret),
        ("secret_token", &known.secret_token),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_empty())
    .map(|(key, _)| format!("zoom.{name}.{key}"))
    .collect();
    let what = format!("Zoom app for {name}");
    if lacking.is_empty() {
        finding(&what, Fares::Good, "configured")
    } else {
        finding(&what, Fares::Look, format!("set {}", lacking.join(", ")))
    }
}

async fn look_outside(shared: &Shared, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    // Without a token Zoom refuses, and that is an answer.
    let reply = shared.zoom.api_call(None, "none", &zoom::request::users_me()).await;
    findings.push(match reply {
        Reply::Answer(_) => finding("Zoom", Fares::Good, "answers"),
        Reply::NotSent { why } | Reply::Lost { why } => {
            finding("Zoom", Fares::Bad, format!("does not answer ({why}); check zoom.api_url and the way out"))
        }
    });
    let tenants = shared.store.read(|unit| Box::pin(tenant::all(unit))).await?;
    if tenants.is_empty() {
        findings.push(finding("tenants", Fares::Look, "none yet; `tenant add` sets one up"));
    }
    for row in tenants {
        findings.push(leadsquared(shared, &row).await);
        for app in ZoomApp::ALL {
            findings.push(sign_in(shared, &row, app).await);
        }
    }
    Ok(())
}

async fn leadsquared(shared: &Shared, row: &TenantRow) -> Finding {
    let what = format!("{}: LeadSquared", row.tenant);
    let crm = match shared.crm(&row.tenant).await {
        Ok(crm) => crm,
        Err(error) => return finding(&what, Fares::Bad, format!("{error}; is this the master key of this database?")),
    };
    match read_who(&crm.call(&request::who_am_i()).await) {
        Ok(who) => {
            let user = who.user_email.unwrap_or_else(|| "a user without address".to_owned());
            finding(&what, Fares::Good, format!("takes the keys of {user}"))
        }
        Err(refusal) => finding(&what, Fares::Bad, format!("{refusal}; `tenant keys {}` replaces them", row.tenant)),
    }
}

async fn sign_in(shared: &Shared, row: &TenantRow, app: ZoomApp) -> Finding {
    let what = format!("{}: Zoom {}", row.tenant, app.as_str());
    match shared.tokens().access(&row.tenant, app).await {
        Ok(_) => finding(&what, Fares::Good, "connected"),
        Err(NoAccess::NotConnected) => {
            finding(&what, Fares::Look, format!("not connected; `connection sign-in {} {}`", row.tenant, app.as_str()))
        }
        Err(error) => finding(&what, Fares::Bad, error.to_string()),
    }
}
