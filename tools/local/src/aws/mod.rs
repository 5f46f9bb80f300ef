//! The AWS services that the connector needs, on this machine: DynamoDB (the dynoxide engine), SQS and Secrets Manager;
//! and, for operators, CloudFormation's description of the local stack and STS. One HTTP endpoint routes by target or
//! form.
//!
//! Clients create everything over the AWS protocols: `CreateTable`, `CreateQueue`, `CreateSecret`. Region `us-east-1`,
//! account `000000000000`; signatures are not verified, but the policy of the signing access key id is enforced. A call
//! that was acknowledged survives the death of the process. Data, secret values included, is stored unencrypted in the
//! data directory: use a sandbox's values only.
//!
//! `/__local/` is the control plane for tests: see the [`control`] module.

mod clock;
mod cloudformation;
pub mod control;
mod deployed;
mod dynamodb;
mod endpoint;
mod faults;
mod permissions;
mod policy;
mod query;
mod request;
mod secrets;
mod server;
mod sqs;
mod storage;
mod sts;
mod upstream;
mod wire;

pub use policy::Call;
pub use server::{AwsOptions, AwsServer, StartError};

/// The region of every ARN of the local endpoint.
pub const REGION: &str = "us-east-1";

/// The account of every ARN and queue URL of the local endpoint.
pub const ACCOUNT_ID: &str = "000000000000";
