//! What of the instances needs somebody: servers that crashed too often, overlays that are missing, addons that no
//! server can read. `doctor` makes checks of it, `status` lists it.

use left4me::beneath::{self, SAME_MOUNT};
use left4me::host::Host;
use left4me::name::{InstanceName, OverlayRef};
use left4me::read::{self, Limit, Links};
use left4me::systemd::server::ServerUnit;
use left4me::{Result, instance_env, mountinfo, printable};
use rustix::fs::{Dir, Mode, OFlags, readlinkat};
use rustix::io::Errno;
use serde::Serialize;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What is wrong with which part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub kind: Kind,
    /// One sentence.
    pub sentence: String,
    /// What to do about it.
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Server,
    Overlay,
    /// left4me-setup's own record.
    Record,
    /// host.yaml.
    Configuration,
    Addon,
}

/// More addons than this in one overlay are not opened.
const MOST_ADDONS: usize = 2000;
const ADDONS: &str = "left4dead2/addons";
/// The first bytes of every VPK of the Source engine.
const VPK: [u8; 4] = [0x34, 0x12, 0xaa, 0x55];

/// The servers that systemd has given up on.
pub fn servers(units: &[(InstanceName, ServerUnit)]) -> Vec<Problem> {
    let failed = units.iter().filter(|(_, unit)| unit.active == "failed");
    let problem = |(name, unit): &(InstanceName, ServerUnit)| {
        let how = match unit.result.as_str() {
            "start-limit-hit" => "crashed too often and is not restarted any more".to_owned(),
            result => format!("failed ({result})"),
        };
        Problem {
            kind: Kind::Server,
            sentence: format!("the server {name} {how}"),
            remedy: format!("sudo l4d2ctl logs {name} shows why; sudo l4d2ctl start {name} tries again"),
        }
    };
    failed.map(problem).collect()
}

/// Overlays that instances name and that are not there, and addons of the others that cannot be read. Looks as the
/// runtime user.
pub fn content(host: &Host, instances: &[InstanceName]) -> Result<Vec<Problem>> {
    let root = host.path(host.layout.root());
    // A file system of the runtime user's own may answer never.
    let fuse =
        mountinfo::ours()?.into_iter().find(|m| m.kind.starts_with("fuse") && m.point.starts_with(&root));
    if let Some(mount) = fuse {
        return Ok(vec![Problem {
            kind: Kind::Overlay,
            sentence: format!(
                "a FUSE file system is mounted on {}; overlays were not examined",
                printable::path(&mount.point)
            ),
            remedy: format!("sudo umount {}", left4me::shell::quote(&mount.point)),
        }]);
    }
    host.as_runtime_user(|| {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for instance in instances {
            for overlay in overlays(host, instance) {
                let is_first = seen.insert(overlay.clone());
                let directory = host.path(&host.layout.overlay(&overlay));
                if !directory.is_dir() {
                    problems.push(missing(host, instance, &overlay));
                } else if is_first {
                    problems.extend(addons(host, &overlay));
                }
            }
        }
        Ok(problems)
    })
}

fn overlays(host: &Host, instance: &InstanceName) -> Vec<OverlayRef> {
    let path = host.path(&host.layout.instance_env(instance));
    let text =
        read::text(&path, Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64)).unwrap_or_default();
    instance_env::overlays(&text, &host.layout)
}

fn missing(host: &Host, instance: &InstanceName, overlay: &OverlayRef) -> Problem {
    Problem {
        kind: Kind::Overlay,
        sentence: format!("the overlay {overlay} of {instance} does not exist"),
        remedy: format!(
            "restore {}, or remove it from the specification: sudo l4d2ctl initialize {instance} -f SPEC",
            host.layout.overlay(overlay).display()
        ),
    }
}

/// The engine leaves out an addon that it cannot read, and says nothing.
fn addons(host: &Host, overlay: &OverlayRef) -> Vec<Problem> {
    let shown = host.layout.overlay(overlay).join(ADDONS);
    let Some((directory, names)) = list(&host.path(&host.layout.overlay(overlay))) else { return Vec::new() };
    let problem = |name: &PathBuf| {
        let why = unreadable(host, &directory, name)?;
        Some(Problem {
            kind: Kind::Addon,
            sentence: format!("no server can read the addon {}: {why}", printable::path(&shown.join(name))),
            remedy: "build or copy it again, or remove it from the overlay".to_owned(),
        })
    };
    names.iter().filter_map(problem).collect()
}

