//! What is known of the real engine and hurts: it is deaf on loopback, does not listen to who asks too often, and
//! one of its libraries wants an executable stack.

use crate::machine::Machine;
use crate::servers::ask;

const SPEC: &str = "port: 27015\nconfig: [hostname x]\n";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn deaf_on_loopback_impatient_and_with_an_executable_stack() {
    let host = Machine::ready("engine");
    host.write("/srv/spec.yaml", SPEC);
    host.run(&["l4d2ctl", "initialize", "x", "-f", "/srv/spec.yaml"]).ok();
    host.as_runtime_user(
        "cd /var/lib/left4me/runtime/x/upper && mkdir -p left4dead2 && touch left4dead2/double-deaf",
    )
    .ok();
    host.run(&["l4d2ctl", "start", "x", "--wait"]).ok();
    assert!(ask(27015).is_none(), "127.0.0.1 is answered");
    // Each asks twice what the engine hears in a second, were it not for the pauses.
    for _ in 0..4 {
        let status = host.run(&["l4d2ctl", "status", "x", "--json"]).ok();
        assert!(status.contains("\"ready\": true") && status.contains("\"hostname\": \"x\""), "{status}");
    }
    said(&host, "double: execstack ok");

    // Not without the unit's line: glibc of Debian 13 refuses such a library.
    host.write(
        "/etc/systemd/system/left4me-server@.service.d/bare.conf",
        "[Service]\nUnsetEnvironment=GLIBC_TUNABLES\n",
    );
    host.sh("systemctl daemon-reload && l4d2ctl restart x --wait").ok();
    said(
        &host,
        "double: execstack refused: bin/libsteamvalidateuseridtickets.so: cannot enable executable stack",
    );
}

/// The server's log since its last start has this line.
#[track_caller]
fn said(host: &Machine, line: &str) {
    let log = host.run(&["l4d2ctl", "logs", "x", "--lines", "100", "--no-follow"]).ok();
    let run = &log[log.rfind("double: cwd").unwrap_or_default()..];
    assert!(run.lines().any(|said| said.starts_with(line)), "{line:?} is not in {log}");
}
