//! More instances than anybody has, and less memory than anybody gives.

use super::host::{Ended, Host};
use std::fs;

fn many(count: usize) -> Host {
    let host = Host::new();
    host.initialize("first", "port: 1024");
    for number in 1..count {
        let instance = host.path(&format!("root/instances/s{number}"));
        fs::create_dir(&instance).unwrap();
        fs::write(instance.join("instance.env"), format!("L4D2_PORT={}\n", 1024 + number)).unwrap();
    }
    host.give(&host.path("root/instances"));
    host
}

/// Each thread took 2 MiB and an arena of 64 MiB of addresses; the one that there was no room for was a panic.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn few_addresses_are_enough_for_many_servers() {
    let host = many(49);
    host.set("unit.s7", "active\n");
    for kib in ["100000", "30000"] {
        let mut limited = std::process::Command::new("sh");
        let status = host.root_command();
        limited
            .args(["-c", "ulimit -v $0; exec \"$@\"", kib])
            .arg(status.get_program())
            .args(status.get_args());
        limited.args(["status", "--json"]).current_dir(host.dir.path());
        limited.envs(status.get_envs().filter_map(|(key, value)| Some((key, value?))));
        let told = Ended::of(&host, limited.output().unwrap()).ok();
        let count = |state: &str| told.matches(&format!("\"state\": \"{state}\"")).count();
        assert_eq!((count("stopped"), count("running")), (48, 1));
    }
}

/// systemd loads each unit that it is asked about by name.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn of_many_systemd_is_asked_once_for_those_it_knows() {
    let host = many(51);
    host.set("unit.s7", "active\n");
    fs::write(host.path("wants/left4me-server@s8.service"), "").unwrap();
    let told: serde_json::Value = serde_json::from_str(&host.as_root(&["status", "--json"]).ok()).unwrap();
    let instances = told["instances"].as_array().unwrap();
    let of = |name: &str| instances.iter().find(|instance| instance["name"] == name).unwrap();
    assert_eq!(instances.len(), 51);
    assert_eq!((&of("s7")["state"], &of("s8")["state"]), (&"running".into(), &"stopped".into()));
    assert_eq!(of("s8")["active"], "inactive");
    assert_eq!((&of("s8")["enabled"], &of("s9")["enabled"]), (&true.into(), &false.into()));
}
