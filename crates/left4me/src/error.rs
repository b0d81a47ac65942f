//! An error is one sentence for the person who reads it, and a remedy.

use crate::{output, printable};
use std::fmt;
use std::process::ExitCode;

/// What every fallible function of the project returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One sentence, an optional `hint:` with the remedy, and the exit code it ends a program with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
    code: u8,
}

impl Error {
    /// An error that ends the program with exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), hint: None, code: 1 }
    }

    /// A mistake in how the program was called: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(message).code(2)
    }

    /// Adds the remedy: what the reader can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the exit code.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// The sentence, without the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The remedy, if there is one.
    pub fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit code this error ends a program with.
    pub fn exit_code(&self) -> u8 {
        self.code
    }

    /// Whether a signal to this program was the cause (exit codes above 128).
    pub fn is_interruption(&self) -> bool {
        self.code > 128
    }

    /// Prints `PREFIX: sentence` and `hint: remedy` on standard error; returns the exit code.
    ///
    /// Both may quote what others chose, so nothing in them steers the terminal.
    pub fn report(&self, prefix: &str) -> ExitCode {
        let mut text = format!("{prefix}: {}\n", self.message);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
        output::to_stderr(&printable::message(&text));
        ExitCode::from(self.code)
    }
}

/// Ends the program as a command line that cannot be understood does, or with the help that was asked for.
pub fn end_of_usage(text: &str, is_error: bool, code: i32) -> ExitCode {
    if is_error {
        output::to_stderr(&printable::message(text));
    } else if let Err(error) = output::answer(text) {
        return error.report("error");
    }
    ExitCode::from(u8::try_from(code).unwrap_or(2))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Turns a foreign error into a sentence that says what was being done.
pub trait Context<T> {
    /// `what` reads like "cannot read /etc/x"; the cause is added behind a colon.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(format!("{}: {cause}", what())))
    }
}
