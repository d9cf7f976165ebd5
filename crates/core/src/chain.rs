//! The chain of the audit log: every line carries a hash over the hash of the line before it and over all that it says itself.
//! Whoever changes, removes, inserts or swaps lines afterwards breaks it at that line. What a chain alone cannot tell is that its end
//! was cut off together with its head, or that all of it was computed anew: whoever wants to know that notes the head elsewhere.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Begins every hash, so that a later way of hashing cannot be taken for this one.
const WAY: &str = "zoom-connector audit 1";

/// What the first line of a chain has before it.
pub const BEGINNING: &str = "";

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The tenant, or empty for the installation's own chain.
    pub chain: String,
    /// Its place, counted from 1.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// In words.
    pub detail: String,
}

impl Line {
    /// The line's hash behind the line of that hash. Every field goes in with its length before it, so that nothing can be moved
    /// from one field to the next.
    #[must_use]
    pub fn hash(&self, previous: &str) -> String {
        let Self { chain, number, id, at_ms, actor, action, detail } = self;
        let (number, at_ms) = (number.to_string(), at_ms.to_string());
        let mut hash = Sha256::new();
        for field in [WAY, previous, chain, &number, id, &at_ms, actor, action, detail] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        HEXLOWER.encode(&hash.finalize())
    }
}

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last line; 0 before the first.
    pub number: i64,
    /// Its hash.
    pub hash: String,
}

impl Head {
    /// The head of a chain without a line.
    #[must_use]
    pub fn beginning() -> Self {
        Self { number: 0, hash: BEGINNING.to_owned() }
    }
}

/// Where and how a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A line is not there, or stands where another one belongs.
    #[error("line {0} is missing")]
    Missing(i64),
    /// What the line says is not what was written, or the line before it is not.
    #[error("line {0} was changed")]
    Changed(i64),
    /// A line that was written past the chain.
    #[error("the line {0} stands in no chain")]
    Loose(String),
    /// The lines end before or behind the head.
    #[error("the lines end with {found}, but the head says {said}")]
    End {
        /// The last line that is there.
        found: i64,
        /// The last line as the head has it.
        said: i64,
    },
    /// The lines end with the number of the head, but not with its hash.
    #[error("the head is not that of line {0}")]
    OtherHead(i64),
    /// The chain does not hold the head that was noted.
    #[error("line {0} is not the one that was noted")]
    NotAsNoted(i64),
}

/// A walk along a chain, line by line.
#[derive(Debug, Clone)]
pub struct Walk {
    at: Head,
    noted: Option<Head>,
}

impl Walk {
    /// A walk from the beginning, past a head that was noted earlier, if one was.
    #[must_use]
    pub fn new(noted: Option<Head>) -> Self {
        Self { at: Head::beginning(), noted }
    }

    /// How far it came.
    #[must_use]
    pub fn at(&self) -> &Head {
        &self.at
    }

    /// Goes on to the next line, which carries that hash.
    ///
    /// # Errors
    /// [`Broken`] when it does not follow.
    pub fn step(&mut self, line: &Line, hash: &str) -> Result<(), Broken> {
        let number = self.at.number + 1;
        if line.number != number {
            return Err(Broken::Missing(number));
        }
        if line.hash(&self.at.hash) != hash {
            return Err(Broken::Changed(number));
        }
        if self.noted.as_ref().is_some_and(|noted| noted.number == number && noted.hash != hash) {
            return Err(Broken::NotAsNoted(number));
        }
        self.at = Head { number, hash: hash.to_owned() };
        Ok(())
    }

