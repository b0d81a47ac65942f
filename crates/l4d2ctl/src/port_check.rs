//! What a start needs for itself: a port that nobody has, and a game that nobody changes.

use crate::instances;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Context, Error, Result};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

/// What the instances of one command have claimed, until they are started.
#[derive(Default)]
pub struct Claims {
    game: Option<OwnedFd>,
    ports: BTreeMap<u16, InstanceName>,
}

impl Claims {
    /// Claims the instance's port among the others of this command, and the game.
    pub fn take(&mut self, layout: &Layout, name: &InstanceName, port: u16) -> Result<()> {
        if let Some(other) = self.ports.get(&port) {
            return Err(Error::new(format!(
                "the port {port} is also that of '{other}', which is to be started"
            ))
            .hint("give each instance its own port; sudo l4d2ctl list shows them"));
        }
        if self.game.is_none() {
            self.game = hold_game(layout)?;
        }
        self.ports.insert(port, name.clone());
        Ok(())
    }
}

/// Keeps SteamCMD from the game until trees are mounted over it, from when on it asks for the mounts itself:
/// the layers of a mount may not change. Nothing to hold where it never ran.
fn hold_game(layout: &Layout) -> Result<Option<OwnedFd>> {
    let path = layout.steamcmd_lock();
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let lock = match rustix::fs::open(&path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened.context(|| format!("cannot open the lock {}", path.display()))?,
    };
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(Some(lock)),
        Err(Errno::WOULDBLOCK) => Err(Error::new(
            "SteamCMD is at work on the game, which no server may use meanwhile",
        )
        .hint(format!(
            "start it when that is done; {} shows how far it is",
            layout.logs().join("steamcmd.log").display()
        ))),
        Err(cause) => Err(cause).context(|| format!("cannot lock {}", path.display())),
    }
}

/// The engine silently takes the next port when its own is in use, so this is asked before.
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
