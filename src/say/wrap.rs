//! Lines that fit a terminal, broken between words.

/// How far the rest of a line is set off from its beginning.
const INDENT: usize = 4;

/// `text`, each line of it broken where it is wider than the terminal.
///
/// A hint is left to the terminal, which knows that it is one line when it is copied; so are lines that are
/// set off, which are a file's.
pub fn fit(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let is_whole = line.starts_with("    ") || line.trim_start().starts_with("hint:");
        if is_whole || columns(line.trim_end()) <= width {
            out.push_str(line);
        } else {
            push(&mut out, line, width);
        }
    }
    out
}

fn push(out: &mut String, line: &str, width: usize) {
    let indent = line.len() - line.trim_start_matches(' ').len() + INDENT;
    let mut used = 0;
    for piece in pieces(line) {
        let cost = columns(piece.trim_end());
        if used > indent && used + cost > width {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        }
        out.push_str(piece);
        used += columns(piece);
    }
}

/// Words with the space behind them; what stands in backquotes is one, for it is to be copied.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        is_quoted ^= c == '`';
        if c == ' ' && !is_quoted {
            pieces.push(&line[start..=at]);
            start = at + 1;
        }
    }
    pieces.push(&line[start..]);
    pieces
}

/// The columns that `text` takes at most: of letters that are no ASCII some take two.
pub fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// The columns that one letter takes at most.
pub fn column(c: char) -> usize {
    if c.is_ascii() || c == '…' { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let table = [
            ("+ a short line\n", "+ a short line\n"),
            (
                ". kernel settings: deferred until it boots\n",
                ". kernel settings:\n    deferred until it\n    boots\n",
            ),
            ("  note: a few words more\n", "  note: a few words\n      more\n"),
            ("x\n\n~ one two three four five", "x\n\n~ one two three four\n    five"),
            ("hint: sudo left4me-setup apply --yes\n", "hint: sudo left4me-setup apply --yes\n"),
            ("    +a line of a file that is long\n", "    +a line of a file that is long\n"),
            ("done by `sudo apply --yes` only\n", "done by\n    `sudo apply --yes`\n    only\n"),
            ("/a/path/that/is/longer/than/it is\n", "/a/path/that/is/longer/than/it\n    is\n"),
        ];
        for (text, expected) in table {
            assert_eq!(fit(text, Some(22)), expected);
            assert_eq!(fit(text, None), text);
        }
    }
}
