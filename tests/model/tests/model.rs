//! Explores.

use std::time::Instant;

use model::{Config, Connector, Visibility};
use stateright::{Checker, Model};

const THIN: Config = Config {
    name: "thin",
    search: true,
    honours_key: false,
    refuses_second: false,
    visibility: Visibility::WithinSettle,
    workers: 1,
    mishaps: 1,
    recruiter: 0,
    moves: 0,
    attempts: 2,
};

fn explore(config: Config) {
    let began = Instant::now();
    let builder = Connector::new(config).checker().finish_when(stateright::HasDiscoveries::AnyFailures);
    if std::env::var("BFS").is_ok() {
        report(config, began, builder.spawn_bfs().join());
    } else {
        report(config, began, builder.threads(2).spawn_dfs().join());
    }
}

fn report(config: Config, began: Instant, checker: impl Checker<Connector>) {
    println!(
        "{}: states={} unique={} depth={} took={:?}",
        config.name,
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed()
    );
    for (name, path) in checker.discoveries() {
        println!("== {name}");
        let bad = checker.discovery_classification(name).to_string() == "counterexample";
        if bad {
            let mut last = None;
            for (world, action) in path.into_vec() {
                println!("  @{} {action:?} {}", world.offset_s(), world.clone().subject(action.as_ref()));
                last = Some(world);
            }
            println!("{last:#?}");
        }
    }
}

#[test]
fn thin() {
    let n = |name: &str, or: u8| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(or);
    explore(Config {
        workers: n("W", 1) as usize,
        mishaps: n("M", 1),
        recruiter: n("R", 0),
        moves: n("V", 0),
        search: n("S", 1) == 1,
        honours_key: n("K", 0) == 1,
        refuses_second: n("X", 0) == 1,
        ..THIN
    });
}
