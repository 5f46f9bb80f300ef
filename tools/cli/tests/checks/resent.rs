//! `connector check resend`.

use serde_json::json;

use crate::workers::Workers;
use crate::{audit, ordered, stage, workflow};

#[tokio::test]
async fn an_invitation_is_sent_again_where_crosschq_offers_it_and_nowhere_else() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let crosschq = stage.control.crosschq(&stage.demo.org);
    let sent = async || crosschq.messages().await.unwrap().len();
    let before = sent().await;
    let name = workflow(&stage);
    let resend = ["check", "resend", name.as_str(), "--yes"];
    stage.connector(&resend).await.failed(2, "crosschq.capabilities.resend is off");
    stage.change_settings(json!({"crosschq": {"capabilities": {"resend": true}}})).await;
    stage.connector(&resend).await.failed(8, "this Crosschq has no such endpoint");
    assert_eq!((sent().await, audit(&stage).await.len()), (before, 1), "nothing was sent, and nothing recorded");
    crosschq.configure(json!({"capabilities": {"resend": true, "remind": true}})).await.unwrap();
    stage.connector(&resend).await.ok();
    assert!(sent().await > before);
    assert_eq!(audit(&stage).await.len(), 2);
    stage.connector(&["check", "resend", &name, "--remind", "--yes"]).await.failed(2, "capabilities.remind is off");
    stage.connector(&["check", "cancel", &name, "--yes"]).await.ok();
    workers.settle(&stage).await;
    stage.connector(&resend).await.failed(4, "has no open reference request: it is cancelled");
}
