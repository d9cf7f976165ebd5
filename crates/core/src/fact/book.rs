//! The facts that one translation works on.

use super::{Alias, Fact, State};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The facts a translation works on: loaded before, stored after, nothing in between.
#[derive(Debug, Default)]
pub struct Book {
    facts: HashMap<Alias, Fact>,
    aliases: HashMap<Alias, Alias>,
    changed: BTreeSet<Alias>,
    new_aliases: Vec<(Alias, Alias)>,
    absorbed: Vec<(Alias, Alias)>,
    looked_up: HashSet<Alias>,
    whole: HashSet<Alias>,
}

impl Book {
    /// Notes that the store was asked for these aliases, whether it had them or not. Asking the book for any other is a
    /// mistake of the rules, caught in tests: it would make a second fact of something that is stored already.
    pub fn looked_up(&mut self, aliases: &[Alias]) {
        self.looked_up.extend(aliases.iter().cloned());
    }

    /// Adds a stored fact; does not count as a change, and never replaces one that is there already.
    pub fn load(&mut self, fact: Fact) {
        self.facts.entry(fact.id.clone()).or_insert(fact);
    }

    /// Adds a stored alias of a fact.
    pub fn load_alias(&mut self, alias: Alias, fact: Alias) {
        self.aliases.entry(alias).or_insert(fact);
    }

    /// The fact that owns one of the aliases; the first hit wins.
    #[must_use]
    pub fn find(&self, aliases: &[Alias]) -> Option<&Fact> {
        debug_assert!(
            aliases.iter().all(|alias| self.looked_up.contains(alias) || self.aliases.contains_key(alias)),
            "the rules asked for an alias that needs() did not name"
        );
        aliases.iter().find_map(|alias| self.facts.get(self.aliases.get(alias)?))
    }

    /// Every fact that owns one of the aliases, in the order of the aliases: more than one when what was taken for several
    /// things turns out to be one.
    #[must_use]
    pub fn find_all(&self, aliases: &[Alias]) -> Vec<&Fact> {
        let mut ids: Vec<&Alias> = Vec::new();
        for id in aliases.iter().filter_map(|alias| self.aliases.get(alias)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids.into_iter().filter_map(|id| self.facts.get(id)).collect()
    }

    /// The fact of that id.
    #[must_use]
    pub fn get(&self, id: &Alias) -> Option<&Fact> {
        self.facts.get(id)
    }

    /// All facts that are loaded.
    pub fn all(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }

    /// Whether the fact is loaded.
    #[must_use]
    pub fn knows_alias(&self, alias: &Alias) -> bool {
        self.aliases.contains_key(alias)
    }

    /// Stores `state` for the fact that owns one of `aliases`, or for a new fact named by the first; all `aliases`
    /// become its own, and other facts that own some are absorbed: `state` must hold what they knew. Answers the fact's id
    /// and whether anything changed.
    pub fn put(&mut self, aliases: &[Alias], state: State) -> Option<(Alias, bool)> {
        let mut owners: Vec<Alias> = self.find_all(aliases).into_iter().map(|fact| fact.id.clone()).collect();
        let id = if owners.is_empty() { aliases.first()?.clone() } else { owners.remove(0) };
        for twin in owners {
            self.absorb(&id, &twin);
        }
        for alias in aliases {
            if !self.aliases.contains_key(alias) {
                self.aliases.insert(alias.clone(), id.clone());
                self.new_aliases.push((alias.clone(), id.clone()));
            }
        }
        let same = self.facts.get(&id).is_some_and(|fact| fact.state == state);
        if !same {
            self.facts.insert(id.clone(), Fact { id: id.clone(), state });
            self.changed.insert(id.clone());
        }
        Some((id, !same))
    }

    fn absorb(&mut self, survivor: &Alias, twin: &Alias) {
        self.facts.remove(twin);
        self.changed.remove(twin);
        let of_twin = self.aliases.values_mut().chain(self.new_aliases.iter_mut().map(|(_, fact)| fact));
        for fact in of_twin.filter(|fact| *fact == twin) {
            *fact = survivor.clone();
        }
        self.changed.insert(survivor.clone());
        self.absorbed.push((survivor.clone(), twin.clone()));
    }

    /// Facts that were found to be one with another: the survivor, and the twin that is no more.
    #[must_use]
    pub fn absorbed(&self) -> &[(Alias, Alias)] {
        &self.absorbed
    }

    /// Notes that everything that is part of these facts was loaded.
    pub fn loaded_whole(&mut self, wholes: &[Alias]) {
        self.whole.extend(wholes.iter().cloned());
    }

    /// The ids of all facts that are part of `whole`, in their order.
    #[must_use]
    pub fn parts(&self, whole: &Alias) -> Vec<Alias> {
        debug_assert!(self.whole.contains(whole), "the rules asked for parts that wholes() did not name");
        let mut parts: Vec<Alias> = self
            .facts
            .values()
            .filter(|fact| fact.state.part_of() == Some(whole))
            .map(|fact| fact.id.clone())
            .collect();
        parts.sort_unstable();
        parts
    }

    /// What has to be stored: changed facts, and new aliases with the fact they name.
    #[must_use]
    pub fn changes(&self) -> (Vec<&Fact>, &[(Alias, Alias)]) {
        (self.changed.iter().filter_map(|id| self.facts.get(id)).collect(), &self.new_aliases)
    }
}
