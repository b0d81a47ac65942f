//! The units on a real systemd: how exposed they are, and that nothing they forbid is needed.

use crate::machine::Machine;

/// `systemd-analyze security`'s last line, as a number.
fn exposure(host: &Machine, unit: &str) -> f64 {
    let report = host.run(&["systemd-analyze", "security", "--no-pager", unit]).ok();
    let line = report.lines().rfind(|line| line.contains("exposure level")).unwrap();
    line.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

/// One server, whose overlay links into `workshop_cache`.
fn one_server(name: &str) -> Machine {
    let host = Machine::ready(name);
    host.as_runtime_user(
        "set -e
         cd /var/lib/left4me
         echo vpk >workshop_cache/123.vpk
         mkdir -p overlays/workshop/left4dead2/addons
         ln -s /var/lib/left4me/workshop_cache/123.vpk overlays/workshop/left4dead2/addons/123.vpk
         ln -s /var/lib/left4me/workshop_cache/gone.vpk overlays/workshop/left4dead2/addons/gone.vpk
         printf 'port: 27015\\noverlays: [workshop]\\n' | l4d2ctl initialize x -f -
         l4d2ctl start x --wait",
    )
    .ok();
    host
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn little_exposed_and_nothing_missing() {
    let host = one_server("units");
    let (server, overlay) =
        (exposure(&host, "left4me-server@x.service"), exposure(&host, "left4me-overlay@x.service"));
    assert!(server <= 1.3, "left4me-server@: {server}");
    // What is left needs a mount namespace, root, the capabilities of a mount, or gives the environment's copy a group.
    assert!(overlay <= 4.3, "left4me-overlay@: {overlay}");

    let log = host.run(&["l4d2ctl", "logs", "x", "--lines", "200", "--no-follow"]).ok();
    for line in [
        "steamclient ok",
        "cpuinfo ok",
        "wx ok",
        "execstack ok",
        "write ok",
        "resolve ok",
        "addon gone.vpk unreadable",
    ] {
        assert!(log.contains(&format!("double: {line}")), "{line:?} is not in {log}");
    }
    assert!(log.lines().any(|l| l.starts_with("double: addons") && l.contains("123.vpk")), "{log}");
    assert!(!log.contains("addon 123.vpk unreadable"), "a link into workshop_cache leads nowhere: {log}");

    // The overlay unit is in the host's mount namespace, so its mount is everyone's.
    host.sh("grep -q ' - overlay left4me:x:' /proc/1/mountinfo").ok();
    // Its few capabilities are the mount's for good: copy-up, deletion, replaced directories, FIFOs.
    host.as_runtime_user(
        "set -e
         cd /var/lib/left4me/runtime/x/merged
         echo >>srcds_run; chmod 0777 left4dead2; rm left4dead2/gameinfo.txt; rm -r platform; mkdir platform
         mkfifo fifo; mv steamapps/*.acf moved
         cd ../upper && test ! -e ../merged/left4dead2/gameinfo.txt && test -c left4dead2/gameinfo.txt",
    )
    .ok();

    // The engine is the first process of its PID namespace and takes no signal but one; a stop must
    // neither wait for it nor count as a failure.
    let stopped = host.sh("time -p l4d2ctl stop x");
    let seconds = stopped.err.lines().find_map(|line| line.strip_prefix("real ")).unwrap();
    assert!(seconds.parse::<f64>().unwrap() < 10.0, "{stopped:?}");
    let state = host.run(&["systemctl", "show", "-P", "ActiveState,Result", "left4me-server@x.service"]).ok();
    assert_eq!(state.lines().filter(|l| !l.is_empty()).collect::<Vec<_>>(), ["success", "inactive"]);

    // The host's only server, as quickly as it goes: neither its tree nor its journal has a start limit in the way.
    host.as_runtime_user("for _ in $(seq 12); do l4d2ctl start x && l4d2ctl stop x || exit 1; done").ok();
    host.sh("systemctl is-active systemd-journald@left4me.socket").ok();
}
