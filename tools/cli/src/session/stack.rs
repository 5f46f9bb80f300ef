//! The deployed stack, by its outputs (`template.yaml`, Outputs).

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::Stack as CloudFormationStack;

use crate::failure::{CliError, explain};

/// One of the three queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum QueueName {
    /// Orders, for the reference-requester.
    ReferenceRequests,
    /// Checks to look at again, for the icims-updater.
    IcimsUpdates,
    /// Rejections, for the rejection-canceller.
    Cancellations,
}

impl QueueName {
    /// All three.
    pub(crate) const ALL: [Self; 3] = [Self::ReferenceRequests, Self::IcimsUpdates, Self::Cancellations];

    /// Its name without the stack's prefix.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::ReferenceRequests => "reference-requests",
            Self::IcimsUpdates => "icims-updates",
            Self::Cancellations => "cancellations",
        }
    }

    const fn outputs(self) -> (&'static str, &'static str) {
        match self {
            Self::ReferenceRequests => ("ReferenceRequestsQueueUrl", "ReferenceRequestsDlqUrl"),
            Self::IcimsUpdates => ("IcimsUpdatesQueueUrl", "IcimsUpdatesDlqUrl"),
            Self::Cancellations => ("CancellationsQueueUrl", "CancellationsDlqUrl"),
        }
    }
}

/// What the outputs name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    /// The stack's name.
    pub(crate) name: String,
    /// Base of the URLs for both vendors, without a slash at its end.
    pub(crate) api_url: String,
    /// Table of the checks.
    pub(crate) checks_table: String,
    /// Table of settings and templates.
    pub(crate) customers_table: String,
    /// Table of the iCIMS tokens.
    pub(crate) tokens_table: String,
    /// What the names of the customers' secrets begin with, before `/customers/`.
    pub(crate) secrets_prefix: String,
    /// The key that encrypts the customers' secrets.
    pub(crate) data_key_arn: String,
    /// Days that the functions' logs are kept (parameter `LogRetentionDays`), if the stack tells.
    pub(crate) log_retention_days: Option<u32>,
    /// The release that it was deployed from, if it says so.
    pub(crate) release: Option<String>,
    /// URL of each queue and of its dead-letter queue.
    queues: BTreeMap<QueueName, (String, String)>,
}

impl Stack {
    /// A queue's URL.
    pub(crate) fn queue_url(&self, queue: QueueName) -> &str {
        self.queues.get(&queue).map_or("", |(url, _)| url)
    }

    /// The URL of a queue's dead-letter queue.
    pub(crate) fn dlq_url(&self, queue: QueueName) -> &str {
        self.queues.get(&queue).map_or("", |(_, url)| url)
    }

    /// The name of a customer's secret.
    pub(crate) fn secret_name(&self, customer: &connector_core::domain::CustomerId) -> String {
        format!("{}/customers/{customer}", self.secrets_prefix)
    }
}

pub(super) async fn read(client: Client, name: &str, region: &str) -> Result<Stack, CliError> {
    let described = match client.describe_stacks().stack_name(name).send().await {
        Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next(),
        // CloudFormation has no error of its own for this; nothing but the name is there to be invalid.
        Err(error) if error.code() == Some("ValidationError") => None,
        Err(error) => return Err(explain("CloudFormation DescribeStacks", &error)),
    };
    let Some(stack) = described else { return Err(unknown_stack(name, region, ours(&client).await)) };
    let parameters = stack.parameters.unwrap_or_default();
    let log_retention = parameters.iter().find(|parameter| parameter.parameter_key() == Some("LogRetentionDays"));
    let log_retention_days = log_retention.and_then(|parameter| parameter.parameter_value()?.parse().ok());
    let outputs: BTreeMap<String, String> = stack
        .outputs
        .unwrap_or_default()
        .into_iter()
        .filter_map(|output| Some((output.output_key?, output.output_value?)))
        .collect();
    Ok(Stack { log_retention_days, ..from_outputs(name, &outputs)? })
}

fn from_outputs(name: &str, outputs: &BTreeMap<String, String>) -> Result<Stack, CliError> {
    let output = |key: &str| {
        outputs.get(key).cloned().ok_or_else(|| {
            CliError::not_found(format!("stack {name} has no output {key}, so it is not this connector's"))
                .fix("name the connector's stack with --stack, or deploy this release's template.yaml")
        })
    };
    let mut queues = BTreeMap::new();
    for queue in QueueName::ALL {
        let (url, dlq) = queue.outputs();
        queues.insert(queue, (output(url)?, output(dlq)?));
    }
    Ok(Stack {
        name: name.to_owned(),
        api_url: output("ApiUrl")?.trim_end_matches('/').to_owned(),
        checks_table: output("ChecksTable")?,
        customers_table: output("CustomersTable")?,
        tokens_table: output("TokensTable")?,
        secrets_prefix: output("SecretsPrefix")?.trim_end_matches('/').to_owned(),
        data_key_arn: output("DataKeyArn")?,
        log_retention_days: None,
        release: outputs.get("Release").cloned(),
        queues,
    })
}

/// The names of the stacks of this account and region that look like the connector's, if they may be listed.
async fn ours(client: &Client) -> Option<Vec<String>> {
    let stacks = client.describe_stacks().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.ok()?;
    let has = |stack: &CloudFormationStack, key| stack.outputs().iter().any(|output| output.output_key() == Some(key));
    let ours = stacks.into_iter().filter(|stack| has(stack, "ChecksTable") && has(stack, "Release"));
    Some(ours.filter_map(|stack| stack.stack_name).collect())
}

fn unknown_stack(name: &str, region: &str, ours: Option<Vec<String>>) -> CliError {
    let no_such = format!("there is no stack {name} in this account and region ({region})");
    match ours {
        None => CliError::not_found(no_such)
            .fix("name the deployed stack with --stack (see `aws cloudformation list-stacks`), and its --region"),
        Some(ours) if ours.is_empty() => CliError::not_found(format!("{no_such}, nor any other of this connector"))
            .fix("check --profile and --region, or deploy it (docs/operations/deploy.md)"),
        Some(ours) => CliError::not_found(format!("{no_such}; this connector's are {}", ours.join(", ")))
            .fix("give one of them to --stack, or the environment that deployed it to --config-env"),
    }
}
