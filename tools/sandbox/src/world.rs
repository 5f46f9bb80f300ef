//! The demo world: one customer with a job and three candidates, one organization at Crosschq, and the numbers by which
//! a demo or a test finds them again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::crosschq::model::Org;
use crate::icims::delivered::{ASSESSMENT_NAMES, ASSESSMENT_TYPES, STATUSES};
use crate::icims::edit::create_profile;
use crate::icims::fields::Node;
use crate::icims::fields::{FieldDef, FieldKind};
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::icims::settings::CustomerSettings;
use crate::push::settings::{PushAuth, PushSettings};
use crate::state::World;

/// What of the demo world can be chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DemoOptions {
    /// The customer's id at iCIMS, which is the organization's name at Crosschq too.
    pub customer: String,
    /// Where the customer's events are pushed.
    pub push_url: Option<String>,
    /// How a push authenticates.
    pub push_auth: PushAuth,
    /// Where Crosschq calls back.
    pub callback_url: Option<String>,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { customer: "1234".to_owned(), push_url: None, push_auth: PushAuth::None, callback_url: None }
    }
}

/// Where to find things in the demo world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Demo {
    /// The customer's id at iCIMS.
    pub customer: String,
    /// The organization's name at the fake Crosschq.
    pub org: String,
    /// The status that orders references.
    pub trigger_status: String,
    pub rejected_status: String,
    pub withdrawn_status: String,
    /// The status that a finished check may move a candidate to.
    pub complete_status: String,
    /// The status that every candidate starts with.
    pub new_status: String,
    /// The name under which results are shown (a node of *Assessment Name*).
    pub assessment_name: String,
    /// A file field on the workflow for the report.
    pub report_field: String,
    /// The tag on the job.
    pub tag: String,
    /// A survey that an order for this job can use.
    pub jobrole: String,
    pub job: u64,
    /// The job's recruiter, who moves the candidates.
    pub recruiter: u64,
    pub hiring_manager: u64,
    /// The API user's person id.
    pub api_user: u64,
    /// A candidate with everything.
    pub complete: Candidate,
    /// A candidate who is to be rejected midway.
    pub rejected: Candidate,
    pub without_email: Candidate,
}

/// The ids of a candidate of the demo world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Candidate {
    pub person: u64,
    pub workflow: u64,
}

/// The numbers of the demo world for the usual customer 1234, which are always the same.
#[must_use]
pub fn demo() -> Demo {
    demo_of("1234")
}

fn demo_of(customer: &str) -> Demo {
    Demo {
        customer: customer.to_owned(),
        org: customer.to_owned(),
        trigger_status: "C38356".to_owned(),
        rejected_status: "C38360".to_owned(),
        withdrawn_status: "C38361".to_owned(),
        complete_status: "C38357".to_owned(),
        new_status: "D10100".to_owned(),
        assessment_name: "Crosschq 360".to_owned(),
        report_field: "field23850".to_owned(),
        tag: "sales-ae".to_owned(),
        jobrole: "account-executive".to_owned(),
        job: 1181,
        recruiter: 95,
        hiring_manager: 564,
        api_user: 900,
        complete: Candidate { person: 2001, workflow: 13437 },
        rejected: Candidate { person: 2002, workflow: 13438 },
        without_email: Candidate { person: 2003, workflow: 13439 },
    }
}

/// Builds the demo world; what the customer and the organization had before is gone.
pub(crate) fn build(world: &mut World, options: &DemoOptions) -> Demo {
    let demo = demo_of(&options.customer);
    let push = PushSettings {
        url: options.push_url.clone(),
        auth: options.push_auth.clone(),
        statuses: Some(vec![demo.trigger_status.clone(), demo.rejected_status.clone(), demo.withdrawn_status.clone()]),
        ..PushSettings::default()
    };
    let settings = CustomerSettings {
        client_id: format!("icims-client-{}", options.customer),
        push,
        ..CustomerSettings::default()
    };
    let mut customer = Customer::new(settings);
    add_lists(&mut customer, &demo);
    world.icims.customers.insert(demo.customer.clone(), customer);
    for (kind, id, fields) in profiles(&demo) {
        // The fields are written below, so they fit: a test of this file shows it.
        let _ = create_profile(world, &demo.customer, kind, Some(id), &fields);
    }
    let mut org = Org::default();
    org.settings.tokens = vec![format!("crosschq-token-{}", options.customer)];
    org.settings.callback.url.clone_from(&options.callback_url);
    org.settings.report.fraud_risk = Some("Low".to_owned());
    org.settings.report.score = Some(87.5);
    world.crosschq.ensure_link_key();
    world.crosschq.orgs.insert(demo.org.clone(), org);
    demo
}

