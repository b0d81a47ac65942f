//! Bytes of a terminal as text, and small parsers.

use std::borrow::Cow;
use std::io::BufRead;

/// Drops terminal control sequences and carriage returns; anything not UTF-8 becomes U+FFFD.
pub fn plain_text(bytes: &[u8]) -> Cow<'_, str> {
    // A terminal ends each line so; nearly always that is all there is.
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if find(bytes, 0x1b).is_none() && find(bytes, b'\r').is_none() {
        return String::from_utf8_lossy(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            0x1b => i += escape_length(&bytes[i..]),
            b'\r' => i += 1,
            b => {
                out.push(b);
                i += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// Length of the escape sequence that `bytes` starts with: CSI up to its final byte, else two bytes.
fn escape_length(bytes: &[u8]) -> usize {
    if bytes.get(1) != Some(&b'[') {
        return bytes.len().min(2);
    }
    match bytes[2..].iter().position(|b| (0x40..=0x7e).contains(b)) {
        Some(end) => end + 3,
        None => bytes.len(),
    }
}

/// A number with or without separators of thousands.
pub(super) fn digits(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '.' | ' ')).collect();
    plain.parse().ok()
}

pub(super) fn strip_prefix_nocase<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Where `byte` is first; by memchr(3), which std shows in this form only.
pub(super) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let mut rest = bytes;
    let count = rest.skip_until(byte).ok()?;
    let last = count.checked_sub(1)?;
    (bytes[last] == byte).then_some(last)
}

/// `split_once` for short texts: str prepares a search that pays off in long ones only.
pub(super) fn split<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at = text.as_bytes().windows(mark.len()).position(|piece| piece == mark.as_bytes())?;
    Some((&text[..at], &text[at + mark.len()..]))
}
