//! `connector`: a tenant's settings.

use super::output::{Output, when};
use super::{ACTOR, OfTenant, known};
use crate::actions;
use crate::api::actions::view;
use crate::app::Shared;
use crate::rehearsal;
use crate::setup::{self, versions};
use crate::store::settings::{self, VersionRow};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::TenantId;
use connector_core::rehearsal::Tally;
use connector_core::settings::difference::Change;
use connector_core::settings::{Settings, Versioned};
use serde_json::Value;
use std::path::PathBuf;

/// A tenant's settings.
#[derive(Debug, Subcommand)]
pub(super) enum Connector {
    /// Show the settings in force
    Show(OfTenant),
    /// Change settings: those in the file replace those in force
    Set(Set),
    /// List the versions of the settings, newest first
    Versions(OfTenant),
    /// Show what changed from one version to another
    Diff(Diff),
    /// Make an earlier version of the settings the newest
    Restore(Restore),
    /// Run the last webinar under changed settings, and show what would be different; writes nothing
    Rehearse(Set),
    /// Say whether settings could be changed so, and what is wrong with their rules; nothing is saved
    Check(Set),
    /// Show the addresses that LeadSquared calls; each holds a secret
    Addresses(OfTenant),
    /// Make a new secret for the addresses that LeadSquared calls, and show them; the old ones are worthless at once
    RenewSecret(OfTenant),
}

/// Settings to change.
#[derive(Debug, Args)]
pub(super) struct Set {
    /// The tenant's id
    tenant: TenantId,
    /// A JSON file with the settings to change, or `-` for standard input
    file: PathBuf,
}

/// Two versions.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The tenant's id
    tenant: TenantId,
    /// The earlier version
    from: i64,
    /// The later version; without it the one in force
    to: Option<i64>,
}

/// An earlier version.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The tenant's id
    tenant: TenantId,
    /// The version to go back to
    version: i64,
}

/// The largest file of settings, in bytes.
const SETTINGS_BYTES_MAX: u64 = 256 * 1024;
/// Versions that are listed.
const VERSIONS_MAX: i64 = 100;

/// Runs the command.
pub(super) async fn run(command: Connector, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        Connector::Show(of) => {
            let current = current(shared, &of.tenant).await?;
            show(&current, out)
        }
        Connector::Check(set) => {
            let current = current(shared, &set.tenant).await?;
            changed(&current.settings, read(&set.file)?)?;
            out.show(&serde_json::json!({ "right": true }), |_| vec!["These settings are right.".to_owned()])
        }
        Connector::Set(set) => {
            let current = current(shared, &set.tenant).await?;
            let next = changed(&current.settings, read(&set.file)?)?;
            show(&setup::save_settings_after(shared, &set.tenant, current.version, next, ACTOR).await?, out)
        }
        Connector::Versions(of) => list(shared, &of.tenant, out).await,
        Connector::Diff(diff) => {
            let current = current(shared, &diff.tenant).await?;
            let to = diff.to.unwrap_or(current.version);
            let changes = versions::between(shared, &diff.tenant, diff.from, to).await?;
            out.show(&changes, |changes| match changes.is_empty() {
                true => vec!["The two versions do not differ.".to_owned()],
                false => changes.iter().map(Change::words).collect(),
            })
        }
        Connector::Restore(restore) => {
            let current = current(shared, &restore.tenant).await?;
            let at = (restore.version, current.version);
            show(&versions::go_back(shared, &restore.tenant, at, ACTOR).await?, out)
        }
        Connector::Rehearse(set) => {
            let current = current(shared, &set.tenant).await?;
            let edited = changed(&current.settings, read(&set.file)?)?;
            rehearse(shared, &set.tenant, edited, out).await
        }
        Connector::Addresses(of) => {
            let current = current(shared, &of.tenant).await?;
            addresses(shared, &of.tenant, current.settings.actions_version, out).await
        }
        Connector::RenewSecret(of) => {
            known(shared, &of.tenant).await?;
            let renewed = actions::renew(shared, &of.tenant, ACTOR).await?;
            addresses(shared, &of.tenant, renewed.settings.actions_version, out).await
        }
    }
}

