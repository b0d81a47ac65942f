//! Hostile archives are refused by the name of the entry, and nothing is written outside.

use crate::download::unpack::{Bounds, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{BufRead, Read, Write};
use tar::{Builder, EntryType, Header};

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
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, mode) in entries {
        tar.append(&header(name, *kind, *mode, 0), std::io::empty()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn refused(body: impl BufRead + Send) -> String {
    let dir = tempfile::tempdir().unwrap();
    let error = unpack(body, &dir.path().join("steam"), &Bounds::STEAMCMD).unwrap_err();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was written beside the tree");
    error.message().to_owned()
}

#[test]
fn entries() {
    use EntryType::{Block, Char, Directory, Fifo, Link, Regular, Symlink};
    let table = [
        ("/etc/cron.d/x", Regular, 0o644, "its path is absolute"),
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
        let body = archive(&[("steamcmd.sh", Regular, 0o755), (name, kind, mode)]);
        assert_eq!(refused(&body[..]), format!("refused to unpack {name}: {why}"));
    }
}

#[test]
fn whole_archives() {
    use EntryType::Regular;
    let cases = [
        (
            archive(&[("linux32/steamcmd", Regular, 0o755)]),
            "refused to unpack the archive: it holds no steamcmd.sh",
        ),
        (
            archive(&[("steamcmd.sh", Regular, 0o644)]),
            "refused to unpack the archive: its steamcmd.sh is not executable",
        ),
        (
            archive(&[("a", Regular, 0o644), ("./a", Regular, 0o644)]),
            "refused to unpack ./a: it is there twice",
        ),
        (archive(&[("a", Regular, 0o644), ("a/b", Regular, 0o644)]), "cannot unpack a/b: File exists"),
        (Vec::new(), "the download is not a gzipped tar archive"),
        (b"<html>login</html>".to_vec(), "the download is not a gzipped tar archive"),
        (
            archive(&[("steamcmd.sh", Regular, 0o755)])[..40].to_vec(),
            "the download is not a gzipped tar archive",
        ),
    ];
    for (body, why) in cases {
        let message = refused(&body[..]);
        assert!(message.starts_with(why), "{message}");
    }
}

#[test]
fn too_many_entries() {
    let names: Vec<String> = (0..200_000).map(|n| format!("f{n}")).collect();
    let entries: Vec<_> = names.iter().map(|n| (n.as_str(), EntryType::Regular, 0o644)).collect();
    assert_eq!(
        refused(&archive(&entries)[..]),
        "refused to unpack the archive: it has more than 2000 entries"
    );
}

#[test]
fn a_bomb() {
    let size = 900 << 20;
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(header("zeros", EntryType::Regular, 0o644, size).as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(size), &mut gz).unwrap();
    let body = gz.finish().unwrap();
    assert_eq!(refused(&body[..]), "refused to unpack the archive: it unpacks to more than 256 MiB");
}

/// What the tar reader takes into memory before it shows an entry, and what is no entry at all.
#[test]
fn bombs_in_headers() {
    use EntryType::{GNULongLink, GNULongName, XGlobalHeader, XHeader};
    let size: u64 = 20 << 20;
    for kind in [GNULongName, GNULongLink, XHeader] {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(header("long", kind, 0o644, size).as_bytes()).unwrap();
        std::io::copy(&mut std::io::repeat(b'x').take(size), &mut gz).unwrap();
        gz.write_all(header("steamcmd.sh", EntryType::Regular, 0o755, 0).as_bytes()).unwrap();
        let body = gz.finish().unwrap();
        assert_eq!(refused(&body[..]), "refused to unpack the archive: a header in it is larger than 64 KiB");
    }
    let none = ["g"; 3000].map(|name| (name, XGlobalHeader, 0o644));
    assert_eq!(refused(&archive(&none)[..]), "refused to unpack the archive: it has more than 2000 entries");
}

#[test]
fn a_long_name_is_a_name() {
    let name = format!("{}/steamcmd.sh", "d".repeat(120));
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for path in [name.as_str(), "steamcmd.sh"] {
        let mut header = header("", EntryType::Regular, 0o755, 2);
        tar.append_data(&mut header, path, &b"#!"[..]).unwrap();
    }
    let body = tar.into_inner().unwrap().finish().unwrap();
    let dir = tempfile::tempdir().unwrap();
    unpack(&body[..], &dir.path().join("steam"), &Bounds::STEAMCMD).unwrap();
    assert_eq!(std::fs::read(dir.path().join("steam").join(name)).unwrap(), b"#!");
}
