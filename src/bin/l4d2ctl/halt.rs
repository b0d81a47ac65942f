//! `stop`, `reset` and `delete`, and the one way to get a file tree unmounted.

use crate::helper;
use crate::instances;
use crate::steps::{Steps, note};
use left4me_setup::layout::Layout;
use left4me_setup::name::InstanceName;
use left4me_setup::{Error, Result};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Stops one instance, now and for the next boot.
pub fn stop(layout: &Layout, name: &InstanceName, steps: &Steps) -> Result<()> {
    if !instances::exists(layout, name) {
        note(&format!("there is no instance '{name}'; only its unit is stopped"));
    }
    steps.say("stopping systemd service...");
    helper::systemctl_ok("disable", &[name])?;
    steps.say("stop complete.");
    Ok(())
}

/// Stops one instance and empties its own layer; its specification stays.
pub fn reset(layout: &Layout, name: &InstanceName, steps: &Steps) -> Result<()> {
    if !is_there(&layout.instance(name)) && !is_there(&layout.runtime(name)) {
        note(&format!("there is no instance '{name}'"));
        return Ok(());
    }
    take_down(layout, name, steps)?;
    steps.say("removing runtime files...");
    remove_tree(&layout.runtime(name))?;
    for directory in [layout.upper(name), layout.work(name), layout.merged(name)] {
        instances::make_directory(&directory)?;
    }
    steps.say("reset complete.");
    Ok(())
}

/// Stops one instance and removes all of it; nothing to do when there is nothing.
pub fn delete(layout: &Layout, name: &InstanceName, steps: &Steps) -> Result<()> {
    if !is_there(&layout.instance(name)) && !is_there(&layout.runtime(name)) {
        note(&format!("there is no instance '{name}'"));
        return Ok(());
    }
    take_down(layout, name, steps)?;
    steps.say("removing instance files...");
    remove_tree(&layout.runtime(name))?;
    remove_tree(&layout.instance(name))?;
    steps.say("delete complete.");
    Ok(())
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Server and mount, gone. A unit that cannot be disabled is no obstacle, a mount that stays is one.
fn take_down(layout: &Layout, name: &InstanceName, steps: &Steps) -> Result<()> {
    steps.say("stopping systemd service (if running)...");
    let output = helper::systemctl("disable", &[name])?;
    if !output.status.success() {
        helper::pass_on(&output.stderr);
    }
    stop_overlay(layout, name)?;
    if is_there(&layout.work(name).join("work")) {
        // The kernel's scratch directory is root's; after a crash nobody has removed it yet. What the
        // helper cannot remove is told by the removal that follows.
        let _ = helper::unmount(name);
    }
    Ok(())
}

/// Stops the mount's unit, and the server's with it, and waits until nothing is mounted any more. That
/// is what counts: a helper that fails with nothing mounted is passed on and forgiven.
pub fn stop_overlay(layout: &Layout, name: &InstanceName) -> Result<()> {
    let output = helper::systemctl("stop-overlay", &[name])?;
    let merged = layout.merged(name);
    if instances::is_mounted(&merged)? {
        // A unit that failed or that a crash forgot has nothing to stop, but the mount is there.
        unmount(name)?;
    } else if !output.status.success() {
        helper::pass_on(&output.stderr);
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while instances::is_mounted(&merged)? {
        // The host has unmounted it; what is left is propagation between mount namespaces.
        if Instant::now() >= deadline {
            return Err(Error::new(format!("the file tree of '{name}' is still mounted"))
                .hint(format!("sudo fuser -vm {} shows who uses it", merged.display())));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Unmounts without systemd; the error tells in the helper's words who keeps the tree busy.
fn unmount(name: &InstanceName) -> Result<()> {
    let output = helper::unmount(name)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let sentence = said.lines().next().unwrap_or_default();
    let sentence = sentence.strip_prefix("left4me-overlay: ").unwrap_or(sentence);
    Err(Error::new(format!("the file tree of '{name}' is still mounted: {sentence}"))
        .hint("end what uses it and try again")
        .code(helper::code_of(output.status)))
}

/// Removes a tree without following links; directories that the game made unwritable are opened first.
fn remove_tree(path: &Path) -> Result<()> {
    let done = |result: std::io::Result<()>| match result {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    let first = done(std::fs::remove_dir_all(path));
    let result = match first {
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            open_up(path);
            done(std::fs::remove_dir_all(path))
        }
        other => other,
    };
    result.map_err(|e| {
        Error::new(format!("cannot remove {}: {e}", path.display())).hint(format!(
            "sudo find {} ! -user left4me lists what is not the runtime user's",
            path.display()
        ))
    })
}

/// Best effort: what stays closed is reported by the removal.
fn open_up(path: &Path) {
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        // An empty one goes even if it belongs to root, which no permission of ours could open.
        if is_directory && std::fs::remove_dir(entry.path()).is_err() {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_removed_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("kept");
        std::fs::create_dir(&kept).unwrap();
        std::fs::write(kept.join("file"), "x").unwrap();
        let tree = dir.path().join("tree");
        std::fs::create_dir_all(tree.join("closed/inner")).unwrap();
        std::os::unix::fs::symlink(&kept, tree.join("link")).unwrap();
        std::fs::set_permissions(tree.join("closed"), std::fs::Permissions::from_mode(0o500)).unwrap();
        std::fs::create_dir_all(tree.join("work/work")).unwrap();
        std::fs::set_permissions(tree.join("work/work"), std::fs::Permissions::from_mode(0o000)).unwrap();
        remove_tree(&tree).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!tree.exists() && kept.join("file").exists());
    }
}
