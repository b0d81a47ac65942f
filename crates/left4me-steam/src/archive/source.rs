//! An archive that was opened: its manifest is read and checked, its files are not read yet.

use super::check::refused;
use super::header::{self, padded};
use super::http::Http;
use super::manifest::{self, Manifest};
use crate::download::hash::hex;
use crate::download::retry::RetryPolicy;
use crate::download::source::{parse_digest, parse_url};
use left4me::report::Reporter;
use left4me::{Context, Error, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// An archive, wherever it lies.
pub struct Archive<'a> {
    /// What it holds.
    pub manifest: Manifest,
    /// Digest of its manifest.
    pub sha256: String,
    /// What the user called it.
    pub name: String,
    pub(super) data: Data<'a>,
    /// Where the manifest's entry ends.
    pub(super) start: u64,
}

/// Where the content of its files comes from.
pub(super) enum Data<'a> {
    File(File),
    Http(Http<'a>),
}

/// Whether what the user typed is a URL.
pub fn is_url(location: &str) -> bool {
    location.starts_with("https://") || location.starts_with("http://")
}

impl<'a> Archive<'a> {
    /// Opens a file or a URL, and reads its manifest, whose digest must be `sha256` if that is given.
    pub fn open(
        location: &str,
        sha256: Option<&str>,
        policy: &'a RetryPolicy<'a>,
        reporter: &'a dyn Reporter,
    ) -> Result<Archive<'a>> {
        let wanted = sha256.map(parse_digest).transpose()?;
        let (text, data) = if is_url(location) {
            let mut http = Http::new(parse_url(location, "an archive")?, policy, reporter)?;
            (http.manifest()?, Data::Http(http))
        } else {
            let mut file = open_file(Path::new(location))?;
            let text = read_size(&mut file, location).and_then(|size| read_text(&mut file, size));
            (text.map_err(|broken| broken.into_error(location))?, Data::File(file))
        };
        let sha256 = hex(&Sha256::digest(&text));
        if wanted.is_some_and(|wanted| wanted != sha256) {
            return Err(Error::new(format!(
                "{location} is not the expected archive: the SHA-256 of its manifest is {sha256}"
            ))
            .hint("compare it with what `game export` printed on the host that the archive came from"));
        }
        let start = header::BLOCK + padded(text.len() as u64);
        let manifest = Manifest::parse(&text)?;
        if let Data::File(file) = &data {
            let size = file.metadata().context(|| format!("cannot read {location}"))?.len();
            let end = manifest.files.last().map_or(0, manifest::File::end);
            if size < start.saturating_add(end) {
                return Err(cut(location));
            }
        }
        Ok(Archive { manifest, sha256, name: location.to_owned(), data, start })
    }
}

fn open_file(path: &Path) -> Result<File> {
    let cannot = || format!("cannot read {}", path.display());
    // Chosen by the caller, who may mean a link, but not a FIFO.
    let file = File::from(
        left4me::read::open(path, left4me::read::Links::Follow).map_err(io::Error::from).context(cannot)?,
    );
    if !file.metadata().context(cannot)?.is_file() {
        return Err(Error::new(format!("{} is not a regular file", path.display())));
    }
    Ok(file)
}

/// An error about an archive that ends too early.
pub(super) fn cut(name: &str) -> Error {
    refused(&format!("{name} is cut short"))
}

/// Why no manifest was read.
pub(super) enum Broken {
    /// The archive ends, or cannot be read.
    Read(io::Error),
    /// It is none.
    Refused(Error),
}

impl Broken {
    /// For whoever reads a file.
    pub(super) fn into_error(self, name: &str) -> Error {
        match self {
            Broken::Refused(error) => error,
            Broken::Read(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => cut(name),
            Broken::Read(cause) => Error::new(format!("cannot read {name}: {cause}")),
        }
    }
}

/// Reads the header of an archive's first entry, and returns the size of the manifest.
pub(super) fn read_size(from: &mut impl Read, name: &str) -> Result<u64, Broken> {
    let mut block = [0; header::BLOCK as usize];
    match from.read_exact(&mut block) {
        Ok(()) => {}
        // No archive is so short, but a login page may be.
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => block.fill(0),
        Err(cause) => return Err(Broken::Read(cause)),
    }
    header::manifest_size(&block, name).map_err(Broken::Refused)
}

/// Reads the manifest behind its header, up to its padding.
pub(super) fn read_text(from: &mut impl Read, size: u64) -> Result<Vec<u8>, Broken> {
    let mut text = Vec::new();
    from.take(size).read_to_end(&mut text).map_err(Broken::Read)?;
    let padding = padded(size) - size;
    let skipped = io::copy(&mut from.take(padding), &mut io::sink()).map_err(Broken::Read)?;
    if (text.len() as u64) < size || skipped < padding {
        return Err(Broken::Read(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(text)
}
