//! What a person sees of a change of text: the lines that go, the lines that come, a little around them.

const CONTEXT: usize = 2;
// The table below is quadratic; our files have a hundred lines, an administrator's may have any number.
const MOST_LINES: usize = 2000;

/// ` same`, `-gone`, `+new`; long stretches of the same are left out. Empty when nothing differs.
pub fn lines(old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > MOST_LINES {
        return format!("({} lines become {})\n", old.len(), new.len());
    }
    let edits = edits(&old, &new);
    if edits.iter().all(|(sign, _)| *sign == ' ') {
        return "(only the end of the last line differs)\n".into();
    }
    let near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(edits.len());
        edits[around].iter().any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    let mut gap = false;
    for (at, (sign, line)) in edits.iter().enumerate() {
        match near(at) {
            true => text.push_str(&format!("{sign}{line}\n")),
            false if !gap => text.push_str("...\n"),
            false => {}
        }
        gap = !near(at);
    }
    text
}

/// The shortest edit by the longest common subsequence of the rest of both.
fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut common = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            edits.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            edits.push(('-', old[i]));
            i += 1;
        } else {
            edits.push(('+', new[j]));
            j += 1;
        }
    }
    edits
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
        let long = "x\n".repeat(2001);
        assert_eq!(lines(&long, "x\n"), "(2001 lines become 1)\n");
    }
}
