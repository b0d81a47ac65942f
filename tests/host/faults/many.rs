//! Many instances: started at once, brought back by a reboot, and by the boot after a power cut.

use super::{WORDS, says, sh};
use crate::machine::Machine;
use std::collections::BTreeSet;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn many_instances() {
    let host = Machine::ready("many");
    fifty(&host);
    ten_and_a_reboot(&host);
    power_cut(&host);
}

/// Which servers run, and which are enabled.
fn units(host: &Machine) -> (BTreeSet<String>, BTreeSet<String>) {
    let set = |text: String| -> BTreeSet<String> {
        text.split_whitespace()
            .filter_map(|unit| {
                unit.strip_prefix("left4me-server@")?.strip_suffix(".service").map(str::to_owned)
            })
            .collect()
    };
    let running =
        "systemctl list-units --plain --no-legend --state=active 'left4me-server@*' | cut -d' ' -f1";
    let enabled = "ls /etc/systemd/system/multi-user.target.wants";
    (set(host.sh(running).ok()), set(host.sh(enabled).ok()))
}

fn names(prefix: &str, numbers: impl Iterator<Item = u32>) -> BTreeSet<String> {
    numbers.map(|number| format!("{prefix}{number}")).collect()
}

/// All of fifty come up, by one command and by fifty, except the one whose overlay is gone, which is named.
fn fifty(host: &Machine) {
    sh(
        host,
        "u \"mkdir $R/overlays/gone\"
         for i in $(seq 50); do
             printf 'port: %s\\noverlays: [%s]\\n' $((27015 + i)) $([ $i != 7 ] || echo gone) |
                 l4d2ctl initialize s$i -f - || exit 1
         done; rmdir $R/overlays/gone",
    )
    .ok();
    let said = host.run(&["l4d2ctl", "start", "--all", "--stopped", "--wait"]);
    assert_eq!(said.out.lines().filter(|line| line.ends_with(": start complete.")).count(), 49, "{said:#?}");
    says(&said.failed(1), "error: the overlay 'gone' of 's7' does not exist");
    let all = names("s", (1..=50).filter(|i| *i != 7));
    assert_eq!(units(host), (all.clone(), all.clone()));
    host.run(&["l4d2ctl", "stop", "--all"]).ok();
    sh(host, "[ \"$(mounts s)\" = 0 ] && [ -z \"$(ls -A /run/left4me)\" ]").ok();
    assert_eq!(units(host), (BTreeSet::new(), BTreeSet::new()));

    sh(
        host,
        "u \"mkdir $R/overlays/gone\"
         for i in $(seq 50); do l4d2ctl start s$i --wait >/run/said.$i 2>&1 & done; wait
         [ $(grep -l 'start complete.' /run/said.* | wc -l) = 50 ] || { tail -n 3 /run/said.*; exit 1; }
         l4d2ctl delete --all && [ -z \"$(ls -A $R/runtime)\" ]",
    )
    .ok();
    assert_eq!(units(host), (BTreeSet::new(), BTreeSet::new()));
}

/// Started, stopped, crashed out, never started: a reboot brings back exactly what was started.
fn ten_and_a_reboot(host: &Machine) {
    sh(
        host,
        "for i in $(seq 10); do printf \"port: $((27015 + i))\\nconfig: [hostname t]\\n\" | l4d2ctl initialize t$i -f - || exit 1; done
         l4d2ctl start t1 t2 t3 t4 t5 t6 --wait && l4d2ctl stop t2 t4 && l4d2ctl restart t1 && l4d2ctl reset t6",
    )
    .ok();
    let started = names("t", [1, 3, 5].into_iter());
    assert_eq!(units(host), (started.clone(), started.clone()));
    host.off();
    host.boot();
    sh(host, "l4d2ctl start t1 t3 t5 --wait").ok();
    assert_eq!(units(host), (started.clone(), started));
    // After a boot systemd itself remembers who is enabled: also that is right after a stop.
    sh(
        host,
        "l4d2ctl stop t1 t3 && [ \"$(systemctl show -P UnitFileState left4me-server@t1)\" = disabled ]
              [ \"$(systemctl show -P NeedDaemonReload left4me-server@t5)\" = no ]
              systemctl start multi-user.target",
    )
    .ok();
    let left = names("t", [5].into_iter());
    assert_eq!(units(host), (left.clone(), left));
}

/// The plug is pulled in the middle of a start; after the boot a start succeeds with no manual step before.
fn power_cut(host: &Machine) {
    let link =
        |name: &str| format!("/etc/systemd/system/multi-user.target.wants/left4me-server@{name}.service");
    for moment in [
        "/var/lib/left4me/runtime/t1/upper/left4dead2/cfg/server.cfg".to_owned(),
        link("t1"),
        link("t10"),
        "/var/lib/left4me/runtime/t4/upper/left4dead2/double.txt".to_owned(),
    ] {
        host.sh("l4d2ctl stop --all && l4d2ctl reset --all").ok();
        let file = host.path(&moment);
        assert!(!file.exists(), "{moment} is no sign of a start");
        std::thread::scope(|scope| {
            scope.spawn(|| host.run(&["bash", "-c", "l4d2ctl start --all --stopped"]));
            while file.symlink_metadata().is_err() {
                std::thread::yield_now();
            }
            host.kill();
        });
        host.boot();
        // What was promised to the boot runs, and nothing else.
        let promised = units(host).1;
        let wait = format!(
            "{WORDS} for name in {}; do await is server@$name active; done",
            promised.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
        );
        host.sh(&wait).ok();
        assert_eq!(units(host).0, promised, "{moment}");
        let said = sh(host, "l4d2ctl start --all --stopped --wait && [ $(mounts t) = 10 ]");
        assert_eq!(said.code, 0, "{moment}: {said:#?}");
        sh(host, "[ -z \"$(find $R ! -user left4me ! -path '*/work/work')\" ] && [ -z \"$(find $R -name '*.left4me-new')\" ]").ok();
    }
}
