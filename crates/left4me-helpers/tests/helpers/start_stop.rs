//! left4me-systemctl's enable and disable: what systemctl is asked, and what starts at boot afterwards.

use super::{SYSTEMCTL, call, namespace, only_instances, replace_usr_bin, text};
use std::fs;

const WANTS: &str = "/etc/systemd/system/multi-user.target.wants";

fn new(name: &str) -> String {
    format!(
        "Created symlink '{WANTS}/left4me-server@{name}.service' → '/usr/lib/systemd/system/left4me-server@.service'.\n"
    )
}

fn gone(name: &str) -> String {
    format!("Removed '{WANTS}/left4me-server@{name}.service'.\n")
}

fn asked() -> String {
    let calls = fs::read_to_string("/run/calls").unwrap();
    fs::remove_file("/run/calls").unwrap();
    let verbs: Vec<&str> = calls.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    verbs.join(" ")
}

fn enabled() -> Vec<String> {
    let entries = fs::read_dir(WANTS).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn start_and_stop() {
    namespace::run("start_stop::start_and_stop", |_| {
        replace_usr_bin(true);
        only_instances(&["1", "2", "8", "9"]);
        // The call, systemctl's answers; exit code and words, what systemctl was asked, who is enabled then.
        let table = [
            // What cannot be started is not started at the next boot.
            ("enable 1", "start 1", 1, new("1") + &gone("1"), "start show is-active", ""),
            // Crashed once and about to be started again: that is a start.
            ("enable 1", "start 1\nis-active 3 activating", 1, new("1"), "start show is-active", "1"),
            ("enable 1 2", "start 0", 0, new("2"), "start", "1 2"),
            // Enabled before: stays so.
            ("enable 1", "start 5", 5, String::new(), "start show", "1 2"),
            // A start limit is forgotten.
            (
                "enable 1",
                "start 1\nshow 0 Id=left4me-server@1.service\\nActiveState=failed",
                1,
                String::new(),
                "start show reset-failed start",
                "1 2",
            ),
            ("disable 2", "stop 0\nshow 0 ActiveState=inactive", 0, gone("2"), "stop show", "1"),
            ("disable 1", "stop 4\nshow 0 ActiveState=failed", 4, gone("1"), "stop show reset-failed", ""),
            // systemd remembers it as enabled.
            (
                "disable 1",
                "stop 0\nshow 0 UnitFileState=enabled\ndisable 0",
                0,
                String::new(),
                "stop show disable",
                "",
            ),
            (
                "disable 1",
                "stop 0\nshow 0 WantedBy=multi-user.target\ndisable 0",
                0,
                String::new(),
                "stop show disable",
                "",
            ),
        ];
        for (line, answers, code, said, verbs, names) in table {
            fs::write("/run/answers", format!("{answers}\n")).unwrap();
            let output = call(SYSTEMCTL, line);
            let ended = (output.status.code(), text(&output.stderr));
            assert_eq!(ended, (Some(code), said), "{line}, {answers}");
            assert_eq!(asked(), verbs, "{line}, {answers}");
            let names: Vec<String> =
                names.split_whitespace().map(|name| format!("left4me-server@{name}.service")).collect();
            assert_eq!(enabled(), names, "{line}, {answers}");
        }
        // A start that fails because of one: that one alone is forgiven and tried again, and nobody restarted twice;
        // which one it is does not depend on the order of the answer.
        let answers = "restart 1\nshow 0 Id=left4me-server@2.service\\nActiveState=failed\\n\\n\
                       Id=left4me-server@1.service\\nActiveState=active\n";
        fs::write("/run/answers", answers).unwrap();
        assert_eq!(call(SYSTEMCTL, "restart 1 2").status.code(), Some(1));
        let calls = fs::read_to_string("/run/calls").unwrap();
        assert!(
            calls.ends_with(
                "systemctl reset-failed left4me-server@2.service\n\
                 systemctl restart --no-ask-password left4me-server@2.service\n"
            ),
            "{calls}"
        );
        fs::remove_file("/run/calls").unwrap();
        // Systemd's own disabling fails: so has all of it.
        fs::write("/run/answers", "stop 0\nshow 0 UnitFileState=enabled\ndisable 3\n").unwrap();
        assert_eq!(call(SYSTEMCTL, "disable 1").status.code(), Some(3));
        fs::remove_file("/run/calls").unwrap();
        what_fails_half_way_promises_nothing();
        // Its tree is mounted, so it runs, and systemd remembers it as not enabled.
        fs::create_dir("/run/left4me").unwrap();
        fs::write("/run/left4me/1.env", "").unwrap();
        fs::write("/run/answers", "start 0\n").unwrap();
        assert!(call(SYSTEMCTL, "enable 1").status.success());
        assert_eq!(asked(), "start daemon-reload");
    });
}

/// Once it returns the tree is unmounted, and what a crash left of it is gone: its directories can be removed.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_disable_leaves_nothing_in_the_way_of_a_removal() {
    namespace::run("start_stop::a_disable_leaves_nothing_in_the_way_of_a_removal", |_| {
        replace_usr_bin(true);
        namespace::cover("/var/lib");
        let answers = "stop 0\nshow 0 ActiveState=inactive\n";
        fs::write("/run/answers", answers).unwrap();
        let stop = "systemctl stop --no-ask-password left4me-server@1.service left4me-server@2.service \
                    left4me-overlay@1.service left4me-overlay@2.service\n";
        let calls = || {
            let _ = fs::remove_file("/run/calls");
            assert_eq!(call(SYSTEMCTL, "disable 1 2").status.code(), Some(0));
            let calls = fs::read_to_string("/run/calls").unwrap();
            let rest = calls.strip_prefix(stop).expect(&calls).split_inclusive('\n');
            rest.filter(|line| !line.starts_with("systemctl show ")).collect::<String>()
        };
        assert_eq!(calls(), "");
        for name in ["1", "2"] {
            fs::create_dir_all(format!("/var/lib/left4me/runtime/{name}/work/work")).unwrap();
        }
        // Still mounted, for something uses it: not to be touched.
        fs::create_dir("/run/left4me").unwrap();
        fs::write("/run/left4me/2.env", "").unwrap();
        let removal = "systemd-run --quiet --wait --collect --no-ask-password -- /usr/libexec/left4me/left4me-overlay umount 1\n";
        assert_eq!(calls(), removal);
    });
}

