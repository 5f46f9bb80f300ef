//! What should be there: the template of this release, for the parameters that the stack was deployed with.

use sam_template::resolve::{Resolver, text};
use sam_template::{Context, Template};
use serde_json::Value;

use super::stack::Seen;
use crate::failure::CliError;

/// The template that is deployed with this release.
const TEMPLATE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));

/// What should be there.
#[derive(Debug)]
pub struct Expected {
    /// Tables, queues, functions, event sources, schedules.
    pub template: Template,
    /// The alarms, by logical id, their properties resolved.
    pub alarms: Vec<(String, Value)>,
    /// The tables that must refuse to be deleted, by logical id.
    pub protected: Vec<String>,
    /// Names of the stack's outputs.
    pub outputs: Vec<String>,
    /// Names of the template's parameters.
    pub parameters: Vec<String>,
    /// The release that the template belongs to.
    pub release: String,
}

impl Expected {
    /// For the stack that was seen.
    ///
    /// # Errors
    /// None that a stack can cause.
    pub fn of(seen: &Seen) -> Result<Self, CliError> {
        let context = Context {
            region: seen.region.clone(),
            account: seen.account.clone(),
            stack: seen.name.clone(),
            // Queue URLs are compared from the account on.
            aws_endpoint: format!("https://sqs.{}.amazonaws.com", seen.region),
            parameters: seen.parameters.clone(),
        };
        Self::resolved(&context).map_err(|error| CliError::internal(format!("template.yaml: {error}")))
    }

    fn resolved(context: &Context) -> Result<Self, sam_template::TemplateError> {
        let template = Template::read(TEMPLATE, context)?;
        let (mut alarms, mut protected) = (Vec::new(), Vec::new());
        let names = |section: &str| {
            template.raw()[section].as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default()
        };
        let (outputs, parameters) = (names("Outputs"), names("Parameters"));
        let resolver = Resolver::new(template.raw(), context)?;
        for (id, resource) in template.raw()["Resources"].as_object().into_iter().flatten() {
            let properties = &resource["Properties"];
            match resource["Type"].as_str() {
                Some("AWS::CloudWatch::Alarm") => alarms.push((id.clone(), resolver.resolve(properties, id)?)),
                Some("AWS::DynamoDB::Table") => {
                    let protection = properties.get("DeletionProtectionEnabled").map(|it| resolver.resolve(it, id));
                    if protection.transpose()? == Some(Value::Bool(true)) {
                        protected.push(id.clone());
                    }
                }
                _ => {}
            }
        }
        let release = text(&template.raw()["Outputs"]["Release"]["Value"]);
        Ok(Self { alarms, protected, outputs, parameters, release, template })
    }
}

/// An ARN without its partition, which the template's reader does not know.
pub(super) fn arn(arn: &str) -> &str {
    arn.splitn(3, ':').nth(2).unwrap_or(arn)
}

/// A queue's URL from the account on: how the host is written differs between endpoints.
pub(super) fn queue_path(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let (host, path) = rest.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    let is_queue = !host.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains('/');
    is_queue.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(parameters: &[(&str, &str)]) -> Expected {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Expected::resolved(&Context { parameters, ..Context::local("http://127.0.0.1:1") }).unwrap()
    }

    #[test]
    fn everything_that_is_compared_is_in_the_template() {
        let expected = expected(&[]);
        assert_eq!(expected.template.tables.len(), 3);
        assert_eq!(expected.template.queues.len(), 6);
        assert_eq!(expected.template.functions.len(), 6);
        assert_eq!((expected.template.sqs_sources.len(), expected.template.schedules.len()), (3, 1));
        assert!(expected.alarms.len() >= 14);
        assert_eq!(expected.protected, ["ChecksTable", "CustomersTable"]);
        assert!(expected.outputs.iter().any(|name| name == "ApiUrl"));
    }

    #[test]
    fn the_templates_release_is_the_command_lines() {
        assert_eq!(expected(&[]).release, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn the_stacks_own_parameters_decide_names_and_protection() {
        let expected = expected(&[("NamePrefix", "dev-"), ("ProtectData", "false"), ("AlarmTopicArn", "arn:x")]);
        assert_eq!(expected.template.table("ChecksTable").unwrap().name, "dev-checks");
        assert!(expected.protected.is_empty());
        assert_eq!(expected.alarms[0].1["AlarmActions"][0], "arn:x");
    }

    #[test]
    fn arns_and_queue_urls_are_compared_without_partition_and_host() {
        assert_eq!(arn("arn:aws-us-gov:sqs:us-gov-west-1:1:q"), arn("arn:aws:sqs:us-gov-west-1:1:q"));
        assert_eq!(queue_path("https://sqs.us-east-1.amazonaws.com/123/q"), Some("123/q"));
        assert_eq!(queue_path("http://127.0.0.1:4/000000000000/q"), Some("000000000000/q"));
        assert_eq!(queue_path("checks"), None);
    }
}
