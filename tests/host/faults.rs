//! What goes wrong on a real host: it is said clearly, and the next command puts it right.

mod left_over;
mod many;
mod short;

use crate::machine::Machine;

/// Shell functions for the scripts: `u` runs as the runtime user, `await` waits for a command to succeed.
const WORDS: &str = r#"
R=/var/lib/left4me
u() { setpriv --reuid=left4me --regid=left4me --clear-groups --reset-env bash -ec "$1"; }
await() { for _ in $(seq 300); do "$@" && return; sleep 0.1; done; echo "gave up: $*" >&2; exit 1; }
state() { systemctl show -P ActiveState "left4me-$1.service"; }
is() { [ "$(state "$1")" = "$2" ]; }
mounts() { grep -c " - overlay left4me:$1" /proc/self/mountinfo; }
is_enabled() { [ "$(systemctl is-enabled "left4me-server@$1")" = enabled ]; }
sits_in() { [ "$(readlink "/proc/$1/cwd")" = "$2" ]; }
"#;

fn sh(host: &Machine, script: &str) -> crate::machine::Said {
    host.sh(&format!("{WORDS}{script}"))
}

#[track_caller]
fn says(err: &str, sentence: &str) {
    assert!(err.contains(sentence) && err.contains("hint: "), "expected {sentence:?}: {err}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn one_instance() {
    let host = Machine::ready("faults");
    sh(
        &host,
        "u 'mkdir -p '$R'/overlays/o/left4dead2; printf \"port: 27015\\noverlays: [o]\\n\" | l4d2ctl initialize a -f -'",
    )
    .ok();
    crash_loop(&host);
    overlay_unit(&host);
    busy(&host);
    never_answers(&host);
    short::disk(&host);
    short::port(&host);
    left_over::mounts(&host);
}

/// Five starts, then it is an outage: seen in the status, ended by a start by hand.
fn crash_loop(host: &Machine) {
    sh(
        host,
        "mkdir -p /run/systemd/system/left4me-server@a.service.d
         printf '[Service]\\nRestartSec=100ms\\n' >/run/systemd/system/left4me-server@a.service.d/soon.conf
         systemctl daemon-reload
         u 'mkdir -p '$R'/runtime/a/upper/left4dead2; touch '$R'/runtime/a/upper/left4dead2/double-crash'
         l4d2ctl start a && await is server@a failed && await is overlay@a inactive",
    )
    .ok();
    let status = host.run(&["l4d2ctl", "status", "a", "--json"]).ok();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let instance = &status["instances"][0];
    assert_eq!((&instance["active"], &instance["restarts"]), (&"failed".into(), &5.into()), "{status:#}");
    assert!(host.run(&["l4d2ctl", "status"]).ok().contains("a     failed  27015  no"));
    assert_eq!(sh(host, "mounts a").out, "0\n");
    sh(
        host,
        "rm -r /run/systemd/system/left4me-server@a.service.d; systemctl daemon-reload
         rm $R/runtime/a/upper/left4dead2/double-crash
         l4d2ctl start a --wait && l4d2ctl stop a && await is overlay@a inactive",
    )
    .ok();
}

/// A mount that fails is explained by its own words, not by "a dependency job failed"; and it is not left to
/// the next boot, unless it was to start there before.
fn overlay_unit(host: &Machine) {
    sh(host, "mv $R/overlays/o $R/overlays/elsewhere; u \"ln -s elsewhere $R/overlays/o\"").ok();
    let err = host.run(&["l4d2ctl", "start", "a"]).failed(1);
    says(&err, "left4me-overlay: path is a symbolic link or not a directory: /var/lib/left4me/overlays/o\n");
    says(&err, "error: 'a' did not start: its file tree could not be mounted");
    assert!(!err.contains("dependency"), "{err}");
    sh(host, "! is_enabled a && [ $(mounts a) = 0 ]").ok();

    // A deleted overlay is named before anything is done, also to a running server.
    sh(host, "rm $R/overlays/o").ok();
    says(&host.run(&["l4d2ctl", "start", "a"]).failed(1), "error: the overlay 'o' of 'a' does not exist");
    sh(host, "mv $R/overlays/elsewhere $R/overlays/o; l4d2ctl start a --wait; rmdir $R/overlays/o/left4dead2 $R/overlays/o").ok();
    let err = host.run(&["l4d2ctl", "restart", "a"]).failed(1);
    says(&err, "error: the overlay 'o' of 'a' does not exist");
    says(
        &err,
        "hint: restore /var/lib/left4me/overlays/o, or remove it from the specification: sudo l4d2ctl initialize a -f SPEC",
    );
    sh(host, "is server@a active && is_enabled a && l4d2ctl start a --wait; u \"mkdir -p $R/overlays/o/left4dead2\"; l4d2ctl stop a")
        .ok();

    // A damaged instance.env: l4d2ctl sees the port, the helper the layers.
    for (damage, sentence) in [
        ("printf '\\0garbage' >instance.env", "instance.env has no port"),
        ("head -c 70000 /dev/urandom >instance.env", "instance.env has no port"),
        ("printf '\\377\\376L4D2_PORT=27015' >instance.env", "instance.env has no port"),
        (": >instance.env", "instance.env has no port"),
        ("printf L4D2_PO >instance.env", "instance.env has no port"),
        (
            "printf 'L4D2_PORT=27015\\nL4D2_LOWE' >instance.env",
            "L4D2_LOWERDIRS not set in /var/lib/left4me/instances/a/instance.env",
        ),
        (
            "printf 'L4D2_PORT=27015\\nL4D2_LOWERDIRS=/etc\\n' >instance.env",
            "path is outside the permitted roots: /etc",
        ),
        ("printf 'L4D2_PORT=27015\\n\\0' >instance.env", "instance.env is not a text file"),
        ("rm instance.env; mkfifo instance.env", "instance.env has no port"),
        ("rm instance.env; ln -s /etc/shadow instance.env", "instance.env has no port"),
    ] {
        sh(host, &format!("cd $R/instances/a && u \"{}\"", damage.replace('\\', "\\\\"))).ok();
        says(&host.run(&["l4d2ctl", "start", "a"]).failed(1), sentence);
        assert_eq!(sh(host, "mounts a").out, "0\n", "{damage}");
    }
    sh(host, "printf 'port: 27015\\noverlays: [o]\\n' | l4d2ctl initialize a -f - && l4d2ctl start a --wait")
        .ok();
}

/// A tree in use cannot be unmounted: whoever uses it is named, and once it is gone everything works again.
fn busy(host: &Machine) {
    let held = sh(
        host,
        "cd $R/runtime/a/merged; setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $! >/run/holder; cd /
         await sits_in $! $R/runtime/a/merged
         l4d2ctl stop a && ! is overlay@a active && ! is_enabled a && l4d2ctl restart a",
    );
    let holder = sh(host, "cat /run/holder").ok();
    let err = held.failed(1);
    let sentence = format!(
        "the file tree of 'a' is still mounted: cannot unmount /var/lib/left4me/runtime/a/merged: it is in use by sleep (pid {})",
        holder.trim()
    );
    says(&err, &format!("note: {sentence}; free it before the next start, reset or delete\n"));
    says(&err, &format!("error: {sentence}\n"));
    for command in ["reset", "delete"] {
        says(&host.run(&["l4d2ctl", command, "a"]).failed(1), "in use by sleep");
    }
    sh(
        host,
        "kill $(cat /run/holder); test -f $R/instances/a/instance.env
         l4d2ctl reset a && [ \"$(mounts a)\" = 0 ] && l4d2ctl start a --wait && l4d2ctl stop a",
    )
    .ok();
}

/// `start --wait` ends with the reason and the last words.
fn never_answers(host: &Machine) {
    sh(
        host,
        "u 'mkdir -p '$R'/runtime/a/upper/left4dead2; touch '$R'/runtime/a/upper/left4dead2/double-mute'",
    )
    .ok();
    let err = host.run(&["l4d2ctl", "start", "a", "--wait=2"]).failed(1);
    says(&err, "error: 'a' did not answer on port 27015 within 2 s");
    says(&err, "Connection to Steam servers successful.");
    sh(host, "l4d2ctl reset a").ok();
}
