//! Servers with simulated players, and what can be told of them from outside.

use crate::machine::Machine;
use serde_json::Value;
use std::ops::Range;

/// Servers `s0`, `s1` … of one host, running and full of players.
pub struct Fleet<'a> {
    pub host: &'a Machine,
    servers: Range<u16>,
}

/// All that must not change for those who play.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pids: Vec<String>,
    /// A digest of every file that each sees.
    files: Vec<String>,
}

const PORT: u16 = 27100;

impl Fleet<'_> {
    /// Starts so many servers. Each has a file of its own, and `s1` has changed one of the game's that every update
    /// changes too.
    pub fn start(host: &Machine, count: u16) -> Fleet<'_> {
        let fleet = Fleet { host, servers: 0..count };
        for server in fleet.servers.clone() {
            host.sh(&format!(
                "set -e
                 printf 'port: {}\\nconfig: [\"hostname s{server}\", \"rcon_password secret\"]\\n' |
                     l4d2ctl initialize s{server} -f -
                 l4d2ctl start s{server} --wait
                 cd /var/lib/left4me/runtime/s{server}/merged/left4dead2
                 setpriv --reuid=left4me --regid=left4me --clear-groups sh -c '
                     echo s{server} >cfg/own.cfg
                     [ {server} != 1 ] || echo // mine >>gameinfo.txt
                     printf \"Alice\\nBob\\n\" >double-players'",
                PORT + server
            ))
            .ok();
        }
        fleet
    }

    /// The players of a server leave, or come.
    pub fn players(&self, server: u16, names: &str) {
        self.host
            .sh(&format!(
                "printf '{names}' >/var/lib/left4me/runtime/s{server}/merged/left4dead2/double-players"
            ))
            .ok();
    }

    pub fn all_leave(&self) {
        self.servers.clone().for_each(|server| self.players(server, ""));
    }

    pub fn seen(&self) -> Seen {
        let each = |command: &str| {
            let script = format!("for s in {}; do {command}; done", self.names().join(" "));
            self.host.sh(&script).ok().lines().map(str::to_owned).collect()
        };
        Seen {
            pids: each("systemctl show -P MainPID left4me-server@$s"),
            files: each(
                "cd /var/lib/left4me/runtime/$s/merged && find . -type f ! -name double-players ! -name double.txt -print0 |
                 sort -z | xargs -0 sha256sum | sha256sum",
            ),
        }
    }

    /// Whose process is another one by now.
    pub fn restarted_since(&self, before: &Seen) -> Vec<String> {
        let now = self.seen();
        let pids = self.names().into_iter().zip(now.pids.iter().zip(&before.pids));
        pids.filter(|(_, (now, before))| now != before).map(|(name, _)| name).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.servers.clone().map(|server| format!("s{server}")).collect()
    }

    /// What `l4d2ctl status --json` says of a key of each server.
    pub fn status(&self, key: &str) -> Vec<Value> {
        let status = self.host.run(&["l4d2ctl", "status", "--json"]).ok();
        let status: Value = serde_json::from_str(&status).unwrap();
        let servers = status["instances"].as_array().unwrap();
        assert_eq!(servers.len(), self.servers.len(), "{status:#}");
        servers.iter().map(|server| server[key].clone()).collect()
    }

    pub fn all(&self, key: &str, value: &Value) {
        let found = self.status(key);
        assert!(found.iter().all(|found| found == value), "{key}: {found:?} is not {value} everywhere");
    }

    /// What systemd has done to these servers since a cursor of the journal, in this order: `stop s0`, `start s0` …
    pub fn jobs_since(&self, cursor: &str) -> Vec<String> {
        let script = format!("journalctl -q --sync; journalctl -qo json --after-cursor='{cursor}' _PID=1");
        let entries = self.host.sh(&script).ok();
        let ended = entries.lines().filter_map(|entry| {
            let entry: Value = serde_json::from_str(entry).unwrap();
            let server = entry["UNIT"].as_str()?.strip_prefix("left4me-server@")?.strip_suffix(".service")?;
            (entry["JOB_RESULT"] == "done")
                .then(|| format!("{} {server}", entry["JOB_TYPE"].as_str().unwrap()))
        });
        ended.collect()
    }

    pub fn cursor(&self) -> String {
        let shown = self.host.sh("journalctl -qn 1 --show-cursor | sed -n 's/^-- cursor: //p'").ok();
        shown.trim().to_owned()
    }
}

/// What a host must not have more of afterwards.
pub fn leaks(host: &Machine) -> String {
    host.sh("echo mounts $(grep -c left4me /proc/1/mountinfo)
         echo namespaces $(ls -l /proc/[0-9]*/ns/mnt 2>/dev/null | grep -o 'mnt:.*' | sort -u | wc -l)
         echo processes $(pgrep -cu left4me)
         echo staging $(find /var/lib/left4me/updates/.staging -mindepth 1 2>/dev/null | wc -l)")
        .ok()
}
