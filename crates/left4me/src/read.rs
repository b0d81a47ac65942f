//! Reading what a hostile user may have put there: never more than is asked for, never held up by a FIFO that stands
//! in a file's place, nor fed by a device. Whoever reads says what a link and too long a file mean to them.

use crate::beneath::{self, LINKS_INSIDE, READ, SAME_MOUNT};
use crate::{Context, Error, Result};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// What a symbolic link in the file's place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// An error: whoever put it there could lead us anywhere.
    Refuse,
    /// The file that it leads to, where those who use the file follow links too; beneath a directory, only one that
    /// stays there.
    Follow,
}

/// How much is read, and what a longer file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The whole file; a longer one is an error. For what is acted upon.
    Whole(u64),
    /// The first bytes of any file. For what is only looked at.
    Head(u64),
}

/// A regular file's content; `None` when there is none. All else is an error.
pub fn file(path: &Path, links: Links, limit: Limit) -> Result<Option<Vec<u8>>> {
    content(open(path, links), path, limit)
}

/// [`file`] somewhere beneath an opened directory, reached through no mount. `shown` names it in errors.
pub fn file_beneath(
    directory: impl AsFd,
    path: &Path,
    shown: &Path,
    links: Links,
    limit: Limit,
) -> Result<Option<Vec<u8>>> {
    let resolve = if links == Links::Refuse { SAME_MOUNT } else { LINKS_INSIDE };
    content(beneath::file(directory, path, resolve), shown, limit)
}

/// [`file`] as text, which need not have been UTF-8; `None` for whatever cannot be read.
pub fn text(path: &Path, links: Links, limit: Limit) -> Option<String> {
    let content = file(path, links, limit).ok()??;
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// Opens a file; it may turn out to be none, which [`opened`] refuses.
pub fn open(path: &Path, links: Links) -> rustix::io::Result<OwnedFd> {
    let links = if links == Links::Refuse { OFlags::NOFOLLOW } else { OFlags::empty() };
    rustix::fs::open(path, READ | links, Mode::empty())
}

/// The content of an opened file, which must be a regular one. `shown` names it in errors.
pub fn opened(file: OwnedFd, shown: &Path, limit: Limit) -> Result<Vec<u8>> {
    let what = || format!("cannot read {}", shown.display());
    let file = File::from(file);
    // What was opened is asked, not its name: that may be another file's by now.
    if !file.metadata().context(what)?.is_file() {
        return Err(not_regular(shown));
    }
    match limit {
        Limit::Head(most) => head(file, most).context(what),
        Limit::Whole(most) => {
            let content = head(file, most.saturating_add(1)).context(what)?;
            if content.len() as u64 > most {
                return Err(Error::new(format!("{} is larger than {most} bytes", shown.display())));
            }
            Ok(content)
        }
    }
}

/// The first bytes of what need not be a file, such as standard input.
pub fn head(from: impl Read, most: u64) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(most).read_to_end(&mut content)?;
    Ok(content)
}

fn content(found: rustix::io::Result<OwnedFd>, shown: &Path, limit: Limit) -> Result<Option<Vec<u8>>> {
    match found {
        Ok(file) => opened(file, shown, limit).map(Some),
        Err(Errno::NOENT) => Ok(None),
        // A link, a socket.
        Err(Errno::LOOP | Errno::NXIO) => Err(not_regular(shown)),
        Err(Errno::XDEV) => Err(Error::new(format!("{} leads elsewhere", shown.display()))),
        Err(e) => Err(std::io::Error::from(e)).context(|| format!("cannot read {}", shown.display())),
    }
}

fn not_regular(shown: &Path) -> Error {
    Error::new(format!("{} is not a regular file", shown.display()))
}

/// How long a regular file is; 0 when there is none.
pub fn length(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |found| if found.is_file() { found.len() } else { 0 })
}

/// The last of a file's text, at most `limit` bytes, and nothing of what was there when it had `known` bytes.
pub fn text_since(path: &Path, known: u64, limit: u64) -> Option<String> {
    let mut file = File::from(open(path, Links::Refuse).ok()?);
    let found = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let length = found.len();
    // Shorter than it was: it is another one by now.
    let known = if length < known { 0 } else { known };
    file.seek(SeekFrom::Start(known.max(length.saturating_sub(limit)))).ok()?;
    let content = head(file, limit).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
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

    /// What lies at a path, read in every way.
    #[test]
    fn links_and_lengths() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::create_dir(path("d")).unwrap();
        std::fs::write(path("d/file"), "12345").unwrap();
        std::fs::write(path("d/latin"), b"caf\xe9").unwrap();
        symlink("file", path("d/link")).unwrap();
        symlink("d", path("e")).unwrap();
        symlink("/dev/zero", path("d/zeros")).unwrap();
        symlink(path("d/file"), path("d/out")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("d/fifo"), Mode::RUSR).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("d/socket")).unwrap();
        let top = beneath::open_directory(dir.path()).unwrap();
        let by_path = |name: &str, links, limit| file(&path(name), links, limit);
        let beneath =
            |name: &str, links, limit| file_beneath(&top, Path::new(name), &path(name), links, limit);
        use Limit::{Head, Whole};
        let regular = "not a regular file";
        let table = [
            // By path; beneath a directory, where it differs.
            ("d/file", Links::Refuse, Whole(5), "12345", None),
            ("d/file", Links::Refuse, Whole(4), "larger than 4 bytes", None),
            ("d/file", Links::Refuse, Head(4), "1234", None),
            ("d/file", Links::Refuse, Head(9), "12345", None),
            ("d/file", Links::Refuse, Whole(u64::MAX), "12345", None),
            ("d/absent", Links::Refuse, Whole(5), "none", None),
            ("d/absent", Links::Follow, Head(5), "none", None),
            ("d/link", Links::Refuse, Head(5), regular, None),
            ("d/link", Links::Follow, Whole(5), "12345", None),
            ("d/fifo", Links::Refuse, Head(5), regular, None),
            ("d/fifo", Links::Follow, Head(5), regular, None),
            ("d/socket", Links::Refuse, Head(5), regular, None),
            ("d", Links::Refuse, Whole(5), regular, None),
            ("d/zeros", Links::Follow, Head(5), regular, Some("leads elsewhere")),
            ("e/file", Links::Refuse, Whole(5), "12345", Some(regular)),
            ("e/file", Links::Follow, Whole(5), "12345", None),
            ("d/out", Links::Follow, Whole(5), "12345", Some("leads elsewhere")),
            ("d/../../no-such-file", Links::Follow, Whole(5), "none", Some("leads elsewhere")),
            ("d/file/x", Links::Refuse, Whole(5), "Not a directory (os error 20)", None),
        ];
        let shown = |read: Result<Option<Vec<u8>>>| match read {
            Ok(Some(content)) => String::from_utf8(content).unwrap(),
            Ok(None) => "none".to_owned(),
            Err(error) => error.message().to_owned(),
        };
        for (name, links, limit, expected, beneath_expected) in table {
            let found = shown(by_path(name, links, limit));
            assert!(found.ends_with(expected), "{name} {links:?} {limit:?}: {found}");
            let found = shown(beneath(name, links, limit));
            let expected = beneath_expected.unwrap_or(expected);
            assert!(found.ends_with(expected), "beneath: {name} {links:?} {limit:?}: {found}");
        }
        assert_eq!(text(&path("d/latin"), Links::Refuse, Head(9)).as_deref(), Some("caf\u{fffd}"));
        assert_eq!(text(&path("d/link"), Links::Refuse, Head(9)), None);
        assert_eq!(text(&path("d/absent"), Links::Refuse, Head(9)), None);
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
