//! The predecessor's bundle goes on running on a host that has our package: its old unit, its helpers, its rules,
//! and ours beside them.

use crate::bundle;
use crate::machine::Machine;

/// The bundle, with the reload that its unit files trigger.
fn run_bundle(host: &Machine, without: &[String]) -> Vec<String> {
    let user = host.sh("id -u left4me").ok().trim().parse().unwrap();
    let fixed = bundle::apply(&host.path("/"), without, Some(user));
    host.sh("systemctl daemon-reload").ok();
    fixed
}

const ENV: &str = "printf 'port: 27416\nconfig: [\"hostname x\"]\n' | l4d2ctl initialize a -f -";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn l4d2ctl_works_whoever_ran_last() {
    let host = Machine::ready("beside");
    let helper = "sudo -n /usr/local/libexec/left4me/left4me-systemctl";
    assert!(run_bundle(&host, &[]).len() > 20);
    let web = |script: &str| host.as_runtime_user(script).ok();
    let pid = || host.sh("systemctl show -P MainPID left4me-server@a").ok();
    let fragment = || host.sh("systemctl show -P FragmentPath left4me-server@a").ok();

    // Its unit is in place.
    web(ENV);
    web("l4d2ctl start a");
    assert_eq!(fragment(), "/usr/local/lib/systemd/system/left4me-server@.service\n");
    let before = pid();
    web("l4d2ctl restart a");
    assert!(pid() != before && pid() != "0\n");
    host.sh("systemctl is-active -q left4me-server@a && mountpoint -q /var/lib/left4me/runtime/a/merged")
        .ok();
    web("l4d2ctl stop a");

    // Its web app runs its own l4d2ctl.
    let doctor = || host.run(&["left4me-setup", "doctor"]).out;
    let says = "warn  web app: it runs /var/lib/left4me/.venv/bin/l4d2ctl, not our l4d2ctl\n";
    assert!(!doctor().contains("web app"));
    web("mkdir -p /var/lib/left4me/.venv/bin && touch /var/lib/left4me/.venv/bin/l4d2ctl");
    assert!(doctor().contains(says));
    web("rm -r /var/lib/left4me/.venv");

    // Ours is; then the bundle comes back, with a server running.
    let rivals = bundle::rivals(&host.run(&["left4me-setup", "plan"]).out);
    assert_eq!(rivals.len(), 6);
    host.apply();
    web("l4d2ctl start a");
    assert_eq!(fragment(), "/usr/lib/systemd/system/left4me-server@.service\n");
    assert_eq!(run_bundle(&host, &[]).len(), 6);
    web("l4d2ctl stop a");
    host.sh("! mountpoint -q /var/lib/left4me/runtime/a/merged").ok();
    host.apply();
    for _ in 0..2 {
        assert_eq!(run_bundle(&host, &rivals), Vec::<String>::new());
        assert!(host.run(&["left4me-setup", "apply"]).ok().contains("\n0 changed, "));
    }

    // Its own l4d2ctl, and the delete that it documents: disable, then remove the directories.
    for round in 0..20 {
        web(&format!("{helper} enable a"));
        let left = web(&format!(
            "{helper} disable a; cd /var/lib/left4me/runtime/a; ! mountpoint merged; ls -d work/work 2>/dev/null || true"
        ));
        assert_eq!(left, "merged is not a mountpoint\n", "round {round}");
    }
    // After a crash nothing is left to stop, but for what the kernel left behind.
    host.sh("l4d2ctl start a; systemctl kill --signal=KILL left4me-server@a; umount /var/lib/left4me/runtime/a/merged
             systemctl stop left4me-server@a left4me-overlay@a; install -d -m 0 /var/lib/left4me/runtime/a/work/work")
        .ok();
    web(&format!("{helper} disable a && test ! -e /var/lib/left4me/runtime/a/work/work"));
    web("rm -r /var/lib/left4me/runtime/a /var/lib/left4me/instances/a");
    // As the predecessor's status asks, of a server that was never started.
    assert!(web(&format!("{helper} show never")).contains("ActiveState=inactive\n"));
    assert!(web("l4d2ctl status never --json").contains("\"state\": \"stopped\""));
}
