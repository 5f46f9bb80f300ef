//! What this release expects: its own `template.yaml`, resolved for the parameters of the deployed stack.

use sam_template::resolve::text;
use sam_template::{Context, Template};

use super::stack::DeployedStack;
use crate::failure::CliError;

/// The template that is deployed with this release.
const TEMPLATE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));

/// What should be deployed.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) template: Template,
    /// Names of the stack's outputs.
    pub(super) outputs: Vec<String>,
    /// Names of the template's parameters.
    pub(super) parameters: Vec<String>,
    /// The release that the template belongs to.
    pub(super) release: String,
}

impl Expected {
    /// # Errors
    /// None that a stack can cause.
    pub(super) fn of(stack: &DeployedStack) -> Result<Self, CliError> {
        let context = Context {
            region: stack.region.clone(),
            account: stack.account.clone(),
            stack: stack.name.clone(),
            aws_endpoint: format!("https://sqs.{}.amazonaws.com", stack.region),
            parameters: stack.parameters.clone(),
        };
        Self::resolved(&context).map_err(|error| CliError::internal(format!("template.yaml: {error}")))
    }

    fn resolved(context: &Context) -> Result<Self, sam_template::TemplateError> {
        let template = Template::read(TEMPLATE, context)?;
        let names = |section: &str| {
            template.raw()[section].as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default()
        };
        let (outputs, parameters) = (names("Outputs"), names("Parameters"));
        let release = text(&template.raw()["Outputs"]["Release"]["Value"]);
        Ok(Self { outputs, parameters, release, template })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(parameters: &[(&str, &str)]) -> Expected {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Expected::resolved(&Context { parameters, ..Context::local("http://127.0.0.1:1") }).unwrap()
    }

    /// Drift detection compares only what the template sets, so what must not change has to be written there.
    #[test]
    fn the_template_sets_each_property_whose_drift_loses_orders_or_data() {
        let expected = expected(&[]);
        let resources = expected.template.raw()["Resources"].as_object().unwrap();
        let explicit: [(&str, &[&str]); 3] = [
            (
                "AWS::DynamoDB::Table",
                &[
                    "/TimeToLiveSpecification/Enabled",
                    "/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
                    "/SSESpecification/KMSMasterKeyId",
                    "/BillingMode",
                ],
            ),
            ("AWS::SQS::Queue", &["/MessageRetentionPeriod", "/SqsManagedSseEnabled"]),
            ("AWS::CloudWatch::Alarm", &["/Threshold", "/ActionsEnabled"]),
        ];
        for (kind, paths) in explicit {
            let of_kind: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == kind).collect();
            assert!(of_kind.len() >= 3, "{kind}");
            for (id, resource) in of_kind {
                for path in paths {
                    assert!(resource["Properties"].pointer(path).is_some(), "{id} does not set {path}");
                }
            }
        }
        for function in &expected.template.functions {
            for (name, event) in function.properties["Events"].as_object().into_iter().flatten() {
                if matches!(event["Type"].as_str(), Some("SQS" | "Schedule")) {
                    let enabled = &event["Properties"]["Enabled"];
                    assert_eq!(enabled, true, "{} does not enable {name}", function.logical_id);
                }
            }
        }
    }

    #[test]
    fn the_templates_release_is_the_command_lines() {
        assert_eq!(expected(&[]).release, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn the_stacks_own_parameters_decide_the_names() {
        let expected = expected(&[("NamePrefix", "dev-"), ("ProtectData", "false")]);
        assert_eq!(expected.template.table("ChecksTable").unwrap().name, "dev-checks");
        assert!(expected.outputs.iter().any(|name| name == "ApiUrl"));
    }
}
