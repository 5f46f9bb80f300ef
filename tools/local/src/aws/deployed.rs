//! The stack that was made on this endpoint, as the services that describe it see it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::ACCOUNT_ID;
use super::wire::AwsError;
use crate::deployment::Deployment;

/// The deployment, replaced whole.
#[derive(Default)]
pub(super) struct Deployed {
    deployment: Mutex<Arc<Deployment>>,
    hashes: Arc<Mutex<HashMap<PathBuf, Code>>>,
}

/// An executable, as Lambda tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Code {
    modified: Option<SystemTime>,
    pub(super) bytes: u64,
    /// SHA-256 in base64.
    pub(super) sha256: String,
}

impl Deployed {
    /// Takes a deployment in place of the one that is here.
    pub(super) fn put(&self, deployment: Deployment) {
        *self.deployment.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(deployment);
    }

    /// The deployment that is here; an empty one before there was any.
    pub(super) fn get(&self) -> Arc<Deployment> {
        Arc::clone(&self.deployment.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who an access key id is: a function in its role, the account where there is none, else a user of that name.
    pub(super) fn caller_arn(&self, caller: &str) -> String {
        if caller.is_empty() {
            return format!("arn:aws:iam::{ACCOUNT_ID}:root");
        }
        let role = self.get().function(caller).and_then(|function| {
            let role = function.configuration["Role"].as_str()?;
            Some(role.rsplit('/').next().unwrap_or(role).to_owned())
        });
        match role {
            Some(role) => format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{caller}"),
            None => format!("arn:aws:iam::{ACCOUNT_ID}:user/{caller}"),
        }
    }

    /// Size and hash of an executable, read again when it changed.
    ///
    /// # Errors
    /// An internal failure, where it cannot be read.
    pub(super) async fn code(&self, path: &Path) -> Result<Code, AwsError> {
        let (path, hashes) = (path.to_owned(), Arc::clone(&self.hashes));
        let unreadable = |error: std::io::Error| AwsError::internal(format!("the function's code: {error}"));
        tokio::task::spawn_blocking(move || {
            let modified = path.metadata().map_err(unreadable)?.modified().ok();
            let known = hashes.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
            if let Some(code) = known.filter(|code| code.modified == modified) {
                return Ok(code);
            }
            let content = std::fs::read(&path).map_err(unreadable)?;
            let digest = ring::digest::digest(&ring::digest::SHA256, &content);
            let code = Code { modified, bytes: content.len() as u64, sha256: STANDARD.encode(digest) };
            hashes.lock().unwrap_or_else(PoisonError::into_inner).insert(path, code.clone());
            Ok(code)
        })
        .await
        .map_err(|_| AwsError::internal("the call was abandoned"))?
    }
}

/// One page of a list: `limit` items from where `token` says, and the token of the next page. `None` for a token that
/// none of these pages had.
pub(super) fn page(items: Vec<Value>, limit: usize, token: Option<&str>) -> Option<(Vec<Value>, Option<String>)> {
    let start = token.map_or(Some(0), |token| token.parse().ok()).filter(|start| *start <= items.len())?;
    let end = start.saturating_add(limit.max(1)).min(items.len());
    let next = (end < items.len()).then(|| end.to_string());
    Some((items.into_iter().skip(start).take(end - start).collect(), next))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items = || vec![json!(1), json!(2), json!(3)];
        assert_eq!(page(items(), 2, None), Some((vec![json!(1), json!(2)], Some("2".to_owned()))));
        assert_eq!(page(items(), 2, Some("2")), Some((vec![json!(3)], None)));
        assert_eq!(page(items(), 2, Some("x")), None);
        assert_eq!(page(vec![], 2, None), Some((vec![], None)));
    }

    #[tokio::test]
    async fn code_that_was_built_anew_has_another_hash() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("bootstrap");
        let deployed = Deployed::default();
        std::fs::write(&path, "abc").unwrap();
        let first = deployed.code(&path).await.unwrap();
        assert_eq!(first.sha256, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!((first.bytes, deployed.code(&path).await.unwrap()), (3, first.clone()));
        std::fs::write(&path, "abcd").unwrap();
        let later = first.modified.unwrap() + std::time::Duration::from_secs(1);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_ne!(deployed.code(&path).await.unwrap().sha256, first.sha256);
    }
}
