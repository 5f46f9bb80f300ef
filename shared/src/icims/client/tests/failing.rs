use std::io::Read as _;
use std::net::TcpListener;
use std::time::Duration;

use wiremock::ResponseTemplate;

use super::super::*;
use crate::failure::RefusedAt;
use crate::icims::testing::{WORKFLOW_PATH, World, customer_at, ok, workflow};

async fn read_after(answer: ResponseTemplate) -> AtsError {
    let world = World::simple().await;
    world.answers("GET", WORKFLOW_PATH, answer).await;
    world.icims.workflow(&world.customer, &workflow()).await.unwrap_err()
}

#[tokio::test]
async fn each_answer_says_what_can_be_done_and_shows_no_value() {
    let answer = ResponseTemplate::new;
    let unavailable = |why: &str| AtsError::Unavailable { why: why.to_owned() };
    let refused = |why: &str| AtsError::Refused { why: why.to_owned() };
    let by_body = r#"{"errors":[{"errorMessage":"Jane Doe: a required field is empty.","errorCode":1}]}"#;
    let huge = format!(r#"{{"status":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    for (answer, error) in [
        // Whatever the code: either may mean hidden.
        (answer(404).insert_header("x-error", "2:Workflow not found"), AtsError::NotFound),
        (answer(404).insert_header("x-error", "3:Access denied"), AtsError::NotFound),
        (
            answer(400).append_header("x-error", "1:field23848:Needed by Jane Doe"),
            refused("400, code 1 field field23848"),
        ),
        (answer(400).set_body_string(by_body), refused("400, code 1")),
        (answer(500).insert_header("x-error", "0:Internal"), unavailable("500, code 0")),
        (answer(503), unavailable("503")),
        (ok(&huge), unavailable("the answer is too large")),
        (answer(429).insert_header("retry-after", "9"), AtsError::RateLimited { after: Some(Duration::from_secs(9)) }),
        // No other token would help.
        (answer(403), AtsError::Unauthorized { at: RefusedAt::Forbidden }),
    ] {
        assert_eq!(read_after(answer).await, error);
    }
}

#[tokio::test]
async fn a_redirect_is_a_setting_to_fix_and_is_not_followed() {
    let error = read_after(ResponseTemplate::new(302).insert_header("location", "/elsewhere")).await;
    assert!(matches!(&error, AtsError::Misconfigured { why } if why.contains("api_base")), "{error}");
}

#[tokio::test]
async fn a_slow_answer_ends_in_a_timeout() {
    let mut world = World::simple().await;
    world.limit_to_ms(50);
    world.answers("GET", WORKFLOW_PATH, ok("{}").set_delay(Duration::from_millis(500))).await;
    let error = world.icims.workflow(&world.customer, &workflow()).await.unwrap_err();
    assert_eq!(error, AtsError::Unavailable { why: "timed out".to_owned() });
}

/// A platform that answers each connection with these bytes and hangs up.
fn hangs_up_after(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, bytes);
        }
    });
    base
}

async fn moved_at(base: &str) -> Result<(), AtsError> {
    let world = World::simple().await;
    let mut customer = customer_at(base);
    customer.settings.icims.auth = world.customer.settings.icims.auth;
    world.icims.move_status(&customer, &workflow(), &StatusId::parse("C2").unwrap()).await
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_may_have_happened() {
    let lost = moved_at(&hangs_up_after(b"")).await;
    assert!(matches!(&lost, Err(AtsError::Unavailable { why }) if why == "the connection was lost"), "{lost:?}");
}

#[tokio::test]
async fn a_write_whose_head_arrived_has_happened_though_its_body_is_lost() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{";
    assert_eq!(moved_at(&hangs_up_after(head)).await, Ok(()));
}

#[tokio::test]
async fn nobody_there_is_no_answer() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = moved_at(&format!("http://{gone}")).await.unwrap_err();
    assert_eq!(error, AtsError::Unavailable { why: "could not connect".to_owned() });
}

#[tokio::test]
async fn credentials_go_in_clear_to_this_machine_only() {
    let error = moved_at("http://api.example.com").await.unwrap_err();
    assert!(matches!(&error, AtsError::Misconfigured { why } if why.contains("api_base")), "{error}");
}
