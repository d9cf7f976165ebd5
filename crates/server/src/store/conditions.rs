//! What is asked for of a list's rows. Only what somebody asked for stands in the statement: a database chooses its way by what it reads,
//! and no way serves a condition that may be none.

use super::Statement;

/// Conditions on the rows of a tenant, which is `$1`, with the values that they are compared with.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    text: String,
    values: Vec<String>,
}

impl Conditions {
    /// A further condition, ` and …`, with `$` where the value stands; nothing where there is no value.
    pub(super) fn and(mut self, text: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.text.push_str(&text.replace('$', &format!("${}", self.next())));
            self.values.push(value.to_owned());
        }
        self
    }

    /// A further condition without a value.
    pub(super) fn plainly(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The conditions, to stand behind `where tenant = $1`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The number of the parameter that comes after them.
    pub(super) fn next(&self) -> usize {
        self.values.len() + 2
    }

    /// The statement with the values bound, the tenant first.
    pub(super) fn bound<'q>(self, query: Statement<'q>, tenant: &'q str) -> Statement<'q> {
        self.values.into_iter().fold(query.bind(tenant), |query, value| query.bind(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_stands_in_the_statement() {
        let asked = Conditions::default()
            .and(" and state = $", Some("ready"))
            .and(" and code = $", None)
            .plainly(" and kind = 'lead'")
            .and(" and ($ = '' or id < $)", Some("x"));
        assert_eq!(asked.text(), " and state = $2 and kind = 'lead' and ($3 = '' or id < $3)");
        assert_eq!((asked.next(), asked.values), (4, vec!["ready".to_owned(), "x".to_owned()]));
    }
}