    /// Ends where no further line is.
    ///
    /// # Errors
    /// [`Broken`] when the chain goes on by its head, or by the head that was noted.
    pub fn end(self, head: &Head) -> Result<Head, Broken> {
        if self.at.number != head.number {
            return Err(Broken::End { found: self.at.number, said: head.number });
        }
        if self.at.hash != head.hash {
            return Err(Broken::OtherHead(head.number));
        }
        match self.noted {
            Some(noted) if noted.number > self.at.number => {
                Err(Broken::End { found: self.at.number, said: noted.number })
            }
            Some(_) | None => Ok(self.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(many: i64) -> Vec<(Line, String)> {
        let mut previous = BEGINNING.to_owned();
        let mut lines = Vec::new();
        for number in 1..=many {
            let line = Line {
                chain: "acme".to_owned(),
                number,
                id: format!("id-{number}"),
                at_ms: 1_000 + number,
                actor: "meera@acme.test".to_owned(),
                action: "settings.saved".to_owned(),
                detail: format!("version {number}"),
            };
            previous = line.hash(&previous);
            lines.push((line, previous.clone()));
        }
        lines
    }

    fn head(lines: &[(Line, String)]) -> Head {
        lines.last().map_or_else(Head::beginning, |(line, hash)| Head { number: line.number, hash: hash.clone() })
    }

    fn walk(lines: &[(Line, String)], head: &Head, noted: Option<Head>) -> Result<Head, Broken> {
        let mut walk = Walk::new(noted);
        for (line, hash) in lines {
            walk.step(line, hash)?;
        }
        walk.end(head)
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        for many in [0, 1, 3] {
            let lines = lines(many);
            assert_eq!(walk(&lines, &head(&lines), None), Ok(head(&lines)));
            for noted in 0..many {
                let earlier = self::lines(noted);
                assert_eq!(walk(&lines, &head(&lines), Some(head(&earlier))), Ok(head(&lines)));
            }
        }
    }

    #[track_caller]
    fn check_changed(change: fn(&mut Line)) {
        let mut lines = lines(3);
        let head = head(&lines);
        change(&mut lines[1].0);
        assert_eq!(walk(&lines, &head, None), Err(Broken::Changed(2)));
    }

    #[test]
    fn a_change_of_any_field_is_found_at_its_line() {
        check_changed(|line| line.chain = "other".to_owned());
        check_changed(|line| line.id.push('x'));
        check_changed(|line| line.at_ms += 1);
        check_changed(|line| line.actor.clear());
        check_changed(|line| line.action.push('x'));
        check_changed(|line| line.detail = "version 3".to_owned());
        // What moves from one field to the next changes the hash although the letters stay.
        check_changed(|line| {
            line.actor.push_str("settings");
            line.action = ".saved".to_owned();
        });
    }

    #[test]
    fn lines_that_were_removed_inserted_or_swapped_are_found() {
        let whole = lines(4);
        let end = head(&whole);
        let mut removed = whole.clone();
        removed.remove(1);
        assert_eq!(walk(&removed, &end, None), Err(Broken::Missing(2)));
        let mut doubled = whole.clone();
        doubled.insert(1, whole[0].clone());
        assert_eq!(walk(&doubled, &end, None), Err(Broken::Missing(2)));
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        (swapped[1].0.number, swapped[2].0.number) = (2, 3);
        assert_eq!(walk(&swapped, &end, None), Err(Broken::Changed(2)));
        let mut hashed = whole;
        hashed[2].1 = hashed[1].1.clone();
        assert_eq!(walk(&hashed, &end, None), Err(Broken::Changed(3)));
    }

    #[test]
    fn an_end_that_was_cut_off_is_found_by_the_head_or_by_the_one_that_was_noted() {
        let whole = lines(4);
        let (end, cut) = (head(&whole), &whole[..2]);
        assert_eq!(walk(cut, &end, None), Err(Broken::End { found: 2, said: 4 }));
        assert_eq!(walk(&whole, &head(cut), None), Err(Broken::End { found: 4, said: 2 }));
        assert_eq!(walk(cut, &head(cut), None), Ok(head(cut)), "the chain alone cannot tell");
        assert_eq!(walk(cut, &head(cut), Some(end.clone())), Err(Broken::End { found: 2, said: 4 }));
        let other = Head { number: 4, hash: "x".to_owned() };
        assert_eq!(walk(&whole, &other, None), Err(Broken::OtherHead(4)));
        assert_eq!(walk(&whole, &end, Some(Head { number: 2, ..other })), Err(Broken::NotAsNoted(2)));
    }
}
