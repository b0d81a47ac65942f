//! `stop`, `reset` and `delete`, and unmounting a file tree.

use crate::batch::Batch;
use crate::units::{self, Unit};
use crate::{helper, instances, ownership};
use left4me::layout::{Layout, boot_link};
use left4me::name::InstanceName;
use left4me::output::note;
use left4me::{Error, Result, output, remove};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to wait until a stopped server's tree is unmounted, before looking for who uses it; systemd's own try
/// takes as long.
const LINGER: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(10);

/// Stops instances, now and for the next boot.
pub fn stop(batch: &mut Batch) -> Result<()> {
    for name in batch.names().into_iter().filter(|name| !instances::exists(&batch.layout, name)) {
        note(&format!("there is no instance '{name}'; stopping only its unit"));
    }
    batch.step("stopping systemd service...");
    let Some(output) = batch.together(|names| helper::systemctl("disable", names))? else { return Ok(()) };
    if !output.status.success() {
        output::pass_on(&output.stderr);
        let units = match batch.names()[..] {
            [_] => None,
            ref names => Some(units::show(names)?),
        };
        // Of several, those are stopped that are not running now and will not start at the next boot.
        let is_stopped = |name: &InstanceName| {
            let is_down = |units: &BTreeMap<String, Unit>| !units.get(name.as_str()).is_some_and(Unit::is_up);
            units.as_ref().is_some_and(is_down) && !is_there(&boot_link(name))
        };
        batch.each(|_, name, _| {
            if is_stopped(name) { Ok(()) } else { Err(helper::failed("left4me-systemctl", output.status)) }
        });
    }
    batch.each(|layout, name, progress| {
        note_who_keeps_it_mounted(layout, name)?;
        progress.step("stop complete.");
        Ok(())
    });
    Ok(())
}

/// The server is stopped, as asked for. But its next start will need its tree unmounted.
fn note_who_keeps_it_mounted(layout: &Layout, name: &InstanceName) -> Result<()> {
    let deadline = Instant::now() + LINGER;
    while instances::is_mounted(&layout.merged(name))? {
        if Instant::now() < deadline {
            std::thread::sleep(LOOK);
            continue;
        }
        if let Err(error) = unmount(name) {
            note(&format!("{}; free it before the next start, reset or delete", error.message()));
        }
        break;
    }
    Ok(())
}

/// Stops instances and deletes the files that they wrote; their specifications stay.
pub fn reset(batch: &mut Batch) -> Result<()> {
    take_down(batch)?;
    batch.each(|layout, name, progress| {
        progress.step("removing runtime files...");
        remove_tree(layout, &layout.runtime(name))?;
        for directory in [layout.upper(name), layout.work(name), layout.merged(name)] {
            instances::make_directory(&directory)?;
        }
        progress.step("reset complete.");
        Ok(())
    });
    Ok(())
}

/// Stops instances and deletes them, with all their files.
pub fn delete(batch: &mut Batch) -> Result<()> {
    take_down(batch)?;
    batch.each(|layout, name, progress| {
        progress.step("removing instance files...");
        remove_tree(layout, &layout.runtime(name))?;
        remove_tree(layout, &layout.instance(name))?;
        progress.step("delete complete.");
        Ok(())
    });
    Ok(())
}

/// Whether an instance has any files, even if it is incomplete.
pub fn has_files(layout: &Layout, name: &InstanceName) -> bool {
    is_there(&layout.instance(name)) || is_there(&layout.runtime(name))
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Stops the servers and unmounts their trees; leaves out instances that do not exist. A unit that cannot be
/// disabled is no obstacle, but a tree that stays mounted is.
fn take_down(batch: &mut Batch) -> Result<()> {
    batch.retain(|layout, name| {
        let exists = has_files(layout, name);
        if !exists {
            note(&format!("there is no instance '{name}'"));
        }
        exists
    });
    batch.step("stopping systemd service (if running)...");
    match batch.together(|names| helper::systemctl("disable", names))? {
        Some(output) if !output.status.success() => output::pass_on(&output.stderr),
        _ => {}
    }
    stop_overlays(&batch.layout, &batch.names())?;
    batch.each(|layout, name, _| {
        require_unmounted(layout, name)?;
        if is_there(&layout.work(name).join("work")) {
            // The kernel's scratch directory belongs to root, and a crash leaves it behind. If the helper cannot
            // remove it, the removal that follows reports it.
            let _ = helper::unmount(name);
        }
        Ok(())
    });
    Ok(())
}

/// Stops the units of these trees, and with them the servers, and waits until they have stopped. What counts is
/// that nothing is mounted: if the helper fails then, its message is passed on and the work continues.
pub fn stop_overlays(layout: &Layout, names: &[&InstanceName]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let output = helper::systemctl("stop-overlay", names)?;
    let is_mounted = |name: &&InstanceName| instances::is_mounted(&layout.merged(name)).unwrap_or(true);
    if !output.status.success() && !names.iter().any(is_mounted) {
        output::pass_on(&output.stderr);
    }
    Ok(())
}

/// Returns once nothing is mounted, or fails with who uses the tree.
pub fn require_unmounted(layout: &Layout, name: &InstanceName) -> Result<()> {
    let merged = layout.merged(name);
    if instances::is_mounted(&merged)? {
        // A unit that failed, or was lost in a crash, has nothing to stop, but the tree may still be mounted.
        unmount(name)?;
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while instances::is_mounted(&merged)? {
        // The host has unmounted it; the other mount namespaces follow.
        if Instant::now() >= deadline {
            return Err(Error::new(format!("the file tree of '{name}' is still mounted"))
                .hint(format!("sudo fuser -vm {} shows which processes use it", merged.display())));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Unmounts without systemd; the error names who keeps the tree busy, in the helper's words.
fn unmount(name: &InstanceName) -> Result<()> {
    let output = helper::unmount(name)?;
    if output.status.success() {
        return Ok(());
    }
    let reason = helper::reason("left4me-overlay", &output);
    Err(Error::new(format!("the file tree of '{name}' is still mounted: {reason}"))
        .hint("end those processes and try again")
        .with_kind(helper::kind(output.status)))
}

fn remove_tree(layout: &Layout, path: &Path) -> Result<()> {
    // Nearly always something in it is not the runtime user's.
    remove::tree(path).map_err(|error| error.or_hint(|| ownership::remedy(layout, &[path])))
}
