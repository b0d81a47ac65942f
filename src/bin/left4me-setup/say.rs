//! What is printed. A reader who is gone (`… | head -n 1`) must not end a run half-way.

use left4me_setup::{Context, Result};
use std::io::{ErrorKind, Write};

/// A line on standard output.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line on standard error.
pub fn problem(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// What was asked for, on standard output: a part of it would be taken for the whole.
pub fn answer(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e).context(|| "cannot write the output".into()),
        _ => Ok(()),
    }
}
