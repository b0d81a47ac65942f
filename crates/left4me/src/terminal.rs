//! Root's terminal, which no process of the runtime user's may have: it could type into root's shell, or
//! read what root types; and how large a terminal is.

use rustix::fs::{Mode, OFlags};
use std::io::IsTerminal;
use std::os::fd::AsFd;

/// Whether this process has a controlling terminal.
fn is_controlling() -> bool {
    rustix::fs::open("/dev/tty", OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).is_ok()
}

/// Whether a program that this one becomes could reach a terminal.
pub fn is_within_reach() -> bool {
    let (input, output, error) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    is_controlling() || input.is_terminal() || output.is_terminal() || error.is_terminal()
}

/// Columns and lines of a terminal; `None` of what is none, or of one that was never told its size and says 0.
pub fn size(of: impl AsFd) -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(of).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| (usize::from(size.ws_col), usize::from(size.ws_row)))
}

#[cfg(test)]
mod tests;
