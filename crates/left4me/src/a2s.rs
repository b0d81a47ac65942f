//! A2S_INFO and A2S_PLAYER: how a server is asked who it is, and who plays. Pure encoding and decoding; sockets are the
//! caller's. <https://developer.valvesoftware.com/wiki/Server_queries>
//!
//! L4D2 answers the first request with a challenge, which the second request repeats. Whatever comes
//! back is a stranger's datagram: every read is bounded, every text may hold anything.

use crate::{Error, Result};

/// Largest datagram worth reading, in bytes; the engine sends at most 1400.
pub const MAX_PACKET: usize = 4096;

const SINGLE: [u8; 4] = [0xff; 4];
const SPLIT: [u8; 4] = [0xfe, 0xff, 0xff, 0xff];
/// No server gives this one.
const ASK_FOR_CHALLENGE: [u8; 4] = [0xff; 4];
const QUERY: &[u8] = b"Source Engine Query\0";

/// What a server says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// The `hostname` cvar; invalid UTF-8 is replaced, control characters are kept.
    pub hostname: String,
    /// The map that runs.
    pub map: String,
    /// The game's folder, `left4dead2`.
    pub folder: String,
    /// Players, bots included.
    pub players: u8,
    /// Slots.
    pub max_players: u8,
    /// Bots among the players.
    pub bots: u8,
    /// Whether a password is wanted.
    pub password: bool,
    /// The game's version, such as `2.2.4.3`.
    pub version: String,
    /// The port the server believes to have, if it says so.
    pub port: Option<u16>,
}

/// Who plays, bots included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Player {
    /// Chosen by the player; empty while it connects.
    pub name: String,
    /// Its score.
    pub score: i32,
    /// How long it has been there.
    pub seconds: u64,
}

/// What a server can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Who it is.
    Info,
    /// Who plays.
    Players,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Ask again, with these bytes.
    Challenge([u8; 4]),
    /// The answer to [`Question::Info`].
    Info(Info),
    /// The answer to [`Question::Players`].
    Players(Vec<Player>),
}

/// The datagram that asks for [`Question::Info`]; the second time with the challenge that came back.
pub fn request(challenge: Option<[u8; 4]>) -> Vec<u8> {
    question(Question::Info, challenge)
}

/// The datagram that asks; the second time with the challenge that came back.
pub fn question(question: Question, challenge: Option<[u8; 4]>) -> Vec<u8> {
    let mut packet = SINGLE.to_vec();
    match question {
        Question::Info => {
            packet.push(b'T');
            packet.extend_from_slice(QUERY);
            packet.extend(challenge.into_iter().flatten());
        }
        Question::Players => {
            packet.push(b'U');
            packet.extend(challenge.unwrap_or(ASK_FOR_CHALLENGE));
        }
    }
    packet
}

/// Reads one datagram.
pub fn parse(packet: &[u8]) -> Result<Reply> {
    let mut reader = Reader { rest: packet };
    match reader.array()? {
        SINGLE => {}
        SPLIT => {
            return Err(Error::new(
                "the server's answer is split into several packets, which is not supported",
            ));
        }
        _ => return Err(Error::new("the answer is not a Source engine packet")),
    }
    match reader.byte()? {
        b'A' => Ok(Reply::Challenge(reader.array()?)),
        b'I' => Ok(Reply::Info(reader.info()?)),
        b'D' => Ok(Reply::Players(reader.players()?)),
        kind => Err(Error::new(format!("the answer has the unknown type 0x{kind:02x}"))),
    }
}

