//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::ValueExt as _;

use crate::demo::journey::PATIENCE;
use crate::demo::{Profile, Push, Variant};

/// Shown by `--help`.
pub const HELP: &str = "\
The local run of the iCIMS connector for Crosschq 360.

  cargo demo                       build, start everything, play the journey of three candidates, stop
  cargo demo --serve               start everything and leave it running, with URLs and curl lines
  cargo demo --serve --empty       the same with no customer: for `connector customer add`, from nothing
  cargo demo play --api URL --aws-endpoint URL --icims URL --crosschq URL
                                   play the journey against what runs elsewhere

  --profile partner_v1|partner_v2  which Crosschq Partner API the customer uses (partner_v2)
  --push basic|hmac|oauth|path-secret
                                   how iCIMS authenticates its pushes (basic)
  --gzip on|off                    whether iCIMS compresses its pushes (on)
  --data DIR                       where the data lives (target/local/demo, …/serve, …/empty)
  --keep                           demo, --empty: go on with the data of the last run instead of emptying DIR first
  --patience-s N                   how long each step of the journey may take (90)
  --log-level LEVEL                the functions' logs: error, warn, info, debug or trace (info)
  --port N                         serve: HTTP API on N, iCIMS on N+1, Crosschq on N+2, AWS on N+3 (9400)
  --customers-table NAME           play: the table of the customers (customers)
  --secrets-prefix PREFIX          play: what the secrets' names begin with (crosschq-connector)
";

/// What to do.
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
    /// Begin with no customer of the connector: the vendors have theirs, and whoever runs it onboards it.
    pub empty: bool,
    /// The data directory, where not the usual one.
    pub data: Option<PathBuf>,
    /// Go on with existing data.
    pub keep: bool,
    /// First of four ports; any free ones where absent.
    pub port: Option<u16>,
    /// The functions' log level, where not the template's.
    pub log_level: Option<LogLevel>,
    /// How long each step of the journey may take.
    pub patience: Duration,
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
            port: None,
            log_level: None,
            patience: PATIENCE,
            variant: Variant::default(),
        }
    }
}

/// What the functions log at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What needs a person.
    Error,
    /// And what is tried again.
    Warn,
    /// And what is done.
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Reads the command line's word.
    ///
    /// # Errors
    /// Another word.
    pub fn parse(text: &str) -> Result<Self, String> {
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace]
            .into_iter()
            .find(|level| level.word() == text)
            .ok_or_else(|| format!("{text:?} is none of error, warn, info, debug, trace"))
    }

    /// The template's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Where to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayArgs {
    /// Base of the HTTP API.
    pub api: String,
    /// The AWS endpoint.
    pub aws_endpoint: String,
    /// Base of the sandbox's iCIMS.
    pub icims: String,
    /// Base of the sandbox's Crosschq.
    pub crosschq: String,
    /// The customers' table.
    pub customers_table: String,
    /// What the secrets' names begin with.
    pub secrets_prefix: String,
    /// How long each step of the journey may take.
    pub patience: Duration,
    /// The customer's variant.
    pub variant: Variant,
}

/// Parses the arguments after the program's name.
///
/// # Errors
/// An unknown option or value, a missing URL, or an option that does not belong to the command.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};

    let mut given = Given::default();
    let mut play = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(command) if command == "play" => play = true,
            Long("serve") => given.serve = true,
            Long("empty") => given.empty = true,
            Long("keep") => given.keep = true,
            Long("data") => given.data = Some(parser.value()?.into()),
            Long("log-level") => given.log_level = Some(parser.value()?.parse_with(LogLevel::parse)?),
            Long("patience-s") => given.patience = Some(Duration::from_secs(parser.value()?.parse()?)),
            Long("port") => given.port = Some(parser.value()?.parse()?),
            Long("profile") => given.variant.profile = parser.value()?.parse_with(Profile::parse)?,
            Long("push") => given.variant.push = parser.value()?.parse_with(Push::parse)?,
            Long("gzip") => given.variant.gzip = parser.value()?.parse_with(on_or_off)?,
            Long("api") => given.api = Some(parser.value()?.string()?),
            Long("aws-endpoint") => given.aws_endpoint = Some(parser.value()?.string()?),
            Long("icims") => given.icims = Some(parser.value()?.string()?),
            Long("crosschq") => given.crosschq = Some(parser.value()?.string()?),
            Long("customers-table") => given.customers_table = Some(parser.value()?.string()?),
            Long("secrets-prefix") => given.secrets_prefix = Some(parser.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    if play { given.play() } else { given.run() }
}

