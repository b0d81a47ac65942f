//! `left4me-journalctl update-game --follow|--no-follow`: what the last update of the game has said, from its start.

use left4me::helper::{UPDATE_GAME, UPDATE_UNIT};
use left4me::{Context, Result};
use left4me_helpers::{become_command, tool};
use std::process::{ExitCode, Stdio};

/// systemd's message that a unit is being started (sd-messages.h: SD_MESSAGE_UNIT_STARTING).
const STARTING: &str = "MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5";

/// Whether to wait for more; `None`: not the grammar. An instance may have this name: then a number follows.
pub fn parse(arguments: &[&str]) -> Option<bool> {
    match arguments {
        [UPDATE_GAME, "--follow"] => Some(true),
        [UPDATE_GAME, "--no-follow"] => Some(false),
        _ => None,
    }
}

pub fn run(follow: bool) -> Result<ExitCode> {
    // What was said a moment ago is in the journal by then.
    let _ = tool("journalctl")?.arg("--sync").stdin(Stdio::null()).stderr(Stdio::null()).status();
    let mut start = tool("journalctl")?;
    // Said by PID 1: nobody else's entry has that number.
    start
        .args(["--no-pager", "--quiet", "-n", "1", "-o", "export", "--output-fields=MESSAGE_ID"])
        .args(["_PID=1", &format!("UNIT={UPDATE_UNIT}"), STARTING])
        .stdin(Stdio::null());
    let start = start.output().context(|| "cannot run journalctl".into())?;
    let Some(cursor) = cursor(&String::from_utf8_lossy(&start.stdout)) else { return Ok(ExitCode::SUCCESS) };
    let mut journalctl = tool("journalctl")?;
    // The field is journald's own: it knows for which unit systemd made the stream that a line came from. The number of
    // the start is not asked for: lines of a program that has ended already may lack it.
    journalctl
        .args(["--no-pager", "--quiet", "-o", "cat", "-n", "all"])
        .arg(format!("--after-cursor={cursor}"))
        .arg(format!("_SYSTEMD_UNIT={UPDATE_UNIT}"));
    if follow {
        journalctl.arg("-f");
    }
    Err(become_command(journalctl))
}

/// Where in the journal an entry stands.
fn cursor(export: &str) -> Option<String> {
    let cursor = export.lines().find_map(|line| line.strip_prefix("__CURSOR="))?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"=;".contains(&b);
    (!cursor.is_empty() && cursor.bytes().all(is_plain)).then(|| cursor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors() {
        let is = "s=0123abcd;i=4f;b=9f;m=1a;t=6e;x=ff";
        let entry = format!("__CURSOR={is}\n__REALTIME_TIMESTAMP=1\nMESSAGE_ID=7d\n");
        assert_eq!(cursor(&entry).as_deref(), Some(is));
        for none in ["", "__CURSOR=\n", "__CURSOR=a b\n", "MESSAGE=x\n"] {
            assert_eq!(cursor(none), None);
        }
    }

    #[test]
    fn grammar() {
        assert_eq!(parse(&["update-game", "--follow"]), Some(true));
        assert_eq!(parse(&["update-game", "--no-follow"]), Some(false));
        for other in [&["update-game"][..], &["update-game", "--follow", "x"], &["x", "--follow"]] {
            assert_eq!(parse(other), None);
        }
    }
}
