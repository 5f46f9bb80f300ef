//! Every variant of the demo, played once by the program itself for all tests that look at what came of it.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use crate::process::{Run, START};

/// The customer's variants: profile, push authentication, compression.
const VARIANTS: [[&str; 3]; 6] = [
    ["partner_v2", "basic", "on"],
    ["partner_v1", "hmac", "on"],
    ["partner_v1", "oauth", "off"],
    ["partner_v2", "hmac", "off"],
    ["partner_v2", "oauth", "on"],
    ["partner_v2", "path-secret", "off"],
];

/// A demo that is over.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) variant: [&'static str; 3],
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
    /// What it left on the disk.
    pub(crate) data: PathBuf,
}

/// Plays them, two at a time; the functions log everything they can.
pub(crate) async fn played() -> &'static [Played] {
    static PLAYED: OnceCell<Vec<Played>> = OnceCell::const_new();
    PLAYED
        .get_or_init(async || {
            let two = Arc::new(Semaphore::new(2));
            let mut playing = JoinSet::new();
            for variant in VARIANTS {
                let two = Arc::clone(&two);
                playing.spawn(async move {
                    let _turn = two.acquire().await.unwrap();
                    play(variant).await
                });
            }
            playing.join_all().await
        })
        .await
}

async fn play(variant: [&'static str; 3]) -> Played {
    // Beside the build, where it may stay for whoever reads a failed test; the demo empties it first.
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole_run").join(variant.join("-"));
    let [profile, push, gzip] = variant;
    let place = data.to_str().unwrap();
    let arguments = ["--profile", profile, "--push", push, "--gzip", gzip, "--data", place, "--log-level", "trace"];
    let mut run = Run::start(&arguments).await;
    let status = run.ended(START).await;
    Played { variant, status, said: run.all_said().await, data }
}
