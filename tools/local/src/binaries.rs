//! Builds the function packages with cargo, in the profile and target directory of the running program. Cargo's progress
//! goes to standard error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Why there are no executables.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be started.
    #[error("cannot run cargo: {0}")]
    Cargo(#[from] std::io::Error),
    /// Cargo failed and printed its errors.
    #[error("cargo build failed ({0})")]
    Failed(std::process::ExitStatus),
    /// A package has no binary of its name.
    #[error("package {0} has no binary of its name")]
    Missing(String),
}

/// The workspace this program was built from.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Builds `packages` and returns the executable of each, by name.
///
/// # Errors
/// Every variant of [`BuildError`].
pub async fn build(packages: &[&str]) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.arg("build").arg("--message-format=json-render-diagnostics").arg("--manifest-path");
    command.arg(workspace_root().join("Cargo.toml"));
    // By binary, like `cargo demo` and `cargo test`: a package alone has other features of its dependencies, and all would be
    // compiled again.
    for package in packages {
        command.args(["--bin", package]);
    }
    if let Some((target_dir, profile)) = own_target() {
        command.arg("--target-dir").arg(target_dir).args(["--profile", &profile]);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut executables = BTreeMap::new();
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            let message: Value = serde_json::from_str(&line).unwrap_or_default();
            if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
                executables.insert(name.to_owned(), PathBuf::from(path));
            }
        }
    }
    let status = child.wait().await?;
    if !status.success() {
        return Err(BuildError::Failed(status));
    }
    match packages.iter().find(|package| !executables.contains_key(**package)) {
        Some(missing) => Err(BuildError::Missing((*missing).to_owned())),
        None => Ok(executables),
    }
}

/// Variables that `cargo run` and `cargo test` set. Passed on, they would make build scripts (ring's, for one) run again, and
/// TLS would be recompiled at every change between this and a plain build.
fn set_by_cargo_run(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| name.starts_with(start))
        || matches!(name, "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
}

/// Target directory and profile from the path of the running program: `<target>/<profile>/local`, or
/// `<target>/<profile>/deps/<test>`.
fn own_target() -> Option<(PathBuf, String)> {
    let program = std::env::current_exe().ok()?;
    let mut directory = program.parent()?;
    if directory.ends_with("deps") {
        directory = directory.parent()?;
    }
    let profile = match directory.file_name()?.to_str()? {
        "debug" => "dev",
        other => other,
    };
    let target_dir = directory.parent()?;
    // Otherwise (an installed program), cargo's defaults apply.
    target_dir.join(".rustc_info.json").is_file().then(|| (target_dir.to_path_buf(), profile.to_owned()))
}
