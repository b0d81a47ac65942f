//! The ways to systemd on a real one: its own socket, the bus, and systemctl through the helper say the same.

use crate::machine::Machine;

/// Covers these, so that nobody in the command's mount namespace can connect there.
fn without(host: &Machine, covered: &[&str], command: &str) -> String {
    let cover: String = covered.iter().map(|path| format!("mount --bind /dev/null {path} && ")).collect();
    host.run(&[
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        &format!("{cover}exec {command}"),
    ])
    .ok()
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn every_way_to_systemd_tells_the_same() {
    let host = Machine::ready("systemd");
    host.as_runtime_user(
        "set -e
         for name in down fails up; do
             port=$((27300 + ${#name}))
             printf 'port: %d\\n' $port | l4d2ctl initialize $name -f -
         done
         l4d2ctl start up fails --wait",
    )
    .ok();
    // Killed again and again until systemd gives up, which is what a crash loop comes to.
    host.sh("until [ \"$(systemctl show -P ActiveState left4me-server@fails.service)\" = failed ]; do
             systemctl kill --signal=KILL left4me-server@fails.service 2>/dev/null || true
         done")
        .ok();
    let (manager, bus) = ("/run/systemd/private", "/run/dbus/system_bus_socket");

    // The runtime user has no way to the manager itself.
    let status = "l4d2ctl status --json";
    let by_bus = without(&host, &[], status);
    let json: serde_json::Value = serde_json::from_str(&by_bus).unwrap();
    let row =
        |name: &str| json["instances"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&row("up")["phase"], &row("up")["ready"]), (&"running".into(), &true.into()), "{by_bus}");
    assert_eq!(
        (&row("fails")["phase"], &row("fails")["enabled"]),
        (&"failed".into(), &true.into()),
        "{by_bus}"
    );
    assert_eq!((&row("down")["phase"], &row("down")["restarts"]), (&"stopped".into(), &0.into()), "{by_bus}");
    assert!(row("up")["pid"].as_u64() > Some(1) && row("up")["since"].as_u64() > Some(0), "{by_bus}");
    assert_eq!(without(&host, &[bus], status), by_bus);

    for command in ["left4me-setup status --json", "left4me-setup doctor --json", "left4me-setup plan --json"]
    {
        let told = without(&host, &[], command);
        assert_eq!(without(&host, &[manager], command), told, "{command}");
        assert_eq!(without(&host, &[bus], command), told, "{command}");
    }
    // A unit that has changed since systemd read it.
    host.sh("touch /usr/lib/systemd/system/left4me-server@.service").ok();
    for covered in [manager, bus] {
        let plan = host.sh(&format!(
            "unshare --mount sh -c 'mount --bind /dev/null {covered} && exec left4me-setup plan'"
        ));
        assert!(
            plan.code == 3 && plan.out.contains("left4me-server@up.service read before it changed"),
            "{plan:?}"
        );
    }
}
