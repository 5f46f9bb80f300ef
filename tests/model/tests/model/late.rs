//! Without what exactly-once rests on, a second request is possible: it is reported, never silent.
//!
//! `holds` fails here too unless the second request is reached: it is one of the things that have to be seen.

use model::Config;

use crate::explore::explore;

#[test]
fn a_look_up_that_misses_a_created_request_leads_to_a_second_one_which_is_told() {
    explore(Config { mishaps: 2, ..Config::LATE }).holds(40_000);
}

#[test]
fn a_second_request_is_cancelled_or_told_when_the_candidate_is_rejected() {
    explore(Config { mishaps: 2, recruiter: 1, ..Config::LATE }).holds(1_000_000);
}

#[test]
fn with_nothing_to_rely_on_a_second_request_is_told() {
    explore(Config { mishaps: 2, ..Config::NOTHING }).holds(40_000);
}

#[test]
fn a_request_that_was_finished_before_the_create_is_repeated_gets_a_second_one_which_is_told() {
    explore(Config { name: "refuses, finished", mishaps: 2, moves: 1, ..Config::REFUSES }).holds(10_000);
}
