//! Stopping the servers and unmounting their file trees.

use crate::deployed;
use left4me::host::Host;
use left4me::layout::{LIBEXEC, Layout};
use left4me::systemd::Manager;
use left4me::{Context, Result, child, mountinfo};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Stops and disables all servers that run from our unit, then unmounts their file trees. Returns the trees that are
/// still mounted, and why.
pub fn stop(host: &Host) -> Result<Vec<(PathBuf, String)>> {
    let mut others = Vec::new();
    if host.has_systemd() {
        let (ours, theirs) = loaded(host)?;
        others = theirs;
        if !ours.is_empty() {
            let mut arguments = vec!["stop".to_owned()];
            arguments.extend(ours);
            Host::run("systemctl", &arguments)?;
        }
        Host::run("systemctl", &["stop", "left4me-overlay@*.service"])?;
        // The daemon of their journal, which servers that keep running need.
        if others.is_empty() {
            let journal = ["stop", "systemd-journald*@left4me.socket", "systemd-journald@left4me.service"];
            Host::run("systemctl", &journal)?;
        }
    }
    for link in enabled(host)? {
        std::fs::remove_file(&link).context(|| format!("cannot remove {}", link.display()))?;
    }
    let runtimes = real(host, &host.layout.runtimes());
    let mut still_mounted = Vec::new();
    for mount in mounts_below(host)? {
        let name =
            mount.strip_prefix(&runtimes).ok().and_then(|below| below.to_str()?.strip_suffix("/merged"));
        let is_ours =
            |name: &str| !name.contains('/') && !others.contains(&format!("left4me-server@{name}.service"));
        if let Some(name) = name.filter(|name| is_ours(name)) {
            let why = unmount(host, name);
            still_mounted.push((mount, why));
        }
    }
    let mounted = mounts_below(host)?;
    still_mounted.retain(|(mount, _)| mounted.contains(mount));
    Ok(still_mounted)
}

/// Only the helper knows whether a mount is ours, and only on this machine. Returns its error.
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

/// Server units that systemd has loaded, running or failed: those from our unit file, and the others.
fn loaded(host: &Host) -> Result<(Vec<String>, Vec<String>)> {
    let mut manager = Manager::connect()?;
    let units = manager.units(&["left4me-server@*.service"])?;
    let files = manager.property(&units, "FragmentPath")?;
    let ours = unit_files(host);
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for (unit, file) in units.into_iter().zip(files) {
        // A unit whose file was deleted belongs to nobody else.
        let file = file.filter(|path| !path.is_empty());
        let is_ours = file.is_none_or(|path| ours.contains(&path));
        if is_ours { &mut known } else { &mut others }.push(unit.id);
    }
    Ok((known, others))
}

/// The paths under which systemd may have read our units. Debian 12's systemd goes through the link /lib.
fn unit_files(host: &Host) -> Vec<String> {
    let mut files: Vec<String> =
        deployed::units(&host.layout).chain(deployed::units(&Layout::default())).collect();
    let by_link: Vec<String> =
        files.iter().filter_map(|file| Some(file.strip_prefix("/usr")?.to_owned())).collect();
    files.extend(by_link);
    files
}

/// The links that start our instances at boot.
fn enabled(host: &Host) -> Result<Vec<PathBuf>> {
    let Ok(wants) = std::fs::read_dir(host.path(Path::new("/etc/systemd/system"))) else { return Ok(vec![]) };
    let ours = unit_files(host);
    let is_ours = |link: &Path| {
        let named =
            link.file_name().is_some_and(|name| name.to_string_lossy().starts_with("left4me-server@"));
        named && std::fs::read_link(link).is_ok_and(|to| ours.iter().any(|ours| Path::new(ours) == to))
    };
    let mut links = Vec::new();
    for dir in wants.flatten().filter(|e| e.file_name().to_string_lossy().ends_with(".wants")) {
        let entries = std::fs::read_dir(dir.path())
            .context(|| format!("cannot read {}", dir.path().display()))?
            .flatten();
        links.extend(entries.map(|e| e.path()).filter(|path| is_ours(path)));
    }
    Ok(links)
}

/// The path as the kernel's mount table has it; a sysroot is reached through a descriptor.
fn real(host: &Host, path: &Path) -> PathBuf {
    let path = host.path(path);
    path.canonicalize().unwrap_or(path)
}

/// Mount points below `LEFT4ME_ROOT`, innermost first. The root itself may be a mount point.
pub fn mounts_below(host: &Host) -> Result<Vec<PathBuf>> {
    let top = real(host, host.layout.root());
    let points = mountinfo::ours()?.into_iter().map(|mount| mount.point);
    let mut points: Vec<PathBuf> = points.filter(|point| point.starts_with(&top) && *point != top).collect();
    points.sort();
    points.reverse();
    Ok(points)
}
