//! `connector doctor` tries whether a compressed event arrives.

use serde_json::Value;

use crate::front::Front;
use crate::support::Stage;

/// What doctor says of customer 1234 with its events going to `base`, what it found of it, and its exit code.
async fn doctor(stage: &Stage, base: &str) -> (i32, String, Vec<Value>) {
    stage.output("ApiUrl", base).await;
    let ran = stage.connector(&["--output", "json", "doctor", "--customer", "1234"]).await;
    let found = ran.json()["findings"].as_array().unwrap().clone();
    let of_customer = found.into_iter().filter(|it| it["subject"] == "customer 1234" && it["severity"] != "note");
    (ran.code, ran.stderr.clone(), of_customer.collect())
}

#[tokio::test]
async fn compressed_events_that_arrive_are_said_to_and_order_nothing() {
    let stage = Stage::with_demo().await;
    let front = Front::start(&stage).await;
    let (code, said, found) = doctor(&stage, &front.url).await;
    assert_eq!((code, found.len()), (0, 0), "{found:#?}");
    assert!(said.contains("the connector takes compressed events"), "{said}");
    assert_eq!(front.taken(), 1);
    for queue in ["ReferenceRequests", "Cancellations", "IcimsUpdates"] {
        assert_eq!(stage.take_messages(queue).await, [Value::Null; 0], "{queue}");
    }
}

#[tokio::test]
async fn a_front_that_destroys_compressed_events_is_known_from_one_that_takes_none() {
    let stage = Stage::with_demo().await;
    let front = Front::start(&stage).await;
    let (code, _, found) = doctor(&stage, &format!("{}/as-text", front.url)).await;
    assert_eq!((code, found.len()), (0, 1), "{found:#?}");
    assert_eq!(found[0]["severity"], "warning");
    assert!(
        found[0]["what"].as_str().unwrap().starts_with("compressed events do not arrive, plain ones do"),
        "{found:#?}"
    );
    assert_eq!(found[0]["fix"], "leave compression off in iCIMS' subscription");

    let (code, _, found) = doctor(&stage, &format!("{}/answers/401", front.url)).await;
    assert_eq!((code, found.len()), (1, 1), "{found:#?}");
    assert!(found[0]["what"].as_str().unwrap().starts_with("no event is taken: "), "{found:#?}");

    let (code, _, found) = doctor(&stage, "http://127.0.0.1:9").await;
    assert_eq!((code, found.len()), (0, 1), "{found:#?}");
    assert!(
        found[0]["what"].as_str().unwrap().starts_with("whether compressed events arrive is not known"),
        "{found:#?}"
    );
}
