//! Unpacking an archive that is not trusted yet: its digest is known only at its end.

use super::belt::{BLOCK, belt};
use flate2::bufread::GzDecoder;
use left4me::{Context, Error, Result, printable};
use std::cell::Cell;
use std::collections::HashSet;
use std::io::{BufRead, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::thread;
use tar::{Archive, Entry, EntryType};

/// What is too much.
pub struct Bounds {
    /// Bytes of the archive.
    pub sent: u64,
    /// Bytes of all files in it.
    pub unpacked: u64,
    /// Files, directories and links.
    pub entries: usize,
}

impl Bounds {
    /// SteamCMD has 2.4 MB and unpacks to 6 MB in five files; this stops a bomb, not a future version.
    pub const STEAMCMD: Bounds = Bounds { sent: 64 << 20, unpacked: 256 << 20, entries: 2_000 };
}

/// Unpacks the gzipped tar `body` into the new directory `into`, as the calling user, with a thread of
/// its own for inflating.
///
/// Refuses, by name, every entry that is absolute, climbs out, is no plain file or directory, or
/// would be setuid or setgid; and an archive without an executable `steamcmd.sh`. SteamCMD's own
/// tarball has no links, so links are refused altogether.
pub fn unpack(body: impl BufRead + Send, into: &Path, bounds: &Bounds) -> Result<()> {
    std::fs::DirBuilder::new()
        .mode(0o755)
        .create(into)
        .context(|| format!("cannot make {}", into.display()))?;
    let (loading, plain) = belt();
    thread::scope(|scope| {
        let inflate = move || {
            if let Err(e) = loading.load(&mut GzDecoder::new(body)) {
                loading.fail(e);
            }
        };
        thread::Builder::new()
            .name("inflate".into())
            .spawn_scoped(scope, inflate)
            .context(|| "cannot start a thread".into())?;
        untar(plain, into, bounds)
    })?;
    require_start_script(into)
}

fn untar(plain: impl Read, into: &Path, bounds: &Bounds) -> Result<()> {
    let mut budget = bounds.unpacked;
    let mut seen = HashSet::new();
    let allowed = Cell::new(MAX_HEADERS);
    let mut archive = Archive::new(Metered { plain, allowed: &allowed });
    let mut buffer = vec![0; BLOCK];
    let entries = archive.entries().map_err(|e| not_an_archive(&e))?;
    for (number, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|e| match allowed.get() {
            0 => refuse("the archive", &format!("a header in it is larger than {} KiB", MAX_HEADERS >> 10)),
            _ => not_an_archive(&e),
        })?;
        if number >= bounds.entries {
            return Err(refuse("the archive", &format!("it has more than {} entries", bounds.entries)));
        }
        budget = match budget.checked_sub(entry.size()) {
            Some(rest) => rest,
            None => {
                let most = bounds.unpacked >> 20;
                return Err(refuse("the archive", &format!("it unpacks to more than {most} MiB")));
            }
        };
        allowed.set(entry.size() + MAX_HEADERS);
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(path) = judge(&entry, &name)? else { continue };
        if !seen.insert(path.clone()) {
            return Err(refuse(&name, "it is there twice"));
        }
        write(&mut entry, &into.join(&path), &mut buffer).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => not_an_archive(&e),
            _ => Error::new(format!("cannot unpack {name}: {e}")),
        })?;
        // A sparse file has less in the archive than its size.
        allowed.set(MAX_HEADERS);
    }
    Ok(())
}

/// What lies between the contents of two files. The tar reader takes long names and extended headers into
/// memory, of any size, before it shows an entry; SteamCMD's archive has none.
const MAX_HEADERS: u64 = 64 << 10;

/// Gives no more than what is allowed from time to time.
struct Metered<'a, R> {
    plain: R,
    allowed: &'a Cell<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let allowed = usize::try_from(self.allowed.get()).unwrap_or(usize::MAX);
        if allowed == 0 && !buffer.is_empty() {
            return Err(std::io::Error::other("more than is allowed"));
        }
        let most = buffer.len().min(allowed);
        let count = self.plain.read(&mut buffer[..most])?;
        self.allowed.set((allowed - count) as u64);
        Ok(count)
    }
}

fn require_start_script(tree: &Path) -> Result<()> {
    match std::fs::symlink_metadata(tree.join("steamcmd.sh")) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o100 != 0 => Ok(()),
        Ok(found) if found.is_file() => Err(refuse("the archive", "its steamcmd.sh is not executable")),
        _ => Err(refuse("the archive", "it holds no steamcmd.sh")),
    }
}

/// The path to write an entry to; `None` for an entry that needs nothing.
fn judge<R: Read>(entry: &Entry<R>, name: &str) -> Result<Option<PathBuf>> {
    let kind = entry.header().entry_type();
    let refused = match kind {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse | EntryType::Directory => None,
        EntryType::XGlobalHeader => return Ok(None),
        EntryType::Symlink => Some("it is a symbolic link"),
        EntryType::Link => Some("it is a hard link"),
        EntryType::Char | EntryType::Block => Some("it is a device"),
        EntryType::Fifo => Some("it is a FIFO"),
        _ => Some("it is no plain file"),
    };
    if let Some(why) = refused {
        return Err(refuse(name, why));
    }
    if entry.header().mode().unwrap_or(0) & 0o6000 != 0 {
        return Err(refuse(name, "it is setuid or setgid"));
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(refuse(name, "it climbs out with '..'")),
            Component::RootDir | Component::Prefix(_) => return Err(refuse(name, "its path is absolute")),
        }
    }
    Ok((path != Path::new("")).then_some(path))
}

fn write<R: Read>(entry: &mut Entry<R>, path: &Path, buffer: &mut [u8]) -> std::io::Result<()> {
    let directory = |path: &Path| std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path);
    if entry.header().entry_type() == EntryType::Directory {
        return directory(path);
    }
    directory(path.parent().unwrap_or(Path::new("/")))?;
    // The runtime user needs to run and later to replace everything; nothing else of the mode counts.
    let executable = entry.header().mode().unwrap_or(0) & 0o111 != 0;
    let mode = if executable { 0o755 } else { 0o644 };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    // std::io::copy would go by 8 KiB.
    loop {
        match entry.read(buffer) {
            Ok(0) => break,
            Ok(count) => file.write_all(&buffer[..count])?,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

fn refuse(name: &str, why: &str) -> Error {
    Error::new(format!("refused to unpack {}: {why}", printable::line(name)))
        .hint("this is not Valve's SteamCMD; check --steamcmd-url and --steamcmd-sha256")
}

fn not_an_archive(cause: &std::io::Error) -> Error {
    Error::new(format!("the download is not a gzipped tar archive: {cause}"))
        .hint("a proxy or a login page may have answered instead of the server")
}
