//! The HTTP API.

use std::collections::BTreeSet;

use crate::{resource, template};

#[test]
fn the_routes_are_those_that_icims_and_crosschq_are_told() {
    let template = template();
    let found: BTreeSet<_> =
        template.routes.iter().map(|route| format!("{} -> {}", route.key(), route.function)).collect();
    let expected = [
        "POST /icims/events -> IcimsWebhook",
        "POST /icims/events/{secret} -> IcimsWebhook",
        "POST /icims/oauth/token -> IcimsWebhook",
        "POST /crosschq/callbacks/{customer}/{secret} -> CrosschqCallback",
        "PUT /crosschq/callbacks/{customer}/{secret} -> CrosschqCallback",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}

#[test]
fn every_route_hands_over_payload_2_0() {
    let template = template();
    for function in &template.functions {
        for event in function.properties["Events"].as_object().unwrap().values() {
            if event["Type"] == "HttpApi" {
                assert_eq!(event["Properties"]["PayloadFormatVersion"], "2.0", "{}", function.name);
                assert_eq!(event["Properties"]["ApiId"]["Ref"], "HttpApi", "{}", function.name);
            }
        }
    }
}

#[test]
fn every_route_has_a_limit_of_its_own() {
    let template = template();
    let settings = resource(&template, "HttpApi")["RouteSettings"].as_object().unwrap();
    let keys: BTreeSet<_> = template.routes.iter().map(local::template::HttpRoute::key).collect();
    assert_eq!(settings.keys().cloned().collect::<BTreeSet<_>>(), keys);
    for (key, limits) in settings {
        let rate = limits["ThrottlingRateLimit"]["Ref"].as_str().unwrap();
        assert_eq!(rate == "PushRate", key.starts_with("POST /icims/events"), "{key}: {rate}");
        assert!(limits["ThrottlingBurstLimit"]["Ref"].is_string(), "{key}");
    }
}

#[test]
fn the_access_log_tells_no_path_no_address_and_no_agent() {
    let template = template();
    let log = &resource(&template, "HttpApi")["AccessLogSettings"];
    assert_eq!(log["DestinationArn"]["Fn::GetAtt"][0], "HttpApiLogs");
    let format = log["Format"].as_str().unwrap();
    let fields: BTreeSet<_> = format.split('"').filter(|text| text.starts_with("$context.")).collect();
    // A path may be a customer's secret; addresses and agents belong to people.
    let harmless = [
        "$context.error.responseType",
        "$context.integrationLatency",
        "$context.integrationStatus",
        "$context.requestId",
        "$context.requestTime",
        "$context.responseLatency",
        "$context.responseLength",
        "$context.routeKey",
        "$context.status",
    ];
    assert_eq!(fields, harmless.into());
    serde_json::from_str::<serde_json::Value>(format).unwrap();
}
