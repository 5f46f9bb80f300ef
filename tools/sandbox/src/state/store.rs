//! The state under one lock, and its file: written whole, to a neighbour, then renamed over the old one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::World;

#[derive(Debug)]
pub(crate) struct Store {
    world: Mutex<World>,
    file: Option<PathBuf>,
    /// Counts the changes; what was saved last is under `saved`.
    revision: AtomicU64,
    saved: Mutex<u64>,
    closed: AtomicBool,
}

impl Store {
    /// Loads the file if there is one, else starts empty.
    pub(crate) fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let world = match file.as_deref() {
            Some(path) => load(path)?,
            None => World::default(),
        };
        Ok(Self {
            world: Mutex::new(world),
            file,
            revision: AtomicU64::new(0),
            saved: Mutex::new(0),
            closed: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.lock();
        let result = change(&mut world);
        self.revision.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Makes every change so far survive a kill. Called before anything of a change is told to anyone.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let Some(path) = self.file.as_deref() else {
            return Ok(());
        };
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if self.closed.load(Ordering::SeqCst) || *saved == self.revision.load(Ordering::SeqCst) {
            return Ok(());
        }
        let (revision, text) = {
            let world = self.lock();
            (self.revision.load(Ordering::SeqCst), serde_json::to_vec(&*world)?)
        };
        let neighbour = path.with_extension("saving");
        fs::write(&neighbour, text)?;
        fs::rename(&neighbour, path)?;
        *saved = revision;
        Ok(())
    }

    /// No more saving: a task that outlives its sandbox must not write over the state of the next one.
    pub(crate) fn close(&self) {
        let _last_save_done = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Ordering::SeqCst);
    }
}

fn load(path: &Path) -> io::Result<World> {
    match fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(absent) if absent.kind() == io::ErrorKind::NotFound => Ok(World::default()),
        Err(other) => Err(other),
    }
}
