//! Event notifications from iCIMS, as pure functions: decode the bytes, find the customer, prove the sender, read the
//! event; and the token endpoint that some subscriptions ask first (docs/vendors/icims.md §1.4, §2).
//!
//! Order of use: [`Body::decode`], [`customer_of`], (load customer and secrets), [`authenticate`], [`parse`].

mod auth;
mod basic;
mod bearer;
mod body;
mod event;
mod hmac;
mod push;
mod token;
mod verdict;

pub use auth::authenticate;
pub use body::Body;
pub use event::{Event, customer_of, parse};
pub use hmac::sign;
pub use push::Push;
pub use token::{ClientCredentials, TOKEN_LIFETIME_S, TokenAnswer, TokenRefusal, client_of, grant};

#[cfg(test)]
mod testing;
