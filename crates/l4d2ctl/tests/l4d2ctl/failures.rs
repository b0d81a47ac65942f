//! What fails is said once, for whom it fails, and does not hold up the others.

use super::double::free_port;
use super::host::{Host, NOBODY};
use super::starts::runs_already;
use std::fs;
use std::net::{TcpListener, UdpSocket};

#[test]
#[ignore = "needs root: tests/run.sh"]
fn several_at_once() {
    let host = Host::new();
    assert_eq!(host.as_root(&["stop", "--all"]).err, "note: there are no instances\n");
    host.initialize("a", &format!("port: {}", free_port()));
    host.initialize("b", &format!("port: {}", free_port()));
    let ended = host.as_root(&["start", "b", "absent", "a", "b"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.err, "error: there is no instance 'absent'\nhint: instances on this host: a, b\n");
    let steps = ["copying server.cfg to runtime...", "starting systemd service...", "start complete."];
    let steps = |name: &str| steps.map(|step| format!("{name}: {step}\n")).concat();
    let by_name = |out: &str, name: &str| -> String {
        out.split_inclusive('\n').filter(|line| line.starts_with(&format!("{name}: "))).collect()
    };
    assert_eq!((by_name(&ended.out, "a"), by_name(&ended.out, "b")), (steps("a"), steps("b")));
    // What is needed is done once.
    assert_eq!(host.calls(), "left4me-systemctl enable b a\n");

    // One that fails is named and does not hold up the other.
    host.set("enable-fails.b", "Job for left4me-server@b.service failed.\n");
    let ended = host.as_root(&["restart", "--all"]);
    assert_eq!(ended.code, 5);
    assert!(ended.err.contains("error: 'b' did not start\n") && !ended.err.contains("'a'"), "{}", ended.err);
    assert!(ended.out.ends_with("a: restart complete.\n") && !ended.out.contains("b: restart complete."));
    let calls = host.calls();
    assert!(
        calls.starts_with(
            "left4me-systemctl stop-overlay a b\nleft4me-systemctl restart a b\n\
             left4me-systemctl --version\nleft4me-systemctl show a b\n"
        ),
        "{calls}"
    );
    host.as_root(&["stop", "a", "b"]).ok();
    host.as_root(&["delete", "--all"]).ok();
    assert_eq!(
        host.calls(),
        "left4me-systemctl disable a b\nleft4me-systemctl disable a b\nleft4me-systemctl stop-overlay a b\n"
    );
    assert_eq!(fs::read_dir(host.path("root/instances")).unwrap().count(), 0);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn failures_of_the_helpers_are_passed_on() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    let mut told = String::new();
    let mut tell = |what: &str, arguments: &[&str]| {
        let ended = host.as_root(arguments);
        told.push_str(&format!("# {what}\nexit {}\n{}{}\n", ended.code, ended.out, ended.err));
    };
    host.set("enable-fails.a", "Job for left4me-server@a.service failed.\n");
    host.set("journal", "one\n\u{1b}[31mlibrary missing\n");
    tell("the server's unit fails", &["start", "a"]);
    fs::remove_file(host.path("enable-fails.a")).unwrap();
    host.set(
        "mount-fails.a",
        "A dependency job for left4me-server@a.service failed. See 'journalctl -xe' for details.\n",
    );
    host.set(
        "overlay",
        "Id=left4me-overlay@a.service\nActiveState=failed\nSubState=failed\nResult=exit-code\n",
    );
    host.set("journal.overlay", "left4me-overlay: the layer 'x' does not exist\n");
    tell("the overlay's unit fails", &["start", "a"]);
    fs::remove_file(host.path("mount-fails.a")).unwrap();
    host.set("disable-fails", "Failed to disable unit: no such thing\n");
    tell("disable fails", &["stop", "a"]);
    host.set("journal-code", "69");
    tell("the journal helper fails", &["logs", "a"]);
    host.set("sudo-fails", "sudo: a password is required\n");
    tell("sudo refuses", &["status"]);
    // The last words of a server that was not even asked for would mislead.
    tell("sudo refuses to start", &["start", "a"]);
    fs::remove_file(host.path("sudo-fails")).unwrap();
    tell("delete does not mind", &["delete", "a"]);
    insta::assert_snapshot!(told);
}

/// /etc is read-only, say: what is forgiven is what holds all the same.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_helper_that_fails_is_forgiven_what_holds_without_it() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.initialize("b", &format!("port: {}", free_port()));
    let wants = |owner| std::os::unix::fs::chown(host.path("wants"), Some(owner), Some(owner)).unwrap();
    wants(0);
    let refusal = |name: &str| {
        format!(
            "error: '{name}' is running, but will not start at the next boot\nhint: fix the problem above, then run: sudo l4d2ctl start {name}\n"
        )
    };
    let ended = host.as_root(&["start", "a"]);
    assert!(
        ended.code == 1 && ended.err.ends_with(&refusal("a")) && !ended.err.contains("did not start"),
        "{}",
        ended.err
    );
    let ended = host.as_root(&["start", "a", "b"]);
    assert!(ended.code == 1 && ended.err.ends_with(&(refusal("a") + &refusal("b"))), "{}", ended.err);
    wants(NOBODY);
    host.as_root(&["start", "a", "b"]).ok();

    // Neither runs; but one of them would at the next boot.
    host.set("disable-fails", "left4me-systemctl: cannot remove: Read-only file system\n");
    ["a", "b"].iter().for_each(|name| host.set(&format!("unit.{name}"), "inactive\n"));
    fs::remove_file(host.path("wants/left4me-server@b.service")).unwrap();
    let ended = host.as_root(&["stop", "a", "b"]);
    assert_eq!((ended.code, ended.err.matches("error: ").count()), (3, 1), "{}", ended.err);
    assert!(
        ended.out.ends_with("b: stop complete.\n") && !ended.out.contains("a: stop complete."),
        "{}",
        ended.out
    );
    // Nor is one that runs.
    fs::remove_file(host.path("wants/left4me-server@a.service")).unwrap();
    host.set("unit.a", "active\n");
    assert_eq!(host.as_root(&["stop", "a", "b"]).code, 3);
    host.set("unit.a", "inactive\n");
    assert_eq!(host.as_root(&["stop", "a", "b"]).code, 0);
}

