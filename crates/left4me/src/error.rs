//! An error is one sentence for the person who reads it, and a remedy.

use crate::{output, printable};
use std::fmt;
use std::process::ExitCode;

/// What every fallible function of the project returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure an error is: what code branches on, and what decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Anything that nothing branches on.
    Failed,
    /// The program was called wrongly.
    Usage,
    /// A tool of the system is not installed.
    Unavailable,
    /// This signal to the program interrupted its work.
    Interrupted(i32),
    /// Another program failed; its exit code is passed on.
    Exited(u8),
}

impl ErrorKind {
    /// The exit code that such an error ends a program with.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Failed => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Unavailable => crate::helper::exit::UNAVAILABLE,
            ErrorKind::Interrupted(signal) => {
                u8::try_from(signal).map_or(1, |signal| signal.saturating_add(128))
            }
            ErrorKind::Exited(code) => code,
        }
    }
}

/// One sentence, an optional `hint:` with the remedy, and its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
    kind: ErrorKind,
}

impl Error {
    /// An error of the kind [`ErrorKind::Failed`].
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), hint: None, kind: ErrorKind::Failed }
    }

    /// A mistake in how the program was called.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(message).with_kind(ErrorKind::Usage)
    }

    /// Adds the remedy: what the reader can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a remedy unless there is one already.
    #[must_use]
    pub fn or_hint(self, hint: impl FnOnce() -> String) -> Self {
        if self.hint.is_some() { self } else { self.hint(hint()) }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
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
        self.kind.exit_code()
    }

    /// Whether a signal to this program was the cause.
    pub fn is_interruption(&self) -> bool {
        matches!(self.kind, ErrorKind::Interrupted(_))
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
        ExitCode::from(self.exit_code())
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

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_test_support::alone;

    #[test]
    fn the_kind_decides_the_exit_code() {
        for (kind, code) in [
            (ErrorKind::Failed, 1),
            (ErrorKind::Usage, 2),
            (ErrorKind::Unavailable, 69),
            (ErrorKind::Interrupted(15), 143),
            (ErrorKind::Exited(5), 5),
        ] {
            let error = Error::new("x").with_kind(kind);
            assert_eq!((error.exit_code(), error.is_interruption()), (code, code == 143), "{kind:?}");
        }
        assert_eq!(Error::new("x").hint("one").or_hint(|| "two".into()).remedy(), Some("one"));
        assert_eq!(Error::new("x").or_hint(|| "two".into()).remedy(), Some("two"));
    }

    #[test]
    fn a_cause_stands_behind_a_colon() {
        let cause = || std::io::Error::from_raw_os_error(2);
        let error = Err::<(), _>(cause()).context(|| "cannot read /etc/x".into()).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /etc/x: No such file or directory (os error 2)");
        assert_eq!((error.message(), error.remedy()), (error.to_string().as_str(), None));
        assert_eq!((error.kind(), Error::usage("x").kind()), (ErrorKind::Failed, ErrorKind::Usage));
        assert_eq!(Ok::<_, std::io::Error>(7).context(|| panic!("nothing failed")), Ok(7));
    }

    const ENDS: &str = "error::tests::how_a_program_ends";

    #[test]
    fn how_a_program_ends() {
        if let Some(part) = alone::part() {
            let error = Error::new("no\u{1b}[2J").with_kind(ErrorKind::Exited(5));
            let code = match part.as_str() {
                "error" => error.report("x"),
                "hint" => error.hint("sudo y").report("x"),
                "help" => end_of_usage("help\n", false, 0),
                "usage" => end_of_usage("usage\n", true, 2),
                _ => end_of_usage("usage\n", true, 1000),
            };
            let codes = [0, 2, 5].into_iter().find(|number| code == ExitCode::from(*number));
            std::process::exit(codes.map_or(99, i32::from));
        }
        let shown = printable::line("no\u{1b}[2J");
        for (part, code, stdout, stderr) in [
            ("error", 5, "", format!("x: {shown}\n")),
            ("hint", 5, "", format!("x: {shown}\nhint: sudo y\n")),
            ("help", 0, "help\n", String::new()),
            ("usage", 2, "", "usage\n".to_owned()),
            ("no exit code", 2, "", "usage\n".to_owned()),
        ] {
            assert_eq!(alone::run(ENDS, part), (Some(code), stdout.to_owned(), stderr), "{part}");
        }
    }
}
