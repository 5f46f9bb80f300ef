//! The queues' own numbers.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::failure::{CliError, explain};
use crate::session::Session;

/// How much is in a queue. Approximate, as SQS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// Messages that can be received.
    pub(crate) visible: u64,
    /// Messages that a worker has, or that were put off.
    pub(crate) in_flight: u64,
    /// Messages whose first delivery is delayed.
    pub(crate) delayed: u64,
}

impl Depth {
    pub(crate) fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// How much is in the queue at a URL.
pub(crate) async fn depth(session: &Session, url: &str) -> Result<Depth, CliError> {
    use QueueAttributeName::{
        ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
        QueueArn,
    };
    let wanted = [
        QueueArn,
        ApproximateNumberOfMessages,
        ApproximateNumberOfMessagesNotVisible,
        ApproximateNumberOfMessagesDelayed,
    ];
    let asked = session.sqs().get_queue_attributes().queue_url(url).set_attribute_names(Some(wanted.to_vec()));
    let answer = asked.send().await.map_err(|error| explain("SQS GetQueueAttributes", &error))?;
    let attributes = answer.attributes.unwrap_or_default();
    let number = |name| attributes.get(&name).and_then(|number| number.parse().ok()).unwrap_or(0);
    Ok(Depth {
        name: url.rsplit('/').next().unwrap_or(url).to_owned(),
        arn: attributes.get(&QueueArn).cloned().unwrap_or_default(),
        visible: number(ApproximateNumberOfMessages),
        in_flight: number(ApproximateNumberOfMessagesNotVisible),
        delayed: number(ApproximateNumberOfMessagesDelayed),
    })
}
