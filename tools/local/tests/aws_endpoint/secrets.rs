//! Secrets Manager: creating, finding and deleting secrets.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};

use crate::support::in_memory;

pub(crate) async fn create(secrets: &Client, name: &str, value: &str) -> String {
    let request = secrets.create_secret().name(name).secret_string(value);
    request.send().await.unwrap().version_id.unwrap()
}

#[tokio::test]
async fn a_secret_is_read_by_its_name_its_arn_and_its_arn_without_the_suffix() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    create(&secrets, "connector/customers/7001", "open sesame").await;
    let by_name = secrets.get_secret_value().secret_id("connector/customers/7001");
    let arn = by_name.send().await.unwrap().arn.unwrap();
    let (without_suffix, _) = arn.rsplit_once('-').unwrap();

    for id in [&*arn, without_suffix] {
        let value = secrets.get_secret_value().secret_id(id).send().await;
        let value = value.unwrap();
        assert_eq!(value.secret_string(), Some("open sesame"));
        assert_eq!(value.version_stages(), ["AWSCURRENT"]);
    }
}

#[tokio::test]
async fn a_binary_value_comes_back_byte_for_byte() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let request = secrets.create_secret().name("raw").secret_binary(Blob::new([0, 255, 10]));
    request.send().await.unwrap();

    let value = secrets.get_secret_value().secret_id("raw").send().await;
    assert_eq!(value.unwrap().secret_binary().map(Blob::as_ref), Some(&[0, 255, 10][..]));
}

#[tokio::test]
async fn a_missing_secret_and_a_taken_name_are_the_errors_of_aws() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let error = secrets.get_secret_value().secret_id("none").send().await;
    assert!(error.unwrap_err().into_service_error().is_resource_not_found_exception());

    create(&secrets, "taken", "a").await;
    let request = secrets.create_secret().name("taken").secret_string("b");
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_exists_exception());
}

#[tokio::test]
async fn a_creation_repeated_with_its_token_is_the_same_creation() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let token = "5a7f0f0e-6c1c-4b57-9d6e-1f2e3d4c5b6a";
    let make = |value: &'static str| {
        let request = secrets.create_secret().name("once").secret_string(value);
        request.client_request_token(token).send()
    };
    let first = make("a").await.unwrap();
    let second = make("a").await.unwrap();
    assert_eq!(first.version_id(), Some(token));
    assert_eq!(second.arn(), first.arn());
    assert!(make("b").await.is_err());
}

#[tokio::test]
async fn secrets_are_listed_by_the_beginning_of_their_names() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    for name in ["c/customers/1", "c/customers/2", "other/customers/3"] {
        create(&secrets, name, "x").await;
    }
    let filter = Filter::builder().key(FilterNameStringType::Name).values("c/customers/").build();
    let listed = secrets.list_secrets().filters(filter).send().await.unwrap();
    let names: Vec<_> = listed.secret_list().iter().map(|secret| secret.name().unwrap()).collect();
    assert_eq!(names, ["c/customers/1", "c/customers/2"]);
}

#[tokio::test]
async fn a_deleted_secret_is_unreadable_restorable_and_finally_gone() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    create(&secrets, "doomed", "x").await;
    let get = || secrets.get_secret_value().secret_id("doomed").send();
    let delete = || {
        let request = secrets.delete_secret().secret_id("doomed");
        request.recovery_window_in_days(7).send()
    };

    delete().await.unwrap();
    let error = get().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_request_exception());
    let restore = secrets.restore_secret().secret_id("doomed");
    restore.send().await.unwrap();
    assert_eq!(get().await.unwrap().secret_string(), Some("x"));

    delete().await.unwrap();
    aws.advance_s(7 * 86_400).await;
    let error = get().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    create(&secrets, "doomed", "anew").await;
}

#[tokio::test]
async fn a_forced_deletion_frees_the_name_at_once_and_can_be_repeated() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    create(&secrets, "doomed", "x").await;
    for _ in 0..2 {
        let request = secrets.delete_secret().secret_id("doomed");
        let request = request.force_delete_without_recovery(true);
        request.send().await.unwrap();
    }
    create(&secrets, "doomed", "anew").await;
}
