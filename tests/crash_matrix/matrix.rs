//! Plays every point of every scenario.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::instrument::{Call, Fault, FaultPoint};

use crate::functions::Requesting;
use crate::in_process::InProcess;
use crate::invariants;
use crate::outside::Outside;
use crate::run::{Again, Run};
use crate::scenario::{Interleaving, Scenario};

/// A fault at a call, and how what it met is delivered again.
pub(crate) type Injection = (Fault, Again);

/// What is injected at each call on the fakes. A delivery long afterwards finds no trace of how much time passed at the
/// call, so faults in time are not combined with it.
pub(crate) fn injections() -> Vec<Injection> {
    let at_once = Fault::AT_ONCE.into_iter().flat_map(|fault| Again::ALL.map(|again| (fault, again)));
    let in_time = Fault::IN_TIME.into_iter();
    at_once
        .chain(in_time.flat_map(|fault| [Again::Redelivered, Again::TwiceAtOnce].map(|again| (fault, again))))
        .collect()
}

#[derive(Debug, Default)]
pub(crate) struct FaultCounts {
    killed: usize,
    reply_lost: usize,
    time_up: usize,
    late: usize,
}

impl FaultCounts {
    /// Counts one point by its last fault.
    pub(crate) fn count(&mut self, point: &Point) {
        let Some(fault_point) = point.fault_points.last() else { return };
        *match fault_point.fault {
            Fault::KilledBefore | Fault::KilledAfter => &mut self.killed,
            Fault::ReplyLost => &mut self.reply_lost,
            Fault::TimeUpBefore | Fault::TimeUpAfter => &mut self.time_up,
            Fault::Late => &mut self.late,
        } += 1;
    }

    fn add(&mut self, other: &Self) {
        self.killed += other.killed;
        self.reply_lost += other.reply_lost;
        self.time_up += other.time_up;
        self.late += other.late;
    }
}

/// What a matrix came to.
#[derive(Debug, Default)]
pub(crate) struct Total {
    /// Points that were played.
    pub points: usize,
    /// The same, by fault.
    pub by_fault: FaultCounts,
    /// Calls of the undisturbed scenarios, times what is injected at each.
    pub instrumented: usize,
    /// One line for each point at which an invariant does not hold.
    pub violations: Vec<String>,
}

