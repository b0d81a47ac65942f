//! `initialize`: makes an instance's directories and files from a specification.

use crate::instances::{self, make_directory};
use crate::progress::Progress;
use crate::{instance_spec, server_cfg, shadowed_cfg, warnings};
use left4me::host_file;
use left4me::layout::{Layout, RUNTIME_USER};
use left4me::name::{InstanceName, OverlayRef};
use left4me::output::note;
use left4me::read::{self, Limit, Links};
use left4me::spec::{self, Spec};
use left4me::{Context, Error, Result, atomic, instance_env, printable, shell};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The configuration contains the rcon password: others may not read it.
const FILE_MODE: u32 = 0o640;

/// Reads and checks the specification with the caller's own rights, because it may be in root's home. Returns its
/// text too.
pub fn read_spec(path: &Path) -> Result<(Spec, String)> {
    let source = source_name(path);
    let content = if is_standard_input(path) {
        read_capped(std::io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(read_capped)
    };
    let content = content.context(|| format!("cannot read {source}")).map_err(|e| {
        e.hint("give the file of the specification with -f; `l4d2ctl initialize --help` shows an example")
    })?;
    let text = String::from_utf8(content).map_err(|_| {
        Error::new(format!("{source}: the specification is not UTF-8 text")).hint("save the file as UTF-8")
    })?;
    Ok((Spec::parse(&text, &source)?, text))
}

/// What messages call the file of a specification.
pub fn source_name(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// One byte more than allowed is enough to tell that it is too large.
fn read_capped(from: impl Read) -> std::io::Result<Vec<u8>> {
    read::head(from, spec::MAX_BYTES as u64 + 1)
}

/// Makes the instance, or replaces its configuration; the files in `upper`, which the server wrote, are kept.
pub fn initialize(layout: &Layout, name: &InstanceName, spec: &Spec, text: &str) -> Result<()> {
    let progress = Progress::default();
    make_directory(&layout.instances())?;
    // Two runs at the same time must not both find the same port free.
    let lock = instances::lock(layout)?;
    check_on_this_host(layout, name, spec)?;
    let before = instance_spec::current(layout, name);
    let files = Files::render(layout, name, spec)?;

    progress.step("creating instance directories...");
    for directory in [layout.upper(name), layout.work(name), layout.merged(name), layout.instance(name)] {
        make_directory(&directory)?;
    }
    progress.step("writing instance.env...");
    progress.step("writing server.cfg...");
    files.write(layout, name, Some(text))?;
    if let Some(before) = before {
        note_changes(layout, name, &before.changes(spec))?;
    }
    shadowed_cfg::notes(layout, spec).iter().for_each(|sentence| note(sentence));
    warnings::non_ascii(layout, [name]);
    progress.step("initialization complete.");
    drop(lock);
    Ok(())
}

/// Completes an `initialize` that was killed; most often there is none.
pub fn complete(layout: &Layout, name: &InstanceName) -> Result<()> {
    let pending = layout.pending_spec(name);
    if pending.symlink_metadata().is_err() {
        return Ok(());
    }
    // This waits for one that is still running.
    let lock = instances::lock(layout)?;
    let again = |error: Error| {
        Error::new(format!("initialize was interrupted: {}", error.message()))
            .hint(format!("run it again: sudo l4d2ctl initialize {name} -f SPEC"))
    };
    let Some(text) =
        read::file(&pending, Links::Refuse, Limit::Whole(spec::MAX_BYTES as u64)).map_err(again)?
    else {
        return Ok(());
    };
    let spec = Spec::parse(&String::from_utf8_lossy(&text), &pending.display().to_string()).map_err(again)?;
    Files::render(layout, name, &spec)?.write(layout, name, None)?;
    note(&format!("an earlier initialize of '{name}' was interrupted; its specification is now in place"));
    drop(lock);
    Ok(())
}

/// The files that a specification becomes.
struct Files(Vec<(PathBuf, String)>);

impl Files {
    fn render(layout: &Layout, name: &InstanceName, spec: &Spec) -> Result<Files> {
        let environment = spec.to_instance_env(layout);
        if environment.len() > instance_env::MAX_BYTES {
            return Err(Error::new("the overlays and arguments together are longer than 64 KiB"));
        }
        Ok(Files(vec![
            (server_cfg::aliases_file(layout, name), server_cfg::aliases(spec)),
            (layout.server_cfg(name), spec.config.join("\n")),
            // The last one, because an instance exists once it has this file.
            (layout.instance_env(name), environment),
        ]))
    }

    /// Puts all files in place, so that a run that is killed can be completed: the specification is written first,
    /// with the suffix `.pending`, and gets its own name last. With `None`, the pending one is there already.
    fn write(&self, layout: &Layout, name: &InstanceName, text: Option<&str>) -> Result<()> {
        let (pending, spec) = (layout.pending_spec(name), layout.spec(name));
        let prepare = |file: &Path, content: &str| atomic::prepare(file, content.as_bytes(), FILE_MODE, None);
        let prepared: Vec<_> =
            self.0.iter().map(|(file, content)| prepare(file, content)).collect::<Result<_>>()?;
        if let Some(text) = text {
            prepare(&pending, text)?.put_in_place()?;
            atomic::sync_parent(&pending)?;
        }
        prepared.into_iter().try_for_each(atomic::Prepared::put_in_place)?;
        std::fs::rename(&pending, &spec).context(|| format!("cannot replace {}", spec.display()))?;
        atomic::sync_parent(&spec)
    }
}

fn note_changes(layout: &Layout, name: &InstanceName, changes: &[String]) -> Result<()> {
    if changes.is_empty() {
        note(&format!("the specification of '{name}' has not changed"));
        return Ok(());
    }
    for change in changes {
        note(&printable::line(change));
    }
    if instances::is_mounted(&layout.merged(name))? {
        note(&format!(
            "'{name}' keeps running with the old specification until its restart: sudo l4d2ctl restart {name}"
        ));
    }
    Ok(())
}

/// Refuses what cannot work on this host: the port of another instance, an overlay that is missing.
pub fn check_on_this_host(layout: &Layout, name: &InstanceName, spec: &Spec) -> Result<()> {
    host_file::check_port(spec.port)?;
    if let Some(other) = instances::holder_of(layout, spec.port, name)? {
        return Err(Error::new(format!("port {} is used by the instance '{other}'", spec.port))
            .hint("give each instance its own port; sudo l4d2ctl list shows the ports"));
    }
    spec.overlays.iter().try_for_each(|overlay| require_overlay(layout, &overlay.path))
}

/// The overlay must be a directory below `overlays/`, on a path without symbolic links. The mount would refuse
/// it too, but here whoever wrote the specification can still be told.
fn require_overlay(layout: &Layout, overlay: &OverlayRef) -> Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let result = rustix::fs::openat(CWD, layout.overlays(), flags, Mode::empty()).and_then(|overlays| {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(&overlays, overlay.as_str(), flags, Mode::empty(), resolve)
    });
    use rustix::io::Errno;
    let path = layout.overlay(overlay);
    let why = match result {
        Ok(_) => return Ok(()),
        Err(Errno::NOENT) => {
            return Err(Error::new(format!("the overlay '{overlay}' does not exist"))
                .hint(format!("make it: sudo -u {RUNTIME_USER} mkdir -p {}", shell::quote(&path))));
        }
        Err(Errno::LOOP | Errno::XDEV) => "is a symbolic link, or its path goes through one".to_owned(),
        Err(Errno::NOTDIR) => "is not a directory".to_owned(),
        Err(e) => format!("cannot be opened: {e}"),
    };
    Err(Error::new(format!("the overlay '{overlay}' {why}"))
        .hint(format!("use a real directory: {}", path.display())))
}
