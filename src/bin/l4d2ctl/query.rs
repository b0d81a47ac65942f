//! The socket half of A2S: ask the server on this machine who it is.

use left4me_setup::a2s::{self, Info, Reply};
use left4me_setup::{Context, Error, Result};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

/// Asks the server on `port`, first over loopback, then at the machine's own address: an engine bound
/// to one address does not answer on the other. Each is given `patience`.
pub fn info(port: u16, patience: Duration) -> Result<Info> {
    let loopback = ask(IpAddr::V4(Ipv4Addr::LOCALHOST), port, patience);
    match (loopback, own_address()) {
        (Err(_), Some(address)) => ask(address, port, patience),
        (answer, _) => answer,
    }
}

/// The address this machine would use towards the world; connecting a UDP socket sends nothing.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // TEST-NET-1: routed like any far address.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback())
}

fn ask(address: IpAddr, port: u16, patience: Duration) -> Result<Info> {
    let what = || format!("no answer from {address}:{port}");
    let deadline = Instant::now() + patience;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context(what)?;
    // Connected: the kernel drops datagrams of strangers and reports a closed port at once.
    socket.connect((address, port)).context(what)?;
    socket.send(&a2s::request(None)).context(what)?;
    let mut packet = [0; a2s::MAX_PACKET];
    // A server may hand out a new challenge once; more would be a game of its own.
    for _ in 0..4 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left)).context(what)?;
        let length = socket.recv(&mut packet).context(what)?;
        match a2s::parse(&packet[..length])? {
            Reply::Info(info) => return Ok(info),
            Reply::Challenge(challenge) => socket.send(&a2s::request(Some(challenge))).context(what)?,
        };
    }
    Err(Error::new(what()))
}
