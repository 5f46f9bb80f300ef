//! Values that notice their own changes: mutable access marks a value as changed, so that a save can write what changed
//! and nothing else, and no change can be forgotten.
//!
//! A new value counts as changed. What was read from a file does too, which costs one whole save and no mistakes.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use super::changes::Changes;

/// Something that can save its changes apart from everything else.
pub(crate) trait Journaled {
    /// Adds what changed to `changes`, and marks it as saved.
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()>;

    /// Marks everything as saved.
    fn mark_saved(&mut self);
}

/// A value that is saved whole when it changed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tracked<T> {
    value: T,
    #[serde(skip)]
    saved: bool,
}

impl<T> From<T> for Tracked<T> {
    fn from(value: T) -> Self {
        Self { value, saved: false }
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.saved = false;
        &mut self.value
    }
}

impl<T: Serialize> Journaled for Tracked<T> {
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()> {
        if !self.saved {
            changes.set(&self.value)?;
        }
        self.mark_saved();
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.saved = true;
    }
}

/// What of an entry is not saved yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsaved {
    /// The entry is new, replaced or removed.
    Whole,
    /// Something in it may have changed; the entry knows what.
    Inside,
}

/// A map that saves its entries one by one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "K: Ord + Deserialize<'de>, V: Deserialize<'de>"))]
pub(crate) struct TrackedMap<K, V> {
    entries: BTreeMap<K, V>,
    /// `None`: everything.
    #[serde(skip)]
    unsaved: Option<BTreeMap<K, Unsaved>>,
}

impl<K: Ord + Clone, V> TrackedMap<K, V> {
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

    fn keys_where(&self, holds: impl Fn(&V) -> bool) -> Vec<K> {
        self.entries.iter().filter(|(_, value)| holds(value)).map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn retain(&mut self, stays: impl Fn(&V) -> bool) {
        for key in self.keys_where(|value| !stays(value)) {
            self.remove(&key);
        }
    }

    /// Changes every entry for which `which` holds, and counts them.
    pub(crate) fn change_all(&mut self, which: impl Fn(&V) -> bool, change: impl Fn(&mut V)) -> usize {
        let found = self.keys_where(which);
        for key in &found {
            self.mark(key, Unsaved::Inside);
            self.entries.get_mut(key).map(&change);
        }
        found.len()
    }
}

impl<V> TrackedMap<u64, V> {
    /// Adds an entry under the next number, counted from 1.
    pub(crate) fn append(&mut self, make: impl FnOnce(u64) -> V) -> u64 {
        let number = self.entries.last_key_value().map_or(1, |(last, _)| last + 1);
        self.insert(number, make(number));
        number
    }
}

impl<K, V> Default for TrackedMap<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), unsaved: None }
    }
}

impl<K, V> Deref for TrackedMap<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.entries
    }
}

impl<'a, K, V> IntoIterator for &'a TrackedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::collections::btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<K: Ord + Serialize, V: Serialize + Journaled> Journaled for TrackedMap<K, V> {
    fn drain(&mut self, changes: &mut Changes) -> serde_json::Result<()> {
        let Some(unsaved) = self.unsaved.replace(BTreeMap::new()) else {
            changes.set(&self.entries)?;
            self.mark_saved();
            return Ok(());
        };
        for (key, how) in unsaved {
            changes.under(&key, |changes| match (self.entries.get_mut(&key), how) {
                (Some(entry), Unsaved::Inside) => entry.drain(changes),
                (Some(entry), Unsaved::Whole) => {
                    changes.set(&*entry)?;
                    entry.mark_saved();
                    Ok(())
                }
                (None, _) => changes.remove(),
            })?;
        }
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.unsaved = Some(BTreeMap::new());
        self.entries.values_mut().for_each(Journaled::mark_saved);
    }
}

/// Makes types into entries that are saved whole.
macro_rules! saved_whole {
    ($($entry:ty),+ $(,)?) => {$(
        impl $crate::state::Journaled for $entry {
            fn drain(&mut self, changes: &mut $crate::state::Changes) -> serde_json::Result<()> {
                changes.set(self)
            }

            fn mark_saved(&mut self) {}
        }
    )+};
}

/// Makes a struct of fields that are saved one by one. Every field has to be named, or nothing compiles: those that are
/// saved, then those that live in memory only.
macro_rules! saved_by_field {
    ($whole:ty { $($field:ident),+ $(; in memory: $($memory:ident),+)? }) => {
        impl $crate::state::Journaled for $whole {
            fn drain(&mut self, changes: &mut $crate::state::Changes) -> serde_json::Result<()> {
                let Self { $($field,)+ $($($memory: _,)+)? } = self;
                $(changes.under(&stringify!($field), |changes| $field.drain(changes))?;)+
                Ok(())
            }

            fn mark_saved(&mut self) {
                let Self { $($field,)+ $($($memory: _,)+)? } = self;
                $($field.mark_saved();)+
            }
        }
    };
}

pub(crate) use {saved_by_field, saved_whole};
