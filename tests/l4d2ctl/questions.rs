//! What a person at a terminal is asked before something is lost, and what `--all` leaves alone.

use super::double::{available, free_port};
use super::host::Host;
use std::fs;

fn three(host: &Host) {
    for name in ["a", "b", "c"] {
        host.initialize(name, &format!("port: {}\n", free_port()));
    }
    host.set("unit.a", "active\n");
    fs::write(host.path("root/runtime/b/upper/demo.dem"), [1; 8192]).unwrap();
    host.give(&host.path("root"));
    host.calls();
}

#[test]
fn a_person_is_asked_before_something_is_lost() {
    if !available() {
        return;
    }
    let host = Host::new();
    three(&host);
    for verb in ["delete", "reset"] {
        let (code, shown) = host.on_terminal(&[verb, "a", "b", "c"], "no\n");
        assert_eq!(code, 1, "{shown}");
        assert!(
            shown.contains(&format!(
                "{verb} stops these servers, and what they wrote is lost:\n  a: running\n  b: stopped, 8.0K on disk\n"
            )),
            "{shown}"
        );
        assert!(shown.ends_with("error: nothing was changed\n"), "{shown}");
        assert!(!host.calls().contains("disable"));
    }
    // An end of file is no yes.
    assert_eq!(host.on_terminal(&["delete", "b"], "\u{4}").0, 1);
    assert!(host.path("root/runtime/b/upper/demo.dem").exists());
    // Nothing runs and nothing was written: nothing to ask.
    let (code, shown) = host.on_terminal(&["reset", "c"], "");
    assert_eq!((code, shown.contains("go on?")), (0, false), "{shown}");
    let (code, shown) = host.on_terminal(&["delete", "b"], "yes\n");
    assert_eq!(code, 0, "{shown}");
    assert!(!host.path("root/instances/b").exists());
    let (code, shown) = host.on_terminal(&["delete", "a", "--yes"], "");
    assert_eq!((code, shown.contains("go on?")), (0, false), "{shown}");
    assert!(!host.path("root/instances/a").exists());
}

#[test]
fn a_slip_on_a_terminal_is_an_error_and_in_a_script_is_done_already() {
    if !available() {
        return;
    }
    let host = Host::new();
    three(&host);
    for arguments in [&["delete", "typo"][..], &["reset", "typo"], &["delete", "typo", "-y"]] {
        let (code, shown) = host.on_terminal(arguments, "");
        assert_eq!(
            (code, shown.as_str()),
            (1, "error: there is no instance 'typo'\nhint: the instances are a, b, c\n"),
            "{arguments:?}"
        );
        let ended = host.as_root(arguments);
        assert_eq!((ended.code, ended.err.as_str()), (0, "note: there is no instance 'typo'\n"));
    }
    // Half an instance, as a killed delete leaves it, can still be deleted.
    fs::remove_file(host.path("root/instances/c/instance.env")).unwrap();
    let (code, shown) = host.on_terminal(&["delete", "c"], "");
    assert_eq!(code, 0, "{shown}");
    assert!(!host.path("root/instances/c").exists());
}

#[test]
fn all_leaves_alone_what_was_stopped_on_purpose() {
    if !available() {
        return;
    }
    let host = Host::new();
    three(&host);
    // a runs and does not start at boot, b starts at boot and has crashed, c was stopped.
    fs::write(host.path("wants/left4me-server@b.service"), "").unwrap();
    host.set("unit.b", "failed\n");
    let ended = host.as_root(&["restart", "--all"]);
    assert_eq!(ended.err, "note: c is stopped and left alone; sudo l4d2ctl start c starts it\n");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(host.calls().ends_with("left4me-systemctl stop-overlay a b\nleft4me-systemctl restart a b\n"));
    let ended = host.as_root(&["start", "--all"]);
    assert_eq!(
        ended.err,
        "note: c is stopped and left alone; sudo l4d2ctl start --all --stopped starts it too\n"
    );
    assert!(host.calls().ends_with("left4me-systemctl enable a b\n"));
    assert_eq!(host.as_root(&["start", "--all", "--stopped"]).err, "");
    assert!(host.calls().ends_with("left4me-systemctl enable a b c\n"));
    assert_eq!(host.as_root(&["start", "a", "--stopped"]).code, 2);
}