/// It may run already, but nobody made it start at the next boot, nor started it anew.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_refusal_of_sudo_is_no_success() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.as_root(&["start", "a"]).ok();
    host.set("mounted.a", "");
    // A warning alone is none.
    host.set(
        "enable-fails.a",
        "sudo: unable to resolve host x: Name or service not known\nsystemd's own words\n",
    );
    let warned = host.as_root(&["start", "a"]);
    assert!(warned.code == 5 && warned.err.ends_with("a --no-follow shows more\n"), "{}", warned.err);
    fs::remove_file(host.path("enable-fails.a")).unwrap();
    host.set("unit.a", "active\n");
    host.set("sudo-refuses", "Sorry, user left4me is not allowed to execute it as root on x.\n");
    let refusal = "error: sudo did not run left4me-systemctl (exit code 1)\n\
                   hint: sudo left4me-setup doctor shows why; sudo left4me-setup apply restores the sudo rules\n";
    let ended = host.as_root(&["start", "a"]);
    assert!(ended.code == 1 && !ended.out.contains("complete"), "{}{}", ended.out, ended.err);
    assert!(
        ended
            .err
            .ends_with(&format!("Sorry, user left4me is not allowed to execute it as root on x.\n{refusal}")),
        "{}",
        ended.err
    );
    fs::remove_file(host.path("mounted.a")).unwrap();
    let ended = host.as_root(&["restart", "a"]);
    assert!(ended.code == 1 && ended.err.ends_with(refusal), "{}", ended.err);
}

