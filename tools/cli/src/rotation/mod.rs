//! Rotating one credential of a customer's secret.
//!
//! Nothing is remembered about a rotation: what `AWSCURRENT` and `AWSPREVIOUS` hold differently *is* in rotation, since
//! both are accepted from outside. Confirming takes `AWSPREVIOUS` away; going back swaps the two. A second credential
//! waits until the first is confirmed, for there is room for two versions only and its old value would end unseen.

mod account;
mod credential;
mod live;
mod make;
mod prompt;
mod verify;

pub(crate) use account::{Account, confirm as confirm_account};
pub(crate) use credential::Credential;
pub(crate) use live::Live;
pub(crate) use make::{HandOver, hand_over, made};
pub(crate) use prompt::prompt;
pub(crate) use verify::icims_with;
pub(crate) use verify::verify;
