//! Stopping every instance, and taking its file tree down.

use crate::host::Host;
use left4me_setup::layout::LIBEXEC;
use left4me_setup::{Context, Result};
use std::path::{Path, PathBuf};

/// Stops and disables all instances, then unmounts what is still mounted.
pub fn stop(host: &Host) -> Result<()> {
    if host.has_systemd() {
        let mut units = known()?;
        units.extend(
            enabled(host)?.iter().filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned())),
        );
        units.sort();
        units.dedup();
        if !units.is_empty() {
            let mut arguments = vec!["disable".to_owned(), "--now".to_owned()];
            arguments.extend(units);
            Host::run("systemctl", &arguments)?;
        }
        Host::run("systemctl", &["stop", "left4me-overlay@*.service"])?;
    }
    for link in enabled(host)? {
        std::fs::remove_file(&link).context(|| format!("cannot remove {}", link.display()))?;
    }
    for mount in mounts_below(host)? {
        // Only the helper knows whether a mount is ours; what it refuses is reported by who needs it gone.
        let name = mount.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        if let (Some(name), true) = (name, mount.ends_with("merged")) {
            let _ = std::process::Command::new(format!("{LIBEXEC}/left4me-overlay"))
                .args(["umount", &name])
                .env_clear()
                .status();
        }
    }
    Ok(())
}

/// Instances that the service manager has loaded, running or failed.
fn known() -> Result<Vec<String>> {
    let arguments = ["list-units", "--all", "--plain", "--no-legend", "left4me-server@*.service"];
    let shown = Host::run("systemctl", &arguments)?;
    Ok(shown.lines().filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect())
}

/// The links by which instances start at boot.
fn enabled(host: &Host) -> Result<Vec<PathBuf>> {
    let Ok(wants) = std::fs::read_dir(host.path(Path::new("/etc/systemd/system"))) else { return Ok(vec![]) };
    let mut links = Vec::new();
    for dir in wants.flatten().filter(|e| e.file_name().to_string_lossy().ends_with(".wants")) {
        let entries = std::fs::read_dir(dir.path())
            .context(|| format!("cannot read {}", dir.path().display()))?
            .flatten();
        links.extend(entries.map(|e| e.path()).filter(|p| {
            p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("left4me-server@"))
                && p.is_symlink()
        }));
    }
    Ok(links)
}

/// Mount points below `LEFT4ME_ROOT`, innermost first. The root itself may be a file system of its own.
pub fn mounts_below(host: &Host) -> Result<Vec<PathBuf>> {
    let table = std::fs::read_to_string("/proc/self/mountinfo")
        .context(|| "cannot read /proc/self/mountinfo".into())?;
    let top = host.path(host.layout.root());
    // A sysroot is reached through a descriptor; the table has real names.
    let top = top.canonicalize().unwrap_or(top);
    let mut points: Vec<PathBuf> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|point| PathBuf::from(point.replace("\\040", " ").replace("\\134", "\\")))
        .filter(|point| point.starts_with(&top) && *point != top)
        .collect();
    points.sort();
    points.reverse();
    Ok(points)
}
