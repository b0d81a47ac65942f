//! The ports of instances: each has one of its own, among those of this host, that no other program has.

use left4me::check::Check;
use left4me::host_file::{HOST_FILE, Ports};
use left4me::name::InstanceName;
use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Whether the specifications agree with each other and with host.yaml.
pub fn assigned(instances: &[(InstanceName, Option<u16>)], allowed: Ports) -> Check {
    let name = "ports";
    let mut users: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (instance, port) in instances {
        match port {
            Some(port) => users.entry(*port).or_default().push(instance.as_str()),
            None => {
                let sentence = format!("the instance {instance} has no port in its instance.env");
                return Check::warn(name, sentence, format!("sudo l4d2ctl initialize {instance} -f SPEC"));
            }
        }
    }
    if let Some((port, sharing)) = users.iter().find(|(_, sharing)| sharing.len() > 1) {
        return Check::warn(
            name,
            format!("port {port} belongs to {}; only one of them can run", sharing.join(" and ")),
            "give each instance a port of its own in its specification",
        );
    }
    if let Some((port, users)) = users.iter().find(|(port, _)| !allowed.contains(**port)) {
        return Check::warn(
            name,
            format!("port {port} of {} is outside this host's ports, {allowed}", users.join(" and ")),
            format!("change the specification, or ports in {HOST_FILE}"),
        );
    }
    Check::ok(name, format!("{} instances, each with a port of its own", instances.len()))
}

/// Whether another program has the port of a stopped instance. The engine would take the next one, where nobody finds
/// the server.
pub fn in_use(instances: &[(InstanceName, Option<u16>)], running: &HashSet<&str>) -> Check {
    let name = "ports in use";
    let taken = instances
        .iter()
        .filter(|(instance, _)| !running.contains(instance.as_str()))
        .find_map(|(instance, port)| Some((instance, (*port)?, protocol_in_use((*port)?)?)));
    match taken {
        None => Check::ok(name, "no instance's port is in use by another program"),
        Some((instance, port, protocol)) => Check::fail(
            name,
            format!("{protocol} port {port} of {instance} is in use by another program"),
            format!("ss -tulpn 'sport = :{port}' shows which; stop it, or change the specification"),
        ),
    }
}

/// Binds as `l4d2ctl start` does, TCP for RCON included.
fn protocol_in_use(port: u16) -> Option<&'static str> {
    let any = (Ipv4Addr::UNSPECIFIED, port);
    let in_use = |error: std::io::Error| error.kind() == ErrorKind::AddrInUse;
    if UdpSocket::bind(any).is_err_and(in_use) {
        return Some("UDP");
    }
    TcpListener::bind(any).is_err_and(in_use).then_some("TCP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

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
    fn each_instance_has_a_port_of_its_own_among_the_hosts() {
        let check = |ports: &[(&str, Option<u16>)], allowed| {
            let instance = |(name, port): &(&str, Option<u16>)| (InstanceName::parse(name).unwrap(), *port);
            assigned(&ports.iter().map(instance).collect::<Vec<_>>(), allowed)
        };
        let any = Ports::UNRESTRICTED;
        let few = Ports { first: 27015, last: 27016 };
        let two = [("a", Some(27015)), ("b", Some(27017))];
        assert_eq!(check(&two, any).status, Status::Ok);
        let outside = "port 27017 of b is outside this host's ports, 27015-27016";
        assert_eq!(check(&two, few).sentence, outside);
        let shared = check(&[("a", Some(27015)), ("b", Some(27015))], any);
        assert_eq!(shared.sentence, "port 27015 belongs to a and b; only one of them can run");
        assert_eq!(check(&[("a", None)], any).status, Status::Warn);
    }
}
