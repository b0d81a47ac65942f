//! Stopping every instance, and taking its file tree down.

use crate::host::Host;
use left4me_setup::layout::LIBEXEC;
use left4me_setup::{Context, Result, child, mountinfo};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Stops and disables all instances, then unmounts what is still mounted. Returns the file trees that
/// stay mounted all the same, and why.
pub fn stop(host: &Host) -> Result<Vec<(PathBuf, String)>> {
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
        // Nobody writes to it any more.
        Host::run(
            "systemctl",
            &["stop", "systemd-journald*@left4me.socket", "systemd-journald@left4me.service"],
        )?;
    }
    for link in enabled(host)? {
        std::fs::remove_file(&link).context(|| format!("cannot remove {}", link.display()))?;
    }
    let runtimes = real(host, &host.layout.runtimes());
    let mut stay = Vec::new();
    for mount in mounts_below(host)? {
        let name =
            mount.strip_prefix(&runtimes).ok().and_then(|below| below.to_str()?.strip_suffix("/merged"));
        if let Some(name) = name.filter(|name| !name.contains('/')) {
            let why = unmount(host, name);
            stay.push((mount, why));
        }
    }
    let mounted = mounts_below(host)?;
    stay.retain(|(mount, _)| mounted.contains(mount));
    Ok(stay)
}

/// Only the helper knows whether a mount is ours, and it knows only this machine's. Returns its objection.
fn unmount(host: &Host, name: &str) -> String {
    if !host.is_running() {
        return String::new();
    }
    let helper = format!("{LIBEXEC}/left4me-overlay");
    match child::command(&helper).args(["umount", name]).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => String::new(),
        Ok(output) => format!(": {}", child::reason(output.status, &output.stderr)),
        Err(e) => format!(": cannot run {helper}: {e}"),
    }
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

/// A sysroot is reached through a descriptor; the kernel's table has real names.
fn real(host: &Host, path: &Path) -> PathBuf {
    let path = host.path(path);
    path.canonicalize().unwrap_or(path)
}

/// Mount points below `LEFT4ME_ROOT`, innermost first. The root itself may be a file system of its own.
pub fn mounts_below(host: &Host) -> Result<Vec<PathBuf>> {
    let top = real(host, host.layout.root());
    let points = mountinfo::ours()?.into_iter().map(|mount| mount.point);
    let mut points: Vec<PathBuf> = points.filter(|point| point.starts_with(&top) && *point != top).collect();
    points.sort();
    points.reverse();
    Ok(points)
}
