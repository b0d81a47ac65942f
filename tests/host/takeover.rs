//! A host of the predecessor's, with a server running, is taken over.

use crate::machine::Machine;

/// The predecessor's unit, as far as a running server depends on it.
const OLD_UNIT: &str = "[Service]
User=left4me
Group=left4me
EnvironmentFile=/var/lib/left4me/instances/%i/instance.env
ExecStartPre=+/usr/bin/nsenter --mount=/proc/1/ns/mnt -- /bin/mount -t overlay overlay -o lowerdir=/var/lib/left4me/overlays/7:/var/lib/left4me/installation,\
upperdir=/var/lib/left4me/runtime/%i/upper,workdir=/var/lib/left4me/runtime/%i/work /var/lib/left4me/runtime/%i/merged
ExecStart=/var/lib/left4me/runtime/%i/merged/srcds_run -game left4dead2 +ip 0.0.0.0 +hostport ${L4D2_PORT} $L4D2_ARGS
ExecStopPost=+/usr/bin/nsenter --mount=/proc/1/ns/mnt -- /usr/local/libexec/left4me/left4me-overlay umount %i
Restart=on-failure
[Install]
WantedBy=multi-user.target
";

/// As its l4d2ctl wrote it: absolute layers, an overlay by its number.
const INSTANCE_ENV: &str = "L4D2_PORT=27316
L4D2_ARGS=-tickrate 60 +map c1m1_hotel
L4D2_LOWERDIRS=/var/lib/left4me/overlays/7:/var/lib/left4me/installation
";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_running_server_of_the_predecessors_never_notices() {
    let host = Machine::ready("takeover");
    host.write("/usr/local/lib/systemd/system/left4me-server@.service", OLD_UNIT);
    host.write("/root/instance.env", INSTANCE_ENV);
    host.write("/usr/local/lib/systemd/system/l4d2-game.slice", "[Slice]\nCPUWeight=1000\nAllowedCPUs=0\n");
    host.sh("cd /var/lib/left4me
         install -d -o left4me -g left4me runtime/a/{,upper,work,merged} overlays/7/left4dead2/cfg instances/a workshop_cache; chown -R left4me: overlays
         install -o left4me -g left4me /root/instance.env instances/a/
         echo 'hostname old' | install -o left4me -g left4me /dev/stdin instances/a/server.cfg
         mkdir -p /opt/left4me/src/deploy/scripts/libexec /usr/local/libexec/left4me
         mv /var/lib/left4me/steam /opt/left4me/steam
         ln -s /opt/left4me/src/deploy/scripts/libexec/left4me-script-sandbox /usr/local/libexec/left4me/
         sed -i s,/var/lib/left4me/steam/,/opt/left4me/steam/, /etc/left4me/host.env
         systemctl daemon-reload && systemctl enable --now left4me-server@a")
        .ok();
    // Of the time when SteamCMD had moved: it cannot be there when the server starts from the old place.
    let hardening = include_str!("predecessor-hardening.conf");
    host.write("/etc/systemd/system/left4me-server@.service.d/10-hardening.conf", hardening);
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

    // Its tree lies over the game, although our helper did not mount it.
    let refused = host.run(&["left4me-setup", "game", "update", "--in-place"]).failed(1);
    assert!(refused.contains("the game is in use by a\n"), "{refused}");

    // The slice is ours at once, with the CPUs that the host had chosen for it; drop-ins stay.
    assert!(out.contains("~ predecessor's /usr/local/lib/systemd/system/l4d2-game.slice: "), "{out}");
    let slice = "systemctl show -P FragmentPath,AllowedCPUs l4d2-game.slice";
    let mut shown: Vec<String> = host.sh(slice).ok().lines().map(str::to_owned).collect();
    shown.sort();
    assert_eq!(shown.join(" ").trim(), "/usr/lib/systemd/system/l4d2-game.slice 0");
    let plan = host.run(&["left4me-setup", "plan"]).out;
    let says = "10-hardening.conf is the predecessor's, a copy: kept, and left4me-server@.service has its settings itself";
    assert!(plan.contains(says), "{plan}");

    // From its next start on it is one of ours, with its own instance.env and below the old drop-in.
    host.sh("l4d2ctl stop a").ok();
    let out = host.apply();
    assert!(out.contains("~ predecessor's /usr/local/lib/systemd/system/left4me-server@.service: "), "{out}");
    host.sh(
        "test -e /usr/local/lib/systemd/system/left4me-server@.service.left4me-old && l4d2ctl start a --wait",
    )
    .ok();
    assert_ne!(host.sh(pid).ok(), before);
    host.sh("systemctl is-active -q left4me-overlay@a && findmnt -no SOURCE /var/lib/left4me/runtime/a/merged | grep -q ^left4me:a:").ok();
    assert_eq!(host.sh("cat /var/lib/left4me/instances/a/instance.env").ok(), INSTANCE_ENV);
    let log = host.sh("l4d2ctl logs a --lines 200 --no-follow").ok();
    assert!(
        log.contains("[-tickrate] [60] [+map] [c1m1_hotel]") && log.contains("double: steamclient ok"),
        "{log}"
    );
}
