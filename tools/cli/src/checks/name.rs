//! How an operator names a check: `CUSTOMER/WORKFLOW`, or `CUSTOMER/WORKFLOW/ATTEMPT`.

use std::fmt;
use std::str::FromStr;

use connector_core::domain::{CheckKey, CustomerId, InvalidId, WorkflowId};

/// A text that names no check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAName {
    /// Not two or three parts.
    #[error("{expected}")]
    Shape {
        /// What would be one.
        expected: &'static str,
    },
    /// A part that is no id.
    #[error("{part}: {why}")]
    Id {
        part: &'static str,
        /// What an id may be.
        why: InvalidId,
    },
    /// Attempts count from 1.
    #[error("the attempt must be a number from 1 to 99999")]
    Attempt,
}

/// A check's name; the latest attempt where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckName {
    pub(crate) customer: CustomerId,
    pub(crate) workflow: WorkflowId,
    pub(crate) attempt: Option<u32>,
}

impl FromStr for CheckName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let parts: Vec<&str> = text.trim().split('/').collect();
        let (customer, workflow, attempt) = match *parts.as_slice() {
            [customer, workflow] => (customer, workflow, None),
            [customer, workflow, attempt] => (customer, workflow, Some(attempt)),
            _ => {
                let expected = "a check is named CUSTOMER/WORKFLOW or CUSTOMER/WORKFLOW/ATTEMPT, e.g. 1234/5678";
                return Err(NotAName::Shape { expected });
            }
        };
        let attempt = match attempt.map(str::parse::<u32>) {
            None => None,
            Some(Ok(attempt @ 1..=99_999)) => Some(attempt),
            Some(_) => return Err(NotAName::Attempt),
        };
        Ok(Self {
            customer: customer.parse().map_err(|why| NotAName::Id { part: "customer", why })?,
            workflow: workflow.parse().map_err(|why| NotAName::Id { part: "workflow", why })?,
            attempt,
        })
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.customer, self.workflow)?;
        self.attempt.map_or(Ok(()), |attempt| write!(f, "/{attempt}"))
    }
}

/// A workflow's name: a check's without attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkflowName {
    pub(crate) customer: CustomerId,
    pub(crate) workflow: WorkflowId,
}

impl FromStr for WorkflowName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        match text.parse::<CheckName>() {
            Ok(CheckName { customer, workflow, attempt: None }) => Ok(Self { customer, workflow }),
            Ok(_) | Err(NotAName::Shape { .. }) => {
                let expected =
                    "a workflow is named CUSTOMER/WORKFLOW, e.g. 1234/5678; a new order counts its own attempt";
                Err(NotAName::Shape { expected })
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for WorkflowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.customer, self.workflow)
    }
}

/// A check's full name.
pub(crate) fn label(key: &CheckKey) -> String {
    format!("{}/{}/{}", key.customer, key.workflow, key.attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_attempt_is_meant_where_none_is_named() {
        let name: CheckName = "1234/5678".parse().unwrap();
        assert_eq!((name.attempt, name.to_string().as_str()), (None, "1234/5678"));
        let name: CheckName = "1234/5678/2".parse().unwrap();
        assert_eq!((name.attempt, name.to_string().as_str()), (Some(2), "1234/5678/2"));
    }

    #[test]
    fn each_wrong_name_says_what_is_wrong_with_it() {
        for (name, why) in [
            ("1234", "a check is named CUSTOMER/WORKFLOW"),
            ("1234/5678/1/2", "a check is named CUSTOMER/WORKFLOW"),
            ("1234/5678/0", "the attempt must be a number"),
            ("1234/5678/x", "the attempt must be a number"),
            ("/5678", "customer: a customer id must be"),
            ("1234/ ", "workflow: a recruiting workflow id must be"),
        ] {
            let message = name.parse::<CheckName>().unwrap_err().to_string();
            assert!(message.starts_with(why), "{name}: {message}");
        }
        assert!("1/2/3".parse::<WorkflowName>().unwrap_err().to_string().starts_with("a workflow is named"));
    }
}
