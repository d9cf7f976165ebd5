//! A remote call as values: the core writes a [`Request`], a client sends it and brings back a [`Reply`], the core
//! reads that. Clients add the base address and the credentials and look at neither JSON nor status codes.

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON text, sent as `application/json`.
    Json(String),
    /// Fields, sent as `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
}

/// Whether a lost answer matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing in the remote system: may be repeated.
    Read,
    /// Changes something: needs a committed attempt before it is sent.
    Write,
}

/// One call to a remote system, without base address and credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The operation in the remote system's own words, for logs and metrics (`Lead.Capture`); no ids in it.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// Path below the base address, beginning with `/`, already percent-encoded.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Read or write.
    pub effect: Effect,
    /// Counts against the limit for bulk calls as well (leadsquared.md § 2.5).
    pub bulk: bool,
}

/// What came back, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A complete answer.
    Answer(Answer),
    /// No byte of the request left us (name look-up, connect, TLS): nothing can have been applied.
    NotSent {
        /// Why, without address or secret.
        why: String,
    },
    /// The request may have arrived; its answer was lost, late, cut or too large.
    Lost {
        /// Why, without address or secret.
        why: String,
    },
}

/// A complete HTTP answer, its body cut off at the client's limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// `Retry-After`, as it was written: a date-time at Zoom, perhaps seconds elsewhere.
    pub retry_after: Option<String>,
    /// `X-RateLimit-Type` (`QPS`, `Daily-limit`), Zoom only.
    pub rate_limit_type: Option<String>,
}

impl Answer {
    /// An answer with nothing but status and body, as tests and most calls need it.
    #[must_use]
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), retry_after: None, rate_limit_type: None }
    }
}
