//! Hostile archives are refused by the name of the entry, and nothing is written outside.

use super::{Bounds, MAX_HEADERS, UnpackError, unpack};
use std::io::Read;
use std::path::Path;
use tar::{Builder, EntryType, Header};

const SMALL: Bounds = Bounds { unpacked: 1 << 20, entries: 4 };

/// A header that no well-behaved writer makes; the name is written as it is.
fn header(name: &str, kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    header
}

fn archive(entries: &[(&str, EntryType, u32)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, mode) in entries {
        tar.append(&header(name, *kind, *mode, 0), std::io::empty()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn unpack_into(archive: impl Read, check: impl FnOnce(&Path)) -> Result<(), UnpackError> {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    let outcome = unpack(archive, &tree, &SMALL);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was written beside the tree");
    check(&tree);
    outcome
}

fn refused(archive: impl Read) -> String {
    unpack_into(archive, |_| ()).unwrap_err().to_string()
}

#[test]
fn entries() {
    use EntryType::{Block, Char, Directory, Fifo, Link, Regular, Symlink};
    let table = [
        ("/etc/cron.d/x", Regular, 0o644, "it has an absolute path"),
        ("../x", Regular, 0o644, "it climbs out with '..'"),
        ("a/../../x", Regular, 0o644, "it climbs out with '..'"),
        ("link", Symlink, 0o777, "it is a symbolic link"),
        ("hard", Link, 0o644, "it is a hard link"),
        ("char", Char, 0o644, "it is a device"),
        ("block", Block, 0o644, "it is a device"),
        ("fifo", Fifo, 0o644, "it is a FIFO"),
        ("setuid", Regular, 0o4755, "it is setuid or setgid"),
        ("setgid", Directory, 0o2755, "it is setuid or setgid"),
    ];
    for (name, kind, mode, why) in table {
        let body = archive(&[("good", Regular, 0o755), (name, kind, mode)]);
        assert_eq!(refused(&body[..]), format!("refused to unpack {name}: {why}"));
    }
    let twice = archive(&[("a", Regular, 0o644), ("./a", Regular, 0o644)]);
    assert_eq!(refused(&twice[..]), "refused to unpack ./a: it is there twice");
    let below_a_file = archive(&[("a", Regular, 0o644), ("a/b", Regular, 0o644)]);
    assert_eq!(refused(&below_a_file[..]), "cannot unpack a/b: File exists (os error 17)");
    // What steers a terminal does not reach one.
    assert!(!refused(&archive(&[("\x1b[2J", Fifo, 0o644)])[..]).contains('\x1b'));
}

#[test]
fn no_archive() {
    let html = [b"<html>login</html>".repeat(40), vec![0; 512]].concat();
    let error = unpack_into(&html[..], |_| ()).unwrap_err();
    assert!(matches!(error, UnpackError::Format(_)) && !error.is_incomplete(), "{error}");
}

#[test]
fn an_incomplete_archive() {
    let mut body = Builder::new(Vec::new());
    body.append(&header("a", EntryType::Regular, 0o644, 1000), &[b'x'; 1000][..]).unwrap();
    let body = body.into_inner().unwrap();
    // In the middle of a header, and in the middle of a file.
    for length in [40, 600] {
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let error = unpack_into(body[..length].chain(Breaks(Some(broken))), |_| ()).unwrap_err();
        assert!(error.is_incomplete(), "{length}: {error:?}");
    }
}

/// As a decompressor does whose input ends too early.
struct Breaks(Option<std::io::Error>);

impl Read for Breaks {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[test]
fn too_many_entries() {
    use EntryType::{Regular, XGlobalHeader};
    let names = ["a", "b", "c", "d", "e"];
    let files = names.map(|name| (name, Regular, 0o644));
    unpack_into(&archive(&files[..SMALL.entries])[..], |_| ()).unwrap();
    let most = "refused to unpack the archive: it has more than 4 entries";
    assert_eq!(refused(&archive(&files)[..]), most);
    // What is no file counts, too.
    assert_eq!(refused(&archive(&names.map(|name| (name, XGlobalHeader, 0o644)))[..]), most);
}

/// What is too large is refused by its header, before a byte of it is read.
#[test]
fn bombs() {
    let too_large = "refused to unpack the archive: it unpacks to more than 1 MiB";
    for size in [SMALL.unpacked + 1, 1 << 60] {
        let mut body = header("zeros", EntryType::Regular, 0o644, 0);
        body.set_size(size);
        body.set_cksum();
        assert_eq!(refused(body.as_bytes().chain(Unread)), too_large);
    }
    let half = SMALL.unpacked / 2 + 1;
    let file = |name| {
        let content = std::io::repeat(0).take(half.next_multiple_of(512));
        std::io::Cursor::new(*header(name, EntryType::Regular, 0o644, half).as_bytes()).chain(content)
    };
    assert_eq!(refused(file("one").chain(file("two"))), too_large);
}

struct Unread;

impl Read for Unread {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("the content was read");
    }
}

/// What the tar reader takes into memory before it shows an entry.
#[test]
fn bombs_in_headers() {
    use EntryType::{GNULongLink, GNULongName, XHeader};
    for kind in [GNULongName, GNULongLink, XHeader] {
        let size = 1 << 40;
        let mut read = 0;
        let endless = Counts(std::io::repeat(b'x').take(size), &mut read);
        let body = std::io::Cursor::new(*header("long", kind, 0o644, size).as_bytes()).chain(endless);
        assert_eq!(
            refused(body),
            format!("refused to unpack the archive: a header in it is larger than {} KiB", MAX_HEADERS >> 10)
        );
        assert!(read <= MAX_HEADERS, "{kind:?}: {read} bytes were read");
    }
}

struct Counts<'a, R>(R, &'a mut u64);

impl<R: Read> Read for Counts<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        *self.1 += count as u64;
        Ok(count)
    }
}

#[test]
fn a_long_name_is_a_name() {
    let name = format!("{}/file", "d".repeat(120));
    let mut tar = Builder::new(Vec::new());
    tar.append_data(&mut header("", EntryType::Regular, 0o755, 2), &name, &b"#!"[..]).unwrap();
    let body = tar.into_inner().unwrap();
    unpack_into(&body[..], |tree| assert_eq!(std::fs::read(tree.join(name)).unwrap(), b"#!")).unwrap();
}