/// An error at the second name: the first one's link is not left behind.
fn what_fails_half_way_promises_nothing() {
    let nobody: [String; 0] = [];
    // Room for the directory itself and one link.
    let flags = rustix::mount::MountFlags::empty();
    rustix::mount::mount("test", WANTS, "tmpfs", flags, c"nr_inodes=2").unwrap();
    fs::write("/run/answers", "is-active 3 inactive\n").unwrap();
    let output = call(SYSTEMCTL, "enable 8 9");
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(71) && said.starts_with(&(new("8") + &gone("8"))), "{said}");
    assert!(said.contains("left4me-server@9.service: No space left on device"), "{said}");
    assert_eq!((asked().as_str(), enabled()), ("is-active", nobody.to_vec()));
    rustix::mount::unmount(WANTS, rustix::mount::UnmountFlags::empty()).unwrap();
}

/// systemd is not asked about a name that never was an instance, nor about others beside it; what is gone can still
/// be stopped. A link or a FIFO in an instance's place is left4me-overlay's to refuse.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_name_without_an_instance_is_not_started() {
    namespace::run("start_stop::a_name_without_an_instance_is_not_started", |_| {
        replace_usr_bin(true);
        only_instances(&["1"]);
        fs::write("/run/answers", "start 0\nrestart 0\nstop 0\nshow 0\n").unwrap();
        fs::create_dir("/var/lib/left4me/instances/empty").unwrap();
        for line in ["enable gone", "enable 1 gone", "restart gone", "restart empty", "enable instances"] {
            let output = call(SYSTEMCTL, line);
            let said = text(&output.stderr);
            let name = line.rsplit(' ').next().unwrap();
            let refusal = format!("left4me-systemctl: there is no instance '{name}'\n");
            assert!(output.status.code() == Some(71) && said.starts_with(&refusal), "{line}: {said}");
            assert!(!fs::exists("/run/calls").unwrap() && !fs::exists(WANTS).unwrap(), "{line}");
        }
        for line in ["disable gone", "stop-overlay gone", "show gone", "show-overlay gone"] {
            assert!(call(SYSTEMCTL, line).status.success(), "{line}");
            assert!(!asked().is_empty());
        }
        std::os::unix::fs::symlink("/usr/bin", "/var/lib/left4me/instances/link").unwrap();
        assert!(call(SYSTEMCTL, "enable link").status.success());
        assert_eq!(asked(), "start");
        // No root at all: no instance.
        fs::remove_dir_all("/var/lib/left4me").unwrap();
        assert_eq!(call(SYSTEMCTL, "enable 1").status.code(), Some(71));
    });
}

/// Each finds the link there or makes it; none stumbles over another.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn many_enable_one_at_once() {
    namespace::run("start_stop::many_enable_one_at_once", |_| {
        replace_usr_bin(true);
        only_instances(&["1"]);
        fs::write("/run/answers", "start 0\n").unwrap();
        for _ in 0..20 {
            let calls: Vec<_> = (0..8)
                .map(|_| {
                    std::process::Command::new(SYSTEMCTL)
                        .args(["enable", "1"])
                        .stderr(std::process::Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            for call in calls {
                let output = call.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", text(&output.stderr));
            }
            assert_eq!(enabled(), ["left4me-server@1.service"]);
            fs::remove_file(format!("{WANTS}/left4me-server@1.service")).unwrap();
        }
    });
}
