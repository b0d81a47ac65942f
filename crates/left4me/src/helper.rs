//! What the three root helpers share: reading their arguments and running a system tool.
//!
//! A helper is called through sudo by a user who may be hostile. It believes neither its arguments
//! nor its environment; standard error gets one sentence, and the exit code says how it ended.

use crate::{Error, ErrorKind, Result, child, output};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Exit codes of the helpers; any other one is that of the tool which the helper ran.
pub mod exit {
    /// The helper was called wrongly.
    pub const USAGE: u8 = 2;
    /// The tool is not installed (`EX_UNAVAILABLE`), as in the predecessor.
    pub const UNAVAILABLE: u8 = 69;
    /// left4me-systemctl itself failed (`EX_OSERR`): systemd was not asked, or did what it was asked.
    pub const OWN_FAILURE: u8 = 71;

    /// Whether left4me-systemctl itself ended with this code, and not systemctl.
    pub fn is_own(code: u8) -> bool {
        matches!(code, USAGE | UNAVAILABLE | OWN_FAILURE)
    }
}

/// What anybody who asks for the state of servers asks of systemctl; l4d2ctl reads exactly these.
pub const SHOW: [&str; 4] = [
    "show",
    "--no-pager",
    "--timestamp=unix",
    "--property=Id,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,\
     MemoryCurrent,UnitFileState",
];

/// More are not asked for one by one: systemd would load each that it has not, which takes it milliseconds.
pub const MANY: usize = 50;

/// The units of these instances as [`SHOW`] is given them; of many, all that are loaded, whosever they are.
pub fn units_to_show(kind: &str, names: &[impl std::fmt::Display]) -> Vec<String> {
    match names.len() > MANY {
        true => vec![format!("left4me-{kind}@*.service")],
        false => names.iter().map(|name| format!("left4me-{kind}@{name}.service")).collect(),
    }
}

/// The arguments behind the program's name; `None` when one of them is not UTF-8, which no valid one is.
pub fn arguments() -> Option<Vec<String>> {
    std::env::args_os().skip(1).map(OsString::into_string).collect::<Result<_, _>>().ok()
}

/// Writes `text` on standard output. A reader who is gone is no error.
pub fn print(text: &str) -> ExitCode {
    output::answer(text).map_or_else(|error| error.report("error"), |()| ExitCode::SUCCESS)
}

/// Answers `--help` and `--version`; `None` when neither is asked for.
pub fn about(arguments: &[&str], program: &str, help: &str) -> Option<ExitCode> {
    match arguments {
        ["--help" | "-h"] => Some(print(help)),
        ["--version"] => Some(print(&format!("{program} {}\n", env!("CARGO_PKG_VERSION")))),
        _ => None,
    }
}

/// Writes the usage line on standard error: exit code 2.
pub fn usage(line: &str) -> ExitCode {
    output::problem(&format!("usage: {line}"));
    ExitCode::from(exit::USAGE)
}

/// The first of two absolute paths that exists, with nothing of the caller's environment.
///
/// An error of the kind [`ErrorKind::Unavailable`] when there is none.
pub fn tool(name: &str) -> Result<Command> {
    let places = [format!("/usr/bin/{name}"), format!("/bin/{name}")];
    let Some(place) = places.iter().find(|place| Path::new(place).is_file()) else {
        return Err(Error::new(format!("{name} not found at {} or {}", places[0], places[1]))
            .with_kind(ErrorKind::Unavailable));
    };
    Ok(child::command(place))
}

/// Becomes `command`, with an empty signal mask and SIGPIPE back at its default; returns only the error.
pub fn become_command(mut command: Command) -> Error {
    let cause = command.exec();
    Error::new(format!("cannot run {}: {cause}", command.get_program().display()))
        .with_kind(ErrorKind::Unavailable)
}
