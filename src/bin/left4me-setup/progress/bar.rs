//! A bar on the terminal.

use super::line::{self, Moment};
use indicatif::ProgressBar;

/// One line that is ours from end to end, as wide as the terminal is now; indicatif draws it and
/// estimates the rate.
pub fn show(bar: &ProgressBar, moment: Moment) {
    let length = (moment.total > 0).then_some(moment.total);
    if bar.length() != length {
        match length {
            Some(length) => bar.set_length(length),
            None => bar.unset_length(),
        }
        bar.reset_eta();
    }
    bar.set_position(if moment.total > 0 { moment.done } else { 0 });
    let width = width();
    let moment = Moment { bytes_per_second: bar.per_sec(), remaining: bar.eta(), ..moment };
    // One column stays free: what fills the last one leaves the cursor nowhere.
    bar.set_message(line::fit(width - 1, &moment));
    bar.tick();
}

/// Columns of the terminal; a serial line that knows no size (0 by 0) counts as indicatif counts it.
fn width() -> usize {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => usize::from(size.ws_col),
        _ => 80,
    }
}
