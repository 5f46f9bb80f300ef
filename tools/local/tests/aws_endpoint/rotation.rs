//! Secrets Manager: versions and their staging labels.

use aws_sdk_secretsmanager::Client;

use crate::secrets::create;
use crate::support::in_memory;

async fn value(secrets: &Client, stage: &str) -> Option<String> {
    let request = secrets.get_secret_value().secret_id("s");
    match request.version_stage(stage).send().await {
        Ok(value) => value.secret_string,
        Err(error) => {
            assert!(error.into_service_error().is_resource_not_found_exception());
            None
        }
    }
}

async fn put(secrets: &Client, text: &str, stage: Option<&str>) -> String {
    let request = secrets.put_secret_value().secret_id("s").secret_string(text);
    let request = request.set_version_stages(stage.map(|stage| vec![stage.to_owned()]));
    request.send().await.unwrap().version_id.unwrap()
}

#[tokio::test]
async fn a_new_value_keeps_the_previous_one_readable_and_only_that() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let first = create(&secrets, "s", "one").await;
    assert_eq!(value(&secrets, "AWSPREVIOUS").await, None);
    put(&secrets, "two", None).await;
    let update = secrets.update_secret().secret_id("s").secret_string("three");
    update.send().await.unwrap();

    assert_eq!(value(&secrets, "AWSCURRENT").await.as_deref(), Some("three"));
    assert_eq!(value(&secrets, "AWSPREVIOUS").await.as_deref(), Some("two"));
    let versions = secrets.list_secret_version_ids().secret_id("s");
    let labeled = versions.clone().send().await.unwrap();
    assert_eq!(labeled.versions().len(), 2);
    let all = versions.include_deprecated(true).send().await.unwrap();
    assert_eq!(all.versions()[0].version_id(), Some(&*first));
}

#[tokio::test]
async fn a_promoted_version_keeps_the_previous_one_readable() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let current = create(&secrets, "s", "one").await;
    let pending = put(&secrets, "two", Some("AWSPENDING")).await;
    assert_eq!(value(&secrets, "AWSCURRENT").await.as_deref(), Some("one"));
    assert_eq!(value(&secrets, "AWSPENDING").await.as_deref(), Some("two"));

    let promote =
        secrets.update_secret_version_stage().secret_id("s").version_stage("AWSCURRENT").move_to_version_id(&pending);
    let without_the_old = promote.clone().send().await.unwrap_err();
    assert!(without_the_old.into_service_error().is_invalid_parameter_exception());
    let promote = promote.remove_from_version_id(&current);
    promote.send().await.unwrap();

    assert_eq!(value(&secrets, "AWSCURRENT").await.as_deref(), Some("two"));
    assert_eq!(value(&secrets, "AWSPREVIOUS").await.as_deref(), Some("one"));
    let described = secrets.describe_secret().secret_id("s").send().await;
    let described = described.unwrap();
    let stages = described.version_ids_to_stages().unwrap();
    assert_eq!(stages[&current], ["AWSPREVIOUS"]);
    assert_eq!(stages[&pending], ["AWSCURRENT", "AWSPENDING"]);
}

#[tokio::test]
async fn a_promotion_is_taken_back_by_promoting_the_previous_version() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let first = create(&secrets, "s", "one").await;
    let second = put(&secrets, "two", None).await;

    let back = secrets
        .update_secret_version_stage()
        .secret_id("s")
        .version_stage("AWSCURRENT")
        .move_to_version_id(&first)
        .remove_from_version_id(&second);
    back.send().await.unwrap();

    assert_eq!(value(&secrets, "AWSCURRENT").await.as_deref(), Some("one"));
    assert_eq!(value(&secrets, "AWSPREVIOUS").await.as_deref(), Some("two"));
}

#[tokio::test]
async fn the_current_label_cannot_be_removed_and_the_pending_one_can() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let current = create(&secrets, "s", "one").await;
    let pending = put(&secrets, "two", Some("AWSPENDING")).await;
    let remove = |stage: &str, version: &str| {
        let request = secrets.update_secret_version_stage().secret_id("s");
        request.version_stage(stage).remove_from_version_id(version).send()
    };

    assert!(remove("AWSCURRENT", &current).await.is_err());
    remove("AWSPENDING", &pending).await.unwrap();

    assert_eq!(value(&secrets, "AWSCURRENT").await.as_deref(), Some("one"));
    assert_eq!(value(&secrets, "AWSPENDING").await, None);
}

#[tokio::test]
async fn a_token_names_one_value_for_ever() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    create(&secrets, "s", "one").await;
    let token = "5a7f0f0e-6c1c-4b57-9d6e-1f2e3d4c5b6a";
    let put = |text: &'static str| {
        let request = secrets.put_secret_value().secret_id("s");
        request.secret_string(text).client_request_token(token).send()
    };

    put("two").await.unwrap();
    put("two").await.unwrap();
    let error = put("three").await.unwrap_err().into_service_error();

    assert!(error.is_resource_exists_exception());
    assert_eq!(value(&secrets, "AWSPREVIOUS").await.as_deref(), Some("one"));
}
