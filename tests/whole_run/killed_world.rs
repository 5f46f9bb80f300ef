//! The stage of the kills: a serving run on one data directory and one block of ports, and enough candidates for
//! everything that may be under way when it dies.

use std::time::{Duration, Instant};

use local::aws_call::{AwsCalls, Service};
use local::demo::{Endpoints, Variant, seed};
use reqwest::Method;
use sandbox::control::types::{RecruiterView, RequestView};
use sandbox::control::{Control, CrosschqControl, IcimsControl, VendorControl};
use sandbox::world::Demo;
use sandbox::{Fault, FaultKind, ProfileType, Step};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Run, START, free_ports};
use crate::until;

/// Every awaited change that no kill delays.
const SOON: Duration = Duration::from_secs(30);
/// What is under way when the run is killed is held up for longer than it takes to get there.
const HELD_MS: u64 = 25_000;
/// A message that was being worked on comes back after 40 s. Before this, an order that was interrupted is certainly
/// not being carried out a second time.
const NOT_YET: Duration = Duration::from_secs(35);

/// A candidate on the job.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) workflow: u64,
    pub(crate) email: String,
}

/// How many messages a queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) waiting: u32,
    pub(crate) in_flight: u32,
    pub(crate) delayed: u32,
}

impl Depth {
    pub(crate) fn is_empty(self) -> bool {
        self.waiting + self.in_flight + self.delayed == 0
    }
}

/// A serving run that can be killed and started again.
pub(crate) struct Stage {
    pub(crate) demo: Demo,
    pub(crate) icims: IcimsControl,
    pub(crate) crosschq: CrosschqControl,
    pub(crate) icims_side: VendorControl,
    pub(crate) crosschq_side: VendorControl,
    pub(crate) control: Control,
    run: Run,
    data: TempDir,
    port: u16,
    interrupted: Vec<(Candidate, Instant)>,
}

impl Stage {
    /// Starts on empty data.
    pub(crate) async fn set() -> Self {
        let (data, port) = (TempDir::new().unwrap(), free_ports());
        let run = serve(&data, port).await;
        run.says("Everything runs until Ctrl-C", START).await;
        let control = Control::new(&format!("http://127.0.0.1:{}", port + 1));
        let demo = sandbox::world::demo();
        Self {
            icims: control.icims(&demo.customer),
            crosschq: control.crosschq(&demo.org),
            icims_side: control.icims_side(),
            crosschq_side: control.crosschq_side(),
            demo,
            control,
            run,
            data,
            port,
            interrupted: Vec::new(),
        }
    }

    /// A new person with a workflow on the demo's job.
    pub(crate) async fn candidate(&self, name: &str) -> Candidate {
        let email = format!("{name}@candidates.example");
        let person = json!({"firstname": name, "lastname": "Killed", "email": email, "folder": {"id": "D32006"},
            "phones": [{"phonetype": {"id": "D83003"}, "phonenumber": "617-555-0111"}]});
        let person = self.icims.create(ProfileType::People, person).await.unwrap();
        let workflow =
            json!({"associatedprofile": person, "baseprofile": self.demo.job, "status": {"id": self.demo.new_status}});
        let workflow = self.icims.create(ProfileType::ApplicantWorkflows, workflow).await.unwrap();
        Candidate { workflow, email }
    }

    /// The recruiter moves the candidate; the connector has to accept it.
    pub(crate) async fn advance(&self, who: &Candidate, status: &str) {
        let moved = self.icims.advance(who.workflow, status).await.unwrap();
        let answers: Vec<_> = moved.pushes.iter().map(|push| push.status).collect();
        assert_eq!(answers, [Some(200)], "{}: {:?}", who.email, moved.recruiter_sees());
    }

    pub(crate) async fn order(&self, who: &Candidate) {
        self.advance(who, &self.demo.trigger_status).await;
    }

    pub(crate) async fn reject(&self, who: &Candidate) {
        self.advance(who, &self.demo.rejected_status).await;
    }

    /// Orders and waits until the row is there.
    pub(crate) async fn order_to_the_row(&self, candidates: &[&Candidate]) {
        for who in candidates {
            self.order(who).await;
        }
        for who in candidates {
            let shown = until(SOON, async || (!self.view(who).await.results.is_empty()).then_some(())).await;
            assert!(shown.is_some(), "{}: no row; {}", who.email, self.run.said());
        }
    }

    pub(crate) async fn step(&self, who: &Candidate, step: Step) {
        let request = self.request(who).await;
        self.crosschq.step(&request.id, &step).await.unwrap();
    }

    pub(crate) async fn view(&self, who: &Candidate) -> RecruiterView {
        self.icims.view(who.workflow).await.unwrap()
    }

    pub(crate) async fn requests(&self, who: &Candidate) -> Vec<RequestView> {
        let mut requests = self.crosschq.requests().await.unwrap();
        requests.retain(|request| request.candidate_email == who.email);
        requests
    }

    /// The candidate's only request, which has to be there.
    pub(crate) async fn request(&self, who: &Candidate) -> RequestView {
        let requests = self.requests(who).await;
        assert_eq!(requests.len(), 1, "{}: one order, one request", who.email);
        requests.into_iter().next().unwrap()
    }

