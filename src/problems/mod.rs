//! Problems of instances that somebody has to solve: servers that crashed too often, overlays that are missing, addons
//! that no server can read. `status` lists them, and `doctor` has a check for each kind.

mod addons;

use left4me::host::Host;
use left4me::name::{InstanceName, OverlayRef};
use left4me::read::{self, Limit, Links};
use left4me::systemd::server::ServerUnit;
use left4me::{Result, instance_env, mountinfo, printable, shell};
use serde::Serialize;
use std::collections::BTreeSet;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub kind: Kind,
    /// What is wrong.
    pub sentence: String,
    /// How to solve it.
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
    /// Files of the game that were lost or cut short.
    Game,
}

/// Servers that systemd has given up on.
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

/// Missing overlays of these instances, and unreadable addons of the others. Reads as the runtime user.
pub fn content(host: &Host, instances: &[InstanceName]) -> Result<Vec<Problem>> {
    let root = host.path(host.layout.root());
    // A file system that the runtime user mounted may never answer.
    let fuse =
        mountinfo::ours()?.into_iter().find(|m| m.kind.starts_with("fuse") && m.point.starts_with(&root));
    if let Some(mount) = fuse {
        return Ok(vec![Problem {
            kind: Kind::Overlay,
            sentence: format!(
                "a FUSE file system is mounted on {}; overlays were not examined",
                printable::path(&mount.point)
            ),
            remedy: format!("sudo umount {}", shell::quote(&mount.point)),
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
                    problems.push(missing_overlay(host, instance, &overlay));
                } else if is_first {
                    problems.extend(addons::unreadable(host, &overlay));
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

fn missing_overlay(host: &Host, instance: &InstanceName, overlay: &OverlayRef) -> Problem {
    Problem {
        kind: Kind::Overlay,
        sentence: format!("the overlay {overlay} of {instance} does not exist"),
        remedy: format!(
            "restore {}, or remove it from the specification: sudo l4d2ctl initialize {instance} -f SPEC",
            host.layout.overlay(overlay).display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::addons::{ADDONS, VPK};
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
        rustix::fs::mkfifoat(rustix::fs::CWD, addons.join("fifo.vpk"), rustix::fs::Mode::RUSR).unwrap();
        let unprivileged = !rustix::process::geteuid().is_root();
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
            "no server can read the addon /overlays/maps/left4dead2/addons/page.VPK: it is not a VPK, or it is cut short",
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
