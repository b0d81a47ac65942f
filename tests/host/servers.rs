//! Instances on a real host: units, mounts, sudo, and a server that answers from outside.

use crate::machine::Machine;
use left4me::a2s::{self, Info, Reply};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

const VERSUS: u16 = 27015;
const CAMPAIGN: u16 = 27016;

/// Asks a server from outside the host, over the network that both share. It hears three datagrams a second of
/// one address, so a silence is asked again.
pub fn ask(port: u16) -> Option<Info> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(1100))).unwrap();
    let mut challenge = None;
    for _ in 0..5 {
        socket.send(&a2s::request(challenge)).ok();
        let mut packet = [0u8; a2s::MAX_PACKET];
        let length = match socket.recv(&mut packet) {
            Err(silence) if silence.kind() == ErrorKind::WouldBlock => continue,
            received => received.ok()?,
        };
        match a2s::parse(&packet[..length]).unwrap() {
            Reply::Info(info) => {
                assert!(challenge.is_some(), "the double answers only with a challenge");
                return Some(info);
            }
            Reply::Challenge(given) => challenge = Some(given),
            Reply::Players(_) => panic!("that was not asked"),
        }
    }
    None
}

/// Two servers with different ports and overlays, started.
fn two_servers(name: &str) -> Machine {
    let host = Machine::ready(name);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/host/two-servers.sh");
    let made = Command::new(script).arg(name).output().unwrap();
    assert!(
        made.status.success(),
        "{}{}",
        String::from_utf8_lossy(&made.stdout),
        String::from_utf8_lossy(&made.stderr)
    );
    host
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn two_servers_live_side_by_side() {
    let host = two_servers("servers");

    let versus = ask(VERSUS).expect("versus answers");
    let campaign = ask(CAMPAIGN).expect("campaign answers");
    assert_eq!((versus.hostname.as_str(), versus.map.as_str()), ("Versus Night", "c1m1_hotel"));
    assert_eq!((campaign.hostname.as_str(), campaign.map.as_str()), ("Custom Campaigns", "c2m1_highway"));

    // Each sees its own overlay and its own server.cfg in the merged tree, and the shared game below.
    let merged = "/var/lib/left4me/runtime";
    host.sh(&format!(
        "cd {merged}
         test -f versus/merged/left4dead2/addons/competitive.vpk && test ! -e versus/merged/left4dead2/addons/campaign.vpk
         test -f campaign/merged/left4dead2/addons/campaign.vpk && test ! -e campaign/merged/left4dead2/addons/competitive.vpk
         grep -q 'hostname Versus Night' versus/merged/left4dead2/cfg/server.cfg
         grep -q 'hostname Custom Campaigns' campaign/merged/left4dead2/cfg/server.cfg
         grep -q 'sv_gametypes coop' campaign/merged/left4dead2/cfg/server_custom.cfg
         test -x versus/merged/srcds_linux && test -f versus/merged/left4dead2/pak01_dir.vpk"
    ))
    .ok();

    // What the engine itself sees from inside its sandbox.
    let log = host.run(&["l4d2ctl", "logs", "versus", "--lines", "100", "--no-follow"]).ok();
    for line in ["steamclient ok", "cpuinfo ok", "wx ok", "write ok", "resolve ok", "addons competitive.vpk"]
    {
        assert!(log.contains(&format!("double: {line}")), "{line:?} is not in {log}");
    }

    let status = host.run(&["l4d2ctl", "status", "--json"]).ok();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["schema"], 1);
    for (index, name, port) in [(0, "campaign", CAMPAIGN), (1, "versus", VERSUS)] {
        let instance = &status["instances"][index];
        assert_eq!(instance["name"], name, "{status:#}");
        assert_eq!(instance["state"], "running");
        assert_eq!(instance["port"], port);
        assert_eq!(instance["ready"], true);
        assert_eq!(instance["enabled"], true);
    }

    // An instance costs kilobytes, not gigabytes.
    assert!(status["instances"][1]["disk_bytes"].as_u64().unwrap() < 100_000, "{status:#}");

    host.run(&["l4d2ctl", "stop", "versus"]).ok();
    assert!(ask(VERSUS).is_none());
    assert!(ask(CAMPAIGN).is_some(), "stopping one leaves the other");
    host.run(&["l4d2ctl", "start", "versus", "versus"]).ok();
    host.run(&["l4d2ctl", "delete", "versus"]).ok();
    host.run(&["l4d2ctl", "delete", "versus"]).ok();
    host.run(&["l4d2ctl", "stop", "campaign"]).ok();
    host.run(&["l4d2ctl", "delete", "campaign"]).ok();
    host.sh("test -z \"$(ls -A /var/lib/left4me/instances /var/lib/left4me/runtime | grep -v :)\"").ok();
    host.sh("! grep left4me: /proc/self/mountinfo").ok();
    host.sh("test -z \"$(find /var/lib/left4me ! -user left4me)\"").ok();
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn the_web_app_calls_the_same_programs_as_the_runtime_user() {
    let host = Machine::ready("webapp");
    let spec = "port: 27015\noverlays: []\nconfig: ['rcon_password x']\n";
    host.write("/srv/spec.yaml", spec);
    let session = host.as_runtime_user(
        "set -e
         l4d2ctl initialize 1 -f /srv/spec.yaml
         l4d2ctl start 1
         sudo -n /usr/local/libexec/left4me/left4me-systemctl show 1 | grep -x ActiveState=active
         sudo -n /usr/local/libexec/left4me/left4me-journalctl 1 --lines 5 --no-follow >/dev/null
         l4d2ctl status 1 --json >/dev/null
         l4d2ctl stop 1
         l4d2ctl delete 1",
    );
    insta::assert_snapshot!("webapp", session.ok());
    // And nothing else as root.
    for command in ["/bin/sh", "/usr/bin/systemctl status", "/usr/bin/left4me-setup plan"] {
        host.as_runtime_user(&format!("sudo -n {command}")).failed(1);
    }
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn what_was_started_survives_a_reboot_and_a_crash() {
    let host = two_servers("reboot");
    host.run(&["l4d2ctl", "stop", "campaign"]).ok();

    // A crash: the server is back, on the same mount.
    let mount = "grep -c left4me:versus: /proc/self/mountinfo";
    assert_eq!(host.sh(mount).ok(), "1\n");
    host.sh("systemctl kill --signal=KILL left4me-server@versus.service").ok();
    host.sh(
        "for i in $(seq 300); do
             [ \"$(systemctl show -P NRestarts left4me-server@versus.service)\" = 1 ] &&
             [ \"$(systemctl show -P SubState left4me-server@versus.service)\" = running ] && exit 0; sleep 0.1
         done; exit 1",
    )
    .ok();
    host.run(&["l4d2ctl", "start", "versus", "--wait"]).ok();
    assert_eq!(host.sh(mount).ok(), "1\n");

    host.off();
    assert!(ask(VERSUS).is_none());
    host.boot();
    host.run(&["l4d2ctl", "start", "versus", "--wait"]).ok();
    assert_eq!(ask(VERSUS).expect("versus is back").hostname, "Versus Night");
    assert!(ask(CAMPAIGN).is_none(), "what was stopped stays stopped");
}
