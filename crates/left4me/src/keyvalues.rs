//! Valve's KeyValues text, read as it comes: quoted words, and blocks in braces.

/// Blocks inside each other; what is deeper is not from Steam.
const MAX_DEPTH: usize = 32;
/// Characters of one word that are kept.
const MAX_WORD: usize = 4096;

/// Something that was read, below the names of the blocks around it, which are in lower case.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'r> {
    /// A block begins.
    Block(&'r [String]),
    /// A key, in lower case, and its value.
    Value(&'r [String], &'r str, &'r str),
}

/// Reads text in pieces, however it was split.
#[derive(Debug, Default)]
pub struct Reader {
    path: Vec<String>,
    key: Option<String>,
    /// The word whose closing quote has not come yet.
    word: Option<String>,
    escaped: bool,
}

impl Reader {
    /// Takes the next piece. At the end of the outermost block it returns what follows.
    ///
    /// Whatever is neither quoted nor a brace is skipped.
    pub fn push<'t>(&mut self, text: &'t str, on: &mut impl FnMut(Item)) -> Option<&'t str> {
        for (at, c) in text.char_indices() {
            if let Some(word) = &mut self.word {
                if self.escaped || !matches!(c, '"' | '\\') {
                    self.escaped = false;
                    if word.len() < MAX_WORD {
                        word.push(c);
                    }
                } else if c == '\\' {
                    self.escaped = true;
                } else {
                    self.end_word(on);
                }
                continue;
            }
            match c {
                '"' => self.word = Some(String::new()),
                '{' => {
                    let name = self.key.take().unwrap_or_default();
                    if self.path.len() == MAX_DEPTH {
                        return None;
                    }
                    self.path.push(name);
                    on(Item::Block(&self.path));
                }
                '}' => {
                    self.key = None;
                    self.path.pop();
                    if self.path.is_empty() {
                        return Some(&text[at + 1..]);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a line like this can be the next one, and is no chatter in between.
    pub fn can_continue_with(&self, line: &str) -> bool {
        self.word.is_some() || line.trim_start().starts_with(['"', '{', '}'])
    }

    fn end_word(&mut self, on: &mut impl FnMut(Item)) {
        let word = self.word.take().unwrap_or_default();
        match self.key.take() {
            None => self.key = Some(word.to_ascii_lowercase()),
            Some(key) => on(Item::Value(&self.path, &key, &word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"x "A" { "B" "1" "c" { "D" "two \"2\" }" } } rest"#;

    fn read(pieces: &[&str]) -> (Vec<String>, Option<String>) {
        let mut reader = Reader::default();
        let mut items = Vec::new();
        for piece in pieces {
            let rest = reader.push(piece, &mut |item| {
                items.push(match item {
                    Item::Block(path) => path.join("/"),
                    Item::Value(path, key, value) => format!("{}/{key}={value}", path.join("/")),
                });
            });
            if let Some(rest) = rest {
                return (items, Some(rest.to_owned()));
            }
        }
        (items, None)
    }

    #[test]
    fn blocks_values_and_what_follows() {
        let (items, rest) = read(&[TEXT]);
        assert_eq!(items, ["a", "a/b=1", "a/c", r#"a/c/d=two "2" }"#]);
        assert_eq!(rest.as_deref(), Some(" rest"));
    }

    #[test]
    fn chatter_is_told_from_what_goes_on() {
        let mut reader = Reader::default();
        for (line, expected) in
            [("\"a\"", true), ("  {", true), ("\t}", true), ("", false), ("a \"b\"", false), ("CWork", false)]
        {
            assert_eq!(reader.can_continue_with(line), expected, "{line}");
        }
        reader.push("\"open", &mut |_| {});
        assert!(reader.can_continue_with("CWork"));
        reader.push("\"", &mut |_| {});
        assert!(!reader.can_continue_with("CWork"));
    }

    #[test]
    fn it_can_be_split_anywhere() {
        for at in 0..TEXT.len() {
            let (items, rest) = read(&[&TEXT[..at], &TEXT[at..]]);
            assert_eq!(items.len(), 4, "{at}");
            assert!(rest.is_some_and(|rest| " rest".starts_with(&rest)), "{at}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        assert_eq!(read(&["{".repeat(1000).as_str()]).0.len(), MAX_DEPTH);
        let long = format!("\"A\" {{ \"b\" \"{}\" }}", "x".repeat(100_000));
        assert_eq!(read(&[&long]).0[1], format!("a/b={}", "x".repeat(MAX_WORD)));
        let exact = format!("\"A\" {{ \"b\" \"{}\" \"c\" \"\" }}", "x".repeat(MAX_WORD));
        assert_eq!(read(&[&exact]).0[1..], [format!("a/b={}", "x".repeat(MAX_WORD)), "a/c=".to_owned()]);
        let deep = |depth: usize| read(&[&format!("{}{}rest", "{".repeat(depth), "}".repeat(depth))]).1;
        assert_eq!(deep(MAX_DEPTH).as_deref(), Some("rest"));
        assert_eq!(deep(MAX_DEPTH + 1), None);
        assert_eq!(read(&["}"]), (vec![], Some(String::new())));
    }
}
