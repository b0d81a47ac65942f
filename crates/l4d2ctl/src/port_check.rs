//! Checks before a start that nobody else uses the server's port.

use crate::instances;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Error, Result};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// The ports of the instances that one command is about to start.
#[derive(Default)]
pub struct Ports(BTreeMap<u16, InstanceName>);

impl Ports {
    /// Adds an instance; an error if another one in this command has the same port.
    pub fn add(&mut self, name: &InstanceName, port: u16) -> Result<()> {
        if let Some(other) = self.0.get(&port) {
            return Err(Error::new(format!(
                "port {port} is also used by '{other}', which this command starts too"
            ))
            .hint("give each instance its own port; sudo l4d2ctl list shows the ports"));
        }
        self.0.insert(port, name.clone());
        Ok(())
    }
}

/// The engine silently takes another port if its own is in use, so this is checked before.
pub fn require_free(layout: &Layout, name: &InstanceName, port: u16) -> Result<()> {
    let udp = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port));
    let tcp = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port));
    let protocol = match (udp, tcp) {
        (Ok(_), Ok(_)) => return Ok(()),
        (Err(_), _) => "UDP",
        (_, Err(_)) => "TCP",
    };
    Err(match instances::holder_of(layout, port, name)? {
        Some(other) => Error::new(format!("{protocol} port {port} is in use by the instance '{other}'"))
            .hint(format!("stop it first: sudo l4d2ctl stop {other}")),
        None => Error::new(format!("{protocol} port {port} is in use by another program"))
            .hint(format!("sudo ss -lunpt 'sport = :{port}' shows which one")),
    })
}
