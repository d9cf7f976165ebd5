//! The configuration: defaults < `connector.toml` < environment (`ZOOM_CONNECTOR__SECTION__KEY`) < secret files
//! (`…_FILE` in the environment names a file that holds the value). An unknown key is an error that names it.

use crate::connections::master::Source;
use crate::connections::seal::parse_key;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything that can be configured. `docs/configuration.md` explains every key; a test compares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Addresses of this service.
    pub server: Server,
    /// The database.
    pub store: Store,
    /// Keys of this service.
    pub keys: Keys,
    /// The two Zoom apps.
    pub zoom: Zoom,
    /// The mail server, for what people have to know.
    pub mail: Mail,
    /// The migration off the old JWT app.
    pub migration: Migration,
    /// The console.
    pub console: Console,
    /// Logs.
    pub log: Log,
    /// For trying things out.
    pub development: Development,
}

/// Addresses of this service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where console, API and webhooks listen.
    pub listen: SocketAddr,
    /// The address people and Zoom reach it under; part of the redirect addresses of the Zoom apps.
    pub public_url: String,
    /// Where metrics listen; empty means nowhere.
    pub metrics_listen: String,
    /// Connections at once.
    pub connections_max: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            metrics_listen: "127.0.0.1:9090".to_owned(),
            connections_max: 10_000,
        }
    }
}

/// The database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// `sqlite://PATH` or `postgres://…`; empty means `connector.db` in the data folder.
    pub url: String,
    /// The folder for everything that is kept: database, master key.
    pub data_folder: PathBuf,
    /// Connections to the database for reading, and as many again for writing on PostgreSQL.
    pub connections_max: u32,
}

impl Default for Store {
    fn default() -> Self {
        let connections_max = crate::store::CONNECTIONS_MAX;
        Self { url: String::new(), data_folder: PathBuf::from("data"), connections_max }
    }
}

/// Keys of this service.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// 32 bytes as 64 hex digits, under which the tenants' keys are sealed; empty means `master.key` in the data folder,
    /// made on the first start.
    pub master: String,
    /// The one before, while `rotate-key` puts another in its place: it opens what is sealed under it, and seals nothing.
    pub previous: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The two Zoom apps and where Zoom is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Zoom {
    /// Base address of Zoom's API, without `/v2` behind it.
    pub api_url: String,
    /// Base address of Zoom's sign-in.
    pub oauth_url: String,
    /// The app for meetings.
    pub meetings: ZoomAppConfig,
    /// The app for webinars.
    pub webinars: ZoomAppConfig,
}

impl Default for Zoom {
    fn default() -> Self {
        Self {
            api_url: crate::zoom::ZOOMS_OWN_API.to_owned(),
            oauth_url: "https://zoom.us".to_owned(),
            meetings: ZoomAppConfig::default(),
            webinars: ZoomAppConfig::default(),
        }
    }
}

/// One Zoom app, as the Zoom Marketplace shows it to its owner.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ZoomAppConfig {
    /// Client ID.
    pub client_id: String,
    /// Client Secret.
    pub client_secret: String,
    /// Secret Token of the app's event subscriptions.
    pub secret_token: String,
    /// The Secret Token before it was regenerated; still accepted while it stands here.
    pub previous_secret_token: String,
}

impl std::fmt::Debug for ZoomAppConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ZoomAppConfig({}, ..)", self.client_id)
    }
}

/// The mail server.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Its name; empty means that no mail is sent.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept secret.
    pub security: Security,
    /// Who signs in there; empty means nobody.
    pub user: String,
    /// With what.
    pub password: String,
    /// The address mails come from.
    pub from: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            security: Security::Starttls,
            user: String::new(),
            password: String::new(),
            from: String::new(),
        }
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}:{}, ..)", self.host, self.port)
    }
}

/// How the way to the mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Begins in the clear and turns to TLS before anything is said; without TLS nothing is sent.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In the clear; for a relay on the same machine.
    None,
}

/// The migration off the old JWT app: dates that its page names, and how long the silence lasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Migration {
    /// Connectors installed before this day are concerned, `yyyy-mm-dd`.
    pub installed_before: String,
    /// The day from which Zoom refuses JWT apps, `yyyy-mm-dd`.
    pub refused_from: String,
    /// How long the old app must have told nothing before a migration can be finished, in hours.
    pub quiet_hours: u32,
}

impl Default for Migration {
    fn default() -> Self {
        Self { installed_before: "2023-06-01".to_owned(), refused_from: "2023-09-08".to_owned(), quiet_hours: 24 }
    }
}

/// The console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// How much of people operators see: `all`, or `masked` until they say why they need it.
    pub operators_see: OperatorsSee,
}

