//! `--wait 5`: a number that was meant for the flag before it, and is an instance's name to the command line.

use left4me::Error;
use left4me::name::InstanceName;
use std::ffi::OsStr;

/// The flags whose number is optional and therefore joined to them.
const FLAGS: [&str; 3] = ["--wait", "--watch", "--files"];

/// The error for this number, if it follows such a flag on the command line and names no instance.
pub fn explain(name: &InstanceName) -> Option<Error> {
    let (flag, number) = find(std::env::args_os())?;
    let error = Error::usage(format!("there is no instance '{number}'"));
    (number == name.as_str()).then(|| error.hint(joined(flag, &number)))
}

/// The error for `--all --wait 5`, where clap speaks of a conflict with an instance.
pub fn explain_conflict(conflict: &clap::Error) -> Option<Error> {
    let (flag, number) = find(std::env::args_os())?;
    let is_conflict = conflict.kind() == clap::error::ErrorKind::ArgumentConflict;
    let error = Error::usage(format!("'{number}' is taken for an instance, and --all means all of them"));
    is_conflict.then(|| error.hint(joined(flag, &number)))
}

fn joined(flag: &str, number: &str) -> String {
    format!("a number for {flag} is joined to it: {flag}={number}")
}

fn find(arguments: impl Iterator<Item = impl AsRef<OsStr>>) -> Option<(&'static str, String)> {
    let arguments: Vec<String> =
        arguments.map(|argument| argument.as_ref().to_string_lossy().into_owned()).collect();
    arguments.windows(2).find_map(|pair| {
        let flag = FLAGS.into_iter().find(|flag| pair[0] == *flag)?;
        pair[1].bytes().all(|b| b.is_ascii_digit()).then(|| (flag, pair[1].clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_after_flags() {
        let found = |line: &str| find(line.split(' ')).map(|(flag, number)| format!("{flag}={number}"));
        for (line, want) in [
            ("start a --wait 5", Some("--wait=5")),
            ("start --wait 5 a", Some("--wait=5")),
            ("status --watch 10", Some("--watch=10")),
            ("start 5 --wait", None),
            ("start --wait a", None),
            ("start --wait=5 7", None),
        ] {
            assert_eq!(found(line).as_deref(), want, "{line}");
        }
    }
}
