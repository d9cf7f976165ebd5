//! A walk over the console: from some pages along every link to every page. Which pages there are stands in the router, so a
//! page that no walk reaches is noticed.

use super::chromium::Chromium;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Where the console's addresses are listed.
const ROUTER: &str = include_str!("../../src/console/http/mod.rs");
/// Pages of one walk at the most.
const PAGES_MAX: usize = 1_500;

/// Addresses that answer something else than a page, by how they end.
const NO_PAGES: [&str; 4] = [".csv", ".ics", "/assets/{name}", "/callback"];

/// How a walk goes.
pub struct Walk<'a> {
    /// The browser, signed in already.
    pub browser: &'a Chromium,
    /// The console's base address.
    pub base: &'a str,
    /// Pages of one pattern at the most, each query's names counting as a pattern of their own.
    pub each_max: usize,
}

/// Every address at which the console shows a page.
pub fn patterns() -> BTreeSet<String> {
    let routes = ROUTER.split(".route(").skip(1);
    let pages = routes.filter_map(|route| {
        let (path, rest) = route.split_once('"')?.1.split_once('"')?;
        // A route ends where the next line is as far to the left as its own, or the function ends.
        let of_this = rest.split("\n        .").next()?.split("\n}").next()?;
        (of_this.contains("get(") && !NO_PAGES.iter().any(|end| path.ends_with(end))).then(|| path.to_owned())
    });
    pages.collect()
}

/// The pattern of a path; the one that names most parts of it, as the router chooses.
fn pattern_of<'a>(patterns: &'a BTreeSet<String>, path: &str) -> &'a str {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &&String| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == parts.len() && wanted.iter().zip(&parts).all(|(want, is)| want.starts_with('{') || want == is)
    };
    let variables = |pattern: &&String| pattern.matches('{').count();
    patterns.iter().filter(fits).min_by_key(variables).map_or("", String::as_str)
}

/// The names in a query, which make a list with a filter another page than the whole list.
fn query_names(query: &str) -> String {
    let names: BTreeSet<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    names.into_iter().collect::<Vec<_>>().join(",")
}

impl Walk<'_> {
    /// Walks from these pages on; `look` is called on each page with its path and query. Answers the patterns that were seen and how often.
    pub fn go(&self, from: &[String], mut look: impl FnMut(&str)) -> BTreeMap<String, usize> {
        let patterns = patterns();
        let mut ahead: VecDeque<String> = from.iter().cloned().collect();
        let mut known: BTreeSet<String> = from.iter().cloned().collect();
        let mut taken: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(address) = ahead.pop_front() {
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            let pattern = pattern_of(&patterns, path);
            let kind = taken.entry((pattern.to_owned(), query_names(query))).or_default();
            if NO_PAGES.iter().any(|end| path.ends_with(end)) || *kind >= self.each_max {
                continue;
            }
            *kind += 1;
            let many = seen.entry(pattern.to_owned()).or_default();
            *many += 1;
            self.browser.open(&format!("{}{address}", self.base));
            look(&address);
            for link in self.links() {
                if known.len() < PAGES_MAX && known.insert(link.clone()) {
                    ahead.push_back(link);
                }
            }
        }
        seen
    }

    /// The addresses within the console that the page links to.
    fn links(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('a[href]')].filter((a) => a.origin === location.origin \
             && !a.hasAttribute('download') && !a.getAttribute('href').startsWith('#')).map((a) => a.pathname + a.search)";
        let links = self.browser.ask(script);
        links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn the_pattern_of_a_path_is_the_one_that_the_router_takes() {
    let patterns = patterns();
    assert_eq!(pattern_of(&patterns, "/t/acme/deliveries/replay"), "/t/{tenant}/deliveries/replay");
    assert_eq!(pattern_of(&patterns, "/t/acme/deliveries/01x"), "/t/{tenant}/deliveries/{id}");
    assert_eq!(pattern_of(&patterns, "/nowhere"), "");
    assert_eq!(query_names("b=1&a=2&b=3"), "a,b");
    assert!(!patterns.iter().any(|pattern| pattern.ends_with(".csv")));
    assert!(!patterns.contains("/t/{tenant}/leadsquared/actions"), "it only takes a form");
}
