//! Child processes: how they are started, and in which words their end is told.

use crate::printable;
use nix::sys::signal::Signal;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Where system tools lie.
pub const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A command with nothing of the caller's environment.
///
/// It has a PATH, because Debian 13's sudo crashes without any variable, and a locale in which tools speak
/// English and do not break names apart.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", PATH).env("LC_ALL", "C.UTF-8");
    command
}

/// Passes on those variables of the caller's environment that `is_wanted`.
pub fn pass(command: &mut Command, is_wanted: impl Fn(&str) -> bool) {
    command.envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(&is_wanted)));
}

/// How a process ended, to be put into brackets: `exit code 1`, `killed by SIGSEGV`.
pub fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("killed by {}", signal_name(signal)),
        // Neither: it was not waited for until its end.
        (None, None) => status.to_string(),
    }
}

/// `SIGSEGV`; a real-time signal has only its number.
pub fn signal_name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |known| known.as_str().to_owned())
}

/// What a process said on standard error, in one line of text; how it ended when it said nothing or was killed.
pub fn reason(status: ExitStatus, stderr: &[u8]) -> String {
    let said: Vec<_> = stderr.trim_ascii().split(|b| *b == b'\n').map(printable::line_of_bytes).collect();
    let said = said.join("; ");
    if said.is_empty() {
        ending(status)
    } else if status.signal().is_some() {
        format!("{}: {said}", ending(status))
    } else {
        said
    }
}

/// A process's exit code; 128 + N when signal N ended it, as shells have it.
pub fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> std::process::Output {
        command("/bin/sh").args(["-c", script]).output().expect("sh")
    }

    #[test]
    fn nothing_is_inherited_but_a_path_and_a_locale_are_there() {
        let shown = command("/usr/bin/env").output().expect("env").stdout;
        let mut shown: Vec<_> = std::str::from_utf8(&shown).expect("text").lines().collect();
        shown.sort();
        assert_eq!(shown, ["LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
    }

    #[test]
    fn what_is_wanted_is_passed_on() {
        let mut env = command("/usr/bin/env");
        pass(&mut env, |name| name == "CARGO_PKG_NAME");
        let shown = env.output().expect("env").stdout;
        assert!(String::from_utf8_lossy(&shown).contains("CARGO_PKG_NAME=left4me\n"));
        assert_eq!(shown.iter().filter(|byte| **byte == b'\n').count(), 3);
    }

    #[test]
    fn an_end_in_words_and_as_a_code() {
        for (script, words, code) in [
            ("exit 0", "exit code 0", 0),
            ("exit 3", "exit code 3", 3),
            ("kill -SEGV $$", "killed by SIGSEGV", 139),
            ("kill -KILL $$", "killed by SIGKILL", 137),
            ("kill -40 $$", "killed by signal 40", 168),
        ] {
            let status = sh(script).status;
            assert_eq!((ending(status).as_str(), exit_code(status)), (words, code), "{script}");
        }
    }

    #[test]
    fn a_reason_is_never_empty() {
        for (script, reason) in [
            ("exit 3", "exit code 3"),
            ("echo no >&2; exit 3", "no"),
            ("echo a >&2; echo b >&2; exit 3", "a; b"),
            ("kill -SEGV $$", "killed by SIGSEGV"),
            ("echo half >&2; kill -SEGV $$", "killed by SIGSEGV: half"),
        ] {
            let output = sh(script);
            assert_eq!(super::reason(output.status, &output.stderr), reason, "{script}");
        }
    }
}
