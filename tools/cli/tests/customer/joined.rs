//! What was given cannot work, or collides with what is there.

use crate::support::Stage;
use crate::{Joining, nothing_saved};

#[tokio::test]
async fn an_id_that_is_none() {
    let stage = Stage::empty().await;
    let ran = stage.connector(&["customer", "add", "12 34", "--icims-region", "us"]).await;
    ran.failed(2, "a customer id must be 1 to 40 characters");
}

#[tokio::test]
async fn a_region_that_is_none_and_one_without_published_hosts() {
    let stage = Stage::empty().await;
    let bad = stage.connector(&["customer", "add", "1234", "--icims-region", "mars", "--trigger", "C1"]).await;
    bad.failed(2, "invalid value 'mars' for '--icims-region <REGION>'");
    let canada = stage.connector(&["customer", "add", "1234", "--icims-region", "ca", "--trigger", "C1"]).await;
    canada.failed(2, "settings.icims.hosts: iCIMS publishes no hosts for this region");
    let nowhere = stage.connector(&["customer", "add", "1234", "--trigger", "C1"]).await;
    nowhere.failed(2, "nothing says where the customer's iCIMS is");
    nothing_saved(&stage, "1234").await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_named_by_their_field() {
    let stage = Stage::empty().await;
    let none = stage.connector(&["customer", "add", "1234", "--icims-region", "us"]).await;
    none.failed(2, "settings.icims.statuses.trigger: nothing says which status orders references");
    let both = stage
        .connector(&["customer", "add", "1234", "--icims-region", "us", "--trigger", "C1", "--rejected", "C1"])
        .await;
    both.failed(2, "C1 cannot both order and cancel");
    let plain = Joining::of(&stage).instead("--crosschq-url", "http://crosschq.example").add(&[]).await;
    plain.failed(2, "settings.crosschq.base_url: must be an https:// address");
    let file = stage.file("bad.toml", "[icims]\nregoin = \"us\"\n");
    let misspelt = Joining::of(&stage).with(&["--settings", &file]).add(&[]).await;
    misspelt.failed(2, "regoin");
    let missing = Joining::of(&stage).with(&["--settings", "/nowhere.toml"]).add(&[]).await;
    missing.failed(2, "--settings /nowhere.toml:");
}

#[tokio::test]
async fn secrets_that_do_not_read_are_named_by_their_key_and_never_shown() {
    let stage = Stage::empty().await;
    let mut misspelt = Joining::of(&stage);
    misspelt.secrets["crosschq"] = serde_json::json!({"tokne": "hunter2"});
    let ran = misspelt.add(&[]).await.failed(2, "--secrets standard input: crosschq: has a key that is not known");
    assert!(!ran.everything().contains("hunter2"));
    let mut other = Joining::of(&stage);
    other.secrets["icims"] = serde_json::json!({"basic": {"user": "u", "password": "hunter2"}});
    let ran = other.add(&[]).await.failed(2, "icims.auth is oauth, but the secrets bring icims.basic");
    assert!(!ran.everything().contains("hunter2"));
}

#[tokio::test]
async fn without_a_terminal_a_missing_secret_is_named() {
    let stage = Stage::empty().await;
    let mut lacking = Joining::of(&stage);
    lacking.secrets["crosschq"] = serde_json::json!({});
    let ran = lacking.add(&[]).await.failed(9, "there is no terminal to ask for the Crosschq Partner API key");
    assert!(ran.stderr.contains("give `crosschq.token` in a file with --secrets FILE"), "{ran:#?}");
    nothing_saved(&stage, "1234").await;
}

#[tokio::test]
async fn a_customer_that_is_there() {
    let stage = Stage::with_demo().await;
    let before = (stage.record("1234", "settings").await, stage.secret("1234", "AWSCURRENT").await);
    Joining::of(&stage).add(&[]).await.failed(4, "there already is a customer 1234");
    assert_eq!((stage.record("1234", "settings").await, stage.secret("1234", "AWSCURRENT").await), before);
}

#[tokio::test]
async fn two_operators_add_the_same_customer_and_the_second_is_reported() {
    let stage = Stage::empty().await;
    let fifo = stage.home.path().join("secrets");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let joining = Joining::of(&stage);
    let mut arguments = vec!["customer", "add", "1234", "--secrets", fifo.to_str().unwrap()];
    arguments.extend(joining.options.iter().map(String::as_str));
    let slow = stage.connector(&arguments);
    let quick = async {
        // The slow one has looked for the customer when it opens the file for reading.
        let opening = fifo.clone();
        let mut file = tokio::task::spawn_blocking(move || std::fs::File::create(opening)).await.unwrap().unwrap();
        joining.add(&[]).await.ok();
        let secret = stage.secret("1234", "AWSCURRENT").await;
        std::io::Write::write_all(&mut file, joining.secrets.to_string().as_bytes()).unwrap();
        secret
    };
    let (slow, secret) = tokio::join!(slow, quick);
    slow.failed(4, "there already is a customer 1234");
    assert_eq!(stage.secret("1234", "AWSCURRENT").await, secret, "the first one's secret is in force");
}

#[tokio::test]
async fn a_secret_that_was_left_over_is_replaced_after_asking() {
    let stage = Stage::with_demo().await;
    let key = serde_json::json!({"pk": {"S": "1234"}, "sk": {"S": "settings"}});
    let delete = serde_json::json!({"TableName": stage.place.customers_table, "Key": key});
    stage.calls.call(local::aws_call::Service::DynamoDb, "DeleteItem", &delete).await.unwrap();
    let before = stage.secret("1234", "AWSCURRENT").await.unwrap();
    Joining::of(&stage).add(&[]).await.failed(9, "there is no terminal to ask: replace that secret?");
    assert_eq!(stage.secret("1234", "AWSCURRENT").await.unwrap(), before);
    Joining::of(&stage).add(&["--yes"]).await.ok();
    assert_ne!(stage.secret("1234", "AWSCURRENT").await.unwrap(), before);
    assert_eq!(stage.secret("1234", "AWSPREVIOUS").await, None, "what was left over opens no door");
}
