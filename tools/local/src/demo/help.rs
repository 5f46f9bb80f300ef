//! What `--serve` prints: where everything is, and lines to paste.

use sandbox::world::Demo;

use super::Place;

/// The URLs, and `curl` lines that play the journey by hand.
#[must_use]
pub fn serving(place: &Place, demo: &Demo) -> String {
    let Place { api, aws_endpoint, icims, crosschq, .. } = place;
    let customer = format!("{icims}/__sandbox/icims/customers/{}", demo.customer);
    let org = format!("{crosschq}/__sandbox/crosschq/orgs/{}", demo.org);
    let workflow = demo.complete.workflow;
    let rejected = demo.rejected.workflow;
    let steps = format!("{crosschq}/__sandbox/crosschq/requests/REQUEST/steps");
    format!(
        "
Everything runs until Ctrl-C.

  HTTP API   {api}
  iCIMS      {icims}
  Crosschq   {crosschq}
  AWS        {aws_endpoint}

A recruiter advances a candidate to the Crosschq status:
  curl -X POST {customer}/workflows/{workflow}/advance -d '{{\"status\":\"{trigger}\"}}'
What the recruiter sees (status, Screen tab, messages):
  curl {customer}/workflows/{workflow}
Crosschq's requests; put an id from here in place of REQUEST below:
  curl {org}/requests
The candidate names references, one of them answers, all of them answer:
  curl -X POST {steps} -d '{{\"action\":\"candidate_opens\"}}'
  curl -X POST {steps} -d '{{\"action\":\"add_references\",\"references\":[{{\"first_name\":\"A\",\"last_name\":\"B\",\"email\":\"a@referees.example\"}}]}}'
  curl -X POST {steps} -d '{{\"action\":\"reference_completes\",\"email\":\"a@referees.example\"}}'
  curl -X POST {steps} -d '{{\"action\":\"complete_all\"}}'
The recruiter rejects another candidate:
  curl -X POST {customer}/workflows/{rejected}/advance -d '{{\"status\":\"{trigger}\"}}'
  curl -X POST {customer}/workflows/{rejected}/advance -d '{{\"status\":\"{reject}\"}}'
A candidate without an e-mail address:
  curl -X POST {customer}/workflows/{silent}/advance -d '{{\"status\":\"{trigger}\"}}'
",
        trigger = demo.trigger_status,
        reject = demo.rejected_status,
        silent = demo.without_email.workflow,
    )
}
