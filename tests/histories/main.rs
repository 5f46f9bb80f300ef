//! Histories: the real handlers on in-process fakes and a virtual clock. A seed draws customers, candidates, what people
//! do, what breaks and when; then everything is up again, time passes, and the promises are checked.
//!
//! - CI: `cargo test -p tests --test histories` runs 2,000 seeds (about a minute on two busy cores).
//! - Longer: `HISTORIES=50000 HISTORIES_FROM=1000000 cargo test -p tests --test histories many -- --nocapture`.
//! - One again, printed in full: `HISTORY_SEED=17 cargo test -p tests --test histories one_again -- --nocapture`.

mod actions;
mod draw;
mod history;
mod missed;
mod promises;
mod regressions;
mod regressions_look_ups;
mod regressions_moves;
mod regressions_outages;
mod stuck;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use draw::Store;
use history::{Outcome, run};

fn from_env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The violations by kind (their texts without numbers): how many, some seeds, an example.
fn kinds(broken: &[(u64, String)]) -> BTreeMap<String, (u32, Vec<u64>, String)> {
    let mut kinds = BTreeMap::new();
    for (seed, what) in broken {
        let kind: String = what.chars().filter(|c| !c.is_ascii_digit()).take(90).collect();
        let (many, seeds, _) = kinds.entry(kind).or_insert((0, Vec::new(), what.clone()));
        *many += 1;
        if seeds.len() < 6 && !seeds.contains(seed) {
            seeds.push(*seed);
        }
    }
    kinds
}

/// How a seed is played again.
fn again(seed: u64) -> String {
    format!("HISTORY_SEED={seed} cargo test -p tests --test histories one_again -- --nocapture")
}

/// Every kind of trouble that a run of thousands has to meet, by its effect and not by its draw.
const FAULTS: [&str; 21] = [
    "429",
    "429 with Retry-After",
    "cancel answered already_completed, still open",
    "cancel refused",
    "candidate merged",
    "candidate merged while the create was open",
    "credentials refused",
    "Crosschq 404 for a while",
    "customer switched off with a check open",
    "iCIMS 404 for a while",
    "outage",
    "push lost for good",
    "quota spent until midnight",
    "read behind its event",
    "reply lost",
    "seconds for every answer",
    "secret rotated with a check open",
    "settings changed with a check open",
    "slow answer",
    "token revoked in flight",
    "workflow purged",
];

#[test]
fn many_histories_end_as_promised() {
    let (many, first) = (from_env("HISTORIES", 2_000), from_env("HISTORIES_FROM", 0));
    let next = AtomicU64::new(0);
    let total = Mutex::new(Outcome::default());
    let broken = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= many {
                        return;
                    }
                    let outcome = run(first + n, Store::Conditional, false);
                    let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
                    broken.extend(outcome.violations.iter().map(|what| (first + n, what.clone())));
                    total.lock().unwrap_or_else(PoisonError::into_inner).add(&outcome);
                }
            });
        }
    });
    let (total, mut broken) = (total.into_inner().unwrap(), broken.into_inner().unwrap());
    broken.sort();
    testkit::counted(&format!("histories={many} violations={}", broken.len()));
    println!("{total}");
    println!("{}", total.met.iter().map(|(what, times)| format!("{what}: {times}")).collect::<Vec<_>>().join(", "));
    for (kind, (many, seeds, example)) in kinds(&broken) {
        println!("{many} x {kind}\n    seeds {seeds:?}, as {example}");
    }
    if let Some((seed, _)) = broken.first() {
        panic!("{}", again(*seed));
    }
    if many >= 2_000 {
        for fault in FAULTS {
            assert!(total.met.contains_key(fault), "no history met: {fault}");
        }
    }
}

#[test]
fn one_again_is_told_in_full() {
    let Ok(seed) = std::env::var("HISTORY_SEED") else { return };
    let outcome = run(seed.parse().unwrap(), Store::Conditional, true);
    for line in &outcome.lines {
        println!("{line}");
    }
    assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
}

#[test]
fn a_seed_tells_the_same_history_every_time() {
    for seed in [3, 1_000_003] {
        let (once, again) = (run(seed, Store::Conditional, false), run(seed, Store::Conditional, true));
        assert_eq!(once.hash, again.hash, "seed {seed}");
        assert_ne!(once.hash, 0);
        assert!(again.lines.len() > 10);
    }
}

#[test]
fn a_store_that_forgets_its_conditions_is_found_out_and_the_seed_that_did_replays_identically() {
    let outcome = (0..200).map(|seed| (seed, run(seed, Store::Blind, false)));
    let (seed, once) = outcome.into_iter().find(|(_, outcome)| !outcome.violations.is_empty()).unwrap();
    let replayed = run(seed, Store::Blind, true);
    assert_eq!((once.hash, once.violations), (replayed.hash, replayed.violations), "seed {seed}");
    assert!(again(seed).starts_with(&format!("HISTORY_SEED={seed} ")));
}
