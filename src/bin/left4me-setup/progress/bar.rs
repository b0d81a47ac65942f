//! A bar on the terminal.

use super::line::{self, Moment};
use indicatif::ProgressBar;

/// One line that is ours from end to end, as wide as the terminal is now; indicatif draws it.
pub fn show(bar: &ProgressBar, moment: &Moment) {
    // One column stays free: what fills the last one leaves the cursor nowhere.
    bar.set_message(line::fit(width() - 1, moment));
}

/// Columns of the terminal; a serial line that knows no size (0 by 0) counts as indicatif counts it.
fn width() -> usize {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => usize::from(size.ws_col),
        _ => 80,
    }
}
