//! Signals that end the program, as a descriptor that can be waited for.

use left4me::output::note;
use left4me::{Context, Error, ErrorKind, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// Blocks SIGINT, SIGTERM, SIGQUIT and SIGHUP while it exists. Children start with an empty signal mask all the same.
pub struct Signals {
    fd: SignalFd,
    /// Signals that were blocked before, which a run within another one leaves as they are.
    before: SigSet,
}

impl Signals {
    /// Takes these signals over.
    pub fn block() -> Result<Signals> {
        let mask: SigSet =
            [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGHUP].into_iter().collect();
        let fd = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
        fd.and_then(|fd| Ok(Signals { fd, before: mask.thread_swap_mask(SigmaskHow::SIG_BLOCK)? }))
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

impl Signals {
    /// Does `work` to its end, whatever comes; returns the signal that came meanwhile. A second one ends the program.
    pub fn finish<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<(T, Option<i32>)> {
        let (done, at_end) = std::io::pipe().context(|| "cannot make a pipe".into())?;
        std::thread::scope(|scope| {
            let work = scope.spawn(move || {
                let result = work();
                drop(at_end);
                result
            });
            let mut first = None;
            loop {
                let signals = PollFd::new(self.as_fd(), PollFlags::POLLIN);
                let mut waiting = [signals, PollFd::new(done.as_fd(), PollFlags::POLLIN)];
                let _ = poll(&mut waiting, PollTimeout::NONE);
                match (self.pending(), first) {
                    (Some(again), Some(_)) => std::process::exit(128 + again),
                    (Some(signal), None) => {
                        first = Some(signal);
                        note("finishing this step; once more ends at once, and may leave a server down");
                    }
                    (None, _) => {}
                }
                if waiting[1].any().unwrap_or(true) {
                    break;
                }
            }
            let result = work.join().map_err(|_| Error::new("a thread of this program ended"))?;
            Ok((result, first))
        })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}
