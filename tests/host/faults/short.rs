//! What runs short: the disk below a server, and its port.

use super::{says, sh};
use crate::machine::Machine;
use std::net::UdpSocket;

/// A full disk below the instances' own layers: seen, told, and undone by reset; nothing half-written.
pub fn disk(host: &Machine) {
    sh(
        host,
        "l4d2ctl delete a && mount -t tmpfs -o size=300k,uid=left4me,gid=left4me,mode=755 full $R/runtime
         printf 'port: 27015\\nconfig: [hostname before]\\n' | l4d2ctl initialize a -f - && l4d2ctl start a --wait
         u 'rm '$R'/runtime/a/merged/left4dead2/double.txt'
         ! u 'head -c 1M /dev/zero >'$R'/runtime/a/merged/left4dead2/fill' 2>/dev/null
         [ \"$(stat -f -c %a $R/runtime)\" = 0 ]",
    )
    .ok();
    let status = host.run(&["l4d2ctl", "status", "a", "--json"]).ok();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let instance = &status["instances"][0];
    assert_eq!(instance["ready"], true, "it plays on: {status:#}");
    assert!(instance["disk_bytes"].as_u64().unwrap() > 200_000, "{status:#}");

    // The engine sees it too, and the server starts again as long as nothing new has to be written.
    sh(
        host,
        "l4d2ctl restart a --wait && l4d2ctl logs a --no-follow --lines 40 | grep -q 'double: write failed'
         printf 'port: 27015\\nconfig: [hostname after]\\n' | l4d2ctl initialize a -f -",
    )
    .ok();
    let err = host.run(&["l4d2ctl", "restart", "a"]).failed(1);
    says(
        &err,
        "error: cannot write /var/lib/left4me/runtime/a/upper/left4dead2/cfg/server.cfg: No space left on device",
    );
    says(&err, "sudo l4d2ctl du a --files shows what the server wrote");
    sh(
        host,
        "[ \"$(cat $R/runtime/a/upper/left4dead2/cfg/server.cfg)\" = 'hostname before' ]
         l4d2ctl reset a && l4d2ctl start a --wait && l4d2ctl logs a --no-follow --lines 40 | tail -n 20 | grep -q 'double: write ok'
         ! u 'head -c 1M /dev/zero >'$R'/runtime/a/merged/left4dead2/fill' 2>/dev/null
         l4d2ctl delete a && [ -z \"$(ls -A $R/runtime)\" ] && umount $R/runtime
         printf 'port: 27015\\n' | l4d2ctl initialize a -f -",
    )
    .ok();
}

/// The port is taken between our look and the engine's: it says which one it took instead.
pub fn port(host: &Machine) {
    sh(
        host,
        "mkdir -p /run/systemd/system/left4me-server@a.service.d
         printf '[Service]\\nExecStartPre=/bin/sh -c \"until [ -e %s ]; do sleep 0.05; done\"\\n' \\
             $R/runtime/a/merged/go >/run/systemd/system/left4me-server@a.service.d/late.conf
         systemctl daemon-reload",
    )
    .ok();
    let (said, status) = std::thread::scope(|scope| {
        let start = scope.spawn(|| host.run(&["l4d2ctl", "start", "a", "--wait=60"]));
        sh(host, "await is server@a activating").ok();
        let _other = UdpSocket::bind("0.0.0.0:27015").unwrap();
        sh(host, "u \"touch $R/runtime/a/merged/go\"").ok();
        (start.join().unwrap(), host.run(&["l4d2ctl", "status", "a"]).ok())
    });
    let err = said.failed(1);
    says(&err, "error: 'a' uses port 27016, because port 27015 was in use");
    says(&err, "then sudo l4d2ctl restart a");
    assert!(status.contains("running  27015  no"), "{status}");
    // As it says.
    sh(
        host,
        "rm -r /run/systemd/system/left4me-server@a.service.d; systemctl daemon-reload
         l4d2ctl restart a --wait && l4d2ctl stop a",
    )
    .ok();
}
