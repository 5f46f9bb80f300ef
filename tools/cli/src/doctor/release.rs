//! The stack's status, and whether it was deployed from this release.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::StackStatus;

use super::expected::Expected;
use super::finding::Findings;
use super::stack::DeployedStack;

pub(super) fn check(stack: &DeployedStack, expected: &Expected, findings: &mut Findings) {
    let subject = format!("stack {}", stack.name);
    let events = "read `aws cloudformation describe-stack-events`, fix the cause, deploy again";
    match StackStatus::from(stack.status.as_str()) {
        StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::ImportComplete => {}
        StackStatus::UpdateRollbackComplete | StackStatus::ImportRollbackComplete => {
            findings.warning(&subject, "the last deployment failed and was undone: an older one is running", events);
        }
        _ if stack.status.ends_with("_IN_PROGRESS") => {
            findings.warning(
                &subject,
                format!("a deployment is in progress ({}): other findings may be about to change", stack.status),
                "run this again when it is over",
            );
        }
        _ => findings.error(&subject, format!("its status is {}", stack.status), events),
    }
    let deploy = "deploy this release with `sam build` and `sam deploy`, or use the command line of the deployed one";
    match stack.outputs.get("Release") {
        Some(release) if *release != expected.release => {
            let what = format!("it was deployed from release {release}, and this command line is {}", expected.release);
            findings.warning(&subject, what, deploy);
        }
        Some(_) => {}
        None => findings.warning(&subject, "it has no output Release: it is older than this command line", deploy),
    }
    let mut outputs = missing(&expected.outputs, &stack.outputs);
    outputs.retain(|name| name != "Release");
    if !outputs.is_empty() {
        findings.error(&subject, format!("it has no output {}", outputs.join(", ")), deploy);
    }
    let parameters = missing(&expected.parameters, &stack.parameters);
    if !parameters.is_empty() {
        findings.warning(
            &subject,
            format!("it has no parameter {}: an older template is deployed", parameters.join(", ")),
            deploy,
        );
    }
    findings.checked("stack", 1);
}

fn missing(names: &[String], present: &BTreeMap<String, String>) -> Vec<String> {
    names.iter().filter(|name| !present.contains_key(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;

    fn stack() -> DeployedStack {
        let text = |texts: &[String]| texts.iter().map(|name| (name.clone(), "x".to_owned())).collect();
        let bare =
            DeployedStack { region: "us-east-1".to_owned(), account: "1".to_owned(), ..DeployedStack::default() };
        let expected = Expected::of(&bare).unwrap();
        let mut outputs: BTreeMap<String, String> = text(&expected.outputs);
        outputs.insert("Release".to_owned(), expected.release);
        let status = "UPDATE_COMPLETE".to_owned();
        DeployedStack { name: "s".to_owned(), status, outputs, parameters: text(&expected.parameters), ..bare }
    }

    fn found(change: impl FnOnce(&mut DeployedStack)) -> Vec<(Severity, String)> {
        let mut stack = stack();
        let expected = Expected::of(&DeployedStack {
            parameters: BTreeMap::new(),
            region: "r".to_owned(),
            ..DeployedStack::default()
        });
        change(&mut stack);
        let mut findings = Findings::default();
        check(&stack, &expected.unwrap(), &mut findings);
        findings.sorted().into_iter().map(|it| (it.severity, it.what.clone())).collect()
    }

    #[track_caller]
    fn only(found: Vec<(Severity, String)>, severity: Severity, says: &str) {
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].0 == severity && found[0].1.contains(says), "{found:#?}");
    }

    #[test]
    fn a_stack_of_this_release_has_no_finding() {
        assert_eq!(found(|_| {}), []);
    }

    #[test]
    fn a_stack_in_another_state_or_of_another_release_is_found() {
        let status = |status: &'static str| move |stack: &mut DeployedStack| stack.status = status.to_owned();
        only(found(status("UPDATE_ROLLBACK_COMPLETE")), Severity::Warning, "the last deployment failed and was undone");
        only(found(status("UPDATE_ROLLBACK_FAILED")), Severity::Error, "its status is UPDATE_ROLLBACK_FAILED");
        only(found(status("UPDATE_IN_PROGRESS")), Severity::Warning, "a deployment is in progress");
        let older = found(|stack| drop(stack.outputs.insert("Release".to_owned(), "0.0.9".to_owned())));
        only(older, Severity::Warning, "it was deployed from release 0.0.9");
        let oldest = found(|stack| drop(stack.outputs.remove("Release")));
        only(oldest, Severity::Warning, "it has no output Release");
        only(found(|stack| drop(stack.outputs.remove("ApiUrl"))), Severity::Error, "it has no output ApiUrl");
        let unset = found(|stack| drop(stack.parameters.remove("LogLevel")));
        only(unset, Severity::Warning, "it has no parameter LogLevel");
    }
}
