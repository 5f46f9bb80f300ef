//! The surveys of both APIs.

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ports::{ProviderError, ReferenceProvider};

async fn serve(server: &MockServer, at: &str, body: &str) {
    let answer = ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json");
    Mock::given(method("GET")).and(path(at)).respond_with(answer).expect(1).mount(server).await;
}

#[tokio::test]
async fn the_second_api_tells_relationships_per_survey_in_numbers() {
    let server = MockServer::start().await;
    serve(&server, "/api/v2/settings/jobrole/", include_str!("fixtures/v2_jobrole.json")).await;
    let surveys = client().surveys(&customer(Profile::PartnerV2, &server.uri())).await.unwrap();
    assert_eq!(surveys.len(), 2);
    assert_eq!(surveys[0].id.as_str(), "brand-marketer-manager", "codename before id");
    assert_eq!(surveys[0].name, "Brand Marketer - Manager");
    assert_eq!(surveys[0].min_total, 0, "the second API does not tell");
    assert_eq!(surveys[0].limits, BTreeMap::from([("business".to_owned(), (0, 10)), ("employees".to_owned(), (1, 5))]));
    assert_eq!((surveys[1].id.as_str(), surveys[1].limits.len()), ("sales-ae", 0));
}

#[tokio::test]
async fn the_first_api_tells_relationships_for_the_account_in_texts() {
    let server = MockServer::start().await;
    serve(&server, "/partners/config/", include_str!("fixtures/v1_config.json")).await;
    serve(&server, "/partners/jobrole/", include_str!("fixtures/v1_jobrole.json")).await;
    let surveys = client().surveys(&customer(Profile::PartnerV1, &server.uri())).await.unwrap();
    let limits = BTreeMap::from([("managers".to_owned(), (0, 10)), ("peers".to_owned(), (1, 8))]);
    let listed: Vec<_> = surveys.iter().map(|survey| (survey.id.as_str(), &survey.limits)).collect();
    assert_eq!(listed, [("brand-marketer-manager", &limits), ("sales-ae", &limits)]);
    assert!(surveys.iter().all(|survey| survey.min_total == 2), "{surveys:?}");
}

#[tokio::test]
async fn a_survey_without_a_usable_name_does_not_hide_the_others() {
    let server = MockServer::start().await;
    let list = r#"{"results":[{"name":"?"},{"codename":"a b"},7,{"codename":"good"}]}"#;
    serve(&server, "/api/v2/settings/jobrole/", list).await;
    let surveys = client().surveys(&customer(Profile::PartnerV2, &server.uri())).await.unwrap();
    assert_eq!(surveys.iter().map(|survey| survey.name.as_str()).collect::<Vec<_>>(), ["good"]);
}

#[tokio::test]
async fn what_is_no_list_is_unavailable() {
    let server = MockServer::start().await;
    serve(&server, "/api/v2/settings/jobrole/", "{}").await;
    let result = client().surveys(&customer(Profile::PartnerV2, &server.uri())).await;
    assert!(matches!(result, Err(ProviderError::Unavailable { .. })), "{result:?}");
}
