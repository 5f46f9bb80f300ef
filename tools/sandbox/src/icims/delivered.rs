//! The fields and lists that every platform has before its customer adds any.

use std::collections::BTreeMap;

use super::fields::{FieldDef, FieldKind, Node, named};
use super::profile_type::ProfileType;

/// The list of workflow statuses. Its real name is not known; this is the sandbox's.
pub(crate) const STATUSES: &str = "lists.submittal.status";
/// The customer's *Assessment Type* list, which several vendors share (docs/vendors/icims.md §3.6).
pub(crate) const ASSESSMENT_TYPES: &str = "lists.job.assessmenttype";
/// The customer's *Assessment Name* list.
pub(crate) const ASSESSMENT_NAMES: &str = "lists.submittal.assessmentname";
/// The delivered *Assessment Status* list.
pub(crate) const ASSESSMENT_STATUSES: &str = "lists.submittal.assessmentstatus";

/// The fields every platform has (docs/vendors/icims.md §3.5, §3.6, §4.4).
pub(crate) fn fields() -> BTreeMap<ProfileType, BTreeMap<String, FieldDef>> {
    BTreeMap::from([
        (ProfileType::People, person()),
        (ProfileType::Jobs, job()),
        (ProfileType::Companies, company()),
        (ProfileType::ApplicantWorkflows, workflow()),
    ])
}

fn text(label: &str) -> FieldDef {
    FieldDef::new(FieldKind::Text, label)
}

fn address(label: &str) -> FieldDef {
    FieldDef::group(
        label,
        [
            ("addresstype", FieldDef::of_list(FieldKind::List, "Address Type", "lists.addresstype")),
            ("addressstreet1", text("Street 1")),
            ("addressstreet2", text("Street 2")),
            ("addresscity", text("City")),
            ("addresszip", text("Zip")),
            ("addressstate", FieldDef::of_list(FieldKind::List, "State", "lists.states")),
            ("addresscountry", FieldDef::of_list(FieldKind::List, "Country", "lists.countries")),
        ],
    )
}

fn person() -> BTreeMap<String, FieldDef> {
    let phones = FieldDef::group(
        "Phones",
        [
            ("phonetype", FieldDef::of_list(FieldKind::List, "Phone Type", "lists.phonetype")),
            ("phonenumber", text("Phone Number")),
            ("phoneextension", text("Extension")),
        ],
    );
    named([
        ("firstname", text("First Name").by_default()),
        ("middlename", text("Middle Name")),
        ("lastname", text("Last Name").by_default()),
        ("email", text("Email").by_default()),
        ("folder", FieldDef::of_list(FieldKind::List, "Folder", "lists.person.folders").by_default()),
        ("addresses", address("Addresses").by_default()),
        ("phones", phones.by_default()),
        ("title", text("Title")),
        ("birthdate", FieldDef::new(FieldKind::Date, "Birth Date")),
        ("hiredate", FieldDef::new(FieldKind::Date, "Hire Date")),
        ("resume", FieldDef::new(FieldKind::File, "Resume")),
    ])
}

fn job() -> BTreeMap<String, FieldDef> {
    named([
        ("jobid", text("Requisition ID").by_default()),
        ("jobtitle", text("Job Title").by_default()),
        ("folder", FieldDef::of_list(FieldKind::List, "Folder", "lists.job.folders").by_default()),
        ("positioncategory", FieldDef::of_list(FieldKind::List, "Category", "lists.job.positioncategory")),
        ("numberofpositions", FieldDef::new(FieldKind::Integer, "Number of Positions")),
        ("hiringmanager", FieldDef::new(FieldKind::Person, "Hiring Manager")),
        ("recruiter", FieldDef::new(FieldKind::Person, "Recruiter")),
        ("joblocation", FieldDef::new(FieldKind::Address, "Location").by_default()),
        ("jobtype", text("Position Type")),
        ("overview", FieldDef::new(FieldKind::Html, "Overview")),
        ("assessmenttype", FieldDef::of_list(FieldKind::MultiList, "Assessment Type", ASSESSMENT_TYPES)),
        ("bgcpackagetype", FieldDef::of_list(FieldKind::MultiList, "BGCheck Package", "lists.job.bgcpackagetype")),
    ])
}

fn company() -> BTreeMap<String, FieldDef> {
    named([("name", text("Name").by_default()), ("addresses", address("Addresses").by_default())])
}

fn workflow() -> BTreeMap<String, FieldDef> {
    let results = FieldDef::group(
        "Assessment Results",
        [
            ("assessmentname", FieldDef::of_list(FieldKind::List, "Assessment Name", ASSESSMENT_NAMES)),
            ("assessmentstatus", FieldDef::of_list(FieldKind::List, "Assessment Status", ASSESSMENT_STATUSES)),
            ("assessmentdate", FieldDef::new(FieldKind::Datetime, "Assessment Date")),
            ("assessmentscore", FieldDef::new(FieldKind::Decimal, "Assessment Score")),
            ("assessmentresult", text("Assessment Result").at_most(128)),
            ("assessmentnotes", text("Assessment Notes").at_most(192)),
            ("assessmenturl", text("Assessment URL")),
        ],
    );
    named([
        ("associatedprofile", FieldDef::new(FieldKind::Person, "Person").by_default()),
        ("baseprofile", FieldDef::new(FieldKind::Job, "Job").by_default()),
        ("status", FieldDef::of_list(FieldKind::List, "Status", STATUSES).by_default()),
        ("source", text("Source").by_default()),
        ("sourcename", text("Source Name").by_default()),
        ("assessmentresults", results),
    ])
}

/// The list nodes every platform has, with the ids seen at real ones (docs/vendors/icims.md §3.3, §4.4).
pub(crate) fn lists() -> BTreeMap<String, Vec<Node>> {
    let list = |name: &str, nodes: &[(&str, &str)]| {
        (name.to_owned(), nodes.iter().map(|(id, value)| Node::new(id, value)).collect())
    };
    BTreeMap::from([
        list(STATUSES, &[("D10100", "New Submissions")]),
        list(
            ASSESSMENT_STATUSES,
            &[
                ("D37002019001", "Complete"),
                ("D37002019002", "Incomplete"),
                ("D37002019003", "In Progress"),
                ("D37002019004", "Sent"),
            ],
        ),
        list(ASSESSMENT_NAMES, &[]),
        list(ASSESSMENT_TYPES, &[]),
        list("lists.job.bgcpackagetype", &[]),
        list("lists.job.positioncategory", &[]),
        list("lists.job.folders", &[("D31001", "Approved")]),
        list(
            "lists.person.folders",
            &[("D32006", "Cand:Unreviewed"), ("D32011", "HM: Active"), ("D32013", "Current Employee")],
        ),
        list("lists.phonetype", &[("D83001", "Home"), ("D83002", "Work"), ("D83003", "Mobile"), ("D83005", "Pager")]),
        list("lists.addresstype", &[("D84002", "Home"), ("D84001", "Work")]),
        list("lists.states", &[("D41001024", "Massachusetts")]),
        list("lists.countries", &[("D41001", "United States")]),
    ])
}
