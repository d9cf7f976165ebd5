//! `connector`: a tenant's settings.

use super::output::Output;
use super::{ACTOR, OfTenant, known};
use crate::app::Shared;
use crate::setup;
use crate::store::settings;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::TenantId;
use connector_core::settings::Settings;
use serde_json::Value;
use std::path::PathBuf;

/// A tenant's settings.
#[derive(Debug, Subcommand)]
pub(super) enum Connector {
    /// Show the settings in force
    Show(OfTenant),
    /// Change settings: those in the file replace those in force
    Set(Set),
    /// Say whether settings could be changed so, and what is wrong with their rules; nothing is saved
    Check(Set),
}

/// Settings to change.
#[derive(Debug, Args)]
pub(super) struct Set {
    /// The tenant's id
    tenant: TenantId,
    /// A JSON file with the settings to change, or `-` for standard input
    file: PathBuf,
}

/// Whether a change is kept.
enum Saves {
    Yes,
    No,
}

/// The largest file of settings, in bytes.
const SETTINGS_BYTES_MAX: u64 = 256 * 1024;

/// Runs the command.
pub(super) async fn run(command: Connector, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    let (tenant, change, saves) = match command {
        Connector::Show(of) => (of.tenant, None, Saves::No),
        Connector::Set(set) => (set.tenant, Some(read(&set.file)?), Saves::Yes),
        Connector::Check(set) => (set.tenant, Some(read(&set.file)?), Saves::No),
    };
    known(shared, &tenant).await?;
    let wanted = tenant.clone();
    let current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &wanted).await })).await?;
    let next = change.map(|change| changed(&current.settings, change)).transpose()?;
    let shown = match (next, saves) {
        (None, _) => current,
        (Some(next), Saves::Yes) => setup::save_settings_after(shared, &tenant, current.version, next, ACTOR).await?,
        (Some(_), Saves::No) => {
            return out.show(&serde_json::json!({ "right": true }), |_| vec!["These settings are right.".to_owned()]);
        }
    };
    let value = serde_json::json!({ "version": shown.version, "settings": shown.settings });
    out.show(&value, |value| vec![serde_json::to_string_pretty(value).unwrap_or_default()])
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
