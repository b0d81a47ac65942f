//! `restart --when-empty`: whom it restarts, whom it leaves alone, and in which order.

use super::double::{SILENT, free_port, serve_players};
use super::host::Host;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Running servers with so many people each, of which systemd and the mounts know.
pub fn servers(people: &[(&str, u8)]) -> (Host, Vec<Arc<AtomicU8>>) {
    let host = Host::new();
    fs::create_dir_all(host.path("run/left4me")).unwrap();
    let serve = |(name, people): &(&str, u8)| {
        let port = free_port();
        host.initialize(name, &format!("port: {port}"));
        host.set(&format!("unit.{name}"), "active\n");
        // As it was mounted: another server.cfg is pending.
        host.set(&format!("run/left4me/{name}.env"), &format!("L4D2_PORT={port}\nL4D2_ARGS=-old\n"));
        serve_players(&host, name, port, *people)
    };
    let players = people.iter().map(serve).collect();
    host.calls();
    (host, players)
}

/// The restarts that were asked of the helpers, in their order.
pub fn restarts(host: &Host) -> Vec<String> {
    let calls = host.calls();
    calls
        .lines()
        .filter_map(|line| line.strip_prefix("left4me-systemctl restart "))
        .map(str::to_owned)
        .collect()
}

fn queue(host: &Host) -> String {
    fs::read_to_string(host.path("root/restart-queue.json")).unwrap_or_default()
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn empty_ones_are_restarted_and_the_rest_is_named() {
    let (host, players) = servers(&[("a", 2), ("b", 0), ("c", SILENT), ("d", 0)]);
    let ended = host.as_root(&["restart", "--all", "--when-empty"]);
    assert_eq!(ended.code, 75, "{}", ended.err);
    assert_eq!(
        ended.err,
        "error: these servers were not restarted, because they are not empty: a (2 players), c (does not answer)\n\
         hint: have them restarted once they are empty: sudo l4d2ctl restart a c --when-empty --queue\n"
    );
    assert_eq!(restarts(&host), ["b", "d"]);
    insta::assert_snapshot!(ended.out);
    // Those that run what they would run anyway are not pending; a name is restarted all the same.
    for (name, players) in ["a", "b", "c", "d"].into_iter().zip(players) {
        players.store(0, Ordering::SeqCst);
        let wanted = fs::read_to_string(host.path(&format!("root/instances/{name}/instance.env"))).unwrap();
        let unit: String = wanted.lines().take(2).map(|line| format!("{line}\n")).collect();
        host.set(&format!("run/left4me/{name}.env"), &unit);
    }
    let ended = host.as_root(&["restart", "--all", "--when-empty"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, "note: no restart is pending\n"));
    assert_eq!(restarts(&host), [""; 0]);
    let ended = host.as_root(&["restart", "a", "c", "--when-empty", "--max-parallel", "2"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    assert_eq!(restarts(&host), ["a c"]);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn one_that_does_not_come_back_ends_it() {
    let (host, _players) = servers(&[("a", 0), ("b", 0), ("c", 0)]);
    host.set("enable-fails.b", "broken\n");
    host.set("journal", "Started x.\nlast words\n");
    let ended = host.as_root(&["restart", "--all", "--when-empty"]);
    assert_eq!(ended.code, 1);
    assert_eq!(restarts(&host), ["a", "b"]);
    for sentence in
        ["last words\n", "error: 'b' did not start\n", "note: left alone because of the error above: c\n"]
    {
        assert!(ended.err.contains(sentence), "{}", ended.err);
    }
}

/// Waits until the program has printed this.
fn printed(child: &mut Child, text: &str) {
    use std::io::Read;
    let mut shown = Vec::new();
    let out = child.stdout.as_mut().unwrap();
    while !String::from_utf8_lossy(&shown).contains(text) {
        let mut byte = [0];
        assert_eq!(out.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
}

pub fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

fn time_of_day(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let moment = format!("@{}", now.checked_add_signed(seconds).unwrap());
    let output = Command::new("date").args(["-d", &moment, "+%H:%M"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn it_waits_for_players_and_is_cancelled() {
    let (host, players) = servers(&[("a", 1)]);
    let begin = || {
        let mut command = host.root_command();
        command.args(["restart", "a", "--when-empty", "--deadline", &time_of_day(3600)]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = begin();
    printed(&mut child, "a: 1 player; waiting until it is empty or it is ");
    assert_eq!(restarts(&host), [""; 0]);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: cancelled; not restarted: a\n");
    assert_eq!(restarts(&host), [""; 0]);

    let mut child = begin();
    printed(&mut child, "waiting");
    players[0].store(0, Ordering::SeqCst);
    assert!(child.wait().unwrap().success());
    assert_eq!(restarts(&host), ["a"]);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_queue_outlives_its_command() {
    let (host, players) = servers(&[("a", 1), ("b", 0), ("c", 3)]);
    let ended = host.as_root(&["restart", "--all", "--when-empty", "--queue", "--warn", "60"]);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (0, "note: queued: a, b, c; to see and cancel: sudo l4d2ctl restart --queued\n")
    );
    assert_eq!(restarts(&host), [""; 0]);
    let queued = |host: &Host| {
        let shown = host.as_root(&["restart", "--queued"]).out;
        shown.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(queued(&host), ["a", "b", "c"]);
    assert!(queue(&host).starts_with("{\n  \"schema\": 1,\n"), "{}", queue(&host));
    // The timer's look: b is restarted, the others wait.
    host.as_root(&["restart", "--run-queue"]);
    assert_eq!(
        (restarts(&host), queued(&host)),
        (vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()])
    );
    let status = host.as_root(&["status"]).err;
    assert!(status.contains("note: the restart of 'a' is queued since "), "{status}");
    // Cancelled, and deleted.
    let ended = host.as_root(&["restart", "--queued", "--cancel", "b"]);
    assert!(ended.err.starts_with("error: no restart of 'b' is queued\n"), "{}", ended.err);
    let ended = host.as_root(&["restart", "--queued", "--cancel", "c"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, "note: no longer queued: c\n"));
    host.initialize("d", &format!("port: {}", free_port()));
    host.as_root(&["restart", "d", "--when-empty", "--queue"]);
    fs::remove_dir_all(host.path("root/instances/d")).unwrap();
    assert_eq!(queued(&host), ["a"]);
    // A failure stays, and holds up the rest, until it is queued anew.
    host.as_root(&["restart", "c", "--when-empty", "--queue"]);
    players.iter().for_each(|players| players.store(0, Ordering::SeqCst));
    host.set("enable-fails.a", "broken\n");
    for code in [1, 0] {
        assert_eq!(host.as_root(&["restart", "--run-queue"]).code, code);
    }
    assert_eq!(restarts(&host), ["a"]);
    let shown = host.as_root(&["restart", "--queued"]).out;
    assert!(shown.contains(", failed: 'a' did not start\n"), "{shown}");
    fs::remove_file(host.path("enable-fails.a")).unwrap();
    host.as_root(&["restart", "a", "--when-empty", "--queue"]);
    host.as_root(&["restart", "--run-queue"]);
    assert_eq!(restarts(&host), ["c", "a"]);
    assert!(!host.path("root/restart-queue.json").exists());
    assert_eq!(host.as_root(&["restart", "--queued"]).err, "note: no restarts are queued\n");
}

/// Whoever plays when the time has come was warned, or could not be.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn at_the_deadline_everyone_is_restarted() {
    let (host, _players) = servers(&[("a", 2)]);
    host.as_root(&["restart", "a", "--when-empty", "--queue", "--deadline", &time_of_day(7200)]);
    let at = |host: &Host, deadline: u64| {
        let mut queue: serde_json::Value = serde_json::from_str(&queue(host)).unwrap();
        queue["restarts"][0]["deadline"] = deadline.into();
        host.set("root/restart-queue.json", &queue.to_string());
    };
    host.as_root(&["restart", "--run-queue"]).ok();
    assert_eq!(restarts(&host), [""; 0]);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    // The timer looks every minute, and waits for a deadline within it.
    let deadline = now() + 6;
    at(&host, deadline);
    let ended = host.as_root(&["restart", "--run-queue"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(now() >= deadline && now() < deadline + 30);
    assert_eq!(restarts(&host), ["a"]);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_damaged_queue_is_an_error_with_a_way_out() {
    let (host, _players) = servers(&[("a", 0)]);
    for text in ["", "{", "{\"schema\": 2, \"restarts\": []}"] {
        host.set("root/restart-queue.json", text);
        let ended = host.as_root(&["restart", "--queued"]);
        assert_eq!(ended.code, 1, "{text}");
        assert!(
            ended.err.starts_with("error: [DIR]/root/restart-queue.json is damaged\nhint: "),
            "{}",
            ended.err
        );
        assert_eq!(host.as_root(&["status"]).code, 0);
    }
}
