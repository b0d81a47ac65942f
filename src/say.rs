//! Printing for people: lines that fit the terminal, broken between words.

pub mod wrap;

use left4me::{Result, output, printable, terminal};
use std::os::fd::AsFd;

/// A line on standard output.
pub fn line(text: &str) {
    output::line(&fitting(text));
}

/// `text` for the terminal on standard output, if it is one.
pub fn fitting(text: &str) -> String {
    wrap::fit(&printable::lines(text), width(std::io::stdout()))
}

/// A line on standard error.
pub fn problem(text: &str) {
    output::problem(&wrap::fit(&printable::lines(text), width(std::io::stderr())));
}

fn width(of: impl AsFd) -> Option<usize> {
    terminal::size(of).map(|(columns, _)| columns)
}

/// What was asked for, on standard output.
pub fn answer(text: &str) -> Result<()> {
    output::answer(&printable::lines(text))
}

/// A JSON document, for [`answer`].
pub fn document(value: &impl serde::Serialize) -> String {
    output::document(value).unwrap_or_default()
}

/// One JSON object, as a line on standard output.
pub fn object(value: &serde_json::Value) {
    output::line(&printable::json(&value.to_string()));
}
