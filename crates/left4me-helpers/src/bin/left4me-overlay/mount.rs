//! The two verbs.

use crate::layers::Layers;
use crate::runtime::Runtime;
use crate::table::{Identity, Mount};
use crate::tree::{self, Tree};
use crate::{environment, marks, unmount};
use left4me::layout::Layout;
use left4me::mounted::Mounted;
use left4me::name::InstanceName;
use left4me::{Error, Result, mountinfo, overlay_mount, shell};
use rustix::io::Errno;
use rustix::mount::MountFlags;

/// Mounts the instance's tree; with `print`, returns what would be done instead.
pub fn mount(layout: &Layout, name: &InstanceName, print: bool) -> Result<String> {
    let Some(tree) = Tree::open(layout)? else {
        return Err(tree::refusal(layout.root(), Errno::NOENT).hint("sudo left4me-setup apply makes it"));
    };
    let (layers, environment) = Layers::read(&tree, name)?;
    let Some(runtime) = Runtime::open(&tree, name)? else {
        return Err(tree::refusal(&layout.runtime(name), Errno::NOENT)
            .hint(format!("sudo l4d2ctl initialize {name} -f SPEC makes it")));
    };
    let lower = layers.open(&tree)?;
    let identity = layers.identify(&lower)?;
    let mounted = runtime.mounted()?;
    // A mount that a killed helper did not examine any more may be read-only.
    let is_same = |mount: &&Mount| mountinfo::has_layers(&mount.source, name, &identity);
    let source = mountinfo::source(name, &identity);
    if let Some(mount) = mounted.as_ref().filter(is_same)
        && !runtime.is_read_only()?
    {
        let text = format!("# {} is mounted with these layers: nothing to do\n", runtime.merged().display());
        if print {
            return Ok(text);
        }
        // Of a mount of version 0.1, which directories lie below is not known.
        let layers = if mount.source == source { identity } else { Vec::new() };
        environment::write(name, &Mounted { environment, layers }, tree.group())?;
        return Ok(String::new());
    }
    let (upper, work) = (runtime.own("upper")?, runtime.own("work")?);
    marks::refuse(&upper, &runtime)?;
    if mounted.is_none() {
        // Below a mount it is seen once that is gone.
        runtime.own("merged")?;
    }
    let numbers = overlay_mount::numbers(&lower, Some((&upper, &work)))?;
    if print {
        let lower = layers.paths(&tree);
        let (upper, work) = (runtime.path("upper"), runtime.path("work"));
        let data = overlay_mount::data(&lower, Some((upper.display(), work.display())));
        let first = describe(&unmount::mounts(&runtime.identity)?);
        let copy = environment::path(name);
        return Ok(format!(
            "{first}# L4D2_PORT and L4D2_ARGS go to {}\n\
             mount -t overlay {source} -o nosuid,nodev,{} {}\n",
            copy.display(),
            shell::quote(&data),
            runtime.merged().display()
        ));
    }
    unmount::unmount(&runtime.identity)?;
    // First, so that a mount is never there without it; and not without the mount.
    let copy = Mounted { environment, layers: identity };
    let done = environment::write(name, &copy, tree.group()).and_then(|()| runtime.attach(&source, &numbers));
    if done.is_err() {
        let _ = environment::remove(name);
    }
    done.map(|()| String::new())
}

/// Unmounts the instance's tree, every mount of it, and removes the kernel's scratch; with `print`, returns
/// what would be done instead.
pub fn umount(layout: &Layout, name: &InstanceName, print: bool) -> Result<String> {
    let tree = Tree::open(layout)?;
    let mut text = String::new();
    if let Some(tree) = &tree {
        let identity = Identity::new(tree, name);
        if print { text = describe(&unmount::mounts(&identity)?) } else { unmount::unmount(&identity)? }
    }
    // Before the scratch, which the runtime user can make impossible to remove.
    if print {
        text += &environment::describe_removal(name)
    } else {
        environment::remove(name)?
    }
    if let Some(tree) = &tree
        && let Some(runtime) = Runtime::open(tree, name)?
    {
        runtime.mounted()?;
        if print { text += &runtime.describe_scratch()? } else { runtime.remove_scratch()? }
    }
    Ok(text)
}

/// The commands that unmounting these stands for, the topmost first.
fn describe(mounts: &[Mount]) -> String {
    mounts.iter().rev().map(|mount| format!("umount {}\n", shell::quote(&mount.point))).collect()
}

impl Runtime<'_> {
    /// Mounts, and takes it back when the result is not what was asked for.
    fn attach(&self, source: &str, numbers: &str) -> Result<()> {
        let target = self.own("merged")?;
        overlay_mount::attach(source, numbers, &target, MountFlags::empty())
            .map_err(|cause| overlay_mount::refused(&self.merged(), cause))?;
        drop(target);
        let result = self.examine(source);
        if result.is_err() {
            // Best effort: an error is being told already.
            let _ = unmount::unmount(&self.identity);
        }
        result
    }

    /// The mount must be where it was asked for, and writable.
    fn examine(&self, source: &str) -> Result<()> {
        if self.mounted()?.is_none_or(|mount| mount.source != source) {
            return Err(Error::new(format!("{} was replaced while it was mounted", self.merged().display())));
        }
        if self.is_read_only()? {
            return Err(Error::new(format!(
                "the kernel mounts {} read-only because it cannot make {} anew",
                self.merged().display(),
                self.path("work/work").display()
            ))
            .hint(format!(
                "free disk space; sudo l4d2ctl du {} --files shows what the server wrote",
                self.name
            )));
        }
        Ok(())
    }
}
