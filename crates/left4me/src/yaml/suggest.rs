//! Which known key a mistyped one was meant to be.

/// `a, b and c`.
pub(super) fn enumeration(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The one of `known` that `written` was probably meant to be.
pub(super) fn closest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let typed = written.to_lowercase();
    let letters = typed.chars().count();
    // One slip in a short word, two in a longer one. What is much longer is no slip, and costs no time.
    let tolerance = |word: &str| if word.len() < 6 { 1 } else { 2 };
    known
        .iter()
        .filter(|word| letters.abs_diff(word.len()) <= tolerance(word))
        .map(|word| (strsim::osa_distance(&typed, word), *word))
        .filter(|(slips, word)| *slips <= tolerance(word))
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations() {
        for (words, text) in
            [(&[][..], ""), (&["a"], "a"), (&["a", "b"], "a and b"), (&["a", "b", "c"], "a, b and c")]
        {
            assert_eq!(enumeration(words), text);
        }
    }

    #[test]
    fn slips_are_recognized() {
        let known = ["port", "overlays", "arguments", "config"];
        for (written, meant) in [
            ("port", Some("port")),
            ("Port", Some("port")),
            ("ports", Some("port")),
            ("prot", Some("port")),
            ("pot", Some("port")),
            ("poort", Some("port")),
            ("pxrt", Some("port")),
            ("pt", None),
            ("portxx", None),
            ("overlay", Some("overlays")),
            ("ovrelas", Some("overlays")),
            ("orverlya", None),
            ("arguements", Some("arguments")),
            ("args", None),
            ("conifg", Some("config")),
            ("cnfi", Some("config")),
            ("p\u{10400}rt", Some("port")),
            ("p\u{10400}\u{10400}t", None),
            ("hostname", None),
            ("", None),
        ] {
            assert_eq!(closest(written, &known), meant, "{written}");
        }
        // Of two, the closer one; of two equally close, always the same one.
        assert_eq!(closest("cat", &["cap", "cat", "can"]), Some("cat"));
        assert_eq!(closest("cax", &["cat", "cap"]), closest("cax", &["cap", "cat"]));
        assert_eq!(closest(&"a".repeat(1 << 20), &known), None);
    }
}
