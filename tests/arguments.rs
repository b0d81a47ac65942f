//! What every program makes of arguments that are no text, or far too long.

#![allow(clippy::unwrap_used)]

use left4me_test_support::program;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

const PROGRAMS: [(&str, &[&str]); 5] = [
    (
        "left4me-setup",
        &[
            "",
            "plan",
            "plan --root",
            "apply --root",
            "plan --sysroot",
            "apply --steamcmd-url",
            "game install --login",
            "steamcmd run --",
        ],
    ),
    (
        "l4d2ctl",
        &[
            "",
            "start",
            "start a --wait",
            "show",
            "status",
            "du",
            "initialize a -f",
            "initialize",
            "install",
            "overlay show",
            "overlay explain a",
            "logs",
        ],
    ),
    ("left4me-overlay", &["", "mount", "umount", "--print mount"]),
    ("left4me-systemctl", &["", "show", "enable", "disable a"]),
    ("left4me-journalctl", &["", "overlay", "a --lines"]),
];

/// As an ordinary user: root's commands would begin to work on this machine.
#[test]
fn no_argument_makes_a_program_panic() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let long = vec![b'x'; 100_000];
    for (name, commands) in PROGRAMS {
        let copy = dir.path().join(name);
        std::fs::copy(program(name), &copy).unwrap();
        for command in commands {
            for (argument, most) in [(&b"/srv/\xff"[..], 1000), (b"\xff\x1b[2J", 1000), (&long, 11_000)] {
                let mut run = Command::new(&copy);
                run.args(command.split_whitespace()).arg(OsStr::from_bytes(argument));
                run.env_clear().current_dir("/").stdin(Stdio::null());
                if rustix::process::geteuid().is_root() {
                    run.uid(65534).gid(65534);
                }
                let ended = run.output().unwrap();
                let said = String::from_utf8_lossy(&ended.stderr);
                let what = format!("{name} {command} {:.20}: {said:.300}", String::from_utf8_lossy(argument));
                assert!(matches!(ended.status.code(), Some(1 | 2)), "{what} {}", ended.status);
                assert!(["error: ", "usage: ", "left4me-"].iter().any(|w| said.starts_with(w)), "{what}");
                assert!(
                    said.len() <= most && !said.contains("panicked") && !said.contains('\u{1b}'),
                    "{what}"
                );
            }
        }
    }
}
