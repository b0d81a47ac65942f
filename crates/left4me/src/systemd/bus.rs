//! A connection to the service manager: its own socket, which root may use, or the system bus, which anyone may.

use super::message::{Argument, Call, HEAD, Reply, encode, length};
use crate::{Context, Error, Result};
use rustix::io::retry_on_intr;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The manager itself: there as long as systemd is, without a bus, and five times as fast.
const MANAGER: &str = "/run/systemd/private";
const BUS: &str = "/run/dbus/system_bus_socket";
/// As long as systemctl waits.
const PATIENCE: Duration = Duration::from_secs(25);
/// The bus refuses more than 128 calls that wait for a reply.
const AT_ONCE: usize = 64;
const CHUNK: usize = 65_536;

/// Who is called on a bus.
const SYSTEMD: &str = "org.freedesktop.systemd1";

/// One connection; whose end closes it.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    /// What was received and not read yet.
    received: Vec<u8>,
    serial: u32,
    is_bus: bool,
}

impl Connection {
    /// Connects to the manager, or else to the bus.
    pub fn open() -> Result<Connection> {
        let (stream, is_bus) = match UnixStream::connect(MANAGER) {
            Ok(stream) => (stream, false),
            Err(_) => (UnixStream::connect(BUS).context(|| format!("cannot connect to {BUS}"))?, true),
        };
        Connection::greet(stream, is_bus)
    }

    /// Says who we are, which the socket proves, and begins without waiting for the answer.
    pub(super) fn greet(stream: UnixStream, is_bus: bool) -> Result<Connection> {
        stream.set_read_timeout(Some(PATIENCE)).context(cannot_ask)?;
        stream.set_write_timeout(Some(PATIENCE)).context(cannot_ask)?;
        let mut connection = Connection { stream, received: Vec::new(), serial: 0, is_bus };
        connection.send(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")?;
        for expected in ["DATA", "OK "] {
            let line = connection.line()?;
            if !line.starts_with(expected.as_bytes()) {
                return Err(Error::new("systemd does not let us ask it anything"));
            }
        }
        if is_bus {
            let name = "org.freedesktop.DBus";
            let hello = Call {
                destination: Some(name),
                path: "/org/freedesktop/DBus",
                interface: name,
                member: "Hello",
                arguments: &[],
            };
            connection.exchange(&[hello])?;
        }
        Ok(connection)
    }

    /// Calls methods of the manager's objects, `(path, interface, member, arguments)`; the replies are in the order
    /// of the calls.
    pub fn call(&mut self, calls: &[(&str, &str, &str, &[Argument])]) -> Result<Vec<Reply>> {
        let destination = self.is_bus.then_some(SYSTEMD);
        let call = |&(path, interface, member, arguments): &(_, _, _, _)| Call {
            destination,
            path,
            interface,
            member,
            arguments,
        };
        let mut replies = Vec::with_capacity(calls.len());
        for some in calls.chunks(AT_ONCE) {
            replies.extend(self.exchange(&some.iter().map(call).collect::<Vec<_>>())?);
        }
        Ok(replies)
    }

    /// Sends calls and waits for the reply to each.
    fn exchange(&mut self, calls: &[Call]) -> Result<Vec<Reply>> {
        let first = self.serial + 1;
        let mut bytes = Vec::new();
        for call in calls {
            self.serial += 1;
            bytes.extend(encode(call, self.serial));
        }
        self.send(&bytes)?;
        let mut replies: Vec<Option<Reply>> = calls.iter().map(|_| None).collect();
        while replies.iter().any(Option::is_none) {
            let Some(reply) = Reply::decode(&self.message()?)? else { continue };
            let at = reply.to.checked_sub(first).and_then(|at| usize::try_from(at).ok());
            if let Some(place) = at.and_then(|at| replies.get_mut(at)) {
                *place = Some(reply);
            }
        }
        Ok(replies.into_iter().flatten().collect())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context(cannot_ask)
    }

    fn receive(&mut self) -> Result<()> {
        let old = self.received.len();
        self.received.resize(old + CHUNK, 0);
        let count = retry_on_intr(|| rustix::io::read(&self.stream, &mut self.received[old..]))
            .map_err(std::io::Error::from)
            .context(cannot_ask)?;
        self.received.truncate(old + count);
        if count == 0 {
            return Err(Error::new("systemd closed the connection"));
        }
        Ok(())
    }

    /// The first `count` bytes that were not read yet.
    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.received.len() < count {
            self.receive()?;
        }
        let rest = self.received.split_off(count);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    fn message(&mut self) -> Result<Vec<u8>> {
        while self.received.len() < HEAD {
            self.receive()?;
        }
        let mut head = [0; HEAD];
        head.copy_from_slice(&self.received[..HEAD]);
        self.take(length(&head)?)
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") {
                return self.take(end + 2);
            }
            if self.received.len() > CHUNK {
                return Err(Error::new("systemd does not let us ask it anything"));
            }
            self.receive()?;
        }
    }
}

fn cannot_ask() -> String {
    "cannot ask systemd".into()
}
