//! `connector erase`.

use serde_json::{Value, json};

use crate::support::Stage;
use crate::workers::{Workers, depth, die, send};
use crate::{audit, check, held, ordered, stage};

/// Everything that the stack holds, as text.
async fn everything(stage: &Stage) -> String {
    let mut all = String::new();
    for table in ["ChecksTable", "CustomersTable", "TokensTable"] {
        all += &serde_json::to_string(&stage.items(table).await).unwrap();
    }
    for queue in ["ReferenceRequests", "IcimsUpdates", "Cancellations"] {
        for queue in [queue.to_owned(), format!("{queue}Dlq")] {
            all += &serde_json::to_string(&stage.take_messages(&queue).await).unwrap();
        }
    }
    all
}

fn erase<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["erase", "--customer", "1234", "--person", "2001", "--output", "json", "--yes"][..], more].concat()
}

fn messages(erased: &Value) -> u64 {
    erased["messages"].as_array().unwrap().iter().map(|count| count["messages"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn erasing_a_person_leaves_no_id_of_theirs_and_a_second_run_finds_nothing() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    let request = ordered(&stage, &workers).await;
    held(&stage, "888", |check, _| check.subject.person = "2002".parse().ok()).await;
    let of = |workflow: &str| {
        json!({"schema": 1, "customer": "1234", "correlation_id": "c", "workflow": workflow, "attempt": 1}).to_string()
    };
    die(&stage, "IcimsUpdates", &of("13437")).await;
    die(&stage, "IcimsUpdates", &of("888")).await;
    let callback =
        json!({"schema": 1, "customer": "1234", "correlation_id": "c", "request": request, "received_at": 1});
    die(&stage, "IcimsUpdates", &callback.to_string()).await;

    let planned = stage.connector(&erase(&["--dry-run"])).await.ok().json();
    assert_eq!((&planned["checks_found"], &planned["checks_open"], messages(&planned)), (&json!(1), &json!(1), 2));
    stage.connector(&erase(&[])).await.failed(4, "1 of the person's checks are open; nothing was removed");
    assert!(check(&stage, 13_437).await.is_some());

    let working = async {
        // The canceller and the updater, while the command waits for them.
        while check(&stage, 13_437).await.is_some() {
            workers.settle(&stage).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let cancelling = erase(&["--cancel-open"]);
    let (erased, ()) = tokio::join!(stage.connector(&cancelling), working);
    let erased = erased.ok();
    assert_eq!((&erased.json()["checks_removed"], messages(&erased.json())), (&json!(1), 2), "{erased:?}");
    assert!(erased.stdout.contains("point-in-time backups"), "{erased:?}");

    let again = stage.connector(&erase(&[])).await.ok();
    assert!(again.stderr.contains("nothing is left of this person"), "{again:?}");
    assert_eq!((&again.json()["checks_removed"], messages(&again.json())), (&json!(0), 0));
    let log = audit(&stage).await;
    assert!(log.iter().any(|entry| entry.to_string().contains("\"erase\"")), "{log:?}");

    // A callback about it, and an update that was under way, bring nothing back.
    workers.deliver("IcimsUpdates", callback).await.unwrap();
    let late = serde_json::from_str(&of("13437")).unwrap();
    workers.deliver("IcimsUpdates", late).await.unwrap();
    let rejected = json!({"schema": 1, "customer": "1234", "correlation_id": "c", "workflow": "13437"});
    workers.deliver("Cancellations", rejected).await.unwrap();
    let left = everything(&stage).await;
    for id in ["\"2001\"", "13437", request.as_str()] {
        assert!(!left.contains(id), "{id} is in {left}");
    }
    assert!(left.contains("888"), "another person's check and message stay");
}

#[tokio::test]
async fn an_order_that_waits_for_its_first_delivery_is_erased_too() {
    let stage = stage().await;
    let order = json!({"schema": 1, "customer": "1234", "correlation_id": "c", "workflow": "900", "attempt": 1,
        "person": "2001", "ordered_at": 1});
    send(&stage, "ReferenceRequests", &order.to_string()).await;
    let rejection = json!({"schema": 1, "customer": "1234", "correlation_id": "c", "workflow": "900"});
    send(&stage, "Cancellations", &rejection.to_string()).await;
    let others = json!({"schema": 1, "customer": "1234", "correlation_id": "c", "workflow": "901"});
    send(&stage, "Cancellations", &others.to_string()).await;
    let erased = stage.connector(&erase(&[])).await.ok().json();
    assert_eq!(messages(&erased), 2);
    assert_eq!((depth(&stage, "ReferenceRequests").await, depth(&stage, "Cancellations").await), (0, 1));
}
