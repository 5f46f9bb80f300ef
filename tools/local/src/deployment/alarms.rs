//! CloudWatch's `MetricAlarm`s.

use serde_json::{Map, Value, json};

use super::{Describing, epoch_s};
use crate::template::TemplateError;
use crate::template::resolve::text;

impl Describing<'_> {
    pub(super) fn alarms(&self) -> Result<Vec<Value>, TemplateError> {
        let mut alarms = Vec::new();
        for (id, resource) in self.template.raw()["Resources"].as_object().into_iter().flatten() {
            if resource["Type"] != "AWS::CloudWatch::Alarm" {
                continue;
            }
            let Value::Object(mut alarm) = self.resolver.resolve(&resource["Properties"], id)? else { continue };
            let name = alarm.get("AlarmName").map_or_else(|| self.made_up(id), text);
            let at = json!(epoch_s(self.made.at));
            for (member, default) in [
                ("ActionsEnabled", json!(true)),
                ("OKActions", json!([])),
                ("AlarmActions", json!([])),
                ("InsufficientDataActions", json!([])),
                ("Dimensions", json!([])),
                ("TreatMissingData", json!("missing")),
                ("AlarmArn", json!(self.context.arn("cloudwatch", &format!("alarm:{name}")))),
                ("AlarmConfigurationUpdatedTimestamp", at.clone()),
                ("StateValue", json!("INSUFFICIENT_DATA")),
                ("StateReason", json!("Unchecked: Initial alarm creation")),
                ("StateUpdatedTimestamp", at),
                ("AlarmName", json!(name)),
            ] {
                alarm.entry(member).or_insert(default);
            }
            make_numbers(&mut alarm);
            alarms.push(Value::Object(alarm));
        }
        Ok(alarms)
    }
}

/// A template may write a number as text; CloudWatch tells whole numbers, and the threshold as a float.
fn make_numbers(alarm: &mut Map<String, Value>) {
    for name in ["Period", "EvaluationPeriods", "DatapointsToAlarm"] {
        if let Some(value) = alarm.get_mut(name)
            && let Ok(number) = text(value).parse::<i64>()
        {
            *value = json!(number);
        }
    }
    if let Some(threshold) = alarm.get_mut("Threshold")
        && let Ok(number) = text(threshold).parse::<f64>()
    {
        *threshold = json!(number);
    }
}
