//! `connector doctor`, on the local AWS: all is well as it was deployed, and each thing that is broken is found.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod broken;
mod found;

use serde_json::{Value, json};
use support::{Ran, Stage};

/// A stack that AWS tells all of.
pub struct Deployed {
    stage: Stage,
    /// What CloudFormation, Lambda, EventBridge and CloudWatch tell.
    told: Value,
}

impl Deployed {
    /// As `template.yaml` has it, with the demo's customer.
    async fn whole() -> Self {
        let stage = Stage::with_demo().await;
        let mut told = serde_json::to_value(stage.deployment()).unwrap();
        // Somebody hears the alarms.
        with_topic(&mut told);
        let deployed = Self { stage, told };
        deployed.tell(&deployed.told).await;
        deployed
    }

    async fn tell(&self, told: &Value) {
        self.stage.control_aws("stack", told.clone()).await;
    }

    /// Runs a command as on AWS: the endpoint is in the environment, and nothing is known to be local.
    async fn connector(&self, arguments: &[&str]) -> Ran {
        let variables = [
            ("AWS_ENDPOINT_URL", self.stage.place.aws_endpoint.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "operator"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ];
        self.stage.run(arguments, &variables, "").await
    }

    /// What `doctor` finds, and its exit code.
    async fn doctor(&self, arguments: &[&str]) -> (i32, Vec<Found>) {
        let ran = self.connector(&[&["--output", "json", "doctor"], arguments].concat()).await;
        let findings = ran.json()["findings"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found = |it: &Value| Found {
            severity: text(&it["severity"]),
            subject: text(&it["subject"]),
            what: text(&it["what"]),
            fix: text(&it["fix"]),
        };
        (ran.code, findings.iter().map(found).collect())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    severity: String,
    subject: String,
    what: String,
    fix: String,
}

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alarms";

fn with_topic(told: &mut Value) {
    for parameter in told["stack"]["Parameters"].as_array_mut().unwrap() {
        if parameter["ParameterKey"] == "AlarmTopicArn" {
            parameter["ParameterValue"] = json!(TOPIC);
        }
    }
    for alarm in told["alarms"].as_array_mut().unwrap() {
        alarm["AlarmActions"] = json!([TOPIC]);
    }
}
