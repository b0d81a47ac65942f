//! A host of the predecessor's, with a server running, is taken over.

use crate::machine::Machine;

/// The predecessor's unit, as far as a running server depends on it.
const OLD_UNIT: &str = "[Service]
User=left4me
Group=left4me
EnvironmentFile=/var/lib/left4me/instances/%i/instance.env
ExecStartPre=+/bin/mount -t overlay overlay -o lowerdir=/var/lib/left4me/installation,\
upperdir=/var/lib/left4me/runtime/%i/upper,workdir=/var/lib/left4me/runtime/%i/work /var/lib/left4me/runtime/%i/merged
ExecStart=/var/lib/left4me/runtime/%i/merged/srcds_run -game left4dead2 +ip 0.0.0.0 +hostport ${L4D2_PORT} $L4D2_ARGS
ExecStopPost=+/usr/local/libexec/left4me/left4me-overlay umount %i
Restart=on-failure
[Install]
WantedBy=multi-user.target
";

const SPEC: &str = "port: 27216\noverlays: []\narguments: [\"+map c1m1_hotel\"]\n";

#[test]
fn a_running_server_of_the_predecessors_never_notices() {
    let Some(host) = Machine::ready("takeover") else { return };
    host.write("/root/spec.yaml", SPEC);
    host.write("/usr/local/lib/systemd/system/left4me-server@.service", OLD_UNIT);
    host.sh("l4d2ctl initialize a -f /root/spec.yaml
         install -d -o left4me -g left4me /var/lib/left4me/runtime/a/{,upper,work,merged}
         mkdir -p /opt/left4me/src/deploy/scripts/libexec /usr/local/libexec/left4me
         mv /var/lib/left4me/steam /opt/left4me/steam
         ln -s /opt/left4me/src/deploy/scripts/libexec/left4me-script-sandbox /usr/local/libexec/left4me/
         sed -i s,/var/lib/left4me/steam/,/opt/left4me/steam/, /etc/left4me/host.env
         systemctl daemon-reload && systemctl enable --now left4me-server@a")
        .ok();
    let pid = "systemctl show -P MainPID left4me-server@a";
    let before = host.sh(pid).ok();
    assert_ne!(before, "0\n");

    let out = host.apply();
    assert!(out.contains("~ predecessor's /opt/left4me/steam: "), "{out}");
    assert!(
        out.contains(". predecessor's /usr/local/lib/systemd/system/left4me-server@.service: deferred, "),
        "{out}"
    );
    assert_eq!(host.sh(&format!("systemctl daemon-reload; {pid}")).ok(), before, "the server was touched");
    assert_eq!(host.sh("systemctl is-active left4me-server@a").ok(), "active\n");
    host.sh(
        "grep -qx LEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh /etc/left4me/host.env && visudo -c",
    )
    .ok();
    assert!(host.run(&["left4me-setup", "apply"]).ok().contains("0 changed, "));

    // From its next start on it is one of ours.
    host.sh("l4d2ctl stop a").ok();
    let out = host.apply();
    assert!(out.contains("~ predecessor's /usr/local/lib/systemd/system/left4me-server@.service: "), "{out}");
    host.sh("test -e /usr/local/lib/systemd/system/left4me-server@.service.left4me-old && l4d2ctl start a")
        .ok();
    assert_ne!(host.sh(pid).ok(), before);
    host.sh("systemctl is-active -q left4me-overlay@a && findmnt -no SOURCE /var/lib/left4me/runtime/a/merged | grep -q ^left4me:a:").ok();
}
