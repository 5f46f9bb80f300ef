//! iCIMS: a token, then one profile of each kind that an order reads, and the search for missed pushes where it is on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connector_core::aws::SystemClock;
use connector_core::domain::{Customer, MissedPushes, PersonId, RequisitionId, StatusId, WorkflowId};
use connector_core::failure::RefusedAt;
use connector_core::icims::Icims;
use connector_core::ports::{Ats as _, AtsError, AtsSearch as _, Clock as _, IcimsCredential, SecretSet};

use super::Step;
use super::held::{HeldSecrets, HeldToken};
use crate::failure::{Kind, explain_icims};
use crate::session::Session;
use crate::vendors::platform::{self, ProfileType};

const SIGN_IN: &str = "icims_sign_in";
const WORKFLOW: &str = "icims_workflow";
const PERSON: &str = "icims_person";
const REQUISITION: &str = "icims_requisition";
const SEARCH: &str = "icims_search";

/// How many profiles of a kind are tried: one may be hidden or incomplete for reasons of its own.
const TRIES: usize = 3;

const GIVE_SAMPLE: &str = "give --sample-workflow with the id of any recruiting workflow to have it checked";

pub(super) async fn steps(
    session: &Session,
    customer: &Customer,
    secrets: &SecretSet,
    sample: Option<&WorkflowId>,
) -> Vec<Step> {
    let icims = Icims::new(
        session.http().clone(),
        Arc::new(HeldSecrets::new(secrets)),
        Arc::new(HeldToken::default()),
        Arc::new(SystemClock),
    );
    let mut steps = Vec::with_capacity(5);
    match icims.sign_in(customer).await {
        Ok(()) if matches!(secrets.icims, IcimsCredential::Basic(_)) => {}
        Ok(()) => steps.push(Step::passed(SIGN_IN, "iCIMS gives a token for the client")),
        Err(error) => {
            steps.push(Step::refused(SIGN_IN, explain_icims(customer, "tokens", error)));
            let searches = customer.settings.icims.find_missed_pushes.is_some();
            for step in [WORKFLOW, PERSON, REQUISITION].into_iter().chain(searches.then_some(SEARCH)) {
                steps.push(Step::not_checked(step, "not asked: there is no token", None));
            }
            return steps;
        }
    }
    let reader = Reader { icims: &icims, customer };
    let (workflow, seen) = reader.workflows(sample).await;
    // The same refusal three times over helps nobody.
    let shut_out = workflow.outcome == super::Outcome::Failed && seen.workflows == 0;
    steps.push(workflow);
    if let Some(missed) = &customer.settings.icims.find_missed_pushes {
        steps.push(reader.search(missed).await);
    }
    if shut_out {
        for step in [PERSON, REQUISITION] {
            steps.push(Step::not_checked(step, "not asked: the recruiting workflows are not readable", None));
        }
        return steps;
    }
    steps.push(reader.people(&seen.people).await);
    steps.push(reader.requisitions(&seen.requisitions).await);
    steps
}

/// What the workflows led to.
#[derive(Default)]
struct Seen {
    workflows: usize,
    people: BTreeSet<PersonId>,
    requisitions: BTreeSet<RequisitionId>,
}

struct Reader<'a> {
    icims: &'a Icims,
    customer: &'a Customer,
}

