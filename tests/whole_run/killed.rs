//! Killing the local run at any moment and starting it again on the same data.

use std::time::Duration;

use sandbox::{State, Step};

use crate::killed_world::{Candidate, Stage};
use crate::{alone, until};

/// A message that was being worked on comes back after 40 s, an order that may have been sent is sent again 30 s after
/// that try began, and a busy machine needs its time too.
const BOUND: Duration = Duration::from_secs(150);

/// How a candidate's story has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Ordered, nobody has answered yet.
    Sent,
    Cancelled,
    /// Rejected before anything went out: there may be a cancelled request, or none.
    NeverOpen,
    /// The report is there.
    Complete,
}

/// What is wrong with a candidate's story so far, or nothing.
async fn amiss(stage: &Stage, who: &Candidate, end: End) -> Option<String> {
    let requests = stage.requests(who).await;
    let states: Vec<State> = requests.iter().map(|request| request.state).collect();
    let view = stage.view(who).await;
    let rows: Vec<_> = view.results.iter().map(|row| (row.status.as_deref(), row.result.as_deref())).collect();
    let row = (rows.len() == 1).then(|| rows[0].0).flatten();
    let right = match end {
        End::Sent => states == [State::Requested] && row == Some("Sent"),
        End::Cancelled => states == [State::Cancelled] && rows == [(Some("Incomplete"), Some("Cancelled"))],
        End::NeverOpen => states.len() <= 1 && states.iter().all(|state| *state == State::Cancelled) && rows.len() <= 1,
        End::Complete => {
            let linked = view.results.last().is_some_and(|row| row.url.is_some());
            let moved = view.status.id == stage.demo.complete_status;
            states == [State::Completed] && row == Some("Complete") && linked && moved
        }
    };
    (!right).then(|| format!("{}: wanted {end:?}, requests {states:?}, rows {rows:?}", who.email))
}

async fn everything_ends(stage: &Stage, stories: &[(&Candidate, End)], bound: Duration) {
    let all = async || {
        let mut wrong = Vec::new();
        for (who, end) in stories {
            wrong.extend(amiss(stage, who, *end).await);
        }
        wrong
    };
    if until(bound, async || all().await.is_empty().then_some(())).await.is_none() {
        panic!("after {bound:?}:\n{}\n{}", all().await.join("\n"), stage.diary());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_local_run_at_any_moment_and_starting_it_again_finishes_the_open_checks() {
    let _alone = alone().await;
    let mut stage = Stage::set().await;
    let mut candidates = Vec::new();
    for name in [
        "rejected",
        "cancel-asked",
        "cancel-done",
        "completed",
        "shown",
        "row-asked",
        "row-done",
        "pushed",
        "regretted",
        "create-asked",
        "create-done",
        "queued",
    ] {
        candidates.push(stage.candidate(name).await);
    }
    let [
        rejected,
        cancel_asked,
        cancel_done,
        completed,
        shown,
        row_asked,
        row_done,
        pushed,
        regretted,
        create_asked,
        create_done,
        queued,
    ] = &candidates[..]
    else {
        panic!("a name for each")
    };
    stage.order_to_the_row(&[rejected, cancel_asked, cancel_done, completed, shown]).await;

    // Between create and row: one row not written yet, one written whose answer never comes.
    for (who, after) in [(row_asked, false), (row_done, true)] {
        let rows = format!("*/applicantworkflows/{}/fields/assessmentresults", who.workflow);
        stage.hold(&stage.icims_side, "POST", &rows, after).await;
        stage.order(who).await;
        stage.under_way(&stage.icims_side, "POST", &rows, 1).await;
    }
    let written =
        until(Duration::from_secs(10), async || (stage.view(row_done).await.results.len() == 1).then_some(()));
    assert!(written.await.is_some(), "the second row is there");
    assert!(stage.view(row_asked).await.results.is_empty(), "the first is not");
    stage.kill_and_start(true).await;

    // Cancels under way, a row being changed, a callback and a rejection just reported.
    for (who, after) in [(cancel_asked, false), (cancel_done, true)] {
        let cancel = format!("*/{}/cancel/", stage.request(who).await.id);
        stage.hold(&stage.crosschq_side, "POST", &cancel, after).await;
        stage.reject(who).await;
        stage.under_way(&stage.crosschq_side, "POST", &cancel, 1).await;
    }
    let row = format!("*/applicantworkflows/{}*", shown.workflow);
    stage.hold(&stage.icims_side, "PATCH", &row, true).await;
    stage.step(shown, Step::CompleteAll).await;
    stage.under_way(&stage.icims_side, "PATCH", &row, 1).await;
    stage.step(completed, Step::CompleteAll).await;
    stage.reject(rejected).await;
    stage.kill_and_start(false).await;

    // Right after the push was answered, and an order that is regretted at once.
    stage.order(regretted).await;
    stage.reject(regretted).await;
    stage.order(pushed).await;
    stage.may_interrupt(pushed);
    stage.kill_and_start(true).await;

    // The create itself: one that Crosschq never heard, one that it did, and an order behind both in its queue.
    let create = "*/reference-request/";
    for (who, after) in [(create_asked, false), (create_done, true)] {
        stage.hold(&stage.crosschq_side, "POST", create, after).await;
        stage.order(who).await;
        stage.may_interrupt(who);
        stage.under_way(&stage.crosschq_side, "POST", create, if after { 2 } else { 1 }).await;
    }
    let made = until(Duration::from_secs(10), async || (stage.requests(create_done).await.len() == 1).then_some(()));
    assert!(made.await.is_some(), "the second create is done");
    assert!(stage.requests(create_asked).await.is_empty(), "the first is not");
    stage.order(queued).await;
    stage.kill_and_start(false).await;

    let stories = [
        (rejected, End::Cancelled),
        (cancel_asked, End::Cancelled),
        (cancel_done, End::Cancelled),
        (completed, End::Complete),
        (shown, End::Complete),
        (row_asked, End::Sent),
        (row_done, End::Sent),
        (pushed, End::Sent),
        (regretted, End::NeverOpen),
        (create_asked, End::Sent),
        (create_done, End::Sent),
        (queued, End::Sent),
    ];
    everything_ends(&stage, &stories, BOUND).await;

    // What went through a kill goes on like any other check.
    let sent: Vec<_> = stories.iter().filter(|(_, end)| *end == End::Sent).map(|(who, _)| *who).collect();
    for who in &sent {
        stage.step(who, Step::CompleteAll).await;
    }
    let finished: Vec<_> = stories.map(|(who, end)| (who, if end == End::Sent { End::Complete } else { end })).to_vec();
    everything_ends(&stage, &finished, BOUND).await;
    assert_eq!(stage.dead().await, []);
    stage.sandbox_is_whole().await;
}
