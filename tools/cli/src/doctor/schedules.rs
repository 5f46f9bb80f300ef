//! The rules that call functions on time.

use sam_template::{Function, Schedule};

use super::expected::arn;
use super::{Expected, Findings};
use crate::failure::CliError;
use crate::session::{Session, explain};

/// A rule that calls a function.
struct Rule {
    name: String,
    expression: String,
    enabled: bool,
}

pub(super) async fn look(session: &Session, expected: &Expected, findings: &mut Findings) {
    for schedule in &expected.template.schedules {
        let Some(function) = expected.template.function(&schedule.function) else { continue };
        let subject = format!("schedule of {}", function.name);
        match rules(session, &function.arn).await {
            Ok(rules) => compare(schedule, function, &rules, &subject, findings),
            Err(error) => findings.unseen(&subject, error),
        }
    }
    findings.looked_at("schedule", expected.template.schedules.len());
}

async fn rules(session: &Session, function_arn: &str) -> Result<Vec<Rule>, CliError> {
    let events = session.eventbridge();
    let names = events.list_rule_names_by_target().target_arn(function_arn).send().await;
    let names = names.map_err(|error| explain("EventBridge ListRuleNamesByTarget", &error))?.rule_names;
    let mut rules = Vec::new();
    for name in names.unwrap_or_default() {
        let told = events.describe_rule().name(&name).send().await;
        let told = told.map_err(|error| explain("EventBridge DescribeRule", &error))?;
        let targets = events.list_targets_by_rule().rule(&name).send().await;
        let targets = targets.map_err(|error| explain("EventBridge ListTargetsByRule", &error))?.targets;
        if !targets.unwrap_or_default().iter().any(|target| arn(target.arn()) == arn(function_arn)) {
            continue;
        }
        rules.push(Rule {
            name,
            expression: told.schedule_expression.unwrap_or_default(),
            enabled: told.state.is_some_and(|state| state.as_str() != "DISABLED"),
        });
    }
    Ok(rules)
}

fn compare(schedule: &Schedule, function: &Function, rules: &[Rule], subject: &str, findings: &mut Findings) {
    let wanted = function.properties["Events"][&schedule.event]["Properties"]["Schedule"].clone();
    let wanted = wanted.as_str().unwrap_or_default();
    let lost = "lost callbacks and stuck checks are found by nobody";
    let Some(rule) = rules.iter().max_by_key(|rule| (rule.expression == wanted, rule.enabled)) else {
        return findings.error(
            subject,
            format!("no rule calls it: {lost}"),
            format!(
                "aws events put-rule --name {0}-tick --schedule-expression '{wanted}', aws events put-targets --rule {0}-tick --targets Id=1,Arn={1}, and allow it with `aws lambda add-permission`; or deploy the stack anew",
                function.name, function.arn
            ),
        );
    };
    if schedule.enabled && !rule.enabled {
        let fix = format!("aws events enable-rule --name {}", rule.name);
        findings.error(subject, format!("its rule {} is switched off: {lost}", rule.name), fix);
    }
    let fix = format!("aws events put-rule --name {} --schedule-expression '{wanted}'", rule.name);
    findings.expect(subject, &format!("rule {}", rule.name), wanted, &rule.expression, fix);
}
