//! Who has a port: what answers there may be another program than the server.
//!
//! From /proc alone, as the user whose processes the servers are: no process is started for it.

use std::fs;
use std::path::Path;

/// Whether a process of the unit whose main process is `pid` has the UDP `port`; `None` where that cannot be
/// seen, as without /proc.
pub fn has(pid: u32, port: u16) -> Option<bool> {
    let unit = cgroup(pid)?;
    // Of a process of somebody else's nothing is to be seen here.
    fs::read_dir(format!("/proc/{pid}/fd")).ok()?.next()?.ok()?;
    let sockets = sockets(port)?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    Some(pids.any(|pid| cgroup(pid).is_some_and(|group| group == unit) && has_one_of(pid, &sockets)))
}

fn cgroup(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).ok().filter(|text| !text.is_empty())
}

/// What the descriptors of sockets on this port look like: `socket:[INODE]`.
fn sockets(port: u16) -> Option<Vec<String>> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].map(fs::read_to_string);
    let [Ok(v4), v6] = tables else { return None };
    let inode = |line: &str| {
        // `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
        let mut words = line.split_whitespace();
        let (_, local) = words.nth(1)?.rsplit_once(':')?;
        let inode = words.nth(7)?;
        (u16::from_str_radix(local, 16) == Ok(port)).then(|| format!("socket:[{inode}]"))
    };
    Some(v4.lines().chain(v6.unwrap_or_default().lines()).filter_map(inode).collect())
}

fn has_one_of(pid: u32, sockets: &[String]) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| sockets.iter().any(|socket| target == Path::new(socket)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn its_own_and_no_others() {
        for address in ["0.0.0.0:0", "127.0.0.1:0", "[::]:0"] {
            let Ok(socket) = UdpSocket::bind(address) else { continue };
            let port = socket.local_addr().unwrap().port();
            assert_eq!(has(std::process::id(), port), Some(true), "{address}");
            drop(socket);
            assert_eq!(has(std::process::id(), port), Some(false), "{address}");
        }
        assert_eq!(has(u32::MAX, 1024), None);
    }
}
