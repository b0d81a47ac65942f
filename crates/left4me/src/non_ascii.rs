//! Configuration with bytes beyond ASCII, over which the engine was seen to ignore settings, to loop and to
//! crash, in comments too.
//!
//! The scan covers the files written by others that an instance's engine executes: its own server.cfg, that of
//! each overlay, and `cfg/sourcemod/*.cfg`, of which the topmost layer's wins. Run it as the runtime user, whose
//! files these are; it follows no links.

use crate::layout::Layout;
use crate::name::InstanceName;
use crate::read::{self, Limit, Links};
use crate::{beneath, instance_env, printable};
use rustix::fs::Dir;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const CFG: &str = "left4dead2/cfg";
const PLUGINS: &str = "left4dead2/cfg/sourcemod";
/// No one writes more by hand; what is larger is left out.
const LARGEST: u64 = 1 << 20;
/// Of one directory, and of all together.
const MOST_IN_ONE: usize = 512;
const MOST: usize = 4096;
/// Of the bytes that are shown.
const LONGEST: usize = 12;

/// A file and the first line of it that is no ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// How many further lines have such bytes.
    pub more: usize,
    bytes: Vec<u8>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = printable::path(&self.file);
        match self.bytes.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => write!(f, "{file}:{}: a byte order mark", self.line)?,
            bytes => write!(f, "{file}:{}: '{}'", self.line, printable::line_of_bytes(bytes))?,
        }
        match self.more {
            0 => write!(f, " is not ASCII"),
            1 => write!(f, " is not ASCII, nor is one further line"),
            more => write!(f, " is not ASCII, nor are {more} further lines"),
        }
    }
}

/// A scan of any number of instances: a file that several of them use is reported once.
#[derive(Debug, Default)]
pub struct Scan {
    seen: BTreeSet<PathBuf>,
    /// What was found, in the order of precedence.
    pub findings: Vec<Finding>,
}

impl Scan {
    /// Looks at one instance's files; what cannot be read is left out.
    pub fn instance(&mut self, layout: &Layout, name: &InstanceName) {
        let own = Path::new(name.as_str());
        self.file(&layout.instances(), &own.join("server.cfg"));
        let environment = own.join("instance.env");
        let text = read(&layout.instances(), &environment, instance_env::MAX_BYTES as u64);
        let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
        // The topmost file of a name is the one that the engine sees.
        let mut names = BTreeSet::new();
        self.plugins(&layout.runtimes(), &own.join("upper"), &mut names);
        for overlay in instance_env::overlays(&text, layout) {
            let overlay = Path::new(overlay.as_str());
            self.file(&layout.overlays(), &overlay.join(CFG).join("server.cfg"));
            self.plugins(&layout.overlays(), overlay, &mut names);
        }
    }

    /// `cfg/sourcemod/*.cfg` of a layer, but those whose names were seen in a layer above.
    fn plugins(&mut self, base: &Path, layer: &Path, names: &mut BTreeSet<OsString>) {
        let directory = layer.join(PLUGINS);
        for name in list(base, &directory).unwrap_or_default() {
            if names.insert(name.clone()) {
                self.file(base, &directory.join(name));
            }
        }
    }

    fn file(&mut self, base: &Path, relative: &Path) {
        let file = base.join(relative);
        if self.seen.len() >= MOST || !self.seen.insert(file.clone()) {
            return;
        }
        let content = read(base, relative, LARGEST).unwrap_or_default();
        let mut lines = content.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !line.is_ascii());
        if let Some((at, line)) = lines.next() {
            self.findings.push(Finding { file, line: at + 1, more: lines.count(), bytes: first_run(line) });
        }
    }
}

/// The first bytes of a line that are not ASCII, as far as they follow one another.
fn first_run(line: &[u8]) -> Vec<u8> {
    let run: Vec<u8> = line.iter().copied().skip_while(u8::is_ascii).take_while(|b| !b.is_ascii()).collect();
    match std::str::from_utf8(&run) {
        Ok(text) => text.chars().take(LONGEST / 3).collect::<String>().into_bytes(),
        Err(_) => run.into_iter().take(LONGEST / 3).collect(),
    }
}

fn read(base: &Path, relative: &Path, limit: u64) -> Option<Vec<u8>> {
    read::file_beneath(
        beneath::open_directory(base).ok()?,
        relative,
        relative,
        Links::Refuse,
        Limit::Whole(limit),
    )
    .ok()?
}