impl Default for Console {
    fn default() -> Self {
        Self { operators_see: OperatorsSee::All }
    }
}

/// How much of people operators see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorsSee {
    /// Whatever stands there.
    All,
    /// Addresses, names and numbers masked, until they say why they need them.
    Masked,
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter as tracing takes it.
    pub level: String,
    /// `text` or `json`.
    pub form: LogForm,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), form: LogForm::Text }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogForm {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// For trying things out; never in production.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Development {
    /// Accept `http` and private addresses for Zoom and LeadSquared, so that both can be pretended.
    pub allow_http: bool,
    /// The service's time runs so many times as fast as life's: leases, deadlines, retries and all.
    pub clock_speed: u32,
}

impl Default for Development {
    fn default() -> Self {
        Self { allow_http: false, clock_speed: 1 }
    }
}

/// The most that `store.connections_max` may be.
pub const STORE_CONNECTIONS_MAX: u32 = 200;
/// The fastest that `development.clock_speed` may be.
pub const CLOCK_SPEED_MAX: u32 = 100;

/// The prefix of environment variables.
pub const ENVIRONMENT_PREFIX: &str = "ZOOM_CONNECTOR__";
/// The file that is read when no other is named and it is there.
pub const FILE_NAME: &str = "connector.toml";
/// The largest value a secret file may hold, in bytes.
pub const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Why the configuration cannot be used, as a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads the configuration from `file` (or [`FILE_NAME`] here, if it is there) and the given environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key or the combination that is wrong.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let table = match file {
            Some(path) => read_file(path)?,
            None if Path::new(FILE_NAME).exists() => read_file(Path::new(FILE_NAME))?,
            None => toml::Table::new(),
        };
        Self::over(table, environment)
    }

    /// The defaults under the given environment, without any file.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key or the combination that is wrong.
    pub fn load_environment(environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        Self::over(toml::Table::new(), environment)
    }

    fn over(mut table: toml::Table, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut variables: Vec<(String, String)> =
            environment.filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX)).collect();
        // Files of secrets come last: what they say wins.
        variables.sort_by_key(|(name, _)| (name.ends_with("_FILE"), name.clone()));
        for (name, value) in variables {
            let path = name.trim_start_matches(ENVIRONMENT_PREFIX).to_lowercase();
            match path.strip_suffix("_file") {
                Some(path) => set(&mut table, path, &name, &read_secret(&value)?)?,
                None => set(&mut table, &path, &name, &value)?,
            }
            // After each, so that the one that cannot be is named.
            parse(&table).map_err(|why| ConfigError(format!("{name}: {why}")))?;
        }
        let config = parse(&table).map_err(ConfigError)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let complain = |sentence: &str| Err(ConfigError(sentence.to_owned()));
        for (key, url) in [("zoom.api_url", &self.zoom.api_url), ("zoom.oauth_url", &self.zoom.oauth_url)] {
            if !(url.starts_with("https://") || self.development.allow_http && url.starts_with("http://")) {
                return complain(&format!(
                    "{key} must begin with https:// (for a pretend Zoom set development.allow_http = true)"
                ));
            }
        }
        match self.development.clock_speed {
            1 => {}
            2..=CLOCK_SPEED_MAX if self.development.allow_http => {}
            0 | 2.. => {
                return complain(
                    "development.clock_speed must be 1, or up to 100 beside development.allow_http = true: it is for pretend systems only",
                );
            }
        }
        for (key, text) in [("keys.master", &self.keys.master), ("keys.previous", &self.keys.previous)] {
            if !text.is_empty() && parse_key(text).is_none() {
                return complain(&format!("{key} must be 64 hex digits (32 random bytes)"));
            }
        }
        if !self.server.metrics_listen.is_empty() && self.server.metrics_listen.parse::<SocketAddr>().is_err() {
            return complain("server.metrics_listen must be an address with a port, or empty");
        }
        if !is_level(&self.log.level) {
            return complain(
                "log.level must be error, warn, info, debug, trace or off, or directives like info,connector_server=debug",
            );
        }
        let schemes = ["sqlite:", "postgres:", "postgresql:"];
        if !self.store.url.is_empty() && !schemes.iter().any(|scheme| self.store.url.starts_with(scheme)) {
            return complain("store.url must begin with sqlite:// or postgres://");
        }
        if !self.server.public_url.is_empty() && !self.server.public_url.starts_with("http") {
            return complain("server.public_url must begin with https:// (or http:// for trying out)");
        }
        if !(2..=STORE_CONNECTIONS_MAX).contains(&self.store.connections_max) {
            return complain("store.connections_max must be from 2 to 200");
        }
        self.check_mail()
    }

    fn check_mail(&self) -> Result<(), ConfigError> {
        let complain = |sentence: &str| Err(ConfigError(sentence.to_owned()));
        let mail = &self.mail;
        if mail.host.is_empty() {
            return Ok(());
        }
        if connector_core::ids::Email::parse(&mail.from).is_none() {
            return complain("mail.from must be the address that mails come from, like connector@example.com");
        }
        if mail.user.is_empty() != mail.password.is_empty() {
            return complain("mail.user and mail.password belong together: set both or none");
        }
        if mail.security == Security::None && !mail.user.is_empty() && !self.development.allow_http {
            return complain("mail.security = \"none\" would send mail.password in the clear; use starttls or tls");
        }
        Ok(())
    }

    /// The address people and Zoom use, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        match self.server.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.server.listen),
            url => url.to_owned(),
        }
    }

    /// The database's address.
    #[must_use]
    pub fn store_url(&self) -> String {
        match self.store.url.as_str() {
            "" => format!("sqlite://{}", self.store.data_folder.join("connector.db").display()),
            url => url.to_owned(),
        }
    }

    /// Where the master keys are.
    #[must_use]
    pub fn master_keys(&self) -> Source {
        Source {
            master: self.keys.master.clone(),
            previous: self.keys.previous.clone(),
            folder: self.store.data_folder.clone(),
        }
    }

    /// That app's configuration.
    #[must_use]
    pub fn app(&self, app: connector_core::ids::ZoomApp) -> &ZoomAppConfig {
        match app {
            connector_core::ids::ZoomApp::Meetings => &self.zoom.meetings,
            connector_core::ids::ZoomApp::Webinars => &self.zoom.webinars,
        }
    }
}

