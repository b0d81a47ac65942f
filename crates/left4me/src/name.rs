//! The only place where names are checked: instance names and overlay references.

use crate::{Error, Result, printable};
use std::cmp::Ordering;
use std::fmt;

/// The name of an instance: `^[a-z0-9][a-z0-9_-]{0,63}$`.
///
/// It becomes a directory, a unit instance and a helper's argument, so nothing else is accepted. Names are in
/// reading order: `2` before `10`, and `s2` before `s10`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

impl Ord for InstanceName {
    fn cmp(&self, other: &Self) -> Ordering {
        // `2` and `02` are the same number and two names.
        reading_order(self.0.as_bytes(), other.0.as_bytes()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for InstanceName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Digits in a row are compared as a number, everything else byte by byte.
fn reading_order(left: &[u8], right: &[u8]) -> Ordering {
    let (left_digits, right_digits) = (digits(left), digits(right));
    if left_digits == 0 || right_digits == 0 {
        return match (left.split_first(), right.split_first()) {
            (Some((a, left)), Some((b, right))) => a.cmp(b).then_with(|| reading_order(left, right)),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
    }
    let ((left_number, left), (right_number, right)) =
        (left.split_at(left_digits), right.split_at(right_digits));
    value(left_number).cmp(&value(right_number)).then_with(|| reading_order(left, right))
}

/// Of two numbers without zeros in front, the longer one is larger.
fn value(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (digits.len() - zeros, &digits[zeros..])
}

/// How many digits this begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
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
    fn reading_order_of_names() {
        let ordered = [
            "0",
            "00",
            "01",
            "1",
            "2",
            "10",
            "99999999999999999999998",
            "99999999999999999999999",
            "a",
            "a-1",
            "a0",
            "a1",
            "a1b",
            "a02",
            "a2",
            "a10",
            "a10-2",
            "a10-10",
            "aa",
            "b",
        ];
        let mut names: Vec<InstanceName> =
            ordered.iter().rev().map(|n| InstanceName::parse(n).unwrap()).collect();
        names.sort();
        assert_eq!(names.iter().map(InstanceName::as_str).collect::<Vec<_>>(), ordered);
    }

    proptest::proptest! {
        /// An order without cycles, in which only equal names are equal.
        #[test]
        fn names_have_a_total_order(texts in proptest::collection::vec("[a-b0-2][a-b0-2_-]{0,6}", 3)) {
            let names: Vec<InstanceName> = texts.iter().map(|text| InstanceName::parse(text).unwrap()).collect();
            let (a, b, c) = (&names[0], &names[1], &names[2]);
            proptest::prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
            proptest::prop_assert_eq!(a.cmp(b).is_eq(), a == b);
            proptest::prop_assert!(!(a <= b && b <= c) || a <= c);
        }
    }

    #[test]
    fn names_are_texts() {
        let name = InstanceName::parse("versus_1").unwrap();
        assert_eq!((name.as_str(), name.to_string().as_str()), ("versus_1", "versus_1"));
        let overlay = OverlayRef::parse("users/42").unwrap();
        assert_eq!((overlay.as_str(), overlay.to_string().as_str()), ("users/42", "users/42"));
    }

    #[test]
    fn references_have_a_length() {
        let component = "c".repeat(255);
        // Three components of 255 and what is left of 1024 bytes.
        let longest = format!("{component}/{component}/{component}/{component}/");
        assert!(OverlayRef::parse(&component).is_ok());
        for (text, why) in [
            (format!("{component}c"), "a component is longer than 255 bytes"),
            (format!("a/{component}c"), "a component is longer than 255 bytes"),
            (format!("{longest}c"), "it is longer than 1024 bytes"),
        ] {
            let message = OverlayRef::parse(&text).unwrap_err();
            assert!(message.message().ends_with(why), "{message}");
        }
        assert!(OverlayRef::parse(&longest[..1023]).is_ok());
        assert!(OverlayRef::parse(&format!("{}/c", &longest[..1022])).is_ok());
    }

    #[test]
    fn characters_that_mean_something_elsewhere_are_refused() {
        for c in ":\\\"'$`*?[];,#=|&<>(){}!~%\n\t\u{7f}".chars() {
            let error = OverlayRef::parse(&format!("a{c}b")).unwrap_err();
            assert!(error.message().ends_with(&format!("the character {c:?} is not allowed")), "{error}");
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
