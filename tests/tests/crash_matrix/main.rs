//! The crash matrix: every side effect of every flow, numbered; at each a process that ends before it, a process that ends
//! after it, and a reply that is lost; each redelivered, delivered twice at once, and delivered late. After each, the
//! flow runs to quiet and the invariants are checked.

mod fakes;
mod functions;
mod in_process;
mod invariants;
mod matrix;
mod naive;
mod outside;
mod run;
mod scenario;

use functions::Requesting;

#[test]
fn thin() {
    let total = matrix::in_process(&scenario::all(), Requesting::Ours);
    println!("{total}");
    assert_eq!(total.points, total.instrumented);
    assert_eq!(total.violations.len(), 0);
}
