//! `cargo demo`: the local run and the demo on it.

use std::path::Path;
use std::process::ExitCode;

use local::args::{self, Command, PlayArgs, RunArgs};
use local::demo::journey::{JourneyError, Player, Summary};
use local::demo::seed::{self, SeedError};
use local::demo::{Place, help, resume};
use local::run::LocalRun;
use local::say;

/// What a shell makes of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            say::line(args::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Ok(Command::Play(arguments)) => play(arguments).await,
        Ok(Command::Run(arguments)) => run(arguments).await,
        Err(problem) => Err(format!("{problem}\n\n{}", args::HELP)),
    };
    done.unwrap_or_else(|problem| {
        say::error(&problem);
        ExitCode::FAILURE
    })
}

async fn play(arguments: PlayArgs) -> Result<ExitCode, String> {
    let (variant, patience) = (arguments.variant, arguments.patience);
    let place = Place {
        api: base(&arguments.api),
        aws_endpoint: base(&arguments.aws_endpoint),
        icims: base(&arguments.icims),
        crosschq: base(&arguments.crosschq),
        customers_table: arguments.customers_table,
        secrets_prefix: arguments.secrets_prefix,
    };
    let played = async { Player::set_up(&place, variant).await?.with_patience(patience).play().await };
    match played.await {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(problem) => Err(format!("\nFAILED: {problem}")),
    }
}

/// Paths are put behind it, each with its own slash.
fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

async fn run(arguments: RunArgs) -> Result<ExitCode, String> {
    let started = tokio::select! {
        started = LocalRun::start(&arguments) => started,
        () = stop_asked() => {
            say::error("stopped");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    let run = started.map_err(|problem| problem.to_string())?;
    let place = run.place();
    let logs = run.data().join("logs").display().to_string();
    let done = if arguments.serve {
        let told = if arguments.empty {
            onboarding(&place, run.data()).await
        } else {
            resume::stage(&place, arguments.variant, run.data()).await.map(|(demo, found)| {
                let goes_on = if found {
                    "\nCustomer 1234 goes on as it was left; only addresses follow this run.\n"
                } else {
                    ""
                };
                format!("{goes_on}{}", help::serving(&place, &demo))
            })
        };
        match told {
            Ok(told) => {
                say::line(&told);
                stop_asked().await;
                say::line("stopping");
                Ok(ExitCode::SUCCESS)
            }
            Err(problem) => Err(problem.to_string()),
        }
    } else {
        tokio::select! {
            played = journey(&place, &arguments, run.data()) => match played {
                Ok(_) => match forbidden(&run) {
                    None => Ok(ExitCode::SUCCESS),
                    Some(calls) => Err(format!("\nFAILED: a role forbids what was called: {calls}")),
                },
                Err(problem) => Err(format!("\nFAILED: {problem}\nThe functions' logs are in {logs}")),
            },
            () = stop_asked() => {
                say::error("stopped; --keep goes on from here");
                Ok(ExitCode::from(INTERRUPTED))
            }
        }
    };
    run.down().await;
    done
}

/// What the roles of the template refused: a worker may survive that by trying again, and on AWS it would fail for ever.
fn forbidden(run: &LocalRun) -> Option<String> {
    let calls: Vec<String> = run
        .aws()
        .denied()
        .into_keys()
        .map(|call| format!("{} {} on {}", call.caller, call.action, call.resource))
        .collect();
    (!calls.is_empty()).then(|| calls.join(", "))
}

/// Nothing is put in place for the connector; with `--keep`, what was entered at the vendors follows the run.
async fn onboarding(place: &Place, data: &Path) -> Result<String, SeedError> {
    let vendors = seed::set_vendors_stage(place).await?;
    resume::follow(place, data).await?;
    Ok(help::onboarding(place, &vendors))
}

async fn journey(place: &Place, arguments: &RunArgs, data: &Path) -> Result<Summary, JourneyError> {
    let (demo, _) = resume::stage(place, arguments.variant, data).await?;
    Player::on(place, arguments.variant, demo).with_patience(arguments.patience).play().await
}

/// Ctrl-C, or the signal by which services are stopped.
async fn stop_asked() {
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
