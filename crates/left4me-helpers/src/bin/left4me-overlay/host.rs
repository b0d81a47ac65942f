//! What is settled before anything below the root is looked at: who calls, which mount namespace,
//! where the root is, and that nobody else mounts at the same time.

use left4me::layout::{HOST_ENV, Layout};
use left4me::lock::Lock;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Error, ErrorKind, Result, env_file, instance_env};
use nix::sys::signal::{SigSet, Signal};
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::process::{Resource, Rlimit};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const LOCK: &str = "/run/left4me-overlay.lock";
const OUR_NAMESPACE: &str = "/proc/self/ns/mnt";
const NAMESPACE_OF_INIT: &str = "/proc/1/ns/mnt";

/// Refuses anyone but root; `command` is the line to type instead.
pub fn require_root(command: &str) -> Result<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(Error::new("mounting needs root").hint(command))
}

/// Makes this process independent of its caller's shell, who may be the runtime user behind sudo.
pub fn forget_the_caller() {
    // A helper stopped by Ctrl-Z would keep the lock from every other instance; too large a file shall be
    // an error and not the end.
    block(&[Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU, Signal::SIGXFSZ]);
    rustix::process::umask(Mode::from_raw_mode(0o077));
    // No core of root's memory into a directory of the caller's.
    limit(Resource::Core, Some(0), Some(0));
    limit(Resource::Fsize, None, None);
    // Room for 500 layers.
    limit(Resource::Nofile, Some(1024), Some(1024));
}

/// At least so much of a resource, of a core at most; without CAP_SYS_RESOURCE as far as the hard limit goes.
fn limit(resource: Resource, current: Option<u64>, maximum: Option<u64>) {
    let now = rustix::process::getrlimit(resource);
    let enough = |has: Option<u64>| has.is_none() || current.is_some_and(|wanted| has >= Some(wanted));
    if resource != Resource::Core && enough(now.current) {
        return;
    }
    let hard = if enough(now.maximum) { now.maximum } else { maximum };
    if rustix::process::setrlimit(resource, Rlimit { current, maximum: hard }).is_err() {
        let _ = rustix::process::setrlimit(resource, Rlimit { current: now.maximum, maximum: now.maximum });
    }
}

fn block(signals: &[Signal]) {
    let set: SigSet = signals.iter().copied().collect();
    // It fails only for arguments that are no signals.
    let _ = set.thread_block();
}

/// Moves into the mount namespace of PID 1, so that a call from a sandboxed service mounts for the host.
///
/// It comes before anything is opened: the kernel refuses layers opened in another namespace.
pub fn enter_namespace_of_init() -> Result<()> {
    let identity = |path: &str| std::fs::metadata(path).map(|m| (m.dev(), m.ino()));
    let failed = || format!("cannot enter the mount namespace of PID 1 ({NAMESPACE_OF_INIT})");
    if identity(OUR_NAMESPACE).context(failed)? == identity(NAMESPACE_OF_INIT).context(failed)? {
        return Ok(());
    }
    let namespace = File::open(NAMESPACE_OF_INIT).context(failed)?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Mount)).context(failed)
}

/// The layout that root's own file names; the default when there is no such file.
pub fn layout() -> Result<Layout> {
    let file = match read::open(Path::new(HOST_ENV), Links::Refuse) {
        Ok(file) => file,
        Err(rustix::io::Errno::NOENT) => return Ok(Layout::default()),
        Err(cause) => return Err(Error::new(format!("cannot open {HOST_ENV}: {cause}"))),
    };
    let stat = rustix::fs::fstat(&file).context(|| format!("cannot examine {HOST_ENV}"))?;
    let writable_by_others = stat.st_mode & 0o022 != 0;
    if !is_regular(&stat) || stat.st_uid != 0 || writable_by_others {
        return Err(Error::new(format!("{HOST_ENV} is not a regular file that only root can write"))
            .hint(format!("sudo chown root {HOST_ENV}; sudo chmod 0640 {HOST_ENV}")));
    }
    let text = read_text(file, Path::new(HOST_ENV))?;
    match env_file::value(&text, "LEFT4ME_ROOT") {
        // A wrong root is a fault of the host, not of how this was called.
        Some(root) => Layout::new(root).map_err(|error| error.with_kind(ErrorKind::Failed)),
        None => Ok(Layout::default()),
    }
}

/// Whether it is a plain file.
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// All of an open file: UTF-8 without NUL, of a bounded size. `path` is for the errors.
pub fn read_text(file: OwnedFd, path: &Path) -> Result<String> {
    let bytes = read::opened(file, path, Limit::Whole(instance_env::MAX_BYTES as u64))?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(Error::new(format!("{} is not a text file", path.display()))),
    }
}

/// Waits until no other helper works on mounts; without it two would both find nothing mounted, and stack.
///
/// From then on the process cannot be interrupted half-way; the kernel's work here is bounded.
pub fn lock() -> Result<Lock> {
    let file = open_lock(OFlags::CREATE).context(cannot_lock)?;
    require_roots(&file)?;
    let lock = Lock::exclusive(file).context(cannot_lock)?;
    block(&[Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM]);
    Ok(lock)
}

/// Fails where [`lock`] would, without making the file or waiting.
pub fn examine_lock() -> Result<()> {
    match open_lock(OFlags::empty()) {
        Ok(file) => require_roots(&file),
        Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(cause) => Err(cause).context(cannot_lock),
    }
}

fn open_lock(more: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | more;
    rustix::fs::open(LOCK, flags, Mode::from_raw_mode(0o600))
}

fn require_roots(lock: &OwnedFd) -> Result<()> {
    let stat = rustix::fs::fstat(lock).context(cannot_lock)?;
    if is_regular(&stat) && stat.st_uid == 0 {
        return Ok(());
    }
    Err(Error::new(format!("{LOCK} is not a regular file of root"))
        .hint(format!("move it away: sudo mv {LOCK} {LOCK}.old")))
}

fn cannot_lock() -> String {
    format!("cannot lock {LOCK}")
}
