//! The binary `connector`: everything is in the library, so that its tests can name it.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    connector_cli::run(std::env::args_os()).await
}
