//! The people and systems of a story, so that its steps read like its name: `world.recruiter().orders(ada)`,
//! `world.crosschq().completes(&request)`, `world.screen(ada)`.

use std::ops::Deref;
use std::time::Duration;

use sandbox::control::types::{Advanced, RecruiterView, ResultRow};
use sandbox::control::{CrosschqControl, IcimsControl};
use sandbox::{Fault, FaultKind, ProfileType, Step};
use serde_json::json;

use crate::world::World;

/// Moves candidates in iCIMS, each named by their workflow.
pub struct Recruiter<'a> {
    world: &'a World,
}

/// iCIMS: what it is configured to do, and how it fails.
pub struct IcimsSide<'a> {
    world: &'a World,
    control: IcimsControl,
}

/// Crosschq: what candidates and references do there, and how it fails.
pub struct CrosschqSide<'a> {
    world: &'a World,
    control: CrosschqControl,
}

/// What a recruiter sees of a candidate.
pub struct Screen(RecruiterView);

impl World {
    /// The workflow of a candidate with everything that an order needs.
    pub fn ada(&self) -> u64 {
        self.demo.complete.workflow
    }

    /// The workflow of a second such candidate.
    pub fn grace(&self) -> u64 {
        self.demo.rejected.workflow
    }

    /// The workflow of a candidate without an e-mail address.
    pub fn without_email(&self) -> u64 {
        self.demo.without_email.workflow
    }

    pub fn recruiter(&self) -> Recruiter<'_> {
        Recruiter { world: self }
    }

    pub fn icims(&self) -> IcimsSide<'_> {
        IcimsSide { world: self, control: self.control.icims(&self.demo.customer) }
    }

    pub fn crosschq(&self) -> CrosschqSide<'_> {
        CrosschqSide { world: self, control: self.control.crosschq(&self.demo.org) }
    }

    /// What the recruiter sees on the Screen tab of a workflow.
    pub async fn screen(&self, workflow: u64) -> Screen {
        Screen(self.icims().view(workflow).await.unwrap())
    }

    /// A recruiter orders references for Ada and rejects her while Crosschq creates the request.
    pub async fn rejected_while_created(&self) {
        self.recruiter().orders(self.ada()).await;
        let slow = Fault::new(FaultKind::Latency { ms: 600, after: true }).on("POST", "*/reference-request/").times(1);
        self.crosschq().inject(slow).await;
        let rejecting = async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            self.recruiter().rejects(self.ada()).await;
            self.deliver_from("cancellations").await;
        };
        tokio::join!(self.deliver_from("reference-requests"), rejecting);
    }

    /// A recruiter orders references for Ada and everything is delivered; the id of the request.
    pub async fn ordered(&self) -> String {
        let moved = self.recruiter().orders(self.ada()).await;
        assert_eq!(moved.recruiter_sees(), None);
        self.settle().await;
        let requests = self.requests().await;
        assert_eq!(requests.len(), 1);
        requests[0].id.clone()
    }
}

impl Recruiter<'_> {
    /// Moves the candidate to the status that orders references.
    pub async fn orders(&self, workflow: u64) -> Advanced {
        self.moves(workflow, &self.world.demo.trigger_status).await
    }

    /// Moves the candidate to the status of rejected candidates.
    pub async fn rejects(&self, workflow: u64) -> Advanced {
        self.moves(workflow, &self.world.demo.rejected_status).await
    }

    /// Moves the candidate back to the status that everybody starts with.
    pub async fn moves_back(&self, workflow: u64) -> Advanced {
        self.moves(workflow, &self.world.demo.new_status).await
    }

    /// Moves the candidate to any status.
    pub async fn moves(&self, workflow: u64, status: &str) -> Advanced {
        self.world.icims().advance(workflow, status).await.unwrap()
    }
}

impl IcimsSide<'_> {
    /// Lets calls to iCIMS fail.
    pub async fn inject(&self, fault: Fault) {
        self.world.control.icims_side().add_fault(fault).await.unwrap();
    }

    /// Ada applies for the same requisition once more; the new workflow.
    pub async fn ada_applies_again(&self) -> u64 {
        let demo = &self.world.demo;
        let fields = json!({"baseprofile": demo.job, "associatedprofile": demo.complete.person,
            "status": {"id": demo.new_status}});
        self.create(ProfileType::ApplicantWorkflows, fields).await.unwrap()
    }

    /// How many requests of this method and path reached iCIMS.
    pub async fn count(&self, method: &str, path: &str) -> usize {
        self.world.control.icims_side().requests(method, path).await.unwrap().count
    }
}

impl CrosschqSide<'_> {
    /// Lets calls to Crosschq fail.
    pub async fn inject(&self, fault: Fault) {
        self.world.control.crosschq_side().add_fault(fault).await.unwrap();
    }

    /// The candidate opens the invitation, and everything that follows is delivered.
    pub async fn candidate_opens(&self, request: &str) {
        self.steps(request, Step::CandidateOpens).await;
    }

    /// Every reference answers, and everything that follows is delivered.
    pub async fn completes(&self, request: &str) {
        self.steps(request, Step::CompleteAll).await;
    }

    /// Something happens to a request, and everything that follows is delivered.
    pub async fn steps(&self, request: &str, step: Step) {
        self.step(request, &step).await.unwrap();
        self.calls_back().await;
        self.world.settle().await;
    }

    /// Waits until the callbacks that are on their way have arrived: they leave the sandbox in the background.
    pub async fn calls_back(&self) {
        for _ in 0..200 {
            if self.callbacks().await.unwrap().iter().all(|sent| sent.done || sent.held) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("callbacks are still on their way");
    }
}

impl Deref for IcimsSide<'_> {
    type Target = IcimsControl;

    fn deref(&self) -> &IcimsControl {
        &self.control
    }
}

impl Deref for CrosschqSide<'_> {
    type Target = CrosschqControl;

    fn deref(&self) -> &CrosschqControl {
        &self.control
    }
}

impl Screen {
    /// The one row of ours.
    #[track_caller]
    pub fn row(&self) -> &ResultRow {
        let rows: Vec<_> = self.results.iter().filter(|row| row.name.as_deref() == Some("Crosschq 360")).collect();
        assert_eq!(rows.len(), 1, "exactly one row is ours: {:?}", self.results.len());
        rows[0]
    }
}

impl Deref for Screen {
    type Target = RecruiterView;

    fn deref(&self) -> &RecruiterView {
        &self.0
    }
}
