//! The edge of the webhooks: the one place that turns a failure into an HTTP status, and their time.

use std::time::Duration;

use http::StatusCode;

use crate::failure::Failure;

/// How long a webhook works on one request. Its function is stopped after 10 s, and its sender would learn nothing. All that
/// an order waits for, one after the other, fits in: see `tests/template/functions.rs`.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(9);

/// Drops the work on a request when its time is up, while there still is time to answer.
///
/// # Errors
/// What the work fails with, and [`Failure::Retry`] if it takes too long. What it did until then may be done.
pub async fn in_time<T, E: From<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    match tokio::time::timeout(ANSWER_WITHIN, work).await {
        Ok(done) => done,
        Err(_) => Err(Failure::retry("the request's time is up").into()),
    }
}

/// The status for a failure, as the ATS understands statuses (docs/vendors/icims.md §5.4): 503 comes again, 400 a
/// person can fix, 500 needs the help desk.
pub fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Retry { .. } | Failure::Unconfirmed { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Permanent(_) | Failure::Poison { .. } | Failure::DamagedBody => StatusCode::BAD_REQUEST,
        Failure::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
        Failure::UnknownPath => StatusCode::NOT_FOUND,
        Failure::CredentialsRefused { .. } | Failure::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_takes_too_long_is_answered_in_time_and_may_come_again() {
        let began = tokio::time::Instant::now();
        let stuck = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Failure>(())
        };
        let failure = in_time(stuck).await.unwrap_err();
        assert_eq!(status(&failure), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(began.elapsed(), ANSWER_WITHIN);
    }
}
