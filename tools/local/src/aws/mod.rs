//! AWS as far as the connector needs it, on this machine: DynamoDB (the dynoxide engine), SQS and Secrets Manager,
//! all behind one HTTP endpoint that tells them apart by `X-Amz-Target`, as the AWS SDKs send it.
//!
//! Clients make everything over the AWS protocols: `CreateTable`, `CreateQueue`, `CreateSecret`. Region `us-east-1`,
//! account `000000000000`; signatures are not verified, but whoever signs with an access key id that was given a policy
//! is held to it. Everything that was answered survives the killing of the
//! process. What is stored, secret values included, lies unencrypted in the data directory: it is meant for a sandbox's
//! values only.
//!
//! Beside AWS there is a switchboard for tests under `/__local/`: see the [`control`] module.

mod clock;
pub mod control;
mod dynamodb;
mod faults;
mod needs;
mod policy;
mod secrets;
mod server;
mod sqs;
mod storage;
mod sts;
mod wire;

pub use policy::Call;
pub use server::{AwsOptions, AwsServer, StartError};

/// The region of every ARN that the local endpoint gives out.
pub const REGION: &str = "us-east-1";

/// The account of every ARN and queue URL that the local endpoint gives out.
pub const ACCOUNT_ID: &str = "000000000000";
