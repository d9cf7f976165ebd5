//! Mail to people: puts nothing into words of its own, keeps links sealed until they leave, and sends what is due by SMTP. A loop
//! of its own: a mail server that does not answer holds up nothing else.

use crate::app::{Shared, Step, StepError};
use crate::config::{Mail, Security};
use crate::connections::keyring::Purpose;
use crate::connections::seal::{DoesNotOpen, Place};
use crate::store::mail::{self, Fate, MailRow, NewMail};
use connector_core::ids::Email;
use connector_core::letter::Letter;
use connector_core::redact;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, response::Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

/// How often the loop looks, in milliseconds.
const ROUND_MS: i64 = 5_000;
/// The mail server has so long for one mail, in milliseconds.
const DEADLINE_MS: i64 = 20_000;
/// A mail server that could not be reached, or refuses us, is left alone so long, in milliseconds.
const REST_MS: i64 = 30_000;
/// Waits after the tries, in milliseconds; after the last one a mail is given up.
const WAITS_MS: [i64; 7] = [60_000, 300_000, 900_000, 3_600_000, 4 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000];
/// How much of a mail server's words is kept, in characters.
const WORDS_CHARS: usize = 300;
/// Answers of a mail server that are about us and not about one mail: it goes away, wants us to sign in, or does not
/// like how we did.
const ABOUT_US: [&str; 5] = ["421", "530", "534", "535", "538"];

fn place<'a>(tenant: &'a str, id: &'a str) -> Place<'a> {
    Place { tenant, table: "mail", row: id, column: "link" }
}

/// A link that proves somebody, sealed for the mail of that id ([`NewMail::link`]).
#[must_use]
pub fn seal_link(shared: &Shared, (tenant, id): (&str, &str), link: &str) -> Vec<u8> {
    shared.keys.seal_for(Purpose::Mail, link.as_bytes(), place(tenant, id))
}

/// Whether this service can send mail at all.
#[must_use]
pub fn is_set_up(shared: &Shared) -> bool {
    !shared.config.mail.host.is_empty()
}

/// A try of a mail that did not come to its end.
#[derive(Debug)]
enum Failed {
    /// The mail server cannot be reached, or refuses us: no mail can be sent now.
    Everybody(String),
    /// This mail may pass later.
    Later(String),
    /// This mail never passes.
    Never(String),
}

/// The loop that sends mail.
pub struct Postman {
    shared: Shared,
    rests_until_ms: i64,
}

