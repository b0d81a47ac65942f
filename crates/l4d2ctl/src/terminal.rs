//! The terminal on standard output: its size, its colours, and redrawing it.

use left4me::terminal;
use std::io::IsTerminal;

/// Columns and lines of the terminal; `None` if standard output is none.
pub fn size() -> Option<(usize, usize)> {
    terminal::size(std::io::stdout())
}

/// Whether to use colours: on a terminal that has them, unless `NO_COLOR` is set.
pub fn has_colours() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

/// `text` drawn over the current screen, line by line so that nothing flickers. Lines that do not fit are counted.
pub fn redrawn(text: &str, height: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let room = height.saturating_sub(1).max(1);
    let mut drawn = String::from("\x1b[H");
    let shown = if lines.len() > room { room - 1 } else { lines.len() };
    for line in &lines[..shown] {
        drawn.push_str(line);
        drawn.push_str("\x1b[K\r\n");
    }
    if shown < lines.len() {
        drawn.push_str(&format!("... and {} more lines\x1b[K\r\n", lines.len() - shown));
    }
    drawn.push_str("\x1b[J");
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_replaces_the_one_before() {
        assert_eq!(redrawn("a\nb\n", 24), "\x1b[Ha\x1b[K\r\nb\x1b[K\r\n\x1b[J");
        assert_eq!(
            redrawn("a\nb\nc\nd\n", 4),
            "\x1b[Ha\x1b[K\r\nb\x1b[K\r\n... and 2 more lines\x1b[K\r\n\x1b[J"
        );
        assert_eq!(redrawn("a\n", 0), "\x1b[Ha\x1b[K\r\n\x1b[J");
    }
}
