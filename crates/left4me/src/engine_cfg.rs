//! The engine's configuration files and command lines, read as its console reads them.

/// One console command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command<'t> {
    /// The command or variable; the engine ignores its case.
    pub name: &'t str,
    /// The rest of the line, as written.
    pub rest: &'t str,
}

impl<'t> Command<'t> {
    fn parse(text: &'t str) -> Option<Command<'t>> {
        let (name, rest) = word(text)?;
        Some(Command { name, rest: rest.trim() })
    }

    /// Whether it is this command.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// What a variable of this name would be set to: all of the rest, without the quotes around it.
    pub fn value(&self) -> &'t str {
        let value = self.rest.strip_prefix('"').unwrap_or(self.rest);
        if value.len() < self.rest.len() { value.strip_suffix('"').unwrap_or(value) } else { value }
    }

    /// The first argument.
    pub fn argument(&self) -> Option<&'t str> {
        word(self.rest).map(|(word, _)| word)
    }
}

/// The commands of a file. Lines and semicolons end them and `//` begins a comment, except between quotes.
pub fn commands(text: &str) -> impl Iterator<Item = Command<'_>> {
    text.lines().flat_map(parts).filter_map(Command::parse)
}

/// The `+command value` parts of an engine's command line. Its start script has lost all quotes by then.
pub fn arguments(line: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut is_command = false;
    for word in line.split_whitespace() {
        if let Some(name) = word.strip_prefix('+') {
            found.push((name, String::new()));
            is_command = true;
        } else if word.starts_with('-') {
            is_command = false;
        } else if let Some((_, value)) = found.last_mut().filter(|_| is_command) {
            let space = if value.is_empty() { "" } else { " " };
            *value = format!("{value}{space}{word}");
        }
    }
    found
}

fn parts(line: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut is_quoted) = (Vec::new(), 0, false);
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b';' if !is_quoted => {
                parts.push(&line[begin..at]);
                begin = at + 1;
            }
            b'/' if !is_quoted && bytes.get(at + 1) == Some(&b'/') => {
                parts.push(&line[begin..at]);
                return parts;
            }
            _ => {}
        }
    }
    parts.push(&line[begin..]);
    parts
}

/// The first word, quoted or not, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (word, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => text.split_at(text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len())),
    };
    (!text.is_empty()).then_some((word, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let table = [
            ("", vec![]),
            ("  // nothing", vec![]),
            ("rcon_password secret", vec![("rcon_password", "secret")]),
            ("\trcon_password  \"two words; // \" // why\r", vec![("rcon_password", "two words; // ")]),
            ("hostname My Server ; exec x // y", vec![("hostname", "My Server"), ("exec", "x")]),
            ("\"rcon_password\" \"a\"", vec![("rcon_password", "a")]),
            ("rcon_password\"a\"", vec![("rcon_password", "a")]),
            ("rcon_password \"\"", vec![("rcon_password", "")]),
            ("rcon_password \"open", vec![("rcon_password", "open")]),
            ("rcon_password a\"", vec![("rcon_password", "a\"")]),
            ("a\nb c", vec![("a", ""), ("b", "c")]),
            (";;\"\"", vec![("", "")]),
            ("é \"ü", vec![("é", "ü")]),
        ];
        for (text, expected) in table {
            let found: Vec<_> = commands(text).map(|command| (command.name, command.value())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        let exec = commands("EXEC \"server_x.cfg\" y").next().unwrap();
        assert!(exec.is("exec") && !exec.is("exe"));
        assert_eq!(exec.argument(), Some("server_x.cfg"));
        assert_eq!(commands("exec").next().unwrap().argument(), None);
    }

    #[test]
    fn command_lines() {
        let found = arguments("x -tickrate 100 +map c1m1_hotel -nomaster y +hostname My Server +quit");
        let expected = [("map", "c1m1_hotel"), ("hostname", "My Server"), ("quit", "")];
        assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*[\"/;\n]{0,4}\\PC*") {
            for command in commands(&text) {
                let _ = (command.value(), command.argument());
            }
            arguments(&text);
        }
    }
}
