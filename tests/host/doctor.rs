//! `left4me-setup status` and `doctor` on a real host: each thing is really broken, and named.

use crate::machine::Machine;

const SPEC: &str = "port: 27315\noverlays: []\narguments: [\"+map c1m1_hotel\"]\nconfig: [\"hostname a\"]\n";

/// What is broken for good and repaired again: damage, repair, the line that says it, its remedy.
const BROKEN: [(&str, &str, &str, &str); 19] = [
    (
        "mv /usr/lib32/libz.so.1 /root/",
        "mv /root/libz.so.1 /usr/lib32/",
        "FAIL  32-bit libraries: libz.so.1 is missing",
        "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
    ),
    (
        "mv /lib/ld-linux.so.2 /root/",
        "mv /root/ld-linux.so.2 /lib/",
        "FAIL  32-bit loader: ",
        "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
    ),
    ("chmod 0 /etc/left4me", "chmod 755 /etc/left4me", "FAIL  the plan: one resource is not in sync", "sudo left4me-setup apply"),
    (
        "ln -sfn /nowhere /var/lib/left4me/.steam/sdk32",
        "ln -sfn /var/lib/left4me/steam/linux32 /var/lib/left4me/.steam/sdk32; chown -h left4me: /var/lib/left4me/.steam/sdk32",
        "FAIL  steamclient.so: /var/lib/left4me/.steam/sdk32/steamclient.so is missing: servers are LAN-only",
        "sudo left4me-setup apply",
    ),
    (
        "chown root /var/lib/left4me/installation; chmod 0700 /var/lib/left4me/installation",
        "chown left4me /var/lib/left4me/installation; chmod 0755 /var/lib/left4me/installation",
        "FAIL  writable: /var/lib/left4me/installation cannot be written by the runtime user",
        "sudo left4me-setup apply repairs owner and mode",
    ),
    // sudo: a rule of a later file, a rule below the include, no rule, a helper that cannot run, garbage.
    (
        "echo 'left4me ALL=(ALL) PASSWD: ALL' >/etc/sudoers.d/zz-mine",
        "rm /etc/sudoers.d/zz-mine",
        "FAIL  privileged helpers: left4me cannot run `sudo /usr/libexec/left4me/left4me-overlay`: sudo: a password",
        "a later rule may revoke ours; sudo reads these after /etc/sudoers.d/left4me-setup: /etc/sudoers.d/zz-mine",
    ),
    (
        "cp /etc/sudoers /root/; echo 'left4me ALL=(ALL) !ALL' >>/etc/sudoers",
        "cp /root/sudoers /etc/sudoers",
        "FAIL  privileged helpers: left4me cannot run ",
        "a later rule may revoke ours; sudo reads these after /etc/sudoers.d/left4me-setup: /etc/sudoers, below its @includedir",
    ),
    (
        "cp -p /etc/sudoers.d/left4me-setup /root/; echo '# nothing' >/etc/sudoers.d/left4me-setup",
        "cp -p /root/left4me-setup /etc/sudoers.d/left4me-setup",
        "FAIL  privileged helpers: left4me cannot run ",
        "sudo -l -U left4me shows what it may run; sudo left4me-setup plan --diff shows what was changed",
    ),
    (
        "mv /usr/bin/sudo /root/; printf '#!/bin/sh\\nkill -SEGV $$\\n' >/usr/bin/sudo; chmod 0755 /usr/bin/sudo",
        "mv -f /root/sudo /usr/bin/",
        "FAIL  privileged helpers: left4me cannot run `sudo /usr/libexec/left4me/left4me-overlay`: killed by SIGSEGV",
        "sudo itself fails, not its rules: apt install --only-upgrade sudo",
    ),
    (
        "chmod 0644 /usr/libexec/left4me/left4me-systemctl",
        "chmod 0755 /usr/libexec/left4me/left4me-systemctl",
        "FAIL  privileged helpers: /usr/libexec/left4me/left4me-systemctl is not a program",
        "apt install --reinstall left4me-setup",
    ),
    (
        "echo 'garbage here' >/etc/sudoers.d/zz-mine",
        "rm /etc/sudoers.d/zz-mine",
        "FAIL  sudoers: ",
        "sudo visudo -c shows where; keep a root shell open",
    ),
    // What hides Steam from a server, or a server from players.
    (
        "mkdir -p /etc/systemd/system/left4me-server@.service.d
         printf '[Service]\\nProcSubset=pid\\n' >/etc/systemd/system/left4me-server@.service.d/x.conf; systemctl daemon-reload",
        "rm -r /etc/systemd/system/left4me-server@.service.d; systemctl daemon-reload",
        "FAIL  server unit: ProcSubset=pid is set: Steam finds no /proc/cpuinfo and the server is LAN-only",
        "remove it from /usr/lib/systemd/system/left4me-server@.service /etc/systemd/system/left4me-server@.service.d/x.conf",
    ),
    (
        "mkdir -p /etc/systemd/system.control/left4me-server@a.service.d
         printf '[Service]\\nProcSubset=pid\\n' >/etc/systemd/system.control/left4me-server@a.service.d/x.conf; systemctl daemon-reload",
        "rm -r /etc/systemd/system.control; systemctl daemon-reload",
        "FAIL  server unit: ProcSubset=pid is set: Steam finds no /proc/cpuinfo and the server is LAN-only",
        "remove it from /usr/lib/systemd/system/left4me-server@.service /etc/systemd/system.control/left4me-server@a.service.d/x.conf",
    ),
    (
        "ln -s /dev/null /etc/systemd/system/left4me-overlay@.service; systemctl daemon-reload",
        "rm /etc/systemd/system/left4me-overlay@.service; systemctl daemon-reload",
        "FAIL  server unit: systemd cannot use left4me-overlay@never-started.service: masked",
        "systemctl cat left4me-overlay@never-started.service",
    ),
    (
        "printf '\\nsv_lan 1\\n' >>/var/lib/left4me/instances/a/server.cfg",
        "sed -i /sv_lan/d /var/lib/left4me/instances/a/server.cfg",
        "warn  LAN only: a sets sv_lan 1, which refuses players from outside",
        "take it out of the specification, and restart the instance",
    ),
    (
        "cp -rp /var/lib/left4me/instances/a /var/lib/left4me/instances/b",
        "rm -r /var/lib/left4me/instances/b",
        "warn  ports: port 27315 belongs to a and b; only one of them can run",
        "give each instance a port of its own in its specification",
    ),
    (
        "cd /var/lib/left4me/instances; install -d -o left4me b; mkfifo b/instance.env b/server.cfg",
        "rm -r /var/lib/left4me/instances/b",
        "warn  ports: the instance b has no port in its instance.env",
        "l4d2ctl initialize b -f SPEC",
    ),
    (
        "rm /var/lib/left4me/installation/left4dead2/pak01_dir.vpk",
        "left4me-setup apply --yes",
        "FAIL  the plan: one resource is not in sync",
        "sudo left4me-setup apply",
    ),
    (
        "truncate -s 1 /var/lib/left4me/installation/left4dead2/pak01_dir.vpk",
        "left4me-setup apply --yes",
        "FAIL  game: files 1 of another size (left4dead2/pak01_dir.vpk)",
        "sudo left4me-setup game verify --repair",
    ),
];

