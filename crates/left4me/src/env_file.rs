//! Files of `KEY=value` lines, as systemd's `EnvironmentFile=` reads them.

/// The value of the last `KEY=` line; surrounding quotes are not expected.
pub fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).next_back().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_systemd_reads() {
        let text = "A=1\n# A=2\nB = 3\nA=4 \nAA=5\n";
        assert_eq!(value(text, "A"), Some("4"));
        assert_eq!(value(text, "AA"), Some("5"));
        assert_eq!(value(text, "C"), None);
    }
}
