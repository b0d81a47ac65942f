//! `initialize`: from a judged specification to an instance's directories and files.

use crate::instances::{self, make_directory};
use crate::steps::{Steps, note};
use crate::{hidden, specification, stage};
use left4me_setup::layout::Layout;
use left4me_setup::name::{InstanceName, OverlayRef};
use left4me_setup::spec::{self, Spec};
use left4me_setup::{Context, Error, Result, atomic, instance_env, printable};
use rustix::fs::{CWD, FlockOperation, Mode, OFlags, ResolveFlags};
use std::io::Read;
use std::path::Path;

/// Configuration of an instance holds the rcon password: not for the world.
const FILE_MODE: u32 = 0o640;

/// Reads and judges the specification with the caller's own rights: it may lie in root's home.
pub fn read_spec(path: &Path) -> Result<Spec> {
    let (source, content) = match path.to_str() {
        Some("-") => ("standard input".to_owned(), read_capped(std::io::stdin().lock())),
        _ => (path.display().to_string(), std::fs::File::open(path).and_then(read_capped)),
    };
    let content = content.context(|| format!("cannot read {source}")).map_err(|e| {
        e.hint("-f names the file with the specification; `l4d2ctl initialize --help` shows one")
    })?;
    let text = String::from_utf8(content).map_err(|_| {
        Error::new(format!("{source}: the specification is not UTF-8 text")).hint("save the file as UTF-8")
    })?;
    Spec::parse(&text, &source)
}

/// One byte more than allowed is enough to know that it is too much.
fn read_capped(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(spec::MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Makes the instance, or replaces its configuration; `upper`, what the server wrote, is kept.
pub fn initialize(layout: &Layout, name: &InstanceName, spec: &Spec) -> Result<()> {
    let steps = Steps::of(name, false);
    make_directory(&layout.instances())?;
    // Two runs at once must not both find the same port free.
    let lock = rustix::fs::open(layout.instances(), OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|directory| {
            rustix::fs::flock(&directory, FlockOperation::LockExclusive).map(|()| directory)
        })
        .context(|| format!("cannot lock {}", layout.instances().display()))?;
    check_on_this_host(layout, name, spec)?;
    let before = specification::current(layout, name);
    let environment = instance_env::render(spec, layout);
    if environment.len() > instance_env::MAX_BYTES {
        return Err(Error::new("the overlays and arguments together are longer than 64 KiB"));
    }

    steps.say("creating instance directories...");
    for directory in [layout.upper(name), layout.work(name), layout.merged(name), layout.instance(name)] {
        make_directory(&directory)?;
    }
    steps.say("writing instance.env...");
    atomic::write(&stage::aliases_file(layout, name), stage::aliases(spec).as_bytes(), FILE_MODE, None)?;
    atomic::write(&layout.instance_env(name), environment.as_bytes(), FILE_MODE, None)?;
    steps.say("writing server.cfg...");
    atomic::write(&layout.server_cfg(name), spec.config.join("\n").as_bytes(), FILE_MODE, None)?;
    if let Some(before) = before {
        tell_changes(name, &before.changes(spec));
    }
    hidden::notes(layout, spec).iter().for_each(|sentence| note(sentence));
    steps.say("initialization complete.");
    drop(lock);
    Ok(())
}

fn tell_changes(name: &InstanceName, changes: &[String]) {
    if changes.is_empty() {
        note(&format!("the specification of '{name}' is the same as before"));
    }
    for change in changes {
        note(&printable::line(change));
    }
}

/// What cannot work here, however good the text is: a port of another instance's, an overlay that is missing.
pub fn check_on_this_host(layout: &Layout, name: &InstanceName, spec: &Spec) -> Result<()> {
    if let Some(other) = instances::holder_of(layout, spec.port, name)? {
        return Err(Error::new(format!("the port {} belongs to the instance '{other}'", spec.port))
            .hint("give each instance its own port; sudo l4d2ctl list shows them"));
    }
    spec.overlays.iter().try_for_each(|overlay| overlay_is_there(layout, &overlay.path))
}

/// The overlay must be a directory below `overlays/`, reached without any symbolic link; that is
/// what the mount will insist on, and here it can still be said to the one who wrote the spec.
fn overlay_is_there(layout: &Layout, overlay: &OverlayRef) -> Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let result = rustix::fs::openat(CWD, layout.overlays(), flags, Mode::empty()).and_then(|overlays| {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(&overlays, overlay.as_str(), flags, Mode::empty(), resolve)
    });
    use rustix::io::Errno;
    let why = match result {
        Ok(_) => return Ok(()),
        Err(Errno::NOENT) => "does not exist".to_owned(),
        Err(Errno::LOOP | Errno::XDEV) => "is or goes through a symbolic link".to_owned(),
        Err(Errno::NOTDIR) => "is not a directory".to_owned(),
        Err(e) => format!("cannot be opened: {e}"),
    };
    Err(Error::new(format!("the overlay '{overlay}' {why}"))
        .hint(format!("it must be a real directory: {}", layout.overlay(overlay).display())))
}
