//! AWS as far as the connector needs it, on this machine: DynamoDB (the dynoxide engine), SQS and Secrets Manager; and,
//! for operators who look at what is deployed, what CloudFormation, Lambda, EventBridge and CloudWatch tell of the stack
//! that was made here. All behind one HTTP endpoint, which tells them apart by target, form, path or encoding.
//!
//! Clients make everything over the AWS protocols: `CreateTable`, `CreateQueue`, `CreateSecret`. Region `us-east-1`,
//! account `000000000000`; signatures are not verified, but whoever signs with an access key id that was given a policy
//! is held to it. Everything that was answered survives the killing of the
//! process. What is stored, secret values included, lies unencrypted in the data directory: it is meant for a sandbox's
//! values only.
//!
//! Beside AWS there is a switchboard for tests under `/__local/`: see the [`control`] module.

mod asked;
mod backups;
mod cbor;
mod clock;
mod cloudformation;
mod cloudwatch;
pub mod control;
mod deployed;
mod dynamodb;
mod endpoint;
mod events;
mod faults;
mod functions;
mod needs;
mod policy;
mod query;
mod secrets;
mod server;
mod sqs;
mod storage;
mod sts;
mod upstream;
mod wire;

pub use policy::Call;
pub use server::{AwsOptions, AwsServer, StartError};

/// The region of every ARN that the local endpoint gives out.
pub const REGION: &str = "us-east-1";

/// The account of every ARN and queue URL that the local endpoint gives out.
pub const ACCOUNT_ID: &str = "000000000000";
