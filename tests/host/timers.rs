//! What runs by the clock: updates where host.yaml wants them, and restarts that were left to it.

use crate::machine::Machine;

const FILE: &str = "/etc/left4me/host.yaml";

fn shown(host: &Machine, property: &str) -> String {
    host.run(&["systemctl", "show", "-P", property, "left4me-update.timer"]).ok().trim().to_owned()
}

fn apply(host: &Machine) -> String {
    host.sh("left4me-setup apply --yes --offline --skip-game").ok()
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn host_yaml_turns_updates_by_the_clock_on_and_off() {
    let host = Machine::ready("clock");
    let states = || format!("{} {}", shown(&host, "ActiveState"), shown(&host, "UnitFileState"));
    assert_eq!(states(), "inactive disabled");
    let restarts = || host.run(&["systemctl", "is-active", "left4me-restart.timer"]).out;
    assert_eq!(restarts(), "active\n");

    host.write(FILE, "update: true\n");
    assert!(apply(&host).contains("~ timer left4me-update.timer: at boot off → on, now off → on\n"));
    assert_eq!(states(), "active enabled");
    assert!(
        shown(&host, "TimersCalendar").contains("OnCalendar=*-*-* 04:30:00 "),
        "{}",
        shown(&host, "TimersCalendar")
    );
    // Another schedule is in effect at once, and is the only one.
    host.write(FILE, "update:\n  schedule: Sun 05:15\n  deadline: '06:00'\n");
    let changed = apply(&host);
    assert!(!changed.contains("timer left4me-update.timer:"), "{changed}");
    let calendar = shown(&host, "TimersCalendar");
    assert!(calendar.contains("OnCalendar=Sun *-*-* 05:15:00 ") && !calendar.contains("04:30"), "{calendar}");
    assert!(
        shown(&host, "NextElapseUSecRealtime").starts_with("Sun "),
        "{}",
        shown(&host, "NextElapseUSecRealtime")
    );
    host.run(&["left4me-setup", "plan"]).ok();
    // Somebody stops it by hand: that is drift.
    host.sh("systemctl stop left4me-update.timer").ok();
    assert!(apply(&host).contains("~ timer left4me-update.timer: now off → on\n"));
    // It is on after a boot.
    host.off();
    host.boot();
    assert_eq!((states().as_str(), restarts().as_str()), ("active enabled", "active\n"));

    host.write(FILE, "update: false\n");
    assert!(apply(&host).contains("~ timer left4me-update.timer: at boot on → off, now on → off\n"));
    assert_eq!(states(), "inactive disabled");
    host.sh("! test -e /etc/systemd/system/left4me-update.timer.d").ok();
    host.run(&["left4me-setup", "plan"]).ok();

    // A mistake in the file stops what the timer would start before anything is done.
    host.write(FILE, "update: {warn: soon}\n");
    host.sh("systemctl start left4me-update.service").failed(1);
    let log = host.sh("journalctl --sync; journalctl -b --no-pager -o cat -u left4me-update.service").ok();
    assert!(
        log.contains("error: /etc/left4me/host.yaml:1:16: warn 'soon' is not a number from 0 to 3600\n"),
        "{log}"
    );

    // A removal stops them, a purge leaves nothing of them.
    host.write(FILE, "update: true\n");
    apply(&host);
    host.sh("DEBIAN_FRONTEND=noninteractive apt-get purge -y left4me-setup").ok();
    let left = host.sh("systemctl list-units --all --plain --no-legend 'left4me-*.timer' 'left4me-*.service'
        find /etc/systemd /var/lib/systemd/timers -name '*left4me*'");
    assert_eq!(left.out, "", "{left:#?}");
}

/// Minute by minute, without a queue: no process, and no line in the journal.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn an_empty_queue_costs_nothing() {
    let host = Machine::ready("queue");
    let elapsed = "systemctl show -P LastTriggerUSec left4me-restart.timer";
    let seen = host
        .sh(&format!(
            "first=$({elapsed}); for _ in $(seq 140); do [ \"$({elapsed})\" = \"$first\" ] || break; sleep 1; done
             [ \"$({elapsed})\" != \"$first\" ] || exit 1
             journalctl --sync; journalctl -b --no-pager -o cat -u left4me-restart.service
             systemctl show -P ConditionResult,ActiveState left4me-restart.service"
        ))
        .ok();
    assert_eq!(seen.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>(), ["inactive", "no"]);
}

/// What the timer starts: a build is tried, published, and its restart left to the queue; a bad one is none of these.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_scheduled_update_is_tried_published_and_its_restart_queued() {
    let host = Machine::ready("night");
    host.write(FILE, "update: {canary: x, deadline: '06:00'}\n");
    apply(&host);
    host.sh("printf 'port: 27015\\nconfig: [hostname x, rcon_password y]\\n' | l4d2ctl initialize x -f - && l4d2ctl start x --wait").ok();
    let offer = |build: &str, tree: &str| {
        let settings = format!("build={build}\\ntree_{build}={tree}\\n");
        host.sh(&format!("printf '{settings}' >>/var/lib/left4me/steam/sim/settings")).ok();
        host.sh("systemctl start left4me-update.service")
    };
    let queue = "test -e /var/lib/left4me/restart-queue.json";
    let build = || {
        let status = host.run(&["l4d2ctl", "status", "x", "--json"]).ok();
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        status["instances"][0]["build"].as_str().unwrap().to_owned()
    };

    offer("17000001", "double-crash").failed(1);
    host.sh(&format!("! {queue}")).ok();
    let log = host.sh("journalctl --sync; journalctl -b --no-pager -o cat -u left4me-update.service").ok();
    assert!(log.contains("nothing was published: the canary of 'x' failed"), "{log}");

    offer("17000002", "added").ok();
    // The timer of the queue looks every minute, perhaps just now; either way it is done after this.
    host.sh("systemctl start left4me-restart.service").ok();
    assert_eq!(build(), "17000002");
    host.sh(&format!("! {queue}")).ok();
    // Nothing new: nothing is done.
    let pid = host.run(&["systemctl", "show", "-P", "MainPID", "left4me-server@x"]).ok();
    host.sh("systemctl start left4me-update.service && systemctl start left4me-restart.service").ok();
    assert_eq!(host.run(&["systemctl", "show", "-P", "MainPID", "left4me-server@x"]).ok(), pid);
}
