//! `restart --when-empty` while something else happens: a signal while a server is down, another
//! look at the queue, a player who joins at the last moment.

use super::double::JOINS;
use super::host::Host;
use super::rolling::{interrupt, restarts, servers};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

/// What the program says once it was interrupted while a server is down, up to where it goes on.
fn said_of_signal(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

/// Starts the program and waits until a server is down, which stays so until `start-waits` is gone.
fn with_one_down(host: &Host, arguments: &[&str]) -> Child {
    host.set("start-waits", "");
    let mut command = host.root_command();
    let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !fs::read_to_string(host.path("calls")).unwrap().contains("left4me-systemctl restart ") {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(fs::read_to_string(host.path("unit.a")).unwrap(), "inactive\n");
    child
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_signal_leaves_no_server_down_and_a_second_one_ends_at_once() {
    const SAID: &str = "note: finishing this step; once more ends at once, and may leave a server down\n";
    let (host, _players) = servers(&[("a", 0), ("b", 0)]);
    let state = |name: &str| fs::read_to_string(host.path(&format!("unit.{name}"))).unwrap();
    let mut child = with_one_down(&host, &["restart", "--all", "--when-empty"]);
    interrupt(&child);
    assert_eq!(said_of_signal(&mut child), SAID);
    fs::remove_file(host.path("start-waits")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: cancelled; not restarted: b\n");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("a: restart complete.\n"), "{out}");
    assert_eq!((state("a").as_str(), restarts(&host)), ("active\n", vec!["a".to_owned()]));

    let mut child = with_one_down(&host, &["restart", "a", "--when-empty"]);
    interrupt(&child);
    assert_eq!(said_of_signal(&mut child), SAID);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(state("a"), "inactive\n");
    // systemd goes on with what it was asked.
    fs::remove_file(host.path("start-waits")).unwrap();
    while state("a") != "active\n" {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn who_joins_at_the_last_look_keeps_playing() {
    let (host, _players) = servers(&[("a", JOINS), ("b", 0)]);
    let ended = host.as_root(&["restart", "a", "b", "--when-empty", "--max-parallel", "2"]);
    assert_eq!(ended.code, 75, "{}", ended.err);
    assert!(ended.out.contains("a: 1 player; not now\n"), "{}", ended.out);
    assert!(ended.err.contains("are not empty: a (1 player)\n"), "{}", ended.err);
    assert_eq!(restarts(&host), ["b"]);
}

/// The timer's service and a person who has a look at the same time.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn two_looks_at_the_queue_restart_a_server_once() {
    let (host, _players) = servers(&[("a", 0)]);
    host.as_root(&["restart", "a", "--when-empty", "--queue"]);
    let first = with_one_down(&host, &["restart", "--run-queue"]);
    let second = host.as_root(&["restart", "--run-queue"]);
    assert_eq!((second.code, second.out.as_str(), second.err.as_str()), (0, "", ""));
    fs::remove_file(host.path("start-waits")).unwrap();
    let output = first.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(restarts(&host), ["a"]);
    assert!(!host.path("root/restart-queue.json").exists());
}
