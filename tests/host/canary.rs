//! A canary: a copy of an instance tries a build before anybody plays on it, and a bad one is not published.

use crate::machine::{Machine, Said};

fn offer(host: &Machine, build: &str, tree: &str) {
    let settings = format!("build={build}\ntree_{build}={tree}\n");
    host.sh(&format!("printf '{settings}' >>/var/lib/left4me/steam/sim/settings")).ok();
}

/// Nothing of a canary is left, and the real server was not touched.
fn nothing_is_left(host: &Machine, pid: &str) {
    let left = host.sh("ls /var/lib/left4me/instances /var/lib/left4me/runtime | grep canary
         systemctl list-units --all --plain --no-legend '*canary*'; grep left4me:canary /proc/1/mountinfo
         find /etc/systemd -name '*canary*'");
    assert_eq!(left.out, "", "{left:#?}");
    assert_eq!(host.run(&["systemctl", "show", "-P", "MainPID", "left4me-server@x"]).ok(), pid);
}

fn is_in_use(host: &Machine, build: &str) -> bool {
    host.run(&["left4me-setup", "game", "status"]).ok().contains(&format!("build {build}\n"))
}

fn update(host: &Machine) -> Said {
    host.run(&["left4me-setup", "game", "update", "--canary", "x"])
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_build_that_does_not_come_up_is_not_published() {
    let host = Machine::ready("tryout");
    // The overlay has SourceMod, and a map of its own that each build changes.
    host.as_runtime_user(
        "cd /var/lib/left4me/overlays && mkdir -p mod/left4dead2/addons/metamod mod/left4dead2/maps bare
         touch mod/left4dead2/addons/metamod/sourcemod.vdf mod/left4dead2/maps/c5m1_waterfront.bsp",
    )
    .ok();
    host.sh("printf 'port: 27015\\noverlays: [mod]\\nconfig: [hostname x, rcon_password y]\\n' | l4d2ctl initialize x -f - && l4d2ctl start x --wait").ok();
    let pid = host.run(&["systemctl", "show", "-P", "MainPID", "left4me-server@x"]).ok();

    // By itself: what the next start would have.
    let well = host.run(&["l4d2ctl", "canary", "x"]);
    assert!(well.code == 0 && well.out.ends_with("the canary is well.\n"), "{well:#?}");
    nothing_is_left(&host, &pid);

    // A server that never answers.
    let mute = "/var/lib/left4me/overlays/mod/left4dead2/double-mute";
    host.as_runtime_user(&format!("touch {mute}")).ok();
    let silent = host.run(&["l4d2ctl", "canary", "x", "--timeout", "5"]).failed(1);
    assert!(silent.contains("the canary of 'x' failed: 'canary-x' did not answer on port"), "{silent}");
    host.as_runtime_user(&format!("rm {mute}")).ok();
    nothing_is_left(&host, &pid);

    // Builds that crash after their first answers, whose console is dead, whose plugins fail: each refused, with the reason and the log.
    for (build, tree, why) in [
        ("17000001", "double-crash", "the canary crashed soon after its start"),
        ("17000002", "double-rcon-mute", "did not answer the login"),
        ("17000003", "double-meta-error", "a plugin of the canary failed"),
    ] {
        offer(&host, build, tree);
        let refused = update(&host);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.err.contains("nothing was published: the canary of 'x' failed"), "{refused:#?}");
        assert!(refused.err.contains(why), "{why}: {refused:#?}");
        // The end of its log, and which overlay to look at.
        assert!(refused.err.contains("  Network: "), "{refused:#?}");
        let hint = "hint: the overlay 'mod' has files of its own in place of those that the update changes: left4dead2/maps/c5m1_waterfront.bsp\n";
        assert!(refused.err.contains(hint), "{refused:#?}");
        assert!(is_in_use(&host, "16546402"));
        host.sh("test -e /var/lib/left4me/updates/.staging/upper/left4dead2/gameinfo.txt").ok();
        nothing_is_left(&host, &pid);
    }

    // A good one is published, without what the canary wrote.
    offer(&host, "17000004", "added");
    let good = update(&host);
    assert_eq!(good.code, 0, "{good:#?}");
    assert!(is_in_use(&host, "17000004"));
    host.sh("! find /var/lib/left4me/updates/17000004 -name 'server.cfg' -o -name '*.log' | grep .").ok();
    nothing_is_left(&host, &pid);

    // A canary that was killed is removed by the next one; an instance that only has the name is not.
    host.sh("l4d2ctl canary x >/dev/null & sleep 0.1; while ! test -e /var/lib/left4me/instances/canary-x/instance.env; do sleep 0.02; done; pkill -9 -x l4d2ctl; wait").ok();
    assert!(host.run(&["l4d2ctl", "canary", "x"]).ok().ends_with("the canary is well.\n"));
    nothing_is_left(&host, &pid);
    host.sh("printf 'port: 27300\\n' | l4d2ctl initialize canary-x -f -").ok();
    let refused = host.run(&["l4d2ctl", "canary", "x"]).failed(1);
    assert!(refused.contains("the instance 'canary-x' is not a canary"), "{refused}");
}
