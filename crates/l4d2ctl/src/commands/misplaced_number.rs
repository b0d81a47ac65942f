//! `--wait 5`: the number was meant for the flag, but the command line takes it for the name of an instance.

use crate::instances;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Error, Result};
use std::ffi::OsStr;

/// The flags with an optional number, which must therefore be joined to them.
const FLAGS: [&str; 3] = ["--wait", "--watch", "--files"];

/// An error if one of these names is such a number and no instance.
pub fn check(layout: &Layout, names: &[String]) -> Result<()> {
    let Some((flag, number)) = find(std::env::args_os()) else { return Ok(()) };
    for name in names {
        let name = InstanceName::parse(name)?;
        if name.as_str() == number && !instances::exists(layout, &name) {
            return Err(Error::usage(format!("there is no instance '{number}'")).hint(joined(flag, &number)));
        }
    }
    Ok(())
}

/// The error for `--all --wait 5`, where clap speaks of a conflict with an instance.
pub fn explain_conflict(conflict: &clap::Error) -> Option<Error> {
    let (flag, number) = find(std::env::args_os())?;
    let is_conflict = conflict.kind() == clap::error::ErrorKind::ArgumentConflict;
    let error = Error::usage(format!(
        "'{number}' was taken for the name of an instance, which does not go together with --all"
    ));
    is_conflict.then(|| error.hint(joined(flag, &number)))
}

fn joined(flag: &str, number: &str) -> String {
    format!("join the number and the flag: {flag}={number}")
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
