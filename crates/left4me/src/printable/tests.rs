//! What comes out is shown, whatever went in.

use super::*;
use proptest::prelude::*;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[test]
fn what_becomes_of_each_kind() {
    let table = [
        ("plain, 'quoted' \"text\" \\n", "plain, 'quoted' \"text\" \\n"),
        ("ä é 漢字 🎮 \u{a0}", "ä é 漢字 🎮 \u{a0}"),
        ("\u{1b}]0;owned\u{7}", "\\u{1b}]0;owned\\u{7}"),
        ("\u{9b}2J\u{9d}52;c;\u{9c}", "\\u{9b}2J\\u{9d}52;c;\\u{9c}"),
        ("a\u{7f}b\0c", "a\\u{7f}b\\u{0}c"),
        ("a\u{202e}gpj\u{2066}\u{2069}\u{202a}", "a\\u{202e}gpj\\u{2066}\\u{2069}\\u{202a}"),
        ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
        ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
        ("a\nhint: b\r\tc", "a\\nhint: b\\r\\tc"),
    ];
    for (text, expected) in table {
        assert_eq!(line(text), expected);
        assert_eq!(line_of_bytes(text.as_bytes()), expected);
    }
    assert_eq!(lines("a\n\tb\rc\u{1b}"), "a\n\tb\\rc\\u{1b}");
    assert_eq!(line_of_bytes(b"caf\xe9 \x9b2J \xf0\x9f"), "caf\\xe9 \\x9b2J \\xf0\\x9f");
    assert!(matches!(line("plain ä"), Cow::Borrowed(_)));
    assert!(matches!(lines("two\nlines\t"), Cow::Borrowed(_)));
    assert!(matches!(line_of_bytes(b"plain"), Cow::Borrowed(_)));
}

#[test]
fn a_bound_counts_what_is_shown() {
    let table = [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcdef", 5, "abcd…"),
        ("äöüß", 4, "äöüß"),
        ("äöüßx", 4, "äöü…"),
        ("\u{1b}[2J", 8, "\\u{1b}[…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("", 0, ""),
    ];
    for (text, most, expected) in table {
        assert_eq!(bounded(text, most), expected, "{text:?} {most}");
    }
    assert!(matches!(bounded("abc", 3), Cow::Borrowed(_)));
    assert_eq!(bounded(&"1".repeat(200_000), 20), format!("{}…", "1".repeat(19)));
}

#[test]
fn json_keeps_every_value() {
    let document = serde_json::to_string(&["\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{2028}ä"]).unwrap();
    let escaped = json(&document);
    assert_eq!(escaped, r#"["\u001b[2J\u007f\u009b\u202e\u2028ä"]"#);
    assert!(matches!(json(r#"{"plain": "ä"}"#), Cow::Borrowed(_)));
}

#[test]
fn a_stream_waits_for_the_rest_of_a_character_and_for_nothing_else() {
    let mut stream = Stream::default();
    let pieces: [(&[u8], &str); 8] = [
        (b"caf\xc3", "caf"),
        (b"\xa9 and", "é and"),
        (b" \xf0\x9f", " "),
        (b"\x8e\xaefoo\xff", "🎮foo\\xff"),
        (b"line\r", "line"),
        (b"\nnext\rover\t\x1b[31m", "\nnext\\rover\t\\u{1b}[31m"),
        (b"\xe2\x80", ""),
        (b"\xaex\xc3", "\\u{202e}x"),
    ];
    for (bytes, text) in pieces {
        assert_eq!(stream.push(bytes), text);
    }
    assert_eq!(stream.finish(), "\\xc3");
    assert_eq!(stream.finish(), "");
}

proptest! {
    #[test]
    fn nothing_that_steers_is_left(bytes: Vec<u8>, text in "\\PC*|.*", most in 0usize..40) {
        let is_clean = |text: &str| !text.chars().any(is_steering);
        prop_assert!(is_clean(&line(&text)) && is_clean(&line_of_bytes(&bytes)));
        prop_assert!(is_clean(&lines(&text).replace(['\n', '\t'], "")));
        let bound = bounded(&text, most);
        prop_assert!(is_clean(&bound) && bound.chars().count() <= most);
        // What is clean stays as it is, so to clean twice is to clean once.
        let once = line(&text);
        prop_assert_eq!(line(&once), &*once);
        let document = serde_json::to_string(&text).unwrap();
        let escaped = json(&document).into_owned();
        prop_assert!(is_clean(&escaped));
        prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    #[test]
    fn a_stream_says_the_same_however_it_is_split(bytes: Vec<u8>, at in 0usize..200, text: String) {
        for bytes in [bytes, text.into_bytes()] {
            let mut whole = Stream::default();
            let expected = whole.push(&bytes) + &whole.finish();
            let mut split = Stream::default();
            let (first, second) = bytes.split_at(at.min(bytes.len()));
            prop_assert_eq!(split.push(first) + &split.push(second) + &split.finish(), expected);
        }
    }
}

#[test]
fn a_message_has_no_very_long_line() {
    let (most, more) = ("x".repeat(LONGEST_LINE), "y".repeat(LONGEST_LINE + 1));
    for (text, shown) in [
        (String::new(), String::new()),
        ("error: a\u{1b}b\n\thint".to_owned(), "error: a\\u{1b}b\n\thint".to_owned()),
        (most.clone(), most.clone()),
        (format!("{more}\nend"), format!("{}...\nend", &more[..LONGEST_LINE])),
    ] {
        assert_eq!(message(&text), shown);
    }
}

#[test]
fn quotes_are_plain_and_short() {
    let bytes = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
    assert_eq!(path(bytes(b"/a b/\xff\x1b")), "/a b/\\xff\\u{1b}");
    assert_eq!(quote_path(bytes(b"/a\xff\n")), "/a\\xff\\n");
    assert_eq!(quote("a\n"), "a\\n");
    let cut = format!("{}…", "x".repeat(99));
    assert_eq!(
        (quote(&"x".repeat(101)), quote(&"x".repeat(100))),
        (cut.as_str().into(), "x".repeat(100).into())
    );
    assert_eq!(quote_path(Path::new(&"x".repeat(2000))), cut);
}
