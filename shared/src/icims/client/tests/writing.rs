use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::super::*;
use crate::domain::{CheckKey, Link, RowStatus};
use crate::icims::testing::{NOW, WORKFLOW_PATH, World, workflow};

const ROWS: &str = "/customers/1234/applicantworkflows/19288/fields/assessmentresults";
const ROW: &str = "/customers/1234/applicantworkflows/19288/fields/assessmentresults/1001";

fn view(url: Option<&str>) -> View {
    View {
        status: RowStatus::Sent,
        date: NOW,
        result: "Sent".to_owned(),
        notes: "Crosschq has invited the candidate.".to_owned(),
        marker: RowMarker::of(&CheckKey {
            customer: "1234".parse().unwrap(),
            workflow: "19288".parse().unwrap(),
            attempt: 1,
        }),
        url: url.and_then(Link::parse),
        score: None,
    }
}

fn entry() -> EntryId {
    EntryId::parse("1001").unwrap()
}

#[tokio::test]
async fn a_row_is_added_once_and_its_entry_kept() {
    let world = World::simple().await;
    let location = format!("https://api.icims.com{ROW}");
    world.answers("POST", ROWS, ResponseTemplate::new(201).insert_header("location", &*location)).await;
    let added = world.icims.add_row(&world.customer, &workflow(), &view(Some("https://x.example/r"))).await.unwrap();
    assert_eq!(added, Some(entry()));
    let sent = &world.requests(ROWS).await[0];
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(sent.headers["content-length"], sent.body.len().to_string());
    assert_eq!(
        serde_json::from_slice::<Value>(&sent.body).unwrap(),
        json!({
            "assessmentname": {"value": "Crosschq 360"},
            "assessmentstatus": {"id": "D37002019004"},
            "assessmentdate": "2025-01-15 02:30 PM",
            "assessmentresult": "Sent",
            "assessmentnotes": "Crosschq has invited the candidate. Ref 19288-1",
            "assessmenturl": "https://x.example/r",
        })
    );
}

#[tokio::test]
async fn an_added_row_without_a_usable_location_has_no_entry() {
    for location in [None, Some(ROWS)] {
        let world = World::simple().await;
        let mut answer = ResponseTemplate::new(201);
        if let Some(location) = location {
            answer = answer.insert_header("location", location);
        }
        world.answers("POST", ROWS, answer).await;
        assert_eq!(world.icims.add_row(&world.customer, &workflow(), &view(None)).await, Ok(None));
    }
}

#[tokio::test]
async fn a_row_is_changed_at_its_entry_and_keeps_the_link_it_has() {
    let world = World::simple().await;
    world.answers("PATCH", ROW, ResponseTemplate::new(204)).await;
    world.icims.change_row(&world.customer, &workflow(), &entry(), &view(None)).await.unwrap();
    let sent: Value = serde_json::from_slice(&world.requests(ROW).await[0].body).unwrap();
    assert_eq!(sent["assessmentstatus"], json!({"id": "D37002019004"}));
    assert!(sent.get("assessmenturl").is_none());
}

#[tokio::test]
async fn a_row_that_is_gone_is_not_found() {
    let world = World::simple().await;
    world.answers("PATCH", ROW, ResponseTemplate::new(404).insert_header("x-error", "2:Entry not found")).await;
    let changed = world.icims.change_row(&world.customer, &workflow(), &entry(), &view(None)).await;
    assert_eq!(changed, Err(AtsError::NotFound));
}

#[tokio::test]
async fn a_collection_of_the_customers_own_is_written_in_its_own_fields() {
    let mut world = World::simple().await;
    let result = &mut world.customer.settings.icims.result;
    result.collection = "referencechecks".to_owned();
    result.status = "refstatus".to_owned();
    result.name = String::new();
    let at = "/customers/1234/applicantworkflows/19288/fields/referencechecks";
    world.answers("POST", at, ResponseTemplate::new(201)).await;
    world.icims.add_row(&world.customer, &workflow(), &view(None)).await.unwrap();
    let sent: Value = serde_json::from_slice(&world.requests(at).await[0].body).unwrap();
    assert_eq!(sent["refstatus"], json!({"id": "D37002019004"}));
    assert!(sent.get("assessmentname").is_none() && sent.get("").is_none());
}

#[tokio::test]
async fn a_status_is_moved_by_its_id_alone() {
    let world = World::simple().await;
    world.answers("PATCH", WORKFLOW_PATH, ResponseTemplate::new(204)).await;
    let status = StatusId::parse("C38360").unwrap();
    world.icims.move_status(&world.customer, &workflow(), &status).await.unwrap();
    let sent: Value = serde_json::from_slice(&world.requests(WORKFLOW_PATH).await[0].body).unwrap();
    assert_eq!(sent, json!({"status": {"id": "C38360"}}));
}

#[tokio::test]
async fn a_pdf_goes_out_as_one_part_of_known_length() {
    let world = World::simple().await;
    let at = "/customers/1234/applicantworkflows/19288/fields/field55/binary";
    world.answers("PATCH", at, ResponseTemplate::new(204)).await;
    let pdf = b"%PDF-1.7\n\x00\xff".to_vec();
    let sent = world.icims.attach_pdf(&world.customer, &workflow(), "field55", "report \"1\".pdf", pdf.clone()).await;
    assert_eq!(sent, Ok(()));
    let sent = &world.requests(at).await[0];
    let content_type = sent.headers["content-type"].to_str().unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(sent.headers["content-disposition"], "attachment;filename=\"report _1_.pdf\"");
    assert_eq!(sent.headers["content-length"], sent.body.len().to_string());
    assert!(!sent.headers.contains_key("transfer-encoding"));
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"report _1_.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    let expected = [head.as_bytes(), &pdf, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    assert_eq!(sent.body, expected);
}

#[tokio::test]
async fn a_file_field_that_is_no_field_name_is_a_setting_to_mend() {
    let world = World::simple().await;
    let sent = world.icims.attach_pdf(&world.customer, &workflow(), "../x", "a.pdf", Vec::new()).await;
    assert!(matches!(&sent, Err(AtsError::Misconfigured { why }) if why.contains("attach_pdf_field")), "{sent:?}");
}
