//! `connector check list`.

use connector_core::domain::{Refusal, Timestamp};
use serde_json::Value;

use crate::{held, now, refused, stage};

fn names(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|line| line["check"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn checks_are_listed_by_state_and_age_the_youngest_first() {
    let stage = stage().await;
    let hours_ago = |hours: i64| Timestamp::from_ms(now().ms() - hours * 3_600_000);
    held(&stage, "701", |check, _| check.timing.created_at = hours_ago(5)).await;
    held(&stage, "702", |check, id| {
        refused(Refusal::NoEmail)(check, id);
        check.timing.created_at = hours_ago(3);
    })
    .await;
    held(&stage, "703", |check, _| check.timing.created_at = hours_ago(1)).await;
    let list = async |more: &[&str]| {
        let mut arguments = vec!["check", "list", "--output", "json"];
        arguments.extend(more);
        stage.connector(&arguments).await.ok()
    };
    assert_eq!(names(&list(&[]).await.json()), ["1234/703/1", "1234/702/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--customer", "1234", "--open"]).await.json()), ["1234/703/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--state", "failed"]).await.json()), ["1234/702/1"]);
    assert_eq!(names(&list(&["--older-than", "2h"]).await.json()), ["1234/702/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--older-than", "2h", "--younger-than", "4h"]).await.json()), ["1234/702/1"]);
    let cut = list(&["--limit", "1"]).await;
    assert_eq!(names(&cut.json()), ["1234/703/1"]);
    assert!(cut.stderr.contains("--limit 0 lists all"), "{}", cut.stderr);
    assert_eq!(names(&list(&["--limit", "0"]).await.json()).len(), 3);
}
