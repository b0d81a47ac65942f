//! `/etc/left4me/host.yaml`: what the administrator wants this host to be.
//!
//! Every value keeps its line and column, so that an error, and `left4me-setup config`, can point at it. Scalars
//! are read as they are written; a digest of decimal digits alone stays text.

use crate::layout::Layout;
use crate::suggest::closest;
use crate::{Context, Error, Result, printable, read, shell};
use serde::Deserialize;
use serde_saphyr::{Location, SnippetMode, Spanned, UserMessageFormatter};
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where it lies.
pub const HOST_FILE: &str = "/etc/left4me/host.yaml";
/// Largest file in bytes; real ones have a few hundred.
const MAX_BYTES: u64 = 64 * 1024;
const KEYS: [&str; 4] = ["root", "steamcmd", "game", "ports"];
const STEAMCMD_KEYS: [&str; 2] = ["mirror", "digest"];

/// Where in the file a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: u64,
    /// In characters, counted from 1.
    pub column: u64,
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
        const HINT: &str = "two plain numbers from 1024 to 65535, such as ports: 27015-27030";
        let refuse =
            |why: &str| Err(Error::new(format!("ports '{}' {why}", printable::quote(text))).hint(HINT));
        // The comparison refuses 027015 and +27015.
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| n.to_string() == text);
        let ends = text.split_once('-').and_then(|(first, last)| Some((number(first)?, number(last)?)));
        let Some((first, last)) = ends else { return refuse("is not FIRST-LAST") };
        let port = |number: u32| u16::try_from(number).ok().filter(|port| *port >= Ports::UNRESTRICTED.first);
        let (Some(first), Some(last)) = (port(first), port(last)) else {
            return refuse("is outside of 1024 to 65535");
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
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawHost {
    root: Option<Spanned<String>>,
    steamcmd: Option<RawSteamCmd>,
    game: Option<Spanned<String>>,
    ports: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawSteamCmd {
    mirror: Option<Spanned<String>>,
    digest: Option<Spanned<String>>,
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
        let Some(content) = read::read_regular(path, MAX_BYTES).map_err(|e| e.hint(hint))? else {
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
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: 8, max_nodes: 1000 },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100, max_replay_stack_depth: 4 },
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::Error,
            with_snippet: false,
        };
        // A file of comments alone is empty.
        let raw: Option<RawHost> = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| syntax_error(source, &error))?;
        let raw = raw.unwrap_or_default();
        let steamcmd = raw.steamcmd.unwrap_or_default();
        let check = Checker { source };
        Ok(HostFile {
            root: check.value(raw.root, |text| Layout::new(text))?,
            mirror: check.value(steamcmd.mirror, |text| Ok(text.to_owned()))?,
            digest: check.value(steamcmd.digest, |text| Ok(text.to_owned()))?,
            game: check.value(raw.game, truth)?,
            ports: check.value(raw.ports, Ports::parse)?,
        })
    }
}

/// Turns what is written into checked values; an error names the place.
struct Checker<'s> {
    source: &'s str,
}

impl Checker<'_> {
    fn value<T>(
        &self,
        raw: Option<Spanned<String>>,
        check: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<Placed<T>>> {
        let Some(raw) = raw else { return Ok(None) };
        let place = place(raw.referenced);
        match check(&raw.value) {
            Ok(value) => Ok(Some(Placed { value, place })),
            Err(error) => Err(at(self.source, place, &error)),
        }
    }
}

fn truth(text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(format!("game '{}' is neither true nor false", printable::quote(text)))
            .hint("write game: true, or game: false")),
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

fn place(location: Location) -> Place {
    Place { line: location.line().max(1), column: location.column().max(1) }
}

fn place_of_byte(content: &[u8], byte: usize) -> Place {
    let before = &content[..byte];
    let line = before.split(|b| *b == b'\n').count();
    let last = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let column = String::from_utf8_lossy(last).chars().count() + 1;
    Place { line: line as u64, column: column as u64 }
}

fn syntax_error(source: &str, error: &serde_saphyr::Error) -> Error {
    use serde_saphyr::Error as Yaml;
    let place = place(error.location().unwrap_or(Location::UNKNOWN));
    match error.without_snippet() {
        Yaml::DuplicateMappingKey { key: Some(key), .. } => {
            error_at(source, place, format_args!("the key '{}' appears twice", printable::quote(key)))
                .hint("keep one of them")
        }
        Yaml::SerdeUnknownField { field, expected, .. } => {
            error_at(source, place, format_args!("unknown key '{}'", printable::quote(field)))
                .hint(hint_for_unknown(field, expected))
        }
        Yaml::Unexpected { expected: "mapping start", .. } => {
            error_at(source, place, "expected keys with values")
                .hint("one KEY: VALUE a line, such as game: true")
        }
        Yaml::Unexpected { expected: "string scalar", .. } => {
            error_at(source, place, "expected one value, not a list or a mapping")
                .hint("write the value behind its key, such as game: true")
        }
        Yaml::MultipleDocuments { .. } => {
            error_at(source, place, "the file holds more than one YAML document")
                .hint("remove the line '---' and what follows it")
        }
        other => {
            let rendered = other.render_with_options(serde_saphyr::render_options! {
                formatter: &UserMessageFormatter,
                snippets: SnippetMode::Off,
            });
            // The place is said once, in front.
            let sentence = rendered.split(" at line ").next().unwrap_or(&rendered).replace('\n', " ");
            error_at(source, place, printable::bounded(&sentence, 300))
                .hint("values with special characters need quotes: 'like this'")
        }
    }
}

fn hint_for_unknown(field: &str, expected: &[&'static str]) -> String {
    if let Some(meant) = closest(field, expected) {
        return format!("did you mean '{meant}'?");
    }
    let is_top = expected.contains(&"root");
    match (is_top, closest(field, &STEAMCMD_KEYS), closest(field, &KEYS)) {
        (true, Some(meant), _) => format!("'{meant}' belongs below 'steamcmd:', indented by two spaces"),
        (false, _, Some(meant)) => format!("'{meant}' belongs at the beginning of a line"),
        _ => format!("known keys are {}", expected.join(", ")),
    }
}

/// Root believes what the file says, so nobody else may be able to change it. An ordinary user who builds an image
/// owns the whole tree.
fn require_only_root_writes(path: &Path) -> Result<()> {
    let found = std::fs::symlink_metadata(path).context(|| format!("cannot read {}", path.display()))?;
    let me = nix::unistd::geteuid().as_raw();
    let typed = shell::word(path);
    if found.is_symlink() {
        // Not followed: in an image, it would lead to this machine's own file.
        return Err(Error::new(format!("{} is a symbolic link, not a file", path.display())).hint(format!(
            "put the file itself there: sudo cp --remove-destination $(realpath {typed}) {typed}"
        )));
    }
    if found.uid() != 0 && found.uid() != me {
        return Err(Error::new(format!("{} belongs to another user than root", path.display()))
            .hint(format!("check what it says, then: sudo chown root:root {typed}")));
    }
    if found.mode() & 0o022 != 0 {
        return Err(Error::new(format!("{} can be written by others than root", path.display()))
            .hint(format!("check what it says, then: sudo chmod go-w {typed}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
