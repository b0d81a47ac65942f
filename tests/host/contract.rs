//! What the predecessor's web app calls, from inside the unit it runs in, and what it must see: the argument lists,
//! step lines, exit codes and messages that it knows, in the order in which it uses them.

use crate::machine::{Machine, Said, steam};

/// What is on standard output or standard error.
enum Seen {
    /// Exactly this.
    All(&'static str),
    /// This among other things.
    Some(&'static str),
}
use Seen::{All, Some};

/// A command line, its exit code, standard output and standard error.
type Row = (&'static str, i32, Seen, Seen);

const INITIALIZE: &str = "creating instance directories...\nwriting instance.env...\nwriting server.cfg...\ninitialization complete.\n";
const START: &str = "copying server.cfg to runtime...\nstarting systemd service...\nstart complete.\n";
const STOP: &str = "stopping systemd service...\nstop complete.\n";
const DELETE: &str =
    "stopping systemd service (if running)...\nremoving instance files...\ndelete complete.\n";

const L4D2CTL: &[Row] = &[
    ("", 2, All(""), Some("Usage: l4d2ctl <COMMAND>")),
    ("initialize 7 -f /srv/7.yaml", 0, All(INITIALIZE), All("")),
    ("initialize 7 -f /srv/7.yaml", 0, All(INITIALIZE), Some("has not changed")),
    ("initialize 8 -f /srv/no-path.yaml", 1, All(""), Some("overlay entry missing 'path'")),
    ("initialize 8 -f /srv/list.yaml", 1, All(""), Some("unsupported overlay entry type: a list")),
    ("initialize 8 -f /srv/absent.yaml", 1, All(""), Some("cannot read /srv/absent.yaml")),
    ("initialize 8", 2, All(""), Some("--spec <SPEC>")),
    ("initialize ../8 -f /srv/7.yaml", 2, All(""), Some("invalid instance name: '../8'")),
    ("initialize Eight -f /srv/7.yaml", 2, All(""), Some("invalid instance name: 'Eight'")),
    ("status 7 --json", 0, Some("\"state\": \"stopped\""), All("")),
    // In the web app's database, but not initialized before its first start.
    ("status 8 --json", 0, Some("\"state\": \"stopped\""), All("")),
    ("status 8", 1, Some("8     unknown"), Some("there is no instance '8'")),
    ("status 7", 0, Some("7     stopped  27215"), All("")),
    ("start 8", 1, All(""), Some("there is no instance '8'")),
    ("start 7", 0, All(START), All("")),
    (
        "start 7",
        0,
        All("starting systemd service...\nstart complete.\n"),
        Some("note: '7' is already running"),
    ),
    ("status 7 --json", 0, Some("\"state\": \"running\""), All("")),
    ("logs 7 --lines 200 --no-follow", 0, Some("\ndouble: cwd /var/lib/left4me/runtime/7/merged\n"), All("")),
    ("logs 7 --lines 1 --no-follow", 0, Some("\n"), All("")),
    ("logs 7 --lines 0 --no-follow", 0, All(""), All("")),
    ("logs 8 --lines 1 --no-follow", 1, All(""), Some("there is no instance '8'")),
    ("logs 7 --lines -1 --follow", 2, All(""), Some("--lines")),
    ("initialize 7 -f /srv/7.yaml", 0, All(INITIALIZE), Some("has not changed")),
    ("stop 7", 0, All(STOP), All("")),
    ("stop 7", 0, All(STOP), All("")),
    ("status 7 --json", 0, Some("\"state\": \"stopped\""), All("")),
    ("reset 7", 0, Some("stopping systemd service (if running)...\n"), All("")),
    ("initialize 7 -f /srv/7.yaml", 0, All(INITIALIZE), Some("has not changed")),
    ("start 7", 0, All(START), All("")),
    ("delete 7", 0, All(DELETE), All("")),
    ("delete 7", 0, All(""), Some("there is no instance '7'")),
    // A layer that went away.
    ("initialize 9 -f /srv/9.yaml", 0, All(INITIALIZE), All("")),
    ("start 9", 1, All(""), Some("the overlay 'gone' of '9' does not exist")),
    ("delete 9", 0, All(DELETE), All("")),
];

/// Root's unit does it: the web app's forbids 32-bit programs, of which SteamCMD is one.
const INSTALL: &[Row] = &[
    (
        "install",
        0,
        All("downloading linux platform payload...\ninstallation complete.\n"),
        Some("game (linux"),
    ),
    ("install --validate", 2, All(""), Some("only root may give arguments")),
];

const HELPERS: &[Row] = &[
    ("left4me-overlay", 2, All(""), Some("usage: left4me-overlay ")),
    ("left4me-overlay remount 7", 2, All(""), Some("usage: left4me-overlay ")),
    ("left4me-overlay mount", 2, All(""), Some("usage: left4me-overlay ")),
    ("left4me-overlay mount 7 8", 2, All(""), Some("usage: left4me-overlay ")),
    ("left4me-overlay mount A", 2, All(""), Some("left4me-overlay: invalid instance name: 'A'")),
    (
        "left4me-overlay mount 8",
        1,
        All(""),
        Some("left4me-overlay: instance.env not found: /var/lib/left4me/instances/8/instance.env"),
    ),
    ("left4me-overlay mount 7", 0, All(""), All("")),
    ("left4me-overlay mount 7", 0, All(""), All("")),
    ("left4me-overlay --print mount 7", 0, Some("nothing to do\n"), All("")),
    ("left4me-overlay umount 7", 0, All(""), All("")),
    ("left4me-overlay umount 7", 0, All(""), All("")),
    ("left4me-systemctl", 2, All(""), Some("usage: left4me-systemctl ")),
    ("left4me-systemctl start 7", 2, All(""), Some("usage: left4me-systemctl ")),
    ("left4me-systemctl enable", 2, All(""), Some("usage: left4me-systemctl ")),
    ("left4me-systemctl enable ..", 2, All(""), Some("invalid instance name: '..'")),
    ("left4me-systemctl show 7", 0, Some("ActiveState=inactive\n"), All("")),
    ("left4me-systemctl show never-started", 0, Some("ActiveState=inactive\n"), All("")),
    ("left4me-systemctl enable 7", 0, All(""), Some("")),
    ("left4me-systemctl show 7", 0, Some("SubState=running\n"), All("")),
    ("left4me-systemctl show 7", 0, Some("ActiveState=active\n"), All("")),
    ("left4me-systemctl disable 7", 0, All(""), Some("")),
    ("left4me-systemctl disable 7", 0, All(""), All("")),
    ("left4me-journalctl", 2, All(""), Some("usage: left4me-journalctl ")),
    ("left4me-journalctl 7 --follow --lines 5", 2, All(""), Some("usage: left4me-journalctl ")),
    ("left4me-journalctl 7 --lines all --follow", 2, All(""), Some("usage: left4me-journalctl ")),
    ("left4me-journalctl a/b --lines 5 --follow", 2, All(""), Some("invalid instance name: 'a/b'")),
    ("left4me-journalctl 7 --lines 200 --no-follow", 0, Some("\ndouble: cwd "), All("")),
];

/// The web app's unit, as the predecessor's bundle wrote it, around one command.
pub const UNIT: &str = "systemd-run --quiet --pipe --wait --collect -p User=left4me -p Group=left4me \
    -E HOME=/var/lib/left4me -E PATH=/var/lib/left4me/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    -p EnvironmentFile=/etc/left4me/host.env -p ReadWritePaths=/var/lib/left4me \
    -p ProtectProc=invisible -p ProtectKernelTunables=true -p ProtectKernelModules=true -p ProtectKernelLogs=true \
    -p ProtectClock=true -p ProtectControlGroups=true -p ProtectHostname=true -p LockPersonality=true \
    -p ProtectSystem=strict -p ProtectHome=true -p PrivateTmp=true -p RestrictNamespaces=true -p RestrictRealtime=true \
    -p RemoveIPC=true -p KeyringMode=private -p UMask=0027 -p 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX' \
    -p SystemCallArchitectures=native -p SystemCallFilter=@system-service \
    -p 'SystemCallFilter=~@debug @mount @raw-io @reboot @swap @cpu-emulation @obsolete'";

#[track_caller]
fn behaves(rows: &[Row], call: impl Fn(&str) -> Said) {
    for (line, code, out, err) in rows {
        let said = call(line);
        assert_eq!(said.code, *code, "{line}: {said:#?}");
        for (seen, is) in [(out, &said.out), (err, &said.err)] {
            let holds = match seen {
                All(text) => is == text,
                Some(text) => is.contains(text),
            };
            assert!(holds, "{line}: {said:#?}");
        }
    }
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn the_web_app_does_not_notice_the_change() {
    let host = Machine::ready("contract");
    assert!(steam().url().starts_with("http://127.0.0.1:"));
    host.sh("mkdir -p /var/lib/left4me/overlays/8/left4dead2/cfg && echo 'sv_x 1' >/var/lib/left4me/overlays/8/left4dead2/cfg/server.cfg
             mkdir -p /var/lib/left4me/overlays/gone && chown -R left4me: /var/lib/left4me/overlays").ok();
    let spec = "port: 27215\noverlays:\n  - {path: '8', alias: overlay_8}\n  - {path: gone, alias: null}\narguments: ['-tickrate 100']\n\
                config: ['exec server_overlay_8', 'hostname x', 'rcon_password y', 'log on', 'logaddress_add 192.0.2.1:28000']\n";
    host.write("/srv/7.yaml", &spec.replace("  - {path: gone, alias: null}\n", ""));
    host.write("/srv/9.yaml", spec);
    host.write("/srv/no-path.yaml", "port: 27216\noverlays: [{alias: x}]\n");
    host.write("/srv/list.yaml", "port: 27216\noverlays: [[x]]\n");
    let (usual, broken) = L4D2CTL.split_at(L4D2CTL.len() - 2);
    let web_app = |line: &str| host.sh(&format!("{UNIT} l4d2ctl {line}"));
    behaves(usual, web_app);
    host.sh("rmdir /var/lib/left4me/overlays/gone").ok();
    behaves(broken, web_app);

    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize 7 -f -").ok();
    // Mounting by hand is not the web app's, whose unit forbids it the system call.
    behaves(HELPERS, |line| host.as_runtime_user(&format!("sudo -n /usr/local/libexec/left4me/{line}")));
    behaves(INSTALL, |line| host.as_runtime_user(&format!("l4d2ctl {line}")));
    behaves(INSTALL, web_app);
    // A job that is cancelled: the group is ended, and nobody is left.
    host.as_runtime_user(
        "set -m; l4d2ctl logs 7 --follow >/dev/null & group=$!
         for _ in $(seq 200); do pgrep -x journalctl >/dev/null && break; sleep 0.05; done
         kill -TERM -$group; wait $group; [ $? = 143 ] && ! pgrep -x journalctl && ! pgrep -x sudo",
    )
    .ok();
    host.sh("l4d2ctl delete 7; test -z \"$(find /var/lib/left4me ! -user left4me)\"").ok();
}
