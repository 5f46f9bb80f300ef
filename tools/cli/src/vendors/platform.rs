//! How a platform is set up, as an operator learns it from schemas, samples and searches. No function of the connector
//! needs any of it. Of people nothing is read, though the status log names them.

use std::collections::BTreeMap;

use connector_core::domain::{Customer, RequisitionId, StatusId, Timestamp, WorkflowId};
use connector_core::icims::{Filter, Icims, PAGE, write_date};
use connector_core::ports::AtsError;
use serde_json::Value;

use super::json::{entries, node_id, object, profile_id, text, texts};

/// A kind of profile. Paths, filters and the Schema API each have their own name for it (docs/vendors/icims.md §3.4,
/// §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileType {
    RecruitingWorkflow,
    Person,
    Requisition,
}

impl ProfileType {
    const fn path(self) -> &'static str {
        match self {
            Self::RecruitingWorkflow => "applicantworkflows",
            Self::Person => "people",
            Self::Requisition => "jobs",
        }
    }

    const fn filter(self) -> &'static str {
        match self {
            Self::RecruitingWorkflow => "applicantworkflow",
            Self::Person => "person",
            Self::Requisition => "job",
        }
    }

    const fn schema(self) -> &'static str {
        match self {
            Self::RecruitingWorkflow => "submittal",
            Self::Person => "person",
            Self::Requisition => "job",
        }
    }
}

/// What a field holds, as far as it matters to a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Nodes of a list, one or several at a time.
    List,
    /// Rows of further fields.
    Collection,
    /// Anything else.
    Other,
}

/// A field of a profile type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name in the API, e.g. `field23848`.
    pub(crate) name: String,
    /// What the platform's users see, if the schema says so.
    pub(crate) label: Option<String>,
    pub(crate) kind: FieldKind,
    /// The fields of a collection's rows.
    pub(crate) children: Vec<Field>,
}

/// A status with the text that the platform's users see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabeledStatus {
    /// The id, with its prefix.
    pub(crate) id: StatusId,
    /// The text, bin included where the platform writes it so.
    pub(crate) label: Option<String>,
}

/// What is learned from one recruiting workflow: nothing of its candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) status: Option<LabeledStatus>,
    /// The statuses it went through; `None` where the platform has a resource of its own for them ([`status_log`]).
    pub(crate) log: Option<Vec<LabeledStatus>>,
    pub(crate) requisition: Option<RequisitionId>,
}

/// The fields of a profile type, by name. One call.
///
/// # Errors
/// [`AtsError`]; [`AtsError::NotFound`] also where the API user may not read schemas.
pub(crate) async fn fields(icims: &Icims, customer: &Customer, of: ProfileType) -> Result<Vec<Field>, AtsError> {
    let body = icims.get(customer, "schema", &["profiledefinitions", "v1", of.schema(), "schema"], &[]).await?;
    let schema = object(&body).map(Value::Object).filter(|schema| schema["properties"].is_object());
    schema.map(|schema| children(&schema)).ok_or_else(|| unreadable("schema"))
}

/// A workflow's status, the statuses it went through, and its requisition. One call.
pub(crate) async fn sample(icims: &Icims, customer: &Customer, workflow: &WorkflowId) -> Result<Sample, AtsError> {
    let path = ["applicantworkflows", workflow.as_str()];
    let body = icims.get(customer, "sample", &path, &["status", "baseprofile", LOG]).await?;
    let wire = object(&body).ok_or_else(|| unreadable("sample"))?;
    Ok(Sample {
        status: wire.get("status").and_then(labeled),
        log: wire.get(LOG).and_then(statuses),
        requisition: wire.get("baseprofile").and_then(profile_id),
    })
}

/// The statuses that a workflow went through, where [`sample`] does not have them: platforms differ. One call.
///
/// # Errors
/// [`AtsError`]; [`AtsError::NotFound`] where the platform does not know the resource either.
pub(crate) async fn status_log(
    icims: &Icims,
    customer: &Customer,
    workflow: &WorkflowId,
) -> Result<Vec<LabeledStatus>, AtsError> {
    let body = icims.get(customer, "status log", &["applicantworkflows", workflow.as_str(), LOG], &[]).await?;
    object(&body).and_then(|wire| statuses(wire.get(LOG)?)).ok_or_else(|| unreadable("status log"))
}

/// The texts of a requisition's list fields; fields without a value are left out. One call.
///
/// # Errors
/// [`AtsError`]; [`AtsError::Misconfigured`] for a name that is none of iCIMS' API.
pub(crate) async fn list_values(
    icims: &Icims,
    customer: &Customer,
    requisition: &RequisitionId,
    fields: &[&str],
) -> Result<BTreeMap<String, Vec<String>>, AtsError> {
    let body = icims.get(customer, "list values", &["jobs", requisition.as_str()], fields).await?;
    let wire = object(&body).ok_or_else(|| unreadable("list values"))?;
    let values = fields.iter().filter_map(|&field| {
        let mut texts: Vec<String> = entries(wire.get(field)?).iter().flat_map(texts).collect();
        texts.dedup();
        (!texts.is_empty()).then(|| (field.to_owned(), texts))
    });
    Ok(values.collect())
}

