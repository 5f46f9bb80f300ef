//! With what exactly-once rests on, nothing goes wrong for good.

use model::Config;

use crate::explore::explore;

#[test]
fn with_a_look_up_two_mishaps_and_a_rejection_break_no_promise() {
    explore(Config { mishaps: 2, recruiter: 1, ..Config::SEARCH }).holds(2_000_000);
}

#[test]
fn without_a_look_up_but_with_an_honored_key_two_mishaps_and_a_rejection_break_no_promise() {
    explore(Config { mishaps: 2, recruiter: 1, ..Config::KEY }).holds(2_000_000);
}

#[test]
fn time_that_runs_out_three_times_breaks_no_promise() {
    for config in [Config::SEARCH, Config::KEY] {
        explore(Config { mishaps: 3, only_time_up: true, ..config }).holds(10_000);
    }
}

#[test]
fn two_functions_at_once_a_mishap_and_a_moving_request_break_no_promise() {
    explore(Config { workers: 2, mishaps: 1, moves: 1, ..Config::SEARCH }).holds(400_000);
}

#[test]
fn an_order_after_a_rejection_and_a_mishap_break_no_promise() {
    explore(Config { mishaps: 1, recruiter: 2, ..Config::SEARCH }).holds(400_000);
}

#[test]
fn a_refusal_of_a_second_open_request_serves_as_well_while_the_first_is_open() {
    explore(Config { mishaps: 2, ..Config::REFUSES }).holds(40_000);
}

#[test]
fn a_crosschq_that_knows_nothing_of_our_id_gets_no_second_request_either() {
    explore(Config { name: "key, no id", echoes: false, mishaps: 2, ..Config::KEY }).holds(40_000);
    explore(Config { name: "search, no id", echoes: false, mishaps: 2, ..Config::SEARCH }).holds(40_000);
}
