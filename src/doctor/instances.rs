//! What the instances say and the units allow: ports, and the ways into LAN-only mode.

use crate::problems::{self, Kind};
use crate::status;
use left4me::check::Check;
use left4me::helper::MANY;
use left4me::host::Host;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::systemd::Manager;
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Of what the runtime user wrote: a server.cfg has a few kilobytes.
const LONGEST: u64 = 1 << 20;

/// What of a unit can go wrong.
const PROPERTIES: [&str; 7] = [
    "LoadState",
    "LoadError",
    "MemoryDenyWriteExecute",
    "ProcSubset",
    "PrivateNetwork",
    "DropInPaths",
    "FragmentPath",
];

/// All checks of instances.
pub fn all(host: &Host) -> Vec<Check> {
    let instances = host.as_runtime_user(|| Ok(status::instances(host))).unwrap_or_default();
    let mut checks =
        vec![ports(&instances), taken(host, &instances), unit(host, &instances), lan(host, &instances)];
    checks.extend(of_each_kind(host, &instances));
    checks
}

/// A check for each kind of problem: the first one of it, and how many more there are.
fn of_each_kind(host: &Host, instances: &[(InstanceName, Option<u16>)]) -> Vec<Check> {
    let names: Vec<InstanceName> = instances.iter().map(|(name, _)| name.clone()).collect();
    let problems = status::units(host, &names).and_then(|units| {
        let mut problems = problems::servers(&units);
        problems.extend(problems::content(host, &names)?);
        Ok(problems)
    });
    let problems = match problems {
        Ok(problems) => problems,
        Err(error) => return vec![Check::fail("servers", error.message(), "systemctl status")],
    };
    let kinds = [
        (Kind::Server, "servers", "none has failed"),
        (Kind::Overlay, "overlays", "all that instances name are there"),
        (Kind::Addon, "addons", "all VPKs of the overlays in use can be read"),
    ];
    let check = |(kind, name, good): (Kind, &'static str, &str)| {
        let found: Vec<_> = problems.iter().filter(|problem| problem.kind == kind).collect();
        match found[..] {
            [] => Check::ok(name, good),
            [one] => Check::warn(name, &one.sentence, &one.remedy),
            [first, ref more @ ..] => Check::warn(
                name,
                format!("{} (and {} more: sudo left4me-setup status)", first.sentence, more.len()),
                &first.remedy,
            ),
        }
    };
    kinds.into_iter().map(check).collect()
}

fn ports(instances: &[(InstanceName, Option<u16>)]) -> Check {
    let name = "ports";
    let mut users: HashMap<u16, Vec<&str>> = HashMap::new();
    for (instance, port) in instances {
        match port {
            Some(port) => users.entry(*port).or_default().push(instance.as_str()),
            None => {
                let sentence = format!("the instance {instance} has no port in its instance.env");
                return Check::warn(name, sentence, format!("l4d2ctl initialize {instance} -f SPEC"));
            }
        }
    }
    let mut shared: Vec<_> = users.into_iter().filter(|(_, who)| who.len() > 1).collect();
    shared.sort();
    match shared.first() {
        None => Check::ok(name, format!("{} instances, each with its own", instances.len())),
        Some((port, who)) => Check::warn(
            name,
            format!("port {port} belongs to {}; only one of them can run", who.join(" and ")),
            "give each instance a port of its own in its spec",
        ),
    }
}

/// The engine takes the next port when its own is in use, and nobody finds the server there.
fn taken(host: &Host, instances: &[(InstanceName, Option<u16>)]) -> Check {
    let name = "ports in use";
    let names: Vec<InstanceName> = instances.iter().map(|(name, _)| name.clone()).collect();
    let units = status::units(host, &names).unwrap_or_default();
    let running: HashSet<&str> =
        units.iter().filter(|(_, unit)| unit.active == "active").map(|(name, _)| name.as_str()).collect();
    let taken = instances
        .iter()
        .filter(|(instance, _)| !running.contains(instance.as_str()))
        .find_map(|(instance, port)| Some((instance, (*port)?, protocol_in_use((*port)?)?)));
    match taken {
        None => Check::ok(name, "no other program has an instance's port"),
        Some((instance, port, protocol)) => Check::fail(
            name,
            format!("another program has the {protocol} port {port} of {instance}"),
            format!("ss -tulpn 'sport = :{port}' shows which; stop it, or change the spec"),
        ),
    }
}

