//! The instance specification: what an operator or the web app writes, checked before anything is made.

mod check;
mod render;

use crate::Result;
use crate::name::OverlayRef;
use crate::yaml::{self, Document, Expected, List, Mapping, Number, Text, Value};
use serde::Deserialize;
use serde::de::MapAccess;

/// Largest specification in bytes.
pub const MAX_BYTES: usize = yaml::MAX_BYTES;
/// Most content layers: the kernel stacks 500, of which the game needs one and its updates a few.
pub const MAX_OVERLAYS: usize = 480;

/// A checked specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// UDP and TCP port, 1024 to 65535.
    pub port: u16,
    /// Content layers, first = highest precedence.
    pub overlays: Vec<Overlay>,
    /// Arguments of the engine; each may hold several words.
    pub arguments: Vec<String>,
    /// Lines of server.cfg.
    pub config: Vec<String>,
}

/// One content layer of a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Where it lies below `overlays/`.
    pub path: OverlayRef,
    /// Its `cfg/server.cfg` is also staged as `cfg/server_ALIAS.cfg`.
    pub alias: Option<String>,
}

/// Whether an alias may have this character: it becomes part of a file's name and of a console command.
pub fn is_alias_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl Spec {
    /// Parses and checks `text`; `source` names it in errors, with line and column.
    pub fn parse(text: &str, source: &str) -> Result<Spec> {
        let document = Document::new(text, source);
        let written: Value<Mapping<Written>> = document.read()?;
        check::Checker { document }.spec(&written)
    }
}

/// The document as it was written, before [`check`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    port: Option<Value<Number>>,
    overlays: Option<Value<List<Entry>>>,
    arguments: Option<Value<List<Text>>>,
    config: Option<Value<List<Text>>>,
}

/// An item of `overlays`: a path, or a mapping that names more.
#[derive(Debug)]
enum Entry {
    Path(Text),
    Named(NamedEntry),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedEntry {
    path: Option<Value<Text>>,
    alias: Option<Value<Text>>,
}

impl Expected for Entry {
    const NAME: &'static str = "a path";
    const HINT: &'static str = "an overlay is a path below overlays/, or {path: …, alias: …}";

    fn from_text(text: &str) -> Option<Self> {
        Text::from_text(text).map(Entry::Path)
    }
    fn from_number() -> Option<Self> {
        Text::from_number().map(Entry::Path)
    }
    fn from_mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Option<Self>, A::Error> {
        Ok(Mapping::from_mapping(mapping)?.map(|Mapping(entry)| Entry::Named(entry)))
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
