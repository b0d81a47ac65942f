//! What a resource is known by, to people and to the resources that need it.

use std::fmt;
use std::path::{Path, PathBuf};

/// A kind, and the path when a host has several of the kind: `file /etc/left4me/host.env`, `SteamCMD`.
///
/// What other resources need has its constructor here, so that no need can name a kind that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId {
    kind: &'static str,
    path: Option<PathBuf>,
}

impl ResourceId {
    pub const USER: ResourceId = ResourceId::single("user left4me");
    pub const STEAMCMD: ResourceId = ResourceId::single("SteamCMD");

    pub fn file(path: impl Into<PathBuf>) -> ResourceId {
        ResourceId::at("file", path)
    }

    pub fn record(path: impl Into<PathBuf>) -> ResourceId {
        ResourceId::at("record", path)
    }

    pub fn directory(path: impl Into<PathBuf>) -> ResourceId {
        ResourceId::at("directory", path)
    }

    /// Of a kind that a host has only once.
    pub const fn single(kind: &'static str) -> ResourceId {
        ResourceId { kind, path: None }
    }

    /// Of a kind with a path.
    pub fn at(kind: &'static str, path: impl Into<PathBuf>) -> ResourceId {
        ResourceId { kind, path: Some(path.into()) }
    }

    /// The path, if it is of this kind.
    pub fn path_if(&self, kind: &str) -> Option<&Path> {
        self.path.as_deref().filter(|_| self.kind == kind)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        match &self.path {
            Some(path) => write!(f, " {}", path.display()),
            None => Ok(()),
        }
    }
}
