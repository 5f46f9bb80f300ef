use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sandbox::{Control, Fault, FaultKind, Sandbox, SandboxOptions, Step};
use serde_json::json;

use crate::support::order;

fn at(state: &Path) -> SandboxOptions {
    SandboxOptions { state: Some(state.to_owned()), ..SandboxOptions::default() }
}

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
    let options = at(&folder.path().join("state.json"));
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
    let state = org.step(&id, &Step::CompleteAll).await.unwrap().response;
    let link = state["report_full_pdf"].as_str().unwrap();
    assert!(link.starts_with(second.crosschq_url()), "links follow the present address");
    assert!(reqwest::get(link).await.unwrap().status().is_success());
}

#[tokio::test]
async fn a_callback_that_was_waiting_is_sent_after_the_restart() {
    let receiver = crate::support::Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    let options = at(&folder.path().join("state.json"));
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
    let options = at(&file);
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

/// The whole state but for what only counts calls.
async fn state(control: &Control) -> serde_json::Value {
    let mut state = control.call(reqwest::Method::GET, "state", None).await.unwrap();
    state["icims"]["customers"]["1234"].as_object_mut().unwrap().remove("quota").unwrap();
    state
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let receiver = crate::support::Receiver::start().await;
    let mut process = start(&file);
    let control = Control::new(&process.icims);
    let (icims, org) = (control.icims("1234"), control.crosschq("1234"));
    icims.configure(json!({"push": {"url": format!("{}/events", receiver.url)}})).await.unwrap();
    org.configure(json!({"callback": {"url": format!("{}/callbacks", receiver.url)}})).await.unwrap();
    control.crosschq_side().add_fault(Fault::new(FaultKind::Latency { ms: 1, after: false }).times(3)).await.unwrap();
    let id = create(&control, &process.crosschq).await;
    for status in ["C38356", "C38370", "C38356"] {
        icims.advance(13437, status).await.unwrap();
    }
    let api = reqwest::Client::new();
    let row = json!({"assessmentname": {"id": "C31700"}, "assessmentresult": "Complete"});
    let address = format!("{}/customers/1234/applicantworkflows/13437", process.icims);
    for _ in 0..2 {
        let posted = api.post(format!("{address}/fields/assessmentresults")).json(&row);
        let posted = posted.basic_auth("sandbox-user", Some("sandbox-password")).send().await.unwrap();
        assert!(posted.status().is_success());
        let moved = api.patch(&address).json(&json!({"status": {"id": "C38357"}}));
        let moved = moved.basic_auth("sandbox-user", Some("sandbox-password")).send().await.unwrap();
        assert!(moved.status().is_success());
    }
    control
        .call(reqwest::Method::POST, "icims/customers/1234/people/2002/merge", Some(&json!({"into": 2001})))
        .await
        .unwrap();
    org.step(&id, &Step::CompleteAll).await.unwrap();
    control.advance_clock(90_000_000).await.unwrap();
    // Every callback has been delivered: nothing changes by itself any more.
    let delivered = async || org.callbacks().await.unwrap().iter().all(|callback| callback.done);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !delivered().await {
        assert!(std::time::Instant::now() < deadline, "callbacks are still waiting");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let before = state(&control).await;
    process.child.kill().unwrap();
    drop(process);
    assert!(std::fs::read_to_string(&file).unwrap().lines().count() > 10, "changes are behind the document");

    let process = start(&file);
    assert_eq!(state(&Control::new(&process.icims)).await, before);
}

#[tokio::test]
async fn reads_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = at(&file);
    let sandbox = Sandbox::start(options).await.unwrap();
    let control = sandbox.control();
    let id = create(&control, sandbox.crosschq_url()).await;
    let before = std::fs::read(&file).unwrap();

    let api = reqwest::Client::new();
    let customer = format!("{}/customers/1234", sandbox.icims_url());
    let search = json!({"filters": [{"name": "applicantworkflow.status", "value": ["D10100"], "operator": "="}]});
    for (what, call) in [
        ("a profile", api.get(format!("{customer}/applicantworkflows/13437?fields=status,associatedprofile"))),
        ("a collection", api.get(format!("{customer}/applicantworkflows/13437/fields/assessmentresults"))),
        ("a status log", api.get(format!("{customer}/applicantworkflows/13437/submittalstatuslog"))),
        ("a schema", api.get(format!("{customer}/profiledefinitions/v1/person/schema"))),
        ("a search", api.post(format!("{customer}/search/applicantworkflows")).json(&search)),
    ] {
        let answer = call.basic_auth("sandbox-user", Some("sandbox-password")).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
        assert_eq!(std::fs::read(&file).unwrap(), before, "{what}");
    }
    for path in ["reference-request/?external_id=x", &format!("reference-request/{id}/"), "settings/jobrole/"] {
        let call = api.get(format!("{}/api/v2/{path}", sandbox.crosschq_url()));
        call.header("authorization", "crosschq-token-1234").send().await.unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), before, "{path}");
    }
    control.crosschq("1234").requests().await.unwrap();
    control.crosschq("1234").request(&id).await.unwrap();
    control.icims("1234").view(13437).await.unwrap();
    control.icims_side().faults().await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), before, "the control plane");
    control.icims("1234").advance(13437, "C38370").await.unwrap();
    assert_ne!(std::fs::read(&file).unwrap(), before, "a change is written");
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