/// The names of the `.cfg` files of a directory, in order.
fn list(base: &Path, directory: &Path) -> rustix::io::Result<BTreeSet<OsString>> {
    let opened = beneath::directory_to_list(beneath::open_directory(base)?, directory)?;
    let names = Dir::new(opened)?.flatten().map(|entry| entry.file_name().to_bytes().to_vec());
    Ok(names.take(MOST_IN_ONE).filter(|name| name.ends_with(b".cfg")).map(OsString::from_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_the_engine_executes_is_scanned_once() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let write = |path: &str, content: &[u8]| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        let names: Vec<InstanceName> = ["a", "b"].map(|name| InstanceName::parse(name).unwrap()).into();
        for name in ["a", "b"] {
            let layers = ["top", "low"].map(|layer| format!("{}/overlays/{layer}", dir.path().display()));
            let text = format!("L4D2_PORT=27015\nL4D2_LOWERDIRS={}\n", layers.join(":"));
            write(&format!("instances/{name}/instance.env"), text.as_bytes());
        }
        write("instances/a/server.cfg", "hostname x\n// für Läufer\n\n\u{e9}".as_bytes());
        write("instances/b/server.cfg", b"hostname plain\n");
        let low = "overlays/low/left4dead2/cfg";
        write(&format!("{low}/server.cfg"), b"\xef\xbb\xbfsv_alltalk 1");
        write(&format!("{low}/sourcemod/hidden.cfg"), "ä".as_bytes());
        write("overlays/top/left4dead2/cfg/sourcemod/hidden.cfg", b"plain");
        write(&format!("{low}/sourcemod/latin.cfg"), b"one\nname \"caf\xe9\"");
        write(&format!("{low}/sourcemod/other.txt"), "ä".as_bytes());
        write(&format!("{low}/other.cfg"), "ä".as_bytes());
        write(
            "runtime/b/upper/left4dead2/cfg/sourcemod/m.cfg",
            "\u{1b}\u{202e}\u{9b}日本語日本語".as_bytes(),
        );
        let secret = dir.path().join("secret.cfg");
        fs::write(&secret, "ä").unwrap();
        let link = dir.path().join(low).join("sourcemod/link.cfg");
        std::os::unix::fs::symlink(&secret, link).unwrap();
        let fifo = dir.path().join(low).join("sourcemod/fifo.cfg");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();

        let mut scan = Scan::default();
        names.iter().for_each(|name| scan.instance(&layout, name));
        let root = format!("{}/", dir.path().display());
        let reported: Vec<String> = scan.findings.iter().map(|f| f.to_string().replace(&root, "")).collect();
        assert_eq!(
            reported,
            [
                "instances/a/server.cfg:2: 'ü' is not ASCII, nor is one further line",
                "overlays/low/left4dead2/cfg/server.cfg:1: a byte order mark is not ASCII",
                "overlays/low/left4dead2/cfg/sourcemod/latin.cfg:2: '\\xe9' is not ASCII",
                "runtime/b/upper/left4dead2/cfg/sourcemod/m.cfg:1: '\\u{202e}\\u{9b}日本' is not ASCII",
            ]
        );
    }

    #[test]
    fn what_is_quoted_is_short() {
        for (line, run) in [
            (&b"plain"[..], &b""[..]),
            ("für Läufer".as_bytes(), "ü".as_bytes()),
            ("äöüäöü".as_bytes(), "äöüä".as_bytes()),
            ("日本語日本".as_bytes(), "日本語日".as_bytes()),
            (b"caf\xe9 \xe8", b"\xe9"),
            (b"\xe9\xe8\xe7\xe6\xe5", b"\xe9\xe8\xe7\xe6"),
        ] {
            assert_eq!(first_run(line), run, "{line:x?}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let name = InstanceName::parse("a").unwrap();
        let plugins = layout.upper(&name).join(PLUGINS);
        fs::create_dir_all(&plugins).unwrap();
        (0..MOST_IN_ONE + 10).for_each(|n| fs::write(plugins.join(format!("{n}.cfg")), "ä").unwrap());
        let mut scan = Scan::default();
        scan.instance(&layout, &name);
        assert!((MOST_IN_ONE - 2..=MOST_IN_ONE).contains(&scan.findings.len()), "{}", scan.findings.len());
        fs::write(plugins.join("0.cfg"), vec![0xe9; LARGEST as usize + 1]).unwrap();
        let mut scan = Scan::default();
        scan.instance(&layout, &name);
        assert!(!scan.findings.iter().any(|f| f.file.ends_with("0.cfg") && f.bytes == [0xe9; 4]));
    }
}
