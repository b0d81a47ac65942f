//! Archives that somebody made to get out of the tree, fill the disk or hold us up.

use super::*;
use crate::archive::check;
use crate::archive::manifest::{Directory, File as Entry, Link, Manifest};
use proptest::prelude::*;

/// Why a manifest is refused, and what makes it so.
type Spoilt = (&'static str, fn(&mut Manifest));

/// A good manifest that a test spoils.
fn good() -> Manifest {
    let game = VerifiedGame { build: "7".into(), version: None, size: None, update_wanted: false };
    let mut manifest = Manifest::new(&game, 0);
    manifest.directories = ["steamapps", "a", "a/b"].map(|path| directory(path, 0o755)).into();
    manifest.files = vec![file(verify::MANIFEST, 512, 10), file("a/b/c", 2048, 600)];
    manifest.links = vec![link("a/link", "../a/b")];
    manifest
}

fn directory(path: &str, mode: u32) -> Directory {
    Directory { path: path.into(), mode }
}

fn file(path: &str, offset: u64, size: u64) -> Entry {
    Entry { path: path.into(), mode: 0o644, size, sha256: "0".repeat(64), offset }
}

fn link(path: &str, target: &str) -> Link {
    Link { path: path.into(), target: target.into() }
}

fn refusal(manifest: &Manifest) -> String {
    let error = Manifest::parse(&manifest.to_text().unwrap()).unwrap_err();
    assert!(error.remedy().unwrap().contains("sudo left4me-setup"));
    error.message().strip_prefix("the archive is refused: ").unwrap_or(error.message()).to_owned()
}

#[test]
fn the_good_one_is_good() {
    let parsed = Manifest::parse(&good().to_text().unwrap()).unwrap();
    assert_eq!(parsed.bytes(), 610);
    // In whatever order, each directory comes before what is in it.
    assert_eq!(
        parsed.directories.iter().map(|each| each.path.as_str()).collect::<Vec<_>>(),
        ["a", "a/b", "steamapps"]
    );
}

#[test]
fn paths() {
    let long = "x/".repeat(600);
    for (path, why) in [
        ("/etc/passwd", "/etc/passwd is an absolute path"),
        ("../x", "../x leads out of the game"),
        ("a/../../x", "a/../../x leads out of the game"),
        ("a/b/..", "a/b/.. leads out of the game"),
        ("", " is not a plain path"),
        ("a//c", "a//c is not a plain path"),
        ("a/", "a/ is not a plain path"),
        ("./a/c", "./a/c is not a plain path"),
        ("a/\0", "a/\\u{0} has control characters"),
        ("a/\u{1b}[2J", "a/\\u{1b}[2J has control characters"),
        ("a/\u{202e}c", "a/\\u{202e}c has control characters"),
        (&"n".repeat(256), &format!("{}… has too long a name", "n".repeat(199))),
        (&long, &format!("{}… is too long a path", &long[..199])),
        ("a", "a is there twice"),
        ("a/b/c", "a/b/c is there twice"),
        ("a/link", "a/link is there twice"),
        ("a/link/x", "a/link/x does not lie in a directory of the archive"),
        ("a/b/c/x", "a/b/c/x does not lie in a directory of the archive"),
        ("nowhere/x", "nowhere/x does not lie in a directory of the archive"),
    ] {
        let mut as_file = good();
        as_file.files.push(file(path, 4096, 1));
        let mut as_directory = good();
        as_directory.directories.push(directory(path, 0o755));
        let mut as_link = good();
        as_link.links.push(link(path, "x"));
        for spoilt in [as_file, as_directory, as_link] {
            let said = refusal(&spoilt);
            let start: String = why.chars().take(150).collect();
            assert!(said.starts_with(&start), "{path}: {said}");
            let end = why.rsplit(['…', ' ']).next().unwrap();
            assert!(said.ends_with(end), "{path}: {said}");
        }
    }
}

#[test]
fn links() {
    let leads_out = "a/out leads out of the game";
    for (target, why) in [
        ("/etc", leads_out),
        ("..", ""),
        ("../..", leads_out),
        ("./../..", leads_out),
        ("b/../../..", leads_out),
        // Where `link` leads, `..` is another directory.
        ("link/..", leads_out),
        ("../a/link", ""),
        ("b/c", ""),
        ("", "a/out has no usable target"),
        ("x\0y", "a/out has no usable target"),
        ("x\ny", "a/out has no usable target"),
    ] {
        let mut manifest = good();
        manifest.links.push(link("a/out", target));
        match why {
            "" => drop(Manifest::parse(&manifest.to_text().unwrap()).unwrap()),
            why => assert_eq!(refusal(&manifest), why, "{target}"),
        }
    }
}

#[test]
fn sizes_that_lie() {
    let cases: [Spoilt; 9] = [
        ("it holds more than 64 GiB", |m| m.files.push(file("bomb", 4096, 65 << 30))),
        ("it holds more than 64 GiB", |m| m.files.push(file("bomb", 4096, u64::MAX))),
        ("a/b/c overlaps another file", |m| m.files[1].offset = 520),
        ("x overlaps another file", |m| m.files.push(file("x", 2100, 1))),
        ("manifest.json counts 610 bytes of files in 1000600 bytes of archive", |m| {
            m.files[1].offset = 1_000_000
        }),
        ("manifest.json counts 611 bytes of files in 18446744073709551615 bytes of archive", |m| {
            m.files.push(file("x", u64::MAX, 1));
        }),
        ("it lacks steamapps/appmanifest_222860.acf", |m| drop(m.files.remove(0))),
        ("it lacks steamapps/appmanifest_222860.acf", |m| {
            m.files[0].size = 2 << 20;
            m.files[1].offset = (2 << 20) + 1024;
        }),
        ("it has more than 200000 entries", |m| {
            m.directories.extend((0..check::MAX_ENTRIES).map(|n| directory(&format!("{n}"), 0o755)));
        }),
    ];
    for (why, spoil) in cases {
        let mut manifest = good();
        spoil(&mut manifest);
        assert_eq!(refusal(&manifest), why);
    }
}

#[test]
fn modes_and_digests() {
    let cases: [Spoilt; 9] = [
        ("a/b/c is setuid, setgid or sticky", |m| m.files[1].mode = 0o4755),
        ("a/b/c is setuid, setgid or sticky", |m| m.files[1].mode = 0o2755),
        ("a/b/c is setuid, setgid or sticky", |m| m.files[1].mode = 0o100_644),
        ("a is setuid, setgid or sticky", |m| m.directories[1].mode = 0o1777),
        ("a/b/c could not be read by its owner", |m| m.files[1].mode = 0o044),
        ("a could not be read by its owner", |m| m.directories[1].mode = 0o500),
        ("a/b/c has no SHA-256", |m| m.files[1].sha256 = "0".repeat(63)),
        ("a/b/c has no SHA-256", |m| m.files[1].sha256 = "A".repeat(64)),
        ("'../../7' is not a build", |m| m.build = "../../7".into()),
    ];
    for (why, spoil) in cases {
        let mut manifest = good();
        spoil(&mut manifest);
        assert_eq!(refusal(&manifest), why);
    }
}

#[test]
fn text_that_is_no_manifest() {
    let text = String::from_utf8(good().to_text().unwrap()).unwrap();
    for (from, to, why) in [
        ("\"755\"", "\"9\"", "its manifest is damaged (a mode is not octal"),
        ("\"755\"", "493", "its manifest is damaged (invalid type: integer `493`"),
        ("\"size\":10", "\"size\":-1", "its manifest is damaged (invalid value: integer `-1`"),
        ("\"size\":10", "\"size\":1e30", "its manifest is damaged (invalid type: floating point"),
        ("\"size\":10", "\"size\":99999999999999999999", "its manifest is damaged ("),
        ("\"path\":\"a\"", "\"path\":\"\\ud800\"", "its manifest is damaged ("),
        ("222860", "440", "it holds app 440, not 222860"),
        ("\"schema\":1", "\"schema\":2", "the archive has the format 2, not 1"),
    ] {
        assert!(text.contains(from));
        let error = Manifest::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        let said = error.message().strip_prefix("the archive is refused: ").unwrap_or(error.message());
        assert!(said.starts_with(why), "{to}: {said}");
    }
    let deep = "[".repeat(1_000_000);
    for bad in ["", "{}", "null", "[]", "\u{feff}{}", &deep, &format!("{text}{text}")] {
        assert!(Manifest::parse(bad.as_bytes()).is_err());
    }
}

/// A header that is another's, and a manifest as long as its header likes.
#[test]
fn first_entries() {
    let (dir, place) = (tempfile::tempdir().unwrap(), Place::new());
    let archive = dir.path().join("x.tar");
    let location = archive.to_str().unwrap();
    let entry = |kind: tar::EntryType, name: &str, size: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let is_none = format!("{location} is not an archive that `left4me-setup game export` made");
    for (block, why) in [
        (entry(tar::EntryType::Regular, "manifest.json", 65 << 20), "its manifest is larger than 64 MiB"),
        (entry(tar::EntryType::Regular, "manifest.json", u64::MAX), "its manifest is larger than 64 MiB"),
        (entry(tar::EntryType::Symlink, "manifest.json", 0), is_none.as_str()),
        (entry(tar::EntryType::Regular, "srcds_run", 10), is_none.as_str()),
        (vec![0; 512], is_none.as_str()),
        (vec![0xff; 512], is_none.as_str()),
        (entry(tar::EntryType::Regular, "manifest.json", 600), &format!("{location} is cut short")),
    ] {
        fs::write(&archive, &block).unwrap();
        let error = import(&place, location, None).unwrap_err();
        assert_eq!(error.message(), format!("the archive is refused: {why}"));
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), rustix::fs::Mode::RWXU).unwrap();
    let fifo = dir.path().join("fifo");
    let error = import(&place, fifo.to_str().unwrap(), None).unwrap_err();
    assert_eq!(error.message(), format!("{} is not a regular file", fifo.display()));
    assert_eq!(names(&place), ["installation"]);
}

