//! Words as a shell needs them typed, for hints that can be pasted.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// One word, quoted where it needs to be. Bytes that would steer a terminal, or are no text, are written as
/// `$'\x1b'`, which bash and zsh take.
pub fn word(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=,:+@".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(crate::printable::is_steering) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => escaped(word.as_bytes()),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push('\'');
    text
}

/// This very command again, with sudo in front: `sudo left4me-setup plan --root '/srv/a b'`.
pub fn sudo_again(program: &str) -> String {
    let words = std::env::args_os().skip(1).map(word);
    std::iter::once(format!("sudo {program}")).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_pasted() {
        let table: [(&[u8], &str); 8] = [
            (b"a.yaml", "a.yaml"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", "'it'\\''s'"),
            (b"$x", "'$x'"),
            ("ä".as_bytes(), "'ä'"),
            (b"\x1b[2J'", "$'\\x1b[2J\\''"),
            (b"/srv/\xff", "$'/srv/\\xff'"),
        ];
        for (given, typed) in table {
            assert_eq!(word(OsStr::from_bytes(given)), typed);
            let shell =
                std::process::Command::new("bash").args(["-c", &format!("printf %s {typed}")]).output();
            assert_eq!(shell.unwrap().stdout, given);
        }
    }
}
