//! The pretend LeadSquared over HTTP: shapes, rules, limits, faults and pages (leadsquared.md § 2, § 3, § 8).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod accounts;
mod activities;
mod leads;
mod tasks;

use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{
    CaptureId, HostCheck, LeadSquared, Limit, NewAccount, OffsetMeans, Switches, TaskOwner, Throttle, TypeCode,
    UserStatus,
};
use connector_simulator::serve::{Served, serve};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// Org, access key and secret key.
type Keys = (&'static str, &'static str, &'static str);

/// 2026-08-01 10:02:11 UTC.
const NOW_MS: i64 = 1_785_578_531_000;
const ACME: Keys = ("54321", "u$racme", "acme-secret");
const OTHER: Keys = ("99887", "u$rother", "other-secret");

const BAD_INPUT: &str = "MXInvalidInputException";
const BAD_FIELDS: &str = "MXInvalidActivityFieldsException";
const DUPLICATE: &str = "MXDuplicateEntryException";
const MISSING: &str = "MXMandatoryAttributeMissingException";
const NO_LEAD: &str = "MXInvalidEntityException";

const POST_ONE: &str = "ProspectActivity.svc/Create";
const POST_MANY: &str = "ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId";

struct World {
    crm: LeadSquared,
    clock: Clock,
    served: Served,
    client: Client,
}

fn account((org, access_key, secret_key): Keys, throttle: Throttle) -> NewAccount {
    NewAccount {
        org: org.to_owned(),
        name: "Acme Academy".to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        user_email: "crm-bot@acme.example".to_owned(),
        time_zone: "Asia/Kolkata".to_owned(),
        limit: None,
        throttle,
        api_host: "api-in21.leadsquared.com".to_owned(),
        app_host: "in21.leadsquared.com".to_owned(),
    }
}

impl World {
    async fn new() -> Self {
        // A second test in this process finds a provider there already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Clock::set_at(NOW_MS);
        let crm = LeadSquared::new(clock.clone(), 7);
        crm.add_account(account(ACME, Throttle::Status429));
        crm.add_account(account(OTHER, Throttle::Status200));
        let served = serve(crm.router(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { crm, clock, served, client }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.served.url())
    }

    async fn try_post(&self, (_, access, secret): Keys, path: &str, body: &Value) -> reqwest::Result<Response> {
        let call = self.client.post(self.at(&format!("/v2/{path}")));
        call.header("x-LSQ-AccessKey", access).header("x-LSQ-SecretKey", secret).json(body).send().await
    }

    /// Posts as Acme; status and JSON.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.try_post(ACME, path, &body).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Gets as Acme; status and JSON.
    async fn get(&self, path: &str) -> (u16, Value) {
        let call = self.client.get(self.at(&format!("/v2/{path}")));
        let response = call.header("x-LSQ-AccessKey", ACME.1).header("x-LSQ-SecretKey", ACME.2).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn page(&self, path: &str) -> (u16, String) {
        let response = self.client.get(self.at(path)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// A type with a text and a number, worth five points; its code.
    async fn add_type(&self, name: &str) -> i64 {
        let fields = json!([
            { "SchemaName": "mx_Custom_1", "DisplayName": "Reference", "Value": null, "DataType": "String" },
            { "SchemaName": "mx_Custom_2", "DisplayName": "Minutes", "Value": null, "DataType": "Number" },
        ]);
        let body = json!({ "ActivityEventName": name, "Score": 5, "Direction": 0, "Fields": fields });
        let (status, answer) = self.post("ProspectActivity.svc/CreateType", body).await;
        assert_eq!(status, 200, "{answer}");
        answer["Message"]["Id"].as_str().unwrap().parse().unwrap()
    }
}

fn attributes(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|(name, value)| json!({ "Attribute": name, "Value": value })).collect()
}

fn activity(lead: &str, code: i64, marker: &str) -> Value {
    json!({
        "RelatedProspectId": lead, "ActivityEvent": code, "ActivityNote": "Joined",
        "ActivityDateTime": "2026-08-01 10:00:00", "Fields": [{ "SchemaName": "mx_Custom_1", "Value": marker }],
    })
}

#[track_caller]
fn check_refused((status, answer): (u16, Value), expected: u16, exception: &str) {
    assert_eq!((status, answer["ExceptionType"].as_str()), (expected, Some(exception)), "{answer}");
    assert_eq!(answer["Status"], "Error");
    assert!(!answer["ExceptionMessage"].as_str().unwrap().is_empty());
}
