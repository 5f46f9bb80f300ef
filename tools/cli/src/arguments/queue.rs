//! `connector queue …`

use clap::{Args, Subcommand};

use crate::session::QueueName;

/// What can be done with the queues.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show how many messages wait, are in flight or delayed, the oldest one's age, and the dead letters.
    #[command(after_help = "Example:\n  connector queue status --output json")]
    Status(Which),
    /// Show dead letters with customer and likely cause; they stay where they are.
    #[command(
        after_help = "Examples:\n  connector queue peek\n  connector queue peek --queue icims-updates --limit 50"
    )]
    Peek(Peek),
    /// Redrive dead letters to their queue: all of them, or one.
    #[command(after_help = "Examples:\n  connector queue redrive --dry-run\n  connector queue redrive --rate 5\n  \
        connector queue redrive --queue icims-updates --message-id 0f9d…\n\nFix the cause first (`connector queue peek` \
        shows it). What is already done is not done again.")]
    Redrive(Redrive),
}

/// Which queues.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Which {
    /// Only this queue; all three otherwise.
    #[arg(long, value_enum, value_name = "QUEUE")]
    pub(crate) queue: Option<QueueName>,
}

impl Which {
    /// The queues that are meant.
    pub(crate) fn queues(self) -> Vec<QueueName> {
        self.queue.map_or_else(|| QueueName::ALL.to_vec(), |queue| vec![queue])
    }
}

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct Peek {
    /// Which queues.
    #[command(flatten)]
    pub(crate) which: Which,
    /// At most this many per queue.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
}

/// What to redrive.
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// Which queues.
    #[command(flatten)]
    pub(crate) which: Which,
    /// Only this message, as `connector queue peek` names it.
    #[arg(long, value_name = "ID")]
    pub(crate) message_id: Option<String>,
    /// At most this many messages per second; at AWS's own pace otherwise.
    #[arg(long, value_name = "N", conflicts_with = "message_id", value_parser = clap::value_parser!(i32).range(1..=500))]
    pub(crate) rate: Option<i32>,
    /// Only show what would be redriven.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
