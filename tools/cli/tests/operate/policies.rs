//! What the two managed policies of template.yaml let operators do. Drift detection, functions and alarms are not on the
//! local AWS, so their actions are not tried here.

use local::template::Context;
use local::template::resolve::Resolver;

use crate::support::Stage;

/// Gives the operator one of the template's policies, and no more.
async fn with(policy: &str) -> Stage {
    let stage = Stage::with_demo().await;
    let mut context = Context::local(&stage.place.aws_endpoint);
    local::run::STACK_NAME.clone_into(&mut context.stack);
    let raw = stage.template.raw();
    let statements = &raw["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"];
    let resolver = Resolver::new(raw, &context).unwrap();
    let mut statements = resolver.resolve(statements, policy).unwrap();
    for statement in statements.as_array_mut().unwrap() {
        // The local AWS knows no conditions, and needs no key.
        statement.as_object_mut().unwrap().remove("Condition");
    }
    stage.permit(statements).await;
    stage
}

#[tokio::test]
async fn the_operators_policy_permits_what_the_command_line_does() {
    let stage = with("OperatorPolicy").await;
    for command in [
        &["customer", "list"][..],
        &["customer", "show", "1234", "--history"],
        &["customer", "edit", "1234", "--set", "retention_days=60"],
        &["customer", "discover", "1234"],
        &["template", "edit", "1234", "sales-ae", "--set", "name=Sales"],
        &["template", "export", "1234"],
        &["check", "request", "1234/13437"],
        &["check", "list"],
        &["check", "reconcile", "--customer", "1234"],
        &["queue", "status"],
        &["queue", "peek"],
        &["queue", "redrive"],
        &["secrets", "rotate", "1234", "push-basic"],
        &["secrets", "confirm", "1234"],
        &["erase", "--customer", "1234", "--person", "2001"],
        &["doctor"],
        &["customer", "remove", "1234", "--force"],
    ] {
        let ran = stage.connector(&[command, &["--yes"]].concat()).await;
        assert_ne!(ran.code, 6, "{ran:#?}");
    }
    let (icims, crosschq) = (stage.place.icims.clone(), stage.place.crosschq.clone());
    let add = ["customer", "add", "1234", "--icims-auth-url", &icims, "--icims-api-url", &icims, "--crosschq-url"];
    let add = [&add[..], &[&crosschq, "--trigger", "C38356", "--secrets", "-", "--yes"]].concat();
    let secrets = "icims.oauth = { client_id = \"icims-client-1234\", client_secret = \"sandbox-secret\" }\n\
                   crosschq.token = \"crosschq-token-1234\"\n";
    stage.connector_reading(&add, secrets).await.ok();
    assert!(stage.aws.denied().is_empty(), "{:?}", stage.aws.denied());
}

#[tokio::test]
async fn the_read_only_policy_permits_looking_and_neither_writing_nor_a_secrets_value() {
    let stage = with("ReadOnlyPolicy").await;
    for command in [
        &["customer", "list"][..],
        &["customer", "show", "1234", "--history"],
        &["template", "show", "1234", "sales-ae"],
        &["check", "list"],
        &["queue", "status"],
    ] {
        stage.connector(command).await.ok();
    }
    assert!(stage.aws.denied().is_empty(), "{:?}", stage.aws.denied());
    let edit = ["customer", "edit", "1234", "--set", "retention_days=60", "--yes"];
    stage.connector(&edit).await.failed(6, "dynamodb:PutItem");
    stage.connector(&["secrets", "status", "1234"]).await.failed(6, "secretsmanager:GetSecretValue");
}
