//! Why a call is refused, and the envelope that says so (leadsquared.md § 2.4).

use super::Throttle;
use serde_json::{Value, json};

/// A refused call, or a refused row of a bulk call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Name of the exception.
    pub exception: &'static str,
    /// Text for people.
    pub text: String,
}

/// LeadSquared publishes no list of names. This one is a guess that others made too, for input that no better name fits.
const BAD_INPUT: &str = "MXInvalidInputException";

impl Refusal {
    fn new(status: u16, exception: &'static str, text: impl Into<String>) -> Self {
        Self { status, exception, text: text.into() }
    }

    /// The call's form is wrong: content type, JSON, size of a bulk call.
    pub fn malformed(text: impl Into<String>) -> Self {
        Self::new(400, BAD_INPUT, text)
    }

    /// The form is right, the value is not.
    pub fn bad_input(text: impl Into<String>) -> Self {
        Self::new(500, BAD_INPUT, text)
    }

    /// The keys are not an account's.
    pub fn unauthorized(text: impl Into<String>) -> Self {
        Self::new(401, "MXUnauthorizedRequestException", text)
    }

    /// A parameter is missing or empty.
    pub fn mandatory(name: &str) -> Self {
        let text = format!("'{name}' is mandatory and cannot be empty");
        Self::new(500, "MXMandatoryAttributeMissingException", text)
    }

    /// A lead attribute that the account does not have.
    pub fn unknown_attribute(name: &str) -> Self {
        Self::new(500, "MXUnknownAttributeException", format!("Attribute '{name}' does not exist"))
    }

    /// Another lead has that value of a unique field.
    pub fn duplicate(field: &str) -> Self {
        let text = format!("A Lead with same {field} already exists (UQ_Prospect_Base_{field})");
        Self::new(500, "MXDuplicateEntryException", text)
    }

    /// Another activity type has that name.
    pub fn name_taken(name: &str) -> Self {
        Self::new(500, "MXDuplicateEntityNameException", format!("An activity type named '{name}' already exists"))
    }

    /// The lead is not (or no more) there.
    pub fn no_lead() -> Self {
        Self::new(500, "MXInvalidEntityException", "Lead does not exist in the system")
    }

    /// A field of an activity is missing, unknown or too long.
    pub fn bad_activity(text: impl Into<String>) -> Self {
        Self::new(500, "MXInvalidActivityFieldsException", text)
    }

    /// The account's limit is reached.
    pub fn throttled(style: Throttle, (calls, window_s): (u32, u32)) -> Self {
        let status = match style {
            Throttle::Status429 => 429,
            Throttle::Status200 => 200,
        };
        let text = format!("API calls exceeded the limit of {calls} in {window_s} second(s)");
        Self::new(status, "MXAPIRateLimitExceededException", text)
    }

    /// The body of the answer.
    pub fn envelope(&self) -> Value {
        json!({ "Status": "Error", "ExceptionType": self.exception, "ExceptionMessage": self.text })
    }
}
