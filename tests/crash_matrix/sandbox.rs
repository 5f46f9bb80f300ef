//! Plays every point of scenarios on the sandbox, on all processors: each with worlds of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use testkit::instrument::Fault;

use crate::functions::Requesting;
use crate::matrix::{self, Injection, Total};
use crate::real::{Place, Real, Wants};
use crate::run::Again;
use crate::scenario::Scenario;

/// What is injected at each call on the sandbox. Timers are the machine's there, so no limit on a wait is ever reached: a
/// call that is not answered ends the invocation.
fn injections() -> Vec<Injection> {
    let at_once = Fault::AT_ONCE.into_iter().flat_map(|fault| Again::ALL.map(|again| (fault, again)));
    at_once.chain([(Fault::TimeUpAfter, Again::Redelivered)]).collect()
}

/// The world that this processor is in, if it suits; else another one.
async fn place(held: &mut Option<Arc<Place>>, scenario: &Scenario) -> Arc<Place> {
    let wants = Wants::of(scenario);
    match held {
        Some(place) if place.suits(wants) => place.clone(),
        _ => held.insert(Arc::new(Place::new(wants).await)).clone(),
    }
}

async fn every_point(held: &mut Option<Arc<Place>>, scenario: &Scenario) -> Total {
    fastrand::seed(1);
    let outside = Arc::new(Real::new(place(held, scenario).await, scenario).await);
    let (calls, broken) = matrix::undisturbed(outside, scenario, Requesting::Ours).await;
    let violations = broken.iter().map(|what| format!("{}, undisturbed: {what}", scenario.name)).collect();
    let injections = injections();
    let instrumented = calls.len() * injections.len();
    let mut total = Total { instrumented, violations, ..Total::default() };
    for point in matrix::points(std::slice::from_ref(&calls), &injections) {
        fastrand::seed(1);
        let expected = calls[point.fault_points[0].call];
        let outside = Arc::new(Real::new(place(held, scenario).await, scenario).await);
        let broken = matrix::play(outside, scenario, &point, expected, Requesting::Ours).await;
        if !broken.is_empty() {
            total.violations.push(matrix::line(scenario, &point, expected, &broken));
        }
        total.points += 1;
        total.by_fault.count(&point);
    }
    total
}

/// Plays every point of these scenarios; what each came to, in their order.
pub(crate) fn every_point_of(scenarios: &[Scenario]) -> Vec<Total> {
    let next = AtomicUsize::new(0);
    let totals: Vec<Mutex<Total>> = scenarios.iter().map(|_| Mutex::default()).collect();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut held = None;
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        let Some(scenario) = scenarios.get(number) else { return };
                        let total = every_point(&mut held, scenario).await;
                        println!("crash matrix (sandbox) scenario={:?} {total}", scenario.title());
                        *totals[number].lock().unwrap() = total;
                    }
                });
            });
        }
    });
    totals.into_iter().map(|total| total.into_inner().unwrap()).collect()
}
