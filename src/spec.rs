//! The instance specification: what an operator or the web app writes, judged before anything is made.

use crate::name::OverlayRef;
use crate::{Error, Result};
use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(untagged)]
enum RawOverlay {
    Path(String),
    Entry { path: String, alias: Option<String> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    port: u16,
    #[serde(default)]
    overlays: Vec<RawOverlay>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    config: Vec<String>,
}

impl Spec {
    /// Parses and judges `text`; `source` names it in errors.
    pub fn parse(text: &str, source: &str) -> Result<Spec> {
        let raw: Raw = serde_saphyr::from_str(text).map_err(|e| Error::new(format!("{source}: {e}")))?;
        let overlays = raw
            .overlays
            .into_iter()
            .map(|entry| {
                let (path, alias) = match entry {
                    RawOverlay::Path(path) => (path, None),
                    RawOverlay::Entry { path, alias } => (path, alias),
                };
                Ok(Overlay { path: OverlayRef::parse(&path)?, alias })
            })
            .collect::<Result<_>>()?;
        Ok(Spec { port: raw.port, overlays, arguments: raw.arguments, config: raw.config })
    }
}
