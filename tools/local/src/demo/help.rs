//! The text that `--serve` prints: URLs, and `curl` lines to paste.

use sandbox::world::Demo;

use super::Endpoints;
use super::seed::Vendors;

/// What is needed to onboard the sandbox's customer by hand: URLs, the credentials that the two vendors would provide, and
/// how to configure the vendors with the connector's.
#[must_use]
pub fn onboarding(endpoints: &Endpoints, vendors: &Vendors) -> String {
    let Endpoints { api, aws_endpoint, icims, crosschq, .. } = endpoints;
    let Vendors { demo, client_id, client_secret, audience, crosschq_token } = vendors;
    let customer = format!("{icims}/__sandbox/icims/customers/{}", demo.customer);
    let org = format!("{crosschq}/__sandbox/crosschq/orgs/{}", demo.org);
    format!(
        "
Everything runs until Ctrl-C. The connector has no customer yet.

  HTTP API   {api}
  iCIMS      {icims}
  Crosschq   {crosschq}
  AWS        {aws_endpoint}

Customer {id} at iCIMS: client id {client_id}, client secret {client_secret}, audience {audience}
At Crosschq: API key {crosschq_token}; surveys such as {survey}
Statuses: order {trigger}, rejected {rejected}, withdrawn {withdrawn}; workflows {first}, {second}, {third}

The customer enters the connector's subscription at iCIMS (USER and PASSWORD are the connector's):
  curl -X PATCH {customer} -d '{{\"push\":{{\"url\":\"{api}/icims/events\",\"auth\":{{\"kind\":\"basic\",\"user\":\"USER\",\"password\":\"PASSWORD\"}}}}}}'
And its callback at Crosschq (SECRET and TOKEN are the connector's):
  curl -X PATCH {org} -d '{{\"callback\":{{\"url\":\"{api}/crosschq/callbacks/{id}/SECRET\",\"auth\":{{\"kind\":\"token\",\"value\":\"TOKEN\"}}}}}}'
A recruiter advances a candidate to the Crosschq status:
  curl -X POST {customer}/workflows/{first}/advance -d '{{\"status\":\"{trigger}\"}}'
What the recruiter sees:
  curl {customer}/workflows/{first}
",
        id = demo.customer,
        survey = demo.jobrole,
        trigger = demo.trigger_status,
        rejected = demo.rejected_status,
        withdrawn = demo.withdrawn_status,
        first = demo.complete.workflow,
        second = demo.rejected.workflow,
        third = demo.without_email.workflow,
    )
}

/// The URLs, and `curl` lines that play the journey by hand.
#[must_use]
pub fn serving(endpoints: &Endpoints, demo: &Demo) -> String {
    let Endpoints { api, aws_endpoint, icims, crosschq, .. } = endpoints;
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