fn add_lists(customer: &mut Customer, demo: &Demo) {
    let bin = |id: &str, bin: &str, value: &str| Node {
        formattedvalue: Some(format!("{bin}: {value}")),
        ..Node::new(id, value)
    };
    let mut add = |list: &str, node: Node| customer.lists.entry(list.to_owned()).or_default().push(node);
    add(STATUSES, bin(&demo.trigger_status, "Screen", "Crosschq"));
    add(STATUSES, bin(&demo.complete_status, "Screen", "Complete"));
    add(STATUSES, bin(&demo.rejected_status, "Rejected", "Rejected"));
    add(STATUSES, bin(&demo.withdrawn_status, "Withdrawn", "Withdrawn"));
    add(STATUSES, bin("C38370", "Interview", "Phone Screen"));
    add(ASSESSMENT_TYPES, Node::new("C31649", &demo.tag));
    add(ASSESSMENT_TYPES, Node::new("C31650", "codingtest-frontend"));
    add(ASSESSMENT_NAMES, Node::new("C31700", &demo.assessment_name));
    let workflow = customer.fields.entry(ProfileType::ApplicantWorkflows).or_default();
    workflow.insert(demo.report_field.clone(), FieldDef::new(FieldKind::File, "Reference Report"));
}

fn profiles(demo: &Demo) -> Vec<(ProfileType, u64, Map<String, Value>)> {
    let people = ProfileType::People;
    let staff = |id: u64, first: &str, last: &str, email: &str| {
        (people, id, json!({"firstname": first, "lastname": last, "email": format!("{email}@customer.example")}))
    };
    let all = [
        staff(demo.recruiter, "Robin", "Recruiter", "robin.recruiter"),
        staff(demo.hiring_manager, "Pat", "Manager", "pat.manager"),
        staff(demo.api_user, "Integration", "User", "integration"),
        (
            people,
            demo.complete.person,
            json!({"firstname": "Ada", "lastname": "Byron", "email": "ada.byron@candidates.example", "folder": {"id": "D32006"},
                   "phones": [{"phonetype": {"id": "D83001"}, "phonenumber": "617-555-0100"},
                              {"phonetype": {"id": "D83003"}, "phonenumber": "(617) 555-0142"}],
                   "addresses": [{"addresstype": {"id": "D84002"}, "addressstreet1": "60 Temple Place", "addresscity": "Boston",
                                  "addresszip": "02111", "addressstate": {"id": "D41001024"}, "addresscountry": {"id": "D41001"}}]}),
        ),
        (
            people,
            demo.rejected.person,
            json!({"firstname": "Grace", "lastname": "Murray", "email": "grace.murray@candidates.example", "folder": {"id": "D32006"},
                   "phones": [{"phonetype": {"id": "D83003"}, "phonenumber": "617-555-0177"}]}),
        ),
        (
            people,
            demo.without_email.person,
            json!({"firstname": "Edsger", "lastname": "Silent", "folder": {"id": "D32006"}}),
        ),
        (
            ProfileType::Companies,
            6,
            json!({"name": "Example Customer", "addresses": [{"entry": 5, "addresscity": "Boston", "addresszip": "02111"}]}),
        ),
        (
            ProfileType::Jobs,
            demo.job,
            json!({"jobid": "2026-1181", "jobtitle": "Account Executive", "folder": {"id": "D31001"}, "numberofpositions": 1,
                   "hiringmanager": demo.hiring_manager, "recruiter": demo.recruiter, "joblocation": {"id": 5, "companyid": 6},
                   "assessmenttype": [{"id": "C31650"}, {"id": "C31649"}]}),
        ),
        (ProfileType::ApplicantWorkflows, demo.complete.workflow, workflow(demo, demo.complete.person)),
        (ProfileType::ApplicantWorkflows, demo.rejected.workflow, workflow(demo, demo.rejected.person)),
        (ProfileType::ApplicantWorkflows, demo.without_email.workflow, workflow(demo, demo.without_email.person)),
    ];
    all.into_iter().map(|(kind, id, fields)| (kind, id, fields.as_object().cloned().unwrap_or_default())).collect()
}

fn workflow(demo: &Demo, person: u64) -> Value {
    json!({"associatedprofile": person, "baseprofile": demo.job, "status": {"id": demo.new_status},
           "source": "Other (Please Specify)", "sourcename": "Career site"})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_of_the_demo_world_is_stored() {
        let mut world = World::default();
        let demo = build(&mut world, &DemoOptions::default());
        let customer = &world.icims.customers["1234"];
        for (kind, id, fields) in profiles(&demo) {
            let stored = customer.profile(kind, id).unwrap();
            assert_eq!(stored.fields.len(), fields.len(), "{kind:?} {id}");
        }
    }
}
