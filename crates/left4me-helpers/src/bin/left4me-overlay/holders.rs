//! Who keeps a mount busy: looked up only after unmounting was refused.

use crate::table::{self, Identity};
use left4me::printable;
use rustix::fs::{AtFlags, CWD, StatxFlags};
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Names at most this many.
const MOST: usize = 10;

/// Processes with something open in an instance's mount, as `comm (pid N)`, and mounts inside it.
pub fn find(identity: &Identity) -> Vec<String> {
    let processes = processes();
    let ids = ids(&processes, identity);
    let mut holders: Vec<String> =
        processes.iter().filter(|process| holds(process, &ids)).map(|p| describe(p)).collect();
    for mount in table::ours().unwrap_or_default() {
        if ids.contains(&mount.parent) && !identity.owns(&mount) {
            holders.push(format!(
                "a {} mount on {}",
                printable::line(&mount.kind),
                table::shown(&mount.point)
            ));
        }
    }
    if holders.len() > MOST {
        let more = holders.split_off(MOST).len();
        holders.push(format!("{more} more"));
    }
    holders
}

fn processes() -> Vec<PathBuf> {
    let is_pid = |path: &PathBuf| {
        path.file_name().is_some_and(|n| n.as_encoded_bytes().iter().all(u8::is_ascii_digit))
    };
    entries(Path::new("/proc")).filter(is_pid).collect()
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// The mount's numbers in all mount namespaces: a copy in a service's namespace keeps ours busy too.
fn ids(processes: &[PathBuf], identity: &Identity) -> HashSet<u64> {
    let mut namespaces = HashSet::new();
    let mut ids = HashSet::new();
    for process in processes {
        let Ok(namespace) = std::fs::metadata(process.join("ns/mnt")) else { continue };
        if namespaces.insert((namespace.dev(), namespace.ino())) {
            let bytes = std::fs::read(process.join("mountinfo")).unwrap_or_default();
            ids.extend(
                table::parse(&bytes).iter().filter(|mount| identity.owns(mount)).map(|mount| mount.id),
            );
        }
    }
    ids
}

fn holds(process: &Path, ids: &HashSet<u64>) -> bool {
    let links = ["cwd", "root", "exe"].map(|link| process.join(link));
    links.into_iter().chain(["fd", "map_files"].into_iter().flat_map(|of| entries(&process.join(of)))).any(
        |link| {
            // Without DONT_SYNC a hostile user's FUSE server could make this wait for ever.
            let flags = AtFlags::NO_AUTOMOUNT | AtFlags::STATX_DONT_SYNC;
            rustix::fs::statx(CWD, link, flags, StatxFlags::MNT_ID)
                .is_ok_and(|found| ids.contains(&found.stx_mnt_id))
        },
    )
}

fn describe(process: &Path) -> String {
    let pid = process.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let comm = std::fs::read(process.join("comm")).unwrap_or_default();
    // A process names itself, so what it says is made harmless first.
    format!("{} (pid {pid})", printable::line_of_bytes(comm.trim_ascii_end()))
}
