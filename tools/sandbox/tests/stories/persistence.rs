use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sandbox::{Control, Fault, FaultKind, Sandbox, SandboxOptions, Step};
use serde_json::json;

use crate::support::order;

async fn create(control: &Control, crosschq_url: &str) -> String {
    control.ensure_demo().await.unwrap();
    let created = reqwest::Client::new()
        .post(format!("{crosschq_url}/api/v2/reference-request/"))
        .header("authorization", "crosschq-token-1234")
        .json(&order())
        .send()
        .await
        .unwrap();
    let body: serde_json::Value = created.json().await.unwrap();
    body["request_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_restart_on_the_same_file_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let options = SandboxOptions { state: Some(folder.path().join("state.json")), ..SandboxOptions::default() };
    let first = Sandbox::start(options.clone()).await.unwrap();
    let id = create(&first.control(), first.crosschq_url()).await;
    first.control().advance_clock(86_400_000).await.unwrap();
    let before = first.control().clock().await.unwrap().now_ms;
    first.control().icims_side().add_fault(Fault::new(FaultKind::Reset).times(1)).await.unwrap();
    drop(first);

    let second = Sandbox::start(options).await.unwrap();
    let control = second.control();
    assert!(control.clock().await.unwrap().now_ms >= before);
    assert_eq!(control.icims_side().faults().await.unwrap().len(), 1);
    let org = control.crosschq("1234");
    let told = org.step(&id, &Step::CompleteAll).await.unwrap().told;
    let link = told["report_full_pdf"].as_str().unwrap();
    assert!(link.starts_with(second.crosschq_url()), "links follow the present address");
    assert!(reqwest::get(link).await.unwrap().status().is_success());
}

#[tokio::test]
async fn a_callback_that_was_waiting_is_sent_after_the_restart() {
    let receiver = crate::support::Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    let options = SandboxOptions { state: Some(folder.path().join("state.json")), ..SandboxOptions::default() };
    let first = Sandbox::start(options.clone()).await.unwrap();
    first.control().ensure_demo().await.unwrap();
    let callback = json!({"callback": {"url": receiver.url, "delay_ms": 600_000}});
    first.control().crosschq("1234").configure(callback).await.unwrap();
    create(&first.control(), first.crosschq_url()).await;
    drop(first);
    assert!(receiver.received().is_empty());
    let second = Sandbox::start(options).await.unwrap();
    second.control().advance_clock(600_000).await.unwrap();
    receiver.wait_for(1).await;
}

#[tokio::test]
async fn a_broken_state_file_is_an_error_and_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    std::fs::write(&file, "{\"icims\": 5").unwrap();
    let options = SandboxOptions { state: Some(file.clone()), ..SandboxOptions::default() };
    assert!(Sandbox::start(options).await.is_err());
    assert_eq!(std::fs::read_to_string(file).unwrap(), "{\"icims\": 5");
}

struct Process {
    child: Child,
    icims: String,
    crosschq: String,
}

fn start(state: &Path) -> Process {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["--icims-port", "0", "--crosschq-port", "0", "--demo", "--state"])
        .arg(state)
        .env("SANDBOX", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut url = |name: &str| {
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with(name), "{line}");
        line.split_whitespace().last().unwrap().to_owned()
    };
    Process { icims: url("iCIMS"), crosschq: url("Crosschq"), child }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let mut process = start(&state);
    let control = Control::new(&process.icims);
    let id = create(&control, &process.crosschq).await;
    control.icims("1234").advance(13437, "C38370").await.unwrap();
    // SIGKILL: nothing is tidied up.
    process.child.kill().unwrap();
    drop(process);

    let process = start(&state);
    let control = Control::new(&process.icims);
    assert_eq!(control.crosschq("1234").request(&id).await.unwrap().number, 1);
    assert_eq!(control.icims("1234").view(13437).await.unwrap().status.id, "C38370");
}

#[test]
fn the_program_refuses_to_start_by_accident() {
    let refused = Command::new(env!("CARGO_BIN_EXE_sandbox")).env_remove("SANDBOX").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("SANDBOX=1"));
}

#[test]
fn the_program_explains_itself() {
    let help = Command::new(env!("CARGO_BIN_EXE_sandbox")).arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--state FILE"));
    let wrong = Command::new(env!("CARGO_BIN_EXE_sandbox")).args(["--port", "1"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("--port"));
}
