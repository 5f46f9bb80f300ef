//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Error, Parser, ValueExt as _};

use crate::demo::journey::STEP_TIMEOUT;
use crate::demo::{Endpoints, Profile, Push, Variant};

/// Shown by `--help`.
pub const HELP: &str = "\
The local run of the iCIMS connector for Crosschq 360.

  cargo demo                       build, start everything, play the journey of three candidates, stop
  cargo demo --serve               start everything and leave it running, with URLs and curl lines
  cargo demo --serve --empty       the same without a customer: to onboard one with `connector customer add`
  cargo demo play --api URL --aws-endpoint URL --icims URL --crosschq URL
                                   play the journey against a deployment elsewhere

  --profile partner_v1|partner_v2  the Crosschq Partner API that the customer uses (partner_v2)
  --push basic|hmac|oauth|path-secret
                                   how iCIMS authenticates its pushes (basic)
  --gzip on|off                    whether iCIMS compresses its pushes (on)
  --data DIR                       the data directory (target/local/demo, …/serve, …/empty)
  --keep                           demo, --empty: continue with the data of the last run instead of deleting it
  --step-timeout-s N               how long each step of the journey may take (90)
  --log-level LEVEL                the functions' logs: error, warn, info, debug or trace (info)
  --host NAME                      serve: listen on this name of this machine instead of 127.0.0.1, so that Docker's
                                   containers reach it: host.docker.internal (docs/operations/sam-local.md)
  --port N                         serve: HTTP API on N, iCIMS on N+1, Crosschq on N+2, AWS on N+3 (9400)
  --customers-table NAME           play: the customers table (customers)
  --secrets-prefix PREFIX          play: the prefix of the secrets' names (crosschq-connector)
";

/// A parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Print [`HELP`].
    Help,
    /// Start everything; then play the journey and stop, or leave it running.
    Run(RunArgs),
    /// Play the journey against URLs.
    Play(PlayArgs),
}

/// How to start everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArgs {
    /// Leave it running instead of playing the journey.
    pub serve: bool,
    /// Do not seed the connector's customer: only the vendors have one.
    pub empty: bool,
    /// The data directory, `None` for the default one.
    pub data: Option<PathBuf>,
    /// Continue with existing data.
    pub keep: bool,
    /// The name or address of this machine to listen on, `None` for 127.0.0.1.
    pub host: Option<String>,
    /// The first of four ports, `None` for any free ones.
    pub port: Option<u16>,
    /// The functions' log level, `None` for the template's.
    pub log_level: Option<&'static str>,
    /// How long each step of the journey may take.
    pub step_timeout: Duration,
    /// The customer's variant.
    pub variant: Variant,
}

/// Everything on free ports, in the demo's directory, emptied first.
impl Default for RunArgs {
    fn default() -> Self {
        Self {
            serve: false,
            empty: false,
            data: None,
            keep: false,
            host: None,
            port: None,
            log_level: None,
            step_timeout: STEP_TIMEOUT,
            variant: Variant::default(),
        }
    }
}

/// The deployment to play against.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PlayArgs {
    pub endpoints: Endpoints,
    /// How long each step of the journey may take.
    pub step_timeout: Duration,
    pub variant: Variant,
}

const LOG_LEVELS: [(&str, &str); 5] =
    [("error", "error"), ("warn", "warn"), ("info", "info"), ("debug", "debug"), ("trace", "trace")];

