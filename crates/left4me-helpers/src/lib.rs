//! What the three root helpers share: their arguments, how they answer, and becoming a system tool.
//!
//! A helper is called through sudo by a user who may be hostile. It believes neither its arguments nor its
//! environment; standard error gets one sentence, and the exit code says how it ended.

use left4me::helper::exit;
use left4me::{Error, ErrorKind, Result, child, output};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// What a helper says of itself.
pub struct Helper {
    /// Its name, which begins its errors.
    pub name: &'static str,
    /// Its grammar in a line.
    pub usage: &'static str,
    /// What `--help` prints.
    pub help: &'static str,
}

impl Helper {
    /// A helper's whole `main`. `run` gets the arguments; `None` from it means that they are not the grammar.
    pub fn main(&self, run: impl FnOnce(&[&str]) -> Option<Result<ExitCode>>) -> ExitCode {
        // One that is not UTF-8 is never valid.
        let arguments: Result<Vec<String>, OsString> =
            std::env::args_os().skip(1).map(OsString::into_string).collect();
        let Ok(arguments) = arguments else { return self.refuse() };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let done = match arguments[..] {
            ["--help" | "-h"] => answer(self.help),
            ["--version"] => answer(&format!("{} {}\n", self.name, env!("CARGO_PKG_VERSION"))),
            _ => match run(&arguments) {
                Some(done) => done,
                None => return self.refuse(),
            },
        };
        done.unwrap_or_else(|error| error.report(self.name))
    }

    fn refuse(&self) -> ExitCode {
        output::problem(&format!("usage: {}", self.usage));
        ExitCode::from(exit::USAGE)
    }
}

/// Prints what was asked for.
pub fn answer(text: &str) -> Result<ExitCode> {
    output::answer(text).map(|()| ExitCode::SUCCESS)
}

/// The first of two absolute paths that exists, with nothing of the caller's environment.
///
/// An error of the kind [`ErrorKind::Unavailable`] when there is none.
pub fn tool(name: &str) -> Result<Command> {
    let places = [format!("/usr/bin/{name}"), format!("/bin/{name}")];
    match places.iter().find(|place| Path::new(place).is_file()) {
        Some(place) => Ok(child::command(place)),
        None => Err(unavailable(format!("{name} not found at {} or {}", places[0], places[1]))),
    }
}

/// Becomes `command`, with an empty signal mask and SIGPIPE back at its default; returns only the error.
pub fn become_command(mut command: Command) -> Error {
    let cause = command.exec();
    unavailable(format!("cannot run {}: {cause}", command.get_program().display()))
}

fn unavailable(message: String) -> Error {
    Error::new(message).with_kind(ErrorKind::Unavailable)
}
