//! A bar on the terminal.

use super::line::{self, Moment};
use indicatif::ProgressBar;
use left4me::terminal;

/// One line that is ours from end to end, as wide as the terminal is now; indicatif draws it.
pub fn show(bar: &ProgressBar, moment: &Moment) {
    // One column stays free: what fills the last one leaves the cursor nowhere.
    bar.set_message(line::fit(width() - 1, moment));
}

/// Columns of the terminal; a serial line that knows no size (0 by 0) counts as indicatif counts it.
fn width() -> usize {
    terminal::size(std::io::stderr()).map_or(80, |(columns, _)| columns)
}
