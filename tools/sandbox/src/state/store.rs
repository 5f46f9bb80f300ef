//! The state under one lock, and its saving.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::World;
use super::changes::Changes;
use super::file::StateFile;
use super::tracked::Journaled as _;

#[derive(Debug)]
pub(crate) struct Store {
    world: Mutex<World>,
    /// Counts the changes that must be saved before a response leaves; `Saved` holds the last one that is.
    revision: AtomicU64,
    saved: Mutex<Saved>,
}

#[derive(Debug)]
struct Saved {
    revision: u64,
    /// Absent: everything is in memory only.
    file: Option<StateFile>,
}

impl Store {
    /// Loads the file if there is one, else starts empty.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let file = path.map(StateFile::new);
        let world = file.as_ref().map_or_else(|| Ok(World::default()), StateFile::load)?;
        let saved = Mutex::new(Saved { revision: 0, file });
        Ok(Self { world: Mutex::new(world), revision: AtomicU64::new(0), saved })
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saved(&self) -> MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.lock())
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.lock();
        let result = change(&mut world);
        self.revision.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Changes what comes with being called, such as a count. It is saved along with the next change, so a call that only
    /// reads writes nothing.
    pub(crate) fn write_later<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.lock())
    }

    /// Makes every change so far survive a kill. Called before anyone can learn of a change.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let mut saved = self.saved();
        if saved.revision == self.revision.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Some(file) = &mut saved.file else {
            return Ok(());
        };
        let revision = self.save(file)?;
        saved.revision = revision;
        Ok(())
    }

    /// Saves, and returns up to which revision.
    fn save(&self, file: &mut StateFile) -> io::Result<u64> {
        let mut world = self.lock();
        let revision = self.revision.load(Ordering::SeqCst);
        if file.needs_rewrite() {
            let document = serde_json::to_vec(&*world)?;
            world.mark_saved();
            drop(world);
            file.rewrite(document)?;
            return Ok(revision);
        }
        let mut changes = Changes::default();
        let drained = world.drain(&mut changes);
        drop(world);
        if let Err(why) = drained {
            // Some of it counts as saved by now, and is not.
            file.invalidate();
            return Err(why.into());
        }
        if let Some(line) = changes.into_line() {
            file.append(line)?;
        }
        Ok(revision)
    }

    /// No more saving: a task that outlives its sandbox must not write over the state of the next one. A sandbox that
    /// ends in order leaves its state as one document.
    pub(crate) fn close(&self) {
        let mut saved = self.saved();
        if let Some(mut file) = saved.file.take()
            && file.has_changes()
            && let Ok(document) = serde_json::to_vec(&*self.lock())
        {
            // Nothing is lost where this fails: every change is in the file already.
            let _ = file.rewrite(document);
        }
    }
}
