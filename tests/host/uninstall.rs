//! `left4me-setup uninstall` on a real host.

use crate::machine::Machine;

const SPEC: &str = "port: 27215\noverlays: []\narguments: [\"+map c1m1_hotel\"]\nconfig: [\"hostname a\"]\n";

fn start_server(host: &Machine) {
    host.write("/root/spec.yaml", SPEC);
    host.sh("l4d2ctl initialize a -f /root/spec.yaml && l4d2ctl start a").ok();
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_host_with_a_running_server_is_taken_down_and_purged() {
    let host = Machine::ready("uninstall");
    start_server(&host);
    // What keeps a file tree busy is named; all else goes.
    host.sh("cd /var/lib/left4me/runtime/a/merged; setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/root/pid").ok();
    let busy = host.run(&["left4me-setup", "uninstall", "--yes"]);
    assert!(
        busy.out.contains("- file /etc/sudoers.d/left4me-setup\n") && busy.out.contains(", 1 failed\n"),
        "{busy:?}"
    );
    let says = "! /var/lib/left4me/runtime/a/merged: still mounted: left4me-overlay: cannot unmount ";
    let err = busy.failed(1);
    assert!(err.starts_with(says) && err.contains("sleep (pid "), "{err}");
    host.sh("kill $(cat /root/pid)").ok();
    host.apply();
    let said = host.run(&["left4me-setup", "uninstall", "--yes"]);
    let out = said.ok();
    assert!(out.contains("- file /etc/sudoers.d/left4me-setup\n") && out.contains(" 0 failed\n"), "{out}");
    assert!(out.ends_with("the package itself is still installed: apt remove left4me-setup\n"), "{out}");
    host.sh("! systemctl is-active -q left4me-server@a && ! systemctl is-enabled -q left4me-server@a").ok();
    assert_eq!(host.sh("findmnt -rno TARGET | grep left4me || true").ok(), "");
    // dpkg's files, the state and its owner are still there; apply brings the rest back.
    host.sh("test -e /usr/lib/systemd/system/left4me-server@.service && id left4me && test -d /var/lib/left4me/installation").ok();
    host.apply();
    host.sh("l4d2ctl start a").ok();

    // The runtime user's own programs keep the purge away.
    host.sh("setsid setpriv --reuid=left4me --regid=left4me --clear-groups sleep 1000 </dev/null >/dev/null 2>&1 &").ok();
    let busy = host.run(&["left4me-setup", "uninstall", "--purge", "--yes"]).failed(1);
    assert!(busy.contains("left4me still runs programs (PID "), "{busy}");
    host.sh("pkill -u left4me sleep; test -d /var/lib/left4me/instances/a").ok();

    let out = host.run(&["left4me-setup", "uninstall", "--purge", "--yes"]).ok();
    assert!(
        out.contains("- everything below /var/lib/left4me\n") && out.contains("- user left4me\n"),
        "{out}"
    );
    host.sh("! test -e /var/lib/left4me && ! id left4me 2>/dev/null && ! getent group left4me").ok();
    host.apply();
}
