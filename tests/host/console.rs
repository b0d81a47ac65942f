//! Consoles and players on a real host: the runtime user's server, reached from root's command line.

use crate::machine::Machine;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn players_are_named_asked_about_and_warned() {
    let host = Machine::ready("console");
    for (name, port) in [("a", 27015), ("b", 27016)] {
        let spec = format!("port: {port}\nconfig: ['hostname Server {name}', 'rcon_password change-me']\n");
        host.write(&format!("/srv/{name}.yaml"), &spec);
        host.run(&["l4d2ctl", "initialize", name, "-f", &format!("/srv/{name}.yaml")]).ok();
    }
    host.run(&["l4d2ctl", "start", "a", "b", "--wait"]).ok();
    host.run(&["l4d2ctl", "rcon", "a", "double_players", "Nick"]).ok();

    let status = host.run(&["l4d2ctl", "rcon", "a", "status"]).ok();
    assert!(status.contains("hostname: Server a\n") && status.contains("1 humans, 0 bots"), "{status}");
    let all = host.run(&["l4d2ctl", "rcon", "--all", "status"]).ok();
    for line in ["a: hostname: Server a\n", "b: hostname: Server b\n"] {
        assert!(all.contains(line), "{all}");
    }
    // The web app asks as the runtime user.
    assert_eq!(host.as_runtime_user("l4d2ctl rcon b echo hello").ok().trim(), "hello");

    let status = host.run(&["l4d2ctl", "status", "--players", "--json"]).ok();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["instances"][0]["players"][0]["name"], "Nick", "{status:#}");
    assert_eq!(status["instances"][1]["players"], serde_json::json!([]), "{status:#}");

    host.run(&["l4d2ctl", "stop", "a", "b", "--warn", "2"]).ok();
    let log = host.run(&["l4d2ctl", "logs", "a", "--lines", "100", "--no-follow"]).ok();
    assert!(log.contains("Console: This server stops in 2 seconds."), "{log}");
    assert!(!log.contains("change-me"), "{log}");
    let log = host.run(&["l4d2ctl", "logs", "b", "--lines", "100", "--no-follow"]).ok();
    assert!(!log.contains("This server stops"), "{log}");
}