impl Total {
    pub(crate) fn add(&mut self, other: Self) {
        self.points += other.points;
        self.by_fault.add(&other.by_fault);
        self.instrumented += other.instrumented;
        self.violations.extend(other.violations);
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in self.violations.iter().take(60) {
            writeln!(f, "{violation}")?;
        }
        let FaultCounts { killed, reply_lost, time_up, late } = self.by_fault;
        let violations = self.violations.len();
        write!(
            f,
            "points={} killed={killed} reply_lost={reply_lost} time_up={time_up} late={late} violations={violations}",
            self.points,
        )
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub scenario: usize,
    pub fault_points: Vec<FaultPoint>,
    pub again: Again,
}

/// The calls of an undisturbed scenario, and what does not hold even then.
pub(crate) async fn undisturbed(
    outside: Arc<dyn Outside>,
    scenario: &Scenario,
    requesting: Requesting,
) -> (Vec<Call>, Vec<String>) {
    let run = Run::new(outside, scenario.clone(), Vec::new(), Again::Redelivered, requesting);
    run.play().await;
    let broken = invariants::violations(&run).await;
    run.outside.over(&run.call_log.attempts()).await;
    (run.call_log.calls(), broken)
}

/// Plays one point; `expected` is the call that the first fault has to meet.
pub(crate) async fn play(
    outside: Arc<dyn Outside>,
    scenario: &Scenario,
    point: &Point,
    expected: Call,
    requesting: Requesting,
) -> Vec<String> {
    let run = Run::new(outside, scenario.clone(), point.fault_points.clone(), point.again, requesting);
    run.play().await;
    let calls = run.call_log.calls();
    let first = point.fault_points[0];
    let mut broken = invariants::violations(&run).await;
    run.outside.over(&run.call_log.attempts()).await;
    match calls.get(first.call) {
        Some(call) if *call == expected && run.call_log.injected().first().is_some_and(|(met, _)| *met == first) => {}
        other => broken.push(format!("the fault met {other:?} instead of {expected:?}")),
    }
    broken
}

/// The points of scenarios whose undisturbed calls are these.
pub(crate) fn points(calls: &[Vec<Call>], injections: &[Injection]) -> Vec<Point> {
    let mut points = Vec::new();
    for (scenario, calls) in calls.iter().enumerate() {
        for call in 0..calls.len() {
            let point =
                |&(fault, again): &Injection| Point { scenario, fault_points: vec![FaultPoint { call, fault }], again };
            points.extend(injections.iter().map(point));
        }
    }
    points
}

/// A runtime on this thread whose sleeps take no time.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// The undisturbed calls of these scenarios on the fakes, and what does not hold even then.
fn measure(scenarios: &[Scenario], requesting: Requesting) -> (Vec<Vec<Call>>, Vec<String>) {
    let mut calls = Vec::new();
    let mut violations = Vec::new();
    for scenario in scenarios {
        fastrand::seed(1);
        let (made, broken) =
            paused().block_on(async { undisturbed(Arc::new(InProcess::new(scenario)), scenario, requesting).await });
        violations.extend(broken.iter().map(|what| format!("{}, undisturbed: {what}", scenario.name)));
        calls.push(made);
    }
    (calls, violations)
}

/// The scenario, once for each call that it makes undisturbed, with the recruiter coming between there.
pub(crate) fn interrupted(scenario: &Scenario, interleaving: Interleaving) -> Vec<Scenario> {
    let (calls, _) = measure(std::slice::from_ref(scenario), Requesting::Ours);
    (0..calls[0].len()).map(|call| scenario.with(call, interleaving)).collect()
}

/// Plays every point of these scenarios on the fakes, on all processors.
pub(crate) fn in_process(scenarios: &[Scenario], requesting: Requesting) -> Total {
    let (calls, violations) = measure(scenarios, requesting);
    let injections = injections();
    let instrumented = calls.iter().map(Vec::len).sum::<usize>() * injections.len();
    let mut total = all_of(scenarios, &calls, &points(&calls, &injections), requesting);
    total.violations.splice(0..0, violations);
    Total { instrumented, ..total }
}

/// Plays every pair of faults on the fakes: the second at any call that is made after the first fault. Of those in which
/// time passes, only time that is up meets another of its kind.
pub(crate) fn pairs_in_process(scenarios: &[Scenario]) -> Total {
    let (calls, _) = measure(scenarios, Requesting::Ours);
    let mut pairs = Vec::new();
    for point in points(&calls, &injections()) {
        fastrand::seed(1);
        let scenario = &scenarios[point.scenario];
        let calls = paused().block_on(async {
            let outside = Arc::new(InProcess::new(scenario));
            let run = Run::new(outside, scenario.clone(), point.fault_points.clone(), point.again, Requesting::Ours);
            run.play().await;
            run.call_log.calls().len()
        });
        for call in point.fault_points[0].call + 1..calls {
            for fault in seconds(point.fault_points[0].fault) {
                let fault_points = vec![point.fault_points[0], FaultPoint { call, fault: *fault }];
                pairs.push(Point { fault_points, ..point.clone() });
            }
        }
    }
    let instrumented = pairs.len();
    println!("crash matrix (pairs): {instrumented} points");
    Total { instrumented, ..all_of(scenarios, &calls, &pairs, Requesting::Ours) }
}

/// The faults that may follow this one in a pair.
fn seconds(first: Fault) -> &'static [Fault] {
    match first {
        Fault::KilledBefore | Fault::KilledAfter | Fault::ReplyLost => &Fault::AT_ONCE,
        Fault::TimeUpBefore | Fault::TimeUpAfter => &[Fault::TimeUpBefore, Fault::TimeUpAfter],
        Fault::Late => &[],
    }
}

fn all_of(scenarios: &[Scenario], calls: &[Vec<Call>], points: &[Point], requesting: Requesting) -> Total {
    let next = AtomicUsize::new(0);
    let violations = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = paused();
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(point) = points.get(number) else { return };
                    fastrand::seed(1);
                    let scenario = &scenarios[point.scenario];
                    let expected = calls[point.scenario][point.fault_points[0].call];
                    let broken = runtime.block_on(async {
                        play(Arc::new(InProcess::new(scenario)), scenario, point, expected, requesting).await
                    });
                    if !broken.is_empty() {
                        violations.lock().unwrap().push((number, line(scenario, point, expected, &broken)));
                    }
                }
            });
        }
    });
    let mut violations = violations.into_inner().unwrap();
    violations.sort();
    let played = next.into_inner().min(points.len());
    let mut by_fault = FaultCounts::default();
    points[..played].iter().for_each(|point| by_fault.count(point));
    Total {
        points: played,
        by_fault,
        instrumented: 0,
        violations: violations.into_iter().map(|(_, line)| line).collect(),
    }
}

/// What is printed of a point at which something does not hold.
pub(crate) fn line(scenario: &Scenario, point: &Point, expected: Call, broken: &[String]) -> String {
    let fault_points: Vec<String> =
        point.fault_points.iter().map(|fault_point| format!("{:?} #{}", fault_point.fault, fault_point.call)).collect();
    format!(
        "{}: {} {}, {:?}: {}",
        scenario.title(),
        fault_points.join(" and "),
        expected.what,
        point.again,
        broken.join("; ")
    )
}
