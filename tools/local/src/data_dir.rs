//! The directory that outlives a run, held by one run at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A killed process keeps its locks until the system has cleared it away.
const LAST_BREATH: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOCK: &str = "lock";
/// With files that were being written anew when the run was killed.
const LEFT_BY_A_RUN: [&str; 6] =
    ["aws", "logs", "sandbox.json", "sandbox.saving", "addresses.json", "addresses.saving"];

/// A data directory; dropping it, or the end of the process however it comes, lets it go.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another run holds it.
    #[error("{0} is in use by another run")]
    InUse(PathBuf),
    /// It cannot be made or locked.
    #[error("{path}: {source}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl DataDir {
    /// Makes the directory if it is missing, and takes it. Blocks for two seconds at most while another run that was
    /// just killed still holds it.
    ///
    /// # Errors
    /// Both variants of [`DataDirError`].
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Io { path: path.to_path_buf(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        // A lock of the operating system, so that a killed run leaves nothing behind that must be cleared by hand.
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        let patient_until = Instant::now() + LAST_BREATH;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_path_buf(), _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < patient_until => std::thread::sleep(LOOK_EVERY),
                Err(TryLockError::WouldBlock) => return Err(DataDirError::InUse(path.to_path_buf())),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }

    /// Removes what a run leaves in it, and nothing else: the directory may be anybody's.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn empty(&self) -> std::io::Result<()> {
        for name in LEFT_BY_A_RUN {
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
    fn a_directory_is_held_by_one_run_at_a_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let held = DataDir::open(folder.path()).unwrap();
        assert!(matches!(DataDir::open(folder.path()), Err(DataDirError::InUse(_))));
        drop(held);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_run_that_is_just_ending_is_waited_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let held = DataDir::open(folder.path()).unwrap();
        let ending = std::thread::spawn(move || {
            std::thread::sleep(LOOK_EVERY * 5);
            drop(held);
        });
        DataDir::open(folder.path()).unwrap();
        ending.join().unwrap();
    }
}
