//! Signals that end the program, as a descriptor that can be waited for.

use left4me::{Context, Result};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Blocks SIGINT, SIGTERM and SIGHUP while it exists, and makes them readable from a descriptor.
pub struct Signals {
    pub fd: SignalFd,
    mask: SigSet,
}

impl Signals {
    pub fn block() -> Result<Signals> {
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGINT);
        mask.add(Signal::SIGTERM);
        mask.add(Signal::SIGHUP);
        mask.thread_block()
            .and_then(|()| SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC))
            .map(|fd| Signals { fd, mask })
            .context(|| "cannot take over signals".into())
    }

    /// Does `work`; the threads that it starts, and theirs, never take these signals.
    pub fn blocked_in_threads_of<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _inherited = Signals::block()?;
        work()
    }

    pub fn pending(&self) -> Option<Signal> {
        let info = self.fd.read_signal().ok().flatten()?;
        Signal::try_from(info.ssi_signo.cast_signed()).ok()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.mask.thread_unblock();
    }
}
