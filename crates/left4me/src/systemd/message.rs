//! The wire format of D-Bus, as far as the manager is asked questions: calls are encoded, replies decoded.
//! Pure; whatever the bytes are, decoding ends with a message or an error.

use crate::{Error, Result};

/// What precedes a message's header fields, and says how long it is.
pub const HEAD: usize = 16;
/// Far above the list of 20,000 units, which takes 5 MB.
const MAX_MESSAGE: usize = 64 << 20;

const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;
/// Nobody is started only to answer us.
const NO_AUTO_START: u8 = 2;
const VERSION: u8 = 1;

/// A method call with strings as its arguments.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The bus name of who is asked; nobody on a connection without a bus.
    pub destination: Option<&'a str>,
    /// The object.
    pub path: &'a str,
    /// The interface that has the method.
    pub interface: &'a str,
    /// The method.
    pub member: &'a str,
    /// Its arguments.
    pub arguments: &'a [Argument<'a>],
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub enum Argument<'a> {
    /// `s`
    Text(&'a str),
    /// `as`
    Texts(&'a [&'a str]),
}

/// The bytes of a call.
pub fn encode(call: &Call, serial: u32) -> Vec<u8> {
    let (mut signature, mut body) = (String::new(), Writer::default());
    for argument in call.arguments {
        match argument {
            Argument::Text(text) => {
                signature.push('s');
                body.text(text);
            }
            Argument::Texts(texts) => {
                signature.push_str("as");
                body.array(|body| texts.iter().for_each(|text| body.text(text)));
            }
        }
    }
    let mut message = Writer(vec![b'l', METHOD_CALL, NO_AUTO_START, VERSION]);
    message.number(length_of(&body.0));
    message.number(serial);
    message.array(|fields| {
        fields.field(1, 'o', |field| field.text(call.path));
        fields.field(2, 's', |field| field.text(call.interface));
        fields.field(3, 's', |field| field.text(call.member));
        if let Some(destination) = call.destination {
            fields.field(6, 's', |field| field.text(destination));
        }
        if !signature.is_empty() {
            fields.field(8, 'g', |field| field.signature(&signature));
        }
    });
    message.align(8);
    message.0.extend(body.0);
    message.0
}

/// Lengths of what we send are far below the limits of the format.
fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, number: u32) {
        self.align(4);
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(length_of(text.as_bytes()));
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn signature(&mut self, signature: &str) {
        self.0.push(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.0.extend(signature.as_bytes());
        self.0.push(0);
    }

    /// An array whose first element begins right behind its length, as those of strings do, and the header's.
    fn array(&mut self, elements: impl FnOnce(&mut Writer)) {
        self.number(0);
        let begin = self.0.len();
        elements(self);
        let length = length_of(&self.0[begin..]);
        self.0[begin - 4..begin].copy_from_slice(&length.to_le_bytes());
    }

    fn field(&mut self, code: u8, kind: char, value: impl FnOnce(&mut Writer)) {
        self.align(8);
        self.0.push(code);
        self.signature(kind.encode_utf8(&mut [0; 4]));
        value(self);
    }
}

/// How long the whole message is that begins with these bytes.
pub fn length(head: &[u8; HEAD]) -> Result<usize> {
    if head[0] != b'l' || head[3] != VERSION {
        return Err(malformed());
    }
    let number =
        |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
    let (body, fields) = (number(4), number(12));
    if body > MAX_MESSAGE || fields > MAX_MESSAGE {
        return Err(Error::new("a message of systemd's is too long"));
    }
    Ok(HEAD + fields.next_multiple_of(8) + body)
}

/// The reply to one of our calls.
#[derive(Debug)]
pub struct Reply {
    /// The serial number of the call.
    pub to: u32,
    signature: String,
    /// The name of the error, when it is one.
    error: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    /// Reads a whole message; `None` when it is no reply, but a signal or a call.
    pub fn decode(message: &[u8]) -> Result<Option<Reply>> {
        let head = message.first_chunk::<HEAD>().ok_or_else(malformed)?;
        if length(head)? != message.len() {
            return Err(malformed());
        }
        let is_error = match head[1] {
            METHOD_RETURN => false,
            ERROR => true,
            _ => return Ok(None),
        };
        let mut fields = Reader { bytes: message, at: 12 };
        let end = fields.number()? as usize + HEAD;
        let (mut to, mut error, mut signature) = (None, None, String::new());
        while fields.at < end {
            fields.align(8)?;
            let code = fields.byte()?;
            let kind = fields.signature()?;
            match (code, kind) {
                (4, "s") => error = Some(fields.text()?.to_owned()),
                (5, "u") => to = Some(fields.number()?),
                (8, "g") => signature = fields.signature()?.to_owned(),
                (_, other) => drop(fields.value(other)?),
            }
        }
        let body = message.get(end.next_multiple_of(8)..).ok_or_else(malformed)?.to_vec();
        let to = to.ok_or_else(malformed)?;
        let error = is_error.then(|| error.unwrap_or_else(|| "an error without a name".into()));
        Ok(Some(Reply { to, signature, error, body }))
    }

    /// What was answered, which must be of this type; an error when that was an error.
    pub fn body(&self, signature: &str) -> Result<Reader<'_>> {
        match &self.error {
            Some(error) => Err(Error::new(format!("systemd answered {}", crate::printable::line(error)))),
            None if self.signature != signature => Err(malformed()),
            None => Ok(Reader { bytes: &self.body, at: 0 }),
        }
    }
}

