//! Source RCON: commands for a server's console over TCP. Pure encoding and decoding; sockets are the caller's.
//!
//! A packet is a little-endian i32 size, which counts what follows it, an id, a kind, a body and two NULs. A client logs
//! in first, and the server answers with an empty value and then with the login's id, or -1 where the password is wrong.
//! A long reply comes in several packets of one id, and nothing in them says which is the last. So an empty value
//! follows each command: the server handles what it gets in order and sends that one back, once or twice.
//! <https://developer.valvesoftware.com/wiki/Source_RCON_Protocol>

use crate::{Error, Result};

/// The longest body that a server reads, in bytes: a packet may have 4096.
pub const MAX_BODY: usize = 4096 - OVERHEAD;
/// The longest reply that is collected, in bytes; the list of all variables has some 300 KB.
pub const MAX_REPLY: usize = 4 * 1024 * 1024;

/// Id, kind and the two NULs.
const OVERHEAD: usize = 10;
/// Servers were seen to send larger packets than documented.
const MAX_PACKET: usize = 64 * 1024;

const VALUE: i32 = 0;
const COMMAND: i32 = 2;
const LOGIN: i32 = 3;
const LOGIN_REPLY: i32 = 2;
const REFUSED: i32 = -1;

/// One packet of a server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// That of the request which it answers; -1 where a login was refused.
    pub id: i32,
    /// 0 for a value, 2 for the reply to a login.
    pub kind: i32,
    /// Without the NULs at its end.
    pub body: Vec<u8>,
}

/// Cuts a stream into packets. Its memory is bounded as long as [`Decoder::next_packet`] is called until there is none left.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// Adds what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next whole packet. After an error the stream cannot be read any further.
    pub fn next_packet(&mut self) -> Result<Option<Packet>> {
        let Some((size, rest)) = self.held.split_first_chunk() else { return Ok(None) };
        let length = usize::try_from(i32::from_le_bytes(*size)).unwrap_or_default();
        if !(OVERHEAD..=MAX_PACKET).contains(&length) {
            return Err(Error::new(
                "what answered is no RCON server: it sent a packet of an impossible size",
            ));
        }
        let Some(packet) = rest.get(..length) else { return Ok(None) };
        let number = |at: usize| packet[at..].first_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
        let body = &packet[8..];
        // A few servers leave the second one out.
        let end = (body.len() - 2..body.len()).find(|at| body[*at..].iter().all(|byte| *byte == 0));
        let packet =
            Packet { id: number(0), kind: number(4), body: body[..end.unwrap_or(body.len())].to_vec() };
        self.held.drain(..size.len() + length);
        Ok(Some(packet))
    }
}

fn packet(id: i32, kind: i32, body: &str) -> Vec<u8> {
    let size = i32::try_from(OVERHEAD + body.len()).unwrap_or(i32::MAX);
    let mut bytes: Vec<u8> = [size, id, kind].into_iter().flat_map(i32::to_le_bytes).collect();
    bytes.extend_from_slice(body.as_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

/// A login that was sent.
#[derive(Debug)]
pub struct Login {
    id: i32,
}

impl Login {
    /// What to send. `id` is positive, and no other request of the connection has it.
    pub fn begin(id: i32, password: &str) -> Result<(Login, Vec<u8>)> {
        if password.len() > MAX_BODY || password.contains(char::is_control) {
            return Err(Error::new("the rcon password is too long, or has control characters"));
        }
        Ok((Login { id }, packet(id, LOGIN, password)))
    }

    /// Whether the server lets us in; `None` while it has not decided.
    pub fn hear(&self, packet: &Packet) -> Option<bool> {
        match packet {
            Packet { kind: LOGIN_REPLY, id: REFUSED, .. } => Some(false),
            Packet { kind: LOGIN_REPLY, id, .. } if *id == self.id => Some(true),
            _ => None,
        }
    }
}

/// An error unless a server would take this as one command.
pub fn check(command: &str) -> Result<()> {
    if command.len() > MAX_BODY {
        return Err(Error::usage(format!("a console command has at most {MAX_BODY} bytes")));
    }
    // A line break would begin another command.
    if command.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::usage("a console command is one line without control characters"));
    }
    Ok(())
}

/// A command that was sent, and its reply so far.
#[derive(Debug)]
pub struct Exchange {
    id: i32,
    reply: Vec<u8>,
}

impl Exchange {
    /// What to send. `id` and `id + 1` are positive, and no other request of the connection has them.
    pub fn begin(id: i32, command: &str) -> Result<(Exchange, Vec<u8>)> {
        check(command)?;
        let mut bytes = packet(id, COMMAND, command);
        bytes.extend(packet(id + 1, VALUE, ""));
        Ok((Exchange { id, reply: Vec::new() }, bytes))
    }

    /// Adds a packet; whether the reply is complete. What belongs to an earlier command is left out.
    pub fn hear(&mut self, packet: &Packet) -> Result<bool> {
        match packet {
            Packet { kind: LOGIN_REPLY, id: REFUSED, .. } => {
                Err(Error::new("the server has logged us out, because its rcon password was changed"))
            }
            Packet { id, .. } if *id == self.id + 1 => Ok(true),
            Packet { kind: VALUE, id, body } if *id == self.id => {
                if self.reply.len() + body.len() > MAX_REPLY {
                    return Err(Error::new(format!("the reply is longer than {MAX_REPLY} bytes")));
                }
                self.reply.extend_from_slice(body);
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    /// The reply; what came of it, if it is not complete.
    pub fn reply(self) -> Vec<u8> {
        self.reply
    }
}

#[cfg(test)]
mod tests;
