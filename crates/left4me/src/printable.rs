//! Text that others chose, so that it steers no terminal and fakes no line of ours.
//!
//! A server's name, a file's name or what SteamCMD says may hold escape sequences that change a terminal's
//! title, colours or clipboard, and Unicode marks that turn the order of letters round. Here they become
//! visible: ESC is shown as `\u{1b}`, a byte that is no UTF-8 as `\xff`. Text for a program is escaped as
//! JSON does it instead ([`json`]), and loses nothing.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character does something to a terminal or to the text around it, instead of being shown.
pub fn is_steering(c: char) -> bool {
    c.is_control() || is_reordering(c)
}

/// Marks that change the direction of text, and the two line breaks that are no control characters.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` as a part of one line: line breaks and tabs are made visible too.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// `text` of several lines: line breaks and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    shown(text, is_layout)
}

/// [`lines`] of which none is very long: what a program says on standard error.
pub fn message(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_LINE));
    for line in text.split_inclusive('\n') {
        match line.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => {
                out.push_str(&lines(&line[..end]));
                out.push_str("...\n");
            }
            None => out.push_str(&lines(line)),
        }
    }
    out
}

/// Room for a path of any length that the kernel takes.
const LONGEST_LINE: usize = 5000;

/// [`line`] for bytes that may be no text, such as a file's name.
pub fn line_of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => line(text),
        Err(_) => {
            let mut out = String::with_capacity(bytes.len() + 16);
            push_bytes(&mut out, bytes, |_| false);
            Cow::Owned(out)
        }
    }
}

/// [`lines`] for bytes that may be no text. Windows' line ends become line ends.
pub fn lines_of_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for piece in bytes.split_inclusive(|b| *b == b'\n') {
        match piece.strip_suffix(b"\r\n") {
            Some(text) => {
                push_bytes(&mut out, text, is_layout);
                out.push('\n');
            }
            None => push_bytes(&mut out, piece, is_layout),
        }
    }
    out
}

/// [`line`] for a path.
pub fn path(path: &std::path::Path) -> Cow<'_, str> {
    line_of_bytes(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()))
}

/// [`line`], cut to `most` characters; "…" says that more followed.
pub fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    // Text may be very long, so skip what is cut anyway; an escape is never shorter than its character.
    let end = text.char_indices().nth(most.saturating_add(1)).map_or(text.len(), |(at, _)| at);
    let whole = line(&text[..end]);
    if whole.chars().nth(most).is_none() {
        return whole;
    }
    let kept = whole.chars().take(most.saturating_sub(1));
    Cow::Owned(kept.chain("…".chars()).take(most).collect())
}

/// What somebody gave us, as an error quotes it: enough of it to be recognized.
pub fn quote(text: &str) -> Cow<'_, str> {
    bounded(text, 100)
}

/// [`quote`] for a path.
pub fn quote_path(path: &std::path::Path) -> String {
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    // Skip what is cut anyway.
    let shown = line_of_bytes(&bytes[..bytes.len().min(1000)]);
    // What came out is plain already.
    bounded(&shown, 100).into_owned()
}

/// A JSON document whose strings steer no terminal either; a program reads the same values from it.
///
/// JSON itself escapes what is below a space, and leaves DEL, C1 and the marks of direction as they are.
/// They can be in strings only, so an escape is right wherever one is found.
pub fn json(document: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| matches!(c, '\u{7f}'..='\u{9f}') || is_reordering(c);
    if !document.chars().any(is_escaped) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if is_escaped(c) {
            // All of them need four digits at most.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A stream of lines that is read in pieces: a character may be split between two of them.
#[derive(Debug, Default)]
pub struct Stream {
    held: Vec<u8>,
}

impl Stream {
    /// What can be shown of the bytes so far; the beginning of a character waits for its rest.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let rest = self.held.split_off(self.held.len() - unfinished(&self.held));
        let ready = std::mem::replace(&mut self.held, rest);
        lines_of_bytes(&ready)
    }

    /// The stream has ended: what still waited.
    pub fn finish(&mut self) -> String {
        lines_of_bytes(&std::mem::take(&mut self.held))
    }
}

/// How many bytes at the end may be the beginning of a character, or of a line end.
fn unfinished(bytes: &[u8]) -> usize {
    if bytes.ends_with(b"\r") {
        return 1;
    }
    let tail = &bytes[bytes.len().saturating_sub(4)..];
    match tail.utf8_chunks().last() {
        Some(last) if may_continue(last.invalid()) => last.invalid().len(),
        _ => 0,
    }
}

/// Whether these bytes are the beginning of one character.
fn may_continue(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_none())
}

fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

fn shown(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly all text is plain.
    let is_plain = |b: u8| matches!(b, b' '..=b'~');
    if text.bytes().all(is_plain) || !text.chars().any(|c| is_steering(c) && !stays(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    push(&mut out, text, stays);
    Cow::Owned(out)
}

fn push(out: &mut String, text: &str, stays: impl Fn(char) -> bool) {
    for c in text.chars() {
        if is_steering(c) && !stays(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}

fn push_bytes(out: &mut String, bytes: &[u8], stays: impl Fn(char) -> bool + Copy) {
    for chunk in bytes.utf8_chunks() {
        push(out, chunk.valid(), stays);
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests;
