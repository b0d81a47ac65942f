//! `/etc/left4me/host.yaml`: what the administrator wants this host to be.
//!
//! Every value keeps its line and column, so that an error, and `left4me-setup config`, can point at it. Scalars
//! are read as they are written; a digest of decimal digits alone stays text.

mod update;

pub use update::{MAX_WARN, Update};

use crate::layout::Layout;
use crate::read::{self, Limit, Links};
use crate::yaml::{Document, Found, Kind, Location, Mapping, Text, Value};
use crate::{Context, Error, Result, printable, shell};
use serde::Deserialize;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use update::Written;

/// Where it lies.
pub const HOST_FILE: &str = "/etc/left4me/host.yaml";
/// Largest file in bytes; real ones have a few hundred.
const MAX_BYTES: u64 = 64 * 1024;

/// Where in the file a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: u64,
    /// In characters, counted from 1.
    pub column: u64,
}

impl Place {
    fn of(location: Location) -> Place {
        Place { line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// What is written there.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// The ports that instances may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// At least 1024.
    pub first: u16,
    /// Not below `first`.
    pub last: u16,
}

impl Ports {
    /// All that a specification may name.
    pub const UNRESTRICTED: Ports = Ports { first: 1024, last: u16::MAX };

    /// Whether an instance may use this port.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    fn parse(text: &str) -> Result<Ports> {
        const HINT: &str = "write two plain numbers from 1024 to 65535, such as ports: 27015-27030";
        let refuse =
            |why: &str| Err(Error::new(format!("ports '{}' {why}", printable::quote(text))).hint(HINT));
        // The comparison refuses 027015 and +27015.
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| n.to_string() == text);
        let ends = text.split_once('-').and_then(|(first, last)| Some((number(first)?, number(last)?)));
        let Some((first, last)) = ends else { return refuse("is not FIRST-LAST") };
        let port = |number: u32| u16::try_from(number).ok().filter(|port| *port >= Ports::UNRESTRICTED.first);
        let (Some(first), Some(last)) = (port(first), port(last)) else {
            return refuse("is not within 1024 to 65535");
        };
        if first > last {
            return refuse("ends before it begins");
        }
        Ok(Ports { first, last })
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// What the file says. A key that is absent, or has no value, says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFile {
    /// `LEFT4ME_ROOT`.
    pub root: Option<Placed<Layout>>,
    /// The URL of SteamCMD's tarball. Not checked here: this crate knows no URLs.
    pub mirror: Option<Placed<String>>,
    /// The tarball's SHA-256. Not checked here.
    pub digest: Option<Placed<String>>,
    /// Whether the game is part of the host.
    pub game: Option<Placed<bool>>,
    /// The ports that instances may use.
    pub ports: Option<Placed<Ports>>,
    /// Whether and how the game is updated by a timer.
    pub update: Update,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    root: Option<Value<Text>>,
    steamcmd: Option<Value<Mapping<SteamCmdKeys>>>,
    game: Option<Value<Text>>,
    ports: Option<Value<Text>>,
    update: Option<Value<Written>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SteamCmdKeys {
    mirror: Option<Value<Text>>,
    digest: Option<Value<Text>>,
}

impl HostFile {
    /// Reads the file; `None` when there is none. A file that others can write is refused, because root acts on it.
    pub fn load(path: &Path) -> Result<Option<HostFile>> {
        match std::fs::symlink_metadata(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).context(|| format!("cannot read {}", path.display())),
            Ok(_) => {}
        }
        // The directory first: whoever can write it can replace the file after it was checked.
        path.parent().map_or(Ok(()), require_only_root_writes)?;
        require_only_root_writes(path)?;
        let hint = "it must be a text file of at most 64 KiB that every user can read (mode 0644)";
        let Some(content) =
            read::file(path, Links::Refuse, Limit::Whole(MAX_BYTES)).map_err(|e| e.hint(hint))?
        else {
            return Ok(None);
        };
        let source = path.display().to_string();
        let text = std::str::from_utf8(&content).map_err(|e| {
            let place = place_of_byte(&content, e.valid_up_to());
            error_at(&source, place, "this is not UTF-8").hint("save the file as UTF-8")
        })?;
        HostFile::parse(text, &source).map(Some)
    }

    /// Parses and checks `text`; `source` names it in errors, with line and column.
    pub fn parse(text: &str, source: &str) -> Result<HostFile> {
        let document = Document::new(text, source);
        let root: Value<Mapping<Keys>> = document.read()?;
        if root.value == Found::Other(Kind::Nothing) {
            return Ok(HostFile::default());
        }
        let Mapping(keys) = document.expect(&root, "the file")?;
        let none = SteamCmdKeys::default();
        let steamcmd = match &keys.steamcmd {
            Some(value) => &document.expect(value, "steamcmd")?.0,
            None => &none,
        };
        let read = Reader { document, source };
        Ok(HostFile {
            root: read.value(&keys.root, "root", |text| Layout::new(text))?,
            mirror: read.value(&steamcmd.mirror, "mirror", |text| Ok(text.to_owned()))?,
            digest: read.value(&steamcmd.digest, "digest", |text| Ok(text.to_owned()))?,
            game: read.value(&keys.game, "game", |text| truth("game", text))?,
            ports: read.value(&keys.ports, "ports", Ports::parse)?,
            update: read.update(&keys.update)?,
        })
    }
}

/// Fails on a port that this host's administrator keeps from instances.
pub fn check_port(port: u16) -> Result<()> {
    let path = Path::new(HOST_FILE);
    let ports = HostFile::load(path)?.and_then(|file| file.ports);
    port_is_among(port, ports.as_ref())
}

fn port_is_among(port: u16, ports: Option<&Placed<Ports>>) -> Result<()> {
    match ports {
        Some(Placed { value, place }) if !value.contains(port) => {
            Err(Error::new(format!("the port {port} is outside this host's ports, {value}"))
                .hint(format!("choose one of these, or change them in {HOST_FILE}:{place}")))
        }
        _ => Ok(()),
    }
}

/// Turns what is written into checked values; an error names the place.
struct Reader<'t> {
    document: Document<'t>,
    source: &'t str,
}