/// The connector's own variables of this process' environment. What else stands there need not even be text.
///
/// # Errors
/// [`ConfigError`] naming a variable of ours that is no text.
pub fn variables() -> Result<Vec<(String, String)>, ConfigError> {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = named.filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX));
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(ConfigError(format!("{name} is not UTF-8 text"))),
    })
    .collect()
}

fn parse(table: &toml::Table) -> Result<Config, String> {
    let text = toml::to_string(table).map_err(|error| error.to_string())?;
    toml::from_str(&text).map_err(|error| error.message().to_owned())
}

/// Whether a log filter says what it seems to say: a lone word that is no level would be taken for the name of a module.
fn is_level(filter: &str) -> bool {
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    let known = |part: &str| part.contains('=') || levels.contains(&part.trim().to_lowercase().as_str());
    filter.split(',').all(known) && tracing_subscriber::EnvFilter::try_new(filter).is_ok()
}

fn read_file(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("cannot read {}: {error}", path.display())))?;
    // Read once as what it must be, so that the error names line and key of the file itself.
    toml::from_str::<Config>(&text).map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| ConfigError(format!("{}: {error}", path.display())))
}

fn read_secret(path: &str) -> Result<String, ConfigError> {
    let complain = |why: String| ConfigError(format!("cannot read the secret file {path}: {why}"));
    let size = std::fs::metadata(path).map_err(|error| complain(error.to_string()))?.len();
    if size > SECRET_FILE_BYTES_MAX {
        return Err(complain(format!("larger than {SECRET_FILE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| complain(error.to_string()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Sets `section__key` to a text, as the kind of value that stands there by default.
fn set(table: &mut toml::Table, path: &str, name: &str, value: &str) -> Result<(), ConfigError> {
    let defaults = toml::Table::try_from(Config::default()).map_err(|error| ConfigError(error.to_string()))?;
    let mut parts: Vec<&str> = path.split("__").collect();
    let unknown = || ConfigError(format!("{name} is not a configuration key; docs/configuration.md lists them"));
    let key = parts.pop().ok_or_else(unknown)?;
    let (mut here, mut like) = (table, &defaults);
    for part in parts {
        like = like.get(part).and_then(toml::Value::as_table).ok_or_else(unknown)?;
        let next = here.entry(part.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        here = next.as_table_mut().ok_or_else(unknown)?;
    }
    let wrong = |what: &str| ConfigError(format!("{name} must be {what}"));
    let typed = match like.get(key).ok_or_else(unknown)? {
        toml::Value::Boolean(_) => toml::Value::Boolean(value.parse().map_err(|_| wrong("true or false"))?),
        toml::Value::Integer(_) => toml::Value::Integer(value.parse().map_err(|_| wrong("a whole number"))?),
        toml::Value::String(_) => toml::Value::String(value.to_owned()),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            return Err(unknown());
        }
    };
    here.insert(key.to_owned(), typed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty.toml");
        std::fs::write(&file, "").unwrap();
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(&file), pairs)
    }

    #[test]
    fn nothing_configured_means_the_defaults() {
        assert_eq!(load(&[]).unwrap(), Config::default());
        assert_eq!(load(&[("PATH", "/bin")]).unwrap(), Config::default());
    }

    #[test]
    fn the_environment_reaches_every_kind_of_key() {
        let config = load(&[
            ("ZOOM_CONNECTOR__SERVER__LISTEN", "0.0.0.0:9000"),
            ("ZOOM_CONNECTOR__SERVER__CONNECTIONS_MAX", "12"),
            ("ZOOM_CONNECTOR__ZOOM__MEETINGS__CLIENT_ID", "abc"),
            ("ZOOM_CONNECTOR__DEVELOPMENT__ALLOW_HTTP", "true"),
        ])
        .unwrap();
        assert_eq!(config.server.listen.port(), 9000);
        assert_eq!(config.server.connections_max, 12);
        assert_eq!(config.zoom.meetings.client_id, "abc");
        assert!(config.development.allow_http);
        for level in ["WARN", "off", "info,connector_server=debug", "sqlx=warn"] {
            assert!(load(&[("ZOOM_CONNECTOR__LOG__LEVEL", level)]).is_ok(), "{level}");
        }
    }

    #[track_caller]
    fn check_refused(variables: &[(&str, &str)], named: &str) {
        let error = load(variables).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }

    #[test]
    fn an_unknown_key_or_a_bad_value_is_named() {
        check_refused(&[("ZOOM_CONNECTOR__SERVER__LISTENN", "x")], "ZOOM_CONNECTOR__SERVER__LISTENN");
        check_refused(&[("ZOOM_CONNECTOR__NO__SUCH", "x")], "ZOOM_CONNECTOR__NO__SUCH");
        check_refused(&[("ZOOM_CONNECTOR__SERVER__CONNECTIONS_MAX", "many")], "a whole number");
        check_refused(&[("ZOOM_CONNECTOR__ZOOM__API_URL", "http://127.0.0.1:1")], "zoom.api_url");
        check_refused(&[("ZOOM_CONNECTOR__DEVELOPMENT__CLOCK_SPEED", "30")], "development.clock_speed");
        check_refused(&[("ZOOM_CONNECTOR__KEYS__MASTER", "short")], "keys.master");
        check_refused(&[("ZOOM_CONNECTOR__KEYS__PREVIOUS", "short")], "keys.previous");
        check_refused(&[("ZOOM_CONNECTOR__SERVER__LISTEN", "8080")], "ZOOM_CONNECTOR__SERVER__LISTEN");
        check_refused(&[("ZOOM_CONNECTOR__LOG__FORM", "xml")], "ZOOM_CONNECTOR__LOG__FORM");
        check_refused(&[("ZOOM_CONNECTOR__LOG__LEVEL", "verbose")], "log.level");
        check_refused(&[("ZOOM_CONNECTOR__LOG__LEVEL", "a=b=c")], "log.level");
        check_refused(&[("ZOOM_CONNECTOR__STORE__URL", "mysql://x/y")], "store.url");
        let host = ("ZOOM_CONNECTOR__MAIL__HOST", "mail.example.com");
        let from = ("ZOOM_CONNECTOR__MAIL__FROM", "connector@example.com");
        let user = ("ZOOM_CONNECTOR__MAIL__USER", "connector");
        let (password, clear) = (("ZOOM_CONNECTOR__MAIL__PASSWORD", "p"), ("ZOOM_CONNECTOR__MAIL__SECURITY", "none"));
        check_refused(&[host], "mail.from");
        check_refused(&[host, from, user], "mail.password");
        check_refused(&[host, from, user, password, clear], "in the clear");
        check_refused(&[("ZOOM_CONNECTOR__MAIL__SECURITY", "ssl")], "ZOOM_CONNECTOR__MAIL__SECURITY");
        assert!(load(&[host, from, user, password]).is_ok() && load(&[host, from, clear]).is_ok());
        check_refused(&[("ZOOM_CONNECTOR__KEYS__MASTER_FILE", "/does/not/exist")], "/does/not/exist");
    }

    #[test]
    fn an_unknown_key_in_the_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("connector.toml");
        std::fs::write(&file, "[server]\nlissten = \"x\"\n").unwrap();
        let error = Config::load(Some(&file), std::iter::empty()).unwrap_err().to_string();
        assert!(error.contains("lissten") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn secret_files_win_over_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "from-file\n").unwrap();
        let path = file.to_str().unwrap();
        let config = load(&[
            ("ZOOM_CONNECTOR__ZOOM__MEETINGS__CLIENT_SECRET_FILE", path),
            ("ZOOM_CONNECTOR__ZOOM__MEETINGS__CLIENT_SECRET", "from-env"),
        ])
        .unwrap();
        assert_eq!(config.zoom.meetings.client_secret, "from-file");
    }
}
