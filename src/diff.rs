//! What a person sees of a change of text: the lines that go, the lines that come, a little around them.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline, group_diff_ops};
use std::time::{Duration, Instant};

const CONTEXT: usize = 2;
/// After this long the rest is shown as replaced: an administrator's file may have any number of lines.
const PATIENCE: Duration = Duration::from_millis(500);

/// ` same`, `-gone`, `+new`; long stretches of the same are left out. Empty when nothing differs.
pub fn lines(old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old == new {
        return "(only the end of the last line differs)\n".into();
    }
    let deadline = Some(Instant::now() + PATIENCE);
    let edits = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    let mut text = String::new();
    let mut shown = 0;
    for group in group_diff_ops(edits, CONTEXT) {
        if group.first().is_some_and(|edit| edit.old_range().start > shown) {
            text.push_str("...\n");
        }
        for edit in &group {
            push(&mut text, edit, &old, &new);
            shown = edit.old_range().end;
        }
    }
    if shown < old.len() {
        text.push_str("...\n");
    }
    text
}

fn push(text: &mut String, edit: &DiffOp, old: &[&str], new: &[&str]) {
    let (gone, come) = (&old[edit.old_range()], &new[edit.new_range()]);
    let signs: &[(char, &[&str])] =
        if let DiffOp::Equal { .. } = edit { &[(' ', gone)] } else { &[('-', gone), ('+', come)] };
    for (sign, lines) in signs {
        lines.iter().for_each(|line| *text += &format!("{sign}{line}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn shows_what_goes_and_what_comes() {
        let table = [
            ("a\n", "a\n", ""),
            ("", "a\nb\n", "+a\n+b\n"),
            ("a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n"),
            ("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\n5\n6\nseven\n", "...\n 5\n 6\n-7\n+seven\n"),
            ("x\n2\n3\n4\n5\n6\ny\n", "2\n3\n4\n5\n6\n", "-x\n 2\n 3\n...\n 5\n 6\n-y\n"),
            ("a", "a\n", "(only the end of the last line differs)\n"),
        ];
        for (old, new, want) in table {
            assert_eq!(lines(old, new), want, "{old:?} {new:?}");
        }
        let long = "x\n".repeat(20_000);
        assert_eq!(lines(&long, "x\n").lines().count(), 20_000);
    }
}