/// Recruiting workflows that changed at or after `since`, to the minute: their ids ascending, at most 1,000. One call.
///
/// # Errors
/// [`AtsError`]; [`AtsError::NotFound`] also where the API user may not search.
pub(crate) async fn changed_workflows(
    icims: &Icims,
    customer: &Customer,
    since: Timestamp,
) -> Result<Vec<WorkflowId>, AtsError> {
    let since = write_date(since).ok_or_else(|| unreadable("search"))?;
    let changed = Filter { name: "applicantworkflow.updateddate", operator: ">=", value: &since };
    let ids = icims.search(customer, ProfileType::RecruitingWorkflow.path(), &[changed], &[], None).await?;
    ids.iter().map(|id| id.to_string().parse().map_err(|_| unreadable("search"))).collect()
}

/// The ids above `after` of the profiles that the API user may see, ascending, at most 1,000. One call.
///
/// # Errors
/// [`AtsError`]; [`AtsError::NotFound`] also for a customer that this platform does not know.
pub(crate) async fn ids(
    icims: &Icims,
    customer: &Customer,
    kind: ProfileType,
    after: u64,
) -> Result<Vec<u64>, AtsError> {
    let (name, value) = (format!("{}.id", kind.filter()), after.to_string());
    let above = Filter { name: &name, operator: ">", value: &value };
    icims.search(customer, kind.path(), &[above], &[], Some(after)).await
}

/// A page of the requisitions in one of `folders` (ids of the platform's list of job folders; none: in any) whose id is
/// above `after`, ascending, and the `after` of the next page if there may be one. One call.
///
/// # Errors
/// [`AtsError::Unauthorized`] also where the API user is not in the group *Integration User*.
pub(crate) async fn requisitions(
    icims: &Icims,
    customer: &Customer,
    folders: &[String],
    after: u64,
) -> Result<(Vec<RequisitionId>, Option<u64>), AtsError> {
    let last = after.to_string();
    let all = [Filter { name: "job.id", operator: ">", value: &last }];
    let folders: Vec<_> = folders.iter().map(|value| Filter { name: "job.folder", operator: "=", value }).collect();
    let found = icims.search(customer, ProfileType::Requisition.path(), &all, &folders, Some(after)).await?;
    // A page that leads nowhere would be read forever.
    let next = found.last().copied().filter(|last| found.len() >= PAGE && *last > after);
    Ok((found.iter().filter_map(|id| id.to_string().parse().ok()).collect(), next))
}

/// The log is a field at some platforms and a resource of its own at others.
const LOG: &str = "submittalstatuslog";

pub(super) fn unreadable(what: &str) -> AtsError {
    AtsError::Unavailable { why: format!("{what}: unreadable answer") }
}

fn statuses(log: &Value) -> Option<Vec<LabeledStatus>> {
    Some(log.as_array()?.iter().filter_map(|change| labeled(change.get("status")?)).collect())
}

fn labeled(node: &Value) -> Option<LabeledStatus> {
    // The path-formatted text comes last and says more: "Rejected: Not a fit".
    Some(LabeledStatus { id: node_id(node)?.parse().ok()?, label: texts(node).pop() })
}

/// The fields that a JSON Schema has as properties, by name.
fn children(schema: &Value) -> Vec<Field> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut fields: Vec<Field> =
        properties.filter(|(_, schema)| schema.is_object()).map(|(name, schema)| field(name, schema)).collect();
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    fields
}

fn field(name: &str, schema: &Value) -> Field {
    let item = schema.get("items").filter(|item| item.is_object());
    let has = |schema: &Value, property: &str| schema["properties"].get(property).is_some();
    // A list node has id and value; so has a link, which besides names what it links to.
    let is_node = |schema: &Value| {
        has(schema, "id")
            && has(schema, "value")
            && !["profile", "address", "companyid", "entry"].iter().any(|key| has(schema, key))
    };
    let kind = match item {
        Some(item) if has(item, "entry") => FieldKind::Collection,
        one_or_several if is_node(one_or_several.unwrap_or(schema)) => FieldKind::List,
        _ => FieldKind::Other,
    };
    let rows = item.filter(|_| kind == FieldKind::Collection).map(children).unwrap_or_default();
    Field {
        name: name.to_owned(),
        label: text(&schema["title"]),
        kind,
        children: rows.into_iter().filter(|child| child.name != "entry").collect(),
    }
}

#[cfg(test)]
#[path = "platform_tests.rs"]
mod tests;