/// Tried as `l4d2ctl start` tries it, RCON's TCP included.
fn protocol_in_use(port: u16) -> Option<&'static str> {
    let any = (Ipv4Addr::UNSPECIFIED, port);
    let in_use = |error: std::io::Error| error.kind() == ErrorKind::AddrInUse;
    if UdpSocket::bind(any).is_err_and(in_use) {
        return Some("UDP");
    }
    TcpListener::bind(any).is_err_and(in_use).then_some("TCP")
}

/// Settings of the unit, drop-ins included, that a 32-bit engine does not survive or that hide Steam.
fn unit(host: &Host, instances: &[(InstanceName, Option<u16>)]) -> Check {
    let name = "server unit";
    if !host.has_systemd() {
        return Check::ok(name, "no systemd runs here to ask");
    }
    // One that never runs stands for the templates; a real one may have drop-ins of its own.
    let mut names = vec!["never-started"];
    let all = instances.iter().map(|(name, _)| name.as_str());
    if instances.len() > MANY {
        let own = own_settings();
        names.extend(all.filter(|name| own.iter().any(|file| file.contains(&format!("@{name}.service")))));
    } else {
        names.extend(all);
    }
    let ids: Vec<String> = names
        .iter()
        .flat_map(|name| ["overlay", "server"].map(|kind| format!("left4me-{kind}@{name}.service")))
        .collect();
    let questions: Vec<_> =
        ids.iter().flat_map(|id| PROPERTIES.map(|property| (id.as_str(), property))).collect();
    match Manager::connect().and_then(|mut manager| manager.properties(&questions)) {
        Err(error) => Check::fail(name, error.message(), "systemctl status"),
        Ok(values) => {
            let units = ids.iter().zip(values.chunks(PROPERTIES.len()));
            // Of equals the first: what is wrong with a template is wrong with all.
            let worst =
                units.rev().map(|(id, values)| check_unit(id, values)).max_by_key(|check| check.status);
            worst.unwrap_or(Check::fail(name, "systemd says nothing about our units", "systemctl status"))
        }
    }
}

/// Files and directories of systemd's that are about a single unit of ours.
fn own_settings() -> Vec<String> {
    let places = [
        "/etc/systemd/system",
        "/etc/systemd/system.control",
        "/run/systemd/system.control",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
    ];
    let entries = places.iter().flat_map(std::fs::read_dir).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with("left4me-")).collect()
}

/// `values` are those of [`PROPERTIES`].
fn check_unit(id: &str, values: &[Option<String>]) -> Check {
    let name = "server unit";
    let value = |key: &str| {
        let mut all = PROPERTIES.iter().zip(values);
        all.find(|(property, _)| **property == key).and_then(|(_, value)| value.as_deref()).unwrap_or("")
    };
    if !["loaded", ""].contains(&value("LoadState")) {
        let state = value("LoadState");
        let sentence = format!("systemd cannot use {id}: {state} {}", value("LoadError"));
        return Check::fail(
            name,
            sentence.trim(),
            format!("systemd-analyze verify {id}; systemctl cat {id}"),
        );
    }
    let bad = [
        ("MemoryDenyWriteExecute", "yes", "the engine relocates its own code and cannot load"),
        ("ProcSubset", "pid", "Steam finds no /proc/cpuinfo and the server is LAN-only"),
        ("PrivateNetwork", "yes", "the server has no network"),
    ];
    let runs_the_engine = !id.starts_with("left4me-overlay@");
    for (key, wrong, then) in bad {
        if runs_the_engine && value(key) == wrong {
            let sentence = format!("{key}={wrong} is set: {then}");
            let whose = format!("{} {}", value("FragmentPath"), value("DropInPaths"));
            return Check::fail(name, sentence, format!("remove it from {}", whose.trim()));
        }
    }
    match value("DropInPaths") {
        "" => Check::ok(name, "as it is shipped"),
        // An administrator's own settings are where they should be.
        paths => Check::ok(name, format!("as it is shipped, with settings of your own in {paths}")),
    }
}

