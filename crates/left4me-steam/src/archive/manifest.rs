//! `manifest.json`: what a build consists of.

use super::check;
use crate::APP;
use crate::verify::VerifiedGame;
use left4me::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// The schema that is written and read.
pub const SCHEMA: u32 = 1;
/// Its name in the archive.
pub const NAME: &str = "manifest.json";
/// A manifest of the largest tree that is allowed is shorter.
pub const MAX_BYTES: u64 = 64 << 20;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The game, as Steam numbers it.
    pub app: u32,
    /// Steam's build id.
    pub build: String,
    /// `PatchVersion` of steam.inf.
    pub version: Option<String>,
    /// When Steam last wrote its own manifest, in seconds since 1970.
    pub date: u64,
    /// All directories but the top.
    pub directories: Vec<Directory>,
    /// Symbolic links.
    pub links: Vec<Link>,
    /// Regular files.
    pub files: Vec<File>,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Below the top of the game.
    pub path: String,
    /// Its permissions.
    #[serde(with = "octal")]
    pub mode: u32,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Below the top of the game.
    pub path: String,
    /// Where it leads.
    pub target: String,
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Below the top of the game.
    pub path: String,
    /// Its permissions.
    #[serde(with = "octal")]
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// Digest of its content, 64 hexadecimal digits.
    pub sha256: String,
    /// Where its content begins, counted from the end of the manifest's own entry in the archive.
    pub offset: u64,
}

impl File {
    /// Where its content ends in the archive, counted like `offset`.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.size)
    }
}

impl Manifest {
    /// Of a game without files yet.
    pub fn new(game: &VerifiedGame, date: u64) -> Manifest {
        Manifest {
            schema: SCHEMA,
            app: APP,
            build: game.build.clone(),
            version: game.version.clone(),
            date,
            directories: Vec::new(),
            links: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Reads a manifest that anybody may have written. Its files come in the order of their offsets, and each
    /// directory comes before what is in it.
    pub fn parse(text: &[u8]) -> Result<Manifest> {
        /// Another schema may have other fields.
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
            app: u32,
        }
        let damaged = |cause| check::refused(&format!("its manifest is damaged ({cause})"));
        let head: Head = serde_json::from_slice(text).map_err(damaged)?;
        if head.schema != SCHEMA {
            return Err(Error::new(format!("the archive has the format {}, not {SCHEMA}", head.schema))
                .hint("update left4me-setup on both hosts to the same version, and export it again"));
        }
        if head.app != APP {
            return Err(check::refused(&format!("it holds app {}, not {APP}", head.app)));
        }
        let mut manifest: Manifest = serde_json::from_slice(text).map_err(damaged)?;
        manifest.directories.sort_by(|a, b| a.path.cmp(&b.path));
        manifest.files.sort_by_key(|file| file.offset);
        check::manifest(&manifest)?;
        Ok(manifest)
    }

    /// As it stands in an archive.
    pub fn to_text(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self).context(|| format!("cannot write {NAME}"))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).fold(0, u64::saturating_add)
    }
}

/// Permissions as people write them: `"755"`.
mod octal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{mode:o}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = String::deserialize(from)?;
        let is_octal =
            (1..=7).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        if !is_octal {
            return Err(D::Error::custom("a mode is not octal"));
        }
        u32::from_str_radix(&text, 8).map_err(D::Error::custom)
    }
}
