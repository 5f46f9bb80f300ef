//! The state's file: the whole document in its first line, what changed since in one line for every save.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::Value;

use super::World;
use super::changes::apply;

/// The lines of changes may take this much before the file is begun anew, however small the document.
const FEW: u64 = 256 * 1024;

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
    /// The bytes of the document, and of the lines behind it.
    document: u64,
    lines: u64,
}

impl StateFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// What the last save left; nothing saved yet is an empty world.
    pub(crate) fn load(&self) -> io::Result<World> {
        match fs::read(&self.path) {
            Ok(bytes) => parse(&bytes),
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => Ok(World::default()),
            Err(other) => Err(other),
        }
    }

    /// Whether the next save has to be [`Self::replace`]: at first, after a failure, and when the changes have outgrown
    /// the document. So everything is written twice at most, over time.
    pub(crate) fn wants_everything(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.lines > open.document.max(FEW))
    }

    /// Whether there are changes behind the document.
    pub(crate) fn has_changes(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.lines > 0)
    }

    /// Begins the file anew with the whole document: in a neighbour that is renamed over it, so that a kill leaves the
    /// one or the other.
    pub(crate) fn replace(&mut self, mut document: Vec<u8>) -> io::Result<()> {
        self.open = None;
        document.push(b'\n');
        let neighbour = self.path.with_extension("saving");
        let mut file = File::create(&neighbour)?;
        file.write_all(&document)?;
        fs::rename(&neighbour, &self.path)?;
        self.open = Some(Open { file, document: length(&document), lines: 0 });
        Ok(())
    }

    /// Adds a line of changes. After a failure nobody knows how much of it is there, so the file is begun anew.
    pub(crate) fn append(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        let Some(mut open) = self.open.take() else {
            return Err(io::Error::other("the file is not open"));
        };
        open.file.write_all(&line)?;
        open.lines += length(&line);
        self.open = Some(open);
        Ok(())
    }

    /// A save that went wrong before it came here.
    pub(crate) fn distrust(&mut self) {
        self.open = None;
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn parse(bytes: &[u8]) -> io::Result<World> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let document = lines.next().unwrap_or_default();
    // A line without its end was being written when the process was killed: nobody has been answered from it.
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
