//! Root's terminal, which no process of the runtime user's may have: it could type into root's shell, or
//! read what root types.

use rustix::fs::{Mode, OFlags};
use std::io::IsTerminal;

/// Whether this process has a controlling terminal.
pub fn is_controlling() -> bool {
    rustix::fs::open("/dev/tty", OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).is_ok()
}

/// Whether a program that this one becomes could reach a terminal.
pub fn is_within_reach() -> bool {
    let (input, output, error) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    is_controlling() || input.is_terminal() || output.is_terminal() || error.is_terminal()
}
