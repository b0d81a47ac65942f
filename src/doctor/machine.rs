//! The machine: kernel, systemd, libraries, firewall.

use left4me::check::Check;
use left4me::host::Host;
use std::path::Path;

/// The oldest versions that we test with: those of Debian 12.
const KERNEL: (u32, u32) = (6, 1);
const SYSTEMD: u32 = 252;
const LIBRARIES: [&str; 3] = ["libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"];
const LIBRARY_DIRS: [&str; 3] = ["/usr/lib32", "/lib32", "/usr/lib/i386-linux-gnu"];

/// All checks of the machine.
pub fn checks(host: &Host) -> Vec<Check> {
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
    let name = "kernel";
    if version(release) < KERNEL {
        let sentence =
            format!("Linux {release} is older than {}.{}, the oldest that we test with", KERNEL.0, KERNEL.1);
        return Check::warn(name, sentence, "apt install linux-image-amd64, and reboot");
    }
    Check::ok(name, format!("Linux {release}"))
}

fn overlayfs(filesystems: &str, release: &str) -> Check {
    let name = "overlayfs";
    let is_loaded = filesystems.lines().any(|l| l.trim_start_matches("nodev").trim() == "overlay");
    let module = Path::new("/lib/modules").join(release).join("kernel/fs/overlayfs");
    if is_loaded || module.exists() {
        return Check::ok(name, "the kernel has it");
    }
    Check::fail(
        name,
        "the kernel has no overlayfs, through which instances share the game",
        "modprobe overlay; on a rented container, ask for a machine with a kernel of its own",
    )
}

fn systemd(host: &Host) -> Check {
    let name = "systemd";
    if !host.has_systemd() {
        return Check::fail(
            name,
            "systemd, which runs the servers, is not running",
            "boot the host with systemd",
        );
    }
    let shown = Host::run("systemctl", &["--version"]).unwrap_or_default();
    let (number, _) = version(shown.trim_start_matches("systemd "));
    if number < SYSTEMD {
        return Check::fail(
            name,
            format!("version {number} is older than {SYSTEMD} and lacks settings that harden the servers"),
            "upgrade to Debian 12 or later",
        );
    }
    Check::ok(name, format!("version {number}"))
}

/// A warning only: servers start without version 2.
fn cgroups(is_version_2: bool) -> Check {
    let name = "cgroups";
    if is_version_2 {
        return Check::ok(name, "version 2");
    }
    Check::warn(
        name,
        "the host does not use cgroups version 2, so servers run without memory limits",
        "remove systemd.unified_cgroup_hierarchy=0 from the kernel's command line, and reboot",
    )
}

fn libraries(host: &Host) -> Check {
    let name = "32-bit libraries";
    let exists = |name: &str| LIBRARY_DIRS.iter().any(|dir| host.path(&Path::new(dir).join(name)).exists());
    let missing: Vec<&str> = LIBRARIES.into_iter().filter(|name| !exists(name)).collect();
    if missing.is_empty() {
        return Check::ok(name, LIBRARIES.join(", "));
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    Check::fail(
        name,
        format!("{} {verb} missing", missing.join(", ")),
        "apt install lib32gcc-s1 lib32stdc++6 lib32z1",
    )
}

/// The runtime user could link another user's file into its tree, where root is asked to run chown.
fn hard_links(setting: &str) -> Check {
    let name = "hard links";
    if setting.trim() == "0" {
        return Check::warn(
            name,
            "every user can make hard links to other users' files (fs.protected_hardlinks=0)",
            "sudo sysctl fs.protected_hardlinks=1, and look for the 0 in /etc/sysctl.conf and /etc/sysctl.d",
        );
    }
    Check::ok(name, "no user can make one to another user's file")
}

/// A hint only: it looks at the default policies, not at the rules.
fn firewall() -> Check {
    let name = "firewall";
    let nft = Host::run("nft", &["list", "ruleset"]).unwrap_or_default();
    let iptables = Host::run("iptables", &["-S", "INPUT"]).unwrap_or_default();
    if !drops_by_default(&nft, &iptables) {
        return Check::ok(name, "this host drops no incoming packets by default; your provider may");
    }
    Check::warn(
        name,
        "it drops incoming packets unless a rule accepts them",
        "accept UDP on the servers' ports (and TCP only for RCON from outside): \
         nft add rule inet filter input udp dport 27000-27999 accept",
    )
}

fn drops_by_default(nft: &str, iptables: &str) -> bool {
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
        assert!(
            drops_by_default(nft, "") && drops_by_default("", "-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n")
        );
        assert!(
            !drops_by_default(&nft.replace("drop", "accept"), "-P INPUT ACCEPT\n")
                && !drops_by_default("", "")
        );
        assert!(!drops_by_default("chain forward { type filter hook forward priority 0; policy drop; }", ""));
    }
}