impl Reader<'_> {
    fn value<T>(
        &self,
        written: &Option<Value<Text>>,
        key: &str,
        check: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<Placed<T>>> {
        let Some(written) = written else { return Ok(None) };
        let text = self.document.text(written, key)?;
        let place = Place::of(written.referenced);
        match check(&text) {
            Ok(value) => Ok(Some(Placed { value, place })),
            Err(error) => Err(at(self.source, place, &error)),
        }
    }
}

fn truth(key: &str, text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(format!("{key} '{}' is neither true nor false", printable::quote(text)))
            .hint(format!("write {key}: true, or {key}: false"))),
    }
}

/// The same error, saying where in `source` the value stands that caused it.
pub fn at(source: &str, place: Place, error: &Error) -> Error {
    let placed = error_at(source, place, error.message());
    match error.remedy() {
        Some(hint) => placed.hint(hint),
        None => placed,
    }
}

fn error_at(source: &str, place: Place, sentence: impl fmt::Display) -> Error {
    Error::new(format!("{source}:{place}: {sentence}"))
}

fn place_of_byte(content: &[u8], byte: usize) -> Place {
    let before = &content[..byte];
    let line = before.split(|b| *b == b'\n').count();
    let last = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let column = String::from_utf8_lossy(last).chars().count() + 1;
    Place { line: line as u64, column: column as u64 }
}

/// Root believes what the file says, so nobody else may be able to change it. An ordinary user who builds an image
/// owns the whole tree.
fn require_only_root_writes(path: &Path) -> Result<()> {
    let found = std::fs::symlink_metadata(path).context(|| format!("cannot read {}", path.display()))?;
    let me = rustix::process::geteuid().as_raw();
    let typed = shell::quote(path);
    if found.is_symlink() {
        // Not followed: in an image, it would lead to this machine's own file.
        return Err(Error::new(format!("{} is a symbolic link, not a file", path.display())).hint(format!(
            "put the file itself there: sudo cp --remove-destination $(realpath {typed}) {typed}"
        )));
    }
    if found.uid() != 0 && found.uid() != me {
        return Err(Error::new(format!("{} does not belong to root", path.display()))
            .hint(format!("check what it says, then: sudo chown root:root {typed}")));
    }
    if found.mode() & 0o022 != 0 {
        return Err(Error::new(format!("{} can be written by users other than root", path.display()))
            .hint(format!("check what it says, then: sudo chmod go-w {typed}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
