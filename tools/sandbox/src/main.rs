//! The sandbox as a program: `SANDBOX=1 sandbox --icims-port 7001 --crosschq-port 7002 [--state FILE] [--demo]`.

use std::io::Write as _;
use std::process::ExitCode;

use sandbox::{Sandbox, SandboxOptions};

const USAGE: &str = "\
A fake iCIMS and a fake Crosschq on 127.0.0.1, with a control plane under /__sandbox/.

Usage: SANDBOX=1 sandbox [--icims-port PORT] [--crosschq-port PORT] [--state FILE] [--demo]

  --icims-port PORT      port of the fake iCIMS (default 7001; 0 takes a free one)
  --crosschq-port PORT   port of the fake Crosschq (default 7002; 0 takes a free one)
  --state FILE           keep the state in FILE across restarts
  --demo                 build the demo world, unless the state has a customer already
  --help                 this text

It starts only with SANDBOX=1 in the environment, so that nothing real can start it by accident.
";

struct Arguments {
    options: SandboxOptions,
    demo: bool,
}

/// `None` for `--help`.
fn parse() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = SandboxOptions { host: None, icims_port: 7001, crosschq_port: 7002, state: None };
    let mut demo = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("icims-port") => options.icims_port = parser.value()?.parse()?,
            Long("crosschq-port") => options.crosschq_port = parser.value()?.parse()?,
            Long("state") => options.state = Some(parser.value()?.into()),
            Long("demo") => demo = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(Arguments { options, demo }))
}

fn print(text: &str) {
    // Without a terminal there is nowhere to report that.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn print_error(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "sandbox: {text}");
    ExitCode::from(2)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(wrong) => return print_error(&format!("{wrong}; see --help")),
    };
    if std::env::var("SANDBOX").as_deref() != Ok("1") {
        return print_error("refusing to start without SANDBOX=1 in the environment");
    }
    let sandbox = match Sandbox::start(arguments.options).await {
        Ok(sandbox) => sandbox,
        Err(why) => return print_error(&why.to_string()),
    };
    if arguments.demo
        && let Err(why) = sandbox.control().ensure_demo().await
    {
        return print_error(&why.to_string());
    }
    print(&format!("iCIMS     {}", sandbox.icims_url()));
    print(&format!("Crosschq  {}", sandbox.crosschq_url()));
    print(&format!("control   {}/__sandbox/", sandbox.icims_url()));
    // Ends by Ctrl-C or kill; every change is on disk by then.
    let _ = tokio::signal::ctrl_c().await;
    ExitCode::SUCCESS
}
