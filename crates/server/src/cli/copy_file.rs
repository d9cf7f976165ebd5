//! A file that is written beside the one it is to become: whoever looks there sees the whole new one, or what was there before.

use anyhow::Context as _;
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Only the owner may read it.
const MODE: u32 = 0o600;

/// The file while it is written. Unless it is finished, nothing is left of it.
pub(super) struct CopyFile {
    path: PathBuf,
    file: File,
    is_finished: bool,
}

impl CopyFile {
    /// An empty file beside `target`. What somebody who was killed left of an earlier one is overwritten.
    pub(super) fn begin(target: &Path, ending: &str) -> anyhow::Result<Self> {
        let path = beside(target, ending);
        let mut options = OpenOptions::new();
        let opened = options.create(true).truncate(false).read(true).write(true).mode(MODE).open(&path);
        let file = opened.with_context(|| format!("{} cannot be written", path.display()))?;
        anyhow::ensure!(file.try_lock().is_ok(), "another process is writing {}", path.display());
        file.set_len(0)?;
        file.set_permissions(Permissions::from_mode(MODE))?;
        Ok(Self { path, file, is_finished: false })
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is written to.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes it durable under its own name. Answers its length in bytes.
    pub(super) fn finish(mut self, target: &Path) -> anyhow::Result<u64> {
        self.file.sync_all()?;
        let bytes = self.file.metadata()?.len();
        std::fs::rename(&self.path, target).with_context(|| format!("{} cannot be put in place", target.display()))?;
        self.is_finished = true;
        sync_folder_of(target)?;
        Ok(bytes)
    }
}

impl Drop for CopyFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // A rest that cannot be removed is overwritten by the next.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The name with something behind it.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes durable which names stand in the file's folder.
pub(super) fn sync_folder_of(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

/// The file under a name that is the same from wherever it is named; it need not be there.
pub(super) fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    let name = file.file_name().with_context(|| format!("{} names no file", file.display()))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| format!("there is no folder {}", folder.display()))?;
    Ok(folder.join(name))
}
