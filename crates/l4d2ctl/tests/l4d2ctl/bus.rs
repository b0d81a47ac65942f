//! Where there is a system bus, systemd is asked there, and no other program is.

use super::double::{free_port, serve};
use super::host::Host;
use left4me_test_support::systemd::{Unit, Value, serve as serve_systemd};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

/// systemd behind the bus of this host; what it was asked so far.
fn systemd(host: &Host, units: impl Fn() -> Vec<Unit> + Send + Sync + 'static) -> Arc<Mutex<Vec<String>>> {
    let socket = host.path("run/dbus/system_bus_socket");
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let calls = serve_systemd(&socket, units).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    calls
}

fn unit(name: &str, [active, sub, result]: [&str; 3], pid: u32) -> Unit {
    Unit {
        id: format!("left4me-server@{name}.service"),
        load: "loaded".into(),
        active: active.into(),
        sub: sub.into(),
        properties: vec![
            ("Result", Value::Text(result.into())),
            ("NRestarts", Value::Number(4)),
            ("MainPID", Value::Number(pid)),
            ("ActiveEnterTimestamp", Value::Long(1_733_174_231_000_000)),
            ("MemoryCurrent", Value::Long(u64::MAX)),
            ("UnitFileState", Value::Text("disabled".into())),
        ],
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn states_from_the_bus() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("port: {port}"));
    for name in ["crashes", "down", "failed", "starts", "stops"] {
        host.initialize(name, &format!("port: {}", free_port()));
    }
    serve(port, port);
    fs::write(host.path("wants/left4me-server@a.service"), "").unwrap();
    let calls = systemd(&host, || {
        let mut vanishing = unit("stops", ["deactivating", "stop-sigterm", ""], 9);
        vanishing.properties.clear();
        vec![
            unit("a", ["active", "running", "success"], 77),
            unit("crashes", ["activating", "auto-restart", "exit-code"], 0),
            unit("failed", ["failed", "failed", "start-limit-hit"], 0),
            unit("starts", ["activating", "start-pre", "success"], 0),
            vanishing,
        ]
    });
    host.calls();
    let report: serde_json::Value = serde_json::from_str(&host.as_root(&["status", "--json"]).ok()).unwrap();
    let keys =
        ["name", "state", "phase", "active", "sub", "result", "enabled", "pid", "since", "restarts", "ready"];
    let rows: Vec<serde_json::Value> = report["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| keys.iter().map(|key| instance[key].clone()).collect())
        .collect();
    assert_eq!(
        json!(rows),
        json!([
            ["a", "running", "running", "active", "running", "success", true, 77, 1_733_174_231_u64, 4, true],
            [
                "crashes",
                "running",
                "restarting",
                "activating",
                "auto-restart",
                "exit-code",
                false,
                null,
                null,
                4,
                false
            ],
            ["down", "stopped", "stopped", "inactive", "dead", "success", false, null, null, 0, false],
            [
                "failed",
                "stopped",
                "failed",
                "failed",
                "failed",
                "start-limit-hit",
                false,
                null,
                null,
                4,
                false
            ],
            [
                "starts",
                "running",
                "starting",
                "activating",
                "start-pre",
                "success",
                false,
                null,
                null,
                4,
                false
            ],
            [
                "stops",
                "running",
                "stopping",
                "deactivating",
                "stop-sigterm",
                "success",
                false,
                null,
                null,
                0,
                false
            ],
        ])
    );
    assert_eq!(host.calls(), "");
    assert_eq!(calls.lock().unwrap().iter().filter(|call| call.starts_with("List")).count(), 1);
}

/// A bus without systemd on it, as in a container, is no reason to know nothing.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_bus_that_does_not_know_systemd() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    host.set("unit.a", "failed\n");
    let socket = host.path("run/dbus/system_bus_socket");
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    // It hangs up on everyone.
    std::thread::spawn(move || listener.incoming().for_each(drop));
    host.calls();
    assert!(host.as_root(&["status"]).out.contains("failed"));
    assert_eq!(host.calls(), "left4me-systemctl show a\n");
}
