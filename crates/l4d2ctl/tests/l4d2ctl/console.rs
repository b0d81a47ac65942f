//! `rcon`: replies, failures, and what a hostile server makes of them.

use super::double::free_port;
use super::host::{Ended, Host};
use left4me_test_support::engine::Engine;
use left4me_test_support::rcon::{packet, properly, serve};
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An instance that runs, with this configuration and this console.
pub fn running(
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

/// It says which build comes next; what runs is known without it.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_damaged_list_of_builds_takes_away_neither_status_nor_console() {
    let host = Host::new();
    running(&host, "a", "rcon_password secret", properly);
    std::fs::create_dir(host.path("root/updates")).unwrap();
    host.set("root/updates/current", "17000000\nnonsense\n");
    assert_eq!(host.as_root(&["rcon", "a", "status"]).ok(), "status\n");
    let damage = "note: [DIR]/root/updates/current line 2 is not a build id: nonsense\n\
                  hint: choose a build again: sudo left4me-setup game list, then sudo left4me-setup game rollback BUILD\n";
    let table = host.as_root(&["status"]);
    assert_eq!((table.code, table.err.as_str()), (0, damage));
    assert!(table.out.contains("running"), "{}", table.out);
    let json = host.as_root(&["status", "--json"]);
    assert_eq!((json.code, json.err.as_str()), (0, damage));
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let one = &json["instances"][0];
    assert_eq!((one["state"].as_str(), one["next_build"].is_null()), (Some("running"), true));
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
    // A wrong password is tried once, and what is no command opens no connection.
    assert_eq!(wrong.load(Ordering::SeqCst), 1);
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

/// The game's directory of an instance that runs, with the simulated engine in it.
pub fn engine(host: &Host, name: &str, config: &str) -> Engine {
    let port = free_port();
    host.initialize(name, &format!("port: {port}\nconfig: [{config}]"));
    host.as_root(&["start", name]);
    host.calls();
    Engine::start(&host.path(&format!("root/runtime/{name}/upper")), port)
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn the_engine_replies() {
    let host = Host::new();
    let engine = engine(&host, "a", "hostname My Server, rcon_password secret");
    let rcon = |arguments: &[&str]| host.as_root(&[&["rcon", "a"], arguments].concat());
    engine.set_players("Nick\t3\t61.5\n*Coach\n");
    let status = rcon(&["status"]).ok();
    assert!(status.contains("hostname: My Server\n") && status.contains("1 humans, 1 bots"), "{status}");
    assert_eq!(rcon(&["say", "hello there"]).ok(), "");
    engine.wait_for("Console: hello there\n");
    // Some 200 KB, cut anywhere, also in a character.
    let variables = rcon(&["cvarlist"]).ok();
    let lines = variables.lines().filter(|line| line.contains("a variable of the double, \u{b7} ")).count();
    assert_eq!(lines, 2500);
    assert!(variables.ends_with("2500 total convars/concommands\n"), "{} bytes", variables.len());
    assert_eq!(rcon(&["meta", "list"]).ok(), "Unknown command \"meta\"\n");
    assert!(rcon(&["rcon_password", "other"]).err.contains("closed the connection without a whole reply"));
    // The files still say the old one; five such logins are one too many.
    for _ in 0..5 {
        assert!(rcon(&["status"]).err.contains("'a' refused the rcon password"));
    }
    engine.wait_for("Banning 127.0.0.1");
    assert!(rcon(&["status"]).err.contains("'a' closed the connection at the login"));
    assert!(!engine.log().contains("secret"));
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn status_names_players_when_asked_to() {
    let host = Host::new();
    let engine = engine(&host, "a", "hostname x");
    host.initialize("stopped", "port: 27015");
    engine.set_players("Nick\t3\t61.5\n*a\u{1b}[2J\t0\t7300\n");
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&host.as_root(&[&["status", "--json"], arguments].concat()).ok()).unwrap()
    };
    let status = json(&["--players"]);
    assert_eq!(
        status["instances"][0]["players"],
        serde_json::json!([
            {"name": "Nick", "score": 3, "seconds": 61},
            {"name": "a\u{1b}[2J", "score": 0, "seconds": 7300},
        ])
    );
    assert_eq!(status["instances"][1].get("players"), None);
    assert_eq!(json(&[])["instances"][0].get("players"), None);
    // Each of these takes three datagrams, as many as the engine hears in a second.
    let shown = host.as_root(&["status", "--players"]).ok();
    let table = shown.split_once("\n\n").map(|(_, table)| table).unwrap_or_default();
    let expected = "SERVER  PLAYER      SCORE  TIME\n\
                    a       Nick        3      1m 1s\n\
                    a       a\\u{1b}[2J  0      2h 1m\n";
    assert_eq!(table, expected, "{shown}");
    engine.set_players("");
    assert!(host.as_root(&["status", "--players"]).ok().ends_with("\n\nnobody plays\n"));
}