/// Parses the arguments after the program's name.
///
/// # Errors
/// An unknown option or value, a missing URL, or an option that does not belong to the command.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut run = RunArgs::default();
    let mut endpoints = Endpoints {
        customers_table: "customers".to_owned(),
        secrets_prefix: "crosschq-connector".to_owned(),
        ..Endpoints::default()
    };
    let (mut play, mut of_run, mut of_play) = (false, None, None);
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let name = match &argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(command) if command == "play" => {
                play = true;
                continue;
            }
            Long(name) => format!("--{name}"),
            _ => return Err(argument.unexpected()),
        };
        match name.as_str() {
            "--profile" => run.variant.profile = choice(&mut parser, &Profile::ALL)?,
            "--push" => run.variant.push = choice(&mut parser, &Push::ALL)?,
            "--gzip" => run.variant.gzip = choice(&mut parser, &[("on", true), ("off", false)])?,
            "--step-timeout-s" => run.step_timeout = Duration::from_secs(parser.value()?.parse()?),
            "--serve" | "--empty" | "--keep" | "--data" | "--host" | "--port" | "--log-level" => {
                match name.as_str() {
                    "--serve" => run.serve = true,
                    "--empty" => run.empty = true,
                    "--keep" => run.keep = true,
                    "--data" => run.data = Some(parser.value()?.into()),
                    "--host" => run.host = Some(parser.value()?.string()?),
                    "--port" => run.port = Some(parser.value()?.parse_with(port)?),
                    _ => run.log_level = Some(choice(&mut parser, &LOG_LEVELS)?),
                }
                of_run = Some(name);
            }
            _ => {
                let text = match name.as_str() {
                    "--api" => &mut endpoints.api,
                    "--aws-endpoint" => &mut endpoints.aws_endpoint,
                    "--icims" => &mut endpoints.icims,
                    "--crosschq" => &mut endpoints.crosschq,
                    "--customers-table" => &mut endpoints.customers_table,
                    "--secrets-prefix" => &mut endpoints.secrets_prefix,
                    _ => return Err(Error::UnexpectedOption(name)),
                };
                // Without the trailing slash: paths that are appended begin with one.
                *text = parser.value()?.string()?.trim_end_matches('/').to_owned();
                of_play = Some(name);
            }
        }
    }
    match (play, of_run, of_play) {
        (true, Some(name), _) => Err(format!("`play` starts nothing: {name} does not belong to it").into()),
        (false, _, Some(name)) => Err(format!("{name} belongs to `play`").into()),
        (true, ..) => {
            let urls = [
                ("--api", &endpoints.api),
                ("--aws-endpoint", &endpoints.aws_endpoint),
                ("--icims", &endpoints.icims),
                ("--crosschq", &endpoints.crosschq),
            ];
            if let Some((name, _)) = urls.iter().find(|(_, url)| url.is_empty()) {
                return Err(format!("`play` needs {name} URL").into());
            }
            Ok(Command::Play(PlayArgs { endpoints, step_timeout: run.step_timeout, variant: run.variant }))
        }
        (false, ..) if run.empty && !run.serve => {
            Err("--empty: requires --serve, since the journey needs a customer".into())
        }
        (false, ..) => Ok(Command::Run(run)),
    }
}

fn choice<T: Copy>(parser: &mut Parser, choices: &[(&str, T)]) -> Result<T, Error> {
    parser.value()?.parse_with(|text| {
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        found.ok_or_else(|| format!("expected one of {}", words.join(", ")))
    })
}

fn port(text: &str) -> Result<u16, String> {
    let port: u16 = text.parse().map_err(|_| "expected a port".to_owned())?;
    if port > u16::MAX - 3 { Err("needs this port and the next three".to_owned()) } else { Ok(port) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_option_reaches_its_place_and_without_arguments_the_demo_is_played() {
        assert_eq!(parsed(""), Ok(Command::Run(RunArgs::default())));
        let variant = Variant { profile: Profile::PartnerV1, push: Push::PathSecret, gzip: false };
        let line = "--serve --empty --profile partner_v1 --push=path-secret --gzip off --port 9000 --host here --log-level trace \
                    --step-timeout-s 5 --data d --keep";
        let expected = RunArgs {
            serve: true,
            empty: true,
            data: Some("d".into()),
            keep: true,
            host: Some("here".to_owned()),
            port: Some(9000),
            log_level: Some("trace"),
            step_timeout: Duration::from_secs(5),
            variant,
        };
        assert_eq!(parsed(line), Ok(Command::Run(expected)));
        let line = "play --api http://a/ --aws-endpoint http://b --icims http://c --crosschq http://d --gzip off";
        let Ok(Command::Play(play)) = parsed(line) else { panic!("not a play") };
        assert_eq!((&*play.endpoints.api, &*play.endpoints.customers_table), ("http://a", "customers"));
        assert!(!play.variant.gzip);
    }

    #[test]
    fn an_invalid_argument_is_an_error_with_its_name() {
        for (line, expected) in [
            ("--gzip maybe", "maybe"),
            ("--push carrier-pigeon", "carrier-pigeon"),
            ("--port 65534", "next three"),
            ("--api http://x", "belongs to `play`"),
            ("play --api http://x", "--aws-endpoint"),
            ("play --serve", "starts nothing"),
            ("--empty", "--serve"),
            ("--log-level loud", "loud"),
            ("play --log-level trace", "--log-level"),
            ("--verbose", "--verbose"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
