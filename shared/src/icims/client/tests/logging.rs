use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;
use wiremock::ResponseTemplate;

use super::super::*;
use crate::icims::testing::{WORKFLOW_PATH, World, oauth, ok, workflow};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_line_holds_a_name_a_value_or_a_secret() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(captured.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let world = World::with(vec![("v1", oauth("client-secret-value"))]).await;
    world.issues("client-secret-value", "token-value").await;
    let person = include_str!("../../fixtures/person.json");
    let warned = ok(person).insert_header("x-warning", "4:Jane Doe: not a lower case name");
    world.answers("GET", "/customers/1234/people/5", warned).await;
    let refused = ResponseTemplate::new(400).insert_header("x-error", "1:email:jane@example.com is taken");
    world.answers("PATCH", WORKFLOW_PATH, refused.insert_header("x-transaction", "{1f2e-77}")).await;
    world.icims.person(&world.customer, &PersonId::parse("5").unwrap()).await.unwrap();
    world.icims.move_status(&world.customer, &workflow(), &StatusId::parse("C2").unwrap()).await.unwrap_err();

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    for told in
        ["iCIMS returned warnings", "warnings=code 4", "errors=code 1 field email", "{1f2e-77}", "call=\"person\""]
    {
        assert!(log.contains(told), "{told} is missing in {log}");
    }
    for secret in ["Jane", "Doe", "jane@", "302-555", "token-value", "client-secret-value", "Temple"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
