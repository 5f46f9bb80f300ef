//! Waits for what the recruiter's screen and Crosschq show.

use std::time::{Duration, Instant};

use sandbox::control::ControlError;
use sandbox::control::types::{RecruiterView, RequestView};
use sandbox::world::Candidate;
use serde_json::Value;

use super::journey::{JourneyError, Player};

const POLL_INTERVAL: Duration = Duration::from_millis(100);

impl Player {
    pub(super) async fn result_until(
        &self,
        who: &Candidate,
        what: &str,
        matches: impl Fn(&str) -> bool,
    ) -> Result<RecruiterView, JourneyError> {
        self.screen_until(who, what, |view| {
            view.results.last().and_then(|row| row.result.as_deref()).is_some_and(&matches)
        })
        .await
    }

    /// Waits until the recruiter's screen matches, and prints it.
    pub(super) async fn screen_until(
        &self,
        who: &Candidate,
        what: &str,
        matches: impl Fn(&RecruiterView) -> bool,
    ) -> Result<RecruiterView, JourneyError> {
        let view = self
            .wait_for(what, async || {
                let view = self.view(who).await?;
                Ok(if matches(&view) { Ok(view) } else { Err(screen(&view)) })
            })
            .await?;
        self.timeline.screen(&screen(&view));
        Ok(view)
    }

    /// Polls; the inner `Err` describes what was found instead.
    pub(super) async fn wait_for<T>(
        &self,
        expected: &str,
        poll: impl AsyncFn() -> Result<Result<T, String>, ControlError>,
    ) -> Result<T, JourneyError> {
        let start = Instant::now();
        loop {
            match poll().await? {
                Ok(found) => return Ok(found),
                Err(found) if start.elapsed() > self.step_timeout => {
                    return Err(JourneyError::StepTimedOut {
                        expected: expected.to_owned(),
                        waited_s: start.elapsed().as_secs(),
                        found,
                    });
                }
                Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }

    pub(super) async fn view(&self, who: &Candidate) -> Result<RecruiterView, ControlError> {
        self.control.icims(&self.demo.customer).view(who.workflow).await
    }

    /// The candidate's requests, oldest first.
    pub(super) async fn requests_of(&self, who: &Candidate) -> Result<Vec<RequestView>, ControlError> {
        let Some(email) = self.candidate_email(who).await? else { return Ok(Vec::new()) };
        let mut requests = self.control.crosschq(&self.demo.org).requests().await?;
        requests.retain(|request| request.candidate_email == email);
        requests.sort_by_key(|request| request.number);
        Ok(requests)
    }

    /// Only compared, never printed.
    async fn candidate_email(&self, who: &Candidate) -> Result<Option<String>, ControlError> {
        let path = format!("icims/customers/{}/profiles/people/{}", self.demo.customer, who.person);
        let person = self.control.call(reqwest::Method::GET, &path, None).await?;
        Ok(person.pointer("/fields/email").and_then(Value::as_str).map(str::to_owned))
    }
}

/// The workflow as the recruiter sees it, without the candidate.
fn screen(view: &RecruiterView) -> String {
    let rows: Vec<String> = view
        .results
        .iter()
        .map(|row| {
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            let link = row.url.as_ref().map(|url| format!(" -> {}", short(url))).unwrap_or_default();
            format!("{}: {} | {}{link}", text(&row.name), text(&row.status), text(&row.result))
        })
        .collect();
    let rows = if rows.is_empty() { "no row".to_owned() } else { rows.join(" ; ") };
    format!("[{}]  {rows}", view.status.label)
}

/// A link without its query, which carries the report's key.
fn short(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
