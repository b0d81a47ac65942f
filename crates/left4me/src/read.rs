//! Reading what a hostile user may have put there: never more than is asked for, never held up by a
//! FIFO that stands in a file's place, nor fed by a device.

use crate::beneath::{self, LINKS_INSIDE, READ as FLAGS, SAME_MOUNT};
use crate::{Context, Error, Result};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// A regular file's whole content; `None` when there is none. Links, larger files and all else are errors.
pub fn read_regular(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    whole(openat(CWD, path, FLAGS | OFlags::NOFOLLOW, Mode::empty()), path, limit)
}

/// [`read_regular`] of a file somewhere beneath an opened directory, reached through no link and no mount.
/// `shown` names it in errors.
pub fn read_regular_beneath(
    directory: impl AsFd,
    path: &Path,
    shown: &Path,
    limit: u64,
) -> Result<Option<Vec<u8>>> {
    whole(beneath::file(directory, path, SAME_MOUNT), shown, limit)
}

/// The same, but links that stay in the directory are followed.
pub fn read_regular_within(
    directory: impl AsFd,
    path: &Path,
    shown: &Path,
    limit: u64,
) -> Result<Option<Vec<u8>>> {
    whole(beneath::file(directory, path, LINKS_INSIDE), shown, limit)
}

fn whole(opened: rustix::io::Result<OwnedFd>, path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let what = || format!("cannot read {}", path.display());
    let not_regular = || Error::new(format!("{} is not a regular file", path.display()));
    let file = match opened {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        // A link, a socket.
        Err(Errno::LOOP | Errno::NXIO) => return Err(not_regular()),
        Err(Errno::XDEV) => return Err(Error::new(format!("{} leads elsewhere", path.display()))),
        Err(e) => return Err(std::io::Error::from(e)).context(what),
    };
    // What was opened is asked, not its name: that may be another file's by now.
    if !file.metadata().context(what)?.is_file() {
        return Err(not_regular());
    }
    let mut content = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut content).context(what)?;
    match content.len() as u64 > limit {
        true => Err(Error::new(format!("{} is larger than {limit} bytes", path.display()))),
        false => Ok(Some(content)),
    }
}

/// At most the first `limit` bytes of a regular file; no link stands in its place.
pub fn bytes(path: &Path, limit: u64) -> Option<Vec<u8>> {
    head(path, OFlags::NOFOLLOW, limit)
}

/// The same as text, which need not have been UTF-8.
pub fn text(path: &Path, limit: u64) -> Option<String> {
    bytes(path, limit).map(|read| String::from_utf8_lossy(&read).into_owned())
}

/// How long a regular file is; 0 when there is none.
pub fn length(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |found| if found.is_file() { found.len() } else { 0 })
}

/// The last of a file's text, at most `limit` bytes, and nothing of what was there when it had `known` bytes.
pub fn text_since(path: &Path, known: u64, limit: u64) -> Option<String> {
    let mut file = regular(path, OFlags::NOFOLLOW)?;
    let length = file.metadata().ok()?.len();
    // Shorter than it was: it is another one by now.
    let known = if length < known { 0 } else { known };
    file.seek(SeekFrom::Start(known.max(length.saturating_sub(limit)))).ok()?;
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// [`bytes`] of what a link leads to, where those who use the file follow links too.
pub fn through_links(path: &Path, limit: u64) -> Option<Vec<u8>> {
    head(path, OFlags::empty(), limit)
}

fn head(path: &Path, more: OFlags, limit: u64) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    regular(path, more)?.take(limit).read_to_end(&mut content).ok()?;
    Some(content)
}

fn regular(path: &Path, more: OFlags) -> Option<File> {
    let file = File::from(openat(CWD, path, FLAGS | more, Mode::empty()).ok()?);
    file.metadata().ok()?.is_file().then_some(file)
}

/// A word of such a file for a terminal, a table, a record: nothing in it steers any of them.
pub fn word(text: &str) -> String {
    text.trim().chars().filter(char::is_ascii_graphic).take(LONGEST_WORD).collect()
}

const LONGEST_WORD: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_files_and_no_more_than_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("file"), "12345").unwrap();
        symlink("file", path("link")).unwrap();
        symlink("/dev/zero", path("zeros")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert_eq!(text(&path("file"), 3).as_deref(), Some("123"));
        assert_eq!(bytes(&path("link"), 3), None);
        assert_eq!(through_links(&path("link"), 9).as_deref(), Some(&b"12345"[..]));
        for name in ["fifo", "zeros", "absent", "."] {
            assert_eq!(bytes(&path(name), 3), None, "{name}");
            assert_eq!(through_links(&path(name), 3), None, "{name}");
        }
    }

    #[test]
    fn whole_files_beneath_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::create_dir(path("d")).unwrap();
        std::fs::write(path("d/file"), "12345").unwrap();
        symlink("file", path("d/link")).unwrap();
        symlink("d", path("e")).unwrap();
        nix::unistd::mkfifo(&path("d/fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("d/socket")).unwrap();
        let top = File::open(dir.path()).unwrap();
        let beneath = |name: &str, limit| read_regular_beneath(&top, Path::new(name), &path(name), limit);
        for read in
            [&beneath as &dyn Fn(&str, u64) -> _, &|name: &str, limit| read_regular(&path(name), limit)]
        {
            assert_eq!(read("d/file", 5).unwrap().as_deref(), Some(&b"12345"[..]));
            assert_eq!(read("d/absent", 5).unwrap(), None);
            assert!(read("d/file", 4).unwrap_err().message().ends_with("d/file is larger than 4 bytes"));
            for name in ["d/fifo", "d/link", "d/socket", "d"] {
                assert!(
                    read(name, 5).unwrap_err().message().ends_with(&format!("{name} is not a regular file"))
                );
            }
        }
        assert!(beneath("e/file", 5).is_err() && beneath("../x", 5).is_err());
        symlink(path("d/file"), path("out")).unwrap();
        let within = |name: &str| read_regular_within(&top, Path::new(name), &path(name), 5);
        assert_eq!(within("e/link").unwrap().as_deref(), Some(&b"12345"[..]));
        assert!(within("out").unwrap_err().message().ends_with("out leads elsewhere"));
    }

    #[test]
    fn what_came_since() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(length(&path), 5);
        let since = |known, limit| text_since(&path, known, limit).unwrap();
        assert_eq!((since(3, 9), since(0, 2), since(5, 9)), ("45".into(), "45".into(), String::new()));
        assert_eq!(since(6, 9), "12345");
        assert_eq!((length(dir.path()), text_since(dir.path(), 0, 9)), (0, None));
    }

    #[test]
    fn words_are_plain_and_short() {
        assert_eq!(word(" 2.2.4.3\n"), "2.2.4.3");
        assert_eq!(word("\u{1b}[2J1\u{202e}\u{9b}2\r\n3"), "[2J123");
        assert_eq!(word(&"9".repeat(1000)).len(), 32);
    }
}
