//! `stop --warn`: players are told, and nobody else is waited for.

use super::console::engine;
use super::host::{Ended, Host};
use left4me_test_support::engine::Engine;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const CONFIG: &str = "rcon_password secret";
const STOPPED: &str = "stopping systemd service...\nstop complete.\n";

fn begin(host: &Host, arguments: &[&str]) -> Child {
    let mut command = host.root_command();
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(host: &Host, child: Child) -> Ended {
    Ended::of(host, child.wait_with_output().unwrap())
}

fn said(engine: &Engine) -> Vec<String> {
    let log = engine.log();
    log.lines().filter_map(|line| line.strip_prefix("Console: ")).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn players_are_told_and_then_it_stops() {
    let host = Host::new();
    let engine = engine(&host, "a", CONFIG);
    engine.set_players("Nick\n");
    let began = Instant::now();
    assert_eq!(host.as_root(&["stop", "a", "--warn", "11"]).ok(), STOPPED);
    assert!(began.elapsed() >= Duration::from_secs(11), "{:?}", began.elapsed());
    assert_eq!(said(&engine), ["This server stops in 11 seconds.", "This server stops in 10 seconds."]);
    assert!(host.calls().ends_with("left4me-systemctl disable a\n"));
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn nobody_is_waited_for_where_nobody_plays() {
    let host = Host::new();
    host.initialize("stopped", "port: 27015");
    let engine = engine(&host, "a", CONFIG);
    engine.set_players("*Coach\n");
    let began = Instant::now();
    let ended = host.as_root(&["stop", "a", "stopped", "--warn", "600"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(said(&engine).is_empty());
    // They leave.
    engine.set_players("Nick\n");
    host.set("unit.a", "active\n");
    let stop = begin(&host, &["stop", "a", "--warn", "600"]);
    engine.wait_for("Console: This server stops in 10 minutes.\n");
    engine.set_players("");
    let ended = end(&host, stop);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (0, STOPPED, "note: nobody plays any more\n")
    );
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn an_interruption_cancels_the_stop_and_players_are_told_so() {
    let host = Host::new();
    let engine = engine(&host, "a", CONFIG);
    engine.set_players("Nick\n");
    host.calls();
    let stop = begin(&host, &["stop", "a", "--warn", "600"]);
    engine.wait_for("Console: This server stops in 10 minutes.\n");
    kill(Pid::from_raw(stop.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = end(&host, stop);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (130, "", "error: nothing was changed: the stop was cancelled\n")
    );
    assert_eq!(said(&engine), ["This server stops in 10 minutes.", "The stop was cancelled."]);
    assert!(!host.calls().contains("disable"));
}

#[test]
#[ignore = "needs root and a C compiler: tests/run.sh"]
fn who_cannot_be_told_is_stopped_all_the_same() {
    let host = Host::new();
    let engine = engine(&host, "a", "hostname x");
    engine.set_players("Nick\n");
    let began = Instant::now();
    let ended = host.as_root(&["stop", "a", "--warn", "600"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, STOPPED));
    assert_eq!(ended.err, "warning: the players of 'a' were not told: 'a' runs without an rcon password\n");
    assert!(began.elapsed() < Duration::from_secs(60));
}
