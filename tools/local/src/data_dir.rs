//! The directory that outlives a run, locked by one run at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait for the lock of a run that was just killed.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
const LOCK: &str = "lock";
/// The files of a run, with temporary ones of a run that was killed.
const RUN_FILES: [&str; 7] =
    ["aws", "logs", "sandbox.json", "sandbox.saving", "addresses.json", "addresses.saving", "sam-local.json"];

/// A locked data directory, unlocked by a drop or the end of the process.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another run has the lock.
    #[error("{0} is in use by another run")]
    InUse(PathBuf),
    /// It cannot be created or locked.
    #[error("{path}: {source}")]
    #[expect(missing_docs, reason = "the names say it")]
    Io { path: PathBuf, source: std::io::Error },
}

impl DataDir {
    /// Creates the directory if it is missing, and locks it. Blocks for two seconds at most for the lock of a run that was
    /// just killed.
    ///
    /// # Errors
    /// Both variants of [`DataDirError`].
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Io { path: path.to_path_buf(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        // A lock of the operating system, which ends with a killed run.
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_path_buf(), _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(POLL_INTERVAL),
                Err(TryLockError::WouldBlock) => return Err(DataDirError::InUse(path.to_path_buf())),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }

    /// Removes the files of a run and nothing else, since the directory may have other files.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn empty(&self) -> std::io::Result<()> {
        for name in RUN_FILES {
            let path = self.path.join(name);
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            match removed {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_by_one_run_at_a_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let locked = DataDir::open(folder.path()).unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(DataDirError::InUse(_))));
        drop(locked);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_run_that_is_just_ending_is_waited_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let locked = DataDir::open(folder.path()).unwrap();
        let ending = std::thread::spawn(move || {
            std::thread::sleep(POLL_INTERVAL * 5);
            drop(locked);
        });
        DataDir::open(folder.path()).unwrap();
        ending.join().unwrap();
    }
}