/// What is broken for one call of doctor alone, in namespaces of its own.
const SEEN_SO: [(&str, &str, &str); 11] = [
    (
        "unshare --mount sh -c 'mount -t tmpfs -o size=100m,mode=755,uid=$(id -u left4me),gid=$(id -g left4me) x /var/lib/left4me/installation; D'",
        "FAIL  disk space: only 0.1 GB free on the file system of /var/lib/left4me/installation; the game needs 11.0 GB",
        "free disk space, or put LEFT4ME_ROOT on a larger file system with --root",
    ),
    (
        "unshare --mount sh -c 'cd /var/lib/left4me; mount --bind installation installation; mount -o remount,bind,noexec installation; D'",
        "FAIL  mount options: the file system of /var/lib/left4me/installation is mounted noexec",
        "mount -o remount,exec ",
    ),
    (
        "unshare --mount sh -c 'cd /var/lib/left4me; mount --bind installation installation; mount -o remount,bind,ro installation; D'",
        "FAIL  mount options: the file system of /var/lib/left4me/installation is mounted read-only",
        "remount it read-write",
    ),
    (
        "unshare --mount sh -c 'cd /root; install -d -o left4me -g left4me l u w
             mount -t overlay x -o lowerdir=l,upperdir=u,workdir=w /var/lib/left4me/runtime; D'",
        "FAIL  writable layers: /var/lib/left4me/runtime is on an overlay, which cannot hold writable layers",
        "put LEFT4ME_ROOT on ext4 or XFS",
    ),
    (
        "unshare --mount sh -c 'grep -v overlay /proc/filesystems >/run/fs; mount --bind /run/fs /proc/filesystems; D'",
        "FAIL  overlayfs: the kernel has no overlayfs",
        "modprobe overlay; ",
    ),
    (
        "unshare --mount sh -c 'echo 5.10.0-30-amd64 >/run/os; mount --bind /run/os /proc/sys/kernel/osrelease; D'",
        "warn  kernel: Linux 5.10.0-30-amd64 is older than 6.1",
        "apt install linux-image-amd64, and reboot",
    ),
    (
        "unshare --mount sh -c 'mount -t tmpfs x /sys/fs/cgroup; D'",
        "warn  cgroups: the host does not use cgroups version 2",
        "remove systemd.unified_cgroup_hierarchy=0 from the kernel's command line",
    ),
    (
        "unshare --mount sh -c 'mount -t tmpfs x /run/systemd; D'",
        "FAIL  systemd: systemd, which runs the servers, is not running",
        "boot the host with systemd",
    ),
    (
        "unshare --net sh -c 'nft add table inet filter; nft add chain inet filter input \"{ type filter hook input priority 0; policy drop; }\"; D'",
        "warn  firewall: it drops incoming packets unless a rule accepts them",
        "accept UDP on the servers' ports",
    ),
    ("faketime 2019-01-01 D", "FAIL  clock: the clock is before 2026", "timedatectl set-ntp true"),
    ("unshare --net D", "warn  mirrors: none of ", "check the network, name resolution"),
];

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn status_and_doctor_say_what_is_there_and_what_is_wrong() {
    let host = Machine::ready("doctor");
    host.write("/root/spec.yaml", SPEC);
    host.sh("l4d2ctl initialize a -f /root/spec.yaml && l4d2ctl start a").ok();
    let status: serde_json::Value =
        serde_json::from_str(&host.run(&["left4me-setup", "status", "--json"]).ok()).unwrap();
    let mut pinned = status.clone();
    for key in ["url", "sha256", "installed_at"] {
        pinned["facts"]["steamcmd"][key] = "…".into();
    }
    pinned["facts"]["game"]["installed_at"] = "…".into();
    pinned["version"] = "…".into();
    insta::assert_snapshot!("status", format!("{pinned:#}"));

    let healthy = host.run(&["left4me-setup", "doctor", "--json"]);
    let checks: serde_json::Value = serde_json::from_str(&healthy.out).unwrap();
    assert_eq!((healthy.code, &checks["ok"], &checks["schema"]), (0, &true.into(), &1.into()), "{healthy:?}");
    let names: Vec<&str> =
        checks["checks"].as_array().unwrap().iter().filter_map(|check| check["name"].as_str()).collect();
    insta::assert_snapshot!("checks", names.join("\n"));

    // Nobody is to be asked two dozen times: the mirrors are this machine, which serves no HTTPS.
    host.sh("printf '127.0.0.1 %s\n' steamcdn-a.akamaihd.net media.steampowered.com client-update.steamstatic.com >>/etc/hosts").ok();
    // The mount goes a moment after the server, and what is in use is not repaired.
    host.sh("l4d2ctl stop a && systemctl stop left4me-overlay@a.service").ok();
    for (damage, repair, says, remedy) in BROKEN {
        host.sh(damage).ok();
        let said = host.run(&["left4me-setup", "doctor"]);
        host.sh(repair).ok();
        expect(&said, damage, says, remedy);
        assert_eq!(i32::from(says.starts_with("FAIL")), said.code, "{damage}: {said:#?}");
    }
    host.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nftables faketime")
        .ok();
    for (call, says, remedy) in SEEN_SO {
        let call = call.replace(" D", " left4me-setup doctor");
        expect(&host.sh(&call), &call, says, remedy);
    }
    let udp = std::net::UdpSocket::bind("0.0.0.0:27315").unwrap();
    let in_use = |protocol: &str| {
        let says = format!("FAIL  ports in use: {protocol} port 27315 of a is in use by another program");
        expect(
            &host.run(&["left4me-setup", "doctor"]),
            protocol,
            &says,
            "ss -tulpn 'sport = :27315' shows which",
        );
    };
    in_use("UDP");
    drop(udp);
    let tcp = std::net::TcpListener::bind("0.0.0.0:27315").unwrap();
    in_use("TCP");
    drop(tcp);
    host.run(&["left4me-setup", "doctor"]).ok();
}

/// The line, its remedy below it, and the exit code: a failure is one, a warning is none.
#[track_caller]
fn expect(said: &crate::machine::Said, damage: &str, says: &str, remedy: &str) {
    let rest = said.out.lines().skip_while(|line| !line.starts_with(says)).nth(1);
    let hint = rest.unwrap_or_default().trim_start();
    assert!(hint.starts_with("hint: ") && hint.contains(remedy), "{damage}: {says}: {said:#?}");
    let fails = said.out.lines().any(|line| line.starts_with("FAIL"));
    assert!(fails == (said.code == 1) && (fails || said.code == 0), "{damage}: {said:#?}");
}
