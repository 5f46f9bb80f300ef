//! `connector check watch`

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use connector_core::domain::{Check, CheckKey, Timestamp};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::timeline::{self, Moment};
use crate::arguments::check::Watch;
use crate::checks::index::{Pages, Span};
use crate::checks::{Services, items, label, text};
use crate::failure::{CliError, Kind};
use crate::records::customers;
use crate::session::Session;
use crate::terminal::Terminal;

/// The shortest and the longest wait between two looks; nothing new makes it longer.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// Checks of a customer that ended longer ago than this have said all they have to say.
const RECENT: Duration = Duration::from_secs(86_400);
/// Longer than this no reference request stays open.
const ORDERED_WITHIN: Duration = Duration::from_secs(90 * 86_400);

#[derive(Debug, Serialize)]
struct Line<'a> {
    check: &'a str,
    #[serde(flatten)]
    moment: &'a Moment,
}

/// What was told of a check so far.
#[derive(Debug, Default)]
struct Seen {
    version: u64,
    /// The last entry that was told, and how many bear its moment: a long history is thinned in its middle.
    last: Option<(Timestamp, usize)>,
}

/// Follows checks.
///
/// # Errors
/// If there is no such check or customer, or AWS does not answer.
pub(super) async fn watch(session: &Session, which: &Watch, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let until = which.at_most.map(|span| Instant::now() + span);
    let mut seen: HashMap<CheckKey, Seen> = HashMap::new();
    let mut wait = WAITS.0;
    // Of a customer, what is new from now on is told; of one check, all of it.
    let mut silent = which.check.is_none();
    loop {
        let looked = match (&which.check, &which.customer) {
            (Some(name), _) => services.find(name).await.map(|check| vec![check]),
            (None, Some(id)) => recent(session, id, services.now()).await,
            (None, None) => return Err(CliError::input("neither a check nor --customer is given")),
        };
        let checks = match looked {
            Ok(checks) => checks,
            // A busy moment ends no watch that has begun.
            Err(busy) if busy.kind == Kind::Busy && !seen.is_empty() => {
                terminal.warn(&busy.message);
                Vec::new()
            }
            // An order that was just accepted waits in its queue.
            Err(none) if none.kind == Kind::NotFound && which.until.is_some() => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut news = false;
        for check in &checks {
            let seen = seen.entry(check.key.clone()).or_default();
            if seen.version == check.version {
                continue;
            }
            if !silent {
                news |= print_news(session, terminal, check, seen).await?;
            }
            seen.note(check);
        }
        silent = false;
        if let ([check], Some(_)) = (checks.as_slice(), &which.check)
            && !check.needs_sync()
        {
            let stands = if check.is_over() { "has ended:" } else { "is" };
            let stands = format!("{} {stands} {}", label(&check.key), text::state(check.state()));
            let reached = which.until == Some(check.state());
            if reached || (check.is_over() && which.until.is_none()) {
                terminal.done(stands);
                return Ok(());
            }
            if check.is_over() {
                return Err(CliError::findings(stands));
            }
        }
        wait = if news { WAITS.0 } else { (wait * 3 / 2).min(WAITS.1) };
        match until.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) if which.until.is_some() => {
                return Err(CliError::findings("the time is over, and the check is not in that state")
                    .fix("look at it with `connector check show`"));
            }
            Some(Duration::ZERO) => {
                terminal.say("the time is over; nothing more is followed");
                return Ok(());
            }
            Some(left) => sleep(wait.min(left)).await,
            None => sleep(wait).await,
        }
    }
}

async fn recent(
    session: &Session,
    id: &connector_core::domain::CustomerId,
    now: Timestamp,
) -> Result<Vec<Check>, CliError> {
    let id = customers::load(session, id).await?.id;
    let ago = |span: Duration| Timestamp::from_ms(now.ms() - i64::try_from(span.as_millis()).unwrap_or(0));
    let span = Span { from: Some(ago(ORDERED_WITHIN)), until: None };
    let listed = Pages::of(session, &id, span).rest().await?;
    let keys: Vec<CheckKey> = listed
        .into_iter()
        .filter(|listed| listed.may_go_on() || listed.updated_at >= ago(RECENT))
        .map(|listed| listed.key)
        .collect();
    let (mut checks, _) = items::load_readable(session, &keys).await?;
    checks.sort_by_key(|check| check.timing.updated_at);
    Ok(checks)
}

/// Prints what is new of a check; `false` if it is nothing.
async fn print_news(session: &Session, terminal: &Terminal, check: &Check, seen: &Seen) -> Result<bool, CliError> {
    let new = seen.news_of(check);
    if new.is_empty() {
        return Ok(false);
    }
    let operators: BTreeMap<String, String> = timeline::operators(session, check).await?;
    let name = label(&check.key);
    for entry in new {
        let moment = Moment::of(entry, &operators);
        if terminal.is_json() {
            terminal.line(&Line { check: &name, moment: &moment })?;
        } else {
            terminal.print(&format!("{}  {name}  {}  {}", text::moment(moment.moment), moment.who(), moment.text))?;
        }
    }
    Ok(true)
}

impl Seen {
    fn news_of<'a>(&self, check: &'a Check) -> &'a [connector_core::domain::HistoryEntry] {
        let Some((at, count)) = self.last else { return check.history() };
        let before = check.history().iter().filter(|entry| entry.at < at).count();
        check.history().get(before + count..).unwrap_or_default()
    }

    fn note(&mut self, check: &Check) {
        self.version = check.version;
        self.last = check
            .history()
            .last()
            .map(|last| (last.at, check.history().iter().filter(|entry| entry.at == last.at).count()));
    }
}
