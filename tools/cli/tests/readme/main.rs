//! The operators' script of docs/operations/onboard.md, word for word, against the whole local run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use local::args::RunArgs;
use local::demo::seed;
use local::run::LocalRun;
use tempfile::TempDir;

/// The script plays hours of a queue's life and a minute of everything else.
const PATIENCE: Duration = Duration::from_secs(400);

/// The document's block that onboards a customer.
fn script() -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/onboard.md");
    let document = std::fs::read_to_string(document).unwrap();
    let block = document
        .split("```bash\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("connector customer add 1234"))
        .expect("the document has no script that onboards a customer");
    block.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_script_onboards_orders_repairs_rotates_and_erases() {
    let data = TempDir::new().unwrap();
    let arguments = RunArgs { empty: true, data: Some(data.path().to_owned()), ..RunArgs::default() };
    let run = LocalRun::start(&arguments).await.unwrap();
    let place = run.endpoints();
    seed::seed_vendors(&place).await.unwrap();

    let binaries = Path::new(env!("CARGO_BIN_EXE_connector")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let home = TempDir::new().unwrap();
    let child = tokio::process::Command::new("bash")
        .args(["-c", &script()])
        .env("PATH", path)
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("AWS", &place.aws_endpoint)
        .env("ICIMS", &place.icims)
        .env("CROSSCHQ", &place.crosschq)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("the script hangs").unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);

    // What a person would look for in what it printed.
    assert!(stdout.contains("completed"), "{stdout}");
    assert!(stdout.contains("no such checks"), "nothing is left of the candidates: {stdout}");
    assert!(stdout.contains("erase"), "the audit log tells of it: {stdout}");
    assert!(run.aws().denied().is_empty(), "a role forbade a call: {:?}", run.aws().denied());
    run.down().await;
}