#[derive(Default)]
struct Given {
    serve: bool,
    empty: bool,
    keep: bool,
    data: Option<PathBuf>,
    port: Option<u16>,
    log_level: Option<LogLevel>,
    patience: Option<Duration>,
    variant: Variant,
    api: Option<String>,
    aws_endpoint: Option<String>,
    icims: Option<String>,
    crosschq: Option<String>,
    customers_table: Option<String>,
    secrets_prefix: Option<String>,
}

impl Given {
    fn run(self) -> Result<Command, lexopt::Error> {
        let urls = [&self.api, &self.aws_endpoint, &self.icims, &self.crosschq];
        if urls.iter().any(|url| url.is_some()) || self.customers_table.is_some() || self.secrets_prefix.is_some() {
            return Err("URLs and names belong to `play`".into());
        }
        if self.port.is_some_and(|port| port > u16::MAX - 3) {
            return Err("--port: four ports are needed from there on".into());
        }
        if self.empty && !self.serve {
            return Err("--empty: there is nothing to play without a customer; it belongs to --serve".into());
        }
        Ok(Command::Run(RunArgs {
            serve: self.serve,
            empty: self.empty,
            data: self.data,
            keep: self.keep,
            port: self.port,
            log_level: self.log_level,
            patience: self.patience.unwrap_or(PATIENCE),
            variant: self.variant,
        }))
    }

    fn play(self) -> Result<Command, lexopt::Error> {
        if self.serve
            || self.empty
            || self.keep
            || self.data.is_some()
            || self.port.is_some()
            || self.log_level.is_some()
        {
            return Err(
                "`play` starts nothing: --serve, --empty, --keep, --data, --port and --log-level do not belong to it"
                    .into(),
            );
        }
        let url = |url: Option<String>, name: &str| url.ok_or_else(|| format!("`play` needs {name} URL"));
        Ok(Command::Play(PlayArgs {
            api: url(self.api, "--api")?,
            aws_endpoint: url(self.aws_endpoint, "--aws-endpoint")?,
            icims: url(self.icims, "--icims")?,
            crosschq: url(self.crosschq, "--crosschq")?,
            customers_table: self.customers_table.unwrap_or_else(|| "customers".to_owned()),
            secrets_prefix: self.secrets_prefix.unwrap_or_else(|| "crosschq-connector".to_owned()),
            patience: self.patience.unwrap_or(PATIENCE),
            variant: self.variant,
        }))
    }
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("{other:?} is neither on nor off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_arguments_the_demo_is_played() {
        let Ok(Command::Run(run)) = parsed("") else { panic!("not a run") };
        assert!(!run.serve && !run.keep);
        assert_eq!(run.variant, Variant { profile: Profile::PartnerV2, push: Push::Basic, gzip: true });
    }

    #[test]
    fn the_variant_is_chosen_by_options() {
        let Ok(Command::Run(run)) = parsed("--serve --profile partner_v1 --push=path-secret --gzip off --port 9000")
        else {
            panic!("not a run")
        };
        assert_eq!(run.variant, Variant { profile: Profile::PartnerV1, push: Push::PathSecret, gzip: false });
        assert_eq!((run.serve, run.port), (true, Some(9000)));
    }

    #[test]
    fn only_a_serving_run_can_be_without_a_customer() {
        let Ok(Command::Run(run)) = parsed("--serve --empty") else { panic!("not a run") };
        assert!(run.serve && run.empty && !run.keep);
    }

    #[test]
    fn logs_and_patience_are_the_usual_ones_unless_told_otherwise() {
        let Ok(Command::Run(run)) = parsed("") else { panic!("not a run") };
        assert_eq!((run.log_level, run.patience), (None, PATIENCE));
        let Ok(Command::Run(run)) = parsed("--log-level trace --patience-s 5") else { panic!("not a run") };
        assert_eq!((run.log_level, run.patience), (Some(LogLevel::Trace), Duration::from_secs(5)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_name() {
        for (line, expected) in [
            ("--gzip maybe", "maybe"),
            ("--push carrier-pigeon", "carrier-pigeon"),
            ("--port 65534", "four ports"),
            ("--api http://x", "belong to `play`"),
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
