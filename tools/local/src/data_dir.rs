//! The directory that outlives a run, held by one run at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const LEFT_BY_A_RUN: [&str; 3] = ["aws", "logs", "sandbox.json"];

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
    /// Makes the directory if it is missing, and takes it.
    ///
    /// # Errors
    /// Both variants of [`DataDirError`].
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Io { path: path.to_path_buf(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        // A lock of the operating system, so that a killed run leaves nothing behind that must be cleared by hand.
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_path_buf(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_path_buf())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
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
