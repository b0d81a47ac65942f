//! The only place where names are judged: instance names and overlay references.

use crate::{Error, Result, printable};
use std::fmt;

/// The name of an instance: `^[a-z0-9][a-z0-9_-]{0,63}$`.
///
/// It becomes a directory, a unit instance and a helper's argument, so nothing else is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceName(String);

impl InstanceName {
    /// Accepts a name or says why not.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = text.as_bytes();
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ok = (1..=64).contains(&bytes.len())
            && plain(&bytes[0])
            && bytes.iter().all(|b| plain(b) || matches!(b, b'_' | b'-'));
        if ok {
            return Ok(InstanceName(text.to_owned()));
        }
        Err(Error::usage(format!("invalid instance name: '{}'", printable::quote(text)))
            .hint("1 to 64 characters of a-z, 0-9, '_' and '-', the first one a letter or a digit"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A relative path below `overlays/`, such as `standard` or `users/42/custom`.
///
/// It is written into `L4D2_LOWERDIRS`, a colon-separated list in a file that systemd reads too, so
/// characters with a meaning there are refused along with every way to climb out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OverlayRef(String);

impl OverlayRef {
    /// Accepts a reference or says why not.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::usage(format!("invalid overlay '{}': {why}", printable::quote(text))).hint(
                "an overlay is a relative path below overlays/, such as 'standard' or 'users/42/custom'",
            ))
        };
        if text.starts_with('/') {
            return refuse("it is absolute");
        }
        if text.len() > 1024 {
            return refuse("it is longer than 1024 bytes");
        }
        for component in text.split('/') {
            match component {
                "" => return refuse("it has an empty component"),
                "." | ".." => return refuse("it has a '.' or '..' component"),
                c if c.len() > 255 => return refuse("a component is longer than 255 bytes"),
                c if c != c.trim() => return refuse("a component begins or ends with a space"),
                _ => {}
            }
        }
        match text.chars().find(|c| c.is_control() || ":\\\"'$`*?[];,#=|&<>(){}!~%".contains(*c)) {
            Some(c) => refuse(&format!("the character {c:?} is not allowed")),
            None => Ok(OverlayRef(text.to_owned())),
        }
    }

    /// The reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OverlayRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_names() {
        let long = "a".repeat(64);
        for good in ["1", "a", "0-_", "versus_1", long.as_str()] {
            assert_eq!(InstanceName::parse(good).map(|n| n.to_string()).as_deref(), Ok(good));
        }
        let longer = "a".repeat(65);
        for bad in ["", "-a", "_a", "A", "a.b", "a/b", "..", "a b", "ä", "a\n", "a\0", longer.as_str()] {
            let error = InstanceName::parse(bad).expect_err(bad);
            assert!(error.message().starts_with("invalid instance name: '"), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn overlay_references() {
        for good in ["standard", "competitive/base", "users/42/custom", "8", "a.b-c_d+e@f", "with space"] {
            assert_eq!(OverlayRef::parse(good).map(|n| n.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "", "/", "/etc", "a//b", "a/", "..", "../a", "a/../b", ".", "a/./b", "a:b", "a\\b", "a\"b",
            "a$b", "a*", "a\nb", "a\0b", " a", "a /b", "a;b", "a,b", "%i",
        ] {
            assert!(OverlayRef::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
