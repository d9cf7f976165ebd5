//! A person at a browser, for the demo and the tests: keeps cookies, follows a form by what its page says, and sees where
//! a redirect leads. Knows nothing that does not stand on a page.

use anyhow::{Context as _, ensure};
use reqwest::Client;
use std::time::Duration;

/// How long a page may take.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);
/// Redirects followed in a row.
const REDIRECTS_MAX: usize = 10;

/// A browser with its own cookies.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it stands.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The text.
    pub html: String,
}

/// A form as its page has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Fields that are filled in already.
    pub fields: Vec<(String, String)>,
}

impl Browser {
    /// A new browser.
    ///
    /// # Errors
    /// When TLS is not set up.
    pub fn new() -> anyhow::Result<Self> {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PAGE_TIMEOUT)
            .no_proxy()
            .build()?;
        Ok(Self { client })
    }

    /// Opens an address and follows redirects.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn open(&self, url: &str) -> anyhow::Result<Page> {
        self.follow(self.client.get(url), url).await
    }

    /// Sends a form of a page and follows redirects; `filled` replaces or adds fields.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn send(&self, page: &Page, form: &Form, filled: &[(&str, &str)]) -> anyhow::Result<Page> {
        let url = join(&page.url, &form.action)?;
        let mut fields = form.fields.clone();
        for (name, value) in filled {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let origin = reqwest::Url::parse(&page.url)?.origin().ascii_serialization();
        self.follow(self.client.post(&url).header("origin", origin).form(&fields), &url).await
    }

    async fn follow(&self, request: reqwest::RequestBuilder, url: &str) -> anyhow::Result<Page> {
        let mut url = url.to_owned();
        let mut response = request.send().await.with_context(|| format!("no answer from {url}"))?;
        for _ in 0..REDIRECTS_MAX {
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let Some(location) = location.filter(|_| response.status().is_redirection()) else { break };
            url = join(&url, location)?;
            response = self.client.get(&url).send().await.with_context(|| format!("no answer from {url}"))?;
        }
        Ok(Page { url, status: response.status().as_u16(), html: response.text().await? })
    }
}

fn join(base: &str, address: &str) -> anyhow::Result<String> {
    Ok(reqwest::Url::parse(base)?.join(address)?.to_string())
}

impl Page {
    /// Makes sure that the page is a good one.
    ///
    /// # Errors
    /// With the page's own sentence when it is not.
    pub fn good(self) -> anyhow::Result<Self> {
        let words = || self.html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
        let said: Vec<&str> = words().filter(|text| !text.is_empty()).take(12).collect();
        ensure!(self.status < 400, "{} answered {}: {}", self.url, self.status, said.join(" · "));
        Ok(self)
    }

    /// The form that is sent to an address ending so; the query does not count.
    ///
    /// # Errors
    /// When the page has none.
    pub fn form(&self, action_ends: &str) -> anyhow::Result<Form> {
        let forms = self.html.split("<form").skip(1).filter_map(|part| part.split_once("</form>"));
        for (form, _) in forms {
            let (tag, inside) = form.split_once('>').unwrap_or((form, ""));
            let action = attribute(tag, "action").unwrap_or_default();
            let path = action.split('?').next().unwrap_or_default();
            if path.ends_with(action_ends) {
                return Ok(Form { fields: fields(inside), action });
            }
        }
        anyhow::bail!("{} has no form that goes to …{action_ends}", self.url)
    }
}

/// Hidden and filled fields of a form.
fn fields(form: &str) -> Vec<(String, String)> {
    let inputs = form.split("<input").skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
    let filled = inputs.filter(|tag| !tag.contains("type=\"radio\"") || tag.contains(" checked"));
    filled.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    let plain = [
        ("&#38;", "&"),
        ("&amp;", "&"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    plain.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_hidden_fields() {
        let html = r#"<form method="post" action="/a/sign-in?x=1&amp;y=2"><input type="hidden" name="form_token" value="t&#38;"><input name="e"><input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked></form><form action="/b"></form>"#;
        let page = Page { url: "http://127.0.0.1/".to_owned(), status: 200, html: html.to_owned() };
        let form = page.form("/sign-in").unwrap();
        assert_eq!(form.action, "/a/sign-in?x=1&y=2");
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form.fields, [field("form_token", "t&"), field("e", ""), field("r", "2")]);
        assert!(page.form("/c").is_err());
    }
}
