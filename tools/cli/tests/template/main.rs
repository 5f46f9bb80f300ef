//! `connector template`, on the local AWS with iCIMS and Crosschq.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod changing;
mod refused;
mod requisitions;
mod toml_files;

use serde_json::Value;
use support::{Ran, Stage};

/// Adds a template that works.
async fn add(stage: &Stage, tag: &str, name: &str) -> Ran {
    let survey = ["--survey", "software-engineer", "--references", "managers=1,peers=2"];
    stage.connector(&[&["template", "add", "1234", tag, "--name", name], &survey[..]].concat()).await
}

/// The audit log of the customer: action and changed fields, oldest first.
async fn audit(stage: &Stage) -> Vec<(String, Vec<String>)> {
    let entries = stage.items("CustomersTable").await;
    let mut entries: Vec<&Value> = entries.iter().filter(|it| it["pk"]["S"] == "audit#1234").collect();
    entries.sort_by_key(|it| it["sk"]["S"].as_str().unwrap().to_owned());
    let fields = |it: &Value| -> Vec<String> {
        let changes = it["changes"]["L"].as_array().cloned().unwrap_or_default();
        changes.iter().map(|it| it["M"]["field"]["S"].as_str().unwrap().to_owned()).collect()
    };
    entries.into_iter().map(|it| (it["action"]["S"].as_str().unwrap().to_owned(), fields(it))).collect()
}
