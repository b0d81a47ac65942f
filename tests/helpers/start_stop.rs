//! left4me-systemctl's enable and disable: what systemctl is asked, and what starts at boot afterwards.

use super::{SYSTEMCTL, call, namespace, replace_usr_bin, text};
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
fn start_and_stop() {
    namespace::run("start_stop::start_and_stop", |_| {
        replace_usr_bin(true);
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
                "start 1\nshow 0 ActiveState=failed",
                1,
                String::new(),
                "start show reset-failed start",
                "1 2",
            ),
            ("disable 2", "stop 0\nshow 0 ActiveState=inactive", 0, gone("2"), "stop show", "1"),
            ("disable 1", "stop 4\nshow 0 ActiveState=failed", 4, gone("1"), "stop show reset-failed", ""),
            // systemd remembers it as enabled.
            ("disable 1", "stop 0\nshow 0 UnitFileState=enabled", 0, String::new(), "stop show disable", ""),
            (
                "disable 1",
                "stop 0\nshow 0 WantedBy=multi-user.target",
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
        // Its tree is mounted, so it runs, and systemd remembers it as not enabled.
        fs::create_dir("/run/left4me").unwrap();
        fs::write("/run/left4me/1.env", "").unwrap();
        fs::write("/run/answers", "start 0\n").unwrap();
        assert!(call(SYSTEMCTL, "enable 1").status.success());
        assert_eq!(asked(), "start daemon-reload");
    });
}