async fn addresses(shared: &Shared, tenant: &TenantId, version: u32, out: &Output) -> anyhow::Result<()> {
    let shown = view(shared, tenant, version).await?;
    out.show(&shown, |shown| shown.named().iter().map(|(name, address)| format!("{name:<9} {address}")).collect())
}

async fn current(shared: &Shared, tenant: &TenantId) -> anyhow::Result<Versioned> {
    known(shared, tenant).await?;
    let wanted = tenant.clone();
    Ok(shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?)
}

fn show(shown: &Versioned, out: &Output) -> anyhow::Result<()> {
    let value = serde_json::json!({ "version": shown.version, "settings": shown.settings.as_chosen() });
    out.show(&value, |value| vec![serde_json::to_string_pretty(value).unwrap_or_default()])
}

async fn list(shared: &Shared, tenant: &TenantId, out: &Output) -> anyhow::Result<()> {
    known(shared, tenant).await?;
    let rows = versions::list(shared, tenant, None, VERSIONS_MAX).await?;
    let value: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::json!({ "version": row.version, "author": row.author, "created_ms": row.created_ms }))
        .collect();
    let line = |row: &VersionRow| format!("{:>5}  {}  {}", row.version, when(row.created_ms), row.author);
    out.show(&value, |_| rows.iter().map(line).collect())
}

async fn rehearse(shared: &Shared, tenant: &TenantId, edited: Settings, out: &Output) -> anyhow::Result<()> {
    let rehearsed = rehearsal::rehearse(shared, tenant, edited).await?;
    let rehearsed = rehearsed.context("no webinar has been recorded yet to try the settings on")?;
    let (recorded, comparison) = (&rehearsed.recorded, &rehearsed.comparison);
    let value = serde_json::json!({
        "webinar": recorded.number.0,
        "topic": recorded.topic,
        "notifications": recorded.notifications.len(),
        "cut": recorded.cut,
        "tallies": comparison.tallies,
        "differences": comparison.differences,
    });
    out.show(&value, |_| {
        let mut lines = vec![format!(
            "{} ({}), {} notifications{}",
            recorded.topic.as_deref().unwrap_or("(no topic)"),
            recorded.number,
            recorded.notifications.len(),
            if recorded.cut { ", the newest of more" } else { "" }
        )];
        lines.extend(comparison.tallies.iter().map(|(made, tally)| {
            let Tally { same, changed, new, gone } = tally;
            format!("{:<12} {same} the same, {changed} changed, {new} new, {gone} gone", made.words())
        }));
        lines
    })
}

fn read(file: &std::path::Path) -> anyhow::Result<Value> {
    use std::io::Read as _;
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().take(SETTINGS_BYTES_MAX).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        opened.take(SETTINGS_BYTES_MAX).read_to_string(&mut text)?;
    }
    serde_json::from_str(&text).context("the settings must be a JSON object")
}

/// The settings with some of them replaced; a name that is none is an error.
fn changed(current: &Settings, change: Value) -> anyhow::Result<Settings> {
    let mut settings = serde_json::to_value(current)?;
    let (Value::Object(known), Value::Object(change)) = (&mut settings, change) else {
        anyhow::bail!("the settings must be a JSON object");
    };
    for (name, value) in change {
        anyhow::ensure!(known.contains_key(&name), "there is no setting {name:?}; `connector show` lists them");
        known.insert(name, value);
    }
    Ok(Settings::written(&settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_changes_and_unknown_names_are_refused() {
        let next = changed(&Settings::default(), serde_json::json!({ "lead_source": "Web" })).unwrap();
        assert_eq!((next.lead_source.as_str(), next.plan), ("Web", Settings::default().plan));
        assert!(changed(&Settings::default(), serde_json::json!({ "leadsource": "Web" })).is_err());
        assert!(changed(&Settings::default(), serde_json::json!({ "lead_source": 5 })).is_err());
        assert!(changed(&Settings::default(), serde_json::json!({ "plan": { "cals": 5 } })).is_err());
        assert!(changed(&Settings::default(), serde_json::json!([])).is_err());
        let wrong = serde_json::json!({ "rules": [{ "name": "A", "condition": "attendet > 5" }] });
        let said = changed(&Settings::default(), wrong).unwrap_err().to_string();
        assert!(said.starts_with("rules[0].condition (line 1, column 1): “attendet” is not known;"), "{said}");
    }
}
