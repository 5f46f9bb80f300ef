//! Ctrl-C, and going on after it.

use std::time::Duration;

use tempfile::TempDir;

use crate::alone;
use crate::process::{Run, START, free_ports};

/// What is being worked on is finished first.
const ORDERLY: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_a_serving_run_at_once_and_leaves_no_process() {
    let _alone = alone().await;
    let data = TempDir::new().unwrap();
    let port = free_ports().to_string();
    let mut run = Run::start(&["--serve", "--data", data.path().to_str().unwrap(), "--port", &port]).await;
    run.says("Everything runs until Ctrl-C", START).await;
    assert!(!cfg!(target_os = "linux") || run.functions().len() >= 6, "six functions run");
    run.will_be_orphaned();
    run.interrupt();
    let status = run.ended(ORDERLY).await;
    assert!(status.success(), "what was asked for is no failure: {}", run.said());
    run.orphans_ended(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_demo_says_so_and_is_finished_with_keep() {
    let _alone = alone().await;
    let data = TempDir::new().unwrap();
    let place = data.path().to_str().unwrap();
    let mut run = Run::start(&["--data", place]).await;
    run.says("the first reference answers", START).await;
    run.interrupt();
    let status = run.ended(ORDERLY).await;
    assert_eq!(status.code(), Some(130), "{}", run.said());
    assert!(run.all_said().await.contains("stopped; --keep continues from here"));

    let mut run = Run::start(&["--keep", "--data", place]).await;
    run.says("ordered in an earlier run", START).await;
    // This time nothing is finished first: the event of the second order may be under way.
    run.says("Workflow 13438: rejected midway", START).await;
    run.kill_parent().await;

    let mut run = Run::start(&["--keep", "--data", place]).await;
    let status = run.ended(START).await;
    let said = run.all_said().await;
    assert!(status.success(), "{said}");
    assert!(said.contains("Crosschq holds 2 reference requests"), "{said}");
}
