//! Pauses that a signal ends.

use super::signals::Signals;
use left4me::{Context, Error, ErrorKind, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Announces a pause and waits. A SIGINT, SIGTERM or SIGHUP ends the wait at once, with an
/// error that ends the run.
pub fn pause(how_long: Duration, say: &dyn Fn()) -> Result<()> {
    let signals = Signals::block()?;
    say();
    let end = Instant::now() + how_long;
    loop {
        if let Some(signal) = signals.pending() {
            return Err(Error::new("interrupted")
                .hint("run it again")
                .with_kind(ErrorKind::Interrupted(signal as i32)));
        }
        let rest = end.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Ok(());
        }
        // Rounded up, or the last millisecond would be spent awake.
        let rest = PollTimeout::try_from(rest + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN)], rest) {
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(e) => return Err(e).context(|| "cannot wait".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::{Signal, raise};

    #[test]
    fn a_pause_ends_in_time_and_at_a_signal() {
        pause(Duration::ZERO, &|| ()).unwrap();
        let start = Instant::now();
        pause(Duration::from_millis(20), &|| ()).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(20));
        let told = || raise(Signal::SIGTERM).unwrap();
        assert_eq!(pause(Duration::from_secs(3600), &told).unwrap_err().exit_code(), 143);
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
