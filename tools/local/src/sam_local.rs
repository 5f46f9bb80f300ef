//! The file for `sam local --env-vars`: SAM's containers get the environment of the functions that run here.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::template::Template;

/// The file's name in the data directory.
pub const FILE: &str = "sam-local.json";

/// Writes, for each function by its logical id, its variables and the AWS endpoint. SAM itself renders a `!Ref` of a queue
/// as the queue's logical id instead of its URL.
///
/// # Errors
/// The file cannot be written.
pub fn write(data: &Path, template: &Template, aws_endpoint: &str) -> std::io::Result<()> {
    let functions: Map<String, Value> = template
        .functions
        .iter()
        .map(|function| {
            let mut variables = function.environment.clone();
            variables.insert("AWS_ENDPOINT_URL".to_owned(), aws_endpoint.to_owned());
            (function.logical_id.clone(), json!(variables))
        })
        .collect();
    std::fs::write(data.join(FILE), serde_json::to_vec_pretty(&functions)?)
}
