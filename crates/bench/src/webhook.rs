//! Signed webhooks, all of them different, as raw HTTP/1.1: somebody registers for a webinar, or joins one without having
//! registered.

use connector_core::zoom::signature::{SecretToken, sign};

/// What a webhook tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Somebody registered: lead and activity travel in bulk calls.
    Registered,
    /// Somebody joined who had not registered: the lead must not be touched if it is there, which no bulk call can.
    Joined,
}

/// Makes webhooks. The number decides everything about one, so that no two are alike.
#[derive(Debug, Clone)]
pub struct Webhooks {
    /// Zoom accounts that take turns.
    pub accounts: Vec<String>,
    /// The app's secret token.
    pub secret: SecretToken,
    /// Tells the webhooks of one run from those of another.
    pub run: String,
    /// What they tell.
    pub told: Told,
}

impl Webhooks {
    /// The address of the person in webhook `number`.
    pub fn email(&self, number: u64) -> String {
        format!("{}-{number:09}@customers.example", self.run)
    }

    /// The Zoom account whose webhook it is.
    pub fn account(&self, number: u64) -> &str {
        let place = number.checked_rem(self.accounts.len() as u64).unwrap_or(0);
        usize::try_from(place).ok().and_then(|place| self.accounts.get(place)).map_or("", String::as_str)
    }

    /// The body of webhook `number`; some 750 bytes.
    pub fn body(&self, number: u64, now_ms: i64) -> String {
        match self.told {
            Told::Registered => self.registered(number, now_ms),
            Told::Joined => self.joined(number, now_ms),
        }
    }

    fn registered(&self, number: u64, now_ms: i64) -> String {
        let (account, email, at) = (self.account(number), self.email(number), zoom_time(now_ms));
        format!(
            "{{\"payload\":{{\"account_id\":\"{account}\",\"object\":{{\"uuid\":\"BenchRun{run}+Uuid==\",\
             \"registrant\":{{\"id\":\"Registrant-{run}-{number:09}\",\"first_name\":\"Participant\",\
             \"last_name\":\"{number:09} of the quarterly results\",\"email\":\"{email}\",\"status\":\"approved\",\
             \"join_url\":\"https://bench.zoom.example/w/98765432101?tk={run}-{number:040}\"}},\
             \"id\":\"98765432101\",\"type\":5,\
             \"topic\":\"Quarterly results and what comes next: questions and answers\",\"host_id\":\"UserBench0000000000001\",\
             \"duration\":60,\"start_time\":\"{at}\",\"timezone\":\"Asia/Kolkata\"}}}},\
             \"event_ts\":{now_ms},\"event\":\"webinar.registration_created\"}}",
            run = self.run,
        )
    }

    fn joined(&self, number: u64, now_ms: i64) -> String {
        let (account, email, at) = (self.account(number), self.email(number), zoom_time(now_ms));
        format!(
            "{{\"payload\":{{\"account_id\":\"{account}\",\"object\":{{\"uuid\":\"BenchRun{run}+Uuid==\",\
             \"participant\":{{\"customer_key\":\"\",\"public_ip\":\"203.0.113.7\",\"user_id\":\"{number}\",\
             \"user_name\":\"Participant {number:09} of the quarterly results\",\"registrant_id\":\"\",\
             \"participant_user_id\":\"\",\"id\":\"\",\"join_time\":\"{at}\",\"email\":\"{email}\",\
             \"participant_uuid\":\"5E1F0C2A-{run}-{number:012}\"}},\"id\":\"98765432101\",\"type\":5,\
             \"topic\":\"Quarterly results and what comes next: questions and answers\",\"host_id\":\"UserBench0000000000001\",\
             \"duration\":60,\"start_time\":\"{at}\",\"timezone\":\"Asia/Kolkata\"}}}},\
             \"event_ts\":{now_ms},\"event\":\"webinar.participant_joined\"}}",
            run = self.run,
        )
    }

    /// Webhook `number`, signed now, as the bytes that go over the wire.
    pub fn request(&self, number: u64, now_ms: i64) -> Vec<u8> {
        let body = self.body(number, now_ms);
        let timestamp = now_ms.div_euclid(1000).to_string();
        let signature = sign(&self.secret, &timestamp, body.as_bytes());
        let (run, length) = (&self.run, body.len());
        format!(
            "POST /zoom/webinars/webhook HTTP/1.1\r\nhost: connector.test\r\ncontent-type: application/json; charset=utf-8\r\n\
             user-agent: Zoom Marketplace/1.0a\r\nx-zm-request-timestamp: {timestamp}\r\nx-zm-signature: {signature}\r\n\
             x-zm-request-id: {run}_{number:016}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// A time as Zoom writes it.
fn zoom_time(now_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::zoom::event::{self, What};

    #[test]
    fn a_webhook_reads_as_somebody_who_joined() {
        let secret = SecretToken::new("secret").unwrap();
        let accounts = vec!["A".to_owned(), "B".to_owned()];
        let webhooks = Webhooks { accounts, secret, run: "r1".to_owned(), told: Told::Joined };
        let body = webhooks.body(3, 1_785_578_400_123);
        // As long as one of Zoom's is; the names of this test are shorter than real ones.
        assert!((600..850).contains(&body.len()), "{}", body.len());
        let event = event::read(body.as_bytes()).unwrap();
        assert_eq!(event.account.unwrap().0, "B");
        assert!(matches!(event.what, What::Joined(_, stay) if stay.email.is_some()));
        let body = Webhooks { told: Told::Registered, ..webhooks }.body(3, 1_785_578_400_123);
        assert!((600..850).contains(&body.len()), "{}", body.len());
        assert!(matches!(event::read(body.as_bytes()).unwrap().what, What::Registration(_)));
    }
}
