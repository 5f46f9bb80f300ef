//! A stack of another release than the command line's.

use crate::support::Stage;

const OTHER: &str = "stack crosschq-connector was deployed from release 9.9.9, and this command line is";

/// Commands that change something, one of each kind.
const WRITING: [&[&str]; 13] = [
    &["customer", "edit", "1234", "--set", "retention_days=60"],
    &["customer", "disable", "1234"],
    &["customer", "enable", "1234"],
    &["customer", "remove", "1234", "--force"],
    &["template", "add", "1234", "x", "--name", "X", "--survey", "account-executive", "--references", "managers=1"],
    &["template", "edit", "1234", "sales-ae", "--set", "name=X"],
    &["template", "remove", "1234", "sales-ae"],
    &["check", "request", "1234/13437"],
    &["check", "reconcile", "--customer", "1234"],
    &["queue", "redrive"],
    &["secrets", "rotate", "1234", "push-basic"],
    &["secrets", "confirm", "1234"],
    &["erase", "--customer", "1234", "--person", "1"],
];

#[tokio::test]
async fn what_would_write_is_refused_and_nothing_is_changed() {
    let stage = Stage::with_demo().await;
    stage.deployed_from("9.9.9").await;
    let before = stage.items("CustomersTable").await;
    for command in WRITING {
        let ran = stage.connector(&[command, &["--yes"]].concat()).await.failed(10, OTHER);
        assert!(ran.stderr.contains("nothing was changed"), "{ran:#?}");
        assert!(ran.stderr.contains("--any-release"), "{ran:#?}");
    }
    assert_eq!(stage.items("CustomersTable").await, before);
}

#[tokio::test]
async fn what_only_reads_says_so_and_goes_on() {
    let stage = Stage::with_demo().await;
    stage.deployed_from("9.9.9").await;
    for command in [
        &["customer", "list"][..],
        &["template", "list", "1234"],
        &["check", "list"],
        &["queue", "status"],
        &["queue", "redrive", "--dry-run"],
        &["secrets", "status", "1234"],
    ] {
        let ran = stage.connector(command).await.ok();
        assert_eq!(ran.stderr.matches(OTHER).count(), 1, "{ran:#?}");
    }
    let doctor = stage.connector(&["doctor"]).await.ok();
    assert_eq!(doctor.everything().matches("it was deployed from release 9.9.9").count(), 1, "{doctor:#?}");
    assert!(!doctor.stderr.contains(OTHER), "it is a finding already: {doctor:#?}");
}

#[tokio::test]
async fn who_says_any_release_writes_all_the_same() {
    let stage = Stage::with_demo().await;
    stage.deployed_from("9.9.9").await;
    let edit = ["customer", "edit", "1234", "--set", "retention_days=60", "--yes", "--any-release"];
    let ran = stage.connector(&edit).await.ok();
    assert!(ran.stderr.contains(OTHER), "{ran:#?}");
}

#[tokio::test]
async fn a_stack_that_names_no_release_is_another_one() {
    let stage = Stage::with_demo().await;
    stage
        .redescribe(|stack| {
            stack["Outputs"].as_array_mut().unwrap().retain(|output| output["OutputKey"] != "Release");
        })
        .await;
    let edit = ["customer", "edit", "1234", "--set", "retention_days=60", "--yes"];
    stage.connector(&edit).await.failed(10, "does not say which release it was deployed from");
}
