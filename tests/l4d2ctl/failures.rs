//! What fails is said once, for whom it fails, and does not hold up the others.

use super::double::{available, free_port};
use super::host::Host;
use std::fs;
use std::net::{TcpListener, UdpSocket};

#[test]
fn several_at_once() {
    if !available() {
        return;
    }
    let host = Host::new();
    assert_eq!(host.as_root(&["stop", "--all"]).err, "note: there are no instances\n");
    host.initialize("a", &format!("port: {}", free_port()));
    host.initialize("b", &format!("port: {}", free_port()));
    let ended = host.as_root(&["start", "b", "absent", "a", "b"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.err, "error: there is no instance 'absent'\nhint: the instances are a, b\n");
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
            "left4me-systemctl stop-overlay a b\nleft4me-systemctl enable a b\nleft4me-systemctl show a b\n"
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
fn failures_of_the_helpers_are_passed_on() {
    if !available() {
        return;
    }
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
    host.set(
        "enable-fails.a",
        "A dependency job for left4me-server@a.service failed. See 'journalctl -xe' for details.\n",
    );
    host.set(
        "overlay",
        "Id=left4me-overlay@a.service\nActiveState=failed\nSubState=failed\nResult=exit-code\n",
    );
    host.set("journal.overlay", "left4me-overlay: the layer 'x' does not exist\n");
    tell("the overlay's unit fails", &["start", "a"]);
    fs::remove_file(host.path("enable-fails.a")).unwrap();
    host.set("disable-fails", "Failed to disable unit: no such thing\n");
    tell("disable fails", &["stop", "a"]);
    host.set("journal-code", "69");
    tell("the journal helper fails", &["logs", "a"]);
    host.set("sudo-fails", "sudo: a password is required\n");
    tell("sudo refuses", &["status"]);
    fs::remove_file(host.path("sudo-fails")).unwrap();
    tell("delete does not mind", &["delete", "a"]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_stop_tells_who_holds_the_tree() {
    if !available() {
        return;
    }
    let host = Host::new();
    host.initialize("a", "port: 27015");
    host.set("mounted.a", "");
    host.set("holder", "left4me-overlay: cannot unmount M: it is in use by sh (pid 7)\nhint: end what uses it and try again\n");
    let ended = host.as_root(&["stop", "a"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "stopping systemd service...\nstop complete.\n"));
    assert_eq!(
        ended.err,
        "note: the file tree of 'a' is still mounted: cannot unmount M: it is in use by sh (pid 7); the next start, reset or delete needs it gone\n"
    );
    let refusal = "error: the file tree of 'a' is still mounted: cannot unmount M: it is in use by sh (pid 7)\nhint: end what uses it and try again\n";
    for command in ["start", "restart", "reset", "delete"] {
        assert_eq!(host.as_root(&[command, "a"]).err, refusal, "{command}");
    }
    assert!(!host.calls().contains("enable"));
}

#[test]
fn a_port_in_use_is_said_before_the_start() {
    if !available() {
        return;
    }
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
