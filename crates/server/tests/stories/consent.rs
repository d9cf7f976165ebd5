//! The person at Zoom's own page who agrees to a sign-in.

use super::house::CONNECTOR;

/// A Zoom admin who says yes; answers the address that Zoom sends the browser to.
pub async fn consent(authorize_url: &str, zoom_user: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let url = reqwest::Url::parse(authorize_url).unwrap();
    let mut fields: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    fields.push(("user".to_owned(), zoom_user.to_owned()));
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let mut target = url.clone();
    target.set_query(None);
    let response = client.post(target).form(&fields).send().await.unwrap();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    location.unwrap_or_else(|| format!("{CONNECTOR}/?state=none&error=no_redirect"))
}