proptest! {
    /// Whatever is accepted as a link's target: the kernel does not leave the tree by it, through other links either.
    #[test]
    fn no_accepted_link_leads_out(
        targets in prop::collection::vec("(\\.\\./){0,3}([abc]|\\.|\\.\\.|l[0-3])(/([abc]|\\.|\\.\\.|l[0-3])){0,4}", 4),
        places in prop::collection::vec(prop::sample::select(vec!["", "a/", "a/b/", "a/b/c/"]), 4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        fs::create_dir_all(top.join("a/b/c")).unwrap();
        let mut links = Vec::new();
        for (number, (target, place)) in targets.iter().zip(&places).enumerate() {
            let path = format!("{place}l{number}");
            if check::target(&path, target).is_ok() {
                symlink(target, top.join(&path)).unwrap();
                links.push(path);
            }
        }
        let real = top.canonicalize().unwrap();
        for link in links {
            if let Ok(found) = top.join(&link).canonicalize() {
                prop_assert!(found.starts_with(&real), "{link} -> {}", found.display());
            }
        }
    }

    /// Nothing that is accepted as a path leaves the tree, and nothing makes the check panic.
    #[test]
    fn no_accepted_path_leads_out(path in "[a./\\x00\\\\~ é-]{0,12}") {
        if check::path(&path).is_ok() {
            let joined = Path::new("/top").join(&path);
            let plain = joined.components().all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::RootDir));
            prop_assert!(joined.starts_with("/top") && plain && joined != Path::new("/top"));
        }
    }

    /// Any text is a manifest or an error, and a manifest that was accepted is written back as it was.
    #[test]
    fn spoilt_manifests(at in 0_usize..900, byte in any::<u8>()) {
        let mut text = good().to_text().unwrap();
        let at = at % text.len();
        text[at] = byte;
        if let Ok(manifest) = Manifest::parse(&text) {
            prop_assert_eq!(Manifest::parse(&manifest.to_text().unwrap()).unwrap(), manifest);
        }
    }
}
