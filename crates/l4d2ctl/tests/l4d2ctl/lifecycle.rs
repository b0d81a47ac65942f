//! start, stop, restart, reset, delete, status and logs, as root on a host of doubles: the contract of the web app.

use super::double::{free_port, serve};
use super::host::{Host, NOBODY, owned_by_the_runtime_user};
use super::starts::runs_already;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_web_apps_calls() {
    let host = Host::new();
    let port = free_port();
    host.overlay("8", Some("from eight"));
    host.spec(&format!(
        "port: {port}\noverlays: [{{path: '8', alias: overlay_8}}]\nconfig: ['exec server_overlay_8']\n"
    ));
    let table: &[(&[&str], &str, &str)] = &[
        (
            &["initialize", "7", "-f", "s.yaml"],
            "creating instance directories...\nwriting instance.env...\nwriting server.cfg...\ninitialization complete.\n",
            "",
        ),
        (
            &["start", "7"],
            "copying server.cfg to runtime...\nstarting systemd service...\nstart complete.\n",
            "left4me-systemctl enable 7\n",
        ),
        // Running already: only its survival is asked for.
        (
            &["start", "7"],
            "starting systemd service...\nstart complete.\n",
            "left4me-systemctl show 7\nleft4me-systemctl enable 7\n",
        ),
        (&["logs", "7", "--lines", "50", "--no-follow"], "", "left4me-journalctl 7 --lines 50 --no-follow\n"),
        (&["logs", "7", "--lines", "200", "--follow"], "", "left4me-journalctl 7 --lines 200 --follow\n"),
        (&["logs", "7"], "", "left4me-journalctl 7 --lines 200 --follow\n"),
        (
            &["restart", "7"],
            "stopping systemd service...\ncopying server.cfg to runtime...\nstarting systemd service...\nrestart complete.\n",
            "left4me-systemctl stop-overlay 7\nleft4me-systemctl restart 7\n",
        ),
        (&["stop", "7"], "stopping systemd service...\nstop complete.\n", "left4me-systemctl disable 7\n"),
        (&["stop", "7"], "stopping systemd service...\nstop complete.\n", "left4me-systemctl disable 7\n"),
        (
            &["reset", "7"],
            "stopping systemd service (if running)...\nremoving runtime files...\nreset complete.\n",
            "left4me-systemctl disable 7\nleft4me-systemctl stop-overlay 7\n",
        ),
        (
            &["delete", "7"],
            "stopping systemd service (if running)...\nremoving instance files...\ndelete complete.\n",
            "left4me-systemctl disable 7\nleft4me-systemctl stop-overlay 7\n",
        ),
    ];
    for (arguments, out, calls) in table {
        let runs = calls.starts_with("left4me-systemctl show 7");
        if runs {
            host.set("mounted.7", "");
        }
        let ended = host.as_root(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (0, *out), "{arguments:?}");
        assert_eq!(ended.err, if runs { runs_already("7") } else { String::new() }, "{arguments:?}");
        assert_eq!(host.calls(), *calls, "{arguments:?}");
        let _ = fs::remove_file(host.path("mounted.7"));
        owned_by_the_runtime_user(&host.path("root"));
        let cfg =
            |file: &str| fs::read_to_string(host.path("root/runtime/7/upper/left4dead2/cfg").join(file)).ok();
        if arguments == &["start", "7"] {
            assert_eq!(cfg("server.cfg").as_deref(), Some("exec server_overlay_8"));
            assert_eq!(cfg("server_overlay_8.cfg").as_deref(), Some("from eight"));
            // The helper was called as the runtime user, with nothing of root's environment.
            let caller = fs::read_to_string(host.path("caller")).unwrap();
            assert_eq!(caller, format!("{NOBODY} HOME= LD= /\n"));
        }
        if arguments[0] == "reset" {
            assert_eq!(fs::read_dir(host.path("root/runtime/7/upper")).unwrap().count(), 0);
            assert!(host.path("root/instances/7/instance.env").exists());
        }
    }
    assert!(!host.path("root/instances/7").exists() && !host.path("root/runtime/7").exists());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_a_crash_left_in_work_is_removed() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    fs::create_dir(host.path("root/runtime/a/work/work")).unwrap();
    host.give(&host.path("root"));
    host.as_root(&["delete", "a"]).ok();
    assert!(host.calls().ends_with("left4me-systemctl stop-overlay a\nleft4me-overlay umount a\n"));
    assert!(!host.path("root/runtime/a").exists());
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn wait_ends_with_an_answer_or_a_reason() {
    let host = Host::new();
    let port = free_port();
    let moved =
        format!("Socket bound to non-default port {} because original port was already in use.", port + 1);
    host.initialize("a", &format!("port: {port}"));
    // What an earlier run said does not count.
    host.set("journal", &format!("{moved}\nStarted x.\nlast words\n"));
    let ended = host.as_root(&["start", "a", "--wait=1"]);
    let expected = format!(
        "  {moved}\n  Started x.\n  last words\nerror: 'a' did not answer on port {port} within 1 s\nhint: sudo l4d2ctl logs a --no-follow shows more\n"
    );
    assert_eq!((ended.code, ended.err), (1, expected));
    host.set("journal", &format!("Started x.\n{moved}\n"));
    assert!(
        host.as_root(&["start", "a", "--wait=1"])
            .err
            .starts_with(&format!("error: 'a' uses port {}", port + 1))
    );
    // A server that ends while it starts is not waited for to the end.
    host.set("journal", "Started x.\n");
    host.set("after-enable", "failed");
    let began = Instant::now();
    assert!(
        host.as_root(&["restart", "a", "--wait=60"])
            .err
            .contains("error: 'a' stopped while starting (exit-code)\n")
    );
    assert!(began.elapsed() < Duration::from_secs(30));
    fs::remove_file(host.path("after-enable")).unwrap();

    host.as_root(&["start", "a"]).ok();
    host.set("mounted.a", "");
    serve(port, port);
    let ended = host.as_root(&["start", "a", "--wait"]);
    assert_eq!(
        (ended.out.as_str(), ended.err),
        (
            "starting systemd service...\nwaiting for the server to answer...\nstart complete.\n",
            runs_already("a")
        )
    );
    let liar = free_port();
    host.initialize("liar", &format!("port: {liar}"));
    host.set("unit.liar", "active\n");
    host.set("mounted.liar", "");
    serve(liar, 1234);
    assert!(host.as_root(&["start", "liar", "--wait"]).err.contains("error: 'liar' uses port 1234, because"));
}

/// A program that took the port a moment before the server could, and answers as a server would.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn an_answer_of_somebody_else_is_not_the_servers() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    host.set("unit.a", "active\n");
    host.set("mounted.a", "");
    serve(port, port);
    // At first the server has said nothing about ports; what answers then is not believed.
    let moved = "Socket bound to non-default port 1234 because original port was already in use.";
    host.set("journal", "Started x.\n");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| host.as_root(&["start", "a", "--wait"]).err);
        while !fs::read_to_string(host.path("calls")).unwrap().contains("journalctl") {
            std::thread::yield_now();
        }
        host.set("journal", &format!("Started x.\n{moved}\n"));
        assert!(waiting.join().unwrap().contains("error: 'a' uses port 1234, because"));
    });
    // Its own word is; so is the answer of one that started long ago.
    let network =
        format!("Started x.\nNetwork: IP 0.0.0.0, mode MP, dedicated Yes, ports {port} SV / 0 CL\n");
    for said in [network.as_str(), "hello\n"] {
        host.set("journal", said);
        host.calls();
        assert_eq!(host.as_root(&["start", "a", "--wait"]).code, 0, "{said}");
        assert_eq!(host.calls().matches("journalctl").count(), 1, "{said}");
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn crashes_of_long_ago_are_no_crashes_while_starting() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.set("unit.a", "active\n");
    host.set("mounted.a", "");
    host.set("restarts", "5\n");
    assert!(host.as_root(&["start", "a", "--wait=3"]).err.contains("error: 'a' did not answer on port "));
    // But these are.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| host.as_root(&["start", "a", "--wait=60"]).err);
        let asked = || fs::read_to_string(host.path("calls")).unwrap().matches("systemctl show").count();
        let before = asked();
        // Once before the start, then while it waits; the second time it has heard the first answer.
        while asked() < before + 3 && !waiting.is_finished() {
            std::thread::yield_now();
        }
        host.set("restarts", "7\n");
        assert!(waiting.join().unwrap().contains("error: 'a' keeps crashing while starting\n"));
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn status_as_json_and_as_a_table() {
    let host = Host::new();
    let (port, other) = (free_port(), free_port());
    host.overlay("standard", None);
    host.initialize("a", &format!("port: {port}\noverlays: [standard]"));
    host.initialize("b", &format!("port: {other}"));
    host.as_root(&["start", "a"]).ok();
    serve(port, port);
    host.calls();
    let status = host.as_root(&["status", "--json"]).ok();
    assert_eq!(host.calls(), "left4me-systemctl show a b\n");
    let stable = |text: String| {
        let named = |text: String, port: u16, name: &str| {
            text.replace(&format!("\"port\": {port}"), &format!("\"port\": \"{name}\""))
        };
        let keep = |line: &&str| !line.contains("disk_bytes");
        named(named(text, port, "[A]"), other, "[B]").lines().filter(keep).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(stable(status));
    let table = host.as_root(&["status", "a", "b"]).ok();
    let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        words[0],
        ["NAME", "STATE", "PORT", "READY", "PLAYERS", "MAP", "UPTIME", "CRASHES", "MEMORY", "DISK", "BUILD"]
    );
    assert_eq!(words[1][..6], ["a", "running", &port.to_string(), "yes", "3/8", "c1m1_hotel"]);
    assert_eq!(
        words[2],
        ["b", "stopped", &other.to_string(), "no", "-", "-", "-", "-", "-", "0B", "16546402"]
    );
    let ended = host.as_root(&["status", "absent", "--json"]);
    // The web app asks for every server of its own every 30 seconds, also before the first start.
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(
        ended
            .out
            .contains("\"state\": \"stopped\",\n      \"phase\": \"unknown\",\n      \"initialized\": false"),
        "{}",
        ended.out
    );
    let ended = host.as_root(&["status", "absent"]);
    assert_eq!((ended.code, ended.err.lines().next()), (1, Some("error: there is no instance 'absent'")));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn logs_end_with_their_reader() {
    let host = Host::new();
    host.initialize("a", "port: 27015");
    host.set("journal", &"line\n".repeat(200_000));
    let mut child = host
        .root_command()
        .args(["logs", "a"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let all = host.as_root(&["logs", "a", "--no-follow"]).ok();
    assert_eq!(all.lines().count(), 200_000);
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn root_without_a_runtime_user() {
    let host = Host::new();
    fs::write(host.path("passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
    insta::assert_snapshot!(host.as_root(&["status"]).failed());
    // Checking the text needs nobody.
    host.spec("port: 27015");
    let ended = host.as_root(&["initialize", "a", "-f", "s.yaml", "--check"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "s.yaml: OK\n"), "{}", ended.err);
}
