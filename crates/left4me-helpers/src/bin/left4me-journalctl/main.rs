//! `left4me-journalctl NAME --lines N --follow|--no-follow`: an instance's journal, for the runtime user.
//! `--since TIME` may stand in place of `--lines N`, and `--timestamps` at the end.
//!
//! The word `overlay` in front asks for the journal of the instance's file tree instead. [`update`] shows what the
//! update of the game says.

mod update;

use left4me::Result;
use left4me::name::InstanceName;
use left4me_helpers::{Helper, become_command, tool};
use std::process::ExitCode;

const HELPER: Helper = Helper {
    name: "left4me-journalctl",
    usage: "left4me-journalctl [overlay] NAME --lines N|--since TIME --follow|--no-follow [--timestamps]|update-game --follow|--no-follow",
    help: "\
usage: left4me-journalctl [overlay] NAME --lines N|--since TIME
                          --follow|--no-follow [--timestamps]
       left4me-journalctl update-game --follow|--no-follow

Prints the last N messages of the server NAME, or those since TIME, or those of
its file tree with the word overlay in front, as plain text; --follow waits for
more. TIME is journalctl's: -1h, today, 2026-11-24 18:00.

update-game prints what the last update that left4me-systemctl started has said,
or says now.

Exit codes: journalctl's; 2 usage; 69 journalctl is not installed.
",
};

/// Both journals, interleaved: what a server prints is in the servers' own, what systemd says of it, what the mount
/// says, and all that is older than the own journal is in the host's.
const NAMESPACE: &str = "--namespace=+left4me";

fn main() -> ExitCode {
    HELPER.main(|arguments| match update::parse(arguments) {
        Some(follow) => Some(update::run(follow)),
        None => Some(parse(arguments)?.and_then(run)),
    })
}

/// journalctl's arguments. `None`: not the grammar. An error: a name that is none.
fn parse(arguments: &[&str]) -> Option<Result<Vec<String>>> {
    // An instance may be named "overlay": then an option follows, as in the predecessor's grammar.
    let (unit, rest) = match arguments {
        ["overlay", name, ..] if !name.starts_with("--") => ("overlay", &arguments[1..]),
        _ => ("server", arguments),
    };
    let [name, from, value, follow @ ("--follow" | "--no-follow"), rest @ ..] = rest else { return None };
    let from = match *from {
        "--lines" if is_count(value) => vec!["-n".to_owned(), (*value).to_owned()],
        // Without a count: systemd 252 counts from there and not from the end.
        "--since" if is_time(value) => {
            ["-n".to_owned(), "all".to_owned(), format!("--since={value}")].to_vec()
        }
        _ => return None,
    };
    let output = match rest {
        [] => ["-o", "cat"].as_slice(),
        ["--timestamps"] => &["-o", "short-iso", "--no-hostname"],
        _ => return None,
    };
    let unit = match InstanceName::parse(name) {
        Ok(name) => format!("left4me-{unit}@{name}.service"),
        Err(error) => return Some(Err(error)),
    };
    let mut journalctl = vec!["--no-pager", NAMESPACE, "-u", &unit];
    journalctl.extend(from.iter().map(String::as_str));
    journalctl.extend(output);
    if *follow == "--follow" {
        journalctl.push("-f");
    }
    Some(Ok(journalctl.into_iter().map(str::to_owned).collect()))
}

fn is_count(text: &str) -> bool {
    (1..=7).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// What systemd.time(7) is written in; what it means is journalctl's business.
fn is_time(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b" :+-.@".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is_part)
}

fn run(arguments: Vec<String>) -> Result<ExitCode> {
    let mut journalctl = tool("journalctl")?;
    journalctl.args(arguments);
    Err(become_command(journalctl))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Option<String> {
        let words: Vec<&str> = line.split(' ').collect();
        parse(&words).map(|request| request.expect("a name").join(" "))
    }

    #[test]
    fn grammar() {
        for (line, expected) in [
            (
                "1 --lines 50 --follow",
                "--no-pager --namespace=+left4me -u left4me-server@1.service -n 50 -o cat -f",
            ),
            (
                "a --lines 0 --no-follow",
                "--no-pager --namespace=+left4me -u left4me-server@a.service -n 0 -o cat",
            ),
            (
                "overlay a --lines 5 --no-follow",
                "--no-pager --namespace=+left4me -u left4me-overlay@a.service -n 5 -o cat",
            ),
            (
                "a --since -1h --no-follow --timestamps",
                "--no-pager --namespace=+left4me -u left4me-server@a.service -n all --since=-1h -o short-iso --no-hostname",
            ),
            (
                "overlay --lines 5 --no-follow --timestamps",
                "--no-pager --namespace=+left4me -u left4me-server@overlay.service -n 5 -o short-iso --no-hostname",
            ),
            (
                "overlay overlay --lines 5 --no-follow",
                "--no-pager --namespace=+left4me -u left4me-overlay@overlay.service -n 5 -o cat",
            ),
            (
                "overlay --lines 5 --no-follow",
                "--no-pager --namespace=+left4me -u left4me-server@overlay.service -n 5 -o cat",
            ),
            (
                "update-game --lines 5 --no-follow",
                "--no-pager --namespace=+left4me -u left4me-server@update-game.service -n 5 -o cat",
            ),
        ] {
            assert_eq!(arguments(line).as_deref(), Some(expected));
        }
        for line in [
            "",
            "1",
            "1 --lines 5",
            "1 --follow --lines 5",
            "1 --lines --follow",
            "1 --lines -5 --follow",
            "1 --lines +5 --follow",
            "1 --lines 12345678 --follow",
            "1 --lines 5 --follow -k",
            "overlay overlay 1 --lines 5 --follow",
            "1 --lines 5 --since -1h --follow",
            "1 --since --follow",
            "1 --since a;b --follow",
            "1 --since -1h --follow --output=json",
            "1 --lines 5 --follow --timestamps --timestamps",
            "1 --lines all --follow",
            "1 --lines ٣ --follow",
            "update-game",
            "update-game --follow --lines 5",
            "overlay update-game --follow",
        ] {
            assert_eq!(arguments(line), None, "{line}");
        }
        for name in ["-k", "../x", "a.service", "A", "*"] {
            assert!(parse(&[name, "--lines", "5", "--follow"]).expect("grammar").is_err(), "{name}");
        }
    }
}
