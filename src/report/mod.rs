//! Progress for whoever watches: bars on a terminal, sparse lines in a log, JSON for a program.

mod activity;
mod json;
pub mod line;
mod log;
mod notes;
mod rate;
mod terminal;
#[cfg(test)]
mod tests;

pub use left4me::report::Reporter;
pub use notes::Notes;

use json::Json;
use log::Log;
use std::io::IsTerminal;
use terminal::Terminal;

/// How to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bars on a terminal, else lines.
    Auto,
    Bar,
    Plain,
    Json,
}

/// The reporter that this mode stands for.
pub fn reporter(mode: Mode) -> Box<dyn Reporter> {
    match mode {
        Mode::Auto if std::io::stderr().is_terminal() => Box::new(Terminal::new()),
        Mode::Bar => Box::new(Terminal::new()),
        Mode::Auto | Mode::Plain => Box::new(Log::default()),
        Mode::Json => Box::new(Json::default()),
    }
}