impl Postman {
    /// A postman over the shared store.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared, rests_until_ms: 0 }
    }

    /// One round: every mail that is due is tried once, until the mail server does not answer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if now_ms < self.rests_until_ms {
            return Ok(Step::IdleUntil(self.rests_until_ms));
        }
        let due = self.shared.store.read(move |unit| Box::pin(mail::due(unit, now_ms))).await?;
        for row in due {
            if !self.send(row).await? {
                self.rests_until_ms = self.shared.clock.now_ms() + REST_MS;
                return Ok(Step::IdleUntil(self.rests_until_ms));
            }
        }
        Ok(Step::IdleUntil(now_ms + ROUND_MS))
    }

    /// Tries a mail. Answers whether others may be tried.
    async fn send(&self, row: MailRow) -> Result<bool, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let wait_ms = usize::try_from(row.attempts).ok().and_then(|tries| WAITS_MS.get(tries)).copied();
        let (mine, next_ms) = (row.clone(), now_ms + wait_ms.unwrap_or(DEADLINE_MS * 2));
        let ours = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { mail::begin_try(unit, &mine, next_ms).await }))
            .await?;
        if !ours {
            return Ok(true);
        }
        let (fate, goes_on) = match (self.attempt(&row).await, wait_ms) {
            (Ok(()), _) => (Fate::Sent, true),
            (Err(Failed::Never(why)), _) => (Fate::GivenUp(why), true),
            (Err(Failed::Later(why)), Some(_)) => (Fate::Waiting(why), true),
            (Err(Failed::Later(why)), None) => (Fate::GivenUp(why), true),
            (Err(Failed::Everybody(why)), Some(_)) => (Fate::Waiting(why), false),
            (Err(Failed::Everybody(why)), None) => (Fate::GivenUp(why), false),
        };
        let state = match &fate {
            Fate::Sent => "sent",
            Fate::Waiting(_) => "waiting",
            Fate::GivenUp(_) => "failed",
        };
        metrics::counter!("mails_total", "state" => state).increment(1);
        let now_ms = self.shared.clock.now_ms();
        let noted =
            self.shared.store.write(move |unit| Box::pin(async move { mail::note(unit, &row, &fate, now_ms).await }));
        noted.await?;
        Ok(goes_on)
    }

    async fn attempt(&self, row: &MailRow) -> Result<(), Failed> {
        let config = &self.shared.config.mail;
        if config.host.is_empty() {
            return Err(Failed::Never("this service has no mail server: mail.host is not configured".to_owned()));
        }
        let never = |why: &str| Failed::Never(why.to_owned());
        let from = Email::parse(&config.from).ok_or_else(|| never("mail.from is no address"))?;
        let to = Email::parse(&row.to).ok_or_else(|| never("the address cannot be written to"))?;
        // Another process may have the key that opens it.
        let link = self.link(row).map_err(|error| Failed::Later(error.to_string()))?;
        let letter = Letter {
            from,
            to,
            subject: row.subject.clone(),
            text: row.body.replace("{link}", &link),
            id: row.id.clone(),
            written_ms: row.created_ms,
        };
        let address =
            |email: &Email| email.as_str().parse::<Address>().map_err(|error| Failed::Never(error.to_string()));
        let envelope = Envelope::new(Some(address(&letter.from)?), vec![address(&letter.to)?])
            .map_err(|error| Failed::Never(error.to_string()))?;
        let transport = self.transport(config)?;
        let wire = letter.wire();
        let sent = transport.send_raw(&envelope, wire.as_bytes());
        let within = self.shared.clock.real_time(DEADLINE_MS);
        match tokio::time::timeout(within, sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judge(&error)),
            Err(_) => Err(Failed::Everybody("the mail server did not answer in time".to_owned())),
        }
    }

    fn link(&self, row: &MailRow) -> Result<String, DoesNotOpen> {
        let Some(sealed) = &row.link else {
            return Ok(format!("{}/t/{}/alerts", self.shared.config.public_url(), row.tenant));
        };
        let opened = self.shared.keys.open_for(Purpose::Mail, sealed, place(row.tenant.as_str(), &row.id))?;
        String::from_utf8(opened).map_err(|_| DoesNotOpen)
    }

    fn transport(&self, config: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failed> {
        let parameters =
            || TlsParameters::new(config.host.clone()).map_err(|error| Failed::Everybody(error.to_string()));
        let tls = match config.security {
            Security::None => Tls::None,
            Security::Starttls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let name = config.from.split_once('@').map_or_else(|| "localhost".to_owned(), |(_, domain)| domain.to_owned());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.clone())
            .port(config.port)
            .hello_name(ClientId::Domain(name))
            .timeout(Some(self.shared.clock.real_time(DEADLINE_MS)))
            .tls(tls);
        if !config.user.is_empty() {
            builder = builder.credentials(Credentials::new(config.user.clone(), config.password.clone()));
        }
        Ok(builder.build())
    }
}

/// What a mail server's no is about. Only an answer in its own words can be about one mail.
fn judge(error: &SmtpError) -> Failed {
    let words = redact::clip(&error.to_string(), WORDS_CHARS);
    let Some(code) = error.status() else { return Failed::Everybody(words) };
    let code_text = code.to_string();
    if ABOUT_US.contains(&code_text.as_str()) {
        return Failed::Everybody(words);
    }
    match code.severity {
        Severity::PermanentNegativeCompletion => Failed::Never(words),
        Severity::TransientNegativeCompletion => Failed::Later(words),
        Severity::PositiveCompletion | Severity::PositiveIntermediate => Failed::Everybody(words),
    }
}

/// What is to be sent, with a link that proves somebody sealed until it leaves.
#[must_use]
pub fn with_link(shared: &Shared, mut mail: NewMail, link: &str) -> NewMail {
    mail.link = Some(seal_link(shared, (mail.tenant.as_str(), &mail.id), link));
    mail
}
