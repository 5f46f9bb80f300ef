//! A connector with a defect breaks a promise here: the model has teeth.

use model::{Config, Sabotage};

use crate::explore::hunt;

fn breaks(promise: &'static str, config: Config) {
    let found = hunt(config, promise);
    let steps = found.counterexample(promise).unwrap_or_else(|| panic!("{:?} keeps its promises", config.sabotage));
    println!("{:?} breaks \"{promise}\" in {} steps", config.sabotage, steps.len());
}

#[test]
fn taking_silence_for_no_creates_twice() {
    let config = Config { mishaps: 2, sabotage: Sabotage::SilenceMeansNo, ..Config::SEARCH };
    breaks("one order gets at most one request", config);
}

#[test]
fn taking_silence_for_no_often_enough_creates_a_third_time() {
    let config = Config { mishaps: 3, sabotage: Sabotage::SilenceMeansNo, ..Config::SEARCH };
    breaks("never a third create", config);
}

#[test]
fn a_create_that_is_not_counted_is_made_again_when_its_time_runs_out() {
    let config = Config { mishaps: 1, only_time_up: true, sabotage: Sabotage::NothingCounted, ..Config::SEARCH };
    breaks("one order gets at most one request", config);
}

#[test]
fn writing_without_a_condition_creates_twice() {
    let config = Config { workers: 2, mishaps: 2, sabotage: Sabotage::UnconditionalWrites, ..Config::SEARCH };
    breaks("one order gets at most one request", config);
}

#[test]
fn writing_without_a_condition_loses_a_rejection() {
    let config =
        Config { workers: 2, mishaps: 0, recruiter: 1, sabotage: Sabotage::UnconditionalWrites, ..Config::SEARCH };
    breaks("a rejected candidate ends with no open request", config);
}

#[test]
fn without_the_schedule_an_order_stays_undone() {
    let config = Config { mishaps: 1, moves: 1, sabotage: Sabotage::NoSchedule, ..Config::SEARCH };
    breaks("every order comes to an end", config);
}

#[test]
fn forgetting_callbacks_leaves_a_second_request_untold() {
    let config = Config { mishaps: 1, sabotage: Sabotage::NobodyListens, ..Config::NOTHING };
    breaks("a request that no check follows is reported", config);
}
