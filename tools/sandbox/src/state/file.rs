//! The state's file: the whole document in its first line, then a line for every save with what changed since.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::Value;

use super::World;
use super::changes::apply;

/// The lines of changes may take this many bytes before the file is rewritten, however small the document.
const MIN_JOURNAL_BYTES: usize = 256 * 1024;

/// Where the state is kept.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    open: Option<Open>,
}

/// A file that holds everything saved so far.
#[derive(Debug)]
struct Open {
    file: File,
    document_bytes: usize,
    journal_bytes: usize,
}

impl StateFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// What the last save left; an empty world when nothing was saved yet.
    pub(crate) fn load(&self) -> io::Result<World> {
        match fs::read(&self.path) {
            Ok(bytes) => parse(&bytes),
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => Ok(World::default()),
            Err(other) => Err(other),
        }
    }

    /// Whether the next save has to [`Self::rewrite`] the file: at first, after a failure, and when the changes have
    /// outgrown the document. So everything is written twice at most, over time.
    pub(crate) fn needs_rewrite(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.journal_bytes > open.document_bytes.max(MIN_JOURNAL_BYTES))
    }

    /// Whether there are changes behind the document.
    pub(crate) fn has_changes(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.journal_bytes > 0)
    }

    /// Writes the whole document into a new file and renames that over the old one, so that a kill leaves one or the
    /// other.
    pub(crate) fn rewrite(&mut self, mut document: Vec<u8>) -> io::Result<()> {
        self.open = None;
        document.push(b'\n');
        let new = self.path.with_extension("saving");
        let mut file = File::create(&new)?;
        file.write_all(&document)?;
        fs::rename(&new, &self.path)?;
        self.open = Some(Open { file, document_bytes: document.len(), journal_bytes: 0 });
        Ok(())
    }

    /// Adds a line of changes. After a failure it is unknown how much of it is there, so the next save rewrites the file.
    pub(crate) fn append(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        let Some(mut open) = self.open.take() else {
            return Err(io::Error::other("the file is not open"));
        };
        open.file.write_all(&line)?;
        open.journal_bytes += line.len();
        self.open = Some(open);
        Ok(())
    }

    /// Makes the next save rewrite the file.
    pub(crate) fn invalidate(&mut self) {
        self.open = None;
    }
}

fn parse(bytes: &[u8]) -> io::Result<World> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let document = lines.next().unwrap_or_default();
    // A line without its end was being written when the process was killed: no call was answered from it.
    let mut changes = lines.filter(|line| line.ends_with(b"\n")).peekable();
    if changes.peek().is_none() {
        return Ok(serde_json::from_slice(document)?);
    }
    let mut document: Value = serde_json::from_slice(document)?;
    for line in changes {
        apply(&mut document, line).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
    }
    Ok(serde_json::from_value(document)?)
}