/// The game's layers may not change below a mount, so whoever mounts keeps others from changing them, and the other
/// way round.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn no_start_while_the_game_is_changed() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.set("root/.game.lock", "");
    let changed = fs::File::open(host.path("root/.game.lock")).unwrap();
    changed.lock().unwrap();
    let refusal = "error: the game is being changed, and no server can start until that is done\nhint: try again later; [DIR]/root/logs/steamcmd.log shows SteamCMD's progress\n";
    for command in ["start", "restart"] {
        assert_eq!(host.as_root(&[command, "a"]).failed(), format!("exit 1\n{refusal}"), "{command}");
    }
    assert_eq!(host.calls(), "");
    changed.unlock().unwrap();
    host.as_root(&["start", "a"]).ok();
    assert_eq!(fs::read_to_string(host.path("game")).unwrap(), "held\n", "while it is mounted");
    changed.try_lock().expect("and let go of afterwards");
    // One that runs has its mount, which others look for.
    host.set("mounted.a", "");
    let ended = host.as_root(&["start", "a"]);
    assert_eq!((ended.code, ended.err), (0, runs_already("a")));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_key_written_twice_is_told_before_the_start() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    host.set("root/instances/a/instance.env", "L4D2_PORT=27015\nL4D2_LOWERDIRS=/x\nL4D2_PORT=27016\n");
    let refusal = "error: [DIR]/root/instances/a/instance.env has L4D2_PORT twice\n\
                   hint: remove one of the lines: sudo grep -n L4D2_PORT [DIR]/root/instances/a/instance.env\n";
    for command in [&["start", "a"][..], &["restart", "a"], &["overlay", "show", "a"]] {
        assert_eq!(host.as_root(command).failed(), format!("exit 1\n{refusal}"), "{command:?}");
    }
    assert_eq!(host.calls(), "");
    assert!(host.as_root(&["list", "--json"]).ok().contains("\"port\": null"));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn two_of_one_command_with_one_port() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    host.initialize("b", &format!("port: {}", free_port()));
    host.set("root/instances/b/instance.env", &format!("L4D2_PORT={port}\n"));
    for (command, started) in
        [("start", "enable a\n"), ("restart", "stop-overlay a\nleft4me-systemctl restart a\n")]
    {
        let ended = host.as_root(&[command, "a", "b"]);
        let expected = format!(
            "error: port {port} is also used by 'a', which this command starts too\nhint: give each instance its own port; sudo l4d2ctl list shows the ports\n"
        );
        assert_eq!((ended.code, ended.err), (1, expected));
        assert_eq!(host.calls(), format!("left4me-systemctl {started}"));
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_stop_tells_who_holds_the_tree() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    host.set("mounted.a", "");
    host.set("holder", "left4me-overlay: cannot unmount M: it is in use by sh (pid 7)\nhint: end what uses it and try again\n");
    let ended = host.as_root(&["stop", "a"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "stopping systemd service...\nstop complete.\n"));
    assert_eq!(
        ended.err,
        "note: the file tree of 'a' is still mounted: cannot unmount M: it is in use by sh (pid 7); free it before the next start, reset or delete\n"
    );
    let refusal = "error: the file tree of 'a' is still mounted: cannot unmount M: it is in use by sh (pid 7)\nhint: end those processes and try again\n";
    for command in ["start", "restart", "reset", "delete"] {
        assert_eq!(host.as_root(&[command, "a"]).err, refusal, "{command}");
    }
    assert!(!host.calls().contains("enable"));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_port_in_use_is_said_before_the_start() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    let refusal = |host: &Host| host.as_root(&["start", "a"]).failed().replace(&port.to_string(), "PORT");
    let udp = UdpSocket::bind(("0.0.0.0", port)).unwrap();
    let mut told = refusal(&host);
    drop(udp);
    let tcp = TcpListener::bind(("127.0.0.1", port)).unwrap();
    told += &refusal(&host);
    // A second instance with the same port cannot be made any more, but old hosts may have one.
    fs::create_dir(host.path("root/instances/old")).unwrap();
    host.set("root/instances/old/instance.env", &format!("L4D2_PORT={port}\n"));
    told += &refusal(&host);
    drop(tcp);
    insta::assert_snapshot!(told);
    assert!(!host.calls().contains("enable"));
}