/// Reads values one by one. Positions count from the beginning of a message or of its body, both of which are aligned.
#[derive(Debug)]
pub struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..count)).ok_or_else(malformed)?;
        self.at += count;
        Ok(taken)
    }

    fn align(&mut self, to: usize) -> Result<()> {
        self.take(self.at.next_multiple_of(to) - self.at).map(drop)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// `u`
    pub fn number(&mut self) -> Result<u32> {
        self.align(4)?;
        let bytes = self.take(4)?.first_chunk().ok_or_else(malformed)?;
        Ok(u32::from_le_bytes(*bytes))
    }

    fn long(&mut self) -> Result<u64> {
        self.align(8)?;
        let bytes = self.take(8)?.first_chunk().ok_or_else(malformed)?;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn terminated(&mut self, length: usize) -> Result<&'b str> {
        let text = self.take(length)?;
        if self.byte()? != 0 {
            return Err(malformed());
        }
        std::str::from_utf8(text).map_err(|_| malformed())
    }

    /// A string or the path of an object.
    pub fn text(&mut self) -> Result<&'b str> {
        let length = self.number()? as usize;
        self.terminated(length)
    }

    fn signature(&mut self) -> Result<&'b str> {
        let length = usize::from(self.byte()?);
        self.terminated(length)
    }

    /// The structs of an array, each read by `read`, which must read all of it.
    pub fn structs<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let length = self.number()? as usize;
        self.align(8)?;
        let end = self.at + length;
        let mut all = Vec::new();
        while self.at < end {
            self.align(8)?;
            all.push(read(self)?);
        }
        Ok(all)
    }

    /// The value in a variant, as `systemctl show` prints it. Only of the types that the properties have
    /// which we ask for.
    pub fn variant(&mut self) -> Result<String> {
        let signature = self.signature()?;
        self.value(signature)
    }

    fn value(&mut self, signature: &str) -> Result<String> {
        Ok(match signature {
            "s" | "o" => self.text()?.to_owned(),
            "g" => self.signature()?.to_owned(),
            "b" => if self.number()? == 0 { "no" } else { "yes" }.to_owned(),
            "i" => self.number()?.cast_signed().to_string(),
            "u" => self.number()?.to_string(),
            "t" => self.long()?.to_string(),
            "(ss)" => {
                // The name of an error and its message.
                self.align(8)?;
                let (name, message) = (self.text()?, self.text()?);
                if name.is_empty() { String::new() } else { format!("{name} \"{message}\"") }
            }
            "as" => {
                let end = self.number()? as usize + self.at;
                let mut texts = Vec::new();
                while self.at < end {
                    texts.push(self.text()?);
                }
                texts.join(" ")
            }
            _ => return Err(malformed()),
        })
    }
}

fn malformed() -> Error {
    Error::new("a message of systemd's cannot be read")
}

#[cfg(test)]
mod tests;
