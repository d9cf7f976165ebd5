//! What stands in the journal, past the store.

use super::databases::raw;
use super::house::House;
use connector_core::ids::TenantId;
use sqlx::Row as _;

impl House {
    /// Webhooks that a tenant holds.
    pub async fn webhooks(&self, tenant: &TenantId) -> i64 {
        self.told_by(tenant, "zoom:%").await
    }

    /// Notifications of a tenant from sources like that.
    pub async fn told_by(&self, tenant: &TenantId, source: &str) -> i64 {
        let mut raw = raw(&self.shared.config.store_url()).await;
        let text = "select count(*) as n from journal where tenant = $1 and source like $2";
        let row = sqlx::query(text).bind(tenant.as_str()).bind(source).fetch_one(&mut raw).await.unwrap();
        row.get::<i64, _>("n")
    }
}
