//! `rcon`: replies, failures, and what a hostile server makes of them.

use super::double::free_port;
use super::host::{Ended, Host};
use left4me_test_support::rcon::{packet, properly, serve};
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An instance that runs, with this configuration and this console.
fn running(
    host: &Host,
    name: &str,
    config: &str,
    answer: impl Fn(i32, i32, &[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> Arc<AtomicUsize> {
    let port = free_port();
    host.initialize(name, &format!("port: {port}\nconfig: [{config}]"));
    host.as_root(&["start", name]);
    host.calls();
    serve(TcpListener::bind(("127.0.0.1", port)).unwrap(), answer)
}

fn with_input(host: &Host, arguments: &[&str], input: &[u8]) -> Ended {
    let mut command = host.root_command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Ended::of(host, child.wait_with_output().unwrap())
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn replies_are_printed() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", properly);
    for (arguments, reply) in [
        (&["rcon", "a", "status"][..], "status\n"),
        (&["rcon", "a", "--", "say", "--all", "-x"], "say --all -x\n"),
        (&["rcon", "a", "--timeout", "9", "say", "hello", "--timeout"], "say hello --timeout\n"),
        (&["rcon", "--timeout=9", "a", "kick", "two words"], "kick \"two words\"\n"),
        (&["rcon", "--all", "say", "hi"], "a: say hi\n"),
        (&["rcon", "--all", "--", "status"], "a: status\n"),
    ] {
        assert_eq!(host.as_root(arguments).ok(), reply, "{arguments:?}");
    }
    assert_eq!(host.as_root(&["rcon", "a", "long"]).ok().len(), 400_001);
    assert_eq!(with_input(&host, &["rcon", "a"], b"one\n\n  two \nthree").ok(), "one\ntwo\nthree\n");
    assert_eq!(with_input(&host, &["rcon", "a"], b"").ok(), "");
    // What ends the connection ends the script.
    let ended = with_input(&host, &["rcon", "a"], b"one\nquit\ntwo\n");
    assert_eq!((ended.code, ended.out.as_str()), (1, "one\n"));
    insta::assert_snapshot!(ended.err);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn failures_say_what_to_do() {
    let host = Host::new();
    let mut told = String::new();
    let mut fails = |arguments: &[&str]| {
        told += &format!("$ l4d2ctl {}\n{}", arguments.join(" "), host.as_root(arguments).failed());
    };
    fails(&["rcon", "a", "status"]);
    fails(&["rcon"]);
    fails(&["rcon", "--all"]);
    host.initialize("a", "port: 27015");
    fails(&["rcon", "a", "status"]);
    running(&host, "none", "hostname x", properly);
    fails(&["rcon", "none", "status"]);
    let wrong = running(&host, "wrong", "rcon_password wrong", properly);
    fails(&["rcon", "wrong", "status"]);
    running(&host, "banned", "rcon_password secret", |_, _, _| None);
    fails(&["rcon", "banned", "status"]);
    running(&host, "silent", "rcon_password secret", |id, kind, body| {
        if kind == 3 { properly(id, kind, body) } else { Some(Vec::new()) }
    });
    fails(&["rcon", "silent", "--timeout=1", "status"]);
    fails(&["rcon", "wrong", "a\nb"]);
    insta::assert_snapshot!(told);
    // A wrong password is tried once by each command.
    assert_eq!(wrong.load(Ordering::SeqCst), 2);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn of_all_one_failure_does_not_hold_up_the_others() {
    let host = Host::new();
    host.initialize("stopped", "port: 27015");
    assert_eq!(host.as_root(&["rcon", "--all", "status"]).err, "note: no instance is running\n");
    running(&host, "a", "rcon_password secret", properly);
    running(&host, "b", "rcon_password wrong", properly);
    running(&host, "c", "rcon_password secret", properly);
    let ended = host.as_root(&["rcon", "--all", "status"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, "a: status\nc: status\n"));
    assert!(ended.err.starts_with("error: 'b' refused the rcon password\nhint: "), "{}", ended.err);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_reply_steers_no_terminal() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", |id, kind, body| match kind {
        2 => Some(packet(id, 0, b"\x1b]0;owned\x07 \x9b2J caf\xe9\r\nbidi \xe2\x80\xae\0x")),
        _ => properly(id, kind, body),
    });
    let shown = "\\u{1b}]0;owned\\u{7} \\x9b2J caf\\xe9\nbidi \\u{202e}\\u{0}x\n";
    assert_eq!(host.as_root(&["rcon", "a", "status"]).ok(), shown);
    assert_eq!(host.on_terminal(&["rcon", "a", "status"], ""), (0, shown.to_owned()));
    let raw = host.root_command().args(["rcon", "a", "--raw", "status"]).output().unwrap();
    assert_eq!(raw.stdout, b"\x1b]0;owned\x07 \x9b2J caf\xe9\r\nbidi \xe2\x80\xae\0x\n");
}
