//! Wider bounds, for a longer run.

use model::Config;

use crate::explore::explore;

#[test]
fn the_wider_bounds_hold() {
    if std::env::var_os("MODEL_LONG").is_none() {
        println!("MODEL_LONG is not set");
        return;
    }
    for config in [Config::SEARCH, Config::KEY] {
        explore(Config { mishaps: 3, ..config }).holds(1_000_000);
        explore(Config { workers: 2, mishaps: 1, recruiter: 1, ..config }).holds(1_000_000);
    }
    explore(Config { mishaps: 2, recruiter: 1, ..Config::NOTHING }).holds(1_000_000);
    explore(Config { mishaps: 2, recruiter: 1, ..Config::REFUSES }).holds(1_000_000);
}
