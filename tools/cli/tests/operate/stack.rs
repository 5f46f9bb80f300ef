//! How a command finds the stack: by name, by an environment of `samconfig.toml`, in which region.

use serde_json::json;

use crate::support::{Ran, Stage};

/// The name that `samconfig.toml` gives; the local AWS has the demo's stack by the default name.
const CONFIG: &str = r#"version = 0.1
[prod.global.parameters]
stack_name = "connector-prod"
[prod.deploy.parameters]
region = "eu-west-1"
[dev.global.parameters]
stack_name = "connector-dev"
"#;

async fn stage() -> Stage {
    let stage = Stage::with_demo().await;
    stage.redescribe(|stack| stack["StackName"] = json!("connector-prod")).await;
    stage.file("samconfig.toml", CONFIG);
    stage
}

async fn run(stage: &Stage, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    stage.run(arguments, &[&stage.aws(), variables].concat(), "").await
}

#[tokio::test]
async fn an_environment_of_samconfig_names_stack_and_region() {
    let stage = stage().await;
    let ran = run(&stage, &["customer", "list", "--config-env", "prod"], &[]).await.ok();
    assert!(ran.stdout.contains("1234"), "{ran:#?}");
}

#[tokio::test]
async fn the_region_comes_from_the_option_then_the_environment_then_samconfig_then_the_profile() {
    let stage = stage().await;
    std::fs::create_dir(stage.home.path().join(".aws")).unwrap();
    stage.file(".aws/config", "[default]\nregion = ap-south-1\n");
    stage.redescribe(|stack| stack["StackName"] = json!("another")).await;
    let prod = ["customer", "list", "--config-env", "prod"];
    let both = [("AWS_REGION", "us-west-2"), ("AWS_DEFAULT_REGION", "ca-central-1")];
    let region = |region: &str| format!("there is no stack connector-prod in this account and region ({region})");
    let option = [&prod[..], &["--region", "sa-east-1"]].concat();
    run(&stage, &option, &both).await.failed(3, &region("sa-east-1"));
    run(&stage, &prod, &both).await.failed(3, &region("us-west-2"));
    run(&stage, &prod, &both[1..]).await.failed(3, &region("ca-central-1"));
    run(&stage, &prod, &[]).await.failed(3, &region("eu-west-1"));
    let dev = ["customer", "list", "--config-env", "dev"];
    run(&stage, &dev, &[]).await.failed(3, "no stack connector-dev in this account and region (ap-south-1)");
}

#[tokio::test]
async fn a_stack_that_is_not_there_has_those_named_that_are_ours() {
    let stage = stage().await;
    let ran = stage.connector(&["customer", "list"]).await;
    let ran = ran.failed(3, "there is no stack crosschq-connector in this account and region (us-east-1)");
    assert!(ran.stderr.contains("this connector's are connector-prod"), "{ran:#?}");
    assert!(ran.stderr.contains("to --stack, or the environment that deployed it to --config-env"), "{ran:#?}");

    stage.redescribe(|stack| stack["Outputs"] = json!([])).await;
    let ran = stage.connector(&["customer", "list"]).await;
    ran.failed(3, "there is no stack crosschq-connector in this account and region (us-east-1), nor any other");

    stage.permit(json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:*"}])).await;
    let ran = stage.connector(&["customer", "list"]).await.failed(3, "there is no stack crosschq-connector");
    assert!(ran.stderr.contains("aws cloudformation list-stacks"), "who may not list learns of no others: {ran:#?}");
}

#[tokio::test]
async fn an_environment_that_is_not_there_and_a_name_beside_it_are_refused() {
    let stage = stage().await;
    let ran = run(&stage, &["customer", "list", "--config-env", "staging"], &[]).await;
    let ran = ran.failed(3, "has no environment staging");
    assert!(ran.stderr.contains("dev, prod"), "{ran:#?}");
    let both = ["customer", "list", "--config-env", "prod", "--stack", "other"];
    run(&stage, &both, &[]).await.failed(2, "cannot be used with");
}
