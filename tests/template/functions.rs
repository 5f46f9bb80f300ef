//! The functions: what they are built from and what their environment holds.

use std::collections::BTreeSet;
use std::time::Duration;

use connector_core::aws::WEBHOOK_OPERATION_TIMEOUT;
use connector_core::flows::READ_BUDGET;
use connector_core::http::ANSWER_WITHIN;

use testkit::root;

use crate::template;

const TABLES: [(&str, &str); 3] =
    [("CHECKS_TABLE", "ChecksTable"), ("CUSTOMERS_TABLE", "CustomersTable"), ("TOKENS_TABLE", "TokensTable")];
const QUEUES: [(&str, &str); 3] = [
    ("REFERENCE_REQUESTS_QUEUE_URL", "ReferenceRequests"),
    ("ICIMS_UPDATES_QUEUE_URL", "IcimsUpdates"),
    ("CANCELLATIONS_QUEUE_URL", "Cancellations"),
];

#[test]
fn every_function_is_the_one_binary_of_a_package_of_its_name() {
    let template = template();
    for function in &template.functions {
        let name = &function.name;
        assert_eq!(name, &function.binary);
        assert_eq!(function.properties["CodeUri"], format!("functions/{name}"));
        let manifest = root().join("functions").join(name).join("Cargo.toml");
        let manifest = std::fs::read_to_string(&manifest).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}: its package has another name");
        assert!(!manifest.contains("[[bin]]"), "{name}: the binary is named by its package");
        assert!(root().join("functions").join(name).join("src/main.rs").is_file(), "{name}: no main.rs");
    }
    let deployed: BTreeSet<_> = template.functions.iter().map(|function| function.binary.clone()).collect();
    let packages = std::fs::read_dir(root().join("functions")).unwrap();
    let packages: BTreeSet<_> = packages.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(deployed, packages, "each package below functions/ is deployed");
}

#[test]
fn every_function_gets_its_environment_and_nothing_more() {
    let expected: [(&str, &[&str]); 6] = [
        (
            "icims-webhook",
            &[
                "CHECKS_TABLE",
                "CUSTOMERS_TABLE",
                "TOKENS_TABLE",
                "REFERENCE_REQUESTS_QUEUE_URL",
                "CANCELLATIONS_QUEUE_URL",
                "SECRETS_PREFIX",
            ],
        ),
        (
            "reference-requester",
            &[
                "CHECKS_TABLE",
                "CUSTOMERS_TABLE",
                "TOKENS_TABLE",
                "ICIMS_UPDATES_QUEUE_URL",
                "CANCELLATIONS_QUEUE_URL",
                "WORK_QUEUE_URL",
                "SECRETS_PREFIX",
            ],
        ),
        ("crosschq-callback", &["CUSTOMERS_TABLE", "ICIMS_UPDATES_QUEUE_URL", "SECRETS_PREFIX"]),
        ("icims-updater", &["CHECKS_TABLE", "CUSTOMERS_TABLE", "TOKENS_TABLE", "WORK_QUEUE_URL", "SECRETS_PREFIX"]),
        (
            "rejection-canceller",
            &[
                "CHECKS_TABLE",
                "CUSTOMERS_TABLE",
                "TOKENS_TABLE",
                "ICIMS_UPDATES_QUEUE_URL",
                "WORK_QUEUE_URL",
                "SECRETS_PREFIX",
            ],
        ),
        (
            "reconciler",
            &[
                "CHECKS_TABLE",
                "CUSTOMERS_TABLE",
                "TOKENS_TABLE",
                "REFERENCE_REQUESTS_QUEUE_URL",
                "ICIMS_UPDATES_QUEUE_URL",
                "CANCELLATIONS_QUEUE_URL",
                "SECRETS_PREFIX",
            ],
        ),
    ];
    let template = template();
    assert_eq!(template.functions.len(), expected.len());
    for (name, variables) in expected {
        let function = template.functions.iter().find(|function| function.name == name).unwrap();
        let expected: BTreeSet<_> = variables.iter().copied().chain(["RUST_LOG"]).collect();
        let found: BTreeSet<_> = function.environment.keys().map(String::as_str).collect();
        assert_eq!(found, expected, "{name}");
        for (variable, value) in &function.environment {
            let table = TABLES.iter().find(|(name, _)| name == variable).map(|(_, id)| template.table(id).unwrap());
            let queue = QUEUES.iter().find(|(name, _)| name == variable).map(|(_, id)| template.queue(id).unwrap());
            assert!(table.is_none_or(|table| &table.name == value), "{name}: {variable}={value}");
            assert!(queue.is_none_or(|queue| &queue.url == value), "{name}: {variable}={value}");
        }
        let work = template.sqs_sources.iter().find(|source| source.function == function.logical_id);
        let work = work.and_then(|source| template.queues.iter().find(|queue| queue.arn == source.queue_arn));
        assert_eq!(function.environment.get("WORK_QUEUE_URL"), work.map(|queue| &queue.url), "{name}");
    }
}

#[test]
fn functions_time_out_within_their_callers_patience() {
    let template = template();
    for function in &template.functions {
        let serves_http = template.routes.iter().any(|route| route.function == function.logical_id);
        let polled = template.sqs_sources.iter().any(|source| source.function == function.logical_id);
        // API Gateway gives up after 30 s; a recruiter waits at iCIMS' end.
        let limit = if serves_http {
            10
        } else if polled {
            30
        } else {
            60
        };
        assert!((1..=limit).contains(&function.timeout_s), "{}: {} s", function.name, function.timeout_s);
    }
}

#[test]
fn functions_run_for_either_processor_on_the_plain_runtime() {
    let template = template();
    for function in &template.functions {
        assert_eq!(function.properties["Runtime"], "provided.al2023", "{}", function.name);
        assert_eq!(function.properties["Architectures"][0]["Ref"], "Architecture", "{}", function.name);
    }
    let parameter = &template.raw()["Parameters"]["Architecture"];
    assert_eq!(parameter["Default"], "arm64");
    assert_eq!(parameter["AllowedValues"], serde_json::json!(["arm64", "x86_64"]));
}

#[test]
fn the_reconciler_comes_every_five_minutes_and_a_missed_run_is_not_repeated() {
    let template = template();
    let [schedule] = &template.schedules[..] else { panic!("not one schedule") };
    assert_eq!((schedule.function.as_str(), schedule.every_s, schedule.enabled), ("Reconciler", 300, true));
    let function = template.function("Reconciler").unwrap();
    assert_eq!(function.properties["EventInvokeConfig"]["MaximumRetryAttempts"], 0);
}

#[test]
fn all_that_an_order_waits_for_fits_into_the_webhooks_time() {
    // Customer, secrets and queue, one after the other; what is read of the workflow, while the vendor is read.
    let waits = 3 * WEBHOOK_OPERATION_TIMEOUT + READ_BUDGET.max(WEBHOOK_OPERATION_TIMEOUT);
    // A refusal that names a report reads it from the other vendor instead of sending a message.
    let refused = 2 * WEBHOOK_OPERATION_TIMEOUT + 2 * READ_BUDGET;
    assert!(waits.max(refused) <= ANSWER_WITHIN, "{waits:?}, {refused:?}");
    let template = template();
    for webhook in ["IcimsWebhook", "CrosschqCallback"] {
        let function = template.functions.iter().find(|function| function.logical_id == webhook).unwrap();
        assert!(ANSWER_WITHIN + Duration::from_millis(500) <= Duration::from_secs(function.timeout_s), "{webhook}");
    }
}
