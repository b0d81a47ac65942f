//! "Did you mean …": the known word that a typing error is closest to.

/// The known word that `word` was probably meant to be, if any is close enough.
pub fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_ascii_lowercase();
    let near = |candidate: &&'k str| (distance(&word, candidate), *candidate);
    let (distance, candidate) = known.iter().map(near).min_by_key(|(distance, _)| *distance)?;
    (distance <= candidate.len().div_ceil(3)).then_some(candidate)
}

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // No row grows beyond a bound, whoever wrote the word.
    if a.len() > LONGEST {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        const KNOWN: [&str; 4] = ["root", "steamcmd", "game", "ports"];
        let table = [
            ("port", Some("ports")),
            ("prots", Some("ports")),
            ("Root", Some("root")),
            ("rot", Some("root")),
            ("steam_cmd", Some("steamcmd")),
            ("gmae", Some("game")),
            ("games", Some("game")),
            ("firewall", None),
            ("cpus", None),
            ("", None),
        ];
        for (word, meant) in table {
            assert_eq!(closest(word, &KNOWN), meant, "{word}");
        }
        assert_eq!(closest(&"x".repeat(100_000), &KNOWN), None);
        assert_eq!(closest("root", &[]), None);
    }
}
