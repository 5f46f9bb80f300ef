//! `connector secrets rotate 1234 crosschq` where Crosschq holds requests.

use sandbox::OrgSettings;
use serde_json::{Value, json};

use crate::support::{Ran, Stage};
use crate::workers::Workers;
use crate::{ordered, stage};

async fn rotate(stage: &Stage, token: &str) -> Ran {
    let given = json!({"crosschq": {"token": token}}).to_string();
    stage.connector_reading(&["secrets", "rotate", "1234", "crosschq", "--secrets", "-"], &given).await
}

async fn token_in_force(stage: &Stage) -> Value {
    stage.secret("1234", "AWSCURRENT").await.unwrap()["crosschq"]["token"].clone()
}

/// Another organization at the same Crosschq, with a key of its own; and a second key of the customer's.
async fn two_accounts(stage: &Stage) {
    let of = |tokens: Vec<String>| OrgSettings { tokens, ..OrgSettings::default() };
    stage.control.crosschq("another").put(&of(vec!["key-of-another-account".to_owned()])).await.unwrap();
    let crosschq = stage.control.crosschq(&stage.demo.org);
    let mut tokens = crosschq.settings().await.unwrap().tokens;
    tokens.push("second-key".to_owned());
    crosschq.configure(json!({"tokens": tokens})).await.unwrap();
}

#[tokio::test]
async fn a_key_of_another_account_is_refused_although_it_lists_surveys() {
    let stage = stage().await;
    two_accounts(&stage).await;
    let request = ordered(&stage, &Workers::of(&stage)).await;
    let before = token_in_force(&stage).await;
    let refused = rotate(&stage, "key-of-another-account").await;
    let said = format!("this key belongs to another Crosschq account: it cannot read request {request}");
    refused.failed(8, &said);
    assert_eq!(token_in_force(&stage).await, before);
    let rotated = rotate(&stage, "second-key").await.ok();
    assert!(rotated.stderr.contains(&format!("it reads request {request}")), "{rotated:#?}");
    assert_eq!(token_in_force(&stage).await, "second-key");
}

#[tokio::test]
async fn where_nothing_proves_the_account_the_operator_is_reported() {
    let stage = stage().await;
    two_accounts(&stage).await;
    let rotated = rotate(&stage, "second-key").await.ok();
    let unproven = "could not be confirmed: the customer has no open request to read with it";
    assert!(rotated.stderr.contains(unproven), "{rotated:#?}");
    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.ok();

    ordered(&stage, &Workers::of(&stage)).await;
    stage.control.crosschq(&stage.demo.org).configure(json!({"tokens": ["only-key"]})).await.unwrap();
    let rotated = rotate(&stage, "key-of-another-account").await.ok();
    assert!(rotated.stderr.contains("the key in force cannot be asked any more"), "{rotated:#?}");
}
