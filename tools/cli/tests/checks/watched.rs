//! `connector check watch`.

use serde_json::Value;

use crate::workers::Workers;
use crate::{ordered, stage, workflow};

#[tokio::test]
async fn a_watch_tells_each_entry_once_and_ends_with_the_check() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let name = workflow(&stage);
    let cancel = async {
        stage.connector(&["check", "cancel", &name, "--yes"]).await.ok();
        workers.settle(&stage).await;
    };
    let watch = ["check", "watch", name.as_str(), "--output", "json"];
    let (watched, ()) = tokio::join!(stage.connector(&watch), cancel);
    let watched = watched.ok();
    let message: Vec<Value> = watched.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whats: Vec<&str> = message.iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(
        whats,
        ["claimed", "create_begun", "requested", "row_written", "cancel_wanted", "cancelled", "row_written"]
    );
    assert!(message.iter().all(|line| line["check"] == "1234/13437/1"));
    assert!(watched.stderr.contains("has ended: cancelled"), "{}", watched.stderr);
}

#[tokio::test]
async fn a_watch_with_an_end_ends() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let watched = stage.connector(&["check", "watch", "--customer", "1234", "--for", "1s"]).await.ok();
    assert_eq!(watched.stdout, "", "only what is new is told of a customer");
    assert!(watched.stderr.contains("the time is over"), "{}", watched.stderr);
}
