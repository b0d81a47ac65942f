//! A service manager that answers D-Bus calls as systemd behind dbus-daemon does, nastiness included: signals among
//! the replies, messages in pieces, units that are gone by the second question, no more than 128 calls at once.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// dbus-daemon's limit of replies that one connection waits for.
const MOST_CALLS: usize = 128;

/// A unit as the manager has it.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// `left4me-server@a.service`
    pub id: String,
    /// `loaded`, `not-found`, …
    pub load: String,
    /// `active`, `failed`, …
    pub active: String,
    /// `running`, `auto-restart`, …
    pub sub: String,
    /// What it answers by property; anything else is an error.
    pub properties: Vec<(&'static str, Value)>,
}

/// A property's value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `s`
    Text(String),
    /// `as`
    Texts(Vec<String>),
    /// `u`
    Number(u32),
    /// `t`
    Long(u64),
    /// `b`
    Flag(bool),
}

/// Listens at `path` until the test ends; `units` says what there is at each question. Returns the calls so far, as
/// `ListUnitsByPatterns a*` and `Get unit property`.
pub fn serve(
    path: &Path,
    units: impl Fn() -> Vec<Unit> + Send + Sync + 'static,
) -> io::Result<Arc<Mutex<Vec<String>>>> {
    let listener = UnixListener::bind(path)?;
    let (calls, units) = (Arc::new(Mutex::new(Vec::new())), Arc::new(units));
    let log = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (units, log) = (Arc::clone(&units), Arc::clone(&log));
            std::thread::spawn(move || converse(stream, &*units, &log));
        }
    });
    Ok(calls)
}

/// One connection, until the caller hangs up.
pub fn converse(
    mut stream: UnixStream,
    units: &dyn Fn() -> Vec<Unit>,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    let begin = b"BEGIN\r\n";
    let end = loop {
        if let Some(at) = bytes.windows(begin.len()).position(|part| part == begin) {
            break at + begin.len();
        }
        receive(&mut stream, &mut bytes)?;
    };
    assert_eq!(bytes[..end].escape_ascii().to_string(), r"\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
    bytes.drain(..end);
    stream.write_all(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n")?;
    loop {
        receive(&mut stream, &mut bytes)?;
        let mut calls = Vec::new();
        while let Some(length) = message_length(&bytes).filter(|length| *length <= bytes.len()) {
            calls.push(Call::decode(&bytes.drain(..length).collect::<Vec<u8>>()));
        }
        let mut out = Vec::new();
        for (at, call) in calls.iter().enumerate() {
            // Others' signals come at any time.
            out.extend(message(4, None, "", &[]));
            let limit = "org.freedesktop.DBus.Error.LimitsExceeded";
            out.extend(if at < MOST_CALLS { answer(call, units, log) } else { call.error(limit) });
        }
        out.chunks(1000).try_for_each(|part| stream.write_all(part))?;
    }
}

fn receive(stream: &mut UnixStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut part = [0; 65_536];
    match stream.read(&mut part)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            bytes.extend(&part[..count]);
            Ok(())
        }
    }
}

fn answer(call: &Call, units: &dyn Fn() -> Vec<Unit>, log: &Mutex<Vec<String>>) -> Vec<u8> {
    let note = |line: String| log.lock().expect("the log").push(line);
    match call.member.as_str() {
        "Hello" => call.reply("s", &text(b"", ":1.42")),
        "ListUnitsByPatterns" => {
            note(format!("ListUnitsByPatterns {}", call.texts.join(" ")));
            let mut units = units();
            units.retain(|unit| call.texts.iter().any(|pattern| is_match(pattern, &unit.id)));
            call.reply("a(ssssssouso)", &list(&units))
        }
        "Get" => {
            let unit = unescape(call.path.rsplit('/').next().unwrap_or_default());
            let property = call.texts[1].as_str();
            note(format!("Get {unit} {property}"));
            if call.texts[0] != interface_of(property) {
                return call.error("org.freedesktop.DBus.Error.UnknownInterface");
            }
            let unit = units().into_iter().find(|other| other.id == unit);
            let value = unit.and_then(|unit| unit.properties.into_iter().find(|(name, _)| *name == property));
            match value {
                Some((_, value)) => call.reply("v", &variant(&value)),
                None => call.error("org.freedesktop.DBus.Error.UnknownObject"),
            }
        }
        other => panic!("an unexpected call: {other}"),
    }
}

/// Which of a service's interfaces has this property.
fn interface_of(property: &str) -> &'static str {
    match property {
        "MainPID" | "MemoryCurrent" | "NRestarts" | "Result" => "org.freedesktop.systemd1.Service",
        _ => "org.freedesktop.systemd1.Unit",
    }
}

/// Of patterns, those with one star at most.
fn is_match(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => id.starts_with(before) && id.ends_with(after),
        None => pattern == id,
    }
}

