//! `/etc/left4me/host.yaml`: who wins, who says what is wrong, and how it is written.

use crate::tree::Tree;

const FILE: &str = "etc/left4me/host.yaml";

fn with_file(text: &str) -> Tree {
    let tree = Tree::mine();
    tree.sh(&format!("mkdir -p etc/left4me; cat >{FILE} <<'YAML'\n{text}YAML\nchmod 0644 {FILE}"));
    tree
}

/// The value and the origin of one setting.
fn setting(tree: &Tree, key: &str, arguments: &[&str]) -> (String, String) {
    let said = tree.run(&[&["config", "--json"], arguments].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let setting = &document["settings"][key];
    let text = |value: &serde_json::Value| value.as_str().map_or(value.to_string(), str::to_owned);
    (text(&setting["value"]), text(&setting["from"]))
}

fn pair(value: &str, from: &str) -> (String, String) {
    (value.to_owned(), from.to_owned())
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_record() {
    let tree = with_file("root: /srv/file\n");
    assert_eq!(setting(&tree, "root", &[]), pair("/srv/file", "file"));
    let environment = |arguments: &[&str]| {
        let mut command = tree.command(&[&["config", "--json"], arguments].concat());
        let output = command.env("LEFT4ME_ROOT", "/srv/environment").output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["settings"]["root"].clone()
    };
    let named =
        serde_json::json!({"value": "/srv/environment", "from": "environment", "name": "LEFT4ME_ROOT"});
    assert_eq!(environment(&[]), named);
    // The same value, but from the flag.
    let flag = serde_json::json!({"value": "/srv/environment", "from": "flag", "name": "--root"});
    assert_eq!(environment(&["--root", "/srv/environment"]), flag);

    tree.sh(&format!("rm {FILE}; printf 'LEFT4ME_ROOT=/srv/recorded\\n' >etc/left4me/host.env"));
    assert_eq!(setting(&tree, "root", &[]), pair("/srv/recorded", "host.env"));
    tree.sh("rm etc/left4me/host.env");
    assert_eq!(setting(&tree, "root", &[]), pair("/var/lib/left4me", "default"));
    assert_eq!(setting(&tree, "game", &["--skip-game"]), pair("false", "flag"));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn apply_makes_what_the_file_says() {
    left4me_test_support::needs::root();
    let tree = with_file("root: /srv/l4d2\ngame: false\n");
    let applied = tree.apply();
    assert!(!applied.contains("game Left 4 Dead 2"), "{applied}");
    assert!(tree.read("etc/left4me/host.env").starts_with("LEFT4ME_ROOT=/srv/l4d2\n"));
    assert!(tree.root.join("srv/l4d2/instances").is_dir());
    assert_eq!(tree.run(&["plan"]).code, 0);

    // The administrator moves it. Until the next apply, the host is what it was, and status says so.
    tree.sh(&format!("sed -i s,/srv/l4d2,/srv/moved, {FILE}"));
    assert_eq!(tree.run(&["plan"]).code, 3);
    let status = tree.run(&["status"]).out;
    assert!(status.contains("root           /srv/l4d2\n"), "{status}");
    let warning = "warning: LEFT4ME_ROOT is /srv/l4d2, but /etc/left4me/host.yaml says /srv/moved\n";
    assert!(status.contains(warning), "{status}");
    tree.apply();
    assert!(tree.read("etc/left4me/host.env").starts_with("LEFT4ME_ROOT=/srv/moved\n"));
    assert!(!tree.run(&["status"]).out.contains("warning: "));
}

/// The timer of updates follows host.yaml, and so does its schedule.
#[test]
fn the_timer_of_updates_is_on_when_the_file_says_so() {
    const LINK: &str = "etc/systemd/system/timers.target.wants/left4me-update.timer";
    const SCHEDULE: &str = "etc/systemd/system/left4me-update.timer.d/left4me.conf";
    let tree = Tree::mine();
    let is_on = || tree.root.join(LINK).symlink_metadata().is_ok();
    tree.apply();
    assert!(!is_on() && !tree.root.join(SCHEDULE).exists());
    for (text, event) in [
        ("update: true", "04:30"),
        ("update:\n  schedule: Mon..Fri 5:00\n  deadline: 6:00", "Mon..Fri 5:00"),
        ("update: {schedule: hourly}", "hourly"),
    ] {
        tree.sh(&format!("printf '{text}\n' >{FILE}; chmod 0644 {FILE}"));
        let plan = tree.run(&["plan", "--diff"]);
        assert!(plan.code == 3 && plan.out.contains(&format!("+OnCalendar={event}\n")), "{plan:?}");
        assert_eq!(
            plan.out.contains("~ timer left4me-update.timer: at boot off → on\n"),
            !is_on(),
            "{plan:?}"
        );
        tree.apply();
        let schedule = tree.read(SCHEDULE);
        assert!(schedule.ends_with(&format!("\nOnCalendar=\nOnCalendar={event}\n")), "{schedule}");
        assert!(is_on());
        assert_eq!(tree.run(&["plan"]).code, 0);
    }
    // An administrator who masks it has the last word.
    tree.sh(&format!("rm {LINK}; ln -s /dev/null etc/systemd/system/left4me-update.timer"));
    let plan = tree.run(&["plan"]);
    let masked = "= timer left4me-update.timer: modified by an administrator, kept";
    assert!(plan.code == 0 && plan.out.contains(masked), "{plan:?}");
    tree.sh("rm etc/systemd/system/left4me-update.timer");
    tree.apply();
    // Off again, with nothing left behind; a drop-in of somebody else's keeps the directory.
    tree.sh(&format!("printf 'update: false\n' >{FILE}"));
    let plan = tree.run(&["plan"]);
    assert!(plan.out.contains("~ timer left4me-update.timer: at boot on → off\n"), "{plan:?}");
    tree.apply();
    assert!(!is_on() && !tree.root.join(SCHEDULE).parent().unwrap().exists());
    assert_eq!(tree.run(&["plan"]).code, 0);
    tree.sh(&format!("printf 'update: true\n' >{FILE}"));
    tree.apply();
    assert_eq!(tree.run(&["uninstall", "--yes"]).code, 0);
    assert!(!tree.shape().contains(".timer"), "{}", tree.shape());
}

/// What host.yaml wants must not decide what is deleted: only what `apply` made.
#[test]
fn uninstall_goes_by_what_was_applied_and_keeps_the_file() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh(&format!(
        "mkdir -p srv/precious; touch srv/precious/x; echo 'root: /srv/precious' >{FILE}; chmod 644 {FILE}"
    ));
    let gone = tree.run(&["uninstall", "--purge", "--yes"]);
    let kept = "= file /etc/left4me/host.yaml: kept, it is the administrator's\n";
    assert!(gone.out.contains(kept), "{gone:?}");
    assert!(tree.root.join("srv/precious/x").exists() && !tree.root.join("var/lib/left4me").exists());
    assert_eq!(tree.read(FILE), "root: /srv/precious\n");
}

#[test]
fn a_bad_file_stops_what_would_act_on_it_and_nothing_else() {
    let tree = Tree::mine();
    tree.apply();
    let before = tree.listing();
    let place = tree.root.join(FILE).display().to_string();
    let table = [
        ("root: /srv/x\nprots: 27015-27030\n", ":2:1: unknown key 'prots'"),
        ("root: srv\n", ":1:7: LEFT4ME_ROOT 'srv' is not absolute"),
        ("steamcmd:\n  digest: abc\n", ":2:11: 'abc' is not a SHA-256 digest"),
        ("ports: 0-27030\n", ":1:8: ports '0-27030' is not within 1024 to 65535"),
        ("- root: /srv/x\n", ":1:1: the file is a list, not a mapping"),
    ];
    for (text, sentence) in table {
        tree.sh(&format!("printf %s '{text}' >{FILE}; chmod 0644 {FILE}"));
        for command in [&["plan"][..], &["apply", "--yes"], &["config"]] {
            let said = tree.run(command);
            assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
            assert!(said.err.starts_with(&format!("error: {place}{sentence}\nhint: ")), "{}", said.err);
        }
        let status = tree.run(&["status"]);
        assert!(
            status.code == 0 && status.out.contains(&format!("warning: {place}{sentence}\n")),
            "{status:?}"
        );
    }
    tree.sh(&format!("echo 'game: false' >{FILE}; chmod 0666 {FILE}"));
    let said = tree.run(&["apply", "--yes"]);
    assert!(
        said.err.starts_with(&format!("error: {place} can be written by users other than root\nhint: ")),
        "{said:?}"
    );
    tree.sh(&format!("rm {FILE}"));
    assert_eq!(tree.listing(), before);
}

#[test]
fn init_writes_down_what_the_host_has() {
    let tree = Tree::mine();
    let url = "https://mirror.example.org/steamcmd_linux.tar.gz";
    let digest = "ab".repeat(32);
    assert_eq!(tree.run(&["apply", "--yes", "--root", "/srv/l4d2"]).code, 0);
    let facts =
        format!(r#"{{"schema":1,"steamcmd":{{"url":"{url}","sha256":"{digest}","installed_at":1}}}}"#);
    tree.sh(&format!("printf '{facts}' >var/lib/left4me-setup/state.json
         mkdir -p srv/l4d2/steam; printf '#!/bin/sh\\n' >srv/l4d2/steam/steamcmd.sh; chmod 755 srv/l4d2/steam/steamcmd.sh"));
    let written = tree.run(&["config", "init"]);
    let lines = format!(
        "wrote /etc/left4me/host.yaml:\n  root: /srv/l4d2\n  steamcmd.mirror: {url}\n  \
         steamcmd.digest: {digest}\n  game: false\n"
    );
    assert_eq!((written.code, written.out), (0, lines));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&tree.root.join(FILE).metadata().unwrap().permissions());
    assert_eq!(mode & 0o7777, 0o644);
    for (key, value) in
        [("root", "/srv/l4d2"), ("steamcmd.mirror", url), ("steamcmd.digest", &digest), ("game", "false")]
    {
        assert_eq!(setting(&tree, key, &[]), pair(value, "file"), "{key}");
    }
    let before = tree.read(FILE);
    let again = tree.run(&["config", "init", "--root", "/srv/other"]);
    assert_eq!(again.code, 1);
    let said = format!(
        "error: {} exists already\nhint: edit it, and see what is in effect with: sudo left4me-setup config\n",
        tree.root.join(FILE).display()
    );
    assert_eq!((again.err, tree.read(FILE)), (said, before));
}

/// Before anything is set up: a file to begin with, and flags go into it.
#[test]
fn init_on_a_fresh_tree() {
    for tree in Tree::each() {
        let written = tree.run(&["config", "init", "--root", "/srv/l4d2"]);
        assert_eq!(
            written.out, "wrote /etc/left4me/host.yaml:\n  root: /srv/l4d2\n  game: true\n",
            "{written:?}"
        );
        assert_eq!(setting(&tree, "game", &[]), pair("true", "file"));
        tree.apply();
        assert!(tree.root.join("srv/l4d2/instances").is_dir());
        assert_eq!(tree.run(&["plan"]).code, 0);
    }
}

/// Whatever is wrong with it, the package gets configured, and nothing is applied that it may not want.
#[test]
fn the_package_is_configured_whatever_is_wrong_with_it() {
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_left4me-setup")).parent().unwrap();
    let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", programs.display());
    let table = [
        ("root: /srv/l4d2\n", "true", true),
        ("rot: /srv/l4d2\n", "true", false),
        ("root: /srv/l4d2\n", "chmod 0666", false),
        ("root: /srv/l4d2\n", "ln -sf /nowhere", false),
    ];
    for (text, change, is_applied) in table {
        let tree = with_file(text);
        tree.sh(&format!("{change} {FILE}"));
        let mut script = std::process::Command::new("sh");
        script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/debian/postinst")).arg("configure");
        tree.as_user(&mut script);
        let output = script.env("DPKG_ROOT", &tree.root).env("PATH", &path).output().unwrap();
        assert!(output.status.success(), "{change} {text}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("nothing was applied; correct host.yaml"), !is_applied, "{change}: {said}");
        assert_eq!(tree.root.join("srv/l4d2").exists(), is_applied, "{change} {text}");
    }
}
