//! A world to begin with: two Zoom accounts with people of different rights, the two Zoom apps, two LeadSquared accounts.
//! `simulate`, the demo and the connector's stories all begin here.

use crate::clock::Clock;
use crate::leadsquared::{LeadSquared, Limit, NewAccount, Throttle};
use crate::serve::{Served, serve};
use crate::smtp::{ServedSmtp, Smtp};
use crate::zoom::{AppKind, NewApp, NewUser, Postman, Role, Zoom};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::task::JoinSet;

/// A pretend Zoom account and who is in it.
#[derive(Debug, Clone)]
pub struct ZoomAccount {
    /// Account id.
    pub id: String,
    /// Zoom user id of the owner, who is an admin with all permissions and may hold webinars.
    pub admin: String,
    /// The owner's address.
    pub admin_email: String,
    /// Zoom user id of a plain member, who may not install apps.
    pub member: String,
}

/// A pretend LeadSquared account and its keys.
#[derive(Debug, Clone)]
pub struct CrmAccount {
    /// Short code, also used as tenant id.
    pub org: String,
    /// Name.
    pub name: String,
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: String,
}

/// One of the two Zoom apps and its secrets.
#[derive(Debug, Clone)]
pub struct ZoomAppKeys {
    /// `meetings` or `webinars`.
    pub name: &'static str,
    /// Client ID.
    pub client_id: String,
    /// Client Secret.
    pub client_secret: String,
    /// Secret Token.
    pub secret_token: String,
}

/// The pretend world.
#[derive(Clone)]
pub struct Preset {
    /// The pretend Zoom.
    pub zoom: Zoom,
    /// The pretend LeadSquared.
    pub leadsquared: LeadSquared,
    /// Zoom accounts, in the order of the tenants that use them.
    pub zoom_accounts: [ZoomAccount; 2],
    /// LeadSquared accounts.
    pub crm_accounts: [CrmAccount; 2],
    /// Meetings, then webinars.
    pub apps: [ZoomAppKeys; 2],
    /// The pretend mail server.
    pub smtp: Smtp,
}

/// The pretend world while it is being served.
#[derive(Debug)]
pub struct Pretend {
    /// The pretend Zoom.
    pub zoom: Served,
    /// The pretend LeadSquared.
    pub leadsquared: Served,
    /// The pretend mail server.
    pub smtp: ServedSmtp,
    /// Where the mails that arrived can be looked at.
    pub mailbox: Served,
    _postman: JoinSet<()>,
}

/// What the apps declare (zoom.md § 1.10), granular and for the whole account.
const MEETING_SCOPES: &[&str] = &[
    "user:read:user:admin",
    "user:read:settings:admin",
    "group:read:list_groups:admin",
    "meeting:read:meeting:admin",
    "meeting:write:meeting:admin",
    "meeting:update:meeting:admin",
    "meeting:delete:meeting:admin",
    "meeting:update:status:admin",
    "meeting:read:list_meetings:admin",
    "meeting:read:list_past_participants:admin",
    "report:read:list_meeting_participants:admin",
    "report:read:list_history_meetings:admin",
];
const WEBINAR_SCOPES: &[&str] = &[
    "user:read:user:admin",
    "user:read:settings:admin",
    "group:read:list_groups:admin",
    "webinar:read:webinar:admin",
    "webinar:write:webinar:admin",
    "webinar:delete:webinar:admin",
    "webinar:read:list_webinars:admin",
    "webinar:read:list_registrants:admin",
    "webinar:write:registrant:admin",
    "webinar:write:batch_registrants:admin",
    "webinar:update:registrant_status:admin",
    "webinar:read:list_registration_questions:admin",
    "webinar:read:list_panelists:admin",
    "webinar:read:list_past_participants:admin",
    "webinar:read:list_absentees:admin",
    "webinar:read:past_qa:admin",
    "webinar:read:list_past_polls:admin",
    "report:read:list_webinar_participants:admin",
    "report:read:list_history_meetings:admin",
];

impl Preset {
    /// A world with that clock; the same seed makes the same ids.
    #[must_use]
    pub fn new(clock: Clock, seed: u64, limit: Option<Limit>) -> Self {
        let zoom = Zoom::new(clock.clone(), seed);
        let zoom_accounts =
            [zoom_account(&zoom, "Sunrise Academy", "sunrise"), zoom_account(&zoom, "Northwind", "northwind")];
        let apps = [app_keys("meetings"), app_keys("webinars")];
        let leadsquared = LeadSquared::new(clock, seed.wrapping_add(1));
        let crm_accounts = [crm_account("sunrise", "Sunrise Academy"), crm_account("northwind", "Northwind Traders")];
        for account in &crm_accounts {
            leadsquared.add_account(NewAccount {
                org: account.org.clone(),
                name: account.name.clone(),
                access_key: account.access_key.clone(),
                secret_key: account.secret_key.clone(),
                user_email: format!("integration@{}.example", account.org),
                time_zone: "Asia/Kolkata".to_owned(),
                limit,
                throttle: Throttle::Status429,
                api_host: "api-in21.leadsquared.example".to_owned(),
                app_host: "in21.leadsquared.example".to_owned(),
            });
        }
        Self { zoom, leadsquared, zoom_accounts, crm_accounts, apps, smtp: Smtp::default() }
    }

