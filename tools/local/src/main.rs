//! `cargo demo`: the local run and the demo on it.

use std::path::Path;
use std::process::ExitCode;

use local::args::{self, Command, PlayArgs, RunArgs};
use local::console;
use local::demo::journey::{JourneyError, Player, Summary};
use local::demo::seed::{self, SeedError};
use local::demo::{Endpoints, help, resume};
use local::run::LocalRun;

/// The exit code of a program that Ctrl-C ended, by the shells' convention.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            console::print(args::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Ok(Command::Play(arguments)) => play(arguments).await,
        Ok(Command::Run(arguments)) => run(arguments).await,
        Err(problem) => Err(format!("{problem}\n\n{}", args::HELP)),
    };
    done.unwrap_or_else(|problem| {
        console::print_error(&problem);
        ExitCode::FAILURE
    })
}

async fn play(arguments: PlayArgs) -> Result<ExitCode, String> {
    let PlayArgs { endpoints, step_timeout, variant } = arguments;
    let played = async { Player::seeded(&endpoints, variant).await?.with_step_timeout(step_timeout).play().await };
    match played.await {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(problem) => Err(format!("\nFAILED: {problem}")),
    }
}

async fn run(arguments: RunArgs) -> Result<ExitCode, String> {
    let started = tokio::select! {
        started = LocalRun::start(&arguments) => started,
        () = stop_requested() => {
            console::print_error("stopped");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    let run = started.map_err(|problem| problem.to_string())?;
    let endpoints = run.endpoints();
    let logs = run.data().join("logs").display().to_string();
    let done = if arguments.serve {
        let screen = if arguments.empty {
            onboarding(&endpoints, run.data()).await
        } else {
            resume::seed_or_resume(&endpoints, arguments.variant, run.data()).await.map(|(demo, found)| {
                let note =
                    if found { "\nCustomer 1234 is unchanged; only addresses were updated to this run.\n" } else { "" };
                format!("{note}{}", help::serving(&endpoints, &demo))
            })
        };
        match screen {
            Ok(screen) => {
                console::print(&screen);
                stop_requested().await;
                console::print("stopping");
                Ok(ExitCode::SUCCESS)
            }
            Err(problem) => Err(problem.to_string()),
        }
    } else {
        tokio::select! {
            played = journey(&endpoints, &arguments, run.data()) => match played {
                Ok(_) => match denied(&run) {
                    None => Ok(ExitCode::SUCCESS),
                    Some(calls) => Err(format!("\nFAILED: a role does not allow these calls: {calls}")),
                },
                Err(problem) => Err(format!("\nFAILED: {problem}\nThe functions' logs are in {logs}")),
            },
            () = stop_requested() => {
                console::print_error("stopped; --keep continues from here");
                Ok(ExitCode::from(INTERRUPTED))
            }
        }
    };
    run.down().await;
    done
}

/// The calls that the template's roles denied: a journey can pass in spite of them, and on AWS they would always fail.
fn denied(run: &LocalRun) -> Option<String> {
    let calls: Vec<String> = run
        .aws()
        .denied()
        .into_keys()
        .map(|call| format!("{} {} on {}", call.caller, call.action, call.resource))
        .collect();
    (!calls.is_empty()).then(|| calls.join(", "))
}

/// Seeds only the vendors; with `--keep`, what was entered there is updated to the run's addresses.
async fn onboarding(endpoints: &Endpoints, data: &Path) -> Result<String, SeedError> {
    let vendors = seed::seed_vendors(endpoints).await?;
    resume::update_addresses(endpoints, data).await?;
    Ok(help::onboarding(endpoints, &vendors))
}

async fn journey(endpoints: &Endpoints, arguments: &RunArgs, data: &Path) -> Result<Summary, JourneyError> {
    let (demo, _) = resume::seed_or_resume(endpoints, arguments.variant, data).await?;
    Player::new(endpoints, arguments.variant, demo).with_step_timeout(arguments.step_timeout).play().await
}

/// Ctrl-C, or the signal by which services are stopped.
async fn stop_requested() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
