//! Roles in template.yaml, held against what the functions do. That no role is too narrow is seen by every story (a
//! [`World`] ends with a panic where a call was denied); here stories are played until every permission was needed, so that
//! none is one too many.

mod calls;
mod processes;

use std::collections::BTreeSet;

use local::aws::Call;
use local::iam::{is_enforced, matches};
use local::template::Template;

/// What Lambda's SQS event source does in a function's role: it is not played here but in the local run, where the
/// poller has the function's key; `GetQueueAttributes` nowhere, since only AWS asks for it.
const EVENT_SOURCE: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// What the functions of the release before do and those of this one do not: while a deployment replaces them one by one,
/// roles of this release serve both. To be emptied by the next release.
const RELEASE_BEFORE: [(&str, &str); 2] =
    [("IcimsUpdater", "dynamodb:PutItem"), ("RejectionCanceller", "dynamodb:PutItem")];

fn of_the_release_before(template: &Template) -> BTreeSet<(String, String, String)> {
    let checks = &template.table("ChecksTable").unwrap().name;
    let function = |logical_id: &str| &template.functions.iter().find(|it| it.logical_id == logical_id).unwrap().name;
    let held = |(name, action, resource): &(String, String, String)| {
        let is_of = |(logical_id, its): &(&str, &str)| name == function(logical_id) && action == its;
        resource.ends_with(&format!("table/{checks}")) && RELEASE_BEFORE.iter().any(is_of)
    };
    permissions(template).into_iter().filter(held).collect()
}

fn template() -> Template {
    testkit::template("http://127.0.0.1:4566")
}

/// Function, action and resource of every permission on a call that the local AWS sees.
fn permissions(template: &Template) -> BTreeSet<(String, String, String)> {
    let mut all = BTreeSet::new();
    for function in &template.functions {
        let role = function.role.as_ref().unwrap();
        for statement in &role.statements {
            for action in statement.action.iter().filter(|action| is_enforced(action)) {
                all.extend(statement.resource.iter().map(|it| (function.name.clone(), action.clone(), it.clone())));
            }
        }
    }
    all
}

fn of_event_sources(template: &Template) -> BTreeSet<(String, String, String)> {
    let of = |source: &local::template::SqsSource| {
        let function = template.function(&source.function).unwrap().name.clone();
        EVENT_SOURCE.map(|action| (function.clone(), action.to_owned(), source.queue_arn.clone()))
    };
    template.sqs_sources.iter().flat_map(of).collect()
}

#[test]
fn every_event_source_may_receive_delete_and_ask_for_attributes() {
    let template = template();
    let missing: Vec<_> = of_event_sources(&template).difference(&permissions(&template)).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test]
async fn every_permission_is_needed_by_some_story() {
    let template = template();
    let used: BTreeSet<Call> = calls::stories().await;
    let is_used = |(function, action, resource): &(String, String, String)| {
        used.iter().any(|call| call.caller == *function && call.action == *action && matches(resource, &call.resource))
    };
    let unused: BTreeSet<_> = permissions(&template).into_iter().filter(|permission| !is_used(permission)).collect();
    let former = of_the_release_before(&template);
    assert_eq!(former.len(), RELEASE_BEFORE.len());
    let excused = of_event_sources(&template).union(&former).cloned().collect();
    let unneeded: Vec<_> = unused.difference(&excused).cloned().collect();
    assert!(unneeded.is_empty(), "no story needs these: {unneeded:#?}");
}
