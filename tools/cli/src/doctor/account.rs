//! What the account sets for all its stacks, and what the operator chose for this one.

use super::finding::{Findings, Severity};
use super::stack::DeployedStack;
use crate::failure::explain;
use crate::session::Session;

/// What Lambda gives an account; a new one often gets less until its owner requests more.
const USUAL_CONCURRENCY: i32 = 1_000;

/// Whether enough executions may run at once.
pub(super) async fn check_concurrency(session: &Session, findings: &mut Findings) {
    match session.lambda().get_account_settings().send().await {
        Ok(settings) => {
            let limit = settings.account_limit().map(|limit| limit.concurrent_executions());
            report_concurrency(limit.unwrap_or(USUAL_CONCURRENCY), findings);
        }
        Err(error) => findings.unseen("account", explain("Lambda GetAccountSettings", &error)),
    }
}

fn report_concurrency(limit: i32, findings: &mut Findings) {
    if limit < USUAL_CONCURRENCY {
        findings.warning(
            "account",
            format!(
                "at most {limit} executions of all its functions run at once, where {USUAL_CONCURRENCY} are usual: a bulk \
                 move in iCIMS is throttled, and pushes are lost"
            ),
            "request more of the quota \"Concurrent executions\" (L-B99A9384) of AWS Lambda in Service Quotas",
        );
    }
}

/// Whether the tables of a stack that somebody uses can be deleted with it.
pub(super) fn check_protection(stack: &DeployedStack, customers: usize, findings: &mut Findings) {
    let unprotected = stack.parameters.get("ProtectData").is_some_and(|value| value == "false");
    if unprotected && customers > 0 {
        findings.add(
            Severity::Note,
            &format!("stack {}", stack.name),
            "it has customers, and its tables can be deleted: ProtectData is false",
            "set ProtectData=true in samconfig.toml and deploy again (docs/operations/deploy.md)",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: impl FnOnce(&mut Findings)) -> Vec<(Severity, String)> {
        let mut findings = Findings::default();
        check(&mut findings);
        findings.sorted().into_iter().map(|it| (it.severity, format!("{}; {:?}", it.what, it.fix))).collect()
    }

    #[test]
    fn a_new_accounts_reduced_concurrency_is_named_with_the_quota_to_raise() {
        assert_eq!(found(|findings| report_concurrency(1_000, findings)), []);
        let reduced = found(|findings| report_concurrency(10, findings));
        assert_eq!(reduced.len(), 1);
        assert!(reduced[0].0 == Severity::Warning && reduced[0].1.starts_with("at most 10 executions"), "{reduced:?}");
        assert!(reduced[0].1.contains("L-B99A9384"), "{reduced:?}");
    }

    #[test]
    fn unprotected_tables_are_a_hint_once_there_are_customers() {
        let stack = |value: &str| DeployedStack {
            parameters: [("ProtectData".to_owned(), value.to_owned())].into(),
            ..DeployedStack::default()
        };
        let hint = found(|findings| check_protection(&stack("false"), 1, findings));
        assert!(hint.len() == 1 && hint[0].0 == Severity::Note, "{hint:?}");
        assert!(hint[0].1.contains("ProtectData=true"), "{hint:?}");
        assert_eq!(found(|findings| check_protection(&stack("false"), 0, findings)), []);
        assert_eq!(found(|findings| check_protection(&stack("true"), 1, findings)), []);
        assert_eq!(found(|findings| check_protection(&DeployedStack::default(), 1, findings)), []);
    }
}
