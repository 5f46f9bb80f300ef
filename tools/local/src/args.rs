//! The command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::demo::journey::STEP_TIMEOUT;
use crate::demo::{Profile, Push, Variant};

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
    pub api: String,
    pub aws_endpoint: String,
    /// Base of the sandbox's iCIMS.
    pub icims: String,
    /// Base of the sandbox's Crosschq.
    pub crosschq: String,
    pub customers_table: String,
    pub secrets_prefix: String,
    /// How long each step of the journey may take.
    pub step_timeout: Duration,
    pub variant: Variant,
}

const FLAGS: [&str; 3] = ["serve", "empty", "keep"];
/// The options with a value that belong to a run, to `play`, and to both.
const RUN: [&str; 3] = ["data", "port", "log-level"];
const PLAY: [&str; 6] = ["api", "aws-endpoint", "icims", "crosschq", "customers-table", "secrets-prefix"];
const BOTH: [&str; 4] = ["profile", "push", "gzip", "step-timeout-s"];
const LOG_LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// Parses the arguments after the program's name.
///
/// # Errors
/// An unknown option or value, a missing URL, or an option that does not belong to the command.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};

    let mut options = Options::default();
    let mut play = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let name = match &argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(command) if command == "play" => {
                play = true;
                continue;
            }
            Long(name) => [&FLAGS[..], &RUN, &PLAY, &BOTH].concat().into_iter().find(|known| known == name),
            _ => None,
        };
        let Some(name) = name else { return Err(argument.unexpected()) };
        let value = if FLAGS.contains(&name) { OsString::new() } else { parser.value()? };
        options.0.insert(name, value);
    }
    if play { options.play() } else { options.run() }
}

/// The options as given, by name.
#[derive(Default)]
struct Options(BTreeMap<&'static str, OsString>);

impl Options {
    fn run(self) -> Result<Command, lexopt::Error> {
        if PLAY.iter().any(|name| self.has(name)) {
            return Err("URLs and names belong to `play`".into());
        }
        let port: Option<u16> = self.parsed("port", str::parse)?;
        if port.is_some_and(|port| port > u16::MAX - 3) {
            return Err("--port: needs this port and the next three".into());
        }
        if self.has("empty") && !self.has("serve") {
            return Err("--empty: requires --serve, since the journey needs a customer".into());
        }
        Ok(Command::Run(RunArgs {
            serve: self.has("serve"),
            empty: self.has("empty"),
            data: self.0.get("data").map(PathBuf::from),
            keep: self.has("keep"),
            port,
            log_level: self.choice("log-level", &LOG_LEVELS.map(|level| (level, level)))?,
            step_timeout: self.step_timeout()?,
            variant: self.variant()?,
        }))
    }

    fn play(self) -> Result<Command, lexopt::Error> {
        if let Some(name) = FLAGS.iter().chain(&RUN).find(|name| self.has(name)) {
            return Err(format!("`play` starts nothing: --{name} does not belong to it").into());
        }
        let url = |name: &str| -> Result<String, lexopt::Error> {
            self.text(name)?.ok_or_else(|| format!("`play` needs --{name} URL").into())
        };
        Ok(Command::Play(PlayArgs {
            api: url("api")?,
            aws_endpoint: url("aws-endpoint")?,
            icims: url("icims")?,
            crosschq: url("crosschq")?,
            customers_table: self.text("customers-table")?.unwrap_or_else(|| "customers".to_owned()),
            secrets_prefix: self.text("secrets-prefix")?.unwrap_or_else(|| "crosschq-connector".to_owned()),
            step_timeout: self.step_timeout()?,
            variant: self.variant()?,
        }))
    }

    fn variant(&self) -> Result<Variant, lexopt::Error> {
        let default = Variant::default();
        Ok(Variant {
            profile: self.choice("profile", &Profile::ALL)?.unwrap_or(default.profile),
            push: self.choice("push", &Push::ALL)?.unwrap_or(default.push),
            gzip: self.choice("gzip", &[("on", true), ("off", false)])?.unwrap_or(default.gzip),
        })
    }

    fn step_timeout(&self) -> Result<Duration, lexopt::Error> {
        Ok(self.parsed("step-timeout-s", str::parse)?.map_or(STEP_TIMEOUT, Duration::from_secs))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn text(&self, name: &str) -> Result<Option<String>, lexopt::Error> {
        self.parsed(name, |text| Ok::<_, std::convert::Infallible>(text.to_owned()))
    }

    fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, lexopt::Error> {
        self.parsed(name, |text| {
            let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            found.ok_or_else(|| format!("expected one of {}", words.join(", ")))
        })
    }

    fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, lexopt::Error> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| format!("--{name}: the value is not UTF-8"))?;
        parse(text).map(Some).map_err(|problem| format!("--{name} {text}: {problem}").into())
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
    fn only_a_serving_run_can_be_empty() {
        let Ok(Command::Run(run)) = parsed("--serve --empty") else { panic!("not a run") };
        assert!(run.serve && run.empty && !run.keep);
    }

    #[test]
    fn log_level_and_step_timeout_have_defaults() {
        let Ok(Command::Run(run)) = parsed("") else { panic!("not a run") };
        assert_eq!((run.log_level, run.step_timeout), (None, STEP_TIMEOUT));
        let Ok(Command::Run(run)) = parsed("--log-level trace --step-timeout-s 5") else { panic!("not a run") };
        assert_eq!((run.log_level, run.step_timeout), (Some("trace"), Duration::from_secs(5)));
    }

    #[test]
    fn an_invalid_argument_is_an_error_with_its_name() {
        for (line, expected) in [
            ("--gzip maybe", "maybe"),
            ("--push carrier-pigeon", "carrier-pigeon"),
            ("--port 65534", "next three"),
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
