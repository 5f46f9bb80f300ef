//! What cannot work is refused, each with a message of its own, and nothing is saved.

use serde_json::json;

use crate::support::Stage;
use crate::{add, audit};

const SALES: [&str; 4] = ["--survey", "account-executive", "--references", "managers=1,peers=1"];

async fn refuses(stage: &Stage, options: &[&str], code: i32, says: &str) -> String {
    let ran = stage.connector(&[&["template", "add", "1234"], options].concat()).await.failed(code, says);
    assert_eq!(audit(stage).await, [], "{}", ran.command);
    ran.stderr
}

#[tokio::test]
async fn a_tag_that_is_taken_or_differs_only_in_its_case_is_refused() {
    let stage = Stage::with_demo().await;
    let new = |tag: &'static str, name: &'static str| [&[tag, "--name", name], &SALES[..]].concat();
    refuses(&stage, &new("sales-ae", "New"), 4, "there already is a template with the tag sales-ae").await;
    refuses(&stage, &new("Sales-AE", "New"), 4, "the tag Sales-AE differs from the tag sales-ae only in its case")
        .await;
    refuses(&stage, &new("new", "SALES-AE"), 2, "its name is the tag of template sales-ae").await;
    refuses(&stage, &new("sales ae", "New"), 2, "its tag is the name of template sales-ae").await;
    refuses(&stage, &new("new", "Sales AE"), 2, "template sales-ae has the same name").await;
    refuses(&stage, &new(" ", "New"), 2, "an ATS tag must be").await;
}

#[tokio::test]
async fn a_survey_that_is_unknown_or_switched_off_is_refused_with_the_nearest_one() {
    let stage = Stage::with_demo().await;
    let with = |survey: &'static str| ["new", "--name", "New", "--any", "2", "--survey", survey];
    let message = refuses(&stage, &with("acount-executive"), 2, "Crosschq lists no survey acount-executive").await;
    assert!(message.contains("did you mean account-executive?"), "{message}");
    refuses(&stage, &with("store-associate-2019"), 2, "it is misspelt, or switched off there").await;
    refuses(&stage, &with("a b"), 2, "a survey id must be").await;
}

#[tokio::test]
async fn counts_out_of_range_are_refused_with_the_range() {
    let stage = Stage::with_demo().await;
    let with =
        |options: &[&'static str]| [&["new", "--name", "New", "--survey", "software-engineer"], options].concat();
    let message = refuses(&stage, &with(&["--references", "managers=4"]), 2, "`references.managers` is 4").await;
    assert!(message.contains("takes no more than 3") && message.contains("set it between 0 and 3"), "{message}");
    refuses(&stage, &with(&["--references", "peers=2", "--any", "2"]), 2, "which are asked for as peers, is 4").await;
    refuses(&stage, &with(&["--references", "managers=300"]), 2, "is not a number from 0 to 255").await;
    refuses(&stage, &with(&[]), 2, "ask for at least one reference").await;
    let slip = refuses(&stage, &with(&["--references", "manager=1,peers=1"]), 2, "`references.manager` is 1").await;
    assert!(slip.contains("takes none of that kind") && slip.contains("did you mean managers?"), "{slip}");
    let both = with(&["--references", "managers=4,social=5"]);
    refuses(&stage, &both, 2, "2 things are wrong, so nothing was saved").await;
    let rule = with(&["--references", "managers=1", "--auto-conclude", "2"]);
    refuses(&stage, &rule, 2, "`auto_conclude` waits for 2 references, and only 1 are asked for").await;
    let manager = with(&["--any", "2", "--hiring-manager", "Pat Manager <pat>"]);
    refuses(&stage, &manager, 2, "`hiring_manager.fixed.email` is not an e-mail address").await;
}

#[tokio::test]
async fn the_accounts_least_number_of_references_holds_where_crosschq_tells_it() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"crosschq": {"profile": "partner_v1"}})).await;
    let one = ["new", "--name", "New", "--survey", "account-executive", "--references", "managers=1"];
    refuses(&stage, &one, 2, "it asks for 1 references in all, and the Crosschq account for at least 2").await;
}

#[tokio::test]
async fn a_template_is_saved_unverified_only_by_saying_so_and_the_log_says_so_too() {
    let stage = Stage::with_demo().await;
    let crosschq = stage.control.crosschq(&stage.demo.org);
    crosschq.configure(json!({"tokens": ["another"]})).await.unwrap();
    let new = [&["new", "--name", "New"], &SALES[..]].concat();
    let message = refuses(&stage, &new, 8, "Crosschq refuses the key").await;
    assert!(message.contains("--unverified saves all the same"), "{message}");
    let all = [&["template", "add", "1234"], &new[..], &["--unverified"]].concat();
    let saved = stage.connector(&all).await.ok();
    assert!(saved.stderr.contains("not verified: Crosschq refuses"), "{}", saved.stderr);
    assert_eq!(audit(&stage).await[0].0, "template add --unverified");
}

#[tokio::test]
async fn unverified_does_not_save_what_crosschq_refuses() {
    let stage = Stage::with_demo().await;
    let wrong = ["new", "--name", "New", "--any", "2", "--survey", "nurse", "--unverified"];
    refuses(&stage, &wrong, 2, "Crosschq lists no survey nurse").await;
}

#[tokio::test]
async fn a_crosschq_out_of_reach_is_reported_as_such() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"crosschq": {"base_url": "http://127.0.0.1:9"}})).await;
    let new = [&["new", "--name", "New"], &SALES[..]].concat();
    refuses(&stage, &new, 7, "could not connect").await;
}

#[tokio::test]
async fn a_missing_permission_and_a_throttled_aws_are_reported_as_such() {
    let stage = Stage::with_demo().await;
    stage
        .permit(json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        ]))
        .await;
    let new = [&["new", "--name", "New"], &SALES[..]].concat();
    refuses(&stage, &new, 6, "secretsmanager:GetSecretValue").await;
    let stage = Stage::with_demo().await;
    stage.aws_fault(json!({"target": "DynamoDB_20120810.Query", "kind": "throttle", "times": 20})).await;
    stage.connector(&["template", "list", "1234"]).await.failed(7, "AWS is throttling");
}

#[tokio::test]
async fn what_is_not_there_is_reported_with_what_is() {
    let stage = Stage::with_demo().await;
    stage.connector(&["template", "show", "1234", "sales-a"]).await.failed(3, "did you mean sales-ae?");
    stage.connector(&["template", "edit", "1234", "x", "--set", "a=1"]).await.failed(3, "no template with the tag x");
    stage.connector(&["template", "remove", "1234", "x", "--yes"]).await.failed(3, "no template with the tag x");
    stage.connector(&["template", "list", "77"]).await.failed(3, "there is no customer 77");
    stage.connector(&["template", "edit", "1234", "sales-ae"]).await.failed(2, "set EDITOR");
    let unknown = ["template", "edit", "1234", "sales-ae", "--set", "surwey=x"];
    stage.connector(&unknown).await.failed(2, "unknown field `surwey`");
    add(&stage, "eng", "Engineering").await.ok();
    let taken = ["template", "edit", "1234", "eng", "--set", "tag=sales-ae", "--yes"];
    stage.connector(&taken).await.failed(4, "there already is a template with the tag sales-ae");
}
