//! Words as a shell needs them typed, for hints that can be pasted.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// One word, quoted where it needs to be. Bytes that would steer a terminal, or are no text, are written as
/// `$'\x1b'`, which bash and zsh take.
pub fn quote(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=,:+@".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(crate::printable::is_steering) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => escaped(word.as_bytes()),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push('\'');
    text
}

/// The command, for root, that gives `paths` below `root` to `owner`, with all that is in them.
///
/// Whoever owns `root` may replace a directory of it by a link until this is typed, and a plain chown would give
/// away what lies behind it. find follows none on its way down, and chown gets names of the directory it is in.
pub fn chown_command(owner: &str, root: &Path, paths: &[&Path]) -> String {
    let below = |path: &&Path| format!("-path {} -o -path {}", quote(path), quote(path.join("*")));
    let paths = paths.iter().map(below).collect::<Vec<_>>().join(" -o ");
    // Without a slash at its end.
    let root: std::path::PathBuf = root.components().collect();
    format!("sudo find {} \\( {paths} \\) -execdir chown -h {owner} {{}} +", quote(root))
}

/// This very command again, with sudo in front: `sudo left4me-setup plan --root '/srv/a b'`.
pub fn sudo_again(program: &str) -> String {
    let words = std::env::args_os().skip(1).map(quote);
    std::iter::once(format!("sudo {program}")).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between the error and its hint being pasted, `runtime` became a link to what is root's.
    #[test]
    fn giving_follows_no_link_and_gives_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        let mine = rustix::process::getuid().as_raw().to_string();
        for made in ["root/runtime/a/upper", "root/runtime/ab", "root/instances/a", "secret/a/upper"] {
            std::fs::create_dir_all(dir.path().join(made)).unwrap();
        }
        std::os::unix::fs::symlink(dir.path().join("secret"), root.join("runtime/a/link")).unwrap();
        let command = chown_command(&mine, &root, &[&root.join("runtime/a"), &root.join("instances/a")]);
        // What it would change, and where.
        let told = command.replace("sudo ", "").replace(
            &format!("chown -h {mine} {{}} +"),
            r"sh -c 'for n; do echo $PWD/${n#./}; done' sh {} +",
        );
        let changed = || {
            let shell = std::process::Command::new("bash").args(["-c", &told]).output().unwrap();
            let text = String::from_utf8(shell.stdout).unwrap().replace(dir.path().to_str().unwrap(), "");
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let instance = "/root/instances/a";
        let tree = ["/root/runtime/a", "/root/runtime/a/link", "/root/runtime/a/upper"];
        assert_eq!(changed(), [&[instance][..], &tree].concat());
        std::fs::rename(root.join("runtime"), root.join("old")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret"), root.join("runtime")).unwrap();
        assert_eq!(changed(), [instance]);
        assert!(std::process::Command::new("bash").args(["-c", &command[5..]]).status().unwrap().success());
    }

    #[test]
    fn the_same_command_with_sudo() {
        let arguments: Vec<String> = std::env::args_os().skip(1).map(quote).collect();
        let expected = [&["sudo left4me-setup".to_owned()][..], &arguments].concat().join(" ");
        assert_eq!(sudo_again("left4me-setup"), expected);
    }

    #[test]
    fn words_can_be_pasted() {
        let table: [(&[u8], &str); 12] = [
            (b"a.yaml", "a.yaml"),
            (b"/Az09_-./=,:+@", "/Az09_-./=,:+@"),
            (b"a;b", "'a;b'"),
            (b"\x1b\\ ~!", "$'\\x1b\\\\ ~!'"),
            (b"\x7f", "$'\\x7f'"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", "'it'\\''s'"),
            (b"$x", "'$x'"),
            ("ä".as_bytes(), "'ä'"),
            (b"\x1b[2J'", "$'\\x1b[2J\\''"),
            (b"/srv/\xff", "$'/srv/\\xff'"),
        ];
        for (given, typed) in table {
            assert_eq!(quote(OsStr::from_bytes(given)), typed);
            let shell =
                std::process::Command::new("bash").args(["-c", &format!("printf %s {typed}")]).output();
            assert_eq!(shell.unwrap().stdout, given);
        }
    }
}
