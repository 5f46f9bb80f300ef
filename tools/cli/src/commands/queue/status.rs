//! `connector queue status`

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use connector_core::aws::SystemClock;
use connector_core::ports::Clock as _;
use serde::Serialize;

use crate::arguments::queue::Which;
use crate::checks::text;
use crate::dead_letters;
use crate::failure::{CliError, explain};
use crate::queues::{Depth, depth};
use crate::session::{QueueName, Session};
use crate::terminal::{Report, Table, Terminal};

/// How far back CloudWatch is asked; it hears of a queue once a minute while the queue is in use.
const LOOK_BACK: Duration = Duration::from_secs(15 * 60);
const PERIOD_S: i32 = 60;

#[derive(Debug, Serialize)]
struct Line {
    queue: &'static str,
    visible: u64,
    in_flight: u64,
    delayed: u64,
    /// Age of the oldest message in seconds; absent where nobody knows.
    oldest_s: Option<u64>,
    dead: u64,
    dead_oldest_s: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines(Vec<Line>);

impl Report for Lines {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["QUEUE", "WAITING", "IN FLIGHT", "DELAYED", "OLDEST", "DEAD", "OLDEST DEAD"]);
        for line in &self.0 {
            let age = |s: Option<u64>, count: u64| match s {
                _ if count == 0 => String::new(),
                Some(s) => text::span(Duration::from_secs(s)),
                None => "not known".to_owned(),
            };
            table.row([
                &line.queue,
                &line.visible,
                &line.in_flight,
                &line.delayed,
                &age(line.oldest_s, line.visible + line.in_flight + line.delayed),
                &line.dead,
                &age(line.dead_oldest_s, line.dead),
            ]);
        }
        vec![table]
    }
}

/// Shows how many messages each queue holds.
pub(super) async fn status(session: &Session, which: Which, terminal: &Terminal) -> Result<(), CliError> {
    let stack = session.stack().await?;
    let queues = which.queues();
    let mut depths: Vec<(QueueName, Depth, Depth)> = Vec::new();
    for &queue in &queues {
        let (live, dead) =
            futures_util::try_join!(depth(session, stack.queue_url(queue)), depth(session, stack.dlq_url(queue)))?;
        depths.push((queue, live, dead));
    }
    let names: Vec<&str> = depths.iter().flat_map(|(_, live, dead)| [live.name.as_str(), dead.name.as_str()]).collect();
    let ages = ages(session, &names, terminal).await;
    let mut lines = Vec::new();
    for (number, (queue, live, dead)) in depths.iter().enumerate() {
        let age = |place: usize| ages.get(2 * number + place).copied().flatten();
        let dead_oldest_s = match age(1) {
            Some(age) => Some(age),
            // Looking into a dead-letter queue costs nothing; into a live one it costs each message one of its receives.
            None if dead.visible > 0 => oldest_dead(session, *queue).await?,
            None => None,
        };
        lines.push(Line {
            queue: queue.word(),
            visible: live.visible,
            in_flight: live.in_flight,
            delayed: live.delayed,
            oldest_s: age(0).filter(|_| live.total() > 0),
            dead: dead.total(),
            dead_oldest_s,
        });
    }
    let dead: u64 = lines.iter().map(|line| line.dead).sum();
    terminal.report(&Lines(lines))?;
    if dead > 0 {
        terminal.say("`connector queue peek` shows the customers and likely causes of the dead letters");
    }
    Ok(())
}

/// Age of the oldest message of each queue by CloudWatch, in seconds; nothing where it has none.
async fn ages(session: &Session, names: &[&str], terminal: &Terminal) -> Vec<Option<u64>> {
    if session.is_local() {
        // Nothing measures the local run.
        return vec![None; names.len()];
    }
    let query = |(number, name): (usize, &&str)| {
        let dimension = Dimension::builder().name("QueueName").value(*name).build();
        let metric = Metric::builder()
            .namespace("AWS/SQS")
            .metric_name("ApproximateAgeOfOldestMessage")
            .dimensions(dimension)
            .build();
        let stat = MetricStat::builder().metric(metric).period(PERIOD_S).stat("Maximum").build();
        MetricDataQuery::builder().id(format!("q{number}")).metric_stat(stat).build()
    };
    let now = SystemTime::now();
    let answer = session
        .cloudwatch()
        .get_metric_data()
        .set_metric_data_queries(Some(names.iter().enumerate().map(query).collect()))
        .start_time(DateTime::from(now - LOOK_BACK))
        .end_time(DateTime::from(now))
        .scan_by(aws_sdk_cloudwatch::types::ScanBy::TimestampDescending)
        .send()
        .await;
    let answer = match answer.map_err(|error| explain("CloudWatch GetMetricData", &error)) {
        Ok(answer) => answer,
        // The depths are known by now, and worth more than the ages.
        Err(error) => {
            terminal.warn(format!("ages are not known: {}", error.message));
            return vec![None; names.len()];
        }
    };
    let age = |number: usize| {
        let id = format!("q{number}");
        let result = answer.metric_data_results().iter().find(|result| result.id() == Some(&id))?;
        result.values().first().map(|&age| age.max(0.0) as u64)
    };
    (0..names.len()).map(age).collect()
}

/// Age of the oldest dead letter, by looking at up to a hundred of them.
async fn oldest_dead(session: &Session, queue: QueueName) -> Result<Option<u64>, CliError> {
    let url = session.stack().await?.dlq_url(queue);
    let in_flight = dead_letters::receive(session, queue, url, 100, |_| false).await?;
    dead_letters::release(session, url, &in_flight.messages).await?;
    if in_flight.cut {
        // The oldest may be among those that were not seen.
        return Ok(None);
    }
    let oldest = in_flight.messages.iter().filter_map(|dead_letter| dead_letter.sent_at).min();
    Ok(oldest.map(|at| SystemClock.now().since(at).as_secs()))
}
