//! Addons that no server can read. The engine leaves one out and says nothing.

use super::{Kind, Problem};
use left4me::beneath::{self, SAME_MOUNT};
use left4me::host::Host;
use left4me::name::OverlayRef;
use left4me::printable;
use rustix::fs::{Dir, Mode, OFlags, readlinkat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// More addons than this in one overlay are not opened.
const MOST_ADDONS: usize = 2000;
pub(super) const ADDONS: &str = "left4dead2/addons";
/// The first bytes of every VPK of the Source engine.
pub(super) const VPK: [u8; 4] = [0x34, 0x12, 0xaa, 0x55];

/// The unreadable addons of one overlay. Reads as the calling user.
pub(super) fn unreadable(host: &Host, overlay: &OverlayRef) -> Vec<Problem> {
    let shown = host.layout.overlay(overlay).join(ADDONS);
    let Some((directory, names)) = open_addons(&host.path(&host.layout.overlay(overlay))) else {
        return Vec::new();
    };
    let problem = |name: &PathBuf| {
        let reason = reason(host, &directory, name)?;
        Some(Problem {
            kind: Kind::Addon,
            sentence: format!(
                "no server can read the addon {}: {reason}",
                printable::path(&shown.join(name))
            ),
            remedy: "build it or copy it again, or take it out of the overlay".to_owned(),
        })
    };
    names.iter().filter_map(problem).collect()
}

/// The directory of an overlay's addons, and the names of the VPKs in it.
fn open_addons(overlay: &Path) -> Option<(OwnedFd, Vec<PathBuf>)> {
    let addons = beneath::directory_to_list(beneath::open_directory(overlay).ok()?, ADDONS).ok()?;
    let is_vpk = |name: &[u8]| name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(b".vpk");
    let mut names: Vec<PathBuf> = Dir::read_from(&addons)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_bytes().to_vec()))
        .filter(|name| is_vpk(name))
        .take(MOST_ADDONS)
        .map(|name| PathBuf::from(OsString::from_vec(name)))
        .collect();
    names.sort();
    Some((addons, names))
}

/// Why a server cannot read an addon; `None` when it can.
fn reason(host: &Host, directory: impl AsFd, name: &Path) -> Option<String> {
    match open(&directory, name) {
        Ok(file) => reason_of_file(file),
        // The predecessor's overlays link into the shared cache.
        Err(Errno::LOOP) => {
            let target = readlinkat(&directory, name, Vec::new()).ok()?;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            let cache = host.layout.workshop_cache();
            let Ok(below) = target.strip_prefix(&cache) else {
                return Some(format!(
                    "it is a link to {}, outside {}",
                    printable::path(&target),
                    cache.display()
                ));
            };
            // The cache may lie elsewhere, behind a link: the engine follows it.
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let opened = rustix::fs::open(host.path(&cache), flags, Mode::empty())
                .and_then(|cache| open(cache, below));
            match opened {
                Ok(file) => reason_of_file(file),
                Err(cause) => Some(format!("{}: {cause}", printable::path(&target))),
            }
        }
        Err(cause) => Some(cause.to_string()),
    }
}

fn open(directory: impl AsFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    beneath::file(directory, name, SAME_MOUNT)
}

/// Why a file is not a VPK; `None` when it is one.
fn reason_of_file(file: OwnedFd) -> Option<String> {
    let mut file = std::fs::File::from(file);
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Some("it is not a regular file".to_owned());
    }
    let mut first = [0; 4];
    match file.read_exact(&mut first) {
        Ok(()) if first == VPK => None,
        _ => Some("it is not a VPK, or it is cut short".to_owned()),
    }
}