fn unescape(path: &str) -> String {
    let mut parts = path.split('_');
    let mut id = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        id.push(char::from(u8::from_str_radix(&part[..2], 16).expect("an escaped character")));
        id.push_str(&part[2..]);
    }
    id
}

struct Call {
    serial: u32,
    path: String,
    member: String,
    texts: Vec<String>,
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

fn message_length(bytes: &[u8]) -> Option<usize> {
    (bytes.len() >= 16).then(|| 16 + number(bytes, 12).next_multiple_of(8) + number(bytes, 4))
}

impl Call {
    fn decode(bytes: &[u8]) -> Call {
        let mut call = Call {
            serial: u32::try_from(number(bytes, 8)).expect("a serial number"),
            path: String::new(),
            member: String::new(),
            texts: Vec::new(),
        };
        let (mut at, end) = (16, 16 + number(bytes, 12));
        while at < end {
            at = at.next_multiple_of(8);
            let (code, is_signature) = (bytes[at], bytes[at + 2] == b'g');
            let (length, begin) = if is_signature {
                (usize::from(bytes[at + 4]), at + 5)
            } else {
                (number(bytes, at + 4), at + 8)
            };
            let value = String::from_utf8_lossy(&bytes[begin..begin + length]).into_owned();
            at = begin + length + 1;
            match code {
                1 => call.path = value,
                3 => call.member = value,
                _ => {}
            }
        }
        // Bodies are strings, or arrays of them: a length that is followed by one is an array's.
        at = end.next_multiple_of(8);
        if call.member == "ListUnitsByPatterns" {
            at += 8;
        }
        while at < bytes.len() {
            at = at.next_multiple_of(4);
            let length = number(bytes, at);
            call.texts.push(String::from_utf8_lossy(&bytes[at + 4..at + 4 + length]).into_owned());
            at += 4 + length + 1;
        }
        call
    }

    fn reply(&self, signature: &str, body: &[u8]) -> Vec<u8> {
        message(2, Some(self.serial), signature, body)
    }

    fn error(&self, name: &str) -> Vec<u8> {
        message(3, Some(self.serial), "s", &text(b"", name))
    }
}

fn aligned(bytes: &[u8], to: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(to), 0);
    bytes
}

fn text(before: &[u8], text: &str) -> Vec<u8> {
    let mut bytes = aligned(before, 4);
    bytes.extend(u32::try_from(text.len()).expect("a short text").to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.push(0);
    bytes
}

fn message(kind: u8, to: Option<u32>, signature: &str, body: &[u8]) -> Vec<u8> {
    let mut fields = text(b"\x07\x01s\0", ":1.1");
    if let Some(to) = to {
        fields = aligned(&fields, 8);
        fields.extend(b"\x05\x01u\0");
        fields.extend(to.to_le_bytes());
    }
    if kind == 3 {
        fields = aligned(&fields, 8);
        fields.extend(b"\x04\x01s\0");
        fields = text(&fields, "org.freedesktop.DBus.Error.Failed");
    }
    fields = aligned(&fields, 8);
    fields.extend(b"\x08\x01g\0");
    fields.push(u8::try_from(signature.len()).expect("a short signature"));
    fields.extend(signature.as_bytes());
    fields.push(0);
    let mut bytes = vec![b'l', kind, 0, 1];
    for number in [body.len(), 1, fields.len()] {
        bytes.extend(u32::try_from(number).expect("a short message").to_le_bytes());
    }
    bytes.extend(fields);
    bytes = aligned(&bytes, 8);
    bytes.extend(body);
    bytes
}

fn list(units: &[Unit]) -> Vec<u8> {
    let mut structs = vec![0; 8];
    for unit in units {
        structs = aligned(&structs, 8);
        for field in [&unit.id, "A server", &unit.load, &unit.active, &unit.sub, "", "/unit"] {
            structs = text(&structs, field);
        }
        structs = aligned(&structs, 4);
        structs.extend([0; 4]);
        structs = text(&text(&structs, ""), "/");
    }
    let length = u32::try_from(structs.len() - 8).expect("a short list").to_le_bytes();
    structs[..4].copy_from_slice(&length);
    structs
}

fn variant(value: &Value) -> Vec<u8> {
    match value {
        Value::Text(value) => text(b"\x01s\0\0", value),
        Value::Number(value) => [&b"\x01u\0\0"[..], &value.to_le_bytes()].concat(),
        Value::Flag(value) => [&b"\x01b\0\0"[..], &u32::from(*value).to_le_bytes()].concat(),
        Value::Long(value) => [&b"\x01t\0\0\0\0\0\0"[..], &value.to_le_bytes()].concat(),
        Value::Texts(values) => {
            let all = values.iter().fold(Vec::new(), |all, value| text(&all, value));
            let length = u32::try_from(all.len()).expect("a short list").to_le_bytes();
            [&b"\x02as\0"[..], &length, &all].concat()
        }
    }
}