fn list(overlay: &Path) -> Option<(OwnedFd, Vec<PathBuf>)> {
    let addons = beneath::directory_to_list(beneath::open_directory(overlay).ok()?, ADDONS).ok()?;
    let is_vpk = |name: &[u8]| name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(b".vpk");
    let mut names: Vec<PathBuf> = Dir::read_from(&addons)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_bytes().to_vec()))
        .filter(|name| is_vpk(name))
        .take(MOST_ADDONS)
        .map(|name| PathBuf::from(OsString::from_vec(name)))
        .collect::<Vec<PathBuf>>();
    names.sort();
    Some((addons, names))
}

/// Why a server cannot read it; `None` when it can.
fn unreadable(host: &Host, directory: impl AsFd, name: &Path) -> Option<String> {
    match open(&directory, name) {
        Ok(file) => not_a_vpk(file),
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
                Ok(file) => not_a_vpk(file),
                Err(cause) => Some(format!("{}: {cause}", printable::path(&target))),
            }
        }
        Err(cause) => Some(cause.to_string()),
    }
}

fn open(directory: impl AsFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    beneath::file(directory, name, SAME_MOUNT)
}

/// Why the file is no VPK; `None` when it is one.
fn not_a_vpk(file: OwnedFd) -> Option<String> {
    let mut file = std::fs::File::from(file);
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Some("it is not a regular file".to_owned());
    }
    let mut first = [0; 4];
    match file.read_exact(&mut first) {
        Ok(()) if first == VPK => None,
        _ => Some("it is no VPK, or cut short".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::layout::Layout;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn overlays_and_addons_that_no_server_can_use() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let host = Host::unprivileged(Layout::new(dir.path()).unwrap());
        let name = InstanceName::parse("a").unwrap();
        let addons = dir.path().join("overlays/maps").join(ADDONS);
        let cache = dir.path().join("workshop_cache");
        for directory in [&addons, &cache, &host.layout.instance(&name)] {
            fs::create_dir_all(directory).unwrap();
        }
        let root = dir.path().display();
        let layers = format!(
            "L4D2_PORT=27015\nL4D2_LOWERDIRS={root}/overlays/maps:{root}/overlays/gone:{root}/installation\n"
        );
        fs::write(host.layout.instance_env(&name), layers).unwrap();
        let vpk = [&VPK[..], b"rest"].concat();
        fs::write(addons.join("good.vpk"), &vpk).unwrap();
        fs::write(cache.join("1.vpk"), &vpk).unwrap();
        fs::write(addons.join("page.VPK"), "<html>").unwrap();
        fs::write(addons.join("notes.txt"), "").unwrap();
        symlink(cache.join("1.vpk"), addons.join("linked.vpk")).unwrap();
        symlink(cache.join("2.vpk"), addons.join("dangling.vpk")).unwrap();
        symlink("/etc/passwd", addons.join("outside.vpk")).unwrap();
        nix::unistd::mkfifo(&addons.join("fifo.vpk"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        let unprivileged = !nix::unistd::geteuid().is_root();
        if unprivileged {
            fs::write(addons.join("closed.vpk"), &vpk).unwrap();
            fs::set_permissions(addons.join("closed.vpk"), fs::Permissions::from_mode(0o000)).unwrap();
        }
        let found = content(&host, &[name]).unwrap();
        let sentences: Vec<String> =
            found.iter().map(|p| p.sentence.replace(&dir.path().display().to_string(), "")).collect();
        let mut expected = vec![
            "no server can read the addon /overlays/maps/left4dead2/addons/dangling.vpk: /workshop_cache/2.vpk: No such file or directory (os error 2)",
            "no server can read the addon /overlays/maps/left4dead2/addons/fifo.vpk: it is not a regular file",
            "no server can read the addon /overlays/maps/left4dead2/addons/outside.vpk: it is a link to /etc/passwd, outside /workshop_cache",
            "no server can read the addon /overlays/maps/left4dead2/addons/page.VPK: it is no VPK, or cut short",
            "the overlay gone of a does not exist",
        ];
        if unprivileged {
            expected.insert(0, "no server can read the addon /overlays/maps/left4dead2/addons/closed.vpk: Permission denied (os error 13)");
        }
        assert_eq!(sentences, expected);
    }

    #[test]
    fn crash_loops() {
        let unit = |name: &str, active: &str, result: &str| {
            let [active, result] = [active, result].map(str::to_owned);
            (InstanceName::parse(name).unwrap(), ServerUnit { active, result, ..ServerUnit::default() })
        };
        let found = servers(&[
            unit("a", "active", "success"),
            unit("b", "failed", "start-limit-hit"),
            unit("c", "failed", "exit-code"),
        ]);
        let sentences: Vec<&str> = found.iter().map(|p| p.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "the server b crashed too often and is not restarted any more",
                "the server c failed (exit-code)"
            ]
        );
        assert_eq!(found[0].remedy, "sudo l4d2ctl logs b shows why; sudo l4d2ctl start b tries again");
    }
}
