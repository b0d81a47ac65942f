//! left4me-systemctl and left4me-journalctl from outside, and what none of the three helpers may contain.

#![allow(clippy::unwrap_used)]

mod start_stop;

use left4me_test_support::namespace;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

const OVERLAY: &str = env!("CARGO_BIN_EXE_left4me-overlay");
const SYSTEMCTL: &str = env!("CARGO_BIN_EXE_left4me-systemctl");
const JOURNALCTL: &str = env!("CARGO_BIN_EXE_left4me-journalctl");

const SHOW: &str = "show --no-pager --timestamp=unix --property=Id,ActiveState,SubState,Result,MainPID,NRestarts,\
                    ActiveEnterTimestamp,MemoryCurrent,UnitFileState";

fn call(helper: &str, line: &str) -> Output {
    Command::new(helper).args(line.split(' ')).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn usage_is_exit_code_2() {
    for (helper, line) in [
        (SYSTEMCTL, ""),
        (SYSTEMCTL, "enable"),
        (SYSTEMCTL, "start a"),
        (SYSTEMCTL, "show"),
        (SYSTEMCTL, "poweroff a"),
        (SYSTEMCTL, "--help a"),
        (JOURNALCTL, ""),
        (JOURNALCTL, "a"),
        (JOURNALCTL, "a --lines 5"),
        (JOURNALCTL, "a --follow --lines 5"),
        (JOURNALCTL, "a --lines 5 --follow --all"),
        (JOURNALCTL, "a --lines five --follow"),
        (JOURNALCTL, "server a --lines 5 --follow"),
    ] {
        let output = call(helper, line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        let error = text(&output.stderr);
        assert!(error.starts_with("usage: left4me-") && error.lines().count() == 1, "{line}: {error}");
    }
    for name in ["A", "../a", "a.service", "-a", "a*", "a@b", "ä", "\u{1b}[2J"] {
        for (helper, line) in [
            (SYSTEMCTL, format!("enable {name}")),
            (SYSTEMCTL, format!("show ok {name}")),
            (JOURNALCTL, format!("{name} --lines 5 --follow")),
            (JOURNALCTL, format!("overlay {name} --lines 5 --no-follow")),
            (OVERLAY, format!("mount {name}")),
        ] {
            let output = call(helper, &line);
            let error = text(&output.stderr);
            assert!(
                output.status.code() == Some(2) && error.contains(": invalid instance name: '"),
                "{line}: {error}"
            );
            assert!(!error.contains('\u{1b}'));
        }
    }
}

#[test]
fn help_and_version_need_no_root() {
    for helper in [OVERLAY, SYSTEMCTL, JOURNALCTL] {
        let help = call(helper, "--help");
        assert!(help.status.success() && text(&help.stdout).starts_with("usage: left4me-"));
        assert!(text(&help.stdout).lines().all(|line| line.len() <= 80), "{helper}");
        let version = text(&call(helper, "--version").stdout);
        assert!(version.ends_with(concat!(" ", env!("CARGO_PKG_VERSION"), "\n")), "{version}");
    }
}

#[test]
fn arguments_that_are_not_text_are_usage() {
    use std::os::unix::ffi::OsStrExt;
    for helper in [OVERLAY, SYSTEMCTL, JOURNALCTL] {
        let output = Command::new(helper).arg(std::ffi::OsStr::from_bytes(b"\xff")).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
    }
}

/// No network, no TLS, no argument parser in what runs as root.
#[test]
fn helpers_contain_no_big_crates() {
    for helper in [OVERLAY, SYSTEMCTL, JOURNALCTL] {
        let bytes = fs::read(helper).unwrap();
        let content = String::from_utf8_lossy(&bytes);
        for word in ["rustls", "reqwest", "clap_builder", "indicatif", "hyper::", "OPENSSL_"] {
            assert!(!content.contains(word), "{helper} contains {word}");
        }
    }
}

/// Records how it was called and ends with what `/run/answers` has for its arguments: a code, and what to print.
const DOUBLE: &str = "#!/bin/sh
echo \"${0##*/} $*\" >>/run/calls
/bin/cat /proc/$$/environ >/run/environ
/bin/grep -E 'Sig(Blk|Ign)' /proc/self/status >/run/signals
while read -r verb code text; do
    [ $1 = $verb ] && { [ -z \"$text\" ] || printf '%b\\n' \"$text\"; exit $code; }
done </run/answers
exit 7
";

/// Covers the root; these are the instances then.
fn only_instances(names: &[&str]) {
    namespace::cover("/var/lib");
    for name in names {
        let directory = format!("/var/lib/left4me/instances/{name}");
        fs::create_dir_all(&directory).unwrap();
        fs::write(format!("{directory}/instance.env"), "L4D2_PORT=27015\n").unwrap();
    }
}

/// Leaves in /usr/bin what the double needs and, with `tools`, the doubles; and nothing enabled.
fn replace_usr_bin(tools: bool) {
    let needed = ["sh", "cat", "grep"].map(|name| (name, fs::read(format!("/bin/{name}")).unwrap()));
    ["/usr/bin", "/run", "/etc/systemd"].into_iter().for_each(namespace::cover);
    let install = |name: &str, bytes: &[u8]| {
        let path = format!("/usr/bin/{name}");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    needed.iter().for_each(|(name, bytes)| install(name, bytes));
    if tools {
        ["systemctl", "journalctl", "systemd-run"].iter().for_each(|name| install(name, DOUBLE.as_bytes()));
    }
    fs::write("/run/answers", "").unwrap();
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_the_tools_are_asked() {
    namespace::run("what_the_tools_are_asked", |_| {
        replace_usr_bin(true);
        only_instances(&["1"]);
        let journal = "journalctl --no-pager --namespace=+left4me -u left4me-";
        for (helper, line, calls) in [
            (SYSTEMCTL, "stop-overlay a b", "systemctl stop --no-ask-password left4me-server@a.service left4me-server@b.service left4me-overlay@a.service left4me-overlay@b.service\n".to_owned()),
            (SYSTEMCTL, "show a", format!("systemctl {SHOW} left4me-server@a.service\n")),
            (
                SYSTEMCTL,
                "show-overlay a b",
                format!("systemctl {SHOW} left4me-overlay@a.service left4me-overlay@b.service\n"),
            ),
            (JOURNALCTL, "a --lines 20 --follow", format!("{journal}server@a.service -n 20 -o cat -f\n")),
            (JOURNALCTL, "a --lines 20 --no-follow", format!("{journal}server@a.service -n 20 -o cat\n")),
            (
                JOURNALCTL,
                "overlay a --lines 9 --no-follow",
                format!("{journal}overlay@a.service -n 9 -o cat\n"),
            ),
            // What has to go on afterwards: asked, and its code kept, just the same.
            (SYSTEMCTL, "restart 1", "systemctl restart --no-ask-password left4me-server@1.service\nsystemctl show --property=Id,ActiveState left4me-server@1.service\n".to_owned()),
        ] {
            let _ = fs::remove_file("/run/calls");
            let output = Command::new(helper)
                .args(line.split(' '))
                .envs([
                    ("PATH", "/tmp"),
                    ("PAGER", "/tmp/x"),
                    ("SYSTEMD_PAGER", "/tmp/x"),
                    ("LD_PRELOAD", ""),
                ])
                .envs([("SYSTEMD_LOG_LEVEL", "debug"), ("LC_ALL", "de_DE"), ("IFS", "a"), ("ENV", "/tmp/x")])
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(7), "the tool's own exit code: {line}");
            assert_eq!(fs::read_to_string("/run/calls").unwrap(), calls);
            let environ = fs::read_to_string("/run/environ").unwrap();
            let mut environ: Vec<&str> = environ.split_terminator('\0').collect();
            environ.sort_unstable();
            assert_eq!(environ, ["LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
            let signals = fs::read_to_string("/run/signals").unwrap();
            let set = |name| {
                let line = signals.lines().find_map(|line| line.strip_prefix(name)).unwrap();
                u64::from_str_radix(line.trim(), 16).unwrap()
            };
            let pipe = 1 << (nix::sys::signal::SIGPIPE as i32 - 1);
            assert_eq!((set("SigBlk:"), set("SigIgn:") & pipe), (0, 0), "{signals}");
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_missing_tool_is_exit_code_69() {
    namespace::run("a_missing_tool_is_exit_code_69", |_| {
        replace_usr_bin(false);
        for (helper, tool, line) in [
            (SYSTEMCTL, "systemctl", "enable a"),
            (SYSTEMCTL, "systemctl", "show a"),
            (JOURNALCTL, "journalctl", "a --lines 5 --no-follow"),
        ] {
            let output = call(helper, line);
            assert_eq!(output.status.code(), Some(69));
            let expected = format!("left4me-{tool}: {tool} not found at /usr/bin/{tool} or /bin/{tool}\n");
            assert_eq!(text(&output.stderr), expected);
        }
    });
}
