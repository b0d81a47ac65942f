//! The addresses of this machine at which a server may answer.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// Loopback, and the address this machine would use towards the world.
pub fn likely() -> Vec<Ipv4Addr> {
    std::iter::once(Ipv4Addr::LOCALHOST).chain(towards_the_world()).collect()
}

/// Connecting a UDP socket sends nothing.
fn towards_the_world() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // TEST-NET-1: routed like any far address.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

/// All others.
pub fn elsewhere(likely: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
    interface_addresses().into_iter().filter(|address| !likely.contains(address)).collect()
}

/// All of them, as the kernel's table of routes has them; the engine has no IPv6.
fn interface_addresses() -> Vec<Ipv4Addr> {
    local(&std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default())
}

/// Each address is a leaf of its own, and the lines below it say what it is.
fn local(fib_trie: &str) -> Vec<Ipv4Addr> {
    let (mut found, mut leaf) = (Vec::new(), None);
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = leaf
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.0.0.0\n        /24 link UNICAST\nLocal:\n  +-- 10.0.0.0/24 2 0 2\n     |-- 10.0.0.5\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n  +-- 127.0.0.0/8 2 0 2\n     |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\nMain:\n     |-- 10.0.0.5\n        /32 host LOCAL\n";
        assert_eq!(local(table), [Ipv4Addr::new(10, 0, 0, 5), Ipv4Addr::LOCALHOST]);
        assert!(local("").is_empty());
    }

    #[test]
    fn loopback_is_one_of_them_and_the_likely_ones_exist() {
        let all = interface_addresses();
        assert!(all.contains(&Ipv4Addr::LOCALHOST), "{all:?}");
        assert!(likely().iter().all(|address| all.contains(address)), "{:?} {all:?}", likely());
    }
}