impl Reader<'_> {
    fn refused(&self, step: &'static str, what: &str, error: AtsError) -> Step {
        Step::refused(step, explain_icims(self.customer, what, error))
    }

    async fn workflows(&self, sample: Option<&WorkflowId>) -> (Step, Seen) {
        let mut seen = Seen::default();
        let ids: Vec<WorkflowId> = match sample {
            Some(id) => vec![id.clone()],
            None => match self.newest(ProfileType::RecruitingWorkflow).await {
                Ok(ids) => ids,
                // Searching needs a permission that orders do not.
                Err(AtsError::Unauthorized { at: RefusedAt::Forbidden } | AtsError::Refused { .. }) => {
                    let message = "the API user may not search, so there is no recruiting workflow to read";
                    return (Step::not_checked(WORKFLOW, message, Some(GIVE_SAMPLE)), seen);
                }
                Err(error) => return (self.refused(WORKFLOW, "recruiting workflows", error), seen),
            },
        };
        if ids.is_empty() {
            let message = "iCIMS shows no recruiting workflow to read as a sample";
            return (Step::not_checked(WORKFLOW, message, Some(GIVE_SAMPLE)), seen);
        }
        let mut read = None;
        // Hidden is what no sample shows: a single one may lack a part for reasons of its own.
        let mut hidden: Option<BTreeSet<&str>> = None;
        for id in &ids {
            let workflow = match self.icims.workflow(self.customer, id).await {
                Ok(workflow) => workflow,
                Err(AtsError::NotFound) => continue,
                Err(error) => return (self.refused(WORKFLOW, "recruiting workflows", error), seen),
            };
            let parts = [
                ("status", workflow.status.is_some()),
                ("associatedprofile", workflow.person.is_some()),
                ("baseprofile", workflow.requisition.is_some()),
            ];
            let lacking: BTreeSet<&str> = parts.iter().filter(|(_, there)| !there).map(|(field, _)| *field).collect();
            hidden = Some(hidden.map_or(lacking.clone(), |hidden| hidden.intersection(&lacking).copied().collect()));
            seen.workflows += 1;
            seen.people.extend(workflow.person);
            seen.requisitions.extend(workflow.requisition);
            read = Some(id);
        }
        let Some(id) = read else {
            return (self.refused(WORKFLOW, "recruiting workflows", AtsError::NotFound), seen);
        };
        let hidden = hidden.unwrap_or_default();
        if hidden.is_empty() {
            return (Step::passed(WORKFLOW, format!("recruiting workflow {id} is readable")), seen);
        }
        let fields = hidden.into_iter().collect::<Vec<_>>().join(", ");
        let step = Step::failed(
            WORKFLOW,
            Kind::Vendor,
            format!("the API user may not see {fields} of recruiting workflows"),
            "have iCIMS show these fields to the API user's login group",
        );
        (step, seen)
    }

    /// One search like those for missed pushes, so that a refusal does not show only when a push is missed.
    async fn search(&self, missed: &MissedPushes) -> Step {
        const GROUP: &str =
            "have iCIMS put the API user into the group Integration User, or leave icims.find_missed_pushes out";
        let sets = &self.customer.settings.icims.statuses;
        let statuses = [&sets.trigger[..], &sets.rejected, &sets.withdrawn].concat();
        let hours = missed.look_back_h;
        let since = SystemClock.now().before(Duration::from_secs(u64::from(hours) * 3_600));
        match self.icims.changed(self.customer, &statuses, since, None).await {
            Ok(found) => {
                let bare: Vec<&str> =
                    statuses.iter().filter(|status| !status.is_prefixed()).map(StatusId::as_str).collect();
                if !bare.is_empty() {
                    return Step::not_checked(
                        SEARCH,
                        format!(
                            "missed pushes are looked for by node ids, and status {} is none as it stands",
                            bare.join(", ")
                        ),
                        Some("write it with its letter, e.g. C38356: without one it is searched as if it began with C"),
                    );
                }
                let message = match found.len() {
                    0 => format!(
                        "the API user may search; no recruiting workflow entered these statuses in the last {hours} hours"
                    ),
                    count => format!(
                        "the API user may search, and finds {count} recruiting workflows in these statuses that changed in \
                         the last {hours} hours"
                    ),
                };
                Step::passed(SEARCH, message)
            }
            Err(AtsError::Unauthorized { at: RefusedAt::Forbidden } | AtsError::NotFound) => Step::failed(
                SEARCH,
                Kind::Vendor,
                "the API user may not search, so missed pushes would not be found",
                GROUP,
            ),
            Err(AtsError::Refused { why }) => Step::failed(
                SEARCH,
                Kind::Vendor,
                format!(
                    "iCIMS refuses a search by status and date of change, so missed pushes would not be found: {why}"
                ),
                "have iCIMS show applicantworkflow.status and updateddate to the API user, or leave icims.find_missed_pushes out",
            ),
            Err(error) => self.refused(SEARCH, "changed recruiting workflows", error),
        }
    }

    async fn people(&self, known: &BTreeSet<PersonId>) -> Step {
        let ids = match self.sample(known, ProfileType::Person).await {
            Ok(ids) => ids,
            Err(error) => return self.refused(PERSON, "persons", error),
        };
        let mut read = None;
        for id in &ids {
            match self.icims.person(self.customer, id).await {
                Ok(contact) => {
                    if contact.email.is_some() && contact.last_name.is_some() {
                        return Step::passed(PERSON, format!("person {id} is readable, with name and e-mail address"));
                    }
                    read = Some(id);
                }
                Err(AtsError::NotFound) => {}
                Err(error) => return self.refused(PERSON, "persons", error),
            }
        }
        match read {
            Some(id) => Step::not_checked(
                PERSON,
                format!("person {id} is readable, but shows no name and e-mail address"),
                Some("if candidates have them, have iCIMS show firstname, lastname and email to the API user"),
            ),
            None if ids.is_empty() => {
                Step::not_checked(PERSON, "iCIMS shows no person to read as a sample", Some(GIVE_SAMPLE))
            }
            None => self.refused(PERSON, "persons", AtsError::NotFound),
        }
    }

    async fn requisitions(&self, known: &BTreeSet<RequisitionId>) -> Step {
        let field = &self.customer.settings.icims.template_field;
        let ids = match self.sample(known, ProfileType::Requisition).await {
            Ok(ids) => ids,
            Err(error) => return self.refused(REQUISITION, "jobs", error),
        };
        let mut read = None;
        for id in &ids {
            match self.icims.requisition(self.customer, id).await {
                Ok(requisition) if !requisition.template_values.is_empty() => {
                    return Step::passed(REQUISITION, format!("job {id} is readable, and names a template in {field}"));
                }
                Ok(_) => read = Some(id),
                Err(AtsError::NotFound) => {}
                Err(error) => return self.refused(REQUISITION, "jobs", error),
            }
        }
        match read {
            Some(id) => {
                Step::passed(REQUISITION, format!("job {id} is readable, and names no template in {field} yet"))
            }
            None if ids.is_empty() => {
                Step::not_checked(REQUISITION, "iCIMS shows no job to read as a sample", Some(GIVE_SAMPLE))
            }
            None => self.refused(REQUISITION, "jobs", AtsError::NotFound),
        }
    }

    /// What the workflows led to, else what a search finds; a search that is not permitted finds nothing.
    async fn sample<Id>(&self, known: &BTreeSet<Id>, kind: ProfileType) -> Result<Vec<Id>, AtsError>
    where
        Id: Clone + std::str::FromStr,
    {
        if !known.is_empty() {
            return Ok(known.iter().take(TRIES).cloned().collect());
        }
        match self.newest(kind).await {
            Err(AtsError::Unauthorized { at: RefusedAt::Forbidden } | AtsError::Refused { .. }) => Ok(Vec::new()),
            other => other,
        }
    }

    /// The last of the ids that a search names first.
    async fn newest<Id: std::str::FromStr>(&self, kind: ProfileType) -> Result<Vec<Id>, AtsError> {
        let ids = platform::ids(self.icims, self.customer, kind, 0).await?;
        Ok(ids.iter().rev().take(TRIES).filter_map(|id| id.to_string().parse().ok()).collect())
    }
}
