//! `rcon` on a terminal: one command after the other, with editing and history.

use crate::rcon::{self, Options};
use crate::rcon_client::Console;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::warning;
use left4me::read::{self, Limit, Links};
use left4me::{Error, Result, atomic};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};

/// How many commands are kept, and how much of the file is read, in bytes: that many of the longest.
const MOST: usize = 1000;
const LIMIT: Limit = Limit::Head(8 * 1024 * 1024);

/// Reads commands until Ctrl-D; Ctrl-C drops the line. After a command without a reply, it logs in again.
pub fn run(layout: &Layout, name: &InstanceName, options: Options) -> Result<()> {
    let mut console = Console::open(layout, name, options.timeout)?;
    let mut editor = editor(&load(layout)).map_err(unusable)?;
    loop {
        let line = match editor.readline(&format!("{name}> ")) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(unusable(error)),
        };
        let command = line.trim();
        if command.is_empty() {
            continue;
        }
        if let Err(error) = left4me::rcon::check(command) {
            error.report("error");
            continue;
        }
        if is_kept(&line) {
            let _ = editor.add_history_entry(command);
            // Before its reply: Ctrl-C or a closed terminal can end this at once.
            if let Err(error) = keep(layout, command) {
                warning(error.message());
            }
        }
        match console.run_bytes(command) {
            Ok(reply) => rcon::print(&reply, options)?,
            Err(error) => {
                error.report("error");
                console = Console::open(layout, name, options.timeout)?;
            }
        }
    }
}

fn editor(history: &[String]) -> Result<Editor<(), MemHistory>, ReadlineError> {
    let config = Config::builder().max_history_size(MOST)?.build();
    let empty = MemHistory::with_config(&config);
    let mut editor = Editor::with_history(config, empty)?;
    for command in history {
        editor.add_history_entry(command)?;
    }
    Ok(editor)
}

fn unusable(error: ReadlineError) -> Error {
    Error::new(format!("cannot read commands from the terminal: {error}"))
        .hint("commands can come from a pipe: echo status | sudo l4d2ctl rcon NAME")
}

fn load(layout: &Layout) -> Vec<String> {
    let text = read::text(&layout.rcon_history(), Links::Refuse, LIMIT).unwrap_or_default();
    let is_command = |line: &&str| left4me::rcon::check(line).is_ok();
    text.lines().filter(is_command).map(str::to_owned).collect()
}

/// Adds a command to the file, which other sessions may have written since.
fn keep(layout: &Layout, command: &str) -> Result<()> {
    let mut history = load(layout);
    if history.last().is_some_and(|last| last == command) {
        return Ok(());
    }
    history.push(command.to_owned());
    let kept = &history[history.len().saturating_sub(MOST)..];
    let text: String = kept.iter().map(|command| format!("{command}\n")).collect();
    atomic::write(&layout.rcon_history(), text.as_bytes(), 0o600, None)
}

fn is_kept(line: &str) -> bool {
    !line.starts_with(' ') && !line.to_ascii_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn the_history_is_bounded_and_follows_no_link() {
        let directory = tempfile::Builder::new().prefix("rcon-history-").tempdir().unwrap();
        let layout = Layout::new(directory.path()).unwrap();
        let lines: String = (0..MOST + 5).map(|number| format!("say {number}\n")).collect();
        fs::write(layout.rcon_history(), format!("bad\x1b[2Jline\n{lines}")).unwrap();
        keep(&layout, "status").unwrap();
        keep(&layout, "status").unwrap();
        let history = load(&layout);
        assert_eq!((history.len(), history[0].as_str()), (MOST, "say 6"));
        assert_eq!(history[MOST - 2..], ["say 1004", "status"]);
        assert_eq!(layout.rcon_history().metadata().unwrap().mode() & 0o7777, 0o600);
        // No link is followed; the new file takes its place.
        let other = directory.path().join("other");
        fs::write(&other, "other\n").unwrap();
        fs::remove_file(layout.rcon_history()).unwrap();
        symlink(&other, layout.rcon_history()).unwrap();
        assert!(load(&layout).is_empty());
        keep(&layout, "status").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "other\n");
        assert_eq!(load(&layout), ["status"]);
    }

    #[test]
    fn passwords_and_lines_after_a_space_are_not_kept() {
        for (line, kept) in [
            ("status", true),
            ("say hello  ", true),
            (" say hello", false),
            ("rcon_password x", false),
            ("say hi; RCON_Password x", false),
            ("sv_password x", false),
        ] {
            assert_eq!(is_kept(line), kept, "{line:?}");
        }
    }
}