    /// Registers the two apps with the addresses of a connector: where sign-ins come back to and webhooks go.
    pub fn point_at(&self, connector: &str) {
        let connector = connector.trim_end_matches('/');
        for keys in &self.apps {
            let (kind, name, scopes) = match keys.name {
                "meetings" => (AppKind::Meetings, "LeadSquared", MEETING_SCOPES),
                _ => (AppKind::Webinars, "Webinar for LeadSquared", WEBINAR_SCOPES),
            };
            self.zoom.add_app(NewApp {
                kind,
                name: name.to_owned(),
                client_id: keys.client_id.clone(),
                client_secret: keys.client_secret.clone(),
                secret_token: keys.secret_token.clone(),
                redirect_uris: vec![format!("{connector}/oauth/zoom/{}/callback", keys.name)],
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            });
            self.zoom.set_webhook_url(&keys.client_id, &format!("{connector}/zoom/{}/webhook", keys.name));
        }
    }

    /// A server-to-server app for meetings or webinars, as somebody makes it in an own Zoom account.
    #[must_use]
    pub fn own_app(kind: AppKind, client_id: &str) -> NewApp {
        let scopes = match kind {
            AppKind::Meetings => MEETING_SCOPES,
            AppKind::Webinars => WEBINAR_SCOPES,
        };
        NewApp {
            kind,
            name: "Our own app".to_owned(),
            client_id: client_id.to_owned(),
            client_secret: format!("{client_id}-client-secret"),
            secret_token: format!("{client_id}-secret-token"),
            redirect_uris: Vec::new(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }

    /// Serves both systems (port 0 picks a free one) and a mail server, and begins to send webhooks.
    ///
    /// # Errors
    /// When nothing can listen there.
    pub async fn serve(&self, zoom: SocketAddr, leadsquared: SocketAddr) -> std::io::Result<Pretend> {
        let zoom = serve(self.zoom.router(), zoom).await?;
        let leadsquared = serve(self.leadsquared.router(), leadsquared).await?;
        let mut postman = JoinSet::new();
        postman.spawn(Postman::new(self.zoom.clone()).run());
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (smtp, mailbox) = (self.smtp.serve(any).await?, serve(self.smtp.router(), any).await?);
        Ok(Pretend { zoom, leadsquared, smtp, mailbox, _postman: postman })
    }

    /// The configuration of a connector that knows this world: names and values of environment variables.
    #[must_use]
    pub fn connector_environment(&self, zoom_url: &str) -> Vec<(String, String)> {
        let mut variables = vec![
            ("ZOOM_CONNECTOR__DEVELOPMENT__ALLOW_HTTP".to_owned(), "true".to_owned()),
            ("ZOOM_CONNECTOR__ZOOM__API_URL".to_owned(), zoom_url.to_owned()),
            ("ZOOM_CONNECTOR__ZOOM__OAUTH_URL".to_owned(), zoom_url.to_owned()),
        ];
        for app in &self.apps {
            let name = |key: &str| format!("ZOOM_CONNECTOR__ZOOM__{}__{key}", app.name.to_uppercase());
            variables.push((name("CLIENT_ID"), app.client_id.clone()));
            variables.push((name("CLIENT_SECRET"), app.client_secret.clone()));
            variables.push((name("SECRET_TOKEN"), app.secret_token.clone()));
        }
        variables
    }
}

fn zoom_account(zoom: &Zoom, name: &str, domain: &str) -> ZoomAccount {
    let id = zoom.add_account(name);
    let admin_email = format!("owner@{domain}.example");
    let user = |email: &str, first_name: &str, last_name: &str, role: Role, webinar_capacity: Option<i64>| {
        zoom.add_user(
            &id,
            NewUser {
                email: email.to_owned(),
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
                role,
                licensed: true,
                webinar_capacity,
            },
        )
    };
    let admin = user(&admin_email, "Meera", "Owner", Role::Owner, Some(10_000));
    let member = user(&format!("member@{domain}.example"), "Sam", "Member", Role::Member, None);
    ZoomAccount { admin, admin_email, member, id }
}

/// Pretend secrets; they open nothing but the pretend Zoom.
fn app_keys(name: &'static str) -> ZoomAppKeys {
    ZoomAppKeys {
        name,
        client_id: format!("demo-{name}-client"),
        client_secret: format!("demo-{name}-client-secret"),
        secret_token: format!("demo-{name}-secret-token"),
    }
}

fn crm_account(org: &str, name: &str) -> CrmAccount {
    CrmAccount {
        org: org.to_owned(),
        name: name.to_owned(),
        access_key: format!("u$r{org}-demo-access-key"),
        secret_key: format!("{org}-demo-secret-key"),
    }
}
