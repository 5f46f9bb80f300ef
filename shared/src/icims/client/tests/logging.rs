use wiremock::ResponseTemplate;

use super::super::*;
use crate::icims::testing::{WORKFLOW_PATH, World, oauth, ok, workflow};
use crate::telemetry::testing::Captured;

#[tokio::test]
async fn no_log_line_holds_a_name_a_value_or_a_secret() {
    let captured = Captured::default();
    let _guard = captured.subscribe("trace");

    let world = World::with(vec![("v1", oauth("client-secret-value"))]).await;
    world.issues("client-secret-value", "token-value").await;
    let person = include_str!("../../fixtures/person.json");
    let warned = ok(person).insert_header("x-warning", "4:Jane Doe: not a lower case name");
    world.answers("GET", "/customers/1234/people/5", warned).await;
    let refused = ResponseTemplate::new(400).insert_header("x-error", "1:email:jane@example.com is taken");
    world.answers("PATCH", WORKFLOW_PATH, refused.insert_header("x-transaction", "{1f2e-77}")).await;
    world.icims.person(&world.customer, &PersonId::parse("5").unwrap()).await.unwrap();
    world.icims.move_status(&world.customer, &workflow(), &StatusId::parse("C2").unwrap()).await.unwrap_err();

    let log = captured.lines().iter().map(|line| format!("{line}\n")).collect::<String>();
    for field in [
        "iCIMS returned warnings",
        r#""warnings":"code 4""#,
        r#""errors":"code 1 field email""#,
        "{1f2e-77}",
        r#""call":"person""#,
    ] {
        assert!(log.contains(field), "{field} is missing in {log}");
    }
    for secret in ["Jane", "Doe", "jane@", "302-555", "token-value", "client-secret-value", "Temple"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
