//! Running the checker to its end.

use std::io::Write as _;
use std::time::Instant;

use model::{Action, Config, Connector, World};
use stateright::{Checker, HasDiscoveries, Model, Path};

/// What an exploration found.
pub(crate) struct Explored {
    pub(crate) unique: usize,
    /// Promises that do not hold, each with the steps that break it.
    violations: Vec<(&'static str, Vec<String>)>,
    /// What should be possible and was never seen.
    unseen: Vec<&'static str>,
}

impl Explored {
    /// Every promise holds, in a world in which everything happens that the promises are about.
    pub(crate) fn holds(self, least_states: usize) -> Self {
        for (promise, steps) in &self.violations {
            println!("broken: {promise}\n  {}", steps.join("\n  "));
        }
        let broken: Vec<&str> = self.violations.iter().map(|(promise, _)| *promise).collect();
        assert!(broken.is_empty(), "{broken:?}");
        assert!(self.unseen.is_empty(), "never seen: {:?}", self.unseen);
        assert!(self.unique >= least_states, "{} states, where there were {least_states}", self.unique);
        self
    }

    /// The steps that break a promise.
    pub(crate) fn counterexample(&self, promise: &str) -> Option<&[String]> {
        self.violations.iter().find(|(name, _)| *name == promise).map(|(_, steps)| steps.as_slice())
    }
}

/// Explores a world to its last state; nothing is cut off, unless by a broken promise.
pub(crate) fn explore(config: Config) -> Explored {
    explore_until(config, HasDiscoveries::AnyFailures)
}

/// Explores a world until this promise is broken, if it ever is.
pub(crate) fn hunt(config: Config, promise: &'static str) -> Explored {
    explore_until(config, HasDiscoveries::AnyOf([promise].into()))
}

fn explore_until(config: Config, found: HasDiscoveries) -> Explored {
    let began = Instant::now();
    let checker = Connector::new(config).checker().threads(2).finish_when(found).spawn_dfs().join();
    let discoveries = checker.discoveries();
    let (mut violations, mut unseen) = (Vec::new(), Vec::new());
    for promise in checker.model().properties() {
        match (promise.expectation.discovery_is_failure(), discoveries.get(promise.name)) {
            (true, Some(path)) => violations.push((promise.name, steps(path))),
            (false, None) => unseen.push(promise.name),
            _ => {}
        }
    }
    let explored = Explored { unique: checker.unique_state_count(), violations, unseen };
    let line = format!(
        "model search={} visible={} unique_states={} max_depth={} violations={} ({}: functions={} mishaps={}{} recruiter={} \
         moves={} sabotage={:?}, {:.1?})",
        on_off(config.search),
        on_off(config.visible()),
        explored.unique,
        checker.max_depth(),
        explored.violations.len(),
        config.name,
        config.workers,
        config.mishaps,
        if config.only_time_up { " (time up only)" } else { "" },
        config.recruiter,
        config.moves,
        config.sabotage,
        began.elapsed(),
    );
    // Shown though the test passes, unlike what goes through `println!`.
    let _ = writeln!(std::io::stdout().lock(), "\n{line}");
    explored
}

fn steps(path: &Path<World, Action>) -> Vec<String> {
    let shown = |(world, action): (World, Option<Action>)| {
        format!("@{} {action:?} {}", world.offset_s(), world.subject(action.as_ref()))
    };
    path.clone().into_vec().into_iter().map(shown).collect()
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
