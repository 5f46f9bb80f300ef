//! A call that was acknowledged survives the killing of the process, which is this test binary, run once more.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use local::aws::{AwsOptions, AwsServer};

use crate::support::{self, Aws, at, on_disk};
use crate::{dynamodb, secrets};

const DATA_DIR: &str = "AWS_ENDPOINT_TEST_DATA_DIR";
const LISTENS: &str = "listens on ";

/// Not a test: the process that the test below kills.
#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn serves_until_it_is_killed() {
    let folder = std::env::var(DATA_DIR).unwrap();
    let aws = on_disk(Path::new(&folder)).await;
    // The test harness may have begun the line with the test's name.
    println!("\n{LISTENS}{}", aws.url);
    std::future::pending::<()>().await;
}

struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        // SIGKILL: the process gets no chance to tidy up.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn start(folder: &Path) -> (Victim, Aws) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["kill::serves_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(DATA_DIR, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(process.stdout.take().unwrap());
    let victim = Victim(process);
    let url = stdout.lines().find_map(|line| Some(line.unwrap().strip_prefix(LISTENS)?.to_owned())).unwrap();
    (victim, at(&url))
}

#[tokio::test]
async fn a_stopped_endpoint_frees_its_port_and_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = AwsOptions { data_dir: Some(folder.path().join("made/for/it")), ..AwsOptions::default() };
    let first = AwsServer::start(options.clone()).await.unwrap();
    let aws = at(first.endpoint_url());
    let queue = support::queue(&aws.sqs(), "work").await;
    let waiting = {
        let sqs = aws.sqs();
        let request = sqs.receive_message().queue_url(&queue);
        let request = request.wait_time_seconds(20);
        tokio::spawn(async move { request.send().await })
    };
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    options.port = first.endpoint_url().rsplit_once(':').unwrap().1.parse().unwrap();
    first.stop().await;
    assert!(waiting.await.unwrap().is_err());

    let _second = AwsServer::start(options).await.unwrap();
    support::send(&aws.sqs(), &queue, "still there").await;
}

#[tokio::test]
async fn an_acknowledged_message_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (victim, aws) = start(folder.path());
    let sqs = aws.sqs();
    let queue = support::queue(&sqs, "work").await;
    support::send(&sqs, &queue, "in flight").await;
    let held = support::receive(&sqs, &queue).await.remove(0);
    support::send(&sqs, &queue, "waiting").await;
    secrets::create(&aws.secrets(), "s", "kept").await;
    dynamodb::table(&aws.dynamodb()).await;
    dynamodb::put(&aws.dynamodb(), "kept", u64::MAX >> 12).await;
    drop(victim);

    let aws = on_disk(folder.path()).await;
    let sqs = aws.sqs();
    // The port is another one now; the queue's old address still names it.
    let waiting = support::receive(&sqs, &queue).await.remove(0);
    assert_eq!(waiting.body(), Some("waiting"));
    aws.advance_s(30).await;
    let again = support::receive(&sqs, &queue).await;
    assert!(again.iter().any(|message| message.message_id() == held.message_id()));
    let secret = aws.secrets().get_secret_value().secret_id("s").send().await;
    assert_eq!(secret.unwrap().secret_string(), Some("kept"));
    assert!(dynamodb::exists(&aws.dynamodb(), "kept").await);
}
