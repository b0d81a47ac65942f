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
