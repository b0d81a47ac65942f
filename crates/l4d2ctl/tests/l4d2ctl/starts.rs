//! What `start` and the flags with seconds say to those who expected something else.

use super::double::{free_port, serve_some};
use super::host::Host;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// What `start` says of an instance that runs with its current configuration.
pub fn runs_already(name: &str) -> String {
    format!("note: '{name}' is already running; to restart it: sudo l4d2ctl restart {name}\n")
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_number_after_a_flag_is_explained_and_nothing_is_done() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    for (arguments, flag) in [
        (&["start", "a", "--wait", "5"][..], "--wait"),
        (&["start", "--wait", "5", "a"], "--wait"),
        (&["restart", "a", "--wait", "5"], "--wait"),
        (&["start", "--all", "--wait", "5"], "--wait"),
        (&["status", "--watch", "5"], "--watch"),
        (&["du", "--files", "5"], "--files"),
    ] {
        let said = host.as_root(arguments).failed();
        let why = if arguments.contains(&"--all") {
            "'5' was taken for the name of an instance, which does not go together with --all"
        } else {
            "there is no instance '5'"
        };
        let hint = format!("join the number and the flag: {flag}=5");
        assert_eq!(said, format!("exit 2\nerror: {why}\nhint: {hint}\n"), "{arguments:?}");
        assert_eq!(host.calls(), "", "{arguments:?}");
    }
    // The web app's instances are numbers.
    host.initialize("5", &format!("port: {}", free_port()));
    let ended = host.as_root(&["du", "--files", "5"]);
    assert!(ended.code == 0 && ended.out.contains("5 "), "{}{}", ended.out, ended.err);
    // Without the flag before it, a number is an instance like any other.
    assert!(
        host.as_root(&["start", "7", "--wait"]).failed().contains("hint: instances on this host: 5, a\n")
    );
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_start_of_what_runs_says_so() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.as_root(&["start", "a"]).ok();
    host.set("mounted.a", "");
    let steps = "starting systemd service...\nstart complete.\n";
    let ended = host.as_root(&["start", "a"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err), (0, steps, runs_already("a")));
    // What it does not run with yet is the better reason.
    host.initialize("a", &format!("port: {}\nconfig: ['hostname x']", free_port()));
    let ended = host.as_root(&["start", "a"]);
    assert_eq!(ended.err.matches("note: ").count(), 1, "{}", ended.err);
    assert!(ended.err.contains("is running with an older configuration"), "{}", ended.err);
}

/// The engine drops what is above three datagrams a second of one address; a question takes two.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn who_waits_asks_once_a_second() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    host.set("unit.a", "active\n");
    host.set("mounted.a", "");
    // For two seconds its log does not say that it is this server that answers.
    host.set("journal", "Started x.\n");
    let count = serve_some(port, port, ("my server", "c1m1_hotel"), |_| true);
    let began = Instant::now();
    assert_eq!(host.as_root(&["start", "a", "--wait"]).code, 0);
    let (seconds, count) = (began.elapsed().as_secs() as usize, count.load(Ordering::SeqCst));
    assert!((3..=2 * (seconds + 1)).contains(&count), "{count} datagrams in {seconds} s");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn one_silence_is_not_down() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    host.as_root(&["start", "a"]).ok();
    serve_some(port, port, ("my server", "c1m1_hotel"), |number| number > 0);
    let status: serde_json::Value = serde_json::from_str(&host.as_root(&["status", "--json"]).ok()).unwrap();
    assert_eq!(status["instances"][0]["ready"], true, "{status:#}");
}
