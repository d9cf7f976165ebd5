//! Zoom's refusals: a status, a code of its own, a sentence, at times the fields.

use super::super::limits::{Class, UsedUp};
use super::super::state::utc;
use super::super::words::{Kind, Refused};
use super::reply::Reply;
use serde::Serialize;

/// A refusal.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    pub(super) status: u16,
    code: i64,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    #[serde(skip)]
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct FieldProblem {
    field: &'static str,
    message: &'static str,
}

impl Problem {
    pub(super) fn new(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// The access token does not work.
    pub(super) fn token(message: &str) -> Self {
        Self::new(401, 124, message)
    }

    pub(super) fn field(field: &'static str) -> Self {
        let mut problem = Self::new(400, 300, "Validation Failed.");
        problem.errors.push(FieldProblem { field, message: "Invalid field." });
        problem
    }

    /// No such meeting or webinar.
    pub(super) fn missing(kind: Kind, id: &str) -> Self {
        Self::new(404, 3001, format!("{} does not exist: {id}.", name(kind)))
    }

    /// A run that is not over, or of which there is no report yet.
    pub(super) fn not_ended(kind: Kind) -> Self {
        let name = name(kind);
        Self::new(
            404,
            3001,
            format!("This {} is not available or ID is not valid. {name} ID is invalid or not end.", kind.as_str()),
        )
    }

    pub(super) fn user(id: &str) -> Self {
        Self::new(404, 1001, format!("User does not exist: {id}."))
    }

    pub(super) fn scopes(scopes: &[String]) -> Self {
        Self::new(400, 4711, format!("Invalid access token, does not contain scopes:[{}].", scopes.join(", ")))
    }

    /// Too many calls of a second or a day.
    pub(super) fn calls(class: Class, used_up: UsedUp) -> Self {
        let (kind, limit, message, retry_after) = match used_up {
            UsedUp::Second(limit) => {
                let message = "You have reached the maximum per-second rate limit for this API. Try again later.";
                ("QPS", limit, message, None)
            }
            UsedUp::Day(limit, next_ms) => {
                let message = "You have reached the maximum daily rate limit for this API. Refer to the response header \
                               for details on when you can make another request.";
                ("Daily-limit", limit, message, Some(("Retry-After", utc(next_ms))))
            }
        };
        let mut headers = vec![
            ("X-RateLimit-Category", class.as_str().to_owned()),
            ("X-RateLimit-Type", kind.to_owned()),
            ("X-RateLimit-Limit", limit.to_string()),
            ("X-RateLimit-Remaining", "0".to_owned()),
        ];
        headers.extend(retry_after);
        Self { headers, ..Self::new(429, 429, message) }
    }

    /// The host's hundred a day are used up; comes without any header.
    pub(super) fn host_writes(kind: Kind) -> Self {
        let name = name(kind);
        let message = format!(
            "You have exceeded the daily rate limit (100) of {name} Create/Update API requests permitted for this \
             particular user. You may resume these requests at GMT 00:00:00."
        );
        Self::new(429, 429, message)
    }

    /// A registrant's calls of the day are used up.
    pub(super) fn registrant_calls((limit, call): (u32, &str), registrant: &str) -> Self {
        let message = format!(
            "You have exceeded the daily rate limit of ({limit}) for {call} API requests for the registrant \
             ({registrant}). You can resume these API requests at GMT 00:00:00."
        );
        Self::new(429, 429, message)
    }

    pub(super) fn licence(user: &str) -> Self {
        let message = format!(
            "Webinar plan is missing. You must subscribe to the webinar plan and enable webinars for this user in order \
             to perform this action: {user}."
        );
        Self::new(400, 200, message)
    }

    pub(super) fn refused(refused: Refused, kind: Kind, id: &str) -> Self {
        match refused {
            Refused::NoSuchEvent => Self::missing(kind, id),
            Refused::RegistrationOff => {
                Self::new(404, 404, format!("Registration has not been enabled for this meeting: {id}."))
            }
            Refused::NoSuchRegistrant => Self::new(404, 300, format!("Registrant does not exist: {id}.")),
            Refused::Full => Self::new(400, 3043, format!("{} has reached maximum attendee capacity.", name(kind))),
            Refused::Host => Self::new(400, 3027, "Host can not register."),
            Refused::DeniedBefore => Self::new(400, 3000, "The registration was denied or cancelled by the host."),
            Refused::NotAChange => Self::field("action"),
        }
    }

    pub(super) fn reply(self) -> Reply {
        let mut reply = Reply::json(self.status, &self);
        reply.headers.extend(self.headers);
        reply
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Meeting => "Meeting",
        Kind::Webinar => "Webinar",
    }
}