struct Reader<'p> {
    rest: &'p [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) =
            self.rest.split_first_chunk().ok_or_else(|| Error::new("the server's answer is cut short"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self) -> Result<String> {
        let end = self.rest.iter().position(|b| *b == 0);
        let end = end.ok_or_else(|| Error::new("the server's answer has a text without an end"))?;
        let text = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest = &self.rest[end + 1..];
        Ok(text)
    }

    /// As many as there are: a server that has more than fit into a packet leaves some out.
    fn players(&mut self) -> Result<Vec<Player>> {
        let count = self.byte()?;
        let mut players = Vec::new();
        while players.len() < usize::from(count) && !self.rest.is_empty() {
            let _index = self.byte()?;
            let (name, score, time) = (self.text()?, self.array()?, self.array()?);
            // Neither a number below zero nor none at all is a time; the cast makes 0 of them.
            let seconds = f32::from_le_bytes(time) as u64;
            players.push(Player { name, score: i32::from_le_bytes(score), seconds });
        }
        Ok(players)
    }

    fn info(&mut self) -> Result<Info> {
        let _protocol = self.byte()?;
        let (hostname, map, folder) = (self.text()?, self.text()?, self.text()?);
        let _game = self.text()?;
        let _app: [u8; 2] = self.array()?;
        let [players, max_players, bots, _kind, _system, password, _vac] = self.array()?;
        let version = self.text()?;
        // The rest is optional; bit 0x80 of the first byte announces the port.
        let port = match self.byte() {
            Ok(extra) if extra & 0x80 != 0 => self.array().ok().map(u16::from_le_bytes),
            _ => None,
        };
        Ok(Info { hostname, map, folder, players, max_players, bots, password: password != 0, version, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\xff\xff\xff\xffI\x11my server\0c1m1_hotel\0left4dead2\0Left 4 Dead 2\0\x26\x02\x03\x08\x01dl\0\x012.2.4.3\0";

    fn info(packet: &[u8]) -> Info {
        match parse(packet) {
            Ok(Reply::Info(info)) => info,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn requests() {
        assert_eq!(request(None), b"\xff\xff\xff\xffTSource Engine Query\0");
        assert_eq!(request(None).len(), 25);
        assert_eq!(request(Some([1, 2, 3, 4])), b"\xff\xff\xff\xffTSource Engine Query\0\x01\x02\x03\x04");
    }

    #[test]
    fn answers() {
        assert_eq!(parse(b"\xff\xff\xff\xffA\x01\x02\x03\x04"), Ok(Reply::Challenge([1, 2, 3, 4])));
        let plain = info(HEAD);
        assert_eq!(
            (plain.hostname.as_str(), plain.map.as_str(), plain.folder.as_str()),
            ("my server", "c1m1_hotel", "left4dead2")
        );
        assert_eq!((plain.players, plain.max_players, plain.bots, plain.password), (3, 8, 1, false));
        assert_eq!((plain.version.as_str(), plain.port), ("2.2.4.3", None));
        for (rest, port) in [
            (&b"\xb1\x87\x69rest"[..], Some(27015)),
            (b"\x80\x87\x69", Some(27015)),
            (b"\xb1\x87", None),
            (b"\x20", None),
            (b"\x31\x87\x69rest", None),
            (b"\x00\x87\x69", None),
        ] {
            assert_eq!(info(&[HEAD, rest].concat()).port, port, "{rest:x?}");
        }
    }

    #[test]
    fn players() {
        assert_eq!(question(Question::Players, None), b"\xff\xff\xff\xffU\xff\xff\xff\xff");
        assert_eq!(question(Question::Players, Some([1, 2, 3, 4])), b"\xff\xff\xff\xffU\x01\x02\x03\x04");
        let entry = |name: &[u8], score: i32, time: f32| {
            [&[0][..], name, &[0], &score.to_le_bytes(), &time.to_le_bytes()].concat()
        };
        let packet =
            |count, entries: &[Vec<u8>]| [b"\xff\xff\xff\xffD", &[count][..], &entries.concat()].concat();
        let player = |name: &str, score, seconds| Player { name: name.into(), score, seconds };
        let nick = entry(b"Nick", -3, 61.9);
        for (packet, expected) in [
            (packet(0, &[]), vec![]),
            (packet(1, std::slice::from_ref(&nick)), vec![player("Nick", -3, 61)]),
            (
                packet(2, &[nick.clone(), entry(b"caf\xe9", 1, f32::NAN)]),
                vec![player("Nick", -3, 61), player("caf\u{fffd}", 1, 0)],
            ),
            // More were announced, or fewer.
            (packet(9, std::slice::from_ref(&nick)), vec![player("Nick", -3, 61)]),
            (packet(1, &[nick.clone(), nick.clone()]), vec![player("Nick", -3, 61)]),
            (packet(1, &[entry(b"", 0, -1.0)]), vec![player("", 0, 0)]),
        ] {
            assert_eq!(parse(&packet), Ok(Reply::Players(expected)));
        }
        let whole = packet(1, &[nick]);
        for end in 7..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn damage_is_named() {
        let table: [(&[u8], &str); 6] = [
            (b"", "the server's answer is cut short"),
            (b"\xff\xff\xff\xff", "the server's answer is cut short"),
            (b"\xff\xff\xff\xffA\x01", "the server's answer is cut short"),
            (b"\xff\xff\xff\xffI\x11name", "the server's answer has a text without an end"),
            (b"\xff\xff\xff\xffm", "the answer has the unknown type 0x6d"),
            (b"HTTP/1.1", "the answer is not a Source engine packet"),
        ];
        for (packet, message) in table {
            assert_eq!(parse(packet).unwrap_err().message(), message);
        }
        assert!(parse(b"\xfe\xff\xff\xff\0\0").unwrap_err().message().contains("split into several packets"));
        for end in 0..HEAD.len() {
            assert!(parse(&HEAD[..end]).is_err(), "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _ = parse(&bytes);
            for kind in [b"I", b"D"] {
                let _ = parse(&[b"\xff\xff\xff\xff".as_slice(), kind, &bytes].concat());
            }
        }
    }
}
