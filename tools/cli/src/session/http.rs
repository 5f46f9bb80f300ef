//! The HTTP client of a person's machine, for AWS and both vendors.

use connector_core::http_client;
use rustls_native_certs::load_native_certs;

use crate::failure::CliError;

/// A client that trusts what this machine trusts, `SSL_CERT_FILE` and `SSL_CERT_DIR` included, and goes through the proxies of
/// the environment. The local run is on this machine, where no proxy is wanted.
///
/// # Errors
/// None that the machine can cause: certificates that cannot be read are passed over.
pub(super) fn client(local: bool) -> Result<reqwest::Client, CliError> {
    let client =
        if local { http_client::client() } else { http_client::client_behind_proxies(load_native_certs().certs) };
    client.map_err(|error| CliError::internal(error.to_string()))
}
