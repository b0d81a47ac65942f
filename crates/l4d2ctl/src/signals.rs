//! Signals that end the program, as a descriptor that can be waited for.

use left4me::{Context, Error, ErrorKind, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// Blocks SIGINT, SIGTERM, SIGQUIT and SIGHUP while it exists. Children start with an empty signal mask all the same.
pub struct Signals {
    fd: SignalFd,
    mask: SigSet,
}

impl Signals {
    /// Takes these signals over.
    pub fn block() -> Result<Signals> {
        let mask: SigSet =
            [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGHUP].into_iter().collect();
        mask.thread_block()
            .and_then(|()| SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK))
            .map(|fd| Signals { fd, mask })
            .context(|| "cannot take over signals".into())
    }

    /// The one that came, if any.
    pub fn pending(&self) -> Option<i32> {
        self.fd.read_signal().ok().flatten()?.ssi_signo.try_into().ok()
    }

    /// Waits so long; an error of the kind [`ErrorKind::Interrupted`] as soon as such a signal comes.
    pub fn wait(&self, time: Duration) -> Result<()> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(signal) = self.pending() {
                return Err(Error::new("interrupted").with_kind(ErrorKind::Interrupted(signal)));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let left = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
            let _ = poll(&mut [PollFd::new(self.as_fd(), PollFlags::POLLIN)], left);
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.mask.thread_unblock();
    }
}