    /// Holds up the next such call, before or after the vendor has done it.
    pub(crate) async fn hold(&self, side: &VendorControl, method: &str, path: &str, after: bool) {
        let fault = FaultKind::Latency { ms: HELD_MS, after };
        side.add_fault(Fault::new(fault).on(method, path).times(1)).await.unwrap();
    }

    /// Waits until so many such calls are under way.
    pub(crate) async fn under_way(&self, side: &VendorControl, method: &str, path: &str, wanted: usize) {
        let found = until(SOON, async || {
            let calls = side.requests(method, path).await.unwrap().requests;
            (calls.iter().filter(|call| call.duration_ms.is_none()).count() >= wanted).then_some(())
        })
        .await;
        assert!(found.is_some(), "{method} {path} is not under way; {}", self.run.said());
    }

    /// Remembers that the next kill may hit this candidate's create.
    pub(crate) fn may_interrupt(&mut self, who: &Candidate) {
        self.interrupted.push((who.clone(), Instant::now()));
    }

    /// Kills the run, functions and all or without them, and starts it again on the same data.
    ///
    /// A create that is interrupted twice is never sent a third time: that check waits for a person, which is another
    /// story. So no kill falls into the time in which an order that was hit before is carried out again.
    pub(crate) async fn kill_and_start(&mut self, functions_too: bool) {
        if functions_too {
            self.run.kill_all().await
        } else {
            self.run.kill_parent().await
        }
        let run = serve(&self.data, self.port).await;
        // Faults outlive a kill too; they are gone before any function can meet them.
        let cleared = until(START, async || self.icims_side.clear_faults().await.ok()).await;
        assert!(cleared.is_some(), "the sandbox does not come back: {}", run.said());
        self.crosschq_side.clear_faults().await.unwrap();
        run.says("Everything runs until Ctrl-C", START).await;
        self.run.orphans_ended(Duration::from_secs(30)).await;
        self.run = run;
        for (who, since) in &self.interrupted {
            if since.elapsed() > NOT_YET {
                self.requested(who, Duration::from_secs(90)).await;
            }
        }
    }

    async fn requested(&self, who: &Candidate, limit: Duration) {
        let there = until(limit, async || (!self.requests(who).await.is_empty()).then_some(())).await;
        assert!(there.is_some(), "{}: no request; {}", who.email, self.run.said());
    }

    /// How many messages were given up, by dead-letter queue.
    pub(crate) async fn dead(&self) -> Vec<(&'static str, Depth)> {
        let mut dead = Vec::new();
        for queue in ["reference-requests-dlq", "icims-updates-dlq", "cancellations-dlq"] {
            let depth = self.depth(queue).await;
            if !depth.is_empty() {
                dead.push((queue, depth));
            }
        }
        dead
    }

    /// How many messages a queue has.
    pub(crate) async fn depth(&self, queue: &str) -> Depth {
        let endpoint = self.aws();
        let calls = AwsCalls::new(&endpoint).unwrap();
        let url = format!("{endpoint}/000000000000/{queue}");
        let request = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        let answer = calls.call(Service::Sqs, "GetQueueAttributes", &request).await.unwrap();
        let count = |name: &str| answer["Attributes"][name].as_str().unwrap().parse().unwrap();
        Depth {
            waiting: count("ApproximateNumberOfMessages"),
            in_flight: count("ApproximateNumberOfMessagesNotVisible"),
            delayed: count("ApproximateNumberOfMessagesDelayed"),
        }
    }

    fn aws(&self) -> String {
        format!("http://127.0.0.1:{}", self.port + 3)
    }

    /// Changes the customer's settings as an operator would, before anything has read them.
    pub(crate) async fn change_settings(&self, patch: &Value) {
        let at = |offset: u16| format!("http://127.0.0.1:{}", self.port + offset);
        let place = Endpoints {
            api: at(0),
            aws_endpoint: self.aws(),
            icims: at(1),
            crosschq: at(2),
            customers_table: "customers".to_owned(),
            secrets_prefix: "crosschq-connector".to_owned(),
        };
        seed::change_settings(&place, Variant::default(), &self.demo, patch).await.unwrap();
    }

    /// Ids of the functions' processes.
    pub(crate) fn functions(&self) -> Vec<u32> {
        self.run.functions()
    }

    /// What the run has said.
    pub(crate) fn said(&self) -> String {
        self.run.said()
    }

    /// What the run and its functions wrote, for whoever reads a failed test.
    pub(crate) fn diary(&self) -> String {
        let mut diary = self.run.said();
        for entry in std::fs::read_dir(self.data.path().join("logs")).unwrap().flatten() {
            diary.push_str(&format!("\n── {}\n", entry.path().display()));
            diary.push_str(&std::fs::read_to_string(entry.path()).unwrap_or_default());
        }
        diary
    }

    /// The sandbox's whole state has to answer, whatever was killed while it was being written.
    pub(crate) async fn sandbox_is_whole(&self) {
        self.control.call(Method::GET, "state", None).await.unwrap();
    }
}

async fn serve(data: &TempDir, port: u16) -> Run {
    let data = data.path().to_str().unwrap();
    Run::start(&["--serve", "--data", data, "--port", &port.to_string(), "--log-level", "debug"]).await
}
