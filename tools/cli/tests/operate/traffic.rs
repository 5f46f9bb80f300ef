//! A rotation while events keep coming: not one may fail.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::front::Front;
use crate::support::Stage;

const EVENT: &str =
    r#"{"customerId":"1234","systemId":"13437","eventType":"WorkFlowStatusChangeEvent","newStatus":"C38370"}"#;

/// iCIMS as far as it authenticates.
struct Sender {
    http: reqwest::Client,
    fronts: RwLock<Vec<Front>>,
    login: Mutex<(String, String)>,
    stop: AtomicBool,
    sent: AtomicU32,
    failed: Mutex<Vec<String>>,
}

impl Sender {
    async fn new(stage: &Stage) -> Arc<Self> {
        let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
        let basic = &secret["push"]["basic"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Arc::new(Self {
            http: local::aws_call::http_client().unwrap(),
            fronts: RwLock::new(vec![Front::start(stage).await]),
            login: Mutex::new((text(&basic["user"]), text(&basic["password"]))),
            stop: AtomicBool::new(false),
            sent: AtomicU32::new(0),
            failed: Mutex::default(),
        })
    }

    /// A process that has read the secrets this very moment: the one that a rotation is hardest on.
    async fn another_process(&self, stage: &Stage) {
        let front = Front::start(stage).await;
        let (user, password) = self.login.lock().unwrap().clone();
        let status = self.post(&front.url, &basic(&user, &password)).await;
        assert_eq!(status, 200);
        self.fronts.write().await.push(front);
    }

    async fn post(&self, base: &str, authorization: &str) -> u16 {
        let request = self
            .http
            .post(format!("{base}/icims/events"))
            .header("content-type", "application/json")
            .header("authorization", authorization);
        request.body(EVENT).send().await.unwrap().status().as_u16()
    }

    async fn urls(&self) -> Vec<String> {
        self.fronts.read().await.iter().map(|front| front.url.clone()).collect()
    }

    fn note(&self, status: u16, when: &str) {
        self.sent.fetch_add(1, Ordering::SeqCst);
        if status != 200 {
            self.failed.lock().unwrap().push(format!("{status} {when}"));
        }
    }

    /// Every process gets an event with the login in use, over and over.
    async fn push_with_basic(self: Arc<Self>) {
        while !self.stop.load(Ordering::SeqCst) {
            for url in self.urls().await {
                let (user, password) = self.login.lock().unwrap().clone();
                let status = self.post(&url, &basic(&user, &password)).await;
                self.note(status, "basic");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Every process gets an event with a token that every process has issued, over and over.
    async fn push_with_tokens(self: Arc<Self>, client: (String, String)) {
        while !self.stop.load(Ordering::SeqCst) {
            let urls = self.urls().await;
            for issuer in &urls {
                let form =
                    [("grant_type", "client_credentials"), ("client_id", &client.0), ("client_secret", &client.1)];
                let answer = self.http.post(format!("{issuer}/icims/oauth/token")).form(&form).send().await.unwrap();
                self.note(answer.status().as_u16(), "token");
                let token: Value = answer.json().await.unwrap();
                let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or_default());
                for url in &urls {
                    let status = self.post(url, &bearer).await;
                    self.note(status, "bearer");
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[track_caller]
    fn assert_none_failed(&self, at_least: u32) {
        let sent = self.sent.load(Ordering::SeqCst);
        assert!(sent >= at_least, "only {sent} events were sent");
        let failed = self.failed.lock().unwrap();
        assert!(failed.is_empty(), "of {sent} events failed {}: {:?}", failed.len(), failed.first());
        println!("events={sent} failed=0");
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_rotates_while_events_are_posted_and_not_one_fails() {
    let stage = Stage::with_demo().await;
    let sender = Sender::new(&stage).await;
    let old = sender.login.lock().unwrap().clone();
    let pushing = tokio::spawn(sender.clone().push_with_basic());
    sender.another_process(&stage).await;

    let rotate = ["secrets", "rotate", "1234", "push-basic", "--output", "json"];
    let message = stage.connector(&rotate).await.ok().json();
    let handed = |field: &str| {
        let all = message["hand_over"].as_array().unwrap();
        all.iter().find(|one| one["field"] == field).unwrap()["value"].as_str().unwrap().to_owned()
    };
    let new = (handed("User name"), handed("Password"));
    assert_ne!(new.1, old.1);
    // The very moment that it was told, iCIMS uses it.
    *sender.login.lock().unwrap() = new.clone();
    sender.another_process(&stage).await;
    let events = sender.sent.load(Ordering::SeqCst);
    while sender.sent.load(Ordering::SeqCst) < events + 12 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let both_live = Front::start(&stage).await;
    assert_eq!(sender.post(&both_live.url, &basic(&old.0, &old.1)).await, 200, "the old one is live until confirmed");

    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.ok();
    let confirmed = Front::start(&stage).await;
    assert_eq!(sender.post(&confirmed.url, &basic(&old.0, &old.1)).await, 401, "the old one has ended");
    assert_eq!(sender.post(&confirmed.url, &basic(&new.0, &new.1)).await, 200);
    sender.stop.store(true, Ordering::SeqCst);
    pushing.await.unwrap();
    sender.assert_none_failed(100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_our_tokens_rotates_while_tokens_are_issued_and_used_and_not_one_event_fails() {
    let stage = Stage::with_demo().await;
    let sender = Sender::new(&stage).await;
    sender.another_process(&stage).await;
    stage.change_settings(json!({"icims": {"push": {"accept": ["oauth"]}}})).await;
    // Settings are kept for a minute: only new processes know that tokens are accepted.
    *sender.fronts.write().await = vec![Front::start(&stage).await, Front::start(&stage).await];
    let client = stage.secret("1234", "AWSCURRENT").await.unwrap()["push"]["oauth"].clone();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let pushing = tokio::spawn(sender.clone().push_with_tokens((text("client_id"), text("client_secret"))));
    while sender.sent.load(Ordering::SeqCst) < 6 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let rotating = stage.connector(&["secrets", "rotate", "1234", "token-key"]);
    let later = async {
        // A process that starts in the middle reads what is there then, and its tokens go to those that read before.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let front = Front::start(&stage).await;
        sender.fronts.write().await.push(front);
    };
    let (rotated, ()) = tokio::join!(rotating, later);
    rotated.ok();
    let front = Front::start(&stage).await;
    sender.fronts.write().await.push(front);
    let events = sender.sent.load(Ordering::SeqCst);
    while sender.sent.load(Ordering::SeqCst) < events + 60 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sender.stop.store(true, Ordering::SeqCst);
    pushing.await.unwrap();
    sender.assert_none_failed(100);
    // Tokens under the old key live for a day.
    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.failed(7, "may hold a token until");
    stage.connector(&["secrets", "confirm", "1234", "--yes", "--now"]).await.ok();
}
