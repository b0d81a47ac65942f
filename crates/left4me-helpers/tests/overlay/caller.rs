//! A caller that would rather have the helper fail half-way.

use super::host::{self, Done, Guard};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// What a caller's shell can do to the process that sudo starts: none of it is the helper's any more.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_callers_limits_are_not_the_helpers() {
    host::run("caller::a_callers_limits_are_not_the_helpers", |host| {
        let call = |shell: &str, verb: &str| {
            let script = format!("{shell}; exec \"$0\" {verb} a");
            let mut caller = Command::new("bash");
            caller.args(["-c", &script]).arg(env!("CARGO_BIN_EXE_left4me-overlay"));
            Done::from(caller.output().unwrap())
        };
        for shell in [
            "ulimit -Sf 0",
            "ulimit -Sn 8",
            "ulimit -Sc unlimited",
            "umask 0777",
            "exec <&- >&- 2>&-",
            "exec </dev/full >/dev/full 2>/dev/full",
            "trap '' CHLD PIPE HUP INT TERM XFSZ USR1",
            "cd /tmp && mkdir gone && cd gone && rmdir ../gone",
            "exec 3</ 4</etc 5</proc",
        ] {
            for (verb, mounts) in [("mount", 1), ("umount", 0)] {
                let done = call(shell, verb);
                assert_eq!((done.code, host.overlays().len()), (0, mounts), "{shell}: {verb}: {}", done.err);
                assert_eq!(fs::metadata("/run/left4me/a.env").is_ok(), mounts == 1, "{shell}: {verb}");
            }
        }
        let mode = |path: &str| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode("/run/left4me"), mode("/run/left4me-overlay.lock")), (0o755, 0o600));
        // A hard limit only CAP_SYS_RESOURCE can raise; without it, it is a sentence and nothing half done.
        for shell in ["ulimit -f 0", "ulimit -n 8"] {
            let done = call(shell, "mount");
            let refused = done.err.contains(": File too large") || done.err.contains(": Too many open files");
            assert!((done.code == 0) != refused, "{shell}: {}", done.err);
            assert_eq!(
                (host.overlays().is_empty(), fs::metadata("/run/left4me/a.env").is_err()),
                (refused, refused)
            );
            host.ok("umount a");
            assert_eq!(fs::read_dir("/run/left4me").unwrap().count(), 0);
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_terminal_cannot_stop_it_with_the_lock_held() {
    host::run("caller::a_terminal_cannot_stop_it_with_the_lock_held", |host| {
        let lock = fs::File::create("/run/left4me-overlay.lock").unwrap();
        lock.lock().unwrap();
        let mut helper = Guard(host.helper("mount a").spawn().unwrap());
        let pid = helper.0.id();
        let stat = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let waits_for_lock =
            || fs::read_to_string(format!("/proc/{pid}/syscall")).is_ok_and(|s| s.starts_with("73 "));
        while !waits_for_lock() && cfg!(target_arch = "x86_64") {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        for signal in [nix::sys::signal::SIGTSTP, nix::sys::signal::SIGTTIN, nix::sys::signal::SIGTTOU] {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), signal).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!stat().contains(") T "), "{}", stat());
        lock.unlock().unwrap();
        assert!(helper.0.wait().unwrap().success());
        assert_eq!(host.overlays().len(), 1);
    });
}
