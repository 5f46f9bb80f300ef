//! The demo's player against a connector of paper: it must pass where everything happens, and name the step that does not.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::{AwsCalls, http_client};
use local::demo::journey::{JourneyError, Player, Summary};
use local::demo::{Push, Variant};
use sandbox::control::types::RequestView;
use sandbox::{Control, ProfileType, Sandbox, SandboxOptions, State as Stage, Step};
use serde_json::{Value, json};

use crate::common::{customers_table, endpoints};

const CUSTOMER: &str = "1234";

/// Does by the control plane what the connector does by the vendors' APIs.
struct Paper {
    control: Control,
    crosschq: String,
    cancels: bool,
    refuses: bool,
}

impl Paper {
    async fn person(&self, id: u64) -> Value {
        let path = format!("icims/customers/{CUSTOMER}/profiles/people/{id}");
        self.control.call(reqwest::Method::GET, &path, None).await.unwrap()["fields"].clone()
    }

    async fn order(&self, email: &str) {
        let order = json!({
            "candidate": {"first_name": "A", "last_name": "B", "email": email},
            "jobrole": "account-executive",
            "requestor": "recruiter@customer.example",
            "job_position": "Account Executive",
            "config_params": {"managers": 1, "peers": 1},
        });
        let token = self.control.crosschq(CUSTOMER).settings().await.unwrap().tokens[0].clone();
        let url = format!("{}/api/v2/reference-request/", self.crosschq);
        let request = http_client().unwrap().post(url).header("authorization", token);
        assert_eq!(request.json(&order).send().await.unwrap().status(), 201);
    }

    /// Writes every request's row anew.
    async fn project(&self) {
        for request in self.control.crosschq(CUSTOMER).requests().await.unwrap() {
            for workflow in [13437, 13438] {
                let view = self.control.icims(CUSTOMER).view(workflow).await.unwrap();
                let person = self.person(view.person.unwrap()).await;
                if person["email"] == request.candidate_email.as_str() {
                    self.write(workflow, &request).await;
                }
            }
        }
    }

    async fn write(&self, workflow: u64, request: &RequestView) {
        let references = request.response["references"].as_array().unwrap();
        let answered = references.iter().filter(|reference| reference["status"] == "completed").count();
        let counted = format!("{answered} of {} references in", references.len());
        let (status, result) = match request.state {
            Stage::Requested => ("D37002019004", "Sent".to_owned()),
            Stage::Completed => ("D37002019001", "Complete".to_owned()),
            Stage::Cancelled => ("D37002019002", "Cancelled".to_owned()),
            _ => ("D37002019003", counted),
        };
        let mut row = json!({
            "entry": 1,
            "assessmentname": {"value": "Crosschq 360"},
            "assessmentstatus": {"id": status},
            "assessmentresult": result,
        });
        let mut change = json!({});
        if request.state == Stage::Completed {
            row["assessmenturl"] = request.response["report_url"].clone();
            change["status"] = json!({"id": "C38357"});
        }
        change["assessmentresults"] = json!([row]);
        self.control.icims(CUSTOMER).edit(ProfileType::ApplicantWorkflows, workflow, change).await.unwrap();
    }
}

async fn event(State(paper): State<Arc<Paper>>, Json(event): Json<Value>) -> (StatusCode, Json<Value>) {
    let person = paper.person(event["personId"].as_str().unwrap().parse().unwrap()).await;
    let email = person["email"].as_str().map(str::to_owned);
    match (event["newStatus"].as_str().unwrap(), email) {
        ("38356", None) if paper.refuses => {
            return (
                StatusCode::BAD_REQUEST,
                Json(json!({"error": {"userMessage": "The candidate has no e-mail address."}})),
            );
        }
        ("38356", Some(email)) => {
            tokio::spawn(async move {
                paper.order(&email).await;
                paper.project().await;
            });
        }
        ("38360", Some(email)) if paper.cancels => {
            tokio::spawn(async move {
                let requests = paper.control.crosschq(CUSTOMER).requests().await.unwrap();
                let request = requests.iter().find(|request| request.candidate_email == email).unwrap();
                paper.control.crosschq(CUSTOMER).step(&request.id, &Step::Cancel).await.unwrap();
                paper.project().await;
            });
        }
        _ => {}
    }
    (StatusCode::OK, Json(json!({})))
}

async fn callback(State(paper): State<Arc<Paper>>) -> StatusCode {
    tokio::spawn(async move { paper.project().await });
    StatusCode::ACCEPTED
}

async fn played(cancels: bool, refuses: bool) -> Result<Summary, JourneyError> {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let aws = AwsServer::start(AwsOptions::default()).await.unwrap();
    customers_table(&AwsCalls::new(aws.endpoint_url()).unwrap()).await;

    let paper = Paper { control: sandbox.control(), crosschq: sandbox.crosschq_url().to_owned(), cancels, refuses };
    let app = Router::new()
        .route("/icims/events", post(event))
        .route("/crosschq/callbacks/{customer}/{secret}", post(callback))
        .with_state(Arc::new(paper));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let endpoints = endpoints(&api, &aws, &sandbox);
    let variant = Variant { push: Push::Basic, gzip: false, ..Variant::default() };
    Player::seeded(&endpoints, variant).await?.with_step_timeout(Duration::from_secs(3)).play().await
}

#[tokio::test]
async fn the_player_passes_where_every_step_happens() {
    let summary = played(true, true).await.unwrap();
    assert_eq!(summary.requests, 2);
    assert!(summary.messages >= 4, "{summary:?}");
}

#[tokio::test]
async fn the_player_names_the_step_that_never_came() {
    let error = played(false, true).await.unwrap_err().to_string();
    assert!(error.contains("waiting for Crosschq's request to be cancelled"), "{error}");
}

#[tokio::test]
async fn the_player_sees_an_order_accepted_that_cannot_work() {
    let error = played(true, false).await.unwrap_err().to_string();
    assert!(error.contains("refused with 400"), "{error}");
}
