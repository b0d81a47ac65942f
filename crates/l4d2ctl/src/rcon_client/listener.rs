//! Whose the other end of a connection is. While a server is down, or where it listens at one address alone, any user
//! of this machine can listen on its port and would be told its password.

use left4me::{Context, Error, Result, read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};

/// Listening sockets come first in it.
const TABLE: &str = "/proc/net/tcp";
const MOST: u64 = 1024 * 1024;

/// An error unless the runtime user, or root, listens there.
pub fn require_own(stream: &TcpStream) -> Result<()> {
    let peer = stream.peer_addr().context(|| "cannot tell who was reached by RCON".into())?;
    let table = std::fs::File::open(TABLE).and_then(|file| read::head(file, MOST));
    let table = table.context(|| format!("cannot read {TABLE}"))?;
    let user = rustix::process::geteuid().as_raw();
    let owners = owners(&String::from_utf8_lossy(&table), peer);
    if !owners.is_empty() && owners.iter().all(|owner| [0, user].contains(owner)) {
        return Ok(());
    }
    Err(Error::new(format!("another user's program listens on TCP port {}", peer.port())).hint(format!(
        "no password was sent; sudo ss -ltnp 'sport = :{}' shows which program it is",
        peer.port()
    )))
}

/// The users who listen at this address.
fn owners(table: &str, at: SocketAddr) -> Vec<u32> {
    let IpAddr::V4(address) = at.ip() else { return Vec::new() };
    let is_there = |local: &str| {
        let (ip, port) = local.split_once(':')?;
        // As the machine's memory has them.
        let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.to_ne_bytes());
        let is_port = u16::from_str_radix(port, 16).ok()? == at.port();
        Some(is_port && (ip == address || ip.is_unspecified()))
    };
    let owner = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, owner) = (fields.get(1)?, fields.get(3)?, fields.get(7)?);
        (*state == "0A" && is_there(local)?).then(|| owner.parse().ok())?
    };
    table.lines().filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_port_it_is() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 00000000:6987 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1 0 100 0 0 10 0\n   1: 0200007F:6988 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 100 0 0 10 0\n   2: 0100007F:6988 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 100 0 0 10 0\n";
        let of = |address: &str| owners(table, address.parse().unwrap());
        assert_eq!(of("127.0.0.1:27015"), [999]);
        assert_eq!(of("127.0.0.2:27016"), [1000]);
        assert!(of("127.0.0.1:27016").is_empty() && of("127.0.0.1:27017").is_empty());
        assert!(of("[::1]:27015").is_empty());
    }

    #[test]
    fn our_own_is() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        require_own(&TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    }
}
