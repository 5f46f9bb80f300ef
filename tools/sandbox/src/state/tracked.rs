//! Values that notice their own changes: whoever gets one to change has marked it by that, so that a save can write what
//! changed and nothing else, and no change can be forgotten.
//!
//! A new value counts as changed. What was read from a file does too, which costs one whole save and no mistakes.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::changes::Changes;

/// Something whose changes can be saved apart from everything else.
pub(crate) trait Journaled {
    /// Adds what changed to `changes`, and takes it as saved.
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()>;

    /// Takes everything as saved.
    fn settle(&mut self);
}

/// A value that is saved whole when it changed.
#[derive(Debug, Default)]
pub(crate) struct Kept<T> {
    value: T,
    saved: bool,
}

impl<T> From<T> for Kept<T> {
    fn from(value: T) -> Self {
        Self { value, saved: false }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.saved = false;
        &mut self.value
    }
}

impl<T: Serialize> Journaled for Kept<T> {
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()> {
        if !self.saved {
            changes.set(&self.value)?;
        }
        self.settle();
        Ok(())
    }

    fn settle(&mut self) {
        self.saved = true;
    }
}

/// What of an entry is not saved yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsaved {
    /// It is new, or another than it was, or gone.
    Whole,
    /// Something in it may have changed; the entry knows what.
    Inside,
}

/// A map whose entries are saved one by one.
#[derive(Debug)]
pub(crate) struct KeptMap<K, V> {
    entries: BTreeMap<K, V>,
    /// `None`: everything.
    unsaved: Option<BTreeMap<K, Unsaved>>,
}

impl<K: Ord + Clone, V> KeptMap<K, V> {
    fn mark(&mut self, key: &K, how: Unsaved) {
        if let Some(unsaved) = &mut self.unsaved
            && unsaved.get(key) != Some(&Unsaved::Whole)
        {
            unsaved.insert(key.clone(), how);
        }
    }

    pub(crate) fn get_mut<Q: ?Sized + Ord + ToOwned<Owned = K>>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        if self.entries.contains_key(key) {
            self.mark(&key.to_owned(), Unsaved::Inside);
        }
        self.entries.get_mut(key)
    }

    /// The entry, made by `make` if there is none.
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let how = if self.entries.contains_key(&key) { Unsaved::Inside } else { Unsaved::Whole };
        self.mark(&key, how);
        self.entries.entry(key).or_insert_with(make)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.mark(&key, Unsaved::Whole);
        self.entries.insert(key, value);
    }

    pub(crate) fn remove<Q: ?Sized + Ord>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.entries.remove_entry(key)?;
        self.mark(&key, Unsaved::Whole);
        Some(value)
    }

    pub(crate) fn retain(&mut self, stays: impl Fn(&V) -> bool) {
        let gone: Vec<K> = self.entries.iter().filter(|(_, value)| !stays(value)).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// Changes every entry for which `which` holds, and counts them.
    pub(crate) fn change_all(&mut self, which: impl Fn(&V) -> bool, change: impl Fn(&mut V)) -> usize {
        let found: Vec<K> = self.entries.iter().filter(|(_, value)| which(value)).map(|(key, _)| key.clone()).collect();
        for key in &found {
            self.mark(key, Unsaved::Inside);
            self.entries.get_mut(key).map(&change);
        }
        found.len()
    }
}

impl<K, V> Default for KeptMap<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), unsaved: None }
    }
}

impl<K, V> Deref for KeptMap<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.entries
    }
}

impl<'a, K, V> IntoIterator for &'a KeptMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::collections::btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<K: Ord + Serialize, V: Serialize + Journaled> Journaled for KeptMap<K, V> {
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()> {
        let Some(unsaved) = self.unsaved.replace(BTreeMap::new()) else {
            changes.set(&self.entries)?;
            self.settle();
            return Ok(());
        };
        for (key, how) in unsaved {
            changes.under(&key, |changes| match (self.entries.get_mut(&key), how) {
                (Some(entry), Unsaved::Inside) => entry.drain(changes),
                (Some(entry), Unsaved::Whole) => {
                    changes.set(&*entry)?;
                    entry.settle();
                    Ok(())
                }
                (None, _) => changes.gone(),
            })?;
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.unsaved = Some(BTreeMap::new());
        self.entries.values_mut().for_each(Journaled::settle);
    }
}

/// A list that grows at its end, whose entries are saved one by one.
#[derive(Debug)]
pub(crate) struct KeptList<T> {
    entries: Vec<T>,
    /// By position; `None`: everything.
    unsaved: Option<BTreeSet<usize>>,
}

impl<T> KeptList<T> {
    pub(crate) fn push(&mut self, entry: T) {
        if let Some(unsaved) = &mut self.unsaved {
            unsaved.insert(self.entries.len());
        }
        self.entries.push(entry);
    }

    /// The first entry for which `which` holds.
    pub(crate) fn find_mut(&mut self, which: impl Fn(&T) -> bool) -> Option<&mut T> {
        let at = self.entries.iter().position(which)?;
        if let Some(unsaved) = &mut self.unsaved {
            unsaved.insert(at);
        }
        self.entries.get_mut(at)
    }
}

impl<T> Default for KeptList<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), unsaved: None }
    }
}

impl<T> Deref for KeptList<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.entries
    }
}

impl<'a, T> IntoIterator for &'a KeptList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<T: Serialize> Journaled for KeptList<T> {
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()> {
        let Some(unsaved) = self.unsaved.replace(BTreeSet::new()) else {
            return changes.set(&self.entries);
        };
        for at in unsaved {
            if let Some(entry) = self.entries.get(at) {
                changes.under(&at, |changes| changes.set(entry))?;
            }
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.unsaved = Some(BTreeSet::new());
    }
}

// On the wire and in the file, each is what it keeps.

impl<T: Serialize> Serialize for Kept<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl<K: Serialize, V: Serialize> Serialize for KeptMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for KeptMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { entries: BTreeMap::deserialize(deserializer)?, unsaved: None })
    }
}

impl<T: Serialize> Serialize for KeptList<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for KeptList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { entries: Vec::deserialize(deserializer)?, unsaved: None })
    }
}

/// Makes types into entries that are saved whole.
macro_rules! saved_whole {
    ($($entry:ty),+ $(,)?) => {$(
        impl $crate::state::Journaled for $entry {
            fn drain(&mut self, changes: &mut $crate::state::Changes) -> serde_json::Result<()> {
                changes.set(self)
            }

            fn settle(&mut self) {}
        }
    )+};
}

/// Makes a struct of things that are saved apart. Every field has to be named, or nothing compiles: those that are
/// saved, then those that live in memory only.
macro_rules! saved_by_field {
    ($whole:ty { $($field:ident),+ $(; in memory: $($memory:ident),+)? }) => {
        impl $crate::state::Journaled for $whole {
            fn drain(&mut self, changes: &mut $crate::state::Changes) -> serde_json::Result<()> {
                let Self { $($field,)+ $($($memory: _,)+)? } = self;
                $(changes.under(&stringify!($field), |changes| $field.drain(changes))?;)+
                Ok(())
            }

            fn settle(&mut self) {
                let Self { $($field,)+ $($($memory: _,)+)? } = self;
                $($field.settle();)+
            }
        }
    };
}

pub(crate) use {saved_by_field, saved_whole};
