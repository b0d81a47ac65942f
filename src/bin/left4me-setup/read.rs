//! Reading what a hostile user may have put there: never more than is asked for, never held up by a
//! FIFO that stands in a file's place, nor fed by a device.

use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// At most `limit` bytes of a regular file; no link stands in its place.
pub fn bytes(path: &Path, limit: u64) -> Option<Vec<u8>> {
    open(path, OFlags::NOFOLLOW, limit)
}

/// The same as text, which need not have been UTF-8.
pub fn text(path: &Path, limit: u64) -> Option<String> {
    bytes(path, limit).map(|read| String::from_utf8_lossy(&read).into_owned())
}

/// [`bytes`] of what a link leads to, where those who use the file follow links too.
pub fn through_links(path: &Path, limit: u64) -> Option<Vec<u8>> {
    open(path, OFlags::empty(), limit)
}

fn open(path: &Path, more: OFlags, limit: u64) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
    let file: File = rustix::fs::open(path, flags, Mode::empty()).ok()?.into();
    // What was opened is asked, not its name: that may be another file's by now.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content).ok()?;
    Some(content)
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
    fn words_are_plain_and_short() {
        assert_eq!(word(" 2.2.4.3\n"), "2.2.4.3");
        assert_eq!(word("\u{1b}[2J1\u{202e}\u{9b}2\r\n3"), "[2J123");
        assert_eq!(word(&"9".repeat(1000)).len(), 32);
    }
}