fn lan(host: &Host, instances: &[(InstanceName, Option<u16>)]) -> Check {
    let name = "LAN only";
    let restricted = instances.iter().find(|(instance, _)| {
        let paths = [host.layout.instance_env(instance), host.layout.server_cfg(instance)];
        let texts = || {
            Ok(paths
                .map(|p| read::text(&host.path(&p), Links::Refuse, Limit::Head(LONGEST)).unwrap_or_default()))
        };
        host.as_runtime_user(texts).is_ok_and(|texts| texts.iter().any(|t| sets_lan(t)))
    });
    match restricted {
        None => Check::ok(name, "no instance asks for sv_lan 1"),
        Some((instance, _)) => Check::warn(
            name,
            format!("{instance} sets sv_lan 1: players from outside are refused"),
            "take it out of the spec, and start the instance again",
        ),
    }
}

fn sets_lan(text: &str) -> bool {
    text.lines().filter(|l| !l.trim_start().starts_with("//")).any(|line| {
        let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == '"' || c == '=').collect();
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        words.windows(2).any(|w| w[0].trim_start_matches('+') == "sv_lan" && w[1] == "1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

    #[test]
    fn sv_lan() {
        let table = [
            ("sv_lan 1\n", true),
            ("sv_lan \"1\"", true),
            ("L4D2_ARGS=-tickrate 60 +sv_lan 1 +map x\n", true),
            ("// sv_lan 1\nsv_lan 0\n", false),
            ("sv_lanx 1", false),
        ];
        for (text, want) in table {
            assert_eq!(sets_lan(text), want, "{text}");
        }
    }

    #[test]
    fn a_fifo_or_device_in_a_files_place_is_no_text() {
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let host = Host::unprivileged(left4me::layout::Layout::new(dir.path()).unwrap());
        let name = InstanceName::parse("a").unwrap();
        std::fs::create_dir_all(host.layout.instance(&name)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", host.layout.instance_env(&name)).unwrap();
        nix::unistd::mkfifo(&host.layout.server_cfg(&name), nix::sys::stat::Mode::S_IRUSR).unwrap();
        let instances = status::instances(&host);
        assert_eq!(instances, [(name, None)]);
        assert_eq!(lan(&host, &instances).status, Status::Ok);
    }

    #[test]
    fn a_port_in_use_is_seen_by_either_protocol() {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(protocol_in_use(udp.local_addr().unwrap().port()), Some("UDP"));
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        // Another program of the machine may happen to have its UDP port.
        assert!(protocol_in_use(port).is_some());
        drop(tcp);
        assert_ne!(protocol_in_use(port), Some("TCP"));
    }

    #[test]
    fn one_port_each() {
        let name = |n: &str| InstanceName::parse(n).unwrap();
        assert_eq!(ports(&[(name("a"), Some(1)), (name("b"), Some(2))]).status, Status::Ok);
        let shared = ports(&[(name("a"), Some(1)), (name("b"), Some(1))]);
        assert_eq!(shared.sentence, "port 1 belongs to a and b; only one of them can run");
        assert_eq!(ports(&[(name("a"), None)]).status, Status::Warn);
    }

    #[test]
    fn units_that_cannot_work() {
        let check = |id: &str, text: &str| {
            let value =
                |key: &&str| text.split(' ').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            let values: Vec<_> = PROPERTIES.iter().map(|key| value(key).map(str::to_owned)).collect();
            check_unit(id, &values)
        };
        let server = "left4me-server@x.service";
        let ok = "LoadState=loaded MemoryDenyWriteExecute=no ProcSubset=all PrivateNetwork=no DropInPaths=";
        assert_eq!(check(server, ok).status, Status::Ok);
        let wrong = ok.replace("=all", "=pid").replace("Paths=", "Paths=/etc/x.conf");
        let bad = check(server, &wrong);
        assert_eq!((bad.status, bad.remedy.as_deref()), (Status::Fail, Some("remove it from /etc/x.conf")));
        // It runs no engine.
        assert_eq!(check("left4me-overlay@x.service", &wrong).status, Status::Ok);
        let masked = check(server, "LoadState=masked LoadError=");
        assert_eq!(masked.sentence, "systemd cannot use left4me-server@x.service: masked");
        // README recommends one; no warning for ever.
        assert_eq!(check(server, "DropInPaths=/etc/x.conf").status, Status::Ok);
    }
}
