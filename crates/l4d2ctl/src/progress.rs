//! Step lines: what the web app shows while a job runs. Plain text, flushed, nothing else on standard output.

use left4me::printable;
use std::io::Write;

/// Prints the steps of one instance.
pub struct Steps {
    prefix: String,
}

impl Steps {
    /// Steps as they are; with several instances in one call, each line begins with `NAME: `.
    pub fn of(name: &impl std::fmt::Display, one_of_many: bool) -> Steps {
        Steps { prefix: if one_of_many { format!("{name}: ") } else { String::new() } }
    }

    /// One line, out at once: a pipe would hold it back until the end.
    pub fn say(&self, step: &str) {
        let mut out = std::io::stdout().lock();
        // Work goes on when nobody listens any more.
        let _ = writeln!(out, "{}{}", self.prefix, printable::line(step)).and_then(|()| out.flush());
    }
}

/// A remark on standard error that is neither a step nor an error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {}", printable::line(text));
}
