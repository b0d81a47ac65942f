//! The socket half of RCON: the console of a server on this machine.
//!
//! An engine answers a wrong password, and bans an address that keeps trying. So a login is sent once, and never again
//! after it failed. The password goes to no one but the runtime user's own server.

mod listener;

use crate::instances;
use crate::running;
use crate::units;
use crate::{addresses, rcon_password};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::warning;
use left4me::rcon::{Decoder, Exchange, Login, Packet};
use left4me::{Error, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// An open console; commands are carried out one after the other.
#[derive(Debug)]
pub struct Console {
    name: InstanceName,
    stream: TcpStream,
    decoder: Decoder,
    timeout: Duration,
    next_id: i32,
}

/// Why a packet did not come.
enum Missing {
    Late,
    Closed,
    Failed(Error),
}

impl Console {
    /// Logs in to the console of an instance's server, with the port and the password that it was started with.
    pub fn open(layout: &Layout, name: &InstanceName, timeout: Duration) -> Result<Console> {
        instances::require(layout, name)?;
        if !units::show_one(name)?.is_up() {
            return Err(
                Error::new(format!("'{name}' is not running")).hint(format!("sudo l4d2ctl start {name}"))
            );
        }
        let port = running::port(layout, name).ok_or_else(|| {
            Error::new(format!("{} has no port", layout.instance_env(name).display()))
                .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC"))
        })?;
        let password = rcon_password::find(layout, name)?;
        Console::connect(name, port, &addresses::likely(), &password, timeout)
    }

    fn connect(
        name: &InstanceName,
        port: u16,
        likely: &[Ipv4Addr],
        password: &str,
        timeout: Duration,
    ) -> Result<Console> {
        let deadline = Instant::now() + timeout;
        let stream = dial(likely, port, deadline)
            .or_else(|| dial(&addresses::elsewhere(likely), port, deadline))
            .ok_or_else(|| {
                Error::new(format!("'{name}' accepts no RCON connection on port {port}"))
                    .hint(format!("sudo l4d2ctl status {name} shows whether it is ready"))
            })?;
        listener::require_own(&stream)?;
        let _ = stream.set_nodelay(true);
        let mut console =
            Console { name: name.clone(), stream, decoder: Decoder::default(), timeout, next_id: 2 };
        console.login(password, deadline)?;
        Ok(console)
    }

    fn login(&mut self, password: &str, deadline: Instant) -> Result<()> {
        let name = self.name.clone();
        let (login, bytes) = Login::begin(1, password)?;
        let mut answer = self.send(&bytes, deadline);
        while answer.is_ok() {
            match self.packet(deadline) {
                Err(missing) => answer = Err(missing),
                Ok(packet) => match login.hear(&packet) {
                    None => {}
                    Some(true) => return Ok(()),
                    Some(false) => {
                        return Err(Error::new(format!("'{name}' refused the rcon password")).hint(format!(
                            "it runs with another one than its files say; a restart makes it read them again: \
                             sudo l4d2ctl restart {name}"
                        )));
                    }
                },
            }
        }
        Err(match answer {
            Err(Missing::Closed) => {
                Error::new(format!("'{name}' closed the connection at the login")).hint(format!(
                    "after several wrong passwords a server bans an address until it is restarted: \
                     sudo l4d2ctl logs {name} shows whether it did"
                ))
            }
            Err(Missing::Failed(error)) => error,
            _ => Error::new(format!("'{name}' did not answer the login within {}", seconds(self.timeout)))
                .hint(format!("sudo l4d2ctl status {name} shows whether it is ready")),
        })
    }

    /// Carries out one command and returns its reply, of which bytes that are no UTF-8 are replaced.
    pub fn run(&mut self, command: &str) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.run_bytes(command)?).into_owned())
    }

    /// Carries out one command and returns its reply as it came. Where a server does not mark its end, what came
    /// within the time is returned, with a warning.
    pub fn run_bytes(&mut self, command: &str) -> Result<Vec<u8>> {
        let name = self.name.clone();
        let deadline = Instant::now() + self.timeout;
        let (mut exchange, bytes) = Exchange::begin(self.next_id, command)?;
        self.next_id = self.next_id.checked_add(4).unwrap_or(2);
        let mut missing = self.send(&bytes, deadline).err();
        while missing.is_none() {
            match self.packet(deadline) {
                Ok(packet) if exchange.hear(&packet)? => return Ok(exchange.reply()),
                Ok(_) => {}
                Err(why) => missing = Some(why),
            }
        }
        let reply = exchange.reply();
        let hint = format!("it may have carried the command out; sudo l4d2ctl logs {name} shows what it did");
        match missing {
            Some(Missing::Failed(error)) => Err(error),
            Some(Missing::Closed) => {
                Err(Error::new(format!("'{name}' closed the connection without a whole reply")).hint(hint))
            }
            _ if reply.is_empty() => {
                Err(Error::new(format!("'{name}' did not reply within {}", seconds(self.timeout)))
                    .hint(format!("{hint}; --timeout waits longer")))
            }
            _ => {
                warning(&format!("'{name}' did not mark the end of its reply; a part may be missing"));
                Ok(reply)
            }
        }
    }

    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Missing> {
        let _ = self.stream.set_write_timeout(Some(left(deadline)));
        self.stream.write_all(bytes).map_err(|error| self.missing(&error))
    }

    fn packet(&mut self, deadline: Instant) -> Result<Packet, Missing> {
        let mut buffer = [0; 8192];
        loop {
            if let Some(packet) = self.decoder.next_packet().map_err(Missing::Failed)? {
                return Ok(packet);
            }
            if Instant::now() >= deadline {
                return Err(Missing::Late);
            }
            let _ = self.stream.set_read_timeout(Some(left(deadline)));
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(Missing::Closed),
                Ok(length) => self.decoder.push(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.missing(&error)),
            }
        }
    }

    fn missing(&self, error: &std::io::Error) -> Missing {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Missing::Late,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Missing::Closed
            }
            _ => Missing::Failed(Error::new(format!("cannot reach '{}': {error}", self.name))),
        }
    }
}

/// The first of these addresses at which somebody accepts a connection.
fn dial(addresses: &[Ipv4Addr], port: u16, deadline: Instant) -> Option<TcpStream> {
    let connect =
        |address: &Ipv4Addr| TcpStream::connect_timeout(&SocketAddr::from((*address, port)), left(deadline));
    addresses.iter().find_map(|address| connect(address).ok())
}

/// Time until then, never zero, which a socket would refuse.
fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f32())
}

#[cfg(test)]
mod tests;
