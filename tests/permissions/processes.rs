//! The real processes, with the queues' real pollers.

use std::collections::BTreeSet;

use local::args::{self, Command};
use local::demo::journey::Player;
use local::run::LocalRun;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_plays_within_the_roles_and_every_process_has_its_own() {
    let data = tempfile::tempdir().unwrap();
    let command = args::parse(["--data".into(), data.path().into()]).unwrap();
    let Command::Run(arguments) = command else { panic!("{command:?}") };
    let run = LocalRun::start(&arguments).await.unwrap();
    Player::seeded(&run.endpoints(), arguments.variant).await.unwrap().play().await.unwrap();

    assert!(run.aws().denied().is_empty(), "{:#?}", run.aws().denied());
    let allowed = run.aws().allowed();
    let callers: BTreeSet<&str> = allowed.keys().map(|call| call.caller.as_str()).collect();
    for function in &crate::template().functions {
        // The schedule's first tick may come after the demo's end.
        let expected = callers.contains(function.name.as_str()) || function.logical_id == "Reconciler";
        assert!(expected, "{} called nothing: {callers:?}", function.name);
    }
    let template = crate::template();
    for (function, action, queue) in crate::of_event_sources(&template) {
        let made =
            allowed.keys().any(|call| call.caller == function && call.action == action && call.resource == queue);
        assert_eq!(made, action != "sqs:GetQueueAttributes", "{function} {action}");
    }
    run.down().await;
}
