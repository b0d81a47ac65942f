//! The kernel, the service manager, the libraries, the firewall.

use left4me::check::Check;
use left4me::host::Host;
use std::path::Path;

/// The oldest of each that all of this is tried on (Debian 12).
const KERNEL: (u32, u32) = (6, 1);
const SYSTEMD: u32 = 252;
const LIBRARIES: [&str; 3] = ["libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"];
const LIBRARY_DIRS: [&str; 3] = ["/usr/lib32", "/lib32", "/usr/lib/i386-linux-gnu"];

/// All checks of the machine.
pub fn all(host: &Host) -> Vec<Check> {
    let release = read("/proc/sys/kernel/osrelease");
    vec![
        kernel(release.trim()),
        overlayfs(&read("/proc/filesystems"), release.trim()),
        systemd(host),
        cgroups(Path::new("/sys/fs/cgroup/cgroup.controllers").exists()),
        libraries(host),
        firewall(),
        hard_links(&read("/proc/sys/fs/protected_hardlinks")),
    ]
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// `6.12.43+deb13-amd64` → (6, 12)
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn kernel(release: &str) -> Check {
    let options = match version(release) >= (6, 8) {
        true => "layers by lowerdir+ too",
        false => "layers by the classic lowerdir, which is what is used",
    };
    match version(release) >= KERNEL {
        true => Check::ok("kernel", format!("Linux {release}, {options}")),
        false => Check::warn(
            "kernel",
            format!("Linux {release} is older than {}.{}, on which nothing was tried", KERNEL.0, KERNEL.1),
            "apt install linux-image-amd64, and reboot",
        ),
    }
}

fn overlayfs(filesystems: &str, release: &str) -> Check {
    let module = Path::new("/lib/modules").join(release).join("kernel/fs/overlayfs");
    match filesystems.lines().any(|l| l.trim_start_matches("nodev").trim() == "overlay") || module.exists() {
        true => Check::ok("overlayfs", "the kernel has it"),
        false => Check::fail(
            "overlayfs",
            "the kernel has no overlayfs, by which instances share the game",
            "modprobe overlay; on a rented container, ask for a machine with a kernel of its own",
        ),
    }
}

fn systemd(host: &Host) -> Check {
    let name = "systemd";
    if !host.has_systemd() {
        return Check::fail(
            name,
            "it does not run here, and it runs the servers",
            "boot the host with systemd",
        );
    }
    let shown = Host::run("systemctl", &["--version"]).unwrap_or_default();
    let (number, _) = version(shown.trim_start_matches("systemd "));
    match number >= SYSTEMD {
        true => Check::ok(name, format!("version {number}")),
        false => Check::fail(
            name,
            format!("version {number} is older than {SYSTEMD} and lacks what hardens the servers"),
            "upgrade to Debian 12 or later",
        ),
    }
}

/// A server starts without, so it is no failure.
fn cgroups(unified: bool) -> Check {
    match unified {
        true => Check::ok("cgroups", "version 2"),
        false => Check::warn(
            "cgroups",
            "the host does not use cgroups version 2: servers run without limits of memory",
            "remove systemd.unified_cgroup_hierarchy=0 from the kernel's command line, and reboot",
        ),
    }
}

fn libraries(host: &Host) -> Check {
    let there = |name: &&&str| LIBRARY_DIRS.iter().any(|dir| host.path(&Path::new(dir).join(name)).exists());
    let missing: Vec<&str> = LIBRARIES.iter().filter(|name| !there(name)).copied().collect();
    match missing.is_empty() {
        true => Check::ok("32-bit libraries", LIBRARIES.join(", ")),
        false => Check::fail(
            "32-bit libraries",
            format!("{} is missing", missing.join(", ")),
            "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
        ),
    }
}

/// A hint, no more: whether a packet passes a rule set is not for us to compute.
/// Without it, the runtime user could link another's file into its tree, where root is asked to run chown.
fn hard_links(setting: &str) -> Check {
    let name = "hard links";
    match setting.trim() {
        "0" => Check::warn(
            name,
            "anybody may make a hard link to another user's file (fs.protected_hardlinks=0)",
            "sudo sysctl fs.protected_hardlinks=1, and look for the 0 in /etc/sysctl.conf and /etc/sysctl.d",
        ),
        _ => Check::ok(name, "nobody can make one to another user's file"),
    }
}

fn firewall() -> Check {
    let name = "firewall";
    let rules = [
        Host::run("nft", &["list", "ruleset"]).unwrap_or_default(),
        Host::run("iptables", &["-S", "INPUT"]).unwrap_or_default(),
    ];
    match drops(&rules[0], &rules[1]) {
        false => Check::ok(name, "nothing here drops incoming packets by default; a provider's own may"),
        true => Check::warn(
            name,
            "it drops incoming packets unless a rule lets them in",
            "let in UDP on the servers' ports (and TCP only for RCON from outside): \
             nft add rule inet filter input udp dport 27000-27999 accept",
        ),
    }
}

fn drops(nft: &str, iptables: &str) -> bool {
    let nft = nft.lines().any(|l| l.contains("hook input") && l.contains("policy drop"));
    nft || iptables.lines().any(|l| l.trim() == "-P INPUT DROP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

    #[test]
    fn versions() {
        for (text, want) in
            [("6.12.43+deb13-amd64", (6, 12)), ("257 (257.8-1)", (257, 0)), ("", (0, 0)), ("6.1", (6, 1))]
        {
            let (major, minor) = version(text);
            assert_eq!(major, want.0, "{text}");
            assert!(want.1 == 0 || minor == want.1, "{text}");
        }
        assert_eq!(kernel("5.10.0-30-amd64").status, Status::Warn);
        assert_eq!(kernel("6.1.0-40-amd64").status, Status::Ok);
    }

    #[test]
    fn each_failure_has_a_remedy() {
        let table = [
            (overlayfs("nodev\tproc\n\text4\n", "no-such-release"), Status::Fail),
            (cgroups(false), Status::Warn),
            (hard_links("0\n"), Status::Warn),
        ];
        for (check, status) in table {
            assert_eq!(check.status, status, "{check:?}");
            assert!(check.remedy.is_some_and(|r| !r.is_empty()));
        }
        assert_eq!(overlayfs("nodev\tproc\nnodev\toverlay\n", "x").status, Status::Ok);
    }

    #[test]
    fn a_default_drop_is_seen() {
        let nft =
            "table inet filter {\n chain input {\n type filter hook input priority filter; policy drop;\n";
        assert!(drops(nft, "") && drops("", "-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n"));
        assert!(!drops(&nft.replace("drop", "accept"), "-P INPUT ACCEPT\n") && !drops("", ""));
        assert!(!drops("chain forward { type filter hook forward priority 0; policy drop; }", ""));
    }
}
