//! What is printed, as text that steers no terminal, whoever chose the words in it. A reader who is gone
//! (`… | head -n 1`) must not end a run half-way.

pub mod wrap;

use left4me::{Context, Result, printable, terminal};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;

/// A line on standard output.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", fitting(text));
}

/// `text` for the terminal on standard output, if it is one.
pub fn fitting(text: &str) -> String {
    wrap::fit(&printable::lines(text), width(std::io::stdout()))
}

/// A line on standard error.
pub fn problem(text: &str) {
    let text = wrap::fit(&printable::lines(text), width(std::io::stderr()));
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn width(of: impl AsFd) -> Option<usize> {
    terminal::size(of).map(|(columns, _)| columns)
}

/// What was asked for, on standard output: a part of it would be taken for the whole.
pub fn answer(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(printable::lines(text).as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e).context(|| "cannot write the output".into()),
        _ => Ok(()),
    }
}

/// A JSON document, for [`answer`].
pub fn document(value: &impl Serialize) -> String {
    printable::json(&serde_json::to_string_pretty(value).unwrap_or_default()).into_owned() + "\n"
}

/// One JSON object, as a line on standard output.
pub fn object(value: &serde_json::Value) {
    let _ = writeln!(std::io::stdout().lock(), "{}", printable::json(&value.to_string()));
}
