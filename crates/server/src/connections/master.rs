//! The master keys: one that seals, and while it takes another's place, the one before, which only opens. They stand in the
//! configuration or in two files of the data folder, and never anywhere else.

use super::seal::{DoesNotOpen, Key, Place, parse_key};
use anyhow::Context as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The file in the data folder that holds the master key where none is configured.
pub const KEY_FILE: &str = "master.key";
/// The file beside it that holds the one before.
pub const PREVIOUS_FILE: &str = "master.key.previous";

/// Both keys.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// It seals, and opens.
    pub current: Key,
    /// It only opens.
    pub previous: Option<Key>,
}

/// Where the keys are.
#[derive(Clone)]
pub struct Source {
    /// `keys.master`; empty means the file.
    pub master: String,
    /// `keys.previous`.
    pub previous: String,
    /// The data folder.
    pub folder: PathBuf,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({}, ..)", self.folder.display())
    }
}

impl MasterKeys {
    /// One key alone.
    #[must_use]
    pub fn alone(current: Key) -> Self {
        Self { current, previous: None }
    }

    /// Opens what was sealed under either of them, or under a key that is made from either.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, purpose: Option<&str>, sealed: &[u8], place: Place<'_>) -> Result<Vec<u8>, DoesNotOpen> {
        let of = |key: &Key| purpose.map_or_else(|| key.clone(), |purpose| key.derive(purpose));
        let opened = of(&self.current).open(sealed, place);
        match &self.previous {
            Some(previous) => opened.or_else(|_| of(previous).open(sealed, place)),
            None => opened,
        }
    }
}

impl Source {
    /// The keys as they stand there now; none where there is no key.
    ///
    /// # Errors
    /// When a file cannot be read, or holds something else.
    pub fn read(&self) -> anyhow::Result<Option<MasterKeys>> {
        let configured = parse_key(&self.previous);
        if let Some(current) = parse_key(&self.master) {
            return Ok(Some(MasterKeys { current, previous: configured }));
        }
        // In this order: whoever makes a new key writes the one before first.
        let Some(current) = read_file(&self.folder.join(KEY_FILE))? else { return Ok(None) };
        let previous = match configured {
            Some(previous) => Some(previous),
            None => read_file(&self.folder.join(PREVIOUS_FILE))?,
        };
        Ok(Some(MasterKeys { current, previous }))
    }

    /// Whether the key is a file, which this program made and may replace.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.master.is_empty()
    }

    /// Makes the first key of a new service. Only its owner may read the file.
    ///
    /// # Errors
    /// When the file cannot be made, or is there already.
    pub fn make(&self) -> anyhow::Result<MasterKeys> {
        let key = Key::random();
        write_new(&self.folder.join(KEY_FILE), &key)?;
        sync_folder(&self.folder)?;
        Ok(MasterKeys::alone(key))
    }

    /// Keeps a copy of the key, as the one before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, key: &Key) -> anyhow::Result<()> {
        self.put(PREVIOUS_FILE, key)
    }

    /// Puts a new key in the place of the one that is there. Answers it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn renew(&self) -> anyhow::Result<Key> {
        let key = Key::random();
        self.put(KEY_FILE, &key)?;
        Ok(key)
    }

    /// Removes the one before.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_previous(&self) -> anyhow::Result<()> {
        std::fs::remove_file(self.folder.join(PREVIOUS_FILE))?;
        sync_folder(&self.folder)
    }

    /// Whoever reads the file meanwhile reads the old key or the new one.
    fn put(&self, name: &str, key: &Key) -> anyhow::Result<()> {
        let (path, fresh) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        // What somebody who died left here was never anybody's key.
        let _ = std::fs::remove_file(&fresh);
        write_new(&fresh, key)?;
        std::fs::rename(&fresh, &path).with_context(|| format!("{} cannot be written", path.display()))?;
        sync_folder(&self.folder)
    }
}

fn write_new(path: &Path, key: &Key) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", data_encoding::HEXLOWER.encode(key.bytes()))?;
    Ok(file.sync_all()?)
}

fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    Ok(File::open(folder)?.sync_all()?)
}

fn read_file(path: &Path) -> anyhow::Result<Option<Key>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let key = parse_key(&text);
    key.map(Some)
        .ok_or_else(|| anyhow::anyhow!("{} must hold 64 hex digits; put it back from its copy", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(folder: &Path) -> Source {
        Source { master: String::new(), previous: String::new(), folder: folder.to_owned() }
    }

    #[test]
    fn a_master_key_is_made_once_and_only_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let source = source(folder.path());
        assert!(source.read().unwrap().is_none());
        let first = source.make().unwrap();
        assert!(source.make().is_err(), "none is written over");
        assert_eq!(source.read().unwrap().unwrap().current.bytes(), first.current.bytes());
        let mode = std::fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(KEY_FILE), "nonsense").unwrap();
        assert!(source.read().is_err());
    }

    #[test]
    fn a_new_key_stands_beside_the_one_before_and_both_open() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(folder.path());
        let first = source.make().unwrap().current;
        let place = Place { tenant: "a", table: "tenant", row: "a", column: "data_key" };
        let (sealed, of_mail) = (first.seal(b"x", place), first.derive("mail").seal(b"y", place));
        source.keep(&first).unwrap();
        let second = source.renew().unwrap();
        let both = source.read().unwrap().unwrap();
        assert_eq!(both.current.bytes(), second.bytes());
        assert_eq!(both.previous.as_ref().unwrap().bytes(), first.bytes());
        assert_eq!(both.open(None, &sealed, place).unwrap(), b"x");
        assert_eq!(both.open(Some("mail"), &of_mail, place).unwrap(), b"y");
        assert_eq!(both.open(Some("other"), &of_mail, place), Err(DoesNotOpen));
        source.forget_previous().unwrap();
        assert_eq!(source.read().unwrap().unwrap().open(None, &sealed, place), Err(DoesNotOpen));
    }

    #[test]
    fn what_is_configured_goes_before_what_stands_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let made = source(folder.path()).make().unwrap().current;
        let old = data_encoding::HEXLOWER.encode(made.bytes());
        let configured = Source { master: "11".repeat(32), previous: old, folder: folder.path().to_owned() };
        let keys = configured.read().unwrap().unwrap();
        assert_eq!((keys.current.bytes()[0], keys.previous.unwrap().bytes()), (0x11, made.bytes()));
    }
}
