//! The binary `connector`: everything is in the library, so that its tests can name it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(connector_cli::run(std::env::args_os()));
    // After Ctrl-C at a prompt somebody still waits for the line; the process does not.
    runtime.shutdown_background();
    code
}
